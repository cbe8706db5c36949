#pragma once

// KnownIds: the ids that a hub has accepted lately: what comes with one of them is a duplicate.
//
// 1. An id counts for `window` since it was accepted first; that is not refreshed.
// 2. Of more than `most` the oldest go first.
//
// Pure; one thread. A call is O(1), but for those that let many go or grow. Memory is 32 to 64
// bytes for each id, and goes with them: a ring in the order accepted, and a table of places in it
// with linear probing, whose holes are closed (Knuth, TAOCP 3, 6.4, algorithm R).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/id_hash.h"

namespace awps {

class KnownIds {
 public:
  struct Options {
    Duration window = std::chrono::minutes(2);  // zero: nothing is known
    size_t most = 1'000'000;
  };
  static constexpr size_t kMost = size_t{1} << 30U;  // whatever the options say

  explicit KnownIds(const Options& options);

  /// Those too old by now go, but for the last `kept`.
  void expire(WallTime now, size_t kept = 0);
  bool contains(const IdHash& hash) const { return slot_of(hash).has_value(); }
  /// It is not there. A time before that of the last one counts as that one's.
  void add(const KnownId& id);
  /// The last `count` that were added are not known after all; fewer, if some of them went.
  void take_back(size_t count);

  /// The last `count` that were added are accepted only now.
  void restamp(size_t count, WallTime now);

  size_t size() const { return size_; }
  bool is_full() const { return size_ == most_; }
  Duration window() const { return window_; }
  /// When the oldest was accepted; nullopt: there is none.
  std::optional<WallTime> oldest() const;
  /// Bytes.
  size_t memory() const;

 private:
  KnownId& at(size_t number) { return ring_[(first_ + number) & (ring_.size() - 1)]; }
  const KnownId& at(size_t number) const { return ring_[(first_ + number) & (ring_.size() - 1)]; }
  size_t home_of(const IdHash& hash) const { return hash.low & (slots_.size() - 1); }
  std::optional<size_t> slot_of(const IdHash& hash) const;
  void enter(size_t place);
  void leave(const IdHash& hash);
  void drop_oldest();
  void resize(size_t capacity);

  const Duration window_;
  const size_t most_;
  std::vector<KnownId> ring_;  // its size is a power of two, or 0
  size_t first_ = 0;           // the place of the oldest
  size_t size_ = 0;
  std::vector<uint32_t> slots_;  // twice as many: 1 + a place in the ring; 0: none
};

}  // namespace awps
