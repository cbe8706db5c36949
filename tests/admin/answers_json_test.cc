// Dead letters, changes and tapped actions as JSON.

#include "admin/answers_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "admin/json_writer.h"

namespace awps::admin {
namespace {

using nlohmann::json;

DeadLetterView letter() {
  return {.number = 1,
          .hub = "chat",
          .action = R"({"type":"sendToAll","data":{"price":0.10000000000000000001,"a":1,"a":2}})",
          .code = "refused",
          .reason = "400 of the service",
          .body = "{\"code\":\"BadRequest\"}",
          .http_status = 400,
          .attempts = 1,
          .accepted_at = WallTime(std::chrono::milliseconds(1767323045678)),
          .given_up_at = WallTime(std::chrono::seconds(1767323046))};
}

TEST(DeadLettersJson, HasTheShapeOfTheDocument) {
  const std::string text = dead_letters_json({.letters = {letter()}, .next_after = 7});
  EXPECT_EQ(text,
            R"({"deadLetters":[{"number":1,"hub":"chat",)"
            R"("action":{"type":"sendToAll","data":{"price":0.10000000000000000001,"a":1,"a":2}},)"
            R"("producer":"","code":"refused","reason":"400 of the service",)"
            R"("body":"{\"code\":\"BadRequest\"}","httpStatus":400,"attempts":1,)"
            R"("acceptedAt":"2026-01-02T03:04:05.678Z","givenUpAt":"2026-01-02T03:04:06.000Z"}],)"
            R"("nextAfter":7})");
}

TEST(DeadLettersJson, HasARecordInsteadOfAnAction) {
  DeadLetterView refused = letter();
  refused.action = "";
  refused.record = R"({"stream":"orders","offset":17,"key":null,"text":"\u0001"})";
  const std::string text = dead_letters_json({.letters = {refused}, .next_after = 0});
  EXPECT_NE(text.find(R"("hub":"chat","record":)" + refused.record + R"(,"producer":"")"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("action"), std::string::npos);
}

struct ActionCase {
  std::string name;
  std::string action;
  std::string written;
};

std::ostream& operator<<(std::ostream& out, const ActionCase& one) {
  return out << one.name;
}

class Actions : public testing::TestWithParam<ActionCase> {};

TEST_P(Actions, StandAsTheyAreOrAsText) {
  JsonWriter writer;
  writer.begin_object().action("action", GetParam().action).end_object();
  EXPECT_EQ(writer.text(), "{\"action\":" + GetParam().written + "}");
  EXPECT_TRUE(json::accept(writer.text()));
}

INSTANTIATE_TEST_SUITE_P(
    All, Actions,
    testing::Values(ActionCase{"Whole", R"({"a":1e999999})", R"("{\"a\":1e999999}")"},
                    ActionCase{"Object", R"({"a": 1.50})", R"({"a": 1.50})"},
                    ActionCase{"Cut", R"({"a": 1.)", R"("{\"a\": 1.")"},
                    ActionCase{"Empty", "", R"("")"}, ActionCase{"NoObject", "[1]", R"("[1]")"},
                    ActionCase{"TwoObjects", "{}{}", R"("{}{}")"},
                    ActionCase{"OverTwoLines", "{\n}", R"("{\n}")"},
                    ActionCase{"NoUtf8", "{\"a\":\"\xff\"}",
                               "\"{\\\"a\\\":\\\"\xef\xbf\xbd\\\"}\""}),
    [](const auto& test) { return test.param.name; });

TEST(TapLines, AreALineForEachRecordAndOneForThoseLeftOut) {
  const TapRecord record{.hub = "chat",
                         .action = R"({"type":"sendToAll","da…)",
                         .outcome = "dead_lettered",
                         .http_status = 400,
                         .attempts = 3,
                         .message = "refused\nby the service",
                         .age = std::chrono::milliseconds(1500)};
  EXPECT_EQ(tap_lines({record}, 2),
            "{\"hub\":\"chat\",\"action\":\"{\\\"type\\\":\\\"sendToAll\\\",\\\"da…\","
            "\"outcome\":\"dead_lettered\",\"httpStatus\":400,\"attempts\":3,\"carriedBy\":\"\","
            "\"message\":\"refused\\nby the service\",\"ageSeconds\":1.5}\n"
            "{\"leftOut\":2}\n");
  EXPECT_EQ(tap_lines({}, 0), "");
}

TEST(JsonWriter, WritesNumbersThatReadBackTheSame) {
  for (const double number : {0.0, -1.5, 0.1, 1e300, 5e-324, 268435456.0, 12.3, 1.0 / 3}) {
    JsonWriter writer;
    writer.value(number);
    EXPECT_EQ(json::parse(writer.text()).get<double>(), number) << writer.text();
  }
  JsonWriter writer;
  writer.begin_array().value(0.0 / 0.0).value(1e308 * 10).end_array();
  EXPECT_EQ(writer.text(), "[0,0]");
}

TEST(TimeText, IsInMilliseconds) {
  EXPECT_EQ(time_text(WallTime{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(time_text(WallTime(Duration(1767323045678999999))), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(time_text(WallTime(Duration(-1))), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace awps::admin
