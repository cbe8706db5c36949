// Thousands of seeds, each a world of its own; see world.h. A failure names its seed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/simulation/world.h"

namespace awps {
namespace {

/// AWPS_SIMULATION_SEEDS: how many seeds; AWPS_SIMULATION_SEED: that one alone.
uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr uint64_t kSeeds = 10'000;
constexpr uint64_t kDurableSeeds = 2'000;
constexpr uint64_t kStreamSeeds = 4'000;
constexpr uint64_t kDurableStreamSeeds = 1'000;

World::Options scenario(uint64_t seed) {
  Random random(seed);
  World::Options options{.seed = seed};
  options.hubs = 1 + static_cast<int>(random.below(3));
  options.producers = 1 + static_cast<int>(random.below(3));
  options.actions = 20 + static_cast<int>(random.below(80));
  if (random.chance(0.2)) options.ordering = Ordering::kStrict;
  if (random.chance(0.1)) options.ordering = Ordering::kNone;
  options.give_up_ambiguous = random.chance(0.2);
  options.with_ttl = random.chance(0.3);
  options.faults.outages = random.chance(0.5);
  options.faults.throttles = random.chance(0.5);
  options.faults.fails = random.chance(0.5);
  options.faults.refuses_actions = random.chance(0.3);
  if (random.chance(0.2)) options.requests_per_second = 20;
  options.coalesce = random.chance(0.5);
  return options;
}

/// The same, behind a log with a window that a few actions fill.
World::Options durable_scenario(uint64_t seed) {
  World::Options options = scenario(seed);
  Random random(seed ^ 0xd15cU);
  options.window_bytes = 500 + random.below(8000);
  if (random.chance(0.6)) {
    options.restarts = 1 + static_cast<int>(random.below(3));
    options.hubs = 1;
  }
  return options;
}

/// The same, with streams whose records are withdrawn.
World::Options stream_scenario(uint64_t seed) {
  World::Options options = scenario(seed);
  Random random(seed ^ 0x57eaU);
  options.withdrawals = 1 + static_cast<int>(random.below(6));
  return options;
}

World::Options durable_stream_scenario(uint64_t seed) {
  World::Options options = durable_scenario(seed);
  options.withdrawals = stream_scenario(seed).withdrawals;
  return options;
}

struct Seen {
  uint64_t coalesced = 0;
  uint64_t returned = 0;
  uint64_t tails = 0;
};

void run(uint64_t seed, const World::Options& options, Seen& seen) {
  World world(options);
  world.run();
  seen.coalesced += world.coalesced() + world.outcomes(OutcomeKind::kSuperseded);
  seen.tails += world.tails();
  seen.returned += world.outcomes(OutcomeKind::kReturned);
  for (const std::string& mistake : world.mistakes()) {
    ADD_FAILURE() << "seed " << seed << " (AWPS_SIMULATION_SEED): " << mistake;
  }
  const bool nothing_speaks_of_an_action = !options.faults.fails && !options.faults.refuses_actions;
  if (nothing_speaks_of_an_action) {
    EXPECT_EQ(world.outcomes(OutcomeKind::kDeadLettered), 0U)
        << "seed " << seed << ": an outage gave something up";
  }
}

Seen run_all(World::Options (*scenario_of)(uint64_t), uint64_t seeds) {
  Seen seen;
  const uint64_t only = from_environment("AWPS_SIMULATION_SEED", 0);
  if (only != 0) {
    run(only, scenario_of(only), seen);
    return {.coalesced = UINT64_MAX, .returned = UINT64_MAX, .tails = UINT64_MAX};
  }
  for (uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
    run(seed, scenario_of(seed), seen);
  }
  return seen;
}

TEST(Simulation, KeepsTheLawAndTheOrderUnderEverySeed) {
  const uint64_t seeds = from_environment("AWPS_SIMULATION_SEEDS", kSeeds);
  EXPECT_GT(run_all(scenario, seeds).coalesced, seeds) << "coalescing hardly ever happened";
}

TEST(Simulation, TheWindowOfADurableHubIsUnderTheSameOracle) {
  const uint64_t seeds = from_environment("AWPS_SIMULATION_SEEDS", kDurableSeeds);
  const Seen seen = run_all(durable_scenario, seeds);
  EXPECT_GT(seen.coalesced, seeds) << "coalescing hardly ever happened";
  EXPECT_GT(seen.tails, seeds) << "hardly anything waited on disk alone";
}

TEST(Simulation, WhatStreamsWithdrawIsReturnedAndTheOthersGoOn) {
  const uint64_t seeds = from_environment("AWPS_SIMULATION_SEEDS", kStreamSeeds);
  EXPECT_GT(run_all(stream_scenario, seeds).returned, seeds) << "hardly anything was returned";
}

TEST(Simulation, RecordsGoPastTheLogOfADurableHub) {
  const uint64_t seeds = from_environment("AWPS_SIMULATION_SEEDS", kDurableStreamSeeds);
  const Seen seen = run_all(durable_stream_scenario, seeds);
  EXPECT_GT(seen.returned, seeds) << "hardly anything was returned";
  EXPECT_GT(seen.tails, seeds) << "hardly anything waited on disk alone";
}

}  // namespace
}  // namespace awps
