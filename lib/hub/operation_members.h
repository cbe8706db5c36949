#pragma once

// OperationMembers: the entries that one operation carries, in order. One may leave at any time.
//
// 1. The order of those that are left stays.
// 2. Each entry knows its slot (EntryTurn::slot). An entry that leaves makes a hole, which
//    iteration skips; when the half of all slots are holes, they are thrown out.
//
// One thread. Leaving is O(1) amortised, everything else as with a vector.

#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "hub/entry.h"

namespace awps {

struct Member {
  Entry* entry = nullptr;
  uint32_t sent = 0;     // attempts that were made with it
  uint32_t charged = 0;  // attempts that were charged to it
  Duration charged_age{0};
  bool in_last_attempt = false;
  bool may_have_arrived = false;       // its last attempt was ambiguous: again may show it twice
  bool may_ever_have_arrived = false;  // one of its attempts was
};

/// Passes over holes: slots without an entry.
template <typename M>
class MemberIterator {
 public:
  using iterator_category = std::forward_iterator_tag;
  using value_type = std::remove_const_t<M>;
  using difference_type = std::ptrdiff_t;
  using pointer = M*;
  using reference = M&;

  MemberIterator() = default;
  MemberIterator(M* at, M* end) : at_(at), end_(end) {}

  M& operator*() const { return *at_; }
  M* operator->() const { return at_; }
  MemberIterator& operator++() {
    do {
      ++at_;
    } while (at_ != end_ && at_->entry == nullptr);
    return *this;
  }
  MemberIterator operator++(int) {
    MemberIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const MemberIterator& a, const MemberIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  M* at_ = nullptr;
  M* end_ = nullptr;
};

class OperationMembers {
 public:
  using value_type = Member;
  using iterator = MemberIterator<Member>;
  using const_iterator = MemberIterator<const Member>;

  iterator begin() { return {slots_.data() + first_, slots_.data() + slots_.size()}; }
  iterator end() { return {slots_.data() + slots_.size(), slots_.data() + slots_.size()}; }
  const_iterator begin() const { return {slots_.data() + first_, slots_.data() + slots_.size()}; }
  const_iterator end() const {
    return {slots_.data() + slots_.size(), slots_.data() + slots_.size()};
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  /// There is one.
  Member& front() { return slots_[first_]; }
  const Member& front() const { return slots_[first_]; }
  const Member& back() const { return slots_.back(); }

  void push_back(const Member& member) {
    member.entry->turn->slot = static_cast<uint32_t>(slots_.size());
    slots_.push_back(member);
    ++size_;
  }
  /// One without a past.
  void push_back(Entry& entry) {
    entry.turn->slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back().entry = &entry;
    ++size_;
  }
  /// Takes out the entry, which is one of them. Iterators become invalid.
  Member take(const Entry& entry);
  /// Takes out those of which `leaves` is true.
  template <typename Leaves>
  std::vector<Member> take_if(const Leaves& leaves);
  /// Takes out the later half; of an odd number the smaller one.
  std::vector<Member> take_later_half();
  void clear();

 private:
  void throw_out_holes();

  boost::container::small_vector<Member, 1> slots_;  // the last is no hole
  uint32_t first_ = 0;                               // the first that is none
  uint32_t size_ = 0;                                // slots that are none
};

template <typename Leaves>
std::vector<Member> OperationMembers::take_if(const Leaves& leaves) {
  std::vector<Member> taken;
  for (Member& member : *this) {
    if (!leaves(member)) continue;
    taken.push_back(member);
    member.entry = nullptr;
  }
  size_ -= static_cast<uint32_t>(taken.size());
  if (!taken.empty()) throw_out_holes();
  return taken;
}

}  // namespace awps
