// What numbers look like for people.

#include "daemon/awpsctl/figures.h"

#include <gtest/gtest.h>

#include <functional>

namespace awps {
namespace {

struct FigureCase {
  const char* name;
  std::function<std::string()> text;
  const char* expected;
};
void PrintTo(const FigureCase& row, std::ostream* out) {
  *out << row.name;
}

const FigureCase kFigures[] = {
    {"CountZero", [] { return count_text(0); }, "0"},
    {"CountThreeDigits", [] { return count_text(999); }, "999"},
    {"CountFourDigits", [] { return count_text(1204); }, "1,204"},
    {"CountMillions", [] { return count_text(1234567); }, "1,234,567"},
    {"CompactUnknown", [] { return compact_text(std::nullopt); }, "–"},
    {"CompactZero", [] { return compact_text(0); }, "0"},
    {"CompactNearlyNothing", [] { return compact_text(0.01); }, "<0.1"},
    {"CompactFraction", [] { return compact_text(0.42); }, "0.4"},
    {"CompactWhole", [] { return compact_text(3.0); }, "3"},
    {"CompactTens", [] { return compact_text(12.4); }, "12"},
    {"CompactBelowThousand", [] { return compact_text(999.4); }, "999"},
    {"CompactRoundsUpToThousand", [] { return compact_text(999.6); }, "1.00k"},
    {"CompactTenThousands", [] { return compact_text(12345); }, "12.3k"},
    {"CompactHundredThousands", [] { return compact_text(123456); }, "123k"},
    {"CompactRoundsUpToMillion", [] { return compact_text(999'600); }, "1.00M"},
    {"CompactMillions", [] { return compact_text(4.56e6); }, "4.56M"},
    {"CompactBillions", [] { return compact_text(7e9); }, "7.00G"},
    {"SecondsUnknown", [] { return seconds_text(std::nullopt); }, "–"},
    {"SecondsZero", [] { return seconds_text(0); }, "0"},
    {"SecondsMicro", [] { return seconds_text(85e-6); }, "85us"},
    {"SecondsFewMilli", [] { return seconds_text(1.23e-3); }, "1.2ms"},
    {"SecondsMilli", [] { return seconds_text(0.1204); }, "120ms"},
    {"SecondsOne", [] { return seconds_text(1.5); }, "1.5s"},
    {"SecondsMany", [] { return seconds_text(75); }, "75s"},
    {"SecondsMinutes", [] { return seconds_text(720); }, "12min"},
    {"Bytes", [] { return bytes_text(340); }, "340 B"},
    {"BytesKibi", [] { return bytes_text(1229); }, "1.2 KiB"},
    {"BytesWholeMebi", [] { return bytes_text(268435456); }, "256 MiB"},
    {"BytesRoundUp", [] { return bytes_text(1023.7); }, "1 KiB"},
    {"UptimeSeconds", [] { return uptime_text(12.9); }, "12 s"},
    {"UptimeMinutes", [] { return uptime_text(200); }, "3 min"},
    {"UptimeHours", [] { return uptime_text(4 * 3600 + 12 * 60); }, "4 h 12 min"},
    {"UptimeWholeHour", [] { return uptime_text(3600); }, "1 h"},
    {"UptimeDays", [] { return uptime_text(3 * 86400 + 4 * 3600); }, "3 d 4 h"},
    {"RatioUnknown", [] { return ratio_text(std::nullopt); }, "–"},
    {"RatioOne", [] { return ratio_text(1); }, "1.0"},
    {"RatioHundreds", [] { return ratio_text(130.2); }, "130"},
    {"PercentOfNothing", [] { return percent_text(1, 0); }, "–"},
    {"PercentNone", [] { return percent_text(0, 10); }, "0%"},
    {"PercentNearlyNone", [] { return percent_text(1, 1000); }, "<1%"},
    {"PercentAll", [] { return percent_text(10, 10); }, "100%"},
};

class Figures : public testing::TestWithParam<FigureCase> {};

TEST_P(Figures, Reads) {
  EXPECT_EQ(GetParam().text(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Figures, testing::ValuesIn(kFigures),
                         [](const auto& row) { return std::string(row.param.name); });

struct LengthCase {
  const char* name;
  const char* text;
  double seconds;  // negative: refused
};
void PrintTo(const LengthCase& row, std::ostream* out) {
  *out << row.name;
}

const LengthCase kLengths[] = {
    {"Seconds", "60s", 60},   {"NoUnit", "60", 60},          {"Milliseconds", "250ms", .25},
    {"Minutes", "10m", 600},  {"LongMinutes", "10min", 600}, {"Hours", "2h", 7200},
    {"Days", "1d", 86400},    {"Fraction", "1.5s", 1.5},     {"Empty", "", -1},
    {"NoNumber", "s", -1},    {"Negative", "-1s", -1},       {"OtherUnit", "1w", -1},
    {"Blank", "1 s", -1},     {"Infinite", "inf", -1},       {"BeyondAYear", "366d", -1},
    {"Remainder", "1s2", -1},
};

class Lengths : public testing::TestWithParam<LengthCase> {};

TEST_P(Lengths, AreTakenOrRefused) {
  const Result<Duration> parsed = duration_argument(GetParam().text);
  ASSERT_EQ(parsed.ok(), GetParam().seconds >= 0);
  if (parsed.ok()) {
    EXPECT_DOUBLE_EQ(to_seconds(*parsed), GetParam().seconds);
  } else {
    EXPECT_NE(parsed.error().message.find("10m"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Lengths, testing::ValuesIn(kLengths),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(ShellWord, IsOneWordOfAShell) {
  EXPECT_EQ(shell_word("/var/lib/awpsd/undelivered-20260102T030405Z.ndjson"),
            "/var/lib/awpsd/undelivered-20260102T030405Z.ndjson");
  EXPECT_EQ(shell_word("/a folder/$x"), "'/a folder/$x'");
  EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(Counted, IsSingularForOne) {
  EXPECT_EQ(counted(1, "action"), "1 action");
  EXPECT_EQ(counted(0, "action"), "0 actions");
  EXPECT_EQ(counted(1204, "action"), "1,204 actions");
}

}  // namespace
}  // namespace awps
