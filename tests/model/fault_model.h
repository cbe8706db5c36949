#pragma once

// FaultModel: the rules of DESIGN.md §5 as a small discrete-event model: one hub whose every target
// is a lane, a service that answers as a test says, and Trouble, which decides. Nothing of hub/
// takes part, so a rule and its constants can be tried here before the pipeline follows them.
//
// What it models: the order in a lane, a given pace, requests under way and those that are overdue,
// back-off, whose turn it is (model_turns.h), probes, pauses, health, charges, dead letters.
// What it leaves out: coalescing, producers' fairness, barriers, the retry budget, kinds, and that
// a 429 lowers the pace.
//
// One thread, virtual time, one seed. About a microsecond an event.

#include <functional>
#include <vector>

#include "limit/trouble.h"
#include "tests/model/model_turns.h"

namespace awps {

struct ModelAnswer {
  enum class Kind : uint8_t { kGood, kFailure, kOwn };  // kOwn: a 400 about the action
  Kind kind = Kind::kGood;
  Failure failure{};
  bool is_refusal = false;
  bool is_ambiguous = false;
  Duration after = std::chrono::milliseconds(20);
};

struct FaultPlan {
  std::function<ModelAnswer(uint64_t target, Duration at)> service;
  std::function<bool(Duration at)> health = [](Duration) { return true; };
  /// Actions by the time of their arrival.
  struct Arrival {
    Duration at{};
    uint64_t target = 0;
    bool is_sick = false;  // its target fails for good
  };
  std::vector<Arrival> arrivals;
  double pace = 0;  // requests a second; 0: no limit
  uint32_t most_under_way = 64;
  uint32_t max_attempts = 10;
  Duration max_age = std::chrono::minutes(10);
  Duration length = std::chrono::minutes(1);
};

struct FaultResult {
  uint64_t healthy_done = 0;
  double healthy_p99_ms = 0;  // from arrival to the answer
  uint64_t innocent_dead = 0;
  uint64_t innocent_charges = 0;  // attempts
  uint64_t sick_dead = 0;
  uint64_t sick_left = 0;
  uint64_t healthy_left = 0;
  uint64_t requests = 0;  // with those for health
  uint64_t holds = 0;     // that ended
  uint32_t most_attempts = 0;
  uint64_t early_repeats = 0;  // an ambiguous send was repeated before its back-off was over
  std::vector<uint32_t> starts_by_second;  // without health
  std::vector<uint32_t> done_by_second;    // of healthy targets
};

FaultResult run_fault_model(const FaultPlan& plan, uint64_t seed);

}  // namespace awps
