#include "client/dedupe_terms.h"

#include <gtest/gtest.h>

namespace awps::client {
namespace {

using std::chrono::milliseconds;
using Window = std::optional<milliseconds>;

constexpr Window kTwoMinutes = milliseconds(120'000);
constexpr std::string_view kOlder = "does not deduplicate: it is an older version";
constexpr std::string_view kRefused = "does not deduplicate: it refused the hello (unknown key)";
constexpr std::string_view kOff = "does not deduplicate: its hub has dedupe_window = \"0s\"";
constexpr std::string_view kAgain = "deduplicates again: it knows an action for 120 s";

// One connection: is the key asked for, is the hello refused, what does `ready` say, what is told.
struct Step {
  bool asks;
  const char* refused_with;  // nullptr: greeted
  Window window;
  std::string_view told;
  bool at_once;  // is the next connection made at once
};
struct Row {
  const char* name;
  std::vector<Step> steps;
};

std::vector<Row> rows() {
  const Step newer = {true, nullptr, kTwoMinutes, "", false};
  const Step refuses = {true, "invalid_action", {}, "", true};
  const Step without = {false, nullptr, {}, "", false};
  const auto telling = [](Step step, std::string_view told) {
    step.told = told;
    return step;
  };
  return {
      {"newer", {newer, newer}},
      {"ignores the key, told once",
       {{true, nullptr, {}, kOlder, false}, {true, nullptr, {}, "", false}}},
      {"window 0, told once",
       {{true, nullptr, milliseconds(0), kOff, false},
        {true, nullptr, milliseconds(0), "", false}}},
      {"refuses the key, told once, and asked again",
       {refuses, telling(without, kRefused), refuses, without, refuses, without}},
      {"another refusal is not of the key", {{true, "unknown_hub", {}, "", false}, newer}},
      {"a refusal for want of room", {{true, "queue_full", {}, "", false}, newer}},
      {"refused without the key, too",
       {refuses, {false, "invalid_action", {}, "", false}, refuses, telling(without, kRefused)}},
      {"upgraded", {refuses, telling(without, kRefused), telling(newer, kAgain), newer}},
      {"downgraded twice",
       {newer, refuses, telling(without, kRefused), telling(newer, kAgain), refuses,
        telling(without, kRefused)}},
      {"another reason is told, too",
       {{true, nullptr, {}, kOlder, false}, {true, nullptr, milliseconds(0), kOff, false}}},
  };
}

TEST(DedupeTerms, AreWhatTheDaemonSays) {
  for (const Row& row : rows()) {
    DedupeTerms terms(true);
    int number = 0;
    for (const Step& step : row.steps) {
      SCOPED_TRACE(std::string(row.name) + ", connection " + std::to_string(++number));
      EXPECT_EQ(terms.asks(), step.asks);
      if (step.refused_with != nullptr) {
        terms.take_refusal({.kind = OutcomeKind::kRejected,
                            .error_code = step.refused_with,
                            .error_message = "unknown key"});
      } else {
        const std::string told = terms.take_ready({.dedupe_window = step.window}, "/s");
        EXPECT_TRUE(step.told.empty() ? told.empty() : told.find(step.told) != std::string::npos)
            << told;
      }
      EXPECT_EQ(terms.end_connection(), step.at_once);
    }
  }
}

TEST(DedupeTerms, NameSocketRiskAndRemedy) {
  DedupeTerms terms(true);
  EXPECT_EQ(terms.take_ready({}, "/s"),
            "awpsd at '/s' does not deduplicate: it is an older version; an action that is sent "
            "again may be carried out twice: install a newer awpsd");
}

TEST(DedupeTerms, AreNoneIfNotWanted) {
  DedupeTerms terms(false);
  EXPECT_FALSE(terms.asks());
  EXPECT_EQ(terms.take_ready({}, "/s"), "");
  terms.take_refusal({.error_code = "invalid_action", .error_message = "m"});
  EXPECT_FALSE(terms.end_connection());
}

TEST(DedupeTerms, SayAWindowWithFractions) {
  DedupeTerms terms(true);
  (void)terms.take_ready({}, "/s");
  const std::string told = terms.take_ready({.dedupe_window = milliseconds(1050)}, "/s");
  EXPECT_NE(told.find("for 1.050 s after"), std::string::npos) << told;
}

}  // namespace
}  // namespace awps::client
