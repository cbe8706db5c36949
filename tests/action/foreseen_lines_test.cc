// Lines whose tokens were found together, as those of one read, mean what each means alone,
// whatever stands beside them.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "action/decoder.h"
#include "recording_visitor.h"

namespace awps {
namespace {

constexpr std::string_view kGood = R"({"actionName":"sendToGroup","group":"a","data":"b"})"
                                   "\n";

// Decodes the lines of `bytes`, whose tokens were found together, as a connection's session does.
RecordingVisitor decode_foreseen(std::string_view bytes) {
  ActionDecoder decoder;
  LinesBefore before{.none = false};
  RecordingVisitor visitor;
  std::string padded(bytes);
  padded.append(kLinePadding, '"');
  bytes = std::string_view(padded).substr(0, bytes.size());
  while (!bytes.empty()) {
    decoder.foresee(bytes);
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    decoder.decode(bytes.substr(0, end), before, visitor);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  decoder.forget_foreseen();
  return visitor;
}

std::string with_good_lines_around(std::string_view line) {
  return std::string(kGood) + std::string(line) + "\n" + std::string(kGood);
}

struct BadLine {
  const char* name;
  std::string_view text;
};

class ForeseenLines : public testing::TestWithParam<BadLine> {};

TEST_P(ForeseenLines, AreHarmedByNoBadLineAmongThem) {
  const RecordingVisitor seen = decode_foreseen(with_good_lines_around(GetParam().text));
  ASSERT_EQ(seen.shape(), "ARA");
  EXPECT_EQ(seen.records()[1].message, decode_line(GetParam().text).records()[0].message);
  EXPECT_EQ(seen.records()[2].action.group, "a");
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ForeseenLines,
    testing::Values(BadLine{"NoUtf8", "{\"a\":\"\xff\"}"}, BadLine{"Control", "{\"a\":\"\x01\"}"},
                    BadLine{"OpenString", "{\"a\":\"b"}, BadLine{"Escaped", "{\"a\":\"b\\"},
                    BadLine{"NoBrace", "{\"a\":[1,2]"}, BadLine{"TwoValues", "{} {}"},
                    BadLine{"NoComma", "[{} {}]"}, BadLine{"BadEscape", R"({"a":"\q"})"},
                    BadLine{"BadNumber", "[01]"}, BadLine{"Scalar", "\"text\""}),
    [](const testing::TestParamInfo<BadLine>& row) { return row.param.name; });

TEST(ForeseenLines, MayBeMoreThanAreIndexedAtOnce) {
  std::string bytes;
  for (int i = 0; i < 2000; ++i) bytes += kGood;
  EXPECT_EQ(decode_foreseen(bytes).shape(), std::string(2000, 'A'));
}

TEST(ForeseenLines, HaveEscapesOfTheirOwn) {
  const RecordingVisitor seen = decode_foreseen(with_good_lines_around(
      R"([{"actionName":"sendToAll","data":"\u0041"},{"actionName":"sendToAll","data":"\n"}])"));
  ASSERT_EQ(seen.shape(), "AAAA");
  EXPECT_EQ(seen.records()[1].action.data, "A");
  EXPECT_EQ(seen.records()[2].action.data, "\n");
}

// What stood at the same place before must not count.
TEST(ForeseenLines, AreForgottenBeforeTheirBytesChange) {
  std::string bytes(kGood);
  bytes.append(kLinePadding, '\0');
  const std::string_view line = std::string_view(bytes).substr(0, kGood.size() - 1);
  ActionDecoder decoder;
  LinesBefore before{.none = false};
  RecordingVisitor visitor;
  decoder.foresee(std::string_view(bytes).substr(0, kGood.size()));
  decoder.forget_foreseen();
  std::fill_n(bytes.begin(), line.size(), ' ');
  bytes.replace(3, 2, "{}");
  decoder.decode(line, before, visitor);
  ASSERT_EQ(visitor.shape(), "R");
  EXPECT_EQ(visitor.records()[0].code, RejectCode::kInvalidAction);
}

}  // namespace
}  // namespace awps
