#include "gateway/action_maker.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

struct MakeRow {
  const char* name;
  std::string method;
  std::string target;  // after the hub
  std::string content_type;
  std::string body;
  std::string_view message;  // part of the refusal
  RejectCode code = RejectCode::kInvalidAction;
};

class MakerTest : public testing::Test {
 protected:
  const Action* make(const std::string& method, const std::string& target,
                     const std::string& content_type = "", std::string_view body = {}) {
    auto request = route_request(method, "/api/hubs/h" + target);
    EXPECT_TRUE(request) << request.error().message;
    request_ = *request;
    const std::vector<std::pair<std::string, std::string>> headers = {
        {"content-type", content_type}};
    auto fields = read_request_fields(request_.route, headers);
    EXPECT_TRUE(fields) << fields.error().message;
    fields_ = *fields;
    return maker_.make({.request = request_, .fields = fields_, .body = body, .id = "\"i\""});
  }

  RoutedRequest request_;
  RequestFields fields_;
  ActionMaker maker_;
};

class RefusedAction : public MakerTest, public testing::WithParamInterface<MakeRow> {};

TEST_P(RefusedAction, SaysWhy) {
  const MakeRow& row = GetParam();
  EXPECT_EQ(make(row.method, row.target, row.content_type, row.body), nullptr);
  const Refusal refusal = maker_.take_refusal();
  EXPECT_EQ(refusal.code, row.code);
  EXPECT_NE(refusal.message.find(row.message), std::string::npos) << refusal.message;
}

const std::string kJson = "application/json";

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedAction,
    testing::Values(
        MakeRow{"BlankGroup", "POST", "/groups/%20/:send", "", "", "blanks"},
        MakeRow{"LongGroup", "PUT", "/users/u/groups/" + std::string(1025, 'g'), "", "", "1024"},
        MakeRow{"NulInAName", "POST", "/users/a%00/:send", "", "", "U+0000"},
        MakeRow{"Permission", "PUT", "/permissions/3/connections/c", "", "", "'3' is unknown"},
        MakeRow{"BlankFilter", "POST", "/:send?filter=%20", "", "", "everybody"},
        MakeRow{"EmptyFilter", "POST", "/:send?filter=", "", "", "everybody"},
        MakeRow{"TextThatIsNone", "POST", "/:send", "text/plain", "a\xc3", "UTF-8"},
        MakeRow{"FilterOfOne", "POST", "/connections/c/:send?filter=a", "", "", "'filter'"},
        MakeRow{"FilterOfAClose", "POST", "/:closeConnections?filter=a", "", "", "'filter'"},
        MakeRow{"ExcludedOfAUser", "POST", "/users/u/:send?excluded=a", "", "", "'excluded'"},
        MakeRow{"ExcludedOfAMembership", "PUT", "/users/u/groups/g?excluded=a", "", "",
                "'excluded'"},
        MakeRow{"EmptyExcluded", "POST", "/:send?excluded=", "", "", "empty id"},
        MakeRow{"LongTtl", "POST", "/:send?messageTtlSeconds=301", "", "", "0 to 300"},
        MakeRow{"EmptyTtl", "POST", "/:send?messageTtlSeconds=", "", "", "0 to 300"},
        MakeRow{"LongUrl", "POST", "/:closeConnections?reason=" + std::string(12000, 'r'), "", "",
                "12000 bytes"},
        MakeRow{"NoJson", "POST", "/:send", kJson, "{\"a\":}", "is no JSON"},
        MakeRow{"EmptyJson", "POST", "/:send", kJson, "", "is no JSON"},
        MakeRow{"TwoJsons", "POST", "/:send", kJson, "1 2", "is no JSON"},
        MakeRow{"DeepJson", "POST", "/:send", kJson, std::string(65, '[') + std::string(65, ']'),
                "is no JSON"},
        MakeRow{"TooLarge", "POST", "/:send", "", std::string((1U << 20U) + 1, 'x'), "1048576",
                RejectCode::kMessageTooLarge},
        MakeRow{"BulkTooLarge", "POST", "/:addToGroups", kJson, std::string((1U << 20U) + 1, ' '),
                "1048576", RejectCode::kMessageTooLarge},
        MakeRow{"BulkNoJson", "POST", "/:addToGroups", kJson, "{", "is no JSON"},
        MakeRow{"BulkArray", "POST", "/:addToGroups", kJson, "[]", "an array"},
        MakeRow{"BulkNoGroups", "POST", "/:addToGroups", kJson, R"({"filter":"a"})", "'groups'"},
        MakeRow{"BulkEmptyGroups", "POST", "/:addToGroups", kJson, R"({"groups":[],"filter":"a"})",
                "'groups'"},
        MakeRow{"BulkNoFilter", "POST", "/:addToGroups", kJson, R"({"groups":["g"]})", "everybody"},
        MakeRow{"BulkNullFilter", "POST", "/:addToGroups", kJson,
                R"({"groups":["g"],"filter":null})", "everybody"},
        MakeRow{"BulkBlankFilter", "POST", "/:removeFromGroups", kJson,
                R"({"groups":["g"],"filter":" "})", "everybody"},
        MakeRow{"BulkNumberAsFilter", "POST", "/:addToGroups", kJson,
                R"({"groups":["g"],"filter":1})", "no string"},
        MakeRow{"BulkTwice", "POST", "/:addToGroups", kJson,
                R"({"groups":["g"],"filter":"a","Filter":"b"})", "twice"},
        MakeRow{"BulkUserId", "POST", "/:addToGroups", kJson,
                R"({"groups":["g"],"filter":"a","userId":"u"})", "userId"},
        MakeRow{"BulkFilterInTheQuery", "POST", "/:addToGroups?filter=a", kJson,
                R"({"groups":["g"],"filter":"a"})", "body"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(MakerTest, TheActionNamesItsHubAndItsId) {
  const Action* action = make("DELETE", "/connections/c?reason=r");
  ASSERT_NE(action, nullptr);
  EXPECT_EQ(action->options->hub, "h");
  EXPECT_EQ(action->id, "\"i\"");
  EXPECT_EQ(action->options->reason, "r");
}

TEST_F(MakerTest, JsonGoesAsItCame) {
  const std::string body = " {\"a\":\t1e999,\n\"b\":\"\\u00e9\"} ";
  const Action* action = make("POST", "/:send", kJson, body);
  ASSERT_NE(action, nullptr);
  EXPECT_EQ(action->data, body);
  EXPECT_EQ(action->data_type, DataType::kJson);
}

TEST_F(MakerTest, WhatTheServiceIgnoresIsIgnored) {
  const Action* action = make("POST", "/:send?reason=r&targetName=t&x=y", "text/plain", "x");
  ASSERT_NE(action, nullptr);
  EXPECT_FALSE(action->options->reason.has_value());
  EXPECT_FALSE(action->options->target_name.has_value());
  action = make("DELETE", "/connections/c?excluded=d&messageTtlSeconds=x");
  ASSERT_NE(action, nullptr);
  EXPECT_TRUE(action->excluded().empty());
}

TEST_F(MakerTest, NothingOfTheLastActionIsLeft) {
  ASSERT_NE(make("POST", "/:send?excluded=a&filter=f", kJson, "1"), nullptr);
  const Action* action = make("PUT", "/users/u/groups/g");
  ASSERT_NE(action, nullptr);
  const ActionOptions options{.hub = "h"};
  EXPECT_TRUE(same_action(*action, {.kind = ActionKind::kAddUserToGroup,
                                    .member = "u",
                                    .group = "g",
                                    .id = "\"i\"",
                                    .options = &options}));
}

TEST_F(MakerTest, ReleasesWhatALongBodyNeeded) {
  ASSERT_NE(make("POST", "/:send", kJson, "\"" + std::string(900'000, 'x') + "\""), nullptr);
  maker_.release_excess();
  EXPECT_NE(make("POST", "/:send", kJson, "1"), nullptr);
}

TEST_F(MakerTest, UnorderedIsForFewActions) {
  request_ = *route_request("POST", "/api/hubs/h/:addToGroups");
  fields_ = {.unordered = true, .body = BodyKind::kJson};
  const std::string body = R"({"groups":["g"],"filter":"a"})";
  EXPECT_EQ(maker_.make({.request = request_, .fields = fields_, .body = body}), nullptr);
  request_ = *route_request("DELETE", "/api/hubs/h/connections/c/groups");
  const Action* action = maker_.make({.request = request_, .fields = fields_});
  ASSERT_NE(action, nullptr);
  EXPECT_TRUE(action->unordered);
}

}  // namespace
}  // namespace awps
