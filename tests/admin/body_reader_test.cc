// Bodies of POST requests, right ones and wrong ones.

#include "admin/body_reader.h"

#include <gtest/gtest.h>

#include <functional>

namespace awps::admin {
namespace {

struct Case {
  std::string name;
  std::function<Result<void>(const std::string&)> read;
  std::string body;
  std::string mistake;  // words of the message; empty: it is right
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

template <typename Read>
std::function<Result<void>(const std::string&)> with(Read read) {
  return [read](const std::string& body) -> Result<void> {
    const auto result = read(body);
    if (!result) return result.error();
    return {};
  };
}

const auto nothing = with(read_nothing);
const auto hub = with(read_hub);
const auto choice = with(read_choice);
const auto log_change = with(read_log_change);
const auto token = with(read_token_request);

const Case kCases[] = {
    {"Nothing", nothing, "{}", ""},
    {"NothingWithBlanks", nothing, " {\n} ", ""},
    {"NothingButAKey", nothing, R"({"a":1})", "'a' is unknown; send {}"},
    {"NoText", nothing, "", "no JSON object; send at least {}"},
    {"NoJson", nothing, "hub=chat", "no JSON object"},
    {"Array", nothing, "[]", "no JSON object"},
    {"Null", nothing, "null", "no JSON object"},
    {"Cut", hub, R"({"hub":"chat")", "no JSON object"},
    {"TwoObjects", hub, "{}{}", "no JSON object"},
    {"NoUtf8", hub, "{\"hub\":\"\xff\"}", "no JSON object"},
    {"DeepNesting", hub, std::string(60'000, '['), "no JSON object"},
    {"Hub", hub, R"({"hub":"chat"})", ""},
    {"HubOfAnotherType", hub, R"({"hub":["chat"]})", "'hub' must be a string"},
    {"HubNull", hub, R"({"hub":null})", "'hub' must be a string"},
    {"HubEmpty", hub, R"({"hub":""})", "'hub' is missing or empty"},
    {"HubTwice", hub, R"({"hub":"a","hub":"b"})", "'hub' appears twice"},
    {"HubMistyped", hub, R"({"Hub":"a"})", "'Hub' is unknown; known: hub"},
    {"Numbers", choice, R"({"hub":"chat","numbers":[1,18446744073709551615]})", ""},
    {"All", choice, R"({"hub":"chat","all":true})", ""},
    {"AllUpTo", choice, R"({"hub":"chat","all":true,"upTo":9223372036854775807})", ""},
    {"UpToZero", choice, R"({"hub":"chat","all":true,"upTo":0})", "'upTo' must be a whole number"},
    {"UpToNegative", choice, R"({"hub":"chat","all":true,"upTo":-1})", "from 1 to"},
    {"UpToBroken", choice, R"({"hub":"chat","all":true,"upTo":1.5})", "from 1 to"},
    {"UpToAsText", choice, R"({"hub":"chat","all":true,"upTo":"3"})", "from 1 to"},
    {"UpToOfNumbers", choice, R"({"hub":"chat","numbers":[1],"upTo":3})", "'upTo' bounds"},
    {"UpToAlone", choice, R"({"hub":"chat","upTo":3})", "either 'numbers' or"},
    {"ChoiceWithoutHub", choice, R"({"all":true})", "'hub' is missing"},
    {"ChoiceOfNothing", choice, R"({"hub":"chat"})", "either 'numbers' or"},
    {"ChoiceOfNoNumbers", choice, R"({"hub":"chat","numbers":[]})", "at least one number"},
    {"ChoiceOfBoth", choice, R"({"hub":"chat","numbers":[1],"all":true})", "not both"},
    {"NotAll", choice, R"({"hub":"chat","all":false})", "either 'numbers' or"},
    {"AllAsText", choice, R"({"hub":"chat","all":"yes"})", "'all' must be true"},
    {"NumberZero", choice, R"({"hub":"chat","numbers":[0]})", "above 0"},
    {"NumberNegative", choice, R"({"hub":"chat","numbers":[-1]})", "above 0"},
    {"NumberBroken", choice, R"({"hub":"chat","numbers":[1.5]})", "above 0"},
    {"NumberAlone", choice, R"({"hub":"chat","numbers":1})", "must be an array"},
    {"Level", log_change, R"({"level":"debug"})", ""},
    {"LevelForAWhile", log_change, R"({"level":"debug","seconds":86400})", ""},
    {"NoLevel", log_change, R"({"seconds":60})", "'level' is missing"},
    {"ForNoTime", log_change, R"({"level":"debug","seconds":0})", "from 1 to 86400"},
    {"ForTooLong", log_change, R"({"level":"debug","seconds":86401})", "from 1 to 86400"},
    {"SecondsAsText", log_change, R"({"level":"debug","seconds":"60"})", "whole number"},
    {"Token", token, "{}", ""},
    {"TokenForAWeek", token, R"({"minutes":10080})", ""},
    {"TokenForLonger", token, R"({"minutes":10081})", "from 1 to 10080"},
    {"TokenOfNoMinutes", token, R"({"minutes":0.5})", "from 1 to 10080"},
    {"RolesAsText", token, R"({"roles":"r"})", "'roles' must be an array of strings"},
    {"GroupsOfNumbers", token, R"({"groups":["g",1]})", "'groups' must be an array of strings"},
};

class Bodies : public testing::TestWithParam<Case> {};

TEST_P(Bodies, AreTakenOrNamed) {
  const Result<void> read = GetParam().read(GetParam().body);
  ASSERT_EQ(read.ok(), GetParam().mistake.empty()) << (read ? "" : read.error().message);
  if (!read) {
    EXPECT_NE(read.error().message.find(GetParam().mistake), std::string::npos)
        << read.error().message;
    EXPECT_TRUE(read.error().message.starts_with("the request's body: "));
  }
}

INSTANTIATE_TEST_SUITE_P(All, Bodies, testing::ValuesIn(kCases),
                         [](const auto& test) { return test.param.name; });

TEST(Bodies, KeepTheBoundOfAll) {
  EXPECT_EQ(read_choice(R"({"hub":"chat","all":true,"upTo":3})")->up_to, 3U);
  EXPECT_EQ(read_choice(R"({"hub":"chat","all":true})")->up_to, 0U);
}

TEST(Bodies, KeepEveryMember) {
  const auto request = read_token_request(
      R"({"hub":"chat","userId":"Ann","roles":["a","b"],"groups":["g"],"minutes":5})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->hub, "chat");
  EXPECT_EQ(request->user_id, "Ann");
  EXPECT_EQ(request->roles, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(request->groups, std::vector<std::string>{"g"});
  EXPECT_EQ(request->lifetime, std::chrono::minutes(5));
}

}  // namespace
}  // namespace awps::admin
