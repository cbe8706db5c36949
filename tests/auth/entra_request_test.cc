#include "auth/entra_request.h"

#include "tests/support/test_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr WallTime kNow = WallTime(seconds(1795507200));

const EntraIdentity kSecret{.flow = EntraFlow::kClientSecret,
                            .url = "https://login.example/t/oauth2/v2.0/token",
                            .client_id = "c",
                            .client_secret = "s3c~ret/+&"};
const EntraIdentity kWorkload{.flow = EntraFlow::kFederatedToken,
                              .url = "https://login.example/t/oauth2/v2.0/token",
                              .client_id = "c",
                              .token_file = "/t"};
const EntraIdentity kImds{.flow = EntraFlow::kInstanceMetadata,
                          .url = "http://169.254.169.254/metadata/identity/oauth2/token"};
const EntraIdentity kImdsByResource{.flow = EntraFlow::kInstanceMetadata,
                                    .url = kImds.url,
                                    .managed_parameter = "msi_res_id",
                                    .managed_name = "/subscriptions/a b"};
const EntraIdentity kApp{.flow = EntraFlow::kAppService,
                         .url = "http://127.0.0.1:41741/msi/token/",
                         .managed_parameter = "client_id",
                         .managed_name = "c",
                         .identity_header = "h3ader"};
const EntraIdentity kSecretOfChina{.flow = EntraFlow::kClientSecret,
                                   .url = "https://login.example/t/oauth2/v2.0/token",
                                   .scope = "https://webpubsub.azure.cn/.default",
                                   .client_id = "c",
                                   .client_secret = "s"};
const EntraIdentity kImdsOfChina{.flow = EntraFlow::kInstanceMetadata,
                                 .url = kImds.url,
                                 .scope = "https://webpubsub.azure.cn/.default"};

struct RequestRow {
  const char* name;
  EntraIdentity identity;
  std::string_view url;
  std::string_view body;
  std::string_view header;
};

class TokenRequestTest : public testing::TestWithParam<RequestRow> {};

TEST_P(TokenRequestTest, IsWhatMicrosoftsLibrariesSend) {
  const RequestRow& row = GetParam();
  const EntraTokenRequest request = token_request(row.identity, "as.ser-t/ion");
  EXPECT_EQ(request.url, row.url);
  EXPECT_EQ(request.body, row.body);
  EXPECT_EQ(request.header, row.header);
  EXPECT_EQ(name_of(request.method), row.body.empty() ? "GET" : "POST");
  EXPECT_EQ(request.content_type,
            row.body.empty() ? "" : "application/x-www-form-urlencoded;charset=utf-8");
}

INSTANTIATE_TEST_SUITE_P(
    Flows, TokenRequestTest,
    testing::Values(
        RequestRow{"ClientSecret", kSecret, "https://login.example/t/oauth2/v2.0/token",
                   "client_id=c&scope=https%3A%2F%2Fwebpubsub.azure.com%2F.default"
                   "&grant_type=client_credentials&client_secret=s3c~ret%2F%2B%26",
                   ""},
        RequestRow{"WorkloadIdentity", kWorkload, "https://login.example/t/oauth2/v2.0/token",
                   "client_id=c&scope=https%3A%2F%2Fwebpubsub.azure.com%2F.default"
                   "&grant_type=client_credentials&client_assertion=as.ser-t%2Fion"
                   "&client_assertion_type="
                   "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
                   ""},
        RequestRow{"InstanceMetadata", kImds,
                   "http://169.254.169.254/metadata/identity/oauth2/token"
                   "?api-version=2018-02-01&resource=https%3A%2F%2Fwebpubsub.azure.com",
                   "", "Metadata: true"},
        RequestRow{"InstanceMetadataByResource", kImdsByResource,
                   "http://169.254.169.254/metadata/identity/oauth2/token"
                   "?api-version=2018-02-01&resource=https%3A%2F%2Fwebpubsub.azure.com"
                   "&msi_res_id=%2Fsubscriptions%2Fa%20b",
                   "", "Metadata: true"},
        RequestRow{"OtherScope", kSecretOfChina, "https://login.example/t/oauth2/v2.0/token",
                   "client_id=c&scope=https%3A%2F%2Fwebpubsub.azure.cn%2F.default"
                   "&grant_type=client_credentials&client_secret=s",
                   ""},
        RequestRow{"ResourceOfOtherScope", kImdsOfChina,
                   "http://169.254.169.254/metadata/identity/oauth2/token"
                   "?api-version=2018-02-01&resource=https%3A%2F%2Fwebpubsub.azure.cn",
                   "", "Metadata: true"},
        RequestRow{"AppService", kApp,
                   "http://127.0.0.1:41741/msi/token/"
                   "?api-version=2019-08-01&resource=https%3A%2F%2Fwebpubsub.azure.com&client_id=c",
                   "", "X-IDENTITY-HEADER: h3ader"}),
    [](const auto& row) { return row.param.name; });

struct GrantRow {
  const char* name;
  EntraIdentity identity;
  std::string_view body;
  Duration life;
  std::optional<Duration> refresh_in = std::nullopt;
};

class TokenGrantTest : public testing::TestWithParam<GrantRow> {};

TEST_P(TokenGrantTest, IsReadFromTheAnswer) {
  const Result<TokenGrant, TokenFailure> grant = read_token_answer(
      GetParam().identity, "", {.status = 200, .body = std::string(GetParam().body)}, kNow);
  ASSERT_TRUE(grant.ok()) << grant.error().message;
  EXPECT_EQ(*grant, (TokenGrant{"t.o-k_e~n", GetParam().life, GetParam().refresh_in}));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, TokenGrantTest,
    testing::Values(
        GrantRow{"Application", kSecret,
                 R"({"token_type":"Bearer","expires_in":3600,"ext_expires_in":3600,)"
                 R"("access_token":"t.o-k_e~n"})",
                 hours(1)},
        GrantRow{"ExpiryAsText", kSecret, R"({"expires_in":"3599","access_token":"t.o-k_e~n"})",
                 seconds(3599)},
        GrantRow{"RefreshIn", kSecret,
                 R"({"expires_in":86400,"refresh_in":43200,"access_token":"t.o-k_e~n"})", hours(24),
                 hours(12)},
        GrantRow{"ManagedCountsToExpiresOn", kImds,
                 R"({"access_token":"t.o-k_e~n","expires_on":"1795510800","expires_in":"86400",)"
                 R"("resource":"https://webpubsub.azure.com","token_type":"Bearer"})",
                 hours(1)},
        GrantRow{"ManagedAsNumber", kApp, R"({"access_token":"t.o-k_e~n","expires_on":1795510800})",
                 hours(1)},
        GrantRow{"ManagedByADateThatIsNotRead", kApp,
                 R"({"access_token":"t.o-k_e~n","expires_on":"06/20/2026 02:57:58 +00:00",)"
                 R"("expires_in":"60"})",
                 seconds(60)},
        GrantRow{"ApplicationsClockDoesNotMatter", kSecret,
                 R"({"access_token":"t.o-k_e~n","expires_on":"5","expires_in":60})", seconds(60)},
        GrantRow{"LongerThanAWeek", kSecret,
                 R"({"access_token":"t.o-k_e~n","expires_in":8999999999})", hours(24 * 7)}),
    [](const auto& row) { return row.param.name; });

struct FailureRow {
  const char* name;
  EntraIdentity identity;
  HttpResponse response;
  std::vector<std::string_view> words;
};

HttpResponse answer(int status, std::string body, std::string content_type = "application/json") {
  HttpResponse response;
  response.status = status;
  response.content_type = std::move(content_type);
  response.body = std::move(body);
  return response;
}

class TokenFailureTest : public testing::TestWithParam<FailureRow> {};

TEST_P(TokenFailureTest, SaysWhatWasAskedAndWhatFollows) {
  const Result<TokenGrant, TokenFailure> grant =
      read_token_answer(GetParam().identity, "as.ser-t/ion", GetParam().response, kNow);
  ASSERT_FALSE(grant.ok());
  const std::string& message = grant.error().message;
  EXPECT_NE(message.find("ask " + GetParam().identity.url), std::string::npos) << message;
  for (const std::string_view word : GetParam().words) {
    EXPECT_NE(message.find(word), std::string::npos) << message;
  }
  for (const std::string_view secret :
       {"s3c~ret/+&", "s3c~ret%2F%2B%26", "h3ader", "as.ser-t/ion", "\n", "<html>", "t.o-k_e~n"}) {
    EXPECT_EQ(message.find(secret), std::string::npos) << message;
  }
  EXPECT_LE(message.size(), 1200U);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, TokenFailureTest,
    testing::Values(
        FailureRow{
            "WrongSecret",
            kSecret,
            answer(401, R"({"error":"invalid_client","error_description":)"
                        R"("AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 1"})"),
            {"by client secret: HTTP 401 invalid_client: AADSTS7000215", "Trace ID: 1",
             "check tenantId, clientId and clientSecret"}},
        FailureRow{"SecretQuoted",
                   kSecret,
                   answer(400, R"({"error":"x","error_description":)"
                               R"("bad 's3c~ret/+&' in client_secret=s3c~ret%2F%2B%26"})"),
                   {"bad '***' in client_secret=***"}},
        FailureRow{"AssertionQuoted",
                   kWorkload,
                   answer(400, R"({"error":"as.ser-t/ion","error_description":"as.ser-t/ion"})"),
                   {"HTTP 400 ***: ***", "federated credential"}},
        FailureRow{"HeaderQuoted", kApp, answer(403, R"({"error":"h3ader"})"), {"HTTP 403 ***"}},
        FailureRow{"NoManagedIdentity",
                   kImds,
                   answer(400, R"({"error":"invalid_request",)"
                               R"("error_description":"Identity not found"})"),
                   {"Identity not found", "assign the managed identity to this machine"}},
        FailureRow{"AppServicesForm",
                   kApp,
                   answer(400, R"({"statusCode":400,"message":"No Managed Identity found"})"),
                   {"HTTP 400: No Managed Identity found"}},
        FailureRow{"NestedForm",
                   kApp,
                   answer(500, R"({"error":{"code":"Oops","message":"later"}})"),
                   {"HTTP 500 Oops: later"}},
        FailureRow{"Html",
                   kSecret,
                   answer(503, "<html>", "text/html"),
                   {"HTTP 503 without the JSON of an error, but text/html"}},
        FailureRow{"HtmlOfAPortal",
                   kSecret,
                   answer(200, "<html>", "text/html"),
                   {"the answer holds no access_token"}},
        FailureRow{"Empty", kSecret, answer(200, ""), {"the answer holds no access_token"}},
        FailureRow{"EmptyError", kSecret, answer(500, "", ""), {"HTTP 500 without the JSON"}},
        FailureRow{"Redirect", kSecret, answer(302, "", ""), {"HTTP 302 without"}},
        FailureRow{"Array", kSecret, answer(200, "[]"), {"the answer holds no access_token"}},
        FailureRow{"CutShort",
                   kSecret,
                   answer(200, R"({"access_token":"t.o)"),
                   {"the answer holds no access_token"}},
        FailureRow{"TokenOfTwoLines",
                   kSecret,
                   answer(200, R"({"expires_in":60,"access_token":"t.o-k_e~n\r\nX: y"})"),
                   {"characters that no token has"}},
        FailureRow{"NoExpiry",
                   kSecret,
                   answer(200, R"({"access_token":"t.o-k_e~n"})"),
                   {"does not say when its token expires"}},
        FailureRow{"NegativeExpiry",
                   kSecret,
                   answer(200, R"({"access_token":"t.o-k_e~n","expires_in":-1})"),
                   {"does not say when its token expires"}},
        FailureRow{"ExpiredAlready",
                   kImds,
                   answer(200, R"({"access_token":"t.o-k_e~n","expires_on":"1795507200"})"),
                   {"expired already: check this machine's clock"}},
        FailureRow{
            "LongWords",
            kSecret,
            answer(400, R"({"error":"x","error_description":")" + std::string(5000, 'a') + "\"}"),
            {"aaa…"}},
        FailureRow{"NotReached",
                   kImds,
                   {.error = TransportError::kConnect, .error_text = "Connection refused"},
                   {"no answer (connect: Connection refused)", "may have no managed identity"}}),
    [](const auto& row) { return row.param.name; });

TEST(ReadTokenAnswer, KeepsWhatTheAnswerAsksToWait) {
  HttpResponse response = answer(429, "");
  response.retry_after = seconds(7);
  EXPECT_EQ(read_token_answer(kSecret, "", response, kNow).error().retry_after, seconds(7));
}

TEST(ReadAssertion, ReadsTheFileEachTime) {
  const TestFolder folder;
  const std::string path = folder.file("assertion");
  EntraIdentity identity = kWorkload;
  identity.token_file = path;
  std::ofstream(path) << "one\n";
  EXPECT_EQ(*read_assertion(identity), "one");
  std::ofstream(path) << " two \r\n";
  EXPECT_EQ(*read_assertion(identity), "two");
  std::ofstream(path, std::ios::trunc) << "\n";
  EXPECT_EQ(read_assertion(identity).error().message,
            "the federated token: '" + path + "' is empty");
  std::filesystem::remove(path);
  EXPECT_NE(read_assertion(identity).error().message.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace awps
