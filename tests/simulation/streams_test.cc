// Fleets that read a topic, each under a seed of its own; see stream_world.h. A failure names its
// seed.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/simulation/stream_world.h"

namespace awps {
namespace {

/// AWPS_STREAM_SEEDS: how many seeds; AWPS_STREAM_SEED: that one alone.
uint64_t from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

constexpr uint64_t kSeeds = 300;

StreamWorld::Options scenario(uint64_t seed) {
  Random random(seed);
  const auto some = [&random](uint64_t most) {
    return random.chance(0.5) ? 0 : static_cast<int>(1 + random.below(most));
  };
  StreamWorld::Options options{.seed = seed};
  options.daemons = 1 + static_cast<int>(random.below(3));
  options.partitions = 1 + static_cast<int32_t>(random.below(5));
  options.records = 20 + static_cast<int>(random.below(200));
  options.max_ahead = 1 + random.below(random.chance(0.5) ? 8 : 60);
  options.hub_bytes = 2000 + random.below(random.chance(0.5) ? 6000 : 60'000);
  options.block_when_full = random.chance(0.7);
  options.is_eager = random.chance(0.4);
  options.coalesce = random.chance(0.6);
  options.has_disk = random.chance(0.8);
  options.writes_letters = random.chance(0.3);
  options.service = {
      .outages = random.chance(0.3), .throttles = random.chance(0.3), .fails = random.chance(0.4)};
  options.has_sick_group = random.chance(0.3);
  options.is_sick_for_good = random.chance(0.5);
  options.content = {.with_time_to_live = random.chance(0.3) ? 0.3 : 0,
                     .poisoned = random.chance(0.4) ? 0.05 : 0,
                     .broken = random.chance(0.5) ? 0.08 : 0,
                     .sick = options.has_sick_group ? 0.1 : 0,
                     .other_hub_may_be_refused = random.chance(0.3),
                     .seed = seed + 3};
  options.crashes = some(3);
  options.stops = some(3);
  options.freezes = some(2);
  options.moves = some(6);
  options.fences = some(3);
  options.stalls = some(3);
  options.outages = some(2);
  options.stuck_letters = some(3);
  options.pauses = some(2);
  options.reloads = some(4);
  options.commits_fail = random.chance(0.4);
  options.one_commit_fails_for_good = random.chance(0.1);
  return options;
}

struct Seen {
  uint64_t returned = 0;
  uint64_t superseded = 0;
  uint64_t expired = 0;
  uint64_t letters = 0;
  uint64_t rejected = 0;
  uint64_t read_again = 0;
  uint64_t losses = 0;
  uint64_t ownerships = 0;
};

void run(uint64_t seed, Seen& seen) {
  StreamWorld world(scenario(seed));
  world.run();
  for (const std::string& mistake : world.mistakes()) {
    ADD_FAILURE() << "seed " << seed << " (AWPS_STREAM_SEED): " << mistake;
  }
  seen.returned += world.outcomes(OutcomeKind::kReturned);
  seen.superseded += world.outcomes(OutcomeKind::kSuperseded);
  seen.expired += world.outcomes(OutcomeKind::kExpired);
  seen.letters += world.outcomes(OutcomeKind::kDeadLettered);
  seen.rejected += world.rejected();
  seen.read_again += world.judge().read_again();
  seen.losses += world.judge().losses();
  seen.ownerships += world.judge().ownerships();
}

TEST(Streams, KeepTheirContractUnderEverySeed) {
  Seen seen;
  const uint64_t only = from_environment("AWPS_STREAM_SEED", 0);
  if (only != 0) return run(only, seen);
  const uint64_t seeds = from_environment("AWPS_STREAM_SEEDS", kSeeds);
  for (uint64_t seed = 1; seed <= seeds && !HasFailure(); ++seed) run(seed, seen);
  EXPECT_GT(seen.returned, seeds) << "hardly anything was ever withdrawn";
  EXPECT_GT(seen.superseded, seeds / 2);
  EXPECT_GT(seen.expired, seeds / 2);
  EXPECT_GT(seen.letters, seeds / 2);
  EXPECT_GT(seen.rejected, seeds / 2);
  EXPECT_GT(seen.read_again, seeds) << "hardly anything was ever redelivered";
  EXPECT_GT(seen.losses, seeds / 4);
  EXPECT_GT(seen.ownerships, 3 * seeds) << "partitions hardly ever moved";
}

// Each roomful of a small hub is given up a max_age after it was accepted, and only then the next
// one is read: 22 records take a quarter of an hour.
TEST(Streams, AGroupThatFailsForGoodHoldsItsPartitionUpForItsAgeAlone) {
  Seen seen;
  run(395, seen);
  EXPECT_GT(seen.letters, 0U);
}

// A group of one name in two hubs, and nobody else has room: nobody is answered, as in an outage.
TEST(Streams, TwoTargetsThatFailForGoodHoldTheirPartitionUpForTheirAgeAlone) {
  Seen seen;
  run(2233, seen);
  EXPECT_GT(seen.letters, 0U);
}

}  // namespace
}  // namespace awps
