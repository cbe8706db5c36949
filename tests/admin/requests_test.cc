// Every request of ADMIN.md over real sockets, right ones and wrong ones: the status, the error and
// what the service was asked.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

struct Case {
  std::string name;
  std::string line;  // without its version
  std::string body;  // of a POST
  int status = 0;
  std::string answer;                // the whole body of 200; else the error's code
  std::vector<std::string> calls{};  // of the service
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

const Case kCases[] = {
    {"Livez", "GET /livez", "", 200, "ok\n"},
    {"Readyz", "GET /readyz", "", 200, "ready\n"},
    {"ConfigDiff",
     "GET /config/diff",
     "",
     200,
     R"({"changes":[{"key":"socket.path","before":"/a","after":"/b","atNextStart":true}]})"
     "\n",
     {"config_diff"}},
    {"DeadLetters",
     "GET /dead-letters?hub=chat&after=3&limit=1",
     "",
     200,
     R"({"deadLetters":[],"nextAfter":0})"
     "\n",
     {"dead_letters chat 3"}},
    {"DeadLettersOfAnEncodedHub",
     "GET /dead-letters?hub=a%2Fb+c",
     "",
     200,
     R"({"deadLetters":[],"nextAfter":0})"
     "\n",
     {"dead_letters a/b c 0"}},
    {"DeadLettersWithoutHub", "GET /dead-letters", "", 400, "invalid_request"},
    {"DeadLettersWithAnUnknownName", "GET /dead-letters?hub=chat&lmit=3", "", 400,
     "invalid_request"},
    {"DeadLettersTooMany", "GET /dead-letters?hub=chat&limit=1001", "", 400, "invalid_request"},
    {"DeadLettersNone", "GET /dead-letters?hub=chat&limit=0", "", 400, "invalid_request"},
    {"DeadLettersNegative", "GET /dead-letters?hub=chat&after=-1", "", 400, "invalid_request"},
    {"DeadLettersTwice", "GET /dead-letters?hub=chat&hub=other", "", 400, "invalid_request"},
    {"BrokenQuery", "GET /dead-letters?hub=%2", "", 400, "invalid_request"},
    {"StatusTakesAnyQuery", "HEAD /status?now=1", "", 200, ""},
    {"Redrive",
     "POST /dead-letters/redrive",
     R"({"hub":"chat","numbers":[1,2]})",
     200,
     R"({"redriven":2,"warnings":["a later one overtook it"]})"
     "\n",
     {"redrive chat 1 2"}},
    {"RedriveAll",
     "POST /dead-letters/redrive",
     R"({"hub":"chat","all":true})",
     200,
     R"({"redriven":2,"warnings":["a later one overtook it"]})"
     "\n",
     {"redrive chat all"}},
    {"Purge",
     "POST /dead-letters/purge",
     R"({"hub":"chat","numbers":[7]})",
     200,
     R"({"purged":2})"
     "\n",
     {"purge chat 7"}},
    {"PurgeUpTo",
     "POST /dead-letters/purge",
     R"({"hub":"chat","all":true,"upTo":7})",
     200,
     R"({"purged":2})"
     "\n",
     {"purge chat all up to 7"}},
    {"RedriveUpToNothing", "POST /dead-letters/redrive", R"({"hub":"chat","all":true,"upTo":0})",
     400, "invalid_request"},
    {"PurgeOfNothing", "POST /dead-letters/purge", R"({"hub":"chat"})", 400, "invalid_request"},
    {"Pause", "POST /pause", R"({"hub":"chat"})", 200, "{}\n", {"pause chat"}},
    {"PauseAll", "POST /pause", "{}", 200, "{}\n", {"pause "}},
    {"PauseOfAMistypedKey", "POST /pause", R"({"hubs":"chat"})", 400, "invalid_request"},
    {"PauseWithoutBody", "POST /pause", "", 400, "invalid_request"},
    {"Resume", "POST /resume", R"({"hub":"chat"})", 200, "{}\n", {"resume chat"}},
    {"Drain", "POST /drain", R"({"hub":"chat"})", 200, "{}\n", {"drain chat"}},
    {"Reload",
     "POST /reload",
     "{}",
     200,
     R"({"changes":[{"key":"hubs.chat.max_in_flight","before":"64","after":"32",)"
     R"("atNextStart":false}]})"
     "\n",
     {"reload"}},
    {"ReloadWithAWish", "POST /reload", R"({"file":"x"})", 400, "invalid_request"},
    {"Log", "POST /log", R"({"level":"debug","seconds":60})", 200, "{}\n", {"log debug 60"}},
    {"LogUntilReload", "POST /log", R"({"level":"debug"})", 200, "{}\n", {"log debug 0"}},
    {"Token",
     "POST /token",
     R"({"hub":"chat","userId":"ann","roles":["r"],"groups":["g","h"],"minutes":5})",
     200,
     R"({"url":"wss://example/client"})"
     "\n",
     {"token chat ann [r] [g,h] 5"}},
    {"TokenOfAHubWithoutAName", "POST /token", R"({"hub":""})", 400, "invalid_request"},
    {"PauseOfAHubWithoutAName", "POST /pause", R"({"hub":""})", 400, "invalid_request"},
    {"ResumeOfAHubWithoutAName", "POST /resume", R"({"hub":""})", 400, "invalid_request"},
    {"DrainOfAHubWithoutAName", "POST /drain", R"({"hub":""})", 400, "invalid_request"},
    {"LettersOfAHubWithoutAName", "GET /dead-letters?hub=", "", 400, "invalid_request"},
    {"RedriveOfAHubWithoutAName", "POST /dead-letters/redrive", R"({"hub":"","all":true})", 400,
     "invalid_request"},
    {"PurgeOfAHubWithoutAName", "POST /dead-letters/purge", R"({"hub":"","all":true})", 400,
     "invalid_request"},
    {"TokenOfDefaults",
     "POST /token",
     "{}",
     200,
     R"({"url":"wss://example/client"})"
     "\n",
     {"token   [] [] 60"}},
    {"Unknown", "GET /nothing", "", 404, "not_found"},
    {"UnknownDeeper", "GET /status/", "", 404, "not_found"},
    {"PostToAGet", "POST /status", "{}", 405, "method_not_allowed"},
    {"GetOfAPost", "GET /pause", "", 405, "method_not_allowed"},
    {"HeadOfAPost", "HEAD /pause", "", 405, ""},
    {"Options", "OPTIONS /pause", "", 405, "method_not_allowed"},
    {"Delete", "DELETE /status", "", 405, "method_not_allowed"},
    {"AsteriskForm", "OPTIONS *", "", 400, "invalid_request"},
    {"TapOfNothing", "GET /tap?perSecond=0", "", 400, "invalid_request"},
    {"TapOfAHubWithoutAName", "GET /tap?hub=", "", 400, "invalid_request"},
    {"TapOfTooMuch", "GET /tap?perSecond=1001", "", 400, "invalid_request"},
    {"HeadOfATap", "HEAD /tap", "", 200, ""},
};

class Requests : public testing::TestWithParam<std::tuple<Door, Case>> {};

TEST_P(Requests, AreAnsweredAsDocumented) {
  const auto& [door, one] = GetParam();
  TestServer server(door);
  HttpClient client = server.client();
  std::vector<std::string> headers;
  if (door == Door::kTcp) headers.emplace_back(kAuthorization);
  if (one.line.starts_with("POST")) headers.emplace_back("Content-Type: application/json");
  ASSERT_TRUE(client.write(request_text(one.line + " HTTP/1.1", headers, one.body)));
  const HttpAnswer answer = client.read(one.line.starts_with("HEAD"));
  EXPECT_EQ(answer.status, one.status) << answer.body;
  EXPECT_EQ(one.status == 200 ? answer.body : answer.error_code(), one.answer) << answer.body;
  EXPECT_EQ(server.service.calls(), one.calls);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  EXPECT_EQ(answer.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(answer.header("allow").empty(), one.status != 405);
}

std::string name_of(const testing::TestParamInfo<std::tuple<Door, Case>>& info) {
  const auto& [door, one] = info.param;
  return one.name + (door == Door::kTcp ? "OverTcp" : "OverUnix");
}

INSTANTIATE_TEST_SUITE_P(All, Requests,
                         testing::Combine(testing::Values(Door::kUnix, Door::kTcp),
                                          testing::ValuesIn(kCases)),
                         name_of);

TEST(Errors, OfTheServiceAreHandedOn) {
  TestServer server;
  server.service.set_error({.http_status = 422, .code = "invalid_config", .message = "a\nb"});
  HttpClient client = server.client();
  const HttpAnswer answer = client.post("/reload", "{}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.error_code(), "invalid_config");
  EXPECT_EQ(answer.error_message(), "a\nb");
}

TEST(Errors, APostThatIsNotJsonIsRefused) {
  TestServer server;
  HttpClient client = server.client();
  for (const std::string type :
       {"", "Content-Type: text/plain", "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: application/jsonp"}) {
    std::vector<std::string> headers;
    if (!type.empty()) headers.push_back(type);
    const HttpAnswer answer = client.ask(request_text("POST /pause HTTP/1.1", headers, "{}"));
    EXPECT_EQ(answer.status, 400) << type;
    EXPECT_NE(answer.error_message().find("Content-Type"), std::string::npos) << type;
  }
  EXPECT_TRUE(server.service.calls().empty());
  const HttpAnswer answer = client.ask(request_text(
      "POST /pause HTTP/1.1", {"Content-Type: Application/JSON ; charset=utf-8"}, "{}"));
  EXPECT_EQ(answer.status, 200) << answer.body;
}

TEST(Readyz, NamesEachCause) {
  TestServer server;
  ServiceStatus status = sample_status();
  status.not_ready = {"hub chat: held", "hub telemetry: no token"};
  server.service.set_status(status);
  HttpClient client = server.client();
  const HttpAnswer answer = client.get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "hub chat: held\nhub telemetry: no token\n");
}

TEST(Livez, NamesTheHubThatStandsStill) {
  TestServer server;
  server.service.set_dead("hub chat: its loop has not turned for 31 s");
  HttpClient client = server.client();
  const HttpAnswer answer = client.get("/livez");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "hub chat: its loop has not turned for 31 s\n");
}

TEST(Page, IsServedWithItsPolicy) {
  TestServer server;
  HttpClient client = server.client();
  const HttpAnswer answer = client.get("/");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("content-type"), "text/html; charset=utf-8");
  EXPECT_TRUE(answer.body.starts_with("<!DOCTYPE html>") ||
              answer.body.starts_with("<!doctype html>"));
  EXPECT_TRUE(answer.header("content-security-policy").starts_with("default-src 'none'; "));
}

TEST(Head, SaysTheLengthOfWhatGetWouldAnswer) {
  TestServer server;
  HttpClient client = server.client();
  const HttpAnswer whole = client.get("/status");
  ASSERT_TRUE(client.write(request_text("HEAD /status HTTP/1.1")));
  const HttpAnswer head = client.read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), std::to_string(whole.body.size()));
  EXPECT_EQ(client.get("/livez").body, "ok\n");  // nothing stood between
}

}  // namespace
}  // namespace awps::admin
