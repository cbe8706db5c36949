#pragma once

// SickWorld: producers, the hubs of one endpoint with their real pipelines, and a SickService, in
// virtual time. What became of every action is in records(); what was healthy can be compared with
// the same run without the culprits (SickPlan::alone).
//
// 1. A culprit is an action that fails although nobody else does: by its target, its kind, its hub
//    or its poison. Everything else is innocent.
// 2. The same plan gives the same run.
//
// One thread. A run costs a few microseconds an action and a request.

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "hub/pipeline.h"
#include "tests/simulation/sick_records.h"
#include "tests/simulation/sick_service.h"

namespace awps {

struct SickProducer {
  enum class Targets : uint8_t { kWell, kSick, kAll, kOneSick, kOneWell };

  Targets targets = Targets::kWell;
  double rate = 0;       // actions a second, evenly; or:
  uint64_t at_once = 0;  // so many together, at `from` and …
  Duration every{0};     // … again after each `every`; 0: once
  Duration from{0};
  Duration until = Duration::max();
  size_t hub = 0;
  ActionKind kind = ActionKind::kSendToUser;
  bool poisons = false;  // its actions fail, whatever their target
};

struct SickPlan {
  SickServicePlan service;
  std::vector<SickProducer> producers;
  /// No target gets more culprits than this.
  uint32_t culprits_each = 3;
  size_t hubs = 1;
  PipelineOptions hub;
  EndpointState::Options endpoint;
  /// Culprits are not sent, no outage occurs, filters and addresses are well. Limits stay.
  bool alone = false;

  static SickPlan alone_of(SickPlan plan);
};

class SickWorld {
 public:
  explicit SickWorld(const SickPlan& plan);
  SickWorld(const SickWorld&) = delete;
  SickWorld& operator=(const SickWorld&) = delete;

  void run(Duration until);

  const SickRecords& records() const { return records_; }
  const SickService& service() const { return service_; }
  uint64_t outcomes(OutcomeKind kind) const;
  Duration length() const { return now_ - records_.start(); }
  uint64_t health_probes() const { return health_probes_; }
  /// The worker asked to be woken at once with nothing to do, so often.
  uint64_t idle_turns() const { return idle_turns_; }
  /// The run was ended because time stood still.
  bool is_stuck() const { return is_stuck_; }

 private:
  static constexpr uint64_t kMostTurnsAtOnce = 100'000;

  struct Producer {
    SickProducer plan;
    Account account;
    uint64_t issued = 0;
  };
  struct Arrival {
    Instant at;
    size_t producer = 0;
    friend bool operator>(const Arrival& a, const Arrival& b) { return a.at > b.at; }
  };
  struct Attempt {
    size_t hub = 0;
    Operation* operation = nullptr;  // null: a health probe
    HttpMethod method = HttpMethod::kPost;
    HttpResponse response;
    SickService::Health health;
    std::vector<std::pair<uint64_t, Entry*>> members;  // by seq
  };
  struct Answering {
    Instant at;
    uint64_t number = 0;
    size_t attempt = 0;
    friend bool operator>(const Answering& a, const Answering& b) {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };
  template <typename T>
  using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

  bool step(Instant end_at);
  void arrive(const Arrival& arrival);
  void issue(Producer& producer, size_t number, Batch& batch);
  uint32_t target_of(const SickProducer& plan, uint64_t number) const;
  bool is_culprit(const SickProducer& plan, uint32_t target) const;
  void work(size_t hub);
  void ask_health(size_t hub);
  void start(size_t hub, Operation& operation);
  void note_starts(const Attempt& attempt, bool has_effect);
  void end(size_t number);
  void take_outcomes(size_t hub);
  void note_back_off(const Attempt& attempt, const Verdict& verdict);
  size_t new_attempt(Attempt attempt, Duration after);

  const SickPlan plan_;
  EndpointState endpoint_;
  SickService service_;
  SickRecords records_;
  std::deque<Producer> producers_;
  std::vector<std::unique_ptr<Pipeline>> hubs_;
  std::vector<uint32_t> culprits_of_;  // by target
  std::vector<bool> is_poisoned_;      // by target
  Instant now_;
  Earliest<Arrival> arrivals_;
  Earliest<Answering> answers_;
  std::vector<Attempt> attempts_;
  std::vector<size_t> free_attempts_;
  uint64_t requests_ = 0;
  uint64_t health_probes_ = 0;
  uint64_t idle_turns_ = 0;
  uint64_t turns_at_once_ = 0;
  bool is_stuck_ = false;
};

}  // namespace awps
