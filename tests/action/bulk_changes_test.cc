// The changes of many memberships: what their `groups` and `filter` may be, and what the producer
// is told where they may not; and other fields of the actions that the binding does not know.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "action/bulk_body.h"
#include "action/encoder.h"
#include "action/groups_reader.h"
#include "recording_visitor.h"

namespace awps {
namespace {

using testing::HasSubstr;

std::string add(const std::string& fields) {
  return R"({"actionName":"addConnectionsToGroups",)" + fields + "}";
}

std::string numbered(size_t count) {
  std::string array;
  for (size_t i = 0; i < count; ++i) array += (i == 0 ? "" : ",") + std::to_string(i);
  return array;
}

struct TakenRow {
  const char* name;
  std::string groups;
  std::string meaning;
};

const TakenRow kTaken[] = {
    {"Array", R"(["a","b"])", R"(["a","b"])"},
    {"OneTextIsAnArrayOfOne", R"("a")", R"(["a"])"},
    {"OneNumber", "12345678901234567890123", R"(["12345678901234567890123"])"},
    {"Numbers", "[1, 2]", R"(["1","2"])"},
    {"OneTwiceCountsOnce", R"(["b","a","b","\u0062"])", R"(["b","a"])"},
    {"LetterCaseMatters", R"(["a","A"])", R"(["a","A"])"},
    {"Slash", R"(["a/b"])", R"(["a/b"])"},
    {"AThousandTwice", "[" + numbered(1000) + "," + numbered(1000) + "]", ""},
};

class GroupsOfABulkChange : public testing::TestWithParam<TakenRow> {};

TEST_P(GroupsOfABulkChange, AreTaken) {
  const RecordingVisitor seen =
      decode_line(add(R"("filter":"true","groups":)" + GetParam().groups));
  ASSERT_EQ(seen.shape(), "A") << seen.records()[0].message;
  const Action& action = seen.records()[0].action;
  if (GetParam().meaning.empty()) {
    EXPECT_EQ(action.options->groups.size(), kMaxGroups);
    return;
  }
  std::string meaning;
  append_action(meaning, action);
  EXPECT_EQ(meaning, R"({"actionName":"addConnectionsToGroups","filter":"true","groups":)" +
                         GetParam().meaning + "}");
}

INSTANTIATE_TEST_SUITE_P(Groups, GroupsOfABulkChange, testing::ValuesIn(kTaken),
                         [](const auto& row) { return std::string(row.param.name); });

struct RefusedRow {
  const char* name;
  std::string line;
  RejectCode code;
  const char* problem;
  const char* remedy;
};

constexpr RejectCode kAction = RejectCode::kInvalidAction;

const RefusedRow kRefused[] = {
    {"NoGroups", add(R"("filter":"true")"), kAction,
     "'groups' of addConnectionsToGroups is missing", "array of strings"},
    {"NullGroups", add(R"("groups":null,"filter":"true")"), kAction, "'groups'", "is null"},
    {"EmptyGroups", add(R"("groups":[],"filter":"true")"), kAction, "'groups'", "at least one"},
    {"GroupsObject", add(R"("groups":{},"filter":"true")"), kAction, "is an object", "an array"},
    {"FractionInGroups", add(R"("groups":["a",1.5],"filter":"true")"), kAction, "holds a number",
     "an array of strings"},
    {"NullInGroups", add(R"("groups":[null],"filter":"true")"), kAction, "holds null", "an array"},
    {"EmptyName", add(R"("groups":["a",""],"filter":"true")"), kAction,
     "holds a name that is empty", "at least one character"},
    {"BlankName", add(R"("groups":[" "],"filter":"true")"), kAction, "consists of blanks alone",
     "use a name"},
    {"DotDot", add(R"("groups":[".."],"filter":"true")"), kAction, "'.' or '..'", "another name"},
    {"Nul", add(R"("groups":["a\u0000"],"filter":"true")"), kAction, "U+0000", "leave it out"},
    {"LongName", add(R"("groups":[")" + std::string(1025, 'x') + R"("],"filter":"true")"), kAction,
     "longer than 1024", "a shorter name"},
    {"TooMany", add("\"groups\":[" + numbered(1001) + "],\"filter\":\"true\""), kAction,
     "more than 1000 names", "more than one action"},
    {"NoFilter", add(R"("groups":["a"])"), kAction, "'filter' of addConnectionsToGroups is missing",
     "which connections are meant"},
    {"NullFilter", add(R"("groups":["a"],"filter":null)"), kAction, "'filter'", "is null"},
    {"EmptyFilter", add(R"("groups":["a"],"filter":"")"), kAction, "'filter'", "means everybody"},
    {"BlankFilter", add(R"("groups":["a"],"filter":" \t")"), kAction, "'filter'",
     "means everybody"},
    {"NumericFilter", add(R"("groups":["a"],"filter":1)"), kAction, "'filter'", "a string"},
    {"NulInFilter", add(R"("groups":["a"],"filter":"\u0000")"), kAction, "'filter'", "U+0000"},
    {"TooLarge", add(R"("groups":["a"],"filter":")" + std::string(kMaxBulkBodyBytes, 'x') + "\""),
     RejectCode::kMessageTooLarge, "more than 1 MiB", "more than one action"},
    {"Unordered", add(R"("groups":["a"],"filter":"true","unordered":true)"), kAction, "'unordered'",
     "leave it out"},
    {"UnorderedRemoval",
     R"({"actionName":"removeConnectionsFromGroups","groups":"a","filter":"1","unordered":true})",
     kAction, "'unordered' of removeConnectionsFromGroups", "leave it out"},
    {"UnorderedClose", R"({"actionName":"closeUserConnections","userId":"u","unordered":true})",
     kAction, "'unordered' of closeUserConnections", "leave it out"},
    {"ConflationKey", add(R"("groups":["a"],"filter":"true","conflationKey":"k")"), kAction,
     "'conflationKey'", "leave it out"},
    {"CloseOfNoUser", R"({"actionName":"closeUserConnections"})", kAction, "'userId'",
     "is missing"},
    {"CloseWithFilter", R"({"actionName":"closeUserConnections","userId":"u","filter":"true"})",
     kAction, "'filter' of closeUserConnections", "leave it out"},
    {"RemovalOfNoConnection", R"({"actionName":"removeConnectionFromAllGroups","userId":"u"})",
     kAction, "'connectionId'", "is missing"},
};

class RefusedBulkChange : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedBulkChange, NamesFieldAndRemedy) {
  const RecordingVisitor seen = decode_line(GetParam().line);
  ASSERT_EQ(seen.shape(), "R");
  const Recorded& refusal = seen.records()[0];
  EXPECT_EQ(name_of(refusal.code), name_of(GetParam().code)) << refusal.message;
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().problem));
  EXPECT_THAT(refusal.message, HasSubstr(GetParam().remedy));
}

INSTANTIATE_TEST_SUITE_P(Fields, RefusedBulkChange, testing::ValuesIn(kRefused),
                         [](const auto& row) { return std::string(row.param.name); });

// Its filter goes in the body, where it may be longer than a URL.
TEST(BulkChange, TakesAFilterThatNoUrlWouldCarry) {
  const std::string filter(100'000, 'x');
  EXPECT_EQ(decode_line(add(R"("groups":["a"],"filter":")" + filter + "\"")).shape(), "A");
}

TEST(BulkChange, HasABodyOfAtMostOneMebibyte) {
  const std::string_view group = "g";
  const size_t frame = std::string(R"({"groups":["g"],"filter":""})").size();
  const std::string most(kMaxBulkBodyBytes - frame, 'x');
  EXPECT_TRUE(fits_bulk_body({&group, 1}, most));
  EXPECT_FALSE(fits_bulk_body({&group, 1}, most + "x"));
  // What JSON escapes counts as it is written.
  EXPECT_FALSE(fits_bulk_body({&group, 1}, std::string(most.size() - 1, 'x') + "\""));
}

// One reader reads many lines.
TEST(BulkChange, ForgetsTheGroupsOfTheOneBefore) {
  const RecordingVisitor seen =
      decode_line("[" + add(R"("groups":["a","b"],"filter":"true")") + "," +
                  add(R"("groups":["b","c"],"filter":"true")") + "]");
  ASSERT_EQ(seen.shape(), "AA");
  EXPECT_THAT(seen.records()[1].action.options->groups, testing::ElementsAre("b", "c"));
}

}  // namespace
}  // namespace awps
