#include "base/ascii.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

TEST(Ascii, LettersAndDigitsAreThoseOfAsciiAlone) {
  int letters = 0;
  int digits = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    letters += is_letter(c) ? 1 : 0;
    digits += is_digit(c) ? 1 : 0;
    EXPECT_EQ(is_alphanumeric(c), is_letter(c) || is_digit(c));
    EXPECT_EQ(to_lower(c) != c, c >= 'A' && c <= 'Z') << byte;
  }
  EXPECT_EQ(letters, 52);
  EXPECT_EQ(digits, 10);
  EXPECT_EQ(to_lower("ÄB[z"), "Äb[z");
}

TEST(Ascii, EqualInAnyLetterCase) {
  EXPECT_TRUE(equal_ignoring_case("Chat_[1]", "cHAT_[1]"));
  EXPECT_TRUE(equal_ignoring_case("", ""));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("[", "{")) << "these differ in the bit of the case, too";
}

TEST(Ascii, FindsInAnyLetterCase) {
  EXPECT_EQ(find_ignoring_case("in GROUPS", "groups"), 3U);
  EXPECT_EQ(find_ignoring_case("in GROUP", "groups"), std::string_view::npos);
  EXPECT_EQ(find_ignoring_case("", "x"), std::string_view::npos);
  EXPECT_TRUE(contains_ignoring_case("any", ""));
}

TEST(Ascii, TrimsBlanks) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \v\f "), "");
}

}  // namespace
}  // namespace awps
