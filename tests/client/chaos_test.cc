// A producer before a daemon of the worst manners: every action has exactly one outcome, one that
// the daemon gave it; none is lost; each connection gets what was not settled, in order, and
// nothing twice.

#include <gtest/gtest.h>

#include <awps/client/producer.h>

#include "tests/client/chaos_daemon.h"
#include "tests/client/recorder.h"
#include "tests/client/test_seed.h"

namespace awps::client {
namespace {

constexpr uint64_t kActions = 1500;
constexpr size_t kBound = 20'000;

// What a connection skips was settled by an earlier one; what it gets is in order.
void check_arrivals(const ChaosDaemon& daemon) {
  std::set<uint64_t> seen;
  for (const auto& connection : daemon.arrived()) {
    uint64_t last = 0;
    for (const uint64_t number : connection) {
      ASSERT_GT(number, last);
      for (uint64_t skipped = last + 1; skipped < number; ++skipped) {
        ASSERT_TRUE(daemon.told().contains(skipped)) << skipped << " was skipped before its end";
      }
      last = number;
      seen.insert(number);
    }
  }
  ASSERT_EQ(seen.size(), kActions);
}

void check_outcomes(const ChaosDaemon& daemon, const std::vector<Outcome>& outcomes) {
  ASSERT_EQ(outcomes.size(), kActions);
  std::set<uint64_t> numbers;
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(numbers.insert(outcome.number).second) << outcome.number << " has two outcomes";
    ASSERT_TRUE(daemon.told().at(outcome.number).contains(outcome.kind)) << outcome.number;
    ASSERT_EQ(outcome.tag, outcome.number);
  }
}

void run(uint64_t seed, Ack ack) {
  ChaosDaemon daemon(seed, ack);
  Recorder recorder;
  Options options = recorder.options(daemon.path());
  options.ack = ack;
  options.max_buffered_bytes = kBound;
  auto producer = std::move(Producer::open(options).value());
  Random random(seed);
  for (uint64_t number = 1; number <= kActions; ++number) {
    const std::string data = numbered_data(number, random.below(200));
    ASSERT_TRUE(producer->send_to_all(Message::text(data), {.tag = number}));
    ASSERT_LE(producer->status().buffered_bytes, kBound);
  }
  const auto closed = producer->close(kTestDeadline);
  EXPECT_TRUE(closed) << (closed ? "" : closed.error().message);
  daemon.stop();
  EXPECT_GE(daemon.arrived().size(), 10U);  // it was moody indeed
  check_arrivals(daemon);
  check_outcomes(daemon, recorder.outcomes(kActions));
}

TEST(Chaos, WithOutcomesInAnyOrder) {
  Random random = seeded_random();
  for (int round = 0; round < 8; ++round) run(random.next(), Ack::kDelivered);
}

TEST(Chaos, WithCumulativeAcceptance) {
  Random random = seeded_random();
  for (int round = 0; round < 8; ++round) run(random.next(), Ack::kAccepted);
}

}  // namespace
}  // namespace awps::client
