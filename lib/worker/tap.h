#pragma once

// Tap: a sample of the actions of a hub with their fate, for an operator who looks on. While nobody
// does, it costs an action the look at one flag.
//
// Records wait for whoever takes them, kMostKept at most; of what was not kept only the number is
// known.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "hub/settler.h"

namespace awps {

struct Tapped {
  std::string action;  // a line of JSON as PROTOCOL.md has it, the beginning of a long one
  OutcomeKind outcome = OutcomeKind::kDelivered;
  OperationForm form = OperationForm::kSingle;
  bool was_sent = false;  // in the form
  int http_status = 0;
  uint32_t attempts = 0;
  std::string message;
  Duration age{};  // from acceptance
};

class Tap {
 public:
  /// Any thread. 0 ends it.
  void set_rate(uint32_t per_second);
  /// Any thread: what was sampled since the last time, and how many more actions there were.
  std::vector<Tapped> take(uint64_t& left_out);

  /// Worker.
  bool is_on() const { return per_second_.load(std::memory_order_relaxed) > 0; }
  void note(const Accepted& accepted, const Batch& batch, const Settlement& settlement,
            Instant now);

 private:
  static constexpr size_t kMostKept = 1000;
  static constexpr size_t kMostBytes = 4096;  // of an action

  std::atomic<uint32_t> per_second_{0};
  Instant second_{};  // worker's
  uint32_t in_second_ = 0;
  std::atomic<uint64_t> left_out_{0};
  Mutex mutex_;
  std::vector<Tapped> records_ GUARDED_BY(mutex_);
};

}  // namespace awps
