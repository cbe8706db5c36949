// Messages and options written wrongly, and what the producer is told: the code, the field, the
// remedy.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "recording_visitor.h"

namespace awps {
namespace {

using testing::HasSubstr;

struct Row {
  const char* name;
  std::string fields;  // of a sendToAll, or a whole line
  RejectCode code;
  const char* field;
  const char* remedy;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.fields.substr(0, 200);
}

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

class RefusedValue : public testing::TestWithParam<Row> {};

TEST_P(RefusedValue, NamesFieldAndRemedy) {
  const std::string& fields = GetParam().fields;
  const bool is_line = fields.starts_with('{');
  const RecordingVisitor seen =
      decode_line(is_line ? fields : R"({"actionName":"sendToAll","id":7,)" + fields + "}");
  ASSERT_EQ(seen.shape(), "R");
  const Recorded& refusal = seen.records()[0];
  EXPECT_EQ(name_of(refusal.code), name_of(GetParam().code)) << refusal.message;
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().field));
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().remedy));
  EXPECT_EQ(refusal.id, is_line ? "" : "7");
}

constexpr RejectCode kAction = RejectCode::kInvalidAction;
constexpr RejectCode kTooLarge = RejectCode::kMessageTooLarge;

// By doubling: each test of this program starts with these megabytes.
std::string repeated(std::string_view text, size_t times) {
  std::string all(text);
  while (all.size() < text.size() * times) all += all;
  all.resize(text.size() * times);
  return all;
}

const Row kData[] = {
    {"Missing", R"("dataType":"text")", kAction, "'data' of sendToAll is missing", "as \"\""},
    {"Null", R"("data":null)", kAction, "'data' of sendToAll is null", "as \"\""},
    {"NullJson", R"("data":null,"dataType":"json")", kAction, "'data'", "as \"\""},
    {"TextFromObject", R"("data":{"a":1})", kAction, "is an object, but its dataType is text",
     "\"dataType\":\"json\""},
    {"TextFromNumber", R"("data":12)", kAction, "is a number, but its dataType is text",
     "give a string"},
    {"BinaryFromArray", R"("data":[1,2],"dataType":"binary")", kAction,
     "is an array, but its dataType is binary", "base64"},
    {"JsonOfBareText", R"("data":"hello","dataType":"json")", kAction, "no JSON text",
     R"("\"hello\"")"},
    {"JsonOfNothing", R"("data":"","dataType":"json")", kAction, "it is empty", R"("\"hello\"")"},
    {"JsonOfTwo", R"("data":"1 2","dataType":"json")", kAction, "no JSON text", "write the JSON"},
    {"JsonTooDeep",
     "\"dataType\":\"json\",\"data\":\"" + std::string(65, '[') + std::string(65, ']') + "\"",
     kAction, "more than 64 levels", "write the JSON"},
    {"JsonWithHalfAPair", R"("data":"\"\\ud800\"","dataType":"json")", kAction, "surrogate",
     "write the JSON"},
    {"JsonBufferNoJson", R"("data":{"type":"Buffer","data":[123]},"dataType":"json")", kAction,
     "no JSON text", "write the JSON"},
    {"JsonBufferNoUtf8", R"("data":{"type":"Buffer","data":[34,255,34]},"dataType":"json")",
     kAction, "UTF-8", "write the JSON"},
    {"BinaryNoBase64", R"("data":"hello","dataType":"binary")", kAction, "no base64", "alphabet"},
    {"BinaryUnpadded", R"("data":"AP8","dataType":"binary")", kAction, "no base64", "padding"},
    {"BinaryUrlAlphabet", R"("data":"_-8=","dataType":"binary")", kAction, "no base64", "alphabet"},
    {"BinaryWithBlanks", R"("data":"AP 8=","dataType":"binary")", kAction, "no base64", "blanks"},
    {"BufferOfBadBase64", R"("data":{"type":"Buffer","data":"AP8"})", kAction, "a Buffer",
     "padding"},
    {"BufferOf256", R"("data":{"type":"Buffer","data":[256]})", kAction, "a Buffer", "0 to 255"},
    {"BufferOfMinus1", R"("data":{"type":"Buffer","data":[-1]})", kAction, "a Buffer", "0 to 255"},
    {"BufferOfFraction", R"("data":{"type":"Buffer","data":[1.0]})", kAction, "a Buffer",
     "0 to 255"},
    {"BufferOfText", R"("data":{"type":"Buffer","data":["1"]})", kAction, "a Buffer", "0 to 255"},
    {"BufferOfHugeNumber", R"("data":{"type":"Buffer","data":[1,18446744073709551617]})", kAction,
     "a Buffer", "0 to 255"},
    {"BufferWithThirdKey", R"("data":{"type":"Buffer","data":[1],"x":1})", kAction, "an object",
     "give a string"},
    {"BufferWithoutData", R"("data":{"type":"Buffer"},"dataType":"binary")", kAction, "an object",
     "these keys alone"},
    {"BufferTwiceData", R"("data":{"data":[1],"data":[1]},"dataType":"binary")", kAction,
     "an object", "these keys alone"},
    {"TypeUnknown", R"("data":"","dataType":"xml")", kAction, "'dataType' of sendToAll 'xml'",
     "\"binary\""},
    {"TypeNull", R"("data":"","dataType":null)", kAction, "'dataType' of sendToAll is null",
     "leave it out"},
    {"TypeThree", R"("data":"","dataType":3)", kAction, "'dataType'", "leave it out"},
    {"TypeFraction", R"("data":"","dataType":1.0)", kAction, "'dataType'", "leave it out"},
    {"TypePadded", R"("data":"","dataType":" text")", kAction, "'dataType'", "leave it out"},
    {"TextTooLarge", "\"data\":\"" + std::string((1U << 20U) + 1, 'x') + "\"", kTooLarge,
     "'data' of sendToAll has 1048577 bytes", "send less"},
    {"JsonTooLarge", "\"dataType\":\"json\",\"data\":[" + repeated("1,", 1U << 19U) + "1]",
     kTooLarge, "'data' of sendToAll has 1048579 bytes", "send less"},
    {"BinaryTooLarge", "\"dataType\":\"binary\",\"data\":\"" + repeated("AAAA", 349'526) + "\"",
     kTooLarge, "'data' of sendToAll has 1048578 bytes", "send less"},
    {"BufferTooLarge",
     "\"data\":{\"type\":\"Buffer\",\"data\":[" + repeated("1,", 1U << 20U) + "1]}", kTooLarge,
     "'data' of sendToAll has 1048577 bytes", "send less"},
};
INSTANTIATE_TEST_SUITE_P(Data, RefusedValue, testing::ValuesIn(kData), name_of_row);

const Row kOptions[] = {
    {"HubEmpty", R"("data":"","hub":"")", kAction, "'hub' of sendToAll", "the hub's name"},
    {"HubNumber", R"("data":"","hub":7)", kAction, "'hub' of sendToAll is a number", "hub's name"},
    {"OrderingKeyEmpty", R"("data":"","orderingKey":"")", kAction, "'orderingKey'", "1 to 256"},
    {"OrderingKeyLong", R"("data":"","orderingKey":")" + std::string(257, 'k') + "\"", kAction,
     "'orderingKey' of sendToAll is longer than 256", "shorter"},
    {"OrderingKeyFraction", R"("data":"","orderingKey":1.5)", kAction, "'orderingKey'",
     "whole number"},
    {"ConflationKeyObject", R"("data":"","conflationKey":{})", kAction,
     "'conflationKey' of sendToAll is an object", "1 to 256"},
    {"ConflationKeyElsewhere", R"({"actionName":"closeAllConnections","conflationKey":"k"})",
     kAction, "'conflationKey' of closeAllConnections is for sends only", "leave it out"},
    {"UnorderedText", R"("data":"","unordered":"true")", kAction, "'unordered'", "give true"},
    {"UnorderedElsewhere", R"({"actionName":"closeAllConnections","unordered":true})", kAction,
     "'unordered' of closeAllConnections", "leave it out"},
    {"TtlZero", R"("data":"","ttlSeconds":0.0e5)", kAction, "'ttlSeconds' of sendToAll", "1.5"},
    {"TtlNegative", R"("data":"","ttlSeconds":-1)", kAction, "'ttlSeconds'", "above 0"},
    {"TtlText", R"("data":"","ttlSeconds":"5")", kAction, "'ttlSeconds'", "above 0"},
    {"FilterEmpty", R"("data":"","filter":"")", kAction, "'filter' of sendToAll is empty",
     "give an expression"},
    {"FilterBlank", R"("data":"","filter":" ")", kAction, "'filter' of sendToAll is empty",
     "give an expression"},
    {"FilterNumber", R"("data":"","filter":1)", kAction, "'filter' of sendToAll is a number",
     "as a string"},
    {"FilterNul", R"("data":"","filter":"a\u0000")", kAction, "'filter'", "U+0000"},
    {"FilterOnConnection",
     R"({"actionName":"sendToConnection","connectionId":"c","data":"","filter":"true"})", kAction,
     "'filter' of sendToConnection cannot be honoured", "leave it out"},
    {"FilterOnClose", R"({"actionName":"closeAllConnections","filter":"userId eq 'a'"})", kAction,
     "'filter' of closeAllConnections cannot be honoured", "leave it out"},
    {"MessageTtlTooLong", R"("data":"","messageTtlSeconds":301)", kAction, "'messageTtlSeconds'",
     "0 to 300"},
    {"MessageTtlFraction", R"("data":"","messageTtlSeconds":1.0)", kAction, "'messageTtlSeconds'",
     "0 to 300"},
    {"MessageTtlText", R"("data":"","messageTtlSeconds":"60")", kAction, "'messageTtlSeconds'",
     "0 to 300"},
    {"MessageTtlHuge", R"("data":"","messageTtlSeconds":123456789012345678901)", kAction,
     "'messageTtlSeconds'", "0 to 300"},
    {"ExcludedEmptyId", R"("data":"","excluded":["a",""])", kAction, "'excluded'", "leave it out"},
    {"ExcludedEmptyText", R"("data":"","excluded":"")", kAction, "'excluded'", "leave it out"},
    {"ExcludedNull", R"("data":"","excluded":[null])", kAction, "holds null", "as strings"},
    {"ExcludedFraction", R"("data":"","excluded":[1.5])", kAction, "holds a number", "as strings"},
    {"ExcludedObject", R"("data":"","excluded":{})", kAction,
     "'excluded' of sendToAll is an object", "an array of strings"},
    {"ExcludedNul", R"("data":"","excluded":["\u0000"])", kAction, "'excluded'", "U+0000"},
    {"ExcludedMillions", "\"data\":\"\",\"excluded\":[" + repeated("1,", 500'000) + "1]", kAction,
     "'excluded' of sendToAll has more ids", "exclude fewer"},
    {"ReasonTrue", R"({"actionName":"closeAllConnections","reason":true})", kAction,
     "'reason' of closeAllConnections", "a string or a whole number"},
    {"UrlTooLong",
     R"({"actionName":"closeAllConnections","reason":")" + repeated("ä", 2000) + "\"}", kAction,
     "URL of more than 12000 bytes", "shorten"},
};
INSTANTIATE_TEST_SUITE_P(Options, RefusedValue, testing::ValuesIn(kOptions), name_of_row);

struct IdRow {
  const char* name;
  std::string id;
  const char* remedy;
};

std::string name_of_id_row(const testing::TestParamInfo<IdRow>& info) {
  return info.param.name;
}

class RefusedId : public testing::TestWithParam<IdRow> {};

TEST_P(RefusedId, LeavesTheReplyWithoutId) {
  const RecordingVisitor seen =
      decode_line(R"({"actionName":"sendToAll","data":"","id":)" + GetParam().id + "}");
  ASSERT_EQ(seen.shape(), "R");
  EXPECT_EQ(seen.records()[0].id, "");
  EXPECT_THAT(seen.records()[0].message, HasSubstr(GetParam().remedy));
}

const IdRow kIds[] = {
    {"Fraction", "1.0", "a whole number"},
    {"Exponent", "1e3", "a whole number"},
    {"True", "true", "a whole number"},
    {"Array", "[1]", "a whole number"},
    {"LongText", "\"" + std::string(257, 'a') + "\"", "a shorter one"},
    {"LongNumber", "1" + std::string(256, '0'), "a shorter one"},
    {"Twice", "1,\"ID\":2", "leave one"},
};
INSTANTIATE_TEST_SUITE_P(Ids, RefusedId, testing::ValuesIn(kIds), name_of_id_row);

}  // namespace
}  // namespace awps
