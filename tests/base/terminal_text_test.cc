// Text for a terminal: width, cut, wrap, and what a terminal would obey.

#include "base/terminal_text.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct TextCase {
  const char* name;
  const char* text;
  const char* printable;
  size_t columns;  // of what is printable
};
void PrintTo(const TextCase& row, std::ostream* out) {
  *out << row.name;
}

const TextCase kTexts[] = {
    {"Plain", "chat", "chat", 4},
    {"Empty", "", "", 0},
    {"Umlaut", "Gr\xC3\xBC\xC3\x9F", "Gr\xC3\xBC\xC3\x9F", 4},
    {"Escape", "\x1b[2J", "\\x1b[2J", 7},
    {"Newline", "a\nb", "a\\x0ab", 6},
    {"C1", "\xC2\x9B", "\\xc2\\x9b", 8},
    {"RightToLeftOverride", "\xE2\x80\xAE", "\\xe2\\x80\\xae", 12},
    {"NoUtf8", "\xFF", "\\xff", 4},
    {"Overlong", "\xC0\x80", "\\xc0\\x80", 8},
    {"Surrogate", "\xED\xA0\x80", "\\xed\\xa0\\x80", 12},
    {"CutOff", "\xE2\x82", "\\xe2\\x82", 8},
    {"Wide", "\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC", 4},
    {"Combining", "e\xCC\x81", "e\xCC\x81", 1},
    {"Emoji", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80", 2},
};

class Texts : public testing::TestWithParam<TextCase> {};

TEST_P(Texts, ArePrintableAndHaveColumns) {
  EXPECT_EQ(printable(GetParam().text), GetParam().printable);
  EXPECT_EQ(columns_of(GetParam().printable), GetParam().columns);
}

INSTANTIATE_TEST_SUITE_P(All, Texts, testing::ValuesIn(kTexts),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(PrintableLines, KeepLineFeedsButNothingElseThatIsObeyed) {
  EXPECT_EQ(printable_lines("a\x1b[2J\n\n b\r\n\n"), "a\\x1b[2J\n\n b\\x0d");
  EXPECT_EQ(printable_lines("\n"), "");
}

TEST(Shortened, SaysThatItWasCut) {
  EXPECT_EQ(shortened("dashboard", 9), "dashboard");
  EXPECT_EQ(shortened("dashboard", 5), "dash…");
  EXPECT_EQ(shortened("dashboard", 1), "…");
  EXPECT_EQ(shortened("dashboard", 0), "");
}

TEST(Shortened, NeverCutsAWideCharacterInTwo) {
  // Two columns each: of 4 columns one is for the sign, and half a character is left out.
  EXPECT_EQ(shortened("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", 4), "\xE6\x97\xA5…");
}

TEST(Wrapped, BreaksAtBlanksAndIndentsWhatFollows) {
  const std::vector<std::string> lines = wrapped("one two three four", 2, 9);
  EXPECT_EQ(lines, (std::vector<std::string>{"one two", "  three", "  four"}));
}

TEST(Wrapped, CutsAWordThatIsTooLong) {
  const std::vector<std::string> lines = wrapped("aa bbbbbbbbbbbbbbb c", 2, 8);
  EXPECT_EQ(lines, (std::vector<std::string>{"aa", "  bbbbb…", "  c"}));
}

TEST(Wrapped, BreaksAtLineFeeds) {
  EXPECT_EQ(wrapped("one\ntwo three four\n\nfive", 2, 9),
            (std::vector<std::string>{"one", "  two", "  three", "  four", "  ", "  five"}));
}

TEST(Wrapped, OfNothingIsOneEmptyLine) {
  EXPECT_EQ(wrapped("", 2, 8), std::vector<std::string>{""});
}

}  // namespace
}  // namespace awps
