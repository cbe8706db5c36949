// A producer that deduplicates before daemons of all versions that are killed and started again at
// random: every action has exactly one outcome, comes with one id however often it is sent, and
// takes effect once where the daemon deduplicates.

#include <gtest/gtest.h>

#include <awps/client/producer.h>

#include "tests/client/chaos_daemon.h"
#include "tests/client/recorder.h"
#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

constexpr uint64_t kActions = 1000;
constexpr int kRounds = 4;

// Of all rounds: what shows that a test could see anything.
struct Seen {
  size_t repeated_effects = 0;
  size_t duplicates = 0;
};

void check_ids(const ChaosDaemon& daemon) {
  std::set<std::string> all;
  for (const auto& [number, ids] : daemon.ids()) {
    ASSERT_EQ(ids.size(), 1U) << number << " was sent with another id";
    ASSERT_NE(*ids.begin(), "") << number;
    ASSERT_TRUE(all.insert(*ids.begin()).second) << number << " has the id of another action";
  }
  ASSERT_EQ(all.size(), kActions);
}

void check_outcomes(const ChaosDaemon& daemon, const std::vector<Outcome>& outcomes) {
  ASSERT_EQ(outcomes.size(), kActions);
  std::set<uint64_t> numbers;
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(numbers.insert(outcome.number).second) << outcome.number << " has two outcomes";
    ASSERT_TRUE(daemon.told().at(outcome.number).contains(outcome.kind)) << outcome.number;
    if (outcome.kind != OutcomeKind::kRejected) {
      ASSERT_TRUE(daemon.effects().contains(outcome.number)) << outcome.number << " was lost";
    }
  }
}

void check_single_effects(const ChaosDaemon& daemon, const std::vector<Outcome>& outcomes) {
  for (const Outcome& outcome : outcomes) {
    const bool has_effect = daemon.effects().contains(outcome.number);
    ASSERT_EQ(has_effect, outcome.kind != OutcomeKind::kRejected) << outcome.number;
    if (!has_effect) continue;
    ASSERT_EQ(daemon.effects().at(outcome.number), 1U) << outcome.number << " took effect twice";
  }
}

void run(uint64_t seed, Ack ack, ChaosVersion version, Seen& seen) {
  SCOPED_TRACE(seed);
  ChaosDaemon daemon(seed, ack, version);
  Recorder recorder;
  Options options = recorder.options(daemon.path());
  options.ack = ack;
  options.name = "chaos";
  options.deduplicate = true;
  options.max_buffered_bytes = 20'000;
  auto producer = std::move(Producer::open(options).value());
  Random random(seed);
  for (uint64_t number = 1; number <= kActions; ++number) {
    const std::string data = numbered_data(number, random.below(200));
    const std::string own = "own-" + std::to_string(number);
    Fields fields{.tag = number};
    if (random.chance(0.2)) fields.id = own;
    ASSERT_TRUE(producer->send_to_all(Message::text(data), fields));
    ASSERT_LE(producer->status().buffered_bytes, options.max_buffered_bytes);
  }
  const auto closed = producer->close(kTestDeadline);
  EXPECT_TRUE(closed) << (closed ? "" : closed.error().message);
  daemon.stop();
  EXPECT_GE(daemon.arrived().size(), 10U);  // it was moody indeed
  const auto outcomes = recorder.outcomes(kActions);
  check_ids(daemon);
  check_outcomes(daemon, outcomes);
  if (version == ChaosVersion::kDeduplicates) check_single_effects(daemon, outcomes);
  for (const auto& [number, count] : daemon.effects()) seen.repeated_effects += count - 1;
  seen.duplicates += daemon.duplicates();
}

Seen run(ChaosVersion version) {
  Random random = seeded_random();
  Seen seen;
  for (int round = 0; round < kRounds; ++round) {
    run(random.next(), Ack::kDelivered, version, seen);
    run(random.next(), Ack::kAccepted, version, seen);
  }
  return seen;
}

TEST(DedupeChaos, EachActionTakesEffectOnceWhereTheDaemonDeduplicates) {
  const Seen seen = run(ChaosVersion::kDeduplicates);
  EXPECT_EQ(seen.repeated_effects, 0U);
  EXPECT_GT(seen.duplicates, 0U);
}

// These two also show that the test above could see a second effect.
TEST(DedupeChaos, EachActionHasOneOutcomeWhereTheDaemonRefusesTheKey) {
  const Seen seen = run(ChaosVersion::kRefusesTheKey);
  EXPECT_GT(seen.repeated_effects, 0U);
  EXPECT_EQ(seen.duplicates, 0U);
}

TEST(DedupeChaos, EachActionHasOneOutcomeWhereTheDaemonIgnoresTheKey) {
  const Seen seen = run(ChaosVersion::kIgnoresTheKey);
  EXPECT_GT(seen.repeated_effects, 0U);
  EXPECT_EQ(seen.duplicates, 0U);
}

TEST(DedupeChaos, EachActionHasOneOutcomeWhereTheVersionChanges) {
  const Seen seen = run(ChaosVersion::kAnyOfThese);
  EXPECT_GT(seen.duplicates, 0U);
}

}  // namespace
}  // namespace awps::client
