#include "hub/lapsed_leases.h"

#include "hub/operation.h"

namespace awps {

LapsedLeases::Extent LapsedLeases::extent_of(const Operation& operation, Instant now) {
  size_t lapsed = 0;
  for (const Member& member : operation.members) {
    const StreamLease* lease = member.entry->batch->account().lease.get();
    lapsed += lease != nullptr && !lease->covers(now) ? 1U : 0U;
  }
  if (lapsed == 0) return Extent::kNobody;
  return lapsed == operation.members.size() ? Extent::kAll : Extent::kSome;
}

void LapsedLeases::wait(Operation& operation, Instant now) {
  if (waiting_.empty()) next_look_ = now + kEach;
  waiting_.push(operation);
}

std::vector<Operation*> LapsedLeases::take_covered(Instant now) {
  std::vector<Operation*> covered;
  if (waiting_.empty() || now < next_look_) return covered;
  next_look_ = now + kEach;
  for (Operation* operation = waiting_.first(); operation != nullptr;) {
    Operation* next = operation->next;
    if (extent_of(*operation, now) == Extent::kNobody) {
      waiting_.remove(*operation);
      covered.push_back(operation);
    }
    operation = next;
  }
  return covered;
}

}  // namespace awps
