#include "client/reply.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

namespace awps::client {
namespace {

using std::chrono::milliseconds;

struct Row {
  const char* name;
  std::string_view line;
  Reply expected;
};

bool same(const Reply& a, const Reply& b) {
  return a.kind == b.kind && a.protocol == b.protocol && a.from == b.from && a.to == b.to &&
         a.message == b.message && a.dedupe_window == b.dedupe_window &&
         a.outcome.kind == b.outcome.kind && a.outcome.target_gone == b.outcome.target_gone &&
         a.outcome.http_status == b.outcome.http_status &&
         a.outcome.attempts == b.outcome.attempts && a.outcome.error_code == b.outcome.error_code &&
         a.outcome.error_message == b.outcome.error_message;
}

std::vector<Row> replies() {
  using Kind = Reply::Kind;
  using enum OutcomeKind;
  return {
      {"ready",
       R"({"status":"ready","protocol":1,"version":"0.1.0","hub":null,"ack":"delivered"})",
       {.kind = Kind::kReady, .protocol = 1}},
      {"duplicate",
       R"({"status":"duplicate","seq":7,"id":"1796036483123.4f1c9a2b-7"})",
       {.kind = Kind::kOutcome, .from = 7, .to = 7, .outcome = {.kind = kDuplicate}}},
      {"warning",
       R"({"status":"warning","seq":7,"message":"did you mean 'x'?"})",
       {.kind = Kind::kWarning, .message = "did you mean 'x'?"}},
      {"accepted is cumulative",
       R"({"status":"accepted","seq":1200})",
       {.kind = Kind::kOutcome, .from = 1, .to = 1200, .outcome = {.kind = kAccepted}}},
      {"delivered",
       R"({"status":"delivered","seq":7,"id":"a","httpStatus":202,"attempts":1})",
       {.kind = Kind::kOutcome,
        .from = 7,
        .to = 7,
        .outcome = {.kind = kDelivered, .http_status = 202, .attempts = 1}}},
      {"a run",
       R"({"status":"delivered","from":3,"to":90,"httpStatus":202,"attempts":2})",
       {.kind = Kind::kOutcome,
        .from = 3,
        .to = 90,
        .outcome = {.kind = kDelivered, .http_status = 202, .attempts = 2}}},
      {"gone",
       R"({"status":"delivered","seq":1,"httpStatus":404,"attempts":1,"targetGone":true})",
       {.kind = Kind::kOutcome,
        .from = 1,
        .to = 1,
        .outcome = {.kind = kDelivered, .target_gone = true, .http_status = 404, .attempts = 1}}},
      {"rejected, with members within members and blanks",
       R"( { "status" : "rejected" , "seq":2,"id":{"x":[1,"}"]},)"
       R"("error":{"code":"c","message":"\"\u00e9\ud83d\ude00\n"} } )",
       {.kind = Kind::kOutcome,
        .from = 2,
        .to = 2,
        .outcome = {.kind = kRejected, .error_code = "c", .error_message = "\"é😀\n"}}},
      {"the connection is refused",
       R"({"status":"rejected","seq":0,"error":{"code":"unknown_hub","message":"m"}})",
       {.kind = Kind::kOutcome,
        .outcome = {.kind = kRejected, .error_code = "unknown_hub", .error_message = "m"}}},
      {"superseded",
       R"({"status":"superseded","seq":8,"by":11,"byId":"p-2"})",
       {.kind = Kind::kOutcome, .from = 8, .to = 8, .outcome = {.kind = kSuperseded}}},
      {"half a pair",
       R"({"status":"expired","seq":1,"error":{"message":"\ud83dx"}})",
       {.kind = Kind::kOutcome,
        .from = 1,
        .to = 1,
        .outcome = {.kind = kExpired, .error_message = "\xef\xbf\xbdx"}}},
      {"what a later version may say",
       R"({"status":"congratulated","seq":1})",
       {.kind = Kind::kOther}},
  };
}

std::vector<Row> greetings() {
  using Kind = Reply::Kind;
  return {
      {"ready of a daemon that deduplicates",
       R"({"status":"ready","protocol":1,"features":["deduplicate"],"dedupeWindowSeconds":120})",
       {.kind = Kind::kReady, .protocol = 1, .dedupe_window = milliseconds(120'000)}},
      {"a window of zero",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":0})",
       {.kind = Kind::kReady, .protocol = 1, .dedupe_window = milliseconds(0)}},
      {"a window with a fraction",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":1.5})",
       {.kind = Kind::kReady, .protocol = 1, .dedupe_window = milliseconds(1500)}},
      {"a window that is hardly more than zero",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":1e-9})",
       {.kind = Kind::kReady, .protocol = 1, .dedupe_window = milliseconds(1)}},
      {"a window beyond all clocks",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":1e300})",
       {.kind = Kind::kReady, .protocol = 1, .dedupe_window = milliseconds(3'000'000'000'000)}},
      {"a window that is none",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":null})",
       {.kind = Kind::kReady, .protocol = 1}},
      {"a window that cannot be",
       R"({"status":"ready","protocol":1,"dedupeWindowSeconds":-1})",
       {.kind = Kind::kReady, .protocol = 1}}};
}

void expect_replies(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const auto reply = parse_reply(row.line);
    ASSERT_TRUE(reply) << row.name;
    EXPECT_TRUE(same(*reply, row.expected)) << row.name;
  }
}

TEST(ParseReply, ReadsEveryReply) {
  expect_replies(replies());
}

TEST(ParseReply, ReadsWhetherTheDaemonDeduplicates) {
  expect_replies(greetings());
}

TEST(ParseReply, RefusesWhatIsNone) {
  const std::pair<const char*, std::string_view> kRows[] = {
      {"empty", ""},
      {"no JSON", "HTTP/1.1 400 Bad Request"},
      {"no status", R"({"seq":1})"},
      {"a status that is no text", R"({"status":1,"seq":1})"},
      {"no seq", R"({"status":"delivered"})"},
      {"seq and a run", R"({"status":"delivered","seq":1,"from":1,"to":2})"},
      {"a run backwards", R"({"status":"delivered","from":2,"to":1})"},
      {"seq 0 of an outcome", R"({"status":"delivered","seq":0})"},
      {"a negative seq", R"({"status":"delivered","seq":-1})"},
      {"a seq in a text", R"({"status":"delivered","seq":"1"})"},
      {"an HTTP status beyond 16 bits", R"({"status":"delivered","seq":1,"httpStatus":65536})"},
      {"an error that is no object", R"({"status":"rejected","seq":1,"error":"x"})"},
      {"a bad escape", R"({"status":"rejected","seq":1,"error":{"code":"\x"}})"},
      {"more behind", R"({"status":"accepted","seq":1} x)"},
  };
  for (const auto& [name, line] : kRows) EXPECT_FALSE(parse_reply(line)) << name;
}

// A line is only ever whole; should it not be, then it is no reply.
TEST(ParseReply, RefusesEveryBeginningOfAReply) {
  const std::string_view line =
      R"({"status":"dead_lettered","seq":10,"error":{"code":"refused","message":"é\u00e9"},)"
      R"("httpStatus":400,"attempts":1})";
  for (size_t length = 0; length < line.size(); ++length) {
    EXPECT_FALSE(parse_reply(line.substr(0, length))) << length;
  }
}

TEST(ParseReply, ReadsTheExamplesOfTheProtocolDocument) {
  std::ifstream document(AWPS_PROTOCOL_DOCUMENT);
  std::string line;
  size_t count = 0;
  for (bool is_reply = false; std::getline(document, line);) {
    if (line.starts_with("```")) {
      is_reply = line == "```json reply";
    } else if (is_reply) {
      const auto reply = parse_reply(line);
      ASSERT_TRUE(reply) << line;
      EXPECT_NE(reply->kind, Reply::Kind::kOther) << line;
      ++count;
    }
  }
  EXPECT_GE(count, 9U);
}

}  // namespace
}  // namespace awps::client
