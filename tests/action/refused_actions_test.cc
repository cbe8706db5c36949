// Every way to write an action wrongly, and what the producer is told: the code, the field, and the
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
  std::string line;
  RejectCode code;
  const char* field;
  const char* remedy;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.line.substr(0, 200);
}

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

class RefusedAction : public testing::TestWithParam<Row> {};

TEST_P(RefusedAction, NamesFieldAndRemedy) {
  const RecordingVisitor seen = decode_line(GetParam().line);
  ASSERT_EQ(seen.shape(), "R");
  const Recorded& refusal = seen.records()[0];
  EXPECT_EQ(name_of(refusal.code), name_of(GetParam().code)) << refusal.message;
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().field));
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().remedy));
}

std::string send(const std::string& fields) {
  return R"({"actionName":"sendToAll",)" + fields + "}";
}

constexpr RejectCode kAction = RejectCode::kInvalidAction;
constexpr RejectCode kJson = RejectCode::kInvalidJson;

const Row kBrokenJson[] = {
    {"SingleQuotes", "{'actionName':'sendToAll'}", kJson, "a single quote", "quotes are double"},
    {"CurlyQuotes", "{“actionName”:1}", kJson, "a curly quote", "quotes are straight"},
    {"Comment", R"({"actionName":"sendToAll"/**/})", kJson, "a comment", "write one JSON object"},
    {"LineComment", R"({"actionName":"sendToAll"} // hi)", kJson, "a comment", "write one JSON"},
    {"HashComment", "# hello", kJson, "a comment", "write one JSON object"},
    {"TrailingComma", R"({"actionName":"sendToAll",})", kJson, "a comma stands before",
     "write one"},
    {"TrailingCommaInArray", R"([{"actionName":"sendToAll","data":""} , ])", kJson,
     "a comma stands before a closing bracket", "write one"},
    {"NaN", send(R"("data":NaN)"), kJson, "NaN", "write null"},
    {"Infinity", send(R"("data":-Infinity)"), kJson, "Infinity", "write null"},
    {"Undefined", send(R"("data":undefined)"), kJson, "undefined", "leave the key out"},
    {"Python", send(R"("data":True)"), kJson, "Python", "true, false and null"},
    {"BareKey", R"({actionName:"sendToAll","data":""})", kJson, "a key has no quotes", "write one"},
    {"WordsInStringsAreNot", R"({"a":"NaN // 'x' undefined","b" 1})", kJson,
     "a comma, colon, bracket", "write one"},
    {"EscapedQuote", R"({"a":"\"NaN","b" 1})", kJson, "a comma, colon", "write one"},
    {"Unclosed", R"({"actionName":"sendToAll)", kJson, "a string is not closed", "write one"},
    {"Opening", "{", kJson, "opens a value that it does not close", "jq -c"},
    {"CutOff", R"({"actionName":"sendToAll")", kJson, "opens a value", "one JSON object or array"},
    {"TwoValues", R"({"actionName":"sendToAll"}{})", kJson, "follows the value", "write one"},
    {"BareWord", "tru", kJson, "none of true, false and null", "write one"},
    {"ByteOrderMark", "\xef\xbb\xbf{}", kJson, "a byte order mark", "write one"},
    {"BadUtf8", send("\"data\":\"\xff\""), kJson, "not valid UTF-8", "in UTF-8"},
    {"Cesu8", send("\"data\":\"\xed\xa0\x80\""), kJson, "not valid UTF-8", "in UTF-8"},
    {"LoneHighSurrogate", send(R"("data":"\ud800")"), kJson, "half a surrogate", "write one"},
    {"LoneLowSurrogate", send(R"("data":"\udc00")"), kJson, "half a surrogate", "write one"},
    {"LoneSurrogateInIgnoredKey", send(R"("data":"","x":"\ud800x")"), kJson, "half a", "write"},
    {"RawControlCharacter", send("\"data\":\"a\tb\""), kJson, "control character", "write one"},
    {"RawNul", send(std::string("\"data\":\"\0\"", 10)), kJson, "control character", "write one"},
    {"LeadingZero", send(R"("data":01)"), kJson, "a number is malformed", "write one"},
    {"NoFraction", send(R"("data":1.)"), kJson, "a number is malformed", "write one"},
    {"LongMalformedNumber", send(R"("data":123456789012345678901234567890.)"), kJson,
     "a number is malformed", "write one"},
    {"TooDeep", send("\"data\":" + std::string(64, '[') + std::string(64, ']')), kJson,
     "more than 64 levels", "write one"},
    {"DepthBomb", std::string(100'000, '['), kJson, "not JSON", "write one"},
};
INSTANTIATE_TEST_SUITE_P(BrokenJson, RefusedAction, testing::ValuesIn(kBrokenJson), name_of_row);

const Row kNoAction[] = {
    {"Number", "42", kAction, "a number", "an object with 'actionName'"},
    {"Text", R"("sendToAll")", kAction, "a string", "an object with 'actionName'"},
    {"Null", "null", kAction, "null", "an object with 'actionName'"},
    {"EmptyObject", "{}", kAction, "'actionName' is missing", "\"sendToAll\""},
    {"NullName", R"({"actionName":null})", kAction, "'actionName' is null", "\"sendToAll\""},
    {"NumericName", R"({"actionName":5})", kAction, "'actionName' is a number", "\"sendToAll\""},
    {"Misspelt", R"({"actionName":"sendToGruop"})", kAction, "'sendToGruop'",
     "did you mean 'sendToGroup'?"},
    {"CloseConnection", R"({"actionName":"closeConnection"})", kAction, "'closeConnection'",
     "use 'closeClientConnection'"},
    {"SuffixAlone", R"({"actionName":"Action"})", kAction, "'Action'", "the actions are sendToAll"},
    {"EmptyName", R"({"actionName":""})", kAction, "''", "the actions are sendToAll"},
    {"LongName", "{\"actionName\":\"" + std::string(5000, 'x') + "\"}", kAction, "xxx…'",
     "the actions are sendToAll"},
    {"NameOfOldVersion", R"({"operationKind":"sendToAll","message":"x"})", kAction,
     "'actionName' is missing", "\"sendToAll\""},
    {"LateHello", R"({"hello":{"hub":"chat"}})", kAction, "hello", "first line"},
};
INSTANTIATE_TEST_SUITE_P(NoAction, RefusedAction, testing::ValuesIn(kNoAction), name_of_row);

const Row kKeys[] = {
    {"SameKeyTwice", send(R"("data":"a","data":"b")"), kAction, "'data'", "leave one"},
    {"SameKeyInOtherCase", send(R"("data":"a","Data":"b")"), kAction, "'data'", "leave one"},
    {"SameUnknownKey", send(R"("data":"a","Foo":1,"fOO":2)"), kAction, "'Foo'", "leave one"},
    {"SameEmptyKey", send(R"("data":"a","":1,"":2)"), kAction, "''", "leave one"},
    {"SameNameTwice", send(R"("data":"a","ACTIONNAME":"sendToAll")"), kAction, "'actionName'",
     "leave one"},
    {"TooManyMembers",
     [] {
       std::string fields = "\"data\":\"\"";
       for (int i = 0; i < 63; ++i) fields += ",\"k" + std::to_string(i) + "\":1";
       return send(fields);
     }(),
     kAction, "65 members", "at most 64"},
};
INSTANTIATE_TEST_SUITE_P(Keys, RefusedAction, testing::ValuesIn(kKeys), name_of_row);

const Row kNames[] = {
    {"UserMissing", R"({"actionName":"sendToUser","data":""})", kAction,
     "'userId' of sendToUser is missing", "give the user's id as a string"},
    {"UserNull", R"({"actionName":"sendToUser","data":"","userId":null})", kAction,
     "'userId' of sendToUser is null", "give the user's id as a string"},
    {"UserEmpty", R"({"actionName":"sendToUser","data":"","userId":""})", kAction, "'userId'",
     "at least one character"},
    {"UserArray", R"({"actionName":"sendToUser","data":"","userId":["u"]})", kAction,
     "'userId' of sendToUser is an array", "a string or a whole number"},
    {"UserFraction", R"({"actionName":"sendToUser","data":"","userId":1.0})", kAction,
     "'userId' of sendToUser is a number", "a string or a whole number"},
    {"UserExponent", R"({"actionName":"sendToUser","data":"","userId":1e5})", kAction, "'userId'",
     "a string or a whole number"},
    {"UserTrue", R"({"actionName":"sendToUser","data":"","userId":true})", kAction,
     "is true or false", "a string or a whole number"},
    {"UserDot", R"({"actionName":"removeUserFromAllGroups","userId":"."})", kAction, "'userId'",
     "use another name"},
    {"ConnectionDots", R"({"actionName":"closeClientConnection","connectionId":".."})", kAction,
     "'connectionId' of closeClientConnection", "use another name"},
    {"ConnectionNul", R"({"actionName":"closeClientConnection","connectionId":"a\u0000"})", kAction,
     "'connectionId'", "leave it out"},
    {"ConnectionMissing", R"({"actionName":"sendToConnection","data":""})", kAction,
     "'connectionId' of sendToConnection is missing", "the connection's id"},
    {"GroupMissing", R"({"actionName":"removeUserFromGroup","userId":"u"})", kAction,
     "'group' of removeUserFromGroup is missing", "the group's name"},
    {"GroupDots", R"({"actionName":"closeGroupConnections","group":".."})", kAction, "'group'",
     "use another name"},
    {"GroupBlank", R"({"actionName":"closeGroupConnections","group":" \t\u00a0\u3000"})", kAction,
     "'group' of closeGroupConnections consists of blanks", "use a name"},
    {"GroupTooLong",
     R"({"actionName":"closeGroupConnections","group":")" + std::string(1025, 'g') + "\"}", kAction,
     "'group' of closeGroupConnections is longer than 1024", "shorter name"},
    {"GroupTooLongInUtf16",
     [] {
       std::string line = R"({"actionName":"closeGroupConnections","group":"x)";
       for (int i = 0; i < 512; ++i) line += "😀";
       return line + "\"}";
     }(),
     kAction, "is longer than 1024", "shorter name"},
    {"PermissionMissing", R"({"actionName":"grantPermission","connectionId":"c"})", kAction,
     "'permission' of grantPermission is missing", "\"joinLeaveGroup\""},
    {"PermissionUnknown",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"send"})", kAction,
     "'permission' of grantPermission 'send' is unknown", "\"joinLeaveGroup\""},
    {"PermissionZero", R"({"actionName":"revokePermission","connectionId":"c","permission":0})",
     kAction, "'permission'", "1 or 2"},
    {"PermissionTrue", R"({"actionName":"revokePermission","connectionId":"c","permission":true})",
     kAction, "'permission'", "1 or 2"},
    {"TargetNameArray",
     R"({"actionName":"grantPermission","connectionId":"c","permission":1,"targetName":[]})",
     kAction, "'targetName' of grantPermission is an array", "a string or a whole number"},
};
INSTANTIATE_TEST_SUITE_P(Names, RefusedAction, testing::ValuesIn(kNames), name_of_row);

}  // namespace
}  // namespace awps
