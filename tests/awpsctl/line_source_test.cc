// Lines of a descriptor: all of them, whatever the pieces, and none longer than may be.

#include "daemon/awpsctl/commands/line_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace awps {
namespace {

using Lines = std::vector<std::string>;
constexpr uint64_t kLongest = 8;

void read_into(LineSource& source, Lines& lines) {
  source.read([&](std::string_view line) { lines.emplace_back(line); });
}

struct Pipe {
  Pipe() {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    out = UniqueFd(ends[0]);
    in = UniqueFd(ends[1]);
  }
  void write(std::string_view text) {
    EXPECT_EQ(::write(in.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  UniqueFd out, in;
};

struct LinesCase {
  const char* name;
  Lines pieces;
  Lines lines;
};
void PrintTo(const LinesCase& row, std::ostream* out) {
  *out << row.name;
}

const LinesCase kLines[] = {
    {"Nothing", {}, {}},
    {"Whole", {"a\nb\n"}, {"a", "b"}},
    {"Blank", {"\n\na\n"}, {"", "", "a"}},
    {"WithoutAnEnd", {"a\nb"}, {"a", "b"}},
    {"InPieces", {"a", "b\nc", "\nd\n"}, {"ab", "c", "d"}},
    {"TheLongestThatMayBe", {"12345678\nb\n"}, {"12345678", "b"}},
    {"TooLongIsCut", {"1234567890\nb\n"}, {"123456789", "b"}},
    {"TooLongInPieces", {"12345", "67890", "12345", "67\nb\n"}, {"123456789", "b"}},
    {"TooLongWithoutAnEnd", {"12345", "67890", "12345"}, {"123456789"}},
    {"TooLongAtTheEnd", {"b\n1234567890"}, {"b", "123456789"}},
    {"TooLongThenBlank", {"1234567890", "\n", "\n", "b\n"}, {"123456789", "", "b"}},
};

class EachLine : public testing::TestWithParam<LinesCase> {};

TEST_P(EachLine, IsHandedOnOnce) {
  Pipe pipe;
  LineSource source(pipe.out.get());
  source.set_max_line_bytes(kLongest);
  Lines lines;
  for (const std::string& piece : GetParam().pieces) {
    pipe.write(piece);
    read_into(source, lines);
  }
  pipe.in = UniqueFd();
  read_into(source, lines);
  EXPECT_EQ(lines, GetParam().lines);
  EXPECT_TRUE(source.ended());
  EXPECT_EQ(source.error(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, EachLine, testing::ValuesIn(kLines),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(LineSource, ShowsTheFirstLineAndReadsItAgain) {
  Pipe pipe;
  LineSource source(pipe.out.get());
  pipe.write("\na\nb");
  EXPECT_EQ(source.wait_first_line(std::nullopt), "\na\nb");
  EXPECT_TRUE(source.has_unread());
  Lines lines;
  read_into(source, lines);
  EXPECT_EQ(lines, Lines({"", "a"}));
}

TEST(LineSource, WaitsForAFirstLineNoLongerThanSaid) {
  Pipe pipe;
  LineSource source(pipe.out.get());
  pipe.write("begun");
  const SystemClock clock;
  EXPECT_EQ(source.wait_first_line(clock.now()), std::nullopt);
  EXPECT_EQ(source.wait_first_line(clock.now() + std::chrono::milliseconds(1)), std::nullopt);
}

TEST(LineSource, HoldsNoMoreThanAFirstLineMayHave) {
  UniqueFd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  LineSource source(zeros.get());
  source.set_max_line_bytes(kLongest);
  const std::optional<std::string_view> first = source.wait_first_line(std::nullopt);
  ASSERT_TRUE(first.has_value());
  EXPECT_LE(first->size(), 2 * LineSource::kLongestFirstLine);
  Lines lines;
  for (int i = 0; i < 100; ++i) read_into(source, lines);
  EXPECT_EQ(lines, Lines({std::string(kLongest + 1, '\0')}));
}

TEST(LineSource, OfATextEndsWithIt) {
  LineSource source(std::string("a\nb\n"));
  Lines lines;
  read_into(source, lines);
  EXPECT_EQ(lines, Lines({"a", "b"}));
  EXPECT_TRUE(source.ended());
}

}  // namespace
}  // namespace awps
