#include "service_api/request_builder.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

constexpr std::string_view kPrefix = "https://a.b/api/hubs/chat";
constexpr std::string_view kVersion = "?api-version=2024-12-01";

constexpr std::string_view kOneGroup[] = {"g"};
constexpr std::string_view kQuotedGroup[] = {"g \"1\""};
constexpr std::string_view kGroups[] = {"a", "g/1"};
const ActionOptions kBulk{.filter = "true", .groups = kGroups};

RequestBuilder builder() {
  return {"https://a.b", "chat", "2024-12-01"};
}

struct TableRow {
  const char* name;
  Action action;
  HttpMethod method;
  std::string_view path;          // after the hub, without query
  std::string_view content_type;  // empty: no body
};

class TableTest : public testing::TestWithParam<TableRow> {};

TEST_P(TableTest, IsTheRequest) {
  const TableRow& row = GetParam();
  ServiceRequest request;
  builder().build(row.action, request);
  const std::string path = std::string(kPrefix) + std::string(row.path);
  EXPECT_EQ(name_of(request.method), name_of(row.method));
  EXPECT_EQ(request.url.substr(0, request.audience_size), path);
  EXPECT_EQ(request.url, path + std::string(kVersion));
  EXPECT_EQ(request.content_type, row.content_type);
  EXPECT_EQ(request.body, row.content_type.empty() ? "" : "data");
}

TEST(RequestBuilder, TheAudienceIsTheUrlWithoutItsQuery) {
  ServiceRequest request;
  builder().build({.kind = ActionKind::kSendToUser, .member = "50% é"}, request);
  EXPECT_EQ(request.audience(), std::string(kPrefix) + "/users/50%25%20%C3%A9/:send");
}

TEST(RequestBuilder, TheAudienceOfANameWithASlashIsDecodedButForTheSlash) {
  ServiceRequest request;
  builder().build({.kind = ActionKind::kAddUserToGroup, .member = "a/b %2F", .group = "é"},
                  request);
  EXPECT_EQ(request.audience(), std::string(kPrefix) + "/users/a%2Fb %2F/groups/é");
  builder().build({.kind = ActionKind::kSendToUser, .member = "m"}, request);
  EXPECT_EQ(request.audience(), std::string(kPrefix) + "/users/m/:send");
}

Action action(ActionKind kind) {
  Action result;
  result.kind = kind;
  result.member = "m 1";
  result.group = "g/1";
  result.data = "data";
  return result;
}

constexpr HttpMethod kPost = HttpMethod::kPost;
constexpr HttpMethod kPut = HttpMethod::kPut;
constexpr HttpMethod kDelete = HttpMethod::kDelete;
constexpr std::string_view kText = "text/plain";

INSTANTIATE_TEST_SUITE_P(
    Actions, TableTest,
    testing::Values(
        TableRow{"SendToAll", action(ActionKind::kSendToAll), kPost, "/:send", kText},
        TableRow{"SendToGroup", action(ActionKind::kSendToGroup), kPost, "/groups/g%2F1/:send",
                 kText},
        TableRow{"SendToUser", action(ActionKind::kSendToUser), kPost, "/users/m%201/:send", kText},
        TableRow{"SendToConnection", action(ActionKind::kSendToConnection), kPost,
                 "/connections/m%201/:send", kText},
        TableRow{"AddUserToGroup", action(ActionKind::kAddUserToGroup), kPut,
                 "/users/m%201/groups/g%2F1", ""},
        TableRow{"RemoveUserFromGroup", action(ActionKind::kRemoveUserFromGroup), kDelete,
                 "/users/m%201/groups/g%2F1", ""},
        TableRow{"RemoveUserFromAllGroups", action(ActionKind::kRemoveUserFromAllGroups), kDelete,
                 "/users/m%201/groups", ""},
        TableRow{"AddConnectionToGroup", action(ActionKind::kAddConnectionToGroup), kPut,
                 "/groups/g%2F1/connections/m%201", ""},
        TableRow{"RemoveConnectionFromGroup", action(ActionKind::kRemoveConnectionFromGroup),
                 kDelete, "/groups/g%2F1/connections/m%201", ""},
        TableRow{"CloseAllConnections", action(ActionKind::kCloseAllConnections), kPost,
                 "/:closeConnections", ""},
        TableRow{"CloseClientConnection", action(ActionKind::kCloseClientConnection), kDelete,
                 "/connections/m%201", ""},
        TableRow{"CloseGroupConnections", action(ActionKind::kCloseGroupConnections), kPost,
                 "/groups/g%2F1/:closeConnections", ""},
        TableRow{"GrantPermission", action(ActionKind::kGrantPermission), kPut,
                 "/permissions/sendToGroup/connections/m%201", ""},
        TableRow{"RevokePermission", action(ActionKind::kRevokePermission), kDelete,
                 "/permissions/sendToGroup/connections/m%201", ""},
        TableRow{"CloseUserConnections", action(ActionKind::kCloseUserConnections), kPost,
                 "/users/m%201/:closeConnections", ""},
        TableRow{"RemoveConnectionFromAllGroups",
                 action(ActionKind::kRemoveConnectionFromAllGroups), kDelete,
                 "/connections/m%201/groups", ""}),
    [](const auto& row) { return row.param.name; });

TEST(RequestBuilder, NamesTheOtherPermission) {
  Action grant = action(ActionKind::kGrantPermission);
  grant.permission = Permission::kJoinLeaveGroup;
  ServiceRequest request;
  builder().build(grant, request);
  EXPECT_TRUE(request.audience().ends_with("/permissions/joinLeaveGroup/connections/m%201"));
}

TEST(RequestBuilder, SaysWhatTheDataIs) {
  EXPECT_EQ(content_type_of(DataType::kText), "text/plain");
  EXPECT_EQ(content_type_of(DataType::kJson), "application/json");
  EXPECT_EQ(content_type_of(DataType::kBinary), "application/octet-stream");
}

TEST(RequestBuilder, SendsAnEmptyMessageAsOne) {
  Action send = action(ActionKind::kSendToAll);
  send.data = {};
  ServiceRequest request;
  builder().build(send, request);
  EXPECT_EQ(request.content_type, "text/plain");
  EXPECT_EQ(request.body, "");
}

struct QueryCase {
  const char* name;
  ActionKind kind;
  ActionOptions options;
  std::string_view query;  // after the api-version
};

constexpr std::string_view kExcluded[] = {"c 1", "c/2,&="};

ActionOptions with_filter(std::string_view filter) {
  ActionOptions options;
  options.filter = filter;
  return options;
}

ActionOptions with_reason(std::string_view reason) {
  ActionOptions options;
  options.reason = reason;
  return options;
}

ActionOptions with_target(std::string_view target) {
  ActionOptions options;
  options.target_name = target;
  return options;
}

ActionOptions with_ttl(uint16_t seconds) {
  ActionOptions options;
  options.message_ttl_seconds = seconds;
  return options;
}

ActionOptions with_everything_of_a_send() {
  ActionOptions options = with_filter("userId eq 'o''k' and 'g/1' in groups");
  options.excluded = kExcluded;
  options.message_ttl_seconds = uint16_t{60};
  return options;
}

ActionOptions with_everything_of_a_close() {
  ActionOptions options = with_reason("too late & gone");
  options.excluded = kExcluded;
  return options;
}

class QueryTest : public testing::TestWithParam<QueryCase> {};

TEST_P(QueryTest, IsInTheSdksOrder) {
  Action one = action(GetParam().kind);
  one.options = &GetParam().options;
  ServiceRequest request;
  builder().build(one, request);
  EXPECT_EQ(request.url.substr(request.audience_size),
            std::string(kVersion) + std::string(GetParam().query));
}

INSTANTIATE_TEST_SUITE_P(
    Options, QueryTest,
    testing::Values(
        QueryCase{"None", ActionKind::kSendToAll, {}, ""},
        QueryCase{
            "Send", ActionKind::kSendToAll, with_everything_of_a_send(),
            "&excluded=c%201&excluded=c%2F2%2C%26%3D&filter=userId%20eq%20%27o%27%27k%27%20and%20"
            "%27g%2F1%27%20in%20groups&messageTtlSeconds=60"},
        QueryCase{"EmptyFilter", ActionKind::kSendToAll, with_filter(""), "&filter="},
        QueryCase{"NoTtl", ActionKind::kSendToUser, with_ttl(0), "&messageTtlSeconds=0"},
        QueryCase{"LongestTtl", ActionKind::kSendToUser, with_ttl(300), "&messageTtlSeconds=300"},
        QueryCase{"Close", ActionKind::kCloseAllConnections, with_everything_of_a_close(),
                  "&excluded=c%201&excluded=c%2F2%2C%26%3D&reason=too%20late%20%26%20gone"},
        QueryCase{"CloseUser", ActionKind::kCloseUserConnections, with_everything_of_a_close(),
                  "&excluded=c%201&excluded=c%2F2%2C%26%3D&reason=too%20late%20%26%20gone"},
        QueryCase{"EmptyReason", ActionKind::kCloseClientConnection, with_reason(""), "&reason="},
        QueryCase{"Target", ActionKind::kGrantPermission, with_target("g+1"), "&targetName=g%2B1"},
        QueryCase{"EmptyTarget", ActionKind::kRevokePermission, with_target(""), "&targetName="}),
    [](const auto& row) { return row.param.name; });

TEST(RequestBuilder, EncodesTheHubAndKeepsThePrefix) {
  const RequestBuilder with_prefix("http://127.0.0.1:8090/base", "a.b[0],`", "2024-12-01");
  ServiceRequest request;
  with_prefix.build(action(ActionKind::kSendToAll), request);
  EXPECT_EQ(request.audience(), "http://127.0.0.1:8090/base/api/hubs/a.b%5B0%5D%2C%60/:send");
}

TEST(RequestBuilder, LeavesNothingOfTheRequestBefore) {
  ServiceRequest used;
  const RequestBuilder one = builder();
  one.build_bulk_membership(MembershipChange::kAdd, kOneGroup, "userId eq 'a'", used);
  one.build(action(ActionKind::kSendToUser), used);
  one.build(action(ActionKind::kRemoveUserFromAllGroups), used);
  ServiceRequest fresh;
  one.build(action(ActionKind::kRemoveUserFromAllGroups), fresh);
  EXPECT_EQ(used.method, fresh.method);
  EXPECT_EQ(used.url, fresh.url);
  EXPECT_EQ(used.audience_size, fresh.audience_size);
  EXPECT_EQ(used.content_type, fresh.content_type);
  EXPECT_EQ(used.body, fresh.body);
}

TEST(RequestBuilder, UsesItsMemoryAgain) {
  ServiceRequest request;
  const RequestBuilder one = builder();
  one.build(action(ActionKind::kSendToGroup), request);
  const char* memory = request.url.data();
  for (int i = 0; i < 10; ++i) one.build(action(ActionKind::kSendToGroup), request);
  EXPECT_EQ(request.url.data(), memory);
}

TEST(RequestBuilder, ChangesManyMembershipsByAFilter) {
  ServiceRequest request;
  builder().build_bulk_membership(MembershipChange::kAdd, kQuotedGroup, "userId in ('a','b')",
                                  request);
  EXPECT_EQ(request.method, kPost);
  EXPECT_EQ(request.url, std::string(kPrefix) + "/:addToGroups" + std::string(kVersion));
  EXPECT_EQ(request.content_type, "application/json");
  EXPECT_EQ(request.body, R"json({"groups":["g \"1\""],"filter":"userId in ('a','b')"})json");
  builder().build_bulk_membership(MembershipChange::kRemove, kOneGroup, "userId eq 'a'", request);
  EXPECT_EQ(request.audience(), std::string(kPrefix) + "/:removeFromGroups");
}

TEST(RequestBuilder, WritesABulkChangeIntoTheBodyAndNothingIntoTheUrl) {
  struct Row {
    ActionKind kind;
    std::string_view path;
  };
  for (const Row& row : {Row{ActionKind::kAddConnectionsToGroups, "/:addToGroups"},
                         Row{ActionKind::kRemoveConnectionsFromGroups, "/:removeFromGroups"}}) {
    ServiceRequest request;
    builder().build({.kind = row.kind, .options = &kBulk}, request);
    EXPECT_EQ(request.method, kPost);
    EXPECT_EQ(request.url, std::string(kPrefix) + std::string(row.path) + std::string(kVersion));
    EXPECT_EQ(request.audience(), std::string(kPrefix) + std::string(row.path));
    EXPECT_EQ(request.content_type, "application/json");
    EXPECT_EQ(request.body, R"({"groups":["a","g/1"],"filter":"true"})");
  }
}

TEST(RequestBuilder, AsksForHealth) {
  ServiceRequest request;
  builder().build_health(request);
  EXPECT_EQ(request.method, HttpMethod::kHead);
  EXPECT_EQ(request.url, "https://a.b/api/health?api-version=2024-12-01");
  EXPECT_EQ(request.audience(), "https://a.b/api/health");
}

TEST(RequestBuilder, AsksForHealthBrieflyOverAConnectionOfItsOwn) {
  ServiceRequest request;
  builder().build_health(request);
  const HttpRequest attempt = health_request(request);
  EXPECT_EQ(attempt.method, HttpMethod::kHead);
  EXPECT_EQ(attempt.url, request.url);
  EXPECT_EQ(attempt.bearer_token, "");
  EXPECT_EQ(attempt.body, "");
  EXPECT_EQ(attempt.timeout, std::chrono::seconds(3));
  EXPECT_TRUE(attempt.fresh_connection);
}

using RequestBuilderDeathTest = testing::TestWithParam<std::string_view>;

TEST_P(RequestBuilderDeathTest, NeverMakesANameDisappear) {
  Action send = action(ActionKind::kSendToUser);
  send.member = GetParam();
  Action close = action(ActionKind::kCloseGroupConnections);
  close.group = GetParam();
  ServiceRequest request;
  const RequestBuilder one = builder();
  EXPECT_DEATH(one.build(send, request), "name");
  EXPECT_DEATH(one.build(close, request), "name");
}

INSTANTIATE_TEST_SUITE_P(Names, RequestBuilderDeathTest, testing::Values("", ".", ".."));

TEST(BulkMembershipDeathTest, NeverGoesOutWithoutAFilter) {
  ServiceRequest request;
  const RequestBuilder one = builder();
  EXPECT_DEATH(one.build_bulk_membership(MembershipChange::kAdd, kOneGroup, "", request), "filter");
  const ActionOptions no_filter{.groups = kGroups};
  EXPECT_DEATH(
      one.build({.kind = ActionKind::kAddConnectionsToGroups, .options = &no_filter}, request),
      "filter");
  const ActionOptions no_groups{.filter = "true"};
  EXPECT_DEATH(
      one.build({.kind = ActionKind::kAddConnectionsToGroups, .options = &no_groups}, request),
      "groups");
}

}  // namespace
}  // namespace awps
