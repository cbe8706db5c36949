// One action by options, and actions in words.

#include "daemon/awpsctl/commands/one_action.h"

#include <gtest/gtest.h>

#include <functional>

#include "daemon/awpsctl/view/action_text.h"

namespace awps {
namespace {

struct ActionCase {
  const char* name;
  std::function<void(SendArguments&)> set;
  const char* line;  // null: refused
};
void PrintTo(const ActionCase& row, std::ostream* out) {
  *out << row.name;
}

const ActionCase kActions[] = {
    {"Nothing", [](auto&) {}, nullptr},
    {"AFile", [](auto& s) { s.files = {"x.ndjson"}; }, ""},
    {"ToAGroup",
     [](auto& s) {
       s.action.group = "g";
       s.action.data = "say \"hi\"";
     },
     R"({"actionName":"sendToGroup","group":"g","data":"say \"hi\""})"},
    {"ToAll",
     [](auto& s) {
       s.action.to_all = true;
       s.action.data = "";
     },
     R"({"actionName":"sendToAll","data":""})"},
    {"JsonAsItStands",
     [](auto& s) {
       s.action.user = "ann";
       s.action.data_type = "json";
       s.action.data = R"({"n": 123456789012345678901234567890})";
     },
     R"({"actionName":"sendToUser","userId":"ann","dataType":"json",)"
     R"("data":{"n": 123456789012345678901234567890}})"},
    {"JsonOverLines",
     [](auto& s) {
       s.action.to_all = true;
       s.action.data_type = "json";
       s.action.data = "{\n}";
     },
     R"({"actionName":"sendToAll","dataType":"json","data":{ }})"},
    {"NoJson",
     [](auto& s) {
       s.action.to_all = true;
       s.action.data_type = "json";
       s.action.data = "hello";
     },
     nullptr},
    {"Named",
     [](auto& s) {
       s.action.name = "addUserToGroup";
       s.action.user = "ann";
       s.action.group = "g";
     },
     R"({"actionName":"addUserToGroup","group":"g","userId":"ann"})"},
    {"OfManyGroups",
     [](auto& s) {
       s.action.name = "addConnectionsToGroups";
       s.action.groups = {"g", "h"};
       s.action.filter = "true";
     },
     R"({"actionName":"addConnectionsToGroups","filter":"true","groups":["g","h"]})"},
    {"OfManyGroupsAlone", [](auto& s) { s.action.groups = {"g"}; }, nullptr},
    {"TwoTargetsWithoutAName",
     [](auto& s) {
       s.action.user = "ann";
       s.action.group = "g";
     },
     nullptr},
    {"NoTarget", [](auto& s) { s.action.data = "hi"; }, nullptr},
    {"AFileAndAnAction",
     [](auto& s) {
       s.files = {"-"};
       s.action.to_all = true;
     },
     nullptr},
};

class OneActions : public testing::TestWithParam<ActionCase> {};

TEST_P(OneActions, BecomeALine) {
  SendArguments arguments;
  GetParam().set(arguments);
  const Result<std::string, Failure> line = one_action_line(arguments);
  ASSERT_EQ(line.ok(), GetParam().line != nullptr);
  if (line.ok()) {
    EXPECT_EQ(line.value(), GetParam().line);
  } else {
    EXPECT_EQ(line.error().exit_code, ExitCode::kUsage);
  }
}

INSTANTIATE_TEST_SUITE_P(All, OneActions, testing::ValuesIn(kActions),
                         [](const auto& row) { return std::string(row.param.name); });

struct WordsCase {
  const char* name;
  const char* json;
  const char* expected;
};
void PrintTo(const WordsCase& row, std::ostream* out) {
  *out << row.name;
}

const WordsCase kWords[] = {
    {"Group", R"({"actionName":"sendToGroup","group":"g","data":"x"})", "sendToGroup g"},
    {"All", R"({"actionName":"sendToAll","data":"x"})", "sendToAll"},
    {"Add", R"({"actionName":"addUserToGroup","userId":"ann","group":"g"})",
     "addUserToGroup ann to g"},
    {"Remove", R"({"actionName":"removeUserFromGroup","userId":"ann","group":"g"})",
     "removeUserFromGroup ann from g"},
    {"Bulk", R"({"actionName":"addConnectionsToGroups","groups":["g","h"],"filter":"true"})",
     "addConnectionsToGroups g and 1 more"},
    {"BulkOfOne", R"({"actionName":"removeConnectionsFromGroups","groups":"g","filter":"true"})",
     "removeConnectionsFromGroups g"},
    {"CloseUser", R"({"actionName":"closeUserConnections","userId":"ann"})",
     "closeUserConnections ann"},
    {"CutToText", R"("{\"actionName\":\"sendTo")", R"({"actionName":"sendTo)"},
    {"Control", R"({"actionName":"sendToGroup","group":"\u001b[2J"})", "sendToGroup \\x1b[2J"},
};

class Words : public testing::TestWithParam<WordsCase> {};

TEST_P(Words, NameTheActionAndItsTarget) {
  EXPECT_EQ(action_text(parse_json(GetParam().json)), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(All, Words, testing::ValuesIn(kWords),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(TapLine, FitsItsColumns) {
  const Json record = parse_json(
      R"({"hub":"a-hub-with-a-long-name","action":{"actionName":"sendToGroup","group":"g",)"
      R"("data":"0123456789012345678901234567890123456789"},"outcome":"dead_lettered",)"
      R"("httpStatus":400,"attempts":3,"carriedBy":"merge","message":"refused","ageSeconds":1})");
  const std::string line = tap_line(record, 90, Paint(false));
  EXPECT_EQ(line,
            "a-hub-wit…  dead_lettered 400    1.0s  merge            sendToGroup g  (3 attempts)  "
            "refu…");
}

}  // namespace
}  // namespace awps
