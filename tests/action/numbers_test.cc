#include "action/numbers.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

struct GrammarRow {
  const char* text;
  bool is_number;
  bool is_integer;
};

class NumberGrammar : public testing::TestWithParam<GrammarRow> {};

TEST_P(NumberGrammar, IsThatOfJson) {
  EXPECT_EQ(is_json_number(GetParam().text), GetParam().is_number) << GetParam().text;
  EXPECT_EQ(is_json_number(GetParam().text) && is_integer(GetParam().text), GetParam().is_integer)
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Rfc8259, NumberGrammar,
    testing::Values(GrammarRow{"0", true, true}, GrammarRow{"-0", true, true},
                    GrammarRow{"120", true, true}, GrammarRow{"1.50", true, false},
                    GrammarRow{"-1.5e+10", true, false}, GrammarRow{"1E-400", true, false},
                    GrammarRow{"0e0", true, false}, GrammarRow{"", false, false},
                    GrammarRow{"-", false, false}, GrammarRow{"+1", false, false},
                    GrammarRow{"01", false, false}, GrammarRow{"-01", false, false},
                    GrammarRow{"1.", false, false}, GrammarRow{".5", false, false},
                    GrammarRow{"1e", false, false}, GrammarRow{"1e+", false, false},
                    GrammarRow{"0x1", false, false}, GrammarRow{"1 ", false, false},
                    GrammarRow{"NaN", false, false}));

struct SecondsRow {
  const char* text;
  int64_t nanoseconds;  // 0: refused
};

class Seconds : public testing::TestWithParam<SecondsRow> {};

TEST_P(Seconds, AreExact) {
  const auto seconds = seconds_of(GetParam().text);
  EXPECT_EQ(seconds.value_or(Duration(0)).count(), GetParam().nanoseconds) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Texts, Seconds,
    testing::Values(SecondsRow{"1", 1'000'000'000}, SecondsRow{"1.5", 1'500'000'000},
                    SecondsRow{"0.000000001", 1}, SecondsRow{"0.0000000001", 1},
                    SecondsRow{"123456789.123456789", 123'456'789'123'456'789},
                    SecondsRow{"1.5e3", 1'500'000'000'000}, SecondsRow{"1e-3", 1'000'000},
                    SecondsRow{"1e-999", 1}, SecondsRow{"1e999", kLongestTimeToLive.count()},
                    SecondsRow{"99999999999999999999", kLongestTimeToLive.count()},
                    SecondsRow{"3155760000", kLongestTimeToLive.count()},
                    SecondsRow{"3155759999.9", 3'155'759'999'900'000'000}, SecondsRow{"0", 0},
                    SecondsRow{"0.000", 0}, SecondsRow{"0e9", 0}, SecondsRow{"-1", 0},
                    SecondsRow{"-0", 0}, SecondsRow{"\"1\"", 0}, SecondsRow{"true", 0},
                    SecondsRow{"", 0}));

TEST(SmallInteger, TakesDigitsUpToTheGreatest) {
  EXPECT_EQ(small_integer("0", 300), 0U);
  EXPECT_EQ(small_integer("300", 300), 300U);
  for (const char* text : {"301", "-1", "-0", "1.0", "1e1", "4294967296", "", "\"1\"", " 1"}) {
    EXPECT_EQ(small_integer(text, 300), std::nullopt) << text;
  }
}

struct SizeRow {
  const char* text;
  size_t size;
};

class NumberSize : public testing::TestWithParam<SizeRow> {};

TEST_P(NumberSize, IsThatOfTheNumberInFront) {
  EXPECT_EQ(number_size(GetParam().text), GetParam().size) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Texts, NumberSize,
                         testing::Values(SizeRow{"", 0}, SizeRow{"12,", 2}, SizeRow{"-0]", 2},
                                         SizeRow{"1.5e-300 ", 8}, SizeRow{"12abc", 2},
                                         SizeRow{"012", 0}, SizeRow{"12.", 0}, SizeRow{"1e+,", 0},
                                         SizeRow{"-", 0}, SizeRow{"abc", 0}));

}  // namespace
}  // namespace awps
