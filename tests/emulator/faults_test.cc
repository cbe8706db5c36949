#include "emulator/fault/faults.h"

#include <gtest/gtest.h>

#include "emulator/throttle.h"
#include "service_driver.h"

namespace awps::emulator {
namespace {

constexpr FaultSubject kSubject{
    .method = "POST", .raw_path = "/api/hubs/chat/:send", .hub = "chat", .operation = "sendToAll"};

/// Which of ten equal requests, one a second, a script hits, as a text of 'x' and '.'.
std::string hits(std::string_view script) {
  auto parsed = parse_fault_script(script);
  if (!parsed.ok()) return parsed.error().message;
  Faults faults(std::move(parsed.value()), Instant{});
  std::string out;
  for (int i = 0; i < 10; ++i) {
    out += faults.decide(kSubject, Instant{} + i * std::chrono::seconds(1)) ? 'x' : '.';
  }
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
        Row{"from", R"([{"status":500,"fromMs":2000}])", "..xxxxxxxx"},
        Row{"until", R"([{"status":500,"fromMs":2000,"untilMs":4000}])", "..xx......"},
        Row{"flapping", R"([{"status":500,"periodMs":3000,"activeMs":2000}])", "xx.xx.xx.x"},
        Row{"flappingFrom", R"([{"status":500,"fromMs":1000,"periodMs":3000,"activeMs":1000}])",
            ".x..x..x.."},
        Row{"asleepCountsNothing", R"([{"status":500,"fromMs":2000,"skip":1,"count":2}])",
            "...xx....."},
        Row{"asleepLetsOthersDecide", R"([{"untilMs":3000,"stall":true},{"status":500,"skip":2}])",
            "xxx..xxxxx"},
        Row{"none", "[]", ".........."}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(FaultRules, RepeatChanceFromTheSeed) {
  const auto script = R"({"seed":7,"rules":[{"probability":0.5,"status":500}]})";
  const std::string first = hits(script);
  EXPECT_EQ(hits(script), first);
  EXPECT_NE(first.find('x'), std::string::npos);
  EXPECT_NE(first.find('.'), std::string::npos);
}

/// What one request to the group "bad" gets of a script.
Fault decided(std::string_view script) {
  constexpr FaultSubject kToGroup{.method = "POST",
                                  .raw_path = "/api/hubs/chat/groups/bad/:send",
                                  .hub = "chat",
                                  .operation = "sendToGroup",
                                  .target = "bad",
                                  .group = "bad"};
  Faults faults(parse_fault_script(script).value(), Instant{});
  return faults.decide(kToGroup, Instant{}).value_or(Fault{});
}

TEST(FaultDelays, AddUpUntilARuleDecides) {
  const Fault fault = decided(
      R"([{"name":"slow","match":{"operation":"send*"},"delayMs":5,"continues":true},)"
      R"({"match":{"target":"good"},"delayMs":100,"continues":true},)"
      R"({"name":"bad","match":{"target":"bad"},"status":500,"delayMs":20},{"status":503}])");
  EXPECT_EQ(fault.delay, std::chrono::milliseconds(25));
  EXPECT_EQ(fault.name, "bad");
  EXPECT_EQ(fault.answer->status, 500);
}

TEST(FaultDelays, AreAllThatHappensWhereNoRuleDecides) {
  const Fault fault = decided(
      R"([{"name":"slow","delayMs":5,"continues":true},{"match":{"target":"x"},"status":500}])");
  EXPECT_EQ(fault.delay, std::chrono::milliseconds(5));
  EXPECT_EQ(fault.name, "slow");
  EXPECT_FALSE(fault.answer);
  EXPECT_TRUE(fault.takes_effect);
}

TEST(FaultDelays, LieBetweenTheirBounds) {
  auto script = parse_fault_script(R"([{"delayMs":10,"delayToMs":20}])");
  Faults faults(std::move(script.value()), Instant{});
  Duration least = Duration::max();
  Duration most{};
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = faults.decide(kSubject, Instant{})->delay;
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_GE(least, std::chrono::milliseconds(10));
  EXPECT_LT(least, std::chrono::milliseconds(11));
  EXPECT_GT(most, std::chrono::milliseconds(19));
  EXPECT_LE(most, std::chrono::milliseconds(20));
}

struct AnswerRow {
  std::string_view name;
  std::string_view script;
  int status;
  std::string_view content_type;
  std::string_view body_has;  // empty: no body
  HeaderList headers;
};

class FaultAnswers : public testing::TestWithParam<AnswerRow> {};

TEST_P(FaultAnswers, AreAsScripted) {
  const HttpResponse answer = decided(GetParam().script).answer.value();
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_EQ(answer.content_type, GetParam().content_type);
  EXPECT_NE(answer.body.find(GetParam().body_has), std::string::npos) << answer.body;
  EXPECT_EQ(answer.body.empty(), GetParam().body_has.empty());
  EXPECT_EQ(answer.headers, GetParam().headers);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultAnswers,
    testing::Values(
        AnswerRow{"empty", R"([{"status":500}])", 500, "", "", {}},
        AnswerRow{"html",
                  R"([{"status":403,"shape":"html"}])",
                  403,
                  "text/html",
                  "<title>403 Forbidden</title>",
                  {}},
        AnswerRow{"aspnet",
                  R"([{"status":400,"shape":"aspnet"}])",
                  400,
                  "application/problem+json; charset=utf-8",
                  R"("errors":{"hub":["The field hub must match)",
                  {}},
        AnswerRow{"service",
                  R"([{"status":404,"shape":"service","errorCode":"Warning.Group.NotExisted"}])",
                  404,
                  "application/json; charset=utf-8",
                  R"({"code":"Warning.Group.NotExisted",)",
                  {{"x-ms-error-code", "Warning.Group.NotExisted"}}},
        AnswerRow{"own",
                  R"([{"status":502,"shape":"html","body":"<p>away","contentType":"text/x"}])",
                  502,
                  "text/x",
                  "<p>away",
                  {}},
        AnswerRow{"retryAfter",
                  R"([{"status":429,"headers":{"Retry-After":0}}])",
                  429,
                  "",
                  "",
                  {{"Retry-After", "0"}}},
        AnswerRow{"headers",
                  R"([{"status":307,"headers":{"Location":"http://x/","WWW-Authenticate":"B"}}])",
                  307,
                  "",
                  "",
                  {{"Location", "http://x/"}, {"WWW-Authenticate", "B"}}}),
    [](const auto& row) { return std::string(row.param.name); });

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
                   "read fault script, rule 0: 'probability' must be a number from 0 to 1"},
        MistakeRow{"exceptKey", R"([{"match":{"except":{"except":{}}}}])",
                   "read fault script, rule 0 match except: 'except' is not known"},
        MistakeRow{"operation", R"([{"match":{"operation":["send*","sendToGruop"]}}])",
                   "read fault script, rule 0 match: 'operation' 'sendToGruop' fits no "
                   "operation; one is 'sendToGroup'"},
        MistakeRow{"emptyTarget", R"([{"match":{"target":""}}])",
                   "read fault script, rule 0 match: 'target' must be a string, or an array of "
                   "strings, none empty"},
        MistakeRow{"noTargets", R"([{"match":{"target":[]}}])",
                   "read fault script, rule 0 match: 'target' must be a string, or an array of "
                   "strings, none empty"},
        MistakeRow{"fraction", R"([{"match":{"targetFraction":50}}])",
                   "read fault script, rule 0 match: 'targetFraction' must be a number from 0 to "
                   "1"},
        MistakeRow{"seedOfNothing", R"([{"match":{"targetSeed":5}}])",
                   "read fault script, rule 0 match: 'targetSeed' needs 'targetFraction'"},
        MistakeRow{"query", R"([{"match":{"query":"filter"}}])",
                   "read fault script, rule 0 match: 'query' must be an object of patterns"},
        MistakeRow{"header", R"([{"match":{"headers":{"a":1}}}])",
                   "read fault script, rule 0 match: 'headers' must be an object whose values are "
                   "patterns, or null for none"},
        MistakeRow{"window", R"([{"fromMs":5,"untilMs":5}])",
                   "read fault script, rule 0: 'untilMs' must be above 'fromMs'"},
        MistakeRow{"period", R"([{"periodMs":5}])",
                   "read fault script, rule 0: 'activeMs' and 'periodMs' go together, 0 < activeMs "
                   "< periodMs"},
        MistakeRow{"longTime", R"([{"delayMs":86400001}])",
                   "read fault script, rule 0: 'delayMs' must be at most 86400000, a day"},
        MistakeRow{"delays", R"([{"delayMs":5,"delayToMs":4}])",
                   "read fault script, rule 0: 'delayToMs' must be 'delayMs' or more"},
        MistakeRow{"shape", R"([{"status":400,"shape":"xml"}])",
                   "read fault script, rule 0: 'shape' must be \"empty\", \"html\", \"aspnet\" or "
                   "\"service\""},
        MistakeRow{"code", R"([{"status":400,"errorCode":"E"}])",
                   "read fault script, rule 0: 'errorCode' and \"shape\":\"service\" go together"},
        MistakeRow{"noStatus", R"([{"headers":{"Retry-After":1}}])",
                   "read fault script, rule 0: an answer needs 'status'"},
        MistakeRow{"splitHeader", R"([{"status":400,"headers":{"a":"b\r\nc: d"}}])",
                   "read fault script, rule 0: 'headers' must be names and values without control "
                   "characters"},
        MistakeRow{"continues", R"([{"status":400,"continues":true}])",
                   "read fault script, rule 0: 'continues' goes with a delay alone"},
        MistakeRow{"noRules", R"({"seed":1})",
                   "read fault script: expected an array of rules, or "
                   "{\"seed\":…,\"rules\":[…]}"}),
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
  driver.service.set_faults(parse_fault_script(GetParam().script).value(), driver.now().instant);
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

TEST(FaultTargets, FailForGoodBesideHealthyOnes) {
  ServiceDriver driver;
  driver.service.set_faults(
      parse_fault_script(R"([{"match":{"target":"bad*"},"status":500}])").value(),
      driver.now().instant);
  const auto status_of = [&driver](const std::string& group) {
    return driver
        .send({.method = "POST",
               .target = "/api/hubs/chat/groups/" + group + "/:send",
               .content_type = "text/plain",
               .body = "x"})
        .status;
  };
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(status_of("bad" + std::to_string(i % 3)), 500);
    EXPECT_EQ(status_of("good"), 202);
  }
}

TEST(FaultTargets, HealthFailsAloneAndSendsAlone) {
  ServiceDriver driver;
  const TestRequest health{.method = "HEAD", .target = "/api/health", .token = ""};
  const TestRequest send{.method = "POST",
                         .target = "/api/hubs/chat/:send",
                         .content_type = "text/plain",
                         .body = "x"};
  const auto set = [&driver](std::string_view script) {
    driver.service.set_faults(parse_fault_script(script).value(), driver.now().instant);
  };
  set(R"([{"match":{"operation":"health"},"status":503}])");
  EXPECT_EQ(driver.send(health).status, 503);
  EXPECT_EQ(driver.send(send).status, 202);
  set(R"([{"match":{"except":{"operation":"health"}},"status":503}])");
  EXPECT_EQ(driver.send(health).status, 200);
  EXPECT_EQ(driver.send(send).status, 503);
}

TEST(FaultWindows, CountFromTheScriptsBegin) {
  ServiceDriver driver;
  const TestRequest request{.method = "HEAD", .target = "/api/health", .token = ""};
  driver.elapsed += std::chrono::seconds(60);
  driver.service.set_faults(parse_fault_script(R"([{"status":503,"untilMs":1000}])").value(),
                            driver.now().instant);
  EXPECT_EQ(driver.send(request).status, 503);
  driver.elapsed += std::chrono::seconds(1);
  EXPECT_EQ(driver.send(request).status, 200);
}

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
