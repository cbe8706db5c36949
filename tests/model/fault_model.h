#pragma once

// FaultModel: the rules of design §5 as a small discrete-event model: one hub whose every target is
// a lane, a service that answers as a test says, and Trouble, which decides. Nothing of hub/ takes
// part, so a rule and its constants can be tried here before the pipeline follows them.
//
// What it models: the order in a lane, the pace, requests under way, back-off, the classes of what
// waits (retries before first tries, suspects last), probes, pauses, health, charges, dead letters.
// What it leaves out: coalescing, producers' fairness, barriers, the retry budget, kinds.
//
// One thread, virtual time, one seed. About a microsecond an event.

#include <array>
#include <deque>
#include <functional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "limit/gcra.h"
#include "limit/trouble.h"

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
  uint32_t slots = 64;
  uint32_t max_attempts = 10;
  Duration max_age = std::chrono::minutes(10);
  Duration length = std::chrono::minutes(1);
};

struct FaultResult {
  uint64_t healthy_done = 0;
  double healthy_p99_ms = 0;  // from arrival to the answer
  uint64_t innocent_dead = 0;
  uint64_t sick_dead = 0;
  uint64_t sick_left = 0;
  uint64_t healthy_left = 0;
  uint64_t requests = 0;
  uint64_t holds = 0;
  uint32_t most_attempts = 0;
  uint64_t early_repeats = 0;  // an ambiguous send was repeated before its back-off was over
  std::vector<uint32_t> starts_by_second;
  std::vector<uint32_t> done_by_second;
};

FaultResult run_fault_model(const FaultPlan& plan, uint64_t seed);

}  // namespace awps
