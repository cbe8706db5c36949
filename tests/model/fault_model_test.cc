// The rules of DESIGN.md §5 against adversaries, in the small model (fault_model.h): targets that
// fail for good, and outages, in each way. A row each; AWPS_FAULT_TABLE=1 prints what each came to.

#include "tests/model/fault_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <map>
#include <numeric>
#include <string>

#include "base/random.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Way : uint8_t {
  k500,
  k500Slow,
  kTimeout,
  k403Html,
  kNoWay,
  k429,
  k429After1,
  k429After30
};

std::string name_of(Way way) {
  static constexpr std::array kNames = {"500",    "500 after 2 s", "timeout",     "403 HTML",
                                        "no way", "429",           "429 pause 1", "429 pause 30"};
  return kNames[static_cast<size_t>(way)];
}

ModelAnswer ambiguous_after(Duration after) {
  return {.kind = ModelAnswer::Kind::kFailure, .is_ambiguous = true, .after = after};
}

ModelAnswer throttled(Duration pause) {
  return {.kind = ModelAnswer::Kind::kFailure,
          .failure = {.kind = FailureKind::kThrottled, .pause = pause},
          .after = milliseconds(5)};
}

ModelAnswer answer_of(Way way) {
  switch (way) {
    case Way::k500:
      return ambiguous_after(milliseconds(2));
    case Way::k500Slow:
      return ambiguous_after(seconds(2));
    case Way::kTimeout:
      return ambiguous_after(seconds(10));
    case Way::k403Html:
      return {.kind = ModelAnswer::Kind::kFailure,
              .failure = {.reason = HoldReason::kEndpointAtFault},
              .is_refusal = true,
              .after = milliseconds(5)};
    case Way::kNoWay:
      return {.kind = ModelAnswer::Kind::kFailure,
              .failure = {.kind = FailureKind::kWay, .reason = HoldReason::kUnreachable},
              .after = milliseconds(1)};
    case Way::k429:
      return throttled({});
    case Way::k429After1:
      return throttled(seconds(1));
    case Way::k429After30:
      return throttled(seconds(30));
  }
  return {};
}

void print(const std::string& name, const FaultResult& result) {
  if (std::getenv("AWPS_FAULT_TABLE") == nullptr) return;
  std::cout << name << ": done " << result.healthy_done << ", p99 " << result.healthy_p99_ms
            << " ms, left " << result.healthy_left << ", innocent dead " << result.innocent_dead
            << ", sick dead " << result.sick_dead << " of " << result.sick_dead + result.sick_left
            << ", requests " << result.requests << ", holds " << result.holds << ", attempts "
            << result.most_attempts << "\n";
}

uint64_t sum(const std::vector<uint32_t>& by_second, size_t from, size_t to) {
  uint64_t sum = 0;
  for (size_t i = from; i < std::min(to, by_second.size()); ++i) sum += by_second[i];
  return sum;
}

// ---- targets that fail for good, among a thousand that share a pace of 500 requests a second

constexpr uint64_t kTargets = 1000;
constexpr double kPace = 500;
constexpr double kHealthyRate = 450;
constexpr std::array kFractions = {0.01, 0.12, 0.5, 0.95};

enum class Shape : uint8_t { kSickFirst, kBurst, kTrickle };

struct TargetsRow {
  Way way{};
  double fraction = 0;
  Shape shape{};
  Duration length = seconds(120);
  std::string name() const {
    static constexpr std::array kShapes = {" first", " in a burst", " in a trickle"};
    return std::to_string(std::lround(100 * fraction)) + " % " + name_of(way) +
           kShapes[static_cast<size_t>(shape)];
  }
};

FaultPlan plan_of(const TargetsRow& row) {
  const auto sick = static_cast<uint64_t>(std::lround(row.fraction * kTargets));
  FaultPlan plan{.pace = kPace, .length = row.length};
  Random random(5);
  for (double at = 0; at < to_seconds(row.length); at += 1 / kHealthyRate) {
    plan.arrivals.push_back({from_seconds(at), sick + random.below(kTargets - sick), false});
  }
  for (uint64_t target = 0; target < sick; ++target) {
    const double share = static_cast<double>(target) / static_cast<double>(sick);
    const double trickled = row.shape == Shape::kTrickle ? 60 * share : 0;
    const double at = row.shape == Shape::kSickFirst ? 0 : 10 + trickled;
    plan.arrivals.push_back({from_seconds(at), target, true});
  }
  std::ranges::stable_sort(plan.arrivals, {}, &FaultPlan::Arrival::at);
  plan.service = [way = row.way, sick](uint64_t target, Duration) {
    return target < sick ? answer_of(way) : ModelAnswer{};
  };
  return plan;
}

FaultResult run(const TargetsRow& row) {
  const FaultResult result = run_fault_model(plan_of(row), 1);
  print(row.name(), result);
  return result;
}

/// The healthy ones of such a row, alone.
FaultResult run_alone(const TargetsRow& row) {
  FaultPlan plan = plan_of(row);
  std::erase_if(plan.arrivals, [](const FaultPlan::Arrival& arrival) { return arrival.is_sick; });
  return run_fault_model(plan, 1);
}

void expect_no_innocent_dead(const FaultResult& result, const std::string& name) {
  EXPECT_EQ(result.innocent_dead, 0) << name;
  EXPECT_EQ(result.early_repeats, 0) << name;
  EXPECT_LE(result.most_attempts, 15) << name;
}

/// Of the rate at which healthy actions come, in the last half minute.
void expect_served_in_the_end(const FaultResult& result, const TargetsRow& row) {
  const auto end = static_cast<size_t>(row.length / seconds(1));
  const auto done = static_cast<double>(sum(result.done_by_second, end - 30, end));
  EXPECT_GE(done / 30, 0.95 * kHealthyRate) << row.name();
}

class ModelSickTargets : public testing::TestWithParam<double> {
 protected:
  /// They come while others are answered: those notice next to nothing.
  void expect_unharmed(Way way) {
    const FaultResult alone = run_alone({.fraction = GetParam()});
    for (const Shape shape : {Shape::kBurst, Shape::kTrickle}) {
      const TargetsRow row{.way = way, .fraction = GetParam(), .shape = shape};
      const FaultResult result = run(row);
      expect_no_innocent_dead(result, row.name());
      EXPECT_GE(result.healthy_done, 0.95 * static_cast<double>(alone.healthy_done)) << row.name();
      EXPECT_LE(result.healthy_p99_ms, 2 * alone.healthy_p99_ms + 10) << row.name();
    }
  }
  void expect_served_after(Way way, Duration length) {
    for (const Shape shape : {Shape::kSickFirst, Shape::kBurst, Shape::kTrickle}) {
      const TargetsRow row{.way = way, .fraction = GetParam(), .shape = shape, .length = length};
      const FaultResult result = run(row);
      expect_no_innocent_dead(result, row.name());
      expect_served_in_the_end(result, row);
    }
  }
};

TEST_P(ModelSickTargets, ThatFailAtOnceHarmNobody) {
  expect_unharmed(Way::k500);
}

TEST_P(ModelSickTargets, ThatFailSlowlyHarmNobody) {
  expect_unharmed(Way::k500Slow);
}

TEST_P(ModelSickTargets, ThatHangHarmNobody) {
  expect_unharmed(Way::kTimeout);
}

TEST_P(ModelSickTargets, ThatAreRefusedHarmNobody) {
  expect_unharmed(Way::k403Html);
}

// Until it is known whom the refusals speak of, everybody waits.
TEST_P(ModelSickTargets, ThatAreThrottledDelayTheOthersForAWhile) {
  expect_served_after(Way::k429, seconds(120));
  expect_served_after(Way::k429After1, seconds(240));
}

TEST_P(ModelSickTargets, ThatAreThrottledForLongDelayTheOthersForFiveMinutes) {
  expect_served_after(Way::k429After30, seconds(420));
}

// Nobody was answered before, so nobody is known: it takes time to tell who is sick.
TEST_P(ModelSickTargets, ThatComeFirstDelayTheOthersForAWhile) {
  for (const Way way : {Way::k500, Way::k403Html}) {
    const TargetsRow row{.way = way, .fraction = GetParam(), .shape = Shape::kSickFirst};
    const FaultResult result = run(row);
    expect_no_innocent_dead(result, row.name());
    expect_served_in_the_end(result, row);
  }
}

// They take every place, again and again, before anybody is known.
TEST_P(ModelSickTargets, ThatComeFirstAndHangDelayTheOthersForMinutes) {
  for (const Way way : {Way::k500Slow, Way::kTimeout}) {
    const TargetsRow row{
        .way = way, .fraction = GetParam(), .shape = Shape::kSickFirst, .length = seconds(600)};
    const FaultResult result = run(row);
    expect_no_innocent_dead(result, row.name());
    expect_served_in_the_end(result, row);
  }
}

INSTANTIATE_TEST_SUITE_P(Fractions, ModelSickTargets, testing::ValuesIn(kFractions),
                         [](const testing::TestParamInfo<double>& fraction) {
                           return std::to_string(std::lround(100 * fraction.param));
                         });

TEST(ModelSickTargetsForLong, AreAllGivenUp) {
  for (const Way way : {Way::k500, Way::kTimeout, Way::k403Html, Way::k429After30}) {
    const TargetsRow row{
        .way = way, .fraction = 0.12, .shape = Shape::kBurst, .length = seconds(900)};
    const FaultResult result = run(row);
    expect_no_innocent_dead(result, row.name());
    EXPECT_EQ(result.sick_left, 0) << row.name();
    EXPECT_EQ(result.sick_dead, 120) << row.name();
  }
}

// ---- outages

constexpr size_t kOutageBegins = 60;  // seconds
constexpr std::array kOutageWays = {Way::k500, Way::kTimeout, Way::kNoWay, Way::k429After1,
                                    Way::k403Html};

struct OutageRow {
  Way way{};
  double rate = 0;  // actions a second
  uint64_t lanes = 1000;
  size_t length = 0;  // seconds
  bool health_lies = false;
  std::string name() const {
    return name_of(way) + ", " + std::to_string(rate) + "/s, " + std::to_string(lanes) +
           " lanes, " + std::to_string(length) + " s" + (health_lies ? ", health lies" : "");
  }
  bool is_down(Duration at) const {
    return at >= seconds(kOutageBegins) && at < seconds(kOutageBegins + length);
  }
};

FaultResult run(const OutageRow& row) {
  FaultPlan plan{.pace = kPace, .length = seconds(kOutageBegins + row.length + 120)};
  Random random(5);
  for (double at = 0; at < to_seconds(plan.length) - 60; at += 1 / row.rate) {
    plan.arrivals.push_back({from_seconds(at), random.below(row.lanes), false});
  }
  plan.service = [&row](uint64_t, Duration at) {
    return row.is_down(at) ? answer_of(row.way) : ModelAnswer{};
  };
  plan.health = [&row](Duration at) { return row.health_lies || !row.is_down(at); };
  const FaultResult result = run_fault_model(plan, 1);
  print(row.name(), result);
  return result;
}

/// Seconds after the outage until as much is done as comes.
size_t recovery(const OutageRow& row, const FaultResult& result) {
  const size_t end = kOutageBegins + row.length;
  size_t second = end;
  while (second < result.done_by_second.size() &&
         result.done_by_second[second] < 0.9 * std::min(row.rate, kHealthyRate)) {
    ++second;
  }
  return second - end;
}

void expect_survived(const OutageRow& row) {
  const FaultResult result = run(row);
  EXPECT_EQ(result.early_repeats, 0) << row.name();
  // At its beginning others are still answered: what was under way then may be charged once.
  EXPECT_LE(result.innocent_charges, 64) << row.name();
  EXPECT_LE(recovery(row, result), 30) << row.name();
  // One lane does 50 a second: what has gathered takes longer.
  const bool is_long_lane = row.lanes == 1 && row.rate * static_cast<double>(row.length) > 2000;
  if (!is_long_lane) {
    EXPECT_EQ(result.healthy_left, 0) << row.name();
  }
  // Two seconds after the first failures are known, there are probes alone.
  const auto took = static_cast<size_t>(answer_of(row.way).after / seconds(1));
  const auto& starts = result.starts_by_second;
  const size_t end = std::min(kOutageBegins + row.length, starts.size());
  for (size_t second = kOutageBegins + took + 2; second < end; ++second) {
    EXPECT_LE(starts[second], 12) << row.name() << ", second " << second;
  }
  // Alone, while the service says that it is healthy, an action is charged its time.
  const bool is_alone = row.lanes == 1 && row.health_lies && row.length > 600;
  EXPECT_LE(result.innocent_dead, is_alone ? 1 : 0) << row.name();
}

class ModelOutages : public testing::TestWithParam<Way> {
 protected:
  void expect_survived(double rate, uint64_t lanes, const std::vector<size_t>& lengths) {
    for (const size_t length : lengths) {
      for (const bool health_lies : {false, true}) {
        awps::expect_survived({.way = GetParam(),
                               .rate = rate,
                               .lanes = lanes,
                               .length = length,
                               .health_lies = health_lies});
      }
    }
  }
};

TEST_P(ModelOutages, OfOneActionAMinute) {
  expect_survived(1.0 / 60, 1000, {1, 5, 60, 1200});
}

TEST_P(ModelOutages, OfOneLaneAndOneActionAMinute) {
  expect_survived(1.0 / 60, 1, {1, 5, 60, 1200});
}

TEST_P(ModelOutages, OfTwentyASecond) {
  expect_survived(20, 1000, {1, 5, 60, 1200});
}

TEST_P(ModelOutages, OfOneLaneAndTwentyASecond) {
  expect_survived(20, 1, {1, 5, 60, 1200});
}

TEST_P(ModelOutages, OfFourHundredASecond) {
  expect_survived(400, 1000, {1, 5, 60});
}

// Three seconds well, three seconds down.
TEST_P(ModelOutages, OfAFlappingService) {
  FaultPlan plan{.pace = kPace, .length = seconds(300)};
  Random random(5);
  for (double at = 0; at < 240; at += 0.01) {
    plan.arrivals.push_back({from_seconds(at), random.below(1000), false});
  }
  plan.service = [way = GetParam()](uint64_t, Duration at) {
    return at % seconds(6) >= seconds(3) ? answer_of(way) : ModelAnswer{};
  };
  const FaultResult result = run_fault_model(plan, 1);
  print("flapping " + name_of(GetParam()), result);
  EXPECT_EQ(result.innocent_dead, 0);
  EXPECT_EQ(result.healthy_left, 0);
  EXPECT_EQ(result.early_repeats, 0);
  const double longest_ms = GetParam() == Way::kTimeout ? 100'000 : 3500;
  EXPECT_LE(result.healthy_p99_ms, longest_ms);
}

INSTANTIATE_TEST_SUITE_P(Ways, ModelOutages, testing::ValuesIn(kOutageWays),
                         [](const testing::TestParamInfo<Way>& way) {
                           std::string name = name_of(way.param);
                           std::erase(name, ' ');
                           return name;
                         });

}  // namespace
}  // namespace awps
