#pragma once

// ConcurrencyLimit: how many requests may be under way at once, learnt from how long they take. A
// service that is short of something answers more slowly before it refuses; then fewer at once get
// as much done, sooner each (the gradient of Netflix's concurrency-limits, `Gradient2Limit`, 2018).
//
// 1. A window is as many answers as the limit, at least kFewest. Its mean time is compared with
//    what is usual: the fastest window, which is forgotten slowly.
// 2. Slow start: each answer lets one more go, so the limit doubles each round trip, until a window
//    is slower than twice the usual. After that it grows by its square root a window, or shrinks
//    with the gradient, at most to the half.
// 3. It grows only in a window in which it was reached.
// 4. Always between kLeast and the configured bound: so few do no harm, and mixed sizes of messages
//    do not choke a near service.
//
// One thread: the hub's worker. O(1).

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace awps {

class ConcurrencyLimit {
 public:
  explicit ConcurrencyLimit(uint64_t most);

  /// Another bound from now on.
  void set_most(uint64_t most);
  uint64_t present() const { return static_cast<uint64_t>(limit_); }
  uint64_t most() const { return static_cast<uint64_t>(most_); }
  /// For people: why it is what it is.
  std::string reason() const;
  /// An answer of the service came after `took`; so many, itself included, were under way then.
  void note_answer(Duration took, uint64_t under_way);

 private:
  static constexpr uint64_t kFirst = 16;
  static constexpr uint64_t kLeast = 8;
  static constexpr uint64_t kFewest = 16;

  void end_window();

  double most_;
  double limit_;
  bool slow_start_ = true;
  double usual_seconds_ = 0;  // 0: not known yet
  double sum_seconds_ = 0;    // of this window
  uint64_t answers_ = 0;
  uint64_t window_ = kFewest;
  bool was_reached_ = false;
};

}  // namespace awps
