// The forms of a line: actions, arrays, ordered batches, hellos, and what is none of them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "recording_visitor.h"

namespace awps {
namespace {

using testing::HasSubstr;

constexpr bool kFirst = true;
const std::string kGood = R"({"actionName":"closeAllConnections"})";

struct ShapeRow {
  const char* name;
  std::string line;
  const char* shape;
};

void PrintTo(const ShapeRow& row, std::ostream* out) {
  *out << row.line.substr(0, 200);
}

std::string name_of_shape(const testing::TestParamInfo<ShapeRow>& info) {
  return info.param.name;
}

class LineShape : public testing::TestWithParam<ShapeRow> {};

TEST_P(LineShape, IsTold) {
  EXPECT_EQ(decode_line(GetParam().line).shape(), GetParam().shape);
}

std::string nested(size_t levels, const std::string& innermost) {
  return std::string(levels, '[') + innermost + std::string(levels, ']');
}

const ShapeRow kShapes[] = {
    {"Empty", "", ""},
    {"Blanks", " \t\r", ""},
    {"EmptyArray", "[]", ""},
    {"EmptyArrayWithBlanks", " [ ] ", ""},
    {"Array", "[" + kGood + "," + kGood + "]", "AA"},
    {"RefusedElementsStopNothing",
     "[" + kGood + R"(,{"actionName":"x"},1,null,[],"s",)" + kGood + "]", "ARRRRRA"},
    {"NestedArray", "[[" + kGood + "," + kGood + "]," + kGood + "]", "RA"},
    {"BrokenArray", "[" + kGood + ",{]", "R"},
    {"ArrayWithoutComma", "[" + kGood + kGood + "]", "R"},
    {"HelloInArray", R"([{"hello":{}},)" + kGood + "]", "RA"},
    {"Batch", R"({"batch":[)" + kGood + "," + kGood + R"(],"ordered":true})", "[AA]"},
    {"BatchInAnyCase", R"({"ORDERED":true,"Batch":[)" + kGood + "]}", "[A]"},
    {"BatchWithOtherKeys", R"({"id":{},"batch":[)" + kGood + R"(],"x":[1],"ordered":true})", "[A]"},
    {"BatchWithRefused", R"({"batch":[1,)" + kGood + R"(],"ordered":true})", "[RA]"},
    {"EmptyBatch", R"({"batch":[],"ordered":true})", ""},
    {"BatchWithoutOrdered", R"({"batch":[)" + kGood + "]}", "R"},
    {"BatchOrderedFalse", R"({"batch":[)" + kGood + R"(],"ordered":false})", "R"},
    {"BatchOrderedText", R"({"batch":[)" + kGood + R"(],"ordered":"true"})", "R"},
    {"BatchOfObject", R"({"batch":)" + kGood + R"(,"ordered":true})", "R"},
    {"BatchTwice", R"({"batch":[],"BATCH":[],"ordered":true})", "R"},
    {"BatchInBatch", R"({"batch":[{"batch":[],"ordered":true}],"ordered":true})", "[R]"},
    {"BatchInArray", R"([{"batch":[],"ordered":true}])", "R"},
    {"MisspeltKey", R"({"actionName":"closeAllConnections","orderingkay":1})", "AW"},
    {"MisspeltKeyOfRefused", R"({"actionName":"x","ttlSecond":1})", "RW"},
    {"MisspeltKeysInArray", R"([{"actionName":"x","hubs":1},)" + kGood + "]", "RWA"},
    {"SixtyFourMembers",
     [] {
       std::string line = R"({"actionName":"closeAllConnections")";
       for (int i = 0; i < 63; ++i) line += ",\"k" + std::to_string(i) + "\":1";
       return line + "}";
     }(),
     "A"},
    {"ManyMembersWithinData",
     [] {
       std::string line = R"({"actionName":"sendToAll","dataType":"json","data":{"k":0)";
       for (int i = 0; i < 1000; ++i) line += ",\"k" + std::to_string(i) + "\":1";
       return line + "}}";
     }(),
     "A"},
    {"SameKeyTwiceWithinData",
     R"({"actionName":"sendToAll","dataType":"json","data":{"a":1,"a":2}})", "A"},
    {"SixtyFourLevels",
     R"({"actionName":"sendToAll","dataType":"json","data":)" + nested(63, "") + "}", "A"},
    {"SixtyFiveLevels",
     R"({"actionName":"sendToAll","dataType":"json","data":)" + nested(64, "") + "}", "R"},
    {"SixtyFiveLevelsFilled",
     R"({"actionName":"sendToAll","dataType":"json","data":)" + nested(64, "1") + "}", "R"},
    {"SixtyFiveLevelsIgnored",
     R"({"actionName":"closeAllConnections","x":)" + nested(64, "{}") + "}", "R"},
    {"SixtyFourLevelsInAString",
     R"({"actionName":"sendToAll","dataType":"json","data":")" + nested(64, "") + "\"}", "A"},
    {"ManyShallowArrays",
     [] {
       std::string line = R"({"actionName":"sendToAll","dataType":"json","data":[0)";
       for (int i = 0; i < 200; ++i) line += ",[{}]";
       return line + "]}";
     }(),
     "A"},
    {"DepthBombOfObjects",
     [] {
       std::string line;
       for (int i = 0; i < 10'000; ++i) line += "{\"a\":";
       return line;
     }(),
     "R"},
    {"MessageOfOneMebibyte",
     R"({"actionName":"sendToAll","data":")" + std::string(1U << 20U, 'x') + "\"}", "A"},
    {"GroupOf1024",
     R"({"actionName":"closeGroupConnections","group":")" + std::string(1024, 'g') + "\"}", "A"},
    {"GroupOf1024OfTwoBytes",
     [] {
       std::string line = R"({"actionName":"closeGroupConnections","group":")";
       for (int i = 0; i < 1024; ++i) line += "ä";
       return line + "\"}";
     }(),
     "A"},
    {"UrlOf12000",
     R"({"actionName":"closeAllConnections","reason":")" + std::string(12'000 - 8, 'r') + "\"}",
     "A"},
    {"UrlOf12001",
     R"({"actionName":"closeAllConnections","reason":")" + std::string(12'001 - 8, 'r') + "\"}",
     "R"},
    {"IdOf256", R"({"actionName":"closeAllConnections","id":")" + std::string(256, 'i') + "\"}",
     "A"},
};
INSTANTIATE_TEST_SUITE_P(Forms, LineShape, testing::ValuesIn(kShapes), name_of_shape);

struct HelloRow {
  const char* name;
  const char* line;
  const char* hub;
  const char* producer;
  Ack ack;
  bool deduplicate = false;
};

void PrintTo(const HelloRow& row, std::ostream* out) {
  *out << row.line;
}

std::string name_of_hello(const testing::TestParamInfo<HelloRow>& info) {
  return info.param.name;
}

class AcceptedHello : public testing::TestWithParam<HelloRow> {};

TEST_P(AcceptedHello, IsUnderstood) {
  const RecordingVisitor seen = decode_line(GetParam().line, kFirst);
  ASSERT_EQ(seen.shape(), "H");
  EXPECT_EQ(seen.records()[0].hub, GetParam().hub);
  EXPECT_EQ(seen.records()[0].producer, GetParam().producer);
  EXPECT_EQ(seen.records()[0].ack, GetParam().ack);
  EXPECT_EQ(seen.records()[0].deduplicate, GetParam().deduplicate);
}

constexpr HelloRow kHellos[] = {
    {"Empty", R"({"hello":{}})", "", "", Ack::kNone},
    {"Whole", R"({"hello":{"hub":"chat","ack":"accepted","producer":"cron"}})", "chat", "cron",
     Ack::kAccepted},
    {"AnyCase", R"({"Hello":{"HUB":"Chat","Ack":"DELIVERED"}})", "Chat", "", Ack::kDelivered},
    {"Nulls", R"({"hello":{"hub":null,"ack":null,"producer":null}})", "", "", Ack::kNone},
    {"None", R"({"hello":{"ack":"none"}})", "", "", Ack::kNone},
    {"Deduplicate", R"({"hello":{"Deduplicate":true,"producer":"p"}})", "", "p", Ack::kNone, true},
    {"NoDeduplicate", R"({"hello":{"deduplicate":false}})", "", "", Ack::kNone, false},
    {"DeduplicateNull", R"({"hello":{"deduplicate":null}})", "", "", Ack::kNone, false},
};
INSTANTIATE_TEST_SUITE_P(Hellos, AcceptedHello, testing::ValuesIn(kHellos), name_of_hello);

struct BadHelloRow {
  const char* name;
  std::string line;
  const char* remedy;
  RejectCode code = RejectCode::kInvalidAction;
};

std::string name_of_bad_hello(const testing::TestParamInfo<BadHelloRow>& info) {
  return info.param.name;
}

class BadHello : public testing::TestWithParam<BadHelloRow> {};

TEST_P(BadHello, EndsTheConnection) {
  const RecordingVisitor seen = decode_line(GetParam().line, kFirst);
  ASSERT_EQ(seen.shape(), "B");
  EXPECT_EQ(name_of(seen.records()[0].code), name_of(GetParam().code));
  EXPECT_THAT(seen.records()[0].message, HasSubstr(GetParam().remedy));
}

const BadHelloRow kBadHellos[] = {
    {"UnknownKey", R"({"hello":{"hub":"chat","hubb":"x"}})", "'hubb' is unknown"},
    {"KeyOfAction", R"({"hello":{"group":"g"}})",
     "'hub', 'ack', 'producer' and 'deduplicate' alone"},
    {"SomethingBeside", R"({"hello":{"hub":"chat"},"x":1})", "a line of its own"},
    {"ActionBeside", R"({"actionName":"closeAllConnections","hello":{}})", "a line of its own"},
    {"Twice", R"({"hello":{},"hello":{}})", "a line of its own"},
    {"KeyTwice", R"({"hello":{"hub":"a","Hub":"b"}})", "leave one"},
    {"Null", R"({"hello":null})", "give an object"},
    {"Text", R"({"hello":"chat"})", "give an object"},
    {"EmptyHub", R"({"hello":{"hub":""}})", "give the hub's name"},
    {"NumericHub", R"({"hello":{"hub":1}})", "give the hub's name"},
    {"UnknownAck", R"({"hello":{"ack":"yes"}})", "\"accepted\" or \"delivered\""},
    {"NumericAck", R"({"hello":{"ack":1}})", "\"accepted\" or \"delivered\""},
    {"DeduplicateOfNobody", R"({"hello":{"deduplicate":true}})", "needs 'producer'"},
    {"DeduplicateOfNoName", R"({"hello":{"producer":"","deduplicate":true}})", "needs 'producer'"},
    {"DeduplicateAsText", R"({"hello":{"producer":"a","deduplicate":"true"}})", "true nor false"},
    {"DeduplicateAsNumber", R"({"hello":{"producer":"a","deduplicate":1}})", "true nor false"},
    {"LongProducer", R"({"hello":{"producer":")" + std::string(65, 'p') + "\"}}", "64 bytes"},
    {"NumericProducer", R"({"hello":{"producer":1}})", "64 bytes"},
    {"BrokenJson", R"( { "Hello" :{"hub":"chat"})", "write one JSON", RejectCode::kInvalidJson},
};
INSTANTIATE_TEST_SUITE_P(Hellos, BadHello, testing::ValuesIn(kBadHellos), name_of_bad_hello);

TEST(FirstLine, MayBeAnActionOrBroken) {
  EXPECT_EQ(decode_line(kGood, kFirst).shape(), "A");
  EXPECT_EQ(decode_line("{\"actionName\"", kFirst).shape(), "R");
  EXPECT_EQ(decode_line("", kFirst).shape(), "");
}

TEST(LaterLine, WithAHelloKeyIsAnActionIfItHasAName) {
  EXPECT_EQ(decode_line(R"({"actionName":"closeAllConnections","hello":1})").shape(), "A");
}

TEST(Warning, NamesTheKeyAndWhatWasMeant) {
  const RecordingVisitor seen =
      decode_line(R"({"actionName":"closeAllConnections","Ordering_Key":"k"})");
  ASSERT_EQ(seen.shape(), "AW");
  EXPECT_THAT(seen.records()[1].message, HasSubstr("'Ordering_Key'"));
  EXPECT_THAT(seen.records()[1].message, HasSubstr("'orderingKey'"));
}

TEST(ActionDecoder, ReadsGoodLinesAfterBadAndLongOnes) {
  ActionDecoder decoder;
  RecordingVisitor visitor;
  const std::string long_line =
      R"({"actionName":"sendToAll","data":")" + std::string(3U << 20U, 'x') + "\"}";
  for (const std::string& line :
       {kGood, long_line, std::string("{"), std::string("[1e999]"), kGood, long_line, kGood}) {
    decode_padded(decoder, line, false, visitor);
  }
  EXPECT_EQ(visitor.shape(), "ARRRARA");
}

}  // namespace
}  // namespace awps
