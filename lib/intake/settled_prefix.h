#pragma once

// SettledPrefix: of positions that begin in ascending order and settle in any, the lowest that is
// not settled. Everything below it is done.
//
// One thread. A call is O(log n) in the positions that are open.

#include <cstdint>
#include <optional>
#include <set>

namespace awps {

class SettledPrefix {
 public:
  /// The same position may begin more than once, and settles as often.
  void begin(uint64_t position) { open_.insert(position); }
  /// False if it was not open.
  bool settle(uint64_t position);

  /// Empty if all are settled.
  std::optional<uint64_t> lowest_open() const;
  size_t open() const { return open_.size(); }

 private:
  std::multiset<uint64_t> open_;
};

}  // namespace awps
