// JSON values that go over several lines: each line is refused, and none that is an action on its
// own is taken out of the middle; what is merely cut off does not cost the lines behind it.

#include "action/spread_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "recording_visitor.h"

namespace awps {
namespace {

using testing::HasSubstr;

const std::string kGood = R"({"actionName":"closeAllConnections"})";

struct LinesRow {
  const char* name;
  std::string lines;
  const char* shape;
};

class Lines : public testing::TestWithParam<LinesRow> {};

TEST_P(Lines, AreRefusedAsPiecesOrTaken) {
  EXPECT_EQ(decode_lines(GetParam().lines).shape(), GetParam().shape) << GetParam().lines;
}

const LinesRow kLines[] = {
    {"ArrayOfLines", "[\n  " + kGood + ",\n  " + kGood + "\n]\n" + kGood, "RRRRA"},
    {"ArrayOfOne", "[\n" + kGood + "\n]\n" + kGood, "RRRA"},
    {"ArrayFromTheFirstElementOn", "[" + kGood + ",\n" + kGood + "]\n" + kGood, "RRA"},
    {"CommasInFront", "[ " + kGood + "\n, " + kGood + "\n]\n" + kGood, "RRRA"},
    {"CommaOfItsOwn", "[\n" + kGood + "\n,\n" + kGood + "\n]\n" + kGood, "RRRRRA"},
    {"BlankLinesBetween", "[\n\n" + kGood + "\n\n]\n" + kGood, "RRRA"},
    {"CarriageReturns", "[\r\n" + kGood + ",\r\n" + kGood + "\r\n]\r\n" + kGood, "RRRRA"},
    {"PrettyAction", "{\n  \"actionName\": \"sendToAll\",\n  \"data\": \"x\"\n}\n" + kGood,
     "RRRRA"},
    {"ValueBehindColon", "{\n  \"data\":\n  " + kGood + "\n}\n" + kGood, "RRRRA"},
    {"NestedArray", "{\"batch\": [\n" + kGood + "\n],\n\"ordered\": true\n}\n" + kGood, "RRRRRA"},
    {"NumbersAndTexts", "[\n1,\n2\n,\n\"x\"\n]\n" + kGood, "RRRRRRA"},
    {"EmptyArrayWithin", "[\n[]\n]\n" + kGood, "RRRA"},
    {"TwoSpreadArrays", "[\n" + kGood + "\n]\n[\n" + kGood + "\n]\n" + kGood, "RRRRRRA"},
    {"BracketsInStrings", "[\n{\"a\":\"]}\\\"\",\"b\":1},\n" + kGood + "\n]\n" + kGood, "RRRRA"},
    {"CutOffInObject", "{\"actionName\":\"sendToAll\"\n" + kGood, "RA"},
    {"CutOffBehindComma", "{\"actionName\":\"sendToAll\",\n" + kGood, "RA"},
    {"CutOffInString", "[{\"actionName\":\"send\n" + kGood + "\n" + kGood, "RAA"},
    {"CutOffInArray", "[" + kGood + ",\n" + kGood + "\n" + kGood, "RRA"},
    {"CutOffTwice", "{\"a\":1\n{\"a\":1\n" + kGood, "RRA"},
    {"ClosedTooOften", "[\n]\n]\n" + kGood, "RRRA"},
    {"ClosedWrongly", "[\n}\n" + kGood, "RRA"},
    {"NothingOpened", "\"a\": 1,\n" + kGood, "RA"},
    {"TooDeep", std::string(65, '[') + "\n" + kGood, "RA"},
    {"DeepEnough", std::string(64, '[') + "\n" + kGood, "RR"},
    {"SpreadHello", "{\n\"hello\": {\"hub\": \"chat\"}\n}\n", "RBR"},
    {"SpreadHelloOfOneLevelMore", "{\"hello\": {\n\"hub\": \"chat\"}\n", "BR"},
    {"LateSpreadHello", kGood + "\n{\n\"hello\": {}\n}", "ARRR"},
};
INSTANTIATE_TEST_SUITE_P(Forms, Lines, testing::ValuesIn(kLines),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(SpreadValue, IsNamedWithTheRemedy) {
  const RecordingVisitor seen = decode_lines("[\n" + kGood + ",\n" + kGood + "\n]");
  ASSERT_EQ(seen.shape(), "RRRR");
  EXPECT_THAT(seen.records()[0].message, HasSubstr("opens a value that it does not close"));
  for (const size_t piece : {1U, 2U, 3U}) {
    EXPECT_THAT(seen.records()[piece].message,
                HasSubstr("a piece of a value that an earlier line opened"));
  }
  for (const Recorded& refusal : seen.records()) {
    EXPECT_EQ(name_of(refusal.code), "invalid_json");
    EXPECT_THAT(refusal.message, HasSubstr("one JSON object or array per line, as 'jq -c' does"));
  }
}

}  // namespace
}  // namespace awps
