#include "gateway/route.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace awps {
namespace {

constexpr std::array<std::string_view, 9> kVerbs = {"GET",     "HEAD",  "POST",  "PUT", "DELETE",
                                                    "OPTIONS", "PATCH", "TRACE", "post"};

struct Operation {
  std::string method;
  std::string path;
  std::string name;
};

std::vector<Operation> operations_of_openapi() {
  std::ifstream file(AWPS_REST_OPERATIONS);
  std::vector<Operation> operations;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    Operation operation;
    std::istringstream(line) >> operation.method >> operation.path >> operation.name;
    operations.push_back(std::move(operation));
  }
  return operations;
}

int status_of(std::string_view method, std::string_view target) {
  const auto routed = route_request(method, target);
  return routed ? 200 : routed.error().status;
}

TEST(Route, KnowsEveryOperationOfTheOpenApiFile) {
  const auto operations = operations_of_openapi();
  ASSERT_EQ(operations.size(), kRoutes - 1);
  for (const Operation& operation : operations) {
    std::string path = operation.path;
    for (const char* const name :
         {"{hub}", "{group}", "{userId}", "{connectionId}", "{permission}"}) {
      if (const size_t at = path.find(name); at != std::string::npos) {
        path.replace(at, std::string_view(name).size(), "n");
      }
    }
    const auto routed = route_request(operation.method, path + "?api-version=2024-12-01");
    ASSERT_TRUE(routed) << operation.path << routed.error().message;
    EXPECT_EQ(name_of(routed->route), operation.name);
    EXPECT_EQ(route_of(operation.method, path), routed->route);
    for (const std::string_view verb : kVerbs) {
      const auto other = route_request(verb, path);
      const std::string wanted = std::string(verb) + " " + operation.path + " ";
      const bool is_known = std::ranges::any_of(operations, [&](const Operation& known) {
        return wanted == known.method + " " + known.path + " ";
      });
      EXPECT_EQ(other.ok(), is_known) << wanted;
    }
  }
}

TEST(Route, ReadsTheNamesOfAPath) {
  const auto routed = route_request("PUT", "/api/hubs/Chat/users/a%20b%2B+/groups/g%2F1%252F");
  ASSERT_TRUE(routed);
  EXPECT_EQ(routed->route, Route::kAddUserToGroup);
  EXPECT_EQ(routed->hub, "chat");
  EXPECT_EQ(routed->user, "a b++");
  EXPECT_EQ(routed->member(), "a b++");
  EXPECT_EQ(routed->group, "g/1%2F");
  EXPECT_TRUE(routed->had_encoded_slash);
  const auto other = route_request("DELETE", "/API/Hubs/chat/Permissions/1/connections/a:b%252F");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->permission, "1");
  EXPECT_EQ(other->connection, "a:b%2F");
  EXPECT_FALSE(other->had_encoded_slash);
}

struct RefusedRow {
  const char* name;
  std::string_view method;
  std::string_view target;
  int status;
};

class RefusedTarget : public testing::TestWithParam<RefusedRow> {};

TEST_P(RefusedTarget, IsRefusedWithThisStatus) {
  EXPECT_EQ(status_of(GetParam().method, GetParam().target), GetParam().status);
}

// Many of them are what the JavaScript SDK makes of an empty name, "." or "..".
INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedTarget,
    testing::Values(
        RefusedRow{"EmptyUser", "POST", "/api/hubs/h/users//:send", 404},
        RefusedRow{"DotUser", "POST", "/api/hubs/h/users/:send", 404},
        RefusedRow{"NoUserAtAll", "POST", "/api/hubs/h/users/./:send", 404},
        RefusedRow{"DotDotUser", "POST", "/api/hubs/h/users/../:send", 404},
        RefusedRow{"EscapedDotDot", "POST", "/api/hubs/h/users/%2E%2e/:send", 404},
        RefusedRow{"EscapedDot", "DELETE", "/api/hubs/h/connections/%2e", 404},
        RefusedRow{"LostConnection", "DELETE", "/api/hubs/h/", 404},
        RefusedRow{"LostMember", "PUT", "/api/hubs/h/users/u/groups/", 404},
        RefusedRow{"LostUser", "PUT", "/api/hubs/h/users/u/", 404},
        RefusedRow{"LostHub", "POST", "/api/:send", 404},
        RefusedRow{"EmptyHub", "POST", "/api/hubs//:send", 404},
        RefusedRow{"DotsAsHub", "POST", "/api/hubs/../:send", 404},
        RefusedRow{"DoubleSlash", "POST", "//api/hubs/h/:send", 404},
        RefusedRow{"SlashBehind", "POST", "/api/hubs/h/:send/", 404},
        RefusedRow{"EscapedColon", "POST", "/api/hubs/h/%3Asend", 404},
        RefusedRow{"EscapedSlash", "POST", "/api/hubs/h%2F:send", 404},
        RefusedRow{"HubWithASlash", "POST", "/api/hubs/h%2F../:send", 400},
        RefusedRow{"UnknownVerbOfTheHub", "POST", "/api/hubs/h/:close", 404},
        RefusedRow{"Root", "GET", "/", 404}, RefusedRow{"OtherApi", "GET", "/admin/status", 404},
        RefusedRow{"Clients", "GET", "/client/hubs/h", 421},
        RefusedRow{"ClientsOfOldUrls", "GET", "/client/?hub=h", 421},
        RefusedRow{"WrongVerb", "PUT", "/api/hubs/h/groups/g", 405},
        RefusedRow{"WrongVerbOfABroadcast", "GET", "/api/hubs/h/:send", 405},
        RefusedRow{"WrongVerbOfAMessage", "PUT", "/api/hubs/h/users/u/:send", 405},
        RefusedRow{"WrongVerbOfASend", "GET", "/api/hubs/h/groups/g/connections/c", 405},
        RefusedRow{"HealthByPost", "POST", "/api/health", 405},
        RefusedRow{"HubThatIsNone", "POST", "/api/hubs/1h/:send", 400},
        RefusedRow{"HalfAnEscape", "POST", "/api/hubs/h/users/50%/:send", 400},
        RefusedRow{"NoHexadecimal", "POST", "/api/hubs/h/users/%4g/:send", 400},
        RefusedRow{"NoUtf8", "POST", "/api/hubs/h/users/%ff/:send", 400},
        RefusedRow{"AbsoluteForm", "POST", "http://a.b/api/hubs/h/:send", 400},
        RefusedRow{"AsteriskForm", "OPTIONS", "*", 400}, RefusedRow{"Empty", "POST", "", 400},
        RefusedRow{"Fragment", "POST", "/api/hubs/h/:send#x", 400},
        RefusedRow{"UnknownVersion", "POST", "/api/hubs/h/:send?api-version=2020-01-01", 400},
        RefusedRow{"EmptyVersion", "POST", "/api/hubs/h/:send?api-version=", 400},
        RefusedRow{"TwoVersions", "POST",
                   "/api/hubs/h/:send?api-version=2024-12-01&Api-Version=2024-12-01", 400},
        RefusedRow{"TwoFilters", "POST", "/api/hubs/h/:send?filter=a&Filter=b", 400},
        RefusedRow{"CommaInExcluded", "POST", "/api/hubs/h/:send?excluded=a,b", 400},
        RefusedRow{"EscapedCommaInExcluded", "POST", "/api/hubs/h/:send?excluded=a%2Cb", 400},
        RefusedRow{"HalfAnEscapeInTheQuery", "POST", "/api/hubs/h/:send?filter=%", 400},
        RefusedRow{"NoUtf8InTheQuery", "POST", "/api/hubs/h/:send?reason=%c3", 400}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Route, AWrongVerbIsToldTheRightOnes) {
  const auto routed = route_request("POST", "/api/hubs/h/connections/c");
  ASSERT_FALSE(routed);
  EXPECT_EQ(routed.error().allow, "DELETE, HEAD");
}

TEST(Route, ClientsAreToldOfTheReverseProxyOption) {
  const auto routed = route_request("GET", "/client/hubs/h?access_token=x");
  ASSERT_FALSE(routed);
  EXPECT_NE(routed.error().message.find("reverseProxyEndpoint"), std::string::npos);
}

TEST(RequestQuery, IsReadByName) {
  const auto routed = route_request(
      "POST",
      "/api/hubs/h/:send?excluded=c%201&FILTER=a+b%2B&&excluded=c2&messageTtlSeconds=60&x=1&reason="
      "&targetName=g&api-version=2021-10-01");
  ASSERT_TRUE(routed) << routed.error().message;
  EXPECT_EQ(routed->query, (RequestQuery{.api_version = "2021-10-01",
                                         .excluded = {"c 1", "c2"},
                                         .filter = "a b+",
                                         .reason = "",
                                         .target_name = "g",
                                         .message_ttl_seconds = "60"}));
}

TEST(RequestQuery, AMissingVersionIsTheLatest) {
  for (const char* const target : {"/api/hubs/h/:send", "/api/hubs/h/:send?"}) {
    EXPECT_EQ(route_request("POST", target)->query.api_version, "2024-12-01");
  }
}

}  // namespace
}  // namespace awps
