#pragma once

// ModelTurns: whose turn it is in the fault model (fault_model.h), of all that only a permit is
// missing for; and how many may be under way. The rules are those of hub/turns.h and
// hub/under_way.h, told as shortly as they can be: an action is a number.
//
// One thread. O(log n) a step.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "limit/concurrency_limit.h"
#include "limit/trouble.h"

namespace awps {

struct ModelAction {
  uint64_t target = 0;
  Instant arrived{};
  bool is_sick = false;  // its target fails for good
  uint32_t attempts = 0;
  uint32_t charged = 0;
  uint32_t failures = 0;
  Duration charged_age{0};
  bool may_charge = false;
  bool was_throttled = false;
  bool was_ambiguous = false;
  bool is_released = false;  // the trouble is over
  Attempt attempt{};         // the last one
  FailedAttempt last{};
  Instant due{};
  uint64_t timer = 0;  // the number of its live timer; 0: it is not parked
};

class ModelTurns {
 public:
  /// `most`: requests under way.
  ModelTurns(uint32_t most, const Trouble& trouble, const std::vector<ModelAction>& actions)
      : at_once_(most), trouble_(trouble), actions_(actions) {}

  void push_first_attempt(size_t action) { ready_.push_back(action); }
  void push_retry(size_t action) { retries_.push_back(action); }

  /// Sorts what stands in front into its list.
  void sort();
  /// After sort(): there is somebody whose turn it is.
  bool may_go() const { return others_wait() || newcomers_may() || suspects_may(); }
  /// There is somebody for a probe.
  bool has_probe() const { return waiting() > 0; }
  size_t waiting() const;
  size_t take();
  /// `held_for`: how long the endpoint is held; 0: it was paused.
  size_t take_probe(Duration held_for);
  /// All due retries that stand in order, since the endpoint has recovered.
  std::deque<size_t> take_retries() { return std::exchange(retries_, {}); }

  void note_start(size_t action, const Attempt& attempt);
  void note_end(size_t action, const Attempt& attempt);
  /// After note_end(): it was answered well.
  void note_success(const Attempt& attempt, Instant now);
  bool has_slot() const;
  void advance(Instant now);
  /// When one more may go because another is overdue.
  Instant next_overdue() const;

 private:
  enum Standing : uint8_t { kKnown, kNewcomer, kSuspect };
  static Standing standing_of(const Attempt& attempt);
  Standing list_of(size_t action, bool was_throttled) const;
  bool others_wait() const { return !retries_.empty() || !ready_.empty(); }
  uint64_t on_time(Standing standing) const { return under_way_[standing] - overdue_[standing]; }
  uint64_t all_under_way() const;
  bool newcomer_has_slot() const;
  bool newcomers_may() const;
  bool suspects_may() const;
  uint32_t others_for_a_newcomer() const;

  Duration patience() const;

  ConcurrencyLimit at_once_;
  const Trouble& trouble_;
  const std::vector<ModelAction>& actions_;
  std::deque<size_t> ready_, newcomers_, suspects_;
  std::deque<size_t> retries_, newcomer_retries_, suspect_retries_;
  std::set<std::pair<Instant, size_t>> on_time_;
  std::array<uint64_t, 3> under_way_{};
  std::array<uint64_t, 3> overdue_{};
  double known_peak_ = 0;
  uint32_t since_suspect_ = 0;
  uint32_t since_newcomer_ = 0;
  bool probed_first_attempt_ = false;
  bool probed_back_ = false;
};

}  // namespace awps
