#include "base/json_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace awps {
namespace {

struct Row {
  const char* name;
  std::string text;
  const char* json;
};

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

class JsonString : public testing::TestWithParam<Row> {};

TEST_P(JsonString, IsAppendedWithQuotesAndEscapes) {
  std::string out = "x";
  append_json_string(out, GetParam().text);
  EXPECT_EQ(out, std::string("x") + GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonString,
    testing::Values(Row{"Empty", "", R"("")"}, Row{"Plain", "abc", R"("abc")"},
                    Row{"Quote", "\"", R"("\"")"}, Row{"Backslash", "\\", R"("\\")"},
                    Row{"Slash", "</", R"("</")"}, Row{"Lines", "a\nb\rc\td", R"("a\nb\rc\td")"},
                    Row{"Nul", std::string("a\0b", 3), R"("a\u0000b")"},
                    Row{"Control", "\x1f\x01\b\f", R"("\u001f\u0001\u0008\u000c")"},
                    Row{"Delete", "\x7f", "\"\x7f\""}, Row{"Umlaut", "ä€😀", "\"ä€😀\""},
                    Row{"EscapesAtBothEnds", "\"a\"", R"("\"a\"")"},
                    Row{"EscapesInARow", "\\\\\"\"", R"("\\\\\"\"")"}),
    name_of_row);

template <typename Number>
std::string digits_of(Number number) {
  std::string out = "n=";
  append_number(out, number);
  return out;
}

TEST(JsonNumber, IsAppendedAtItsLimits) {
  EXPECT_EQ(digits_of(0), "n=0");
  EXPECT_EQ(digits_of(-1), "n=-1");
  EXPECT_EQ(digits_of(std::numeric_limits<int64_t>::min()), "n=-9223372036854775808");
  EXPECT_EQ(digits_of(std::numeric_limits<uint64_t>::max()), "n=18446744073709551615");
  EXPECT_EQ(digits_of(uint16_t{300}), "n=300");
}

}  // namespace
}  // namespace awps
