#include "service_api/percent_encoding.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

std::string encoded(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

struct EncodingCase {
  const char* name;
  std::string_view text;
  std::string_view encoded;
};

class EncodingTest : public testing::TestWithParam<EncodingCase> {};

TEST_P(EncodingTest, IsAsSaid) {
  EXPECT_EQ(encoded(GetParam().text), GetParam().encoded);
}

// The names whose request lines were recorded from the JavaScript SDK; the same but for ! * ' ( ),
// which it leaves as they are.
INSTANTIATE_TEST_SUITE_P(
    Names, EncodingTest,
    testing::Values(
        EncodingCase{"Plain", "AZaz09-._~", "AZaz09-._~"}, EncodingCase{"Empty", "", ""},
        EncodingCase{"Blank", "a b", "a%20b"}, EncodingCase{"TwoBlanks", "  ", "%20%20"},
        EncodingCase{"Slash", "a/b", "a%2Fb"}, EncodingCase{"Percent", "50%", "50%25"},
        EncodingCase{"EncodedSlash", "a%2Fb", "a%252Fb"},
        EncodingCase{"QuestionMark", "a?b", "a%3Fb"}, EncodingCase{"Hash", "a#b", "a%23b"},
        EncodingCase{"Apostrophe", "o'k", "o%27k"}, EncodingCase{"Quote", "q\"q", "q%22q"},
        EncodingCase{"TwoBytes", "é", "%C3%A9"},
        EncodingCase{"ThreeAndFourBytes", "日本😀", "%E6%97%A5%E6%9C%AC%F0%9F%98%80"},
        EncodingCase{"DotsInside", "a..b", "a..b"},
        EncodingCase{"DotsBeforeSlash", "../x", "..%2Fx"}, EncodingCase{"Plus", "a+b", "a%2Bb"},
        EncodingCase{"AmpersandAndEquals", "&=", "%26%3D"}, EncodingCase{"Colon", "a:b", "a%3Ab"},
        EncodingCase{"At", "@", "%40"},
        EncodingCase{"LeftRawByTheSdk", "!*()'~", "%21%2A%28%29%27~"},
        EncodingCase{"Brackets", "[x]{y}", "%5Bx%5D%7By%7D"},
        EncodingCase{"Angles", "<>", "%3C%3E"}, EncodingCase{"Backslash", "\\", "%5C"},
        EncodingCase{"BarCaretBacktick", "|^`", "%7C%5E%60"},
        EncodingCase{"DollarCommaSemicolon", "$,;", "%24%2C%3B"},
        EncodingCase{"LineEnd", "a\r\nb", "a%0D%0Ab"},
        EncodingCase{"Zero", std::string_view("a\0b", 3), "a%00b"},
        EncodingCase{"Delete", "\x7f", "%7F"}),
    [](const auto& row) { return row.param.name; });

TEST(PercentEncoding, LeavesOnlyTheUnreservedOfAllBytes) {
  int plain = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned>(byte));
    if (encoded(text) == text) {
      ++plain;
    } else {
      EXPECT_EQ(encoded(text), escape);
    }
  }
  EXPECT_EQ(plain, 66);
}

}  // namespace
}  // namespace awps
