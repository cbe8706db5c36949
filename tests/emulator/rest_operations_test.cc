// Every operation of the REST data plane against the wire's own statuses and errors.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "service_driver.h"

namespace awps::emulator {
namespace {

/// A request to a hub "chat" with one client: user "alice", in group "g", id CLIENT.
struct Row {
  std::string_view name;
  std::string method;
  std::string target;  // after /api/hubs/chat; CLIENT stands for the client's id
  std::string content_type = {};
  std::string body = {};
  int status = 0;
  std::string_view code = {};  // x-ms-error-code
};

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

class RestOperations : public testing::TestWithParam<Row> {};

TEST_P(RestOperations, AnswersTheWiresStatus) {
  const Row& row = GetParam();
  ServiceDriver driver;
  const TestClient client = driver.connect({.user = "alice", .groups = {"g"}});
  const HttpResponse response =
      driver.send({.method = row.method,
                   .target = "/api/hubs/chat" + replaced(row.target, "CLIENT", client.id),
                   .content_type = row.content_type,
                   .body = row.body});
  EXPECT_EQ(response.status, row.status) << response.body;
  EXPECT_EQ(header(response, "x-ms-error-code"), row.code);
}

const std::string kText = "text/plain";
const std::string kJson = "application/json";

INSTANTIATE_TEST_SUITE_P(
    Rest, RestOperations,
    testing::ValuesIn(std::vector<Row>{
        {"sendToAll", "POST", "/:send?api-version=2024-12-01", kText, "hi", 202},
        {"sendToAllWithoutVersion", "POST", "/:send", kText, "hi", 202},
        {"sendToGroup", "POST", "/groups/g/:send", kText, "hi", 202},
        {"sendToMissingGroup", "POST", "/groups/nobody/:send", kText, "hi", 202},
        {"sendToUser", "POST", "/users/alice/:send", kText, "hi", 202},
        {"sendToMissingUser", "POST", "/users/brian/:send", kText, "hi", 202},
        {"sendToConnection", "POST", "/connections/CLIENT/:send", kText, "hi", 202},
        {"sendToMissingConnection", "POST", "/connections/xxxx/:send", kText, "hi", 202},
        {"sendJson", "POST", "/:send", kJson, "{\"a\":1e999}", 202},
        {"sendBrokenJson", "POST", "/:send", kJson, "{\"a\":", 400, "Error.BadRequest"},
        {"sendEmptyJson", "POST", "/:send", kJson, "", 400, "Error.BadRequest"},
        {"sendBinary", "POST", "/:send", "application/octet-stream", std::string("\0\1", 2), 202},
        {"sendWithoutContentType", "POST", "/:send", "", "x", 202},
        {"sendEmptyText", "POST", "/:send", kText, "", 202},
        {"sendXml", "POST", "/:send", "application/xml", "<a/>", 415},
        {"sendUnknownCharset", "POST", "/:send", "text/plain; charset=klingon", "x", 415},
        {"sendTooMuch", "POST", "/:send", kText, std::string(1024 * 1024 + 1, 'x'), 400,
         "Error.BadRequest"},
        {"sendAllThatIsAllowed", "POST", "/:send", kText, std::string(1024 * 1024, 'x'), 202},
        {"ttlLargest", "POST", "/:send?messageTtlSeconds=300", kText, "x", 202},
        {"ttlTooLarge", "POST", "/:send?messageTtlSeconds=301", kText, "x", 400,
         "Error.BadRequest"},
        {"ttlNegative", "POST", "/:send?messageTtlSeconds=-1", kText, "x", 400, "Error.BadRequest"},
        {"blankGroup", "POST", "/groups/%20/:send", kText, "x", 400, "Error.BadRequest"},
        {"longestGroup", "POST", "/groups/" + std::string(1024, 'g') + "/:send", kText, "x", 202},
        {"groupTooLong", "POST", "/groups/" + std::string(1025, 'g') + "/:send", kText, "x", 400,
         "Error.BadRequest"},
        {"badFilter", "POST", "/:send?filter=invalid%20filter", kText, "x", 400,
         "Error.BadRequest"},
        {"emptyFilter", "POST", "/:send?filter=", kText, "x", 202},
        {"addUser", "PUT", "/users/alice/groups/h", "", "", 200},
        {"addMissingUser", "PUT", "/users/brian/groups/h", "", "", 404, "Warning.User.NotExisted"},
        {"removeUser", "DELETE", "/users/alice/groups/g", "", "", 204},
        {"removeMissingUser", "DELETE", "/users/brian/groups/g", "", "", 204},
        {"removeUserFromAll", "DELETE", "/users/alice/groups", "", "", 204},
        {"removeMissingUserFromAll", "DELETE", "/users/brian/groups", "", "", 204},
        {"addConnection", "PUT", "/groups/h/connections/CLIENT", "", "", 200},
        {"addMissingConnection", "PUT", "/groups/h/connections/xxxx", "", "", 404,
         "Error.Connection.NotExisted"},
        {"removeConnection", "DELETE", "/groups/g/connections/CLIENT", "", "", 204},
        {"removeMissingConnection", "DELETE", "/groups/g/connections/xxxx", "", "", 204},
        {"removeConnectionFromAll", "DELETE", "/connections/CLIENT/groups", "", "", 204},
        {"removeMissingConnectionFromAll", "DELETE", "/connections/xxxx/groups", "", "", 204},
        {"closeAll", "POST", "/:closeConnections?reason=r", "", "", 204},
        {"closeConnection", "DELETE", "/connections/CLIENT?reason=r", "", "", 204},
        {"closeMissingConnection", "DELETE", "/connections/xxxx", "", "", 204},
        {"closeGroup", "POST", "/groups/g/:closeConnections", "", "", 204},
        {"closeMissingGroup", "POST", "/groups/nobody/:closeConnections", "", "", 204},
        {"closeUser", "POST", "/users/alice/:closeConnections", "", "", 204},
        {"closeMissingUser", "POST", "/users/brian/:closeConnections", "", "", 204},
        {"grant", "PUT", "/permissions/sendToGroup/connections/CLIENT?targetName=g", "", "", 200},
        {"grantByNumber", "PUT", "/permissions/2/connections/CLIENT?targetName=g", "", "", 200},
        {"grantWithoutTarget", "PUT", "/permissions/sendToGroup/connections/CLIENT", "", "", 400,
         "Error.BadRequest"},
        {"grantUnknown", "PUT", "/permissions/fly/connections/CLIENT?targetName=g", "", "", 400,
         "Error.BadRequest"},
        {"grantMissing", "PUT", "/permissions/sendToGroup/connections/xxxx?targetName=g", "", "",
         404, "Info.Connection.NotExisted"},
        {"revoke", "DELETE", "/permissions/sendToGroup/connections/CLIENT?targetName=g", "", "",
         204},
        {"revokeMissing", "DELETE", "/permissions/sendToGroup/connections/xxxx?targetName=g", "",
         "", 204},
        {"revokeWithoutTarget", "DELETE", "/permissions/sendToGroup/connections/CLIENT", "", "",
         400, "Error.BadRequest"},
        {"checkNotGranted", "HEAD", "/permissions/joinLeaveGroup/connections/CLIENT?targetName=g",
         "", "", 404, "Info.Connection.NotExisted"},
        {"connectionExists", "HEAD", "/connections/CLIENT", "", "", 200},
        {"connectionMissing", "HEAD", "/connections/xxxx", "", "", 404,
         "Warning.Connection.NotExisted"},
        {"userExists", "HEAD", "/users/alice", "", "", 200},
        {"userMissing", "HEAD", "/users/brian", "", "", 404, "Warning.User.NotExisted"},
        {"groupExists", "HEAD", "/groups/g", "", "", 200},
        {"groupMissing", "HEAD", "/groups/nobody", "", "", 404, "Warning.Group.NotExisted"},
        {"bulkAdd", "POST", "/:addToGroups", kJson, R"({"groups":["h"],"filter":"userId eq 'x'"})",
         200},
        {"bulkRemove", "POST", "/:removeFromGroups", kJson, R"({"groups":["g"],"filter":null})",
         200},
        {"bulkWithoutGroups", "POST", "/:addToGroups", kJson, R"({"filter":"true"})", 400,
         "Error.BadRequest"},
        {"bulkBadGroup", "POST", "/:addToGroups", kJson, R"({"groups":[" "]})", 400,
         "Error.BadRequest"},
        {"bulkBadFilter", "POST", "/:addToGroups", kJson, R"({"groups":["g"],"filter":"no"})", 400,
         "Error.BadRequest"},
        {"bulkNoJson", "POST", "/:addToGroups", kJson, "{", 400, "Error.BadRequest"},
        {"bulkAsText", "POST", "/:addToGroups", kText, R"({"groups":["g"]})", 415},
        {"list", "GET", "/groups/g/connections", "", "", 200},
        {"listPageTooLarge", "GET", "/groups/g/connections?maxpagesize=201", "", "", 400,
         "Error.BadRequest"},
        {"listTopZero", "GET", "/groups/g/connections?top=0", "", "", 400, "Error.BadRequest"},
        {"generateTokenByKey", "POST", "/:generateToken", "", "", 401},
        {"unknownVersion", "POST", "/:send?api-version=2020-01-01", kText, "x", 400,
         "Error.BadRequest"},
        {"versionTwice", "POST", "/:send?api-version=2024-12-01&api-version=2024-12-01", kText, "x",
         400, "Error.BadRequest"},
        {"noSuchRoute", "POST", "/:fly", "", "", 404},
        {"groupAlone", "PUT", "/groups/g", "", "", 404},
        {"emptyUser", "POST", "/users//:send", kText, "x", 404},
        {"missingUserSegment", "POST", "/users/:send", kText, "x", 404},
        {"dotSegment", "POST", "/users/./:send", kText, "x", 404},
        {"encodedDots", "POST", "/users/%2E%2E/:send", kText, "x", 404},
        {"wrongMethod", "GET", "/:send", "", "", 404},
    }),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RestErrors, AreFlatAndNameTheTarget) {
  ServiceDriver driver;
  const HttpResponse response =
      driver.send({.method = "PUT", .target = "/api/hubs/chat/groups/g/connections/xxxx"});
  EXPECT_EQ(
      response.body,
      "{\"code\":\"Error.Connection.NotExisted\",\"message\":\"Connection `xxxx` is not found.\","
      "\"target\":\"Connection\",\"details\":null,\"innererror\":null}");
  EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
  EXPECT_TRUE(response.lists_versions);
}

TEST(RestErrors, OfFiltersAreProblemDetails) {
  ServiceDriver driver;
  const HttpResponse response =
      driver.send({.method = "POST",
                   .target = "/api/hubs/chat/:send?filter=invalid%20filter",
                   .content_type = "text/plain",
                   .body = "x"});
  EXPECT_EQ(response.content_type, "application/problem+json; charset=utf-8");
  EXPECT_FALSE(response.lists_versions);
  const std::string message =
      "Invalid syntax for 'invalid filter': Syntax error at position 14 in 'invalid filter'. "
      "(Parameter 'filter')";
  const std::string head = R"({"code":"Error.BadRequest","message":")";
  const std::string middle = R"(","target":"filter","errors":{"filter":[")";
  const std::string tail =
      R"("]},"type":null,"title":"One or more validation errors occurred.","status":400,)"
      R"("detail":null,"instance":null,"extensions":{}})";
  EXPECT_EQ(response.body, head + message + middle + message + tail);
}

TEST(RestErrors, OfTokensAreEmpty) {
  ServiceDriver driver;
  const HttpResponse response = driver.send({.method = "POST",
                                             .target = "/api/hubs/chat/:send",
                                             .token = ServiceDriver::token_for("/other")});
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(header(response, "WWW-Authenticate"),
            R"(Bearer error="invalid_token", error_description="The audience is invalid")");
}

TEST(RestSends, RefuseABodyWithoutLength) {
  ServiceDriver driver;
  const HttpResponse response = driver.send({.method = "POST",
                                             .target = "/api/hubs/chat/:send",
                                             .content_type = "text/plain",
                                             .has_length = false});
  EXPECT_EQ(response.status, 400);
}

TEST(RestHubs, IgnoreCase) {
  ServiceDriver driver;
  const TestClient client = driver.connect({});
  driver.send({.method = "POST",
               .target = "/api/hubs/CHAT/:send",
               .content_type = "text/plain",
               .body = "x"});
  EXPECT_EQ(client.last(), R"({"type":"message","from":"server","dataType":"text","data":"x"})");
}

TEST(RestHubs, MustHaveAValidName) {
  ServiceDriver driver;
  for (const std::string hub : {"1hub", "hub-1", "h%20b"}) {
    EXPECT_EQ(driver.send({.method = "HEAD", .target = "/api/hubs/" + hub + "/users/u"}).status,
              400)
        << hub;
  }
}

TEST(RestHubs, ExistOnlyAsListed) {
  ServiceDriver driver({.hubs = {"Chat"}});
  EXPECT_EQ(driver.send({.method = "DELETE", .target = "/api/hubs/chat/users/u/groups"}).status,
            204);
  EXPECT_EQ(driver.send({.method = "DELETE", .target = "/api/hubs/other/users/u/groups"}).status,
            404);
}

TEST(RestNames, KeepAnEncodedSlashLiterally) {
  ServiceDriver driver;
  const TestClient slash = driver.connect({.user = "a/b"});
  const TestClient literal = driver.connect({.user = "a%2Fb"});
  driver.send({.method = "POST",
               .target = "/api/hubs/chat/users/a%2Fb/:send",
               .content_type = "text/plain",
               .body = "x"});
  EXPECT_EQ(slash.link->frames.size(), 1U);
  EXPECT_EQ(literal.link->frames.size(), 2U);
}

TEST(RestHealth, NeedsNoToken) {
  ServiceDriver driver;
  EXPECT_EQ(driver.send({.method = "HEAD", .target = "/api/health", .token = ""}).status, 200);
}

TEST(RestPermissions, AreCheckedAfterGrantAndRevoke) {
  ServiceDriver driver;
  const TestClient client = driver.connect({.roles = {"webpubsub.sendToGroup"}});
  const std::string target =
      "/api/hubs/chat/permissions/sendToGroup/connections/" + client.id + "?targetName=g";
  EXPECT_EQ(driver.send({.method = "HEAD", .target = target}).status, 200);
  EXPECT_EQ(driver.send({.method = "DELETE", .target = target}).status, 204);
  EXPECT_EQ(driver.send({.method = "HEAD", .target = target}).status, 404);
  EXPECT_EQ(driver.send({.method = "PUT", .target = target}).status, 200);
  EXPECT_EQ(driver.send({.method = "HEAD", .target = target}).status, 200);
}

TEST(RestBulk, SelectsByTheOldGroups) {
  ServiceDriver driver;
  const TestClient client = driver.connect({.groups = {"old"}});
  driver.send(
      {.method = "POST",
       .target = "/api/hubs/chat/:addToGroups",
       .content_type = "application/json",
       .body =
           R"json({"groups":["new"],"filter":"'old' in groups and not ('new' in groups)"})json"});
  EXPECT_EQ(driver.send({.method = "HEAD", .target = "/api/hubs/chat/groups/new"}).status, 200);
}

TEST(RestList, PagesInOrderUpToTop) {
  ServiceDriver driver;
  std::vector<TestClient> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(driver.connect({.user = "u", .groups = {"g"}}));
  std::string target = "/api/hubs/chat/groups/g/connections?maxpagesize=2&top=3";
  std::vector<std::string> ids;
  int pages = 0;
  while (!target.empty()) {
    const auto page = nlohmann::json::parse(driver.send({.method = "GET", .target = target}).body);
    for (const auto& item : page["value"]) ids.push_back(item["connectionId"]);
    const std::string prefix = "http://" + std::string(ServiceDriver::kHost);
    target =
        page["nextLink"].is_null() ? "" : page["nextLink"].get<std::string>().substr(prefix.size());
    ++pages;
  }
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST(RestGenerateToken, IsForEntraAlone) {
  ServiceDriver driver({.entra_token = "entra"});
  const HttpResponse response = driver.send(
      {.method = "POST",
       .target = "/api/hubs/chat/:generateToken?userId=u&role=a&role=b&group=g&minutesToExpire=7",
       .token = "entra"});
  ASSERT_EQ(response.status, 200);
  const std::string token = nlohmann::json::parse(response.body)["token"];
  std::vector<std::unique_ptr<HmacKey>> keys;
  keys.push_back(std::make_unique<HmacKey>(ServiceDriver::kKey));
  const auto claims = verified_claims(token, keys);
  ASSERT_TRUE(claims.ok());
  EXPECT_EQ(claims->subject, "u");
  EXPECT_EQ(claims->roles, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claims->groups, (std::vector<std::string>{"g"}));
  EXPECT_EQ(claims->expires, ServiceDriver::kNowSeconds + 7 * 60);
  EXPECT_EQ(claims->audiences,
            (std::vector<std::string>{"http://127.0.0.1:8090/client/hubs/chat"}));
}

TEST(RestPublicUrl, IsThatOfLinks) {
  ServiceDriver driver({.public_url = "https://chat.test"});
  const TestClient one = driver.connect({.groups = {"g"}});
  const TestClient other = driver.connect({.groups = {"g"}});
  const auto page = nlohmann::json::parse(
      driver.send({.method = "GET", .target = "/api/hubs/chat/groups/g/connections?maxpagesize=1"})
          .body);
  EXPECT_TRUE(page["nextLink"].get<std::string>().starts_with(
      "https://chat.test/api/hubs/chat/groups/g/connections?"));
}

TEST(RestPublicUrl, IsThatOfTokensAskedForAndTaken) {
  ServiceDriver driver({.entra_token = "entra", .public_url = "https://chat.test"});
  const HttpResponse generated = driver.send(
      {.method = "POST", .target = "/api/hubs/chat/:generateToken?userId=u", .token = "entra"});
  const std::string token = nlohmann::json::parse(generated.body)["token"];
  std::vector<std::unique_ptr<HmacKey>> keys;
  keys.push_back(std::make_unique<HmacKey>(ServiceDriver::kKey));
  EXPECT_EQ(verified_claims(token, keys)->audiences,
            (std::vector<std::string>{"https://chat.test/client/hubs/chat"}));
  const auto status_for = [&](const std::string& host) {
    const std::string aud = host + "/api/hubs/chat/users/u?api-version=2024-12-01";
    return driver
        .send(
            {.method = "HEAD",
             .target = "/api/hubs/chat/users/u?api-version=2024-12-01",
             .token = ServiceDriver::token("{\"aud\":\"" + aud + "\",\"exp\":" +
                                           std::to_string(ServiceDriver::kNowSeconds + 60) + "}")})
        .status;
  };
  EXPECT_EQ(status_for("https://chat.test"), 404);
  EXPECT_EQ(status_for("https://other.test"), 401);
}

}  // namespace
}  // namespace awps::emulator
