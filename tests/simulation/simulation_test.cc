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

void run(uint64_t seed, uint64_t& coalesced) {
  const World::Options options = scenario(seed);
  World world(options);
  world.run();
  coalesced += world.coalesced() + world.outcomes(OutcomeKind::kSuperseded);
  for (const std::string& mistake : world.mistakes()) {
    ADD_FAILURE() << "seed " << seed << " (AWPS_SIMULATION_SEED): " << mistake;
  }
  const bool nothing_speaks_of_an_action = !options.faults.fails && !options.faults.refuses_actions;
  if (nothing_speaks_of_an_action) {
    EXPECT_EQ(world.outcomes(OutcomeKind::kDeadLettered), 0U)
        << "seed " << seed << ": an outage gave something up";
  }
}

TEST(Simulation, KeepsTheLawAndTheOrderUnderEverySeed) {
  const uint64_t only = from_environment("AWPS_SIMULATION_SEED", 0);
  const uint64_t seeds = from_environment("AWPS_SIMULATION_SEEDS", kSeeds);
  uint64_t coalesced = 0;
  if (only != 0) {
    run(only, coalesced);
    return;
  }
  for (uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) run(seed, coalesced);
  EXPECT_GT(coalesced, seeds) << "coalescing hardly ever happened";
}

}  // namespace
}  // namespace awps
