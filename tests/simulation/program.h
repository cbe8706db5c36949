#pragma once

// Program: what producers ask of one hub in one run of the oracle, the options that the hub runs
// under, and how the service behaves; all of it out of one seed. Dropping steps changes nothing of
// the others, so that a failing program can be made small.
//
// One thread.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/random.h"
#include "hub/pipeline_options.h"
#include "limit/endpoint_state.h"
#include "tests/model/service_world.h"
#include "tests/simulation/oracle.h"

namespace awps {

/// An action, and how it comes in. Its number is its place in the program.
struct Step {
  Action action;
  Duration at{};       // since the beginning
  uint32_t batch = 0;  // of one read: same time, same producer
  uint64_t producer = 0;
  uint32_t ordered_batch = 0;
  bool poisoned = false;  // the service never takes it

  OrderedAction ordered() const {
    return {.action = &action, .producer = producer, .ordered_batch = ordered_batch};
  }
};

/// How the service of a program answers.
struct ServiceMoods {
  double failure_chance = 0;  // of an attempt, until kWellAfter
  size_t most_url_bytes = 0;  // beyond it 414; 0: no bound
  size_t most_body_bytes = 0;
  size_t most_names = 0;         // in a filter that we wrote: 400 beyond it
  bool forbids_filters = false;  // 403 for hub-wide requests that name receivers
  uint64_t most_latency_ms = 0;
};

/// A producer is a partition that is withdrawn at some moment; 0: nobody is.
struct Withdrawn {
  uint64_t producer = 0;
  Duration at{};  // since the beginning
};

class Program {
 public:
  explicit Program(uint64_t seed);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  uint64_t seed() const { return seed_; }
  const PipelineOptions& hub() const { return hub_; }
  const ServiceMoods& moods() const { return moods_; }
  const std::vector<Step>& steps() const { return steps_; }
  const Withdrawn& withdrawn() const { return withdrawn_; }
  /// The connections as they are at the beginning.
  std::vector<model::Client> clients() const;

  /// How two steps stand to each other by the oracle of order.
  enum Relation : uint8_t {
    kNone = 0,
    kMustWait = 1,
    kValues = 2,      // they wait only as values of one target with different conflationKeys
    kLogoutOnly = 4,  // only as the barrier of removeUserFromAllGroups
    kStrangers = 8,   // of different producers, and no orderingKey asks for it
  };
  uint8_t relation(size_t later, size_t earlier) const {
    return relations_[later * steps_.size() + earlier];
  }

  /// The steps of `kept`, as lines of the producers' protocol with comments.
  std::string text_of(const std::vector<bool>& kept) const;

 private:
  void choose_options();
  void choose_coalescing();
  void choose_moods();
  void choose_traffic();
  void choose_trouble();
  void choose_withdrawn();
  void add_steps();
  Action random_action();
  const ActionOptions& random_options(ActionKind kind);
  std::string_view random_data(const Action& action);
  void relate();

  uint64_t seed_;
  Random random_;
  Arena arena_{1 << 13};
  PipelineOptions hub_;
  ServiceMoods moods_;
  std::vector<Step> steps_;
  Withdrawn withdrawn_;
  std::vector<uint8_t> relations_;

  // Traffic.
  std::vector<double> kind_weights_;
  uint64_t names_ = 3;  // so many users, connections and groups are addressed
  uint64_t groups_ = 2;
  double repeated_payload_ = 0.5;
  double json_ = 0.5;
  double with_key_ = 0;
  double with_time_to_live_ = 0;
  double with_order_ = 0;
  double with_poison_ = 0;
  Duration arrivals_within_{};
  uint64_t producers_ = 1;
};

inline constexpr Duration kWellAfter = std::chrono::seconds(30);

}  // namespace awps
