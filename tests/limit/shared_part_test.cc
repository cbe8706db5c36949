#include "limit/shared_part.h"

#include <gtest/gtest.h>

#include "limit/endpoint_state.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

struct WordsCase {
  const char* name;
  uint32_t owned;
  uint32_t all;
  double configured;
  double part;
  const char* words;
};
void PrintTo(const WordsCase& row, std::ostream* out) {
  *out << row.name;
}

const WordsCase kWords[] = {
    {"Some", 24, 64, 1000, 0.375, R"(375/s = 1000/s × 24 of 64 partitions of "orders")"},
    {"All", 64, 64, 1000, 1, R"(1000/s = 1000/s × 64 of 64 partitions of "orders")"},
    {"AThird", 1, 3, 1000, 1.0 / 3, R"(333/s = 1000/s × 1 of 3 partitions of "orders")"},
    {"Few", 1, 3, 2, 1.0 / 3, R"(0.667/s = 2/s × 1 of 3 partitions of "orders")"},
    {"Many", 1, 4, 1e9, 0.25, R"(250000000/s = 1000000000/s × 1 of 4 partitions of "orders")"},
    {"None", 0, 64, 1000, 0.01,
     R"(10/s = 1000/s × 1 %, the least part: it owns 0 of 64 partitions of "orders")"},
    {"LessThanTheLeast", 1, 200, 1000, 0.01,
     R"(10/s = 1000/s × 1 %, the least part: it owns 1 of 200 partitions of "orders")"},
    {"TheLeastExactly", 2, 200, 1000, 0.01, R"(10/s = 1000/s × 2 of 200 partitions of "orders")"},
    {"NotKnown", 0, 0, 1000, 0.01,
     "10/s = 1000/s × 1 %, the least part: how many partitions there are of \"orders\" is not "
     "known yet"},
};

class SharedPartOf : public testing::TestWithParam<WordsCase> {};

TEST_P(SharedPartOf, ALimitIsSaidInWords) {
  const WordsCase& row = GetParam();
  EXPECT_DOUBLE_EQ((SharedPart{.owned = row.owned, .all = row.all}.value(kStart)), row.part);
  const SharedLimit limit{.stream = "orders", .owned = row.owned, .all = row.all, .part = row.part};
  EXPECT_EQ(words_of(limit, row.configured), row.words);
}

INSTANTIATE_TEST_SUITE_P(Table, SharedPartOf, testing::ValuesIn(kWords),
                         [](const auto& row) { return row.param.name; });

TEST(SharedPart, IsNeverMoreThanAll) {
  EXPECT_EQ((SharedPart{.owned = 5, .all = 4}.value(kStart)), 1) << "some were added just now";
}

TEST(SharedPart, IsTheLeastWhileTheLeaseIsOver) {
  const auto lease = std::make_shared<StreamLease>();
  const SharedPart part{.owned = 3, .all = 4, .lease = lease};
  EXPECT_EQ(part.value(kStart), 0.75) << "it was never extended";
  lease->extend(kStart + seconds(1));
  EXPECT_EQ(part.value(kStart + milliseconds(999)), 0.75);
  EXPECT_EQ(part.value(kStart + seconds(1)), kLeastPart);
}

// ---- at an endpoint

const EndpointState::Options kShared{.requests_per_second = 1000,
                                     .bytes_per_second = 100'000,
                                     .burst = milliseconds(10),
                                     .shared_by = "orders"};

/// Requests that pass within a second, each of so many bytes, from a bucket that is full.
int passed(EndpointState& endpoint, Instant from, uint64_t bytes = 0) {
  int count = 0;
  for (Instant now = from; now < from + seconds(1); now += milliseconds(1)) {
    while (endpoint.admit(now) == Passage::kGo && endpoint.take_permit(now)) {
      if (bytes > 0) endpoint.charge_bytes(bytes, now);
      ++count;
    }
  }
  return count;
}

TEST(SharedLimits, AreTheLeastPartUntilAStreamTellsMore) {
  EndpointState endpoint(kShared);
  EXPECT_NEAR(passed(endpoint, kStart), 10, 2);
  endpoint.set_part({.owned = 1, .all = 2}, kStart + seconds(1));
  EXPECT_NEAR(passed(endpoint, kStart + seconds(1)), 500, 10);
  endpoint.set_part({.owned = 0, .all = 2}, kStart + seconds(2));
  EXPECT_NEAR(passed(endpoint, kStart + seconds(2)), 10, 2);
  const std::optional<SharedLimit> limit = endpoint.shared_limit();
  ASSERT_TRUE(limit);
  EXPECT_EQ(limit->stream, "orders");
  EXPECT_EQ(limit->all, 2U);
  EXPECT_EQ(limit->part, kLeastPart);
}

TEST(SharedLimits, HoldForBytesAlike) {
  EndpointState endpoint(kShared);
  endpoint.set_part({.owned = 1, .all = 2}, kStart);
  EXPECT_NEAR(passed(endpoint, kStart, 1000), 50, 2);
}

TEST(SharedLimits, WithoutAStreamAPartCountsForNothing) {
  EndpointState::Options alone = kShared;
  alone.shared_by.clear();
  EndpointState endpoint(alone);
  endpoint.set_part({.owned = 1, .all = 2}, kStart);
  EXPECT_NEAR(passed(endpoint, kStart), 1010, 10);
  EXPECT_FALSE(endpoint.shared_limit());
  EXPECT_EQ(endpoint.pace_reason(kStart), "as configured (requests_per_second)");
}

// A machine that slept takes its first permit with what holds by then.
TEST(SharedLimits, ASleeperWakesUpWithTheLeastPart) {
  EndpointState endpoint(kShared);
  const auto lease = std::make_shared<StreamLease>();
  lease->extend(kStart + seconds(3));
  endpoint.set_part({.owned = 2, .all = 2, .lease = lease}, kStart);
  EXPECT_NEAR(passed(endpoint, kStart), 1010, 10);
  const Instant awake = kStart + seconds(60);
  EXPECT_NEAR(passed(endpoint, awake), 10, 2);
  EXPECT_EQ(endpoint.shared_limit()->owned, 0U);
  lease->extend(awake + seconds(10));
  EXPECT_NEAR(passed(endpoint, awake + seconds(1)), 960, 50) << "within 50 ms";
  EXPECT_EQ(endpoint.shared_limit()->owned, 2U);
}

TEST(SharedLimits, OfAnotherStreamAreToldAnew) {
  EndpointState endpoint(kShared);
  endpoint.set_part({.owned = 1, .all = 1}, kStart);
  EndpointState::Options others = kShared;
  others.shared_by = "events";
  endpoint.set_limits(others, kStart);
  EXPECT_EQ(endpoint.pace().present(), 10);
  endpoint.set_part({.owned = 1, .all = 1}, kStart);
  EXPECT_EQ(endpoint.pace().present(), 1000);
  others.requests_per_second = 400;
  endpoint.set_limits(others, kStart);
  EXPECT_EQ(endpoint.pace().present(), 400) << "of the same stream the part stays";
  others.shared_by.clear();
  endpoint.set_part({.owned = 0, .all = 1}, kStart);
  endpoint.set_limits(others, kStart);
  EXPECT_EQ(endpoint.pace().present(), 400);
}

// Of a large body the least part of the bytes is worth minutes.
TEST(SharedLimits, WhatWasChargedAtTheLeastPartIsPaidOffAtTheNewRate) {
  EndpointState endpoint(kShared);
  ASSERT_TRUE(endpoint.take_permit(kStart));
  endpoint.charge_bytes(100'000, kStart);
  EXPECT_NEAR(to_seconds(endpoint.earliest() - kStart), 100, 1);
  endpoint.set_part({.owned = 1, .all = 1}, kStart);
  EXPECT_NEAR(to_seconds(endpoint.earliest() - kStart), 1, 0.1);
}

TEST(SharedLimits, AHubThatWaitedAtTheLeastPartGoesOnAtOnce) {
  EndpointState::Options slow = kShared;
  slow.requests_per_second = 10;
  EndpointState endpoint(slow);
  HubShare& chat = endpoint.join();
  (void)endpoint.join();
  (void)endpoint.admit(kStart);  // the hubs have their shares
  ASSERT_TRUE(chat.take(kStart));
  EXPECT_GT(chat.earliest(), kStart + seconds(9));
  endpoint.set_part({.owned = 1, .all = 1}, kStart);
  EXPECT_LE(chat.earliest(), kStart + milliseconds(200));
}

TEST(SharedLimits, ThePaceSaysItsReason) {
  EndpointState endpoint(kShared);
  endpoint.set_part({.owned = 1, .all = 2}, kStart);
  const std::string sum = "500/s = 1000/s × 1 of 2 partitions of \"orders\"";
  EXPECT_EQ(endpoint.pace_reason(kStart), sum);
  Instant now = kStart;
  for (int i = 0; i < 200; ++i) endpoint.note_success(now += milliseconds(5));
  endpoint.note_throttled({.started = now, .pauses = true}, now);
  const std::string learnt = endpoint.pace_reason(now);
  EXPECT_TRUE(learnt.starts_with("learnt from 429: the service took ")) << learnt;
  EXPECT_TRUE(learnt.ends_with("; at most " + sum)) << learnt;
}

TEST(SharedLimits, WithBytesAloneThePaceHasNone) {
  EndpointState::Options bytes = kShared;
  bytes.requests_per_second = 0;
  EndpointState endpoint(bytes);
  EXPECT_EQ(endpoint.pace_reason(kStart), "none is configured, and no 429 has taught one");
  EXPECT_NEAR(passed(endpoint, kStart, 100), 10, 2);
}

}  // namespace
}  // namespace awps
