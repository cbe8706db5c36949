#include "hub/operation_members.h"

namespace awps {

Member OperationMembers::take(const Entry& entry) {
  static constexpr uint32_t kFewestHoles = 16;
  Member& slot = slots_[entry.turn->slot];
  AWPS_CHECK(slot.entry == &entry);
  const Member member = slot;
  slot.entry = nullptr;
  --size_;
  const auto holes = static_cast<uint32_t>(slots_.size()) - size_;
  if (size_ == 0 || (holes >= kFewestHoles && holes > size_)) {
    throw_out_holes();
  } else {
    while (slots_[first_].entry == nullptr) ++first_;
    while (slots_.back().entry == nullptr) slots_.pop_back();
  }
  return member;
}

std::vector<Member> OperationMembers::take_later_half() {
  const size_t stay = (size_ + 1) / 2;
  size_t position = 0;
  return take_if([&](const Member&) { return position++ >= stay; });
}

void OperationMembers::throw_out_holes() {
  uint32_t kept = 0;
  for (const Member& member : slots_) {
    if (member.entry == nullptr) continue;
    member.entry->turn->slot = kept;
    slots_[kept++] = member;
  }
  slots_.resize(kept);
  first_ = 0;
}

void OperationMembers::clear() {
  slots_.clear();
  first_ = size_ = 0;
}

}  // namespace awps
