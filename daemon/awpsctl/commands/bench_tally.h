#pragma once

// BenchTally: what became of the actions of a bench, from the replies, and how long it took.
//
// Pure; one thread. An add() for a range costs time in proportion to its length.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/awpsctl/commands/bench_plan.h"
#include "daemon/awpsctl/commands/latency_recorder.h"
#include "daemon/awpsctl/wire/json_fields.h"
#include "daemon/awpsctl/wire/reply.h"

namespace awps {

class BenchTally {
 public:
  explicit BenchTally(const BenchPlan& plan);

  void sent(uint32_t c, uint64_t n, Duration since_start);
  /// A reply on connection c that was read `since_start`.
  void take(uint32_t c, const Reply& reply, Duration since_start);

  uint64_t sent() const { return sent_; }
  uint64_t settled() const { return settled_; }
  uint64_t count(ReplyStatus status) const { return counts_[static_cast<size_t>(status)]; }
  /// Neither delivered nor superseded, or not settled.
  uint64_t failed() const;
  /// A line of progress about what came since the last one.
  std::string progress(double seconds);
  /// The duration from the first intended to the last outcome.
  Duration last_outcome() const { return last_outcome_; }

  std::vector<std::string> lines(double asked_rate, double seconds) const;
  Json json(double asked_rate, double seconds) const;

 private:
  const BenchPlan& plan_;
  LatencyRecorder all_;
  LatencyRecorder recent_;
  uint64_t counts_[static_cast<size_t>(ReplyStatus::kUnknown) + 1] = {};
  std::map<std::string, uint64_t> reasons_;  // "code: message" of failures, few
  uint64_t sent_ = 0;
  uint64_t settled_ = 0;
  uint64_t sent_before_ = 0;
  double progress_before_ = 0;
  Duration most_lag_{};
  Duration last_outcome_{};
};

}  // namespace awps
