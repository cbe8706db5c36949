#include "socket/line_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/random.h"

namespace awps {
namespace {

struct Seen {
  std::string text;
  uint64_t number = 0;
  bool too_long = false;

  friend bool operator==(const Seen&, const Seen&) = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.number << (seen.too_long ? " too long" : " '" + seen.text + "'");
}

// Hands the splitter one chunk in memory of its own, with the padding that it demands.
void split(LineSplitter& splitter, std::string_view chunk, std::vector<Seen>& lines) {
  const std::string padded = std::string(chunk) + std::string(kReadPadding, '#');
  std::string_view bytes = std::string_view(padded).substr(0, chunk.size());
  while (const auto line = splitter.next(bytes)) {
    lines.push_back({std::string(line->text), line->number, line->too_long});
  }
  EXPECT_TRUE(bytes.empty());
}

std::vector<Seen> split_all(const std::vector<std::string>& chunks, size_t max_line_bytes) {
  LineSplitter splitter(max_line_bytes);
  std::vector<Seen> lines;
  for (const std::string& chunk : chunks) split(splitter, chunk, lines);
  if (const auto line = splitter.last()) {
    lines.push_back({std::string(line->text), line->number, line->too_long});
  }
  return lines;
}

struct Case {
  const char* name;
  std::vector<std::string> chunks;
  std::vector<Seen> lines;
};

std::ostream& operator<<(std::ostream& out, const Case& row) {
  return out << row.name;
}

class LineSplitterTable : public testing::TestWithParam<Case> {};

TEST_P(LineSplitterTable, Splits) {
  EXPECT_EQ(split_all(GetParam().chunks, 8), GetParam().lines);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, LineSplitterTable,
    testing::Values(
        Case{"Nothing", {}, {}}, Case{"OneLine", {"ab\n"}, {{"ab", 1}}},
        Case{"TwoLines", {"ab\ncd\n"}, {{"ab", 1}, {"cd", 2}}},
        Case{"LastWithoutNewline", {"ab\ncd"}, {{"ab", 1}, {"cd", 2}}},
        Case{"ReturnBeforeNewline", {"ab\r\ncd\r\n"}, {{"ab", 1}, {"cd", 2}}},
        Case{"OnlyOneReturnIsTaken", {"ab\r\r\n"}, {{"ab\r", 1}}},
        Case{"ReturnWithin", {"a\rb\n"}, {{"a\rb", 1}}},
        Case{"BlankLinesCount", {"\n \t\r\n\nab\n\n"}, {{"ab", 4}}},
        Case{"BlankAtTheEnd", {"ab\n  "}, {{"ab", 1}}},
        Case{"Joined", {"a", "b", "c\nd"}, {{"abc", 1}, {"d", 2}}},
        Case{"NewlineAlone", {"ab", "\n", "cd", "\n"}, {{"ab", 1}, {"cd", 2}}},
        Case{"ReturnAndNewlineApart", {"ab\r", "\ncd\n"}, {{"ab", 1}, {"cd", 2}}},
        Case{"LongestAllowed", {"12345678\n"}, {{"12345678", 1}}},
        Case{"LongestWithReturn", {"12345678\r\n"}, {{"12345678", 1}}},
        Case{"LongestWithReturnApart", {"12345678\r", "\n"}, {{"12345678", 1}}},
        Case{"LongestAtTheEnd", {"12345678"}, {{"12345678", 1}}},
        Case{"TooLong", {"123456789\nab\n"}, {{"", 1, true}, {"ab", 2}}},
        Case{"TooLongAtTheEnd", {"123456789"}, {{"", 1, true}}},
        Case{"TooLongIsToldOnce", {"12345", "67890", "12", "\nab\n"}, {{"", 1, true}, {"ab", 2}}},
        Case{"TooLongByItsEnd", {"12345", "6789\nab\n"}, {{"", 1, true}, {"ab", 2}}},
        Case{"TooLongTwice", {"1234567890\n1234567890\n"}, {{"", 1, true}, {"", 2, true}}},
        Case{"TooLongUnfinished", {"1234567890123"}, {{"", 1, true}}},
        Case{"ZeroByteIsContent", {std::string("a\0b\n", 4)}, {{std::string("a\0b", 3), 1}}}),
    [](const auto& row) { return row.param.name; });

// The oracle: the same bytes in one piece, cut at each '\n'.
std::vector<Seen> split_simply(const std::string& bytes, size_t max_line_bytes) {
  std::vector<Seen> lines;
  uint64_t number = 0;
  size_t begin = 0;
  while (begin < bytes.size()) {
    const size_t end = std::min(bytes.find('\n', begin), bytes.size());
    std::string text = bytes.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (text.ends_with('\r')) text.pop_back();
    if (text.size() > max_line_bytes) {
      lines.push_back({"", number, true});
    } else if (text.find_first_not_of(" \t\r") != std::string::npos) {
      lines.push_back({text, number, false});
    }
  }
  return lines;
}

TEST(LineSplitter, GivesTheSameLinesHoweverItsBytesArrive) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  static constexpr std::string_view kAlphabet = "ab \t\r\n\n\r{";
  for (int round = 0; round < 3000; ++round) {
    const size_t max_line_bytes = 1 + random.below(12);
    std::string bytes;
    for (uint64_t i = random.below(120); i > 0; --i) bytes += kAlphabet[random.below(9)];
    std::vector<std::string> chunks;
    for (size_t begin = 0; begin < bytes.size();) {
      const size_t size = 1 + random.below(9);
      chunks.push_back(bytes.substr(begin, size));
      begin += size;
    }
    ASSERT_EQ(split_all(chunks, max_line_bytes), split_simply(bytes, max_line_bytes))
        << testing::PrintToString(chunks) << " at most " << max_line_bytes;
  }
}

TEST(LineSplitter, HoldsNothingButTheLineStillArriving) {
  LineSplitter splitter(100);
  std::vector<Seen> lines;
  split(splitter, "one\ntwo\nthr", lines);
  EXPECT_EQ(splitter.held_bytes(), 3U);
  split(splitter, "ee\n", lines);
  EXPECT_EQ(splitter.held_bytes(), 0U);
}

TEST(LineSplitter, ThrowsTheRestOfARefusedLineAway) {
  LineSplitter splitter(100);
  std::vector<Seen> lines;
  split(splitter, "one\ntw", lines);
  const auto refused = splitter.refuse_partial();
  ASSERT_TRUE(refused.has_value());
  EXPECT_TRUE(refused->too_long);
  EXPECT_EQ(refused->number, 2U);
  EXPECT_EQ(splitter.held_bytes(), 0U);
  split(splitter, "o, still", lines);
  EXPECT_EQ(splitter.held_bytes(), 0U);
  split(splitter, "\nthree\n", lines);
  EXPECT_EQ(lines, (std::vector<Seen>{{"one", 1}, {"three", 3}}));
  EXPECT_FALSE(splitter.refuse_partial().has_value());
}

TEST(LineSplitter, GivesALineAwayThatIsKept) {
  LineSplitter splitter(100);
  std::vector<Seen> lines;
  split(splitter, "one, which is ", lines);
  const std::string padded = "long\r\ntwo\n" + std::string(kReadPadding, '#');
  std::string_view bytes = std::string_view(padded).substr(0, 10);
  const auto one = splitter.next(bytes);
  const std::string kept = splitter.take_over(*one, 5);
  EXPECT_EQ(kept.substr(0, kept.size() - kReadPadding), "which is long");
  EXPECT_EQ(splitter.held_bytes(), 0U);
  const auto two = splitter.next(bytes);
  EXPECT_EQ(two->text, "two");
  EXPECT_EQ(splitter.take_over(*two, 0).substr(0, 3), "two");
}

TEST(LineSplitter, HandsLinesOutOneByOne) {
  LineSplitter splitter(100);
  const std::string padded = "one\ntwo\n" + std::string(kReadPadding, '#');
  std::string_view bytes = std::string_view(padded).substr(0, 8);
  EXPECT_EQ(splitter.next(bytes)->text, "one");
  EXPECT_EQ(bytes, "two\n");
  EXPECT_EQ(splitter.next(bytes)->text, "two");
  EXPECT_FALSE(splitter.next(bytes).has_value());
}

}  // namespace
}  // namespace awps
