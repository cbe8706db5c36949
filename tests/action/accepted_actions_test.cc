// What producers may write, and what it means: each row's line is decoded and written again in the
// encoder's one spelling.

#include <gtest/gtest.h>

#include <string>

#include "action/encoder.h"
#include "recording_visitor.h"

namespace awps {
namespace {

struct Row {
  const char* name;
  const char* line;
  const char* meaning;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.line;
}

std::string name_of_row(const testing::TestParamInfo<Row>& info) {
  return info.param.name;
}

class AcceptedAction : public testing::TestWithParam<Row> {};

TEST_P(AcceptedAction, MeansTheSame) {
  const RecordingVisitor seen = decode_line(GetParam().line);
  ASSERT_EQ(seen.shape(), "A") << (seen.records().empty() ? "" : seen.records()[0].message);
  std::string meaning;
  append_action(meaning, seen.records()[0].action);
  EXPECT_EQ(meaning, GetParam().meaning);
}

constexpr Row kKinds[] = {
    {"SendToAll", R"({"actionName":"sendToAll","data":"hi"})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"SendToGroup", R"({"actionName":"sendToGroup","group":"g","data":"hi"})",
     R"({"actionName":"sendToGroup","group":"g","data":"hi"})"},
    {"SendToUser", R"({"actionName":"sendToUser","userId":"u","data":"hi"})",
     R"({"actionName":"sendToUser","userId":"u","data":"hi"})"},
    {"SendToConnection", R"({"actionName":"sendToConnection","connectionId":"c","data":"hi"})",
     R"({"actionName":"sendToConnection","connectionId":"c","data":"hi"})"},
    {"AddUserToGroup", R"({"actionName":"addUserToGroup","userId":"u","group":"g"})",
     R"({"actionName":"addUserToGroup","userId":"u","group":"g"})"},
    {"RemoveUserFromGroup", R"({"actionName":"removeUserFromGroup","userId":"u","group":"g"})",
     R"({"actionName":"removeUserFromGroup","userId":"u","group":"g"})"},
    {"RemoveUserFromAllGroups", R"({"actionName":"removeUserFromAllGroups","userId":"u"})",
     R"({"actionName":"removeUserFromAllGroups","userId":"u"})"},
    {"AddConnectionToGroup",
     R"({"actionName":"addConnectionToGroup","connectionId":"c","group":"g"})",
     R"({"actionName":"addConnectionToGroup","connectionId":"c","group":"g"})"},
    {"RemoveConnectionFromGroup",
     R"({"actionName":"removeConnectionFromGroup","connectionId":"c","group":"g"})",
     R"({"actionName":"removeConnectionFromGroup","connectionId":"c","group":"g"})"},
    {"CloseAllConnections", R"({"actionName":"closeAllConnections"})",
     R"({"actionName":"closeAllConnections"})"},
    {"CloseClientConnection", R"({"actionName":"closeClientConnection","connectionId":"c"})",
     R"({"actionName":"closeClientConnection","connectionId":"c"})"},
    {"CloseGroupConnections", R"({"actionName":"closeGroupConnections","group":"g"})",
     R"({"actionName":"closeGroupConnections","group":"g"})"},
    {"GrantPermission",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"sendToGroup"})",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"sendToGroup"})"},
    {"RevokePermission",
     R"({"actionName":"revokePermission","connectionId":"c","permission":"joinLeaveGroup"})",
     R"({"actionName":"revokePermission","connectionId":"c","permission":"joinLeaveGroup"})"},
    {"CloseUserConnections",
     R"({"actionName":"closeUserConnections","userId":"u","excluded":"c","reason":"bye"})",
     R"({"actionName":"closeUserConnections","userId":"u","reason":"bye","excluded":["c"]})"},
    {"RemoveConnectionFromAllGroups",
     R"({"actionName":"removeConnectionFromAllGroups","connectionId":"c","unordered":true})",
     R"({"actionName":"removeConnectionFromAllGroups","connectionId":"c","unordered":true})"},
    {"AddConnectionsToGroups",
     R"({"actionName":"addConnectionsToGroups","groups":["a","B"],"filter":"userId eq 'u'"})",
     R"({"actionName":"addConnectionsToGroups","filter":"userId eq 'u'","groups":["a","B"]})"},
    {"RemoveConnectionsFromGroups",
     R"({"actionName":"removeConnectionsFromGroups","groups":["a"],"filter":"true"})",
     R"({"actionName":"removeConnectionsFromGroups","filter":"true","groups":["a"]})"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, AcceptedAction, testing::ValuesIn(kKinds), name_of_row);

constexpr Row kSpelling[] = {
    {"KeysInAnyCase", R"({"ACTIONNAME":"sendToUser","userid":"u","Data":"hi","DATATYPE":"text"})",
     R"({"actionName":"sendToUser","userId":"u","data":"hi"})"},
    {"EscapedKey", R"({"actionName":"sendToAll","d\u0061ta":"hi"})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"NameInAnyCase", R"({"actionName":"SENDTOALL","data":"hi"})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"ClassName", R"({"actionName":"SendToAllAction","data":"hi"})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"ClassNameInAnyCase", R"({"actionName":"closeallconnectionsACTION"})",
     R"({"actionName":"closeAllConnections"})"},
    {"UnknownKeys", R"({"actionName":"sendToAll","data":"hi","x":1,"y":{"data":[2]},"":null})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"KeysOfOtherActions",
     R"({"actionName":"sendToAll","data":"hi","group":null,"permission":[],)"
     R"("userId":null,"reason":{}})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"KeysOfLinesThatAreNoAction",
     R"({"actionName":"sendToAll","data":"hi","batch":1,"ordered":2,"hello":3,"ack":4})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"BlanksEverywhere", " \t{ \"actionName\" :\t\"sendToAll\" , \"data\" : \"hi\" } \r",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"IntegerNames", R"({"actionName":"addUserToGroup","userId":-7,"group":42})",
     R"({"actionName":"addUserToGroup","userId":"-7","group":"42"})"},
    {"IntegersOfAnyLength",
     R"({"actionName":"addUserToGroup","group":18446744073709551616,)"
     R"("userId":123456789012345678901234567890 })",
     R"({"actionName":"addUserToGroup","userId":"123456789012345678901234567890",)"
     R"("group":"18446744073709551616"})"},
    {"DotsWithinNames", R"({"actionName":"addUserToGroup","userId":"...","group":"a/../b"})",
     R"({"actionName":"addUserToGroup","userId":"...","group":"a/../b"})"},
    {"UserOfBlanks", R"({"actionName":"sendToUser","userId":" ","data":""})",
     R"({"actionName":"sendToUser","userId":" ","data":""})"},
    {"DateLikeString", R"({"actionName":"sendToAll","data":"2020-01-01T12:34:56.789+02:00"})",
     R"({"actionName":"sendToAll","data":"2020-01-01T12:34:56.789+02:00"})"},
};
INSTANTIATE_TEST_SUITE_P(Spelling, AcceptedAction, testing::ValuesIn(kSpelling), name_of_row);

constexpr Row kData[] = {
    {"EmptyText", R"({"actionName":"sendToAll","data":""})",
     R"({"actionName":"sendToAll","data":""})"},
    {"TextWithEscapes", R"({"actionName":"sendToAll","data":"\u0041\n\ud83d\ude00"})",
     R"({"actionName":"sendToAll","data":"A\n😀"})"},
    {"TextWithNul", R"({"actionName":"sendToAll","data":"a\u0000b"})",
     R"({"actionName":"sendToAll","data":"a\u0000b"})"},
    {"TextFromBuffer", R"({"actionName":"sendToAll","data":{"type":"Buffer","data":[104,105]}})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"TextFromBufferThatIsNoUtf8",
     R"({"actionName":"sendToAll","data":{"data":[255,0],"type":"Buffer"}})",
     R"({"actionName":"sendToAll","data":{"type":"Buffer","data":"/wA="}})"},
    {"TypeByNumber2", R"({"actionName":"sendToAll","dataType":2,"data":"hi"})",
     R"({"actionName":"sendToAll","data":"hi"})"},
    {"TypeByNumber1", R"({"actionName":"sendToAll","dataType":1,"data":"{}"})",
     R"({"actionName":"sendToAll","dataType":"json","data":"{}"})"},
    {"TypeByNumber0", R"({"actionName":"sendToAll","dataType":0,"data":"aGk="})",
     R"({"actionName":"sendToAll","dataType":"binary","data":"aGk="})"},
    {"TypeInAnyCase", R"({"actionName":"sendToAll","dataType":"JSON","data":"[1]"})",
     R"({"actionName":"sendToAll","dataType":"json","data":"[1]"})"},
    {"JsonTextStaysAsItIs",
     R"({"actionName":"sendToAll","dataType":"json","data":" {\"a\" :1e999 }\n"})",
     R"({"actionName":"sendToAll","dataType":"json","data":" {\"a\" :1e999 }\n"})"},
    {"JsonTextOfAString", R"({"actionName":"sendToAll","dataType":"json","data":"\"hello\""})",
     R"({"actionName":"sendToAll","dataType":"json","data":"\"hello\""})"},
    {"JsonTextOfNull", R"({"actionName":"sendToAll","dataType":"json","data":"null"})",
     R"({"actionName":"sendToAll","dataType":"json","data":"null"})"},
    {"JsonObjectAsItStands",
     R"({"actionName":"sendToAll","data":{ "a" :[1.50, "\u0041"] } ,"dataType":"json"})",
     R"({"actionName":"sendToAll","dataType":"json","data":"{ \"a\" :[1.50, \"\\u0041\"] }"})"},
    {"JsonArrayAsItStands", R"({"actionName":"sendToAll","data":[] ,"dataType":"json"})",
     R"({"actionName":"sendToAll","dataType":"json","data":"[]"})"},
    {"JsonNumberAsItStands", R"({"actionName":"sendToAll","dataType":"json","data":-1.50e+400 })",
     R"({"actionName":"sendToAll","dataType":"json","data":"-1.50e+400"})"},
    {"JsonHugeNumberWithin",
     R"({"actionName":"sendToAll","dataType":"json",)"
     R"("data":{"n":[123456789012345678901234567890]}})",
     R"({"actionName":"sendToAll","dataType":"json",)"
     R"("data":"{\"n\":[123456789012345678901234567890]}"})"},
    {"JsonBooleanAsItStands", R"({"actionName":"sendToAll","dataType":"json","data":false})",
     R"({"actionName":"sendToAll","dataType":"json","data":"false"})"},
    {"JsonFromBuffer",
     R"({"actionName":"sendToAll","dataType":"json","data":{"type":"Buffer","data":[91,49,93]}})",
     R"({"actionName":"sendToAll","dataType":"json","data":"[1]"})"},
    {"JsonThatIsNoBufferForItsThirdKey",
     R"({"actionName":"sendToAll","dataType":"json","data":{"type":"Buffer","data":[1],"x":0}})",
     R"({"actionName":"sendToAll","dataType":"json",)"
     R"("data":"{\"type\":\"Buffer\",\"data\":[1],\"x\":0}"})"},
    {"JsonThatIsNoBufferForItsCase",
     R"({"actionName":"sendToAll","dataType":"json","data":{"Type":"Buffer","data":[1]}})",
     R"({"actionName":"sendToAll","dataType":"json","data":"{\"Type\":\"Buffer\",\"data\":[1]}"})"},
    {"BinaryFromBase64", R"({"actionName":"sendToAll","dataType":"binary","data":"AP8="})",
     R"({"actionName":"sendToAll","dataType":"binary","data":"AP8="})"},
    {"BinaryEmpty", R"({"actionName":"sendToAll","dataType":"binary","data":""})",
     R"({"actionName":"sendToAll","dataType":"binary","data":""})"},
    {"BinaryFromBytes",
     R"({"actionName":"sendToAll","dataType":"binary","data":{"type":"Buffer","data":[0,255]}})",
     R"({"actionName":"sendToAll","dataType":"binary","data":"AP8="})"},
    {"BinaryFromBase64WithBlanks",
     R"({"actionName":"sendToAll","dataType":"binary",)"
     R"("data":{"type":"Buffer","data":"AP\r\n 8 ="}})",
     R"({"actionName":"sendToAll","dataType":"binary","data":"AP8="})"},
    {"BinaryEmptyBuffer",
     R"({"actionName":"sendToAll","dataType":"binary","data":{"type":"Buffer","data":[]}})",
     R"({"actionName":"sendToAll","dataType":"binary","data":""})"},
};
INSTANTIATE_TEST_SUITE_P(Data, AcceptedAction, testing::ValuesIn(kData), name_of_row);

constexpr Row kOptions[] = {
    {"OwnFields",
     R"({"actionName":"sendToAll","data":"","hub":"chat","id":13,"orderingKey":"k",)"
     R"("unordered":true,"conflationKey":5,"ttlSeconds":1.5})",
     R"({"actionName":"sendToAll","id":13,"hub":"chat","orderingKey":"k","conflationKey":"5",)"
     R"("unordered":true,"ttlSeconds":1.5,"data":""})"},
    {"OwnFieldsOfNull",
     R"({"actionName":"closeAllConnections","hub":null,"id":null,"orderingKey":null,)"
     R"("unordered":null,"conflationKey":null,"ttlSeconds":null,"filter":null})",
     R"({"actionName":"closeAllConnections"})"},
    {"IdAsItCame", R"({"actionName":"closeAllConnections","id": "a\u0041\n" })",
     R"({"actionName":"closeAllConnections","id":"a\u0041\n"})"},
    {"IdOfThirtyDigits",
     R"({"actionName":"closeAllConnections","id":123456789012345678901234567890})",
     R"({"actionName":"closeAllConnections","id":123456789012345678901234567890})"},
    {"EmptyId", R"({"actionName":"closeAllConnections","id":""})",
     R"({"actionName":"closeAllConnections","id":""})"},
    {"NotUnordered", R"({"actionName":"closeAllConnections","unordered":false})",
     R"({"actionName":"closeAllConnections"})"},
    {"UnorderedRemove", R"({"actionName":"removeUserFromAllGroups","userId":"u","unordered":true})",
     R"({"actionName":"removeUserFromAllGroups","userId":"u","unordered":true})"},
    {"TtlWithExponent", R"({"actionName":"closeAllConnections","ttlSeconds":1.5e1})",
     R"({"actionName":"closeAllConnections","ttlSeconds":15})"},
    {"TtlOfNanoseconds", R"({"actionName":"closeAllConnections","ttlSeconds":0.0000000019})",
     R"({"actionName":"closeAllConnections","ttlSeconds":0.000000001})"},
    {"TinyTtl", R"({"actionName":"closeAllConnections","ttlSeconds":1e-400})",
     R"({"actionName":"closeAllConnections","ttlSeconds":0.000000001})"},
    {"EnormousTtl", R"({"actionName":"closeAllConnections","ttlSeconds":1e999})",
     R"({"actionName":"closeAllConnections","ttlSeconds":3155760000})"},
    {"Filter", R"({"actionName":"sendToUser","userId":"u","data":"","filter":"'g' in groups"})",
     R"({"actionName":"sendToUser","userId":"u","filter":"'g' in groups","data":""})"},
    {"MessageTtl", R"({"actionName":"sendToAll","data":"","messageTtlSeconds":300})",
     R"({"actionName":"sendToAll","messageTtlSeconds":300,"data":""})"},
    {"MessageTtlOfZero", R"({"actionName":"sendToAll","data":"","messageTtlSeconds":0})",
     R"({"actionName":"sendToAll","messageTtlSeconds":0,"data":""})"},
    {"Excluded",
     R"({"actionName":"sendToAll","data":"","excluded":["a", 12345678901234567890123 ,".."]})",
     R"({"actionName":"sendToAll","excluded":["a","12345678901234567890123",".."],"data":""})"},
    {"ExcludedSingle", R"({"actionName":"sendToAll","data":"","excluded":"a"})",
     R"({"actionName":"sendToAll","excluded":["a"],"data":""})"},
    {"ExcludedNone", R"({"actionName":"sendToAll","data":"","excluded":[]})",
     R"({"actionName":"sendToAll","data":""})"},
    {"ExcludedWhereItMeansNothing",
     R"({"actionName":"sendToConnection","connectionId":"c","data":"","excluded":["a"]})",
     R"({"actionName":"sendToConnection","connectionId":"c","data":""})"},
    {"EmptyReason", R"({"actionName":"closeAllConnections","reason":""})",
     R"({"actionName":"closeAllConnections","reason":""})"},
    {"ReasonByNumber", R"({"actionName":"closeClientConnection","connectionId":"c","reason":4000})",
     R"({"actionName":"closeClientConnection","connectionId":"c","reason":"4000"})"},
    {"PermissionByNumber",
     R"({"actionName":"grantPermission","connectionId":"c","permission":2,"targetName":""})",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"joinLeaveGroup",)"
     R"("targetName":""})"},
    {"PermissionInAnyCase",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"SENDTOGROUP",)"
     R"("targetName":9})",
     R"({"actionName":"grantPermission","connectionId":"c","permission":"sendToGroup",)"
     R"("targetName":"9"})"},
};
INSTANTIATE_TEST_SUITE_P(Options, AcceptedAction, testing::ValuesIn(kOptions), name_of_row);

}  // namespace
}  // namespace awps
