// Who is answered: hosts, origins and tokens, over real sockets.

#include "admin/access.h"

#include <gtest/gtest.h>

#include "tests/admin/server_harness.h"

namespace awps::admin {
namespace {

struct Case {
  std::string name;
  std::vector<std::string> headers;
  int over_unix = 0;
  int over_tcp = 0;  // with the token
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

const Case kCases[] = {
    {"Localhost", {"Host: localhost"}, 200, 200},
    {"LocalhostInCapitals", {"Host: LOCALHOST:9464"}, 200, 200},
    {"Loopback", {"Host: 127.0.0.1:9464"}, 200, 200},
    {"OtherLoopback", {"Host: 127.8.8.8"}, 200, 200},
    {"LoopbackOfIpv6", {"Host: [::1]:9464"}, 200, 200},
    {"LoopbackOfIpv6WithoutPort", {"Host: [::1]"}, 200, 200},
    {"CurlsWord", {"Host: awpsd"}, 200, 403},
    {"AnotherSitesName", {"Host: evil.example"}, 403, 403},
    {"AnotherSitesNameWithPort", {"Host: evil.example:9464"}, 403, 403},
    {"NameThatBeginsLikeOurs", {"Host: localhost.evil.example"}, 403, 403},
    {"NameThatBeginsLikeAnAddress", {"Host: 127.0.0.1.evil.example"}, 403, 403},
    {"AnotherAddress", {"Host: 192.168.0.7:9464"}, 403, 403},
    {"Everywhere", {"Host: 0.0.0.0:9464"}, 403, 403},
    {"EmptyHost", {"Host: "}, 403, 403},
    {"TwoHosts", {"Host: localhost", "Host: evil.example"}, 400, 400},
    {"OwnOrigin", {"Host: localhost:9464", "Origin: http://localhost:9464"}, 200, 200},
    {"AnotherOrigin", {"Host: localhost:9464", "Origin: http://evil.example"}, 403, 403},
    {"AnotherPort", {"Host: localhost:9464", "Origin: http://localhost:3000"}, 403, 403},
    {"AnotherScheme", {"Host: localhost:9464", "Origin: https://localhost:9464"}, 403, 403},
    {"AnotherNameOfLoopback", {"Host: 127.0.0.1:9464", "Origin: http://localhost:9464"}, 403, 403},
    {"NoOrigin", {"Origin: null"}, 403, 403},
    {"FromOurPage", {"Sec-Fetch-Site: same-origin"}, 200, 200},
    {"FromTheAddressBar", {"Sec-Fetch-Site: none"}, 200, 200},
    {"FromAnotherPortsPage", {"Sec-Fetch-Site: same-site"}, 403, 403},
    {"FromAnotherSitesPage", {"Sec-Fetch-Site: cross-site"}, 403, 403},
    {"TwoOrigins", {"Origin: http://localhost", "Origin: http://evil.example"}, 400, 400},
};

class Sites : public testing::TestWithParam<std::tuple<Door, Case>> {};

TEST_P(Sites, AreToldApart) {
  const auto& [door, one] = GetParam();
  TestServer server(door);
  std::vector<std::string> headers = one.headers;
  if (door == Door::kTcp) headers.emplace_back(kAuthorization);
  const int expected = door == Door::kTcp ? one.over_tcp : one.over_unix;
  for (const std::string line : {"GET /status HTTP/1.1", "POST /pause HTTP/1.1"}) {
    std::vector<std::string> all = headers;
    if (line.starts_with("POST")) all.emplace_back("Content-Type: application/json");
    HttpClient client = server.client();
    const HttpAnswer answer = client.ask(request_text(line, all, line[0] == 'P' ? "{}" : ""));
    EXPECT_EQ(answer.status, expected) << line << answer.body;
    EXPECT_EQ(answer.error_code() == "forbidden", expected == 403);
  }
  EXPECT_EQ(server.service.calls().size(), expected == 200 ? 1U : 0U);
}

INSTANTIATE_TEST_SUITE_P(All, Sites,
                         testing::Combine(testing::Values(Door::kUnix, Door::kTcp),
                                          testing::ValuesIn(kCases)),
                         [](const auto& test) {
                           return std::get<1>(test.param).name +
                                  (std::get<0>(test.param) == Door::kTcp ? "OverTcp" : "OverUnix");
                         });

struct TokenCase {
  std::string name;
  std::string header;
  int status = 0;
};

std::ostream& operator<<(std::ostream& out, const TokenCase& one) {
  return out << one.name;
}

class Tokens : public testing::TestWithParam<TokenCase> {};

TEST_P(Tokens, AreDemandedOverTcp) {
  TestServer server(Door::kTcp);
  std::vector<std::string> headers;
  if (!GetParam().header.empty()) headers.push_back(GetParam().header);
  for (const std::string path :
       {"/status", "/metrics", "/readyz", "/tap?perSecond=0", "/config/diff", "/nothing"}) {
    HttpClient client = server.client();
    const HttpAnswer answer = client.ask(request_text("GET " + path + " HTTP/1.1", headers));
    EXPECT_EQ(answer.status == 401, GetParam().status == 401) << path;
    EXPECT_EQ(answer.header("www-authenticate").empty(), GetParam().status != 401) << path;
    EXPECT_EQ(answer.body.find(kToken), std::string::npos);
  }
  for (const std::string path : {"/", "/livez"}) {
    HttpClient client = server.client();
    EXPECT_EQ(client.ask(request_text("GET " + path + " HTTP/1.1", headers)).status, 200) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Tokens,
    testing::Values(
        TokenCase{"Right", "Authorization: Bearer 0123456789abcdef-token", 200},
        TokenCase{"RightWithMoreBlanks", "Authorization: bearer   0123456789abcdef-token", 200},
        TokenCase{"None", "", 401}, TokenCase{"Empty", "Authorization: Bearer ", 401},
        TokenCase{"Wrong", "Authorization: Bearer 0123456789abcdef-tokem", 401},
        TokenCase{"Shorter", "Authorization: Bearer 0123456789abcdef-toke", 401},
        TokenCase{"Longer", "Authorization: Bearer 0123456789abcdef-token1", 401},
        TokenCase{"OfAnotherScheme", "Authorization: Basic 0123456789abcdef-token", 401},
        TokenCase{"WithoutScheme", "Authorization: 0123456789abcdef-token", 401}),
    [](const auto& test) { return test.param.name; });

TEST(Page, IsReachedByALinkOfAnotherSite) {
  TestServer server(Door::kTcp);
  HttpClient client = server.client();
  EXPECT_EQ(client.ask(request_text("GET / HTTP/1.1", {"Sec-Fetch-Site: cross-site"})).status, 200);
}

TEST(Page, IsNotServedUnderAnotherSitesName) {
  TestServer server(Door::kTcp);
  HttpClient client = server.client();
  EXPECT_EQ(client.ask(request_text("GET / HTTP/1.1", {"Host: evil.example"})).status, 403);
}

TEST(Tokens, AreReplacedWithTheirFile) {
  TestServer server(Door::kTcp);
  HttpClient client = server.client();
  const std::string old_request = request_text("GET /readyz HTTP/1.1", {kAuthorization});
  const std::string new_request =
      request_text("GET /readyz HTTP/1.1", {"Authorization: Bearer a-new-token-of-24-letters"});
  EXPECT_EQ(client.ask(old_request).status, 200);

  server.folder.write("token.new", "a-new-token-of-24-letters");
  std::filesystem::rename(server.folder.file("token.new"), server.folder.file("token"));
  EXPECT_EQ(client.ask(old_request).status, 401);
  EXPECT_EQ(client.ask(new_request).status, 200);

  std::filesystem::remove(server.folder.file("token"));
  EXPECT_EQ(client.ask(new_request).status, 200) << "a writer may be half-way";
  server.folder.write("token", "short");
  EXPECT_EQ(client.ask(new_request).status, 200) << "a writer may be half-way";
  server.folder.write("token.new", kToken);
  std::filesystem::permissions(server.folder.file("token.new"), std::filesystem::perms(0644));
  std::filesystem::rename(server.folder.file("token.new"), server.folder.file("token"));
  EXPECT_EQ(client.ask(new_request).status, 200) << "others know that one";
  EXPECT_EQ(client.ask(old_request).status, 401) << "others know that one";
  server.folder.write("token", kToken);
  EXPECT_EQ(client.ask(old_request).status, 200);
  EXPECT_EQ(client.ask(new_request).status, 401);
}

}  // namespace
}  // namespace awps::admin
