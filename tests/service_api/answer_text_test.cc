#include "service_api/answer_text.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

HttpResponse answer(int status, std::string body, std::string code = "") {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  response.error_code = std::move(code);
  return response;
}

TEST(Describe, NamesStatusCodeAndMessage) {
  EXPECT_EQ(describe(answer(409, R"({"code":"Error.Connection.Conflict","message":"Too many."})")),
            "HTTP 409 Error.Connection.Conflict: Too many.");
}

TEST(Describe, PrefersTheHeadersCode) {
  EXPECT_EQ(describe(answer(409, R"({"code":"B"})", "A")), R"(HTTP 409 A: {"code":"B"})");
}

TEST(Describe, IsShortWhereNothingWasSaid) {
  EXPECT_EQ(describe(answer(500, "")), "HTTP 500");
}

TEST(Describe, ExplainsAMissingTargetName) {
  const std::string text = describe(
      answer(400, R"({"code":"Error.BadRequest","message":"The targetName field is required."})"));
  EXPECT_NE(text.find("name the group"), std::string::npos) << text;
}

TEST(Describe, SaysWhereToLook) {
  EXPECT_NE(describe(answer(401, "")).find("clock"), std::string::npos);
  EXPECT_NE(describe(answer(403, "", "Error.Forbidden")).find("Service Owner"), std::string::npos);
  EXPECT_NE(describe(answer(403, "")).find("network rules"), std::string::npos);
  EXPECT_NE(describe(answer(404, "")).find("endpoint"), std::string::npos);
  EXPECT_NE(describe(answer(413, "")).find("1 MiB"), std::string::npos);
}

TEST(Describe, TellsWhatBecameOfTheConnection) {
  HttpResponse response;
  response.error = TransportError::kConnect;
  response.error_text = "Connection refused";
  EXPECT_EQ(describe(response), "no connection to the service: Connection refused");
  response.error = TransportError::kTimeout;
  response.error_text = "";
  EXPECT_EQ(describe(response), "no answer in time");
}

HttpResponse refused(int status, std::string challenge, std::optional<Duration> skew = {}) {
  HttpResponse response = answer(status, "");
  response.www_authenticate = std::move(challenge);
  response.clock_skew = skew;
  return response;
}

TEST(Describe, SaysWhatTheChallengeSays) {
  EXPECT_EQ(describe(refused(401, R"(Bearer error="invalid_token", )"
                                  R"(error_description="The audience is \"invalid\"")")),
            "HTTP 401: The audience is \"invalid\" (the access key or identity is rejected: check "
            "the connection and this machine's clock)");
  EXPECT_TRUE(describe(refused(401, "Bearer error=invalid_token, realm=x"))
                  .starts_with("HTTP 401: invalid_token ("));
  EXPECT_TRUE(describe(refused(401, R"(Basic realm="Squid")"))
                  .starts_with(R"(HTTP 401: Basic realm="Squid" ()"));
  EXPECT_TRUE(describe(refused(401, "Bearer")).starts_with("HTTP 401 ("));
  EXPECT_TRUE(
      describe(refused(401, R"(Bearer error_description="cut)")).starts_with("HTTP 401: cut ("));
}

TEST(Describe, KeepsWhatEntraSays) {
  const std::string text = describe(
      answer(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid."})"));
  EXPECT_TRUE(text.starts_with("HTTP 401: AADSTS7000215: Invalid. (")) << text;
}

struct ClockCase {
  const char* name;
  int status;
  Duration skew;
  std::string_view said;
};

class ClockTest : public testing::TestWithParam<ClockCase> {};

TEST_P(ClockTest, IsNamedWhereItIsMinutesOff) {
  const ClockCase& row = GetParam();
  const std::string text = describe(refused(row.status, "", row.skew));
  EXPECT_EQ(text.find("clock") != text.npos, !row.said.empty()) << text;
  EXPECT_NE(text.find(row.said), text.npos) << text;
}

INSTANTIATE_TEST_SUITE_P(
    Skews, ClockTest,
    testing::Values(ClockCase{"Behind", 401, std::chrono::seconds(1200),
                              "this machine's clock is 20 min behind the service's: check NTP"},
                    ClockCase{"Ahead", 403, std::chrono::seconds(-125),
                              "this machine's clock is 2 min ahead of the service's: check NTP"},
                    ClockCase{"Hours", 401, std::chrono::hours(5), "5 h behind"},
                    ClockCase{"Days", 401, std::chrono::hours(24 * 3650), "3650 days behind"},
                    ClockCase{"Right", 401, std::chrono::seconds(0), ""},
                    ClockCase{"NearlyRight", 401, std::chrono::seconds(-120), ""},
                    ClockCase{"OfNoConcern", 500, std::chrono::hours(5), ""}),
    [](const auto& row) { return row.param.name; });

TEST(Describe, NamesWhereItPointsTo) {
  HttpResponse response = answer(302, "<html>moved</html>");
  response.location = "https://ann:secret@login.test/in?token=abc#x";
  EXPECT_EQ(describe(response),
            "HTTP 302: it points to 'https://login.test/in'; <html>moved</html> (this is not the "
            "service's address: see the endpoint and its path)");
  response.location = "/elsewhere?code=abc";
  EXPECT_TRUE(describe(response).starts_with("HTTP 302: it points to '/elsewhere';"));
  response.status = 401;
  EXPECT_EQ(describe(response).find("elsewhere"), std::string::npos);
}

TEST(Describe, SaysThatEveryRequestIsRefused) {
  const std::string text =
      describe(answer(400, R"({"errors":{"hub":["The field hub must match."]},"title":"T"})"));
  EXPECT_EQ(text,
            "HTTP 400: The field hub must match. (every request carries this: check the hub's "
            "name and service.api_version)");
}

struct SecretCase {
  const char* name;
  std::string_view text;
  std::string_view shown;
};

class SecretTest : public testing::TestWithParam<SecretCase> {};

TEST_P(SecretTest, IsNotShown) {
  const std::string text(GetParam().text);
  EXPECT_EQ(describe(answer(500, text)), "HTTP 500: " + std::string(GetParam().shown));
  EXPECT_EQ(readable_body(answer(500, text)), GetParam().shown);
  EXPECT_EQ(describe(answer(500, "", text)), "HTTP 500 " + std::string(GetParam().shown));
  const std::string challenge = "Bearer error_description=\"" + text + "\"";
  EXPECT_TRUE(describe(refused(401, challenge))
                  .starts_with("HTTP 401: " + std::string(GetParam().shown) + " ("));
}

INSTANTIATE_TEST_SUITE_P(
    Tokens, SecretTest,
    testing::Values(SecretCase{"Jwt", "the token 'eyJhbGciOiJIUzI1NiJ9.eyJhdWQ.x_-y' is old",
                               "the token '***' is old"},
                    SecretCase{"JwtInAValue", "a=1&t=eyJhbGciOiJIUzI1NiJ9.eyJhdWQ.xy&b",
                               "a=1&t=***&b"},
                    SecretCase{"Cut", "eyJhbGciOiJIUzI1NiJ9.eyJhdWQ", "***"},
                    SecretCase{"Opaque", "Authorization: bearer 0123456789abcdefghij/+== no",
                               "Authorization: bearer *** no"},
                    SecretCase{"TheWordAlone", "Bearer tokens of eyJ are short",
                               "Bearer tokens of eyJ are short"}),
    [](const auto& row) { return row.param.name; });

TEST(Describe, IsBounded) {
  const std::string text =
      describe(answer(413, std::string(1UL << 20, 'x'), std::string(9999, 'c')));
  EXPECT_LE(text.size(), 2048U);
  EXPECT_NE(text.find("…"), std::string::npos);
  EXPECT_TRUE(text.ends_with("(the service takes messages of at most 1 MiB)"));
}

struct ForeignText {
  const char* name;
  std::string_view body;
  std::string_view shown;
};

class ForeignTextTest : public testing::TestWithParam<ForeignText> {};

TEST_P(ForeignTextTest, IsMadeReadable) {
  EXPECT_EQ(describe(answer(500, std::string(GetParam().body))),
            "HTTP 500: " + std::string(GetParam().shown));
}

INSTANTIATE_TEST_SUITE_P(Bodies, ForeignTextTest,
                         testing::Values(ForeignText{"Utf8", "é日😀", "é日😀"},
                                         ForeignText{"Controls",
                                                     "a\r\n\x7f"
                                                     "b",
                                                     "a   b"},
                                         ForeignText{"Latin1", "caf\xe9!", "caf?!"},
                                         ForeignText{"Overlong", "\xc0\xaf", "??"},
                                         ForeignText{"OverlongThree", "\xe0\x80\xaf", "???"},
                                         ForeignText{"Surrogate", "\xed\xa0\x80", "???"},
                                         ForeignText{"BeyondUnicode", "\xf4\x90\x80\x80", "????"},
                                         ForeignText{"CutSequence", "a\xf0\x9f\x98", "a???"}),
                         [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace awps
