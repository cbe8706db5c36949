// The bench: what is sent when, and what the replies say of it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/random.h"
#include "daemon/awpsctl/commands/bench_plan.h"
#include "daemon/awpsctl/commands/bench_tally.h"
#include "daemon/awpsctl/commands/latency_recorder.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

BenchPlan plan_of(const BenchArguments& arguments) {
  Result<BenchPlan, Failure> plan = BenchPlan::make(arguments);
  EXPECT_TRUE(plan.ok());
  return std::move(plan).value();
}

TEST(BenchPlan, SpreadsAnEvenPaceOverItsConnections) {
  const BenchPlan plan = plan_of({.rate = 10, .seconds = 1, .connections = 3});
  EXPECT_EQ(plan.actions(), 10u);
  std::map<Duration, int> times;
  uint64_t total = 0;
  for (uint32_t c = 0; c < plan.connections(); ++c) {
    total += plan.actions_of(c);
    for (uint64_t n = 0; n < plan.actions_of(c); ++n) ++times[plan.intended(c, n)];
  }
  EXPECT_EQ(total, 10u);
  ASSERT_EQ(times.size(), 10u);
  Duration expected{};
  for (const auto& [at, count] : times) {
    EXPECT_EQ(count, 1);
    EXPECT_NEAR(to_seconds(at), to_seconds(expected), 1e-6);
    expected += milliseconds(100);
  }
}

TEST(BenchPlan, HasNoMoreConnectionsThanActions) {
  EXPECT_EQ(plan_of({.rate = 2, .seconds = 1, .connections = 8}).connections(), 2u);
}

TEST(BenchPlan, MixesKindsByTheirWeights) {
  const BenchPlan plan = plan_of(
      {.rate = 10'000, .seconds = 1, .connections = 1, .actions = "sendToGroup=3,addUserToGroup"});
  size_t adds = 0;
  std::string line;
  for (uint64_t n = 0; n < plan.actions(); ++n) {
    line.clear();
    plan.append_line(0, n, line);
    adds += line.find("addUserToGroup") != std::string::npos ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(adds), 2500, 200);
}

TEST(BenchPlan, WritesMessagesOfTheSizeAskedFor) {
  for (const bool equal : {false, true}) {
    const BenchPlan plan =
        plan_of({.rate = 1, .seconds = 2, .actions = "sendToAll", .size = 10, .equal_data = equal});
    std::string line;
    plan.append_line(0, 0, line);
    EXPECT_EQ(line, std::string(R"({"actionName":"sendToAll","data":")") +
                        (equal ? "xxxxxxxxxx" : "0.........") + "\"}");
  }
}

struct KindsCase {
  const char* name;
  const char* actions;
};
void PrintTo(const KindsCase& row, std::ostream* out) {
  *out << row.name;
}

const KindsCase kBadKinds[] = {
    {"Unknown", "closeAllConnections"}, {"Empty", ""},
    {"EmptyItem", "sendToAll,"},        {"NoWeight", "sendToAll="},
    {"ZeroWeight", "sendToAll=0"},      {"Text", "sendToAll=x"},
    {"TooLarge", "sendToAll=1001"},     {"Remainder", "sendToAll=1x"},
};

class BadKinds : public testing::TestWithParam<KindsCase> {};

TEST_P(BadKinds, AreRefused) {
  const auto plan = BenchPlan::make({.actions = GetParam().actions});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().exit_code, ExitCode::kUsage);
}

INSTANTIATE_TEST_SUITE_P(All, BadKinds, testing::ValuesIn(kBadKinds),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(LatencyRecorder, IsWithinTwoPercentOfTheSortedTruth) {
  const uint64_t seed = 4711;
  Random random(seed);
  LatencyRecorder recorder;
  std::vector<int64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<int64_t>(random.below(uint64_t{1} << random.below(40)));
    all.push_back(value);
    recorder.add(Duration(value));
  }
  std::ranges::sort(all);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(all.size())));
    const auto truth = static_cast<double>(all[rank - 1]);
    EXPECT_NEAR(static_cast<double>(recorder.percentile(share).count()), truth, truth * 0.02 + 1)
        << "share " << share << ", seed " << seed;
  }
  EXPECT_EQ(recorder.most().count(), all.back());
}

TEST(LatencyRecorder, WithoutValuesHasNone) {
  const LatencyRecorder recorder;
  EXPECT_EQ(recorder.percentile(0.5), Duration::zero());
  EXPECT_EQ(recorder.count(), 0u);
}

TEST(LatencyRecorder, TakesWhatIsLongerThanItsBuckets) {
  LatencyRecorder recorder;
  recorder.add(std::chrono::hours(5));
  recorder.add(milliseconds(-5));
  EXPECT_EQ(recorder.most(), std::chrono::hours(5));
  EXPECT_EQ(recorder.percentile(0.1), Duration::zero());
}

TEST(BenchTally, ChargesAStallToAllThatItDelays) {
  const BenchPlan plan = plan_of({.rate = 10, .seconds = 1, .connections = 1});
  BenchTally tally(plan);
  // The daemon read nothing for a second, and then answered all at once.
  for (uint64_t n = 0; n < 10; ++n) tally.sent(0, n, seconds(1));
  tally.take(0, parse_reply(R"({"status":"delivered","from":1,"to":10})"), seconds(1));
  const Json json = tally.json(10, 1);
  EXPECT_NEAR(json["latencySeconds"]["max"].get<double>(), 1.0, 1e-6);
  EXPECT_NEAR(json["latencySeconds"]["p50"].get<double>(), 0.5, 0.02);
  EXPECT_NEAR(json["mostLagSeconds"].get<double>(), 1.0, 1e-6);
  EXPECT_EQ(tally.failed(), 0u);
}

TEST(BenchTally, CountsWhatFailedAndWhatIsOpen) {
  const BenchPlan plan = plan_of({.rate = 4, .seconds = 1, .connections = 2});
  BenchTally tally(plan);
  for (const uint32_t c : {0U, 1U}) {
    for (uint64_t n = 0; n < 2; ++n) tally.sent(c, n, seconds(1));
  }
  tally.take(0, parse_reply(R"({"status":"delivered","seq":1})"), seconds(1));
  tally.take(0,
             parse_reply(R"({"status":"expired","seq":2,"error":{"code":"expired",)"
                         R"("message":"m"}})"),
             seconds(1));
  tally.take(1, parse_reply(R"({"status":"superseded","seq":1,"by":2})"), seconds(1));
  tally.take(1, parse_reply(R"({"status":"delivered","seq":99})"), seconds(1));
  EXPECT_EQ(tally.settled(), 3u);
  EXPECT_EQ(tally.failed(), 2u);
  const Json json = tally.json(4, 1);
  EXPECT_EQ(json["open"].get<uint64_t>(), 1u);
  EXPECT_EQ(json["expired"].get<uint64_t>(), 1u);
}

}  // namespace
}  // namespace awps
