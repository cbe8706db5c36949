#pragma once

// LimitWorld: producers at steady rates, the hubs of one endpoint with their real pipelines, in one
// daemon or in several that know nothing of each other, and a LimitService, in virtual time. It
// measures what came of it: rates over time, fairness, waits, and what was charged or given up.
//
// One thread. A run costs about a microsecond an action and a request.

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "hub/pipeline.h"
#include "tests/simulation/limit_service.h"

namespace awps {

/// Actions a second to users of its own, so in lanes of their own.
struct ProducerPlan {
  size_t hub = 0;
  double rate = 0;
  Duration from{0};
  Duration until = Duration::max();
  bool sends = true;         // else it takes its users out of a group
  Duration time_to_live{0};  // of every action
};

struct LimitPlan {
  ServicePlan service;
  std::vector<ProducerPlan> producers;
  size_t hubs = 1;
  size_t daemons = 1;                  // hub i belongs to daemon i % daemons
  uint64_t most_waiting = UINT64_MAX;  // of a hub: beyond, its producers are not read
  PipelineOptions hub;
  EndpointState::Options endpoint;
};

class LimitWorld {
 public:
  explicit LimitWorld(const LimitPlan& plan);
  LimitWorld(const LimitWorld&) = delete;
  LimitWorld& operator=(const LimitWorld&) = delete;

  void run(Duration until);
  /// A daemon owns so many of the partitions from now on (plan.endpoint.shared_by).
  void own(size_t daemon, uint32_t owned, uint32_t all);
  /// From now on count parts_of_daemons().
  void begin_parts();
  /// What was delivered of each daemon since then.
  std::vector<double> parts_of_daemons() const;

  /// Events between two times since the beginning.
  enum class Event : uint8_t { kStart, kDone, kThrottled };
  uint64_t count(Event event, Duration from, Duration to) const;
  /// How long after `from` the answers of half a second came to `rate` a second.
  Duration time_to_reach(double rate, Duration from) const;
  /// Jain's index of what was delivered: 1 for equal parts, 1/n for all to one.
  static double fairness_of(const std::vector<double>& parts);
  double fairness_of_hubs() const;
  double fairness_of_producers() const;
  uint64_t delivered(size_t producer) const { return producers_[producer].delivered; }
  /// From accept to the first start.
  double wait_quantile_ms(size_t producer, double quantile) const;

  uint64_t outcomes(OutcomeKind kind) const;
  uint64_t unsettled() const;
  uint64_t charged() const { return charged_; }
  uint64_t starts_of(size_t hub) const { return starts_of_hubs_[hub]; }
  uint64_t starts_in_pause() const { return starts_in_pause_; }
  /// How many requests the hubs may have under way now, the most of them.
  uint64_t concurrency() const;
  /// A worker with nothing to do asked to be woken at once, so often.
  uint64_t idle_turns() const { return idle_turns_; }

 private:
  struct Producer {
    ProducerPlan plan;
    Account account;
    uint64_t issued = 0;
    uint64_t delivered = 0;
    std::vector<float> waits_ms;
  };
  struct Arrival {
    Instant at;
    size_t producer = 0;
    friend bool operator>(const Arrival& a, const Arrival& b) { return a.at > b.at; }
  };
  struct Answering {
    Instant at;
    uint64_t number = 0;
    size_t hub = 0;
    Operation* operation = nullptr;
    bool is_under_way = false;  // it arrives now, and is answered later
    int status = 0;
    TransportError error = TransportError::kNone;
    std::optional<Duration> retry_after;
    friend bool operator>(const Answering& a, const Answering& b) {
      return a.at != b.at ? a.at > b.at : a.number > b.number;
    }
  };
  template <typename T>
  using Earliest = std::priority_queue<T, std::vector<T>, std::greater<>>;

  static constexpr Duration kSlot = std::chrono::milliseconds(10);
  static constexpr size_t kEvents = 3;

  /// What one daemon knows, and what is known of it.
  struct Daemon {
    explicit Daemon(const EndpointState::Options& options) : endpoint(options) {}
    EndpointState endpoint;
    Instant pause_until{};
    bool is_touched = true;
    double delivered_before = 0;
  };

  Instant next_event() const;
  Daemon& daemon_of(size_t hub) { return daemons_[hub % daemons_.size()]; }
  double delivered_of(size_t daemon) const;
  void arrive(const Arrival& arrival);
  void work_where_touched();
  void work(size_t hub);
  void start(size_t hub, Operation& operation);
  void judge_at_service(Answering answering);
  void end(const Answering& answering);
  void record(Event event);

  std::deque<Daemon> daemons_;
  LimitService service_;
  std::deque<Producer> producers_;
  std::vector<std::unique_ptr<Pipeline>> hubs_;
  std::vector<Instant> wakes_;  // of the hubs
  Instant now_;
  Earliest<Arrival> arrivals_;
  Earliest<Answering> answers_;
  std::array<std::vector<uint32_t>, kEvents> slots_;
  std::vector<uint64_t> starts_of_hubs_;
  const uint64_t most_waiting_;
  uint64_t requests_ = 0;
  uint64_t charged_ = 0;
  uint64_t starts_in_pause_ = 0;
  uint64_t idle_turns_ = 0;
};

}  // namespace awps
