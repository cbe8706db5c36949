#include "emulator/faults.h"

#include <gtest/gtest.h>

#include "emulator/throttle.h"
#include "service_driver.h"

namespace awps::emulator {
namespace {

constexpr FaultSubject kSubject{
    .method = "POST", .raw_path = "/api/hubs/chat/:send", .hub = "chat", .operation = "sendToAll"};

/// Which of ten equal requests a script hits, as a text of 'x' and '.'.
std::string hits(std::string_view script) {
  auto parsed = parse_fault_script(script);
  if (!parsed.ok()) return parsed.error().message;
  Faults faults(std::move(parsed.value()));
  std::string out;
  for (int i = 0; i < 10; ++i) out += faults.decide(kSubject) != nullptr ? 'x' : '.';
  return out;
}

struct Row {
  std::string_view name;
  std::string_view script;
  std::string_view hits;
};

class FaultRules : public testing::TestWithParam<Row> {};

TEST_P(FaultRules, HitTheRequestsTheyName) {
  EXPECT_EQ(hits(GetParam().script), GetParam().hits);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultRules,
    testing::Values(
        Row{"all", R"([{"status":500}])", "xxxxxxxxxx"},
        Row{"count", R"([{"status":500,"count":2}])", "xx........"},
        Row{"every", R"([{"status":500,"every":3}])", "..x..x..x."},
        Row{"skip", R"([{"status":500,"skip":4,"count":1}])", "....x....."},
        Row{"method", R"([{"match":{"method":"PUT"},"status":500}])", ".........."},
        Row{"prefix", R"([{"match":{"pathPrefix":"/api/hubs/c"},"status":500}])", "xxxxxxxxxx"},
        Row{"contains", R"([{"match":{"pathContains":"/groups/"},"status":500}])", ".........."},
        Row{"hub", R"([{"match":{"hub":"chat","operation":"sendToAll"},"count":1,"stall":true}])",
            "x........."},
        Row{"never", R"([{"probability":0,"status":500}])", ".........."},
        Row{"second", R"([{"count":1,"status":500},{"count":1,"reset":"before"}])", "xx........"},
        Row{"none", "[]", ".........."}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(FaultRules, RepeatChanceFromTheSeed) {
  const auto script = R"({"seed":7,"rules":[{"probability":0.5,"status":500}]})";
  const std::string first = hits(script);
  EXPECT_EQ(hits(script), first);
  EXPECT_NE(first.find('x'), std::string::npos);
  EXPECT_NE(first.find('.'), std::string::npos);
}

struct MistakeRow {
  std::string_view name;
  std::string_view script;
  std::string_view message;
};

class FaultMistakes : public testing::TestWithParam<MistakeRow> {};

TEST_P(FaultMistakes, AreNamed) {
  const auto parsed = parse_fault_script(GetParam().script);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultMistakes,
    testing::Values(
        MistakeRow{"json", "[", "read fault script: it is no valid JSON"},
        MistakeRow{"key", R"([{},{"statsu":500}])",
                   "read fault script, rule 1: 'statsu' is not known"},
        MistakeRow{"matchKey", R"([{"match":{"path":"/"}}])",
                   "read fault script, rule 0 match: 'path' is not known"},
        MistakeRow{"status", R"([{"status":99}])",
                   "read fault script, rule 0: 'status' must be from 200 to 599"},
        MistakeRow{"reset", R"([{"reset":"now"}])",
                   "read fault script, rule 0: 'reset' must be \"before\" or \"after\""},
        MistakeRow{"probability", R"([{"probability":2}])",
                   "read fault script, rule 0: 'probability' must be a number from 0 to 1"}),
    [](const auto& row) { return std::string(row.param.name); });

struct EffectRow {
  std::string_view name;
  std::string_view script;
  int status;  // 0: no answer
  bool takes_effect;
};

class FaultEffects : public testing::TestWithParam<EffectRow> {};

TEST_P(FaultEffects, AreAsScripted) {
  ServiceDriver driver;
  const TestClient client = driver.connect({});
  driver.service.set_faults(parse_fault_script(GetParam().script).value());
  driver.handle({.method = "POST",
                 .target = "/api/hubs/chat/:send",
                 .content_type = "text/plain",
                 .body = "x"});
  const auto log = driver.service.log().after(0, 10);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].status, GetParam().status);
  EXPECT_EQ(log[0].took_effect, GetParam().takes_effect);
  EXPECT_EQ(log[0].fault, "unnamed");
  EXPECT_EQ(client.link->frames.size(), GetParam().takes_effect ? 2U : 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultEffects,
    testing::Values(EffectRow{"status", R"([{"status":503}])", 503, false},
                    EffectRow{"statusAfterEffect", R"([{"status":500,"effect":true}])", 500, true},
                    EffectRow{"delay", R"([{"delayMs":5}])", 202, true},
                    EffectRow{"resetBefore", R"([{"reset":"before"}])", 0, false},
                    EffectRow{"resetAfter", R"([{"reset":"after"}])", 0, true},
                    EffectRow{"stall", R"([{"stall":true}])", 0, false},
                    EffectRow{"stallAfterEffect", R"([{"stall":true,"effect":true}])", 0, true},
                    EffectRow{"earlyAnswer", R"([{"earlyAnswer":true}])", 413, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Throttle, RefillsNoFasterThanItsRate) {
  Throttle throttle({.requests_per_second = 10, .burst = 2});
  Instant now(std::chrono::seconds(1));
  EXPECT_TRUE(throttle.admit(now));
  EXPECT_TRUE(throttle.admit(now));
  EXPECT_FALSE(throttle.admit(now));
  now += std::chrono::milliseconds(99);
  EXPECT_FALSE(throttle.admit(now));
  now += std::chrono::milliseconds(2);
  EXPECT_TRUE(throttle.admit(now));
  EXPECT_FALSE(throttle.admit(now));
  now += std::chrono::hours(1);
  EXPECT_TRUE(throttle.admit(now));
  EXPECT_TRUE(throttle.admit(now));
  EXPECT_FALSE(throttle.admit(now));
}

TEST(Throttle, AnswersWithOrWithoutRetryAfter) {
  ServiceDriver driver(
      {.throttle = {.requests_per_second = 1, .burst = 1, .retry_after_seconds = 7}});
  const TestRequest request{.method = "DELETE", .target = "/api/hubs/chat/users/u/groups"};
  EXPECT_EQ(driver.send(request).status, 204);
  const HttpResponse throttled = driver.send(request);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.headers, (HeaderList{{"Retry-After", "7"}}));
  driver.service.set_throttle(
      {.requests_per_second = 1, .burst = 1, .retry_after_seconds = std::nullopt});
  EXPECT_EQ(driver.send(request).status, 204);
  EXPECT_EQ(driver.send(request).headers, HeaderList{});
  EXPECT_EQ(driver.service.counters().throttled, 2U);
}

}  // namespace
}  // namespace awps::emulator
