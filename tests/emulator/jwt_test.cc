#include "emulator/jwt.h"

#include <gtest/gtest.h>

namespace awps::emulator {
namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr int64_t kNow = 1'800'000'000;

std::vector<std::unique_ptr<HmacKey>> keys(std::initializer_list<std::string_view> texts) {
  std::vector<std::unique_ptr<HmacKey>> made;
  for (const auto text : texts) made.push_back(std::make_unique<HmacKey>(text));
  return made;
}

TEST(Jwt, TakesTheTokenOfTheStandardsExample) {
  // jwt.io's HS256 example, signed by another implementation.
  const std::string token =
      "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
      "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
      "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
  const auto claims = verified_claims(token, keys({"your-256-bit-secret"}));
  ASSERT_TRUE(claims.ok()) << claims.error().message;
  EXPECT_EQ(claims->subject, "1234567890");
  EXPECT_EQ(claims->issued_at, 1516239022);
}

TEST(Jwt, TakesEitherKey) {
  const std::string token = signed_token(R"({"exp":1})", HmacKey("second"));
  EXPECT_TRUE(verified_claims(token, keys({"first", "second"})).ok());
  EXPECT_EQ(verified_claims(token, keys({"first"})).error().message, "The signature is invalid");
}

TEST(Jwt, RefusesWhatIsNoToken) {
  const std::string token = signed_token("{}", HmacKey(kKey));
  for (const std::string& bad :
       {std::string("x"), std::string("a.b.c"), token + "x", token + ".x"}) {
    EXPECT_FALSE(verified_claims(bad, keys({kKey})).ok()) << bad;
  }
}

TEST(Jwt, RefusesOtherAlgorithms) {
  const std::string payload = base64url_encode(R"({"exp":9999999999})");
  const std::string token = base64url_encode(R"({"alg":"none"})") + "." + payload + ".";
  EXPECT_EQ(verified_claims(token, keys({kKey})).error().message,
            "The signature algorithm is not HS256");
}

TEST(Jwt, ReadsOneOrManyValues) {
  const auto claims = verified_claims(
      signed_token(R"({"aud":["a","b"],"role":"r","webpubsub.group":["g","h"]})", HmacKey(kKey)),
      keys({kKey}));
  EXPECT_EQ(claims->audiences, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claims->roles, (std::vector<std::string>{"r"}));
  EXPECT_EQ(claims->groups, (std::vector<std::string>{"g", "h"}));
}

struct TimeRow {
  std::string_view name;
  std::optional<int64_t> expires;
  std::optional<int64_t> not_before;
  std::optional<int64_t> issued_at;
  bool is_valid;
};

class JwtTimes : public testing::TestWithParam<TimeRow> {};

TEST_P(JwtTimes, AllowFiveMinutesOfSkew) {
  Claims claims;
  claims.expires = GetParam().expires;
  claims.not_before = GetParam().not_before;
  claims.issued_at = GetParam().issued_at;
  EXPECT_EQ(check_times(claims, kNow).ok(), GetParam().is_valid);
}

INSTANTIATE_TEST_SUITE_P(
    Jwt, JwtTimes,
    testing::Values(TimeRow{"fresh", kNow + 60, {}, {}, true},
                    TimeRow{"withoutExpiry", {}, {}, {}, false},
                    TimeRow{"expiredWithinSkew", kNow - 299, {}, {}, true},
                    TimeRow{"expired", kNow - 300, {}, {}, false},
                    TimeRow{"notYetWithinSkew", kNow + 900, kNow + 300, {}, true},
                    TimeRow{"notYet", kNow + 900, kNow + 301, {}, false},
                    TimeRow{"issuedInTheFuture", kNow + 900, {}, kNow + 301, false}),
    [](const auto& row) { return std::string(row.param.name); });

struct AudienceRow {
  std::string_view name;
  std::string audience;
  std::string_view path;
  bool matches;
};

class Audience : public testing::TestWithParam<AudienceRow> {};

TEST_P(Audience, IsTheRequestsUrl) {
  Claims claims;
  claims.audiences = {GetParam().audience};
  EXPECT_EQ(audience_matches(
                claims, {.host = "Host:8090", .raw_path = GetParam().path, .schemes = {"http"}}),
            GetParam().matches);
}

constexpr std::string_view kSend = "/api/hubs/h/:send";

INSTANTIATE_TEST_SUITE_P(
    Jwt, Audience,
    testing::Values(
        AudienceRow{"path", "http://host:8090/api/hubs/h/:send", kSend, true},
        AudienceRow{"withQuery", "http://HOST:8090/api/hubs/h/:send?api-version=1&x=%20", kSend,
                    true},
        AudienceRow{"prefix", "http://host:8090/api/hubs/h", kSend, false},
        AudienceRow{"endpoint", "http://host:8090", kSend, false},
        AudienceRow{"trailingSlash", "http://host:8090/api/hubs/h/:send/", kSend, false},
        AudienceRow{"otherHost", "http://host:8091/api/hubs/h/:send", kSend, false},
        AudienceRow{"otherScheme", "https://host:8090/api/hubs/h/:send", kSend, false},
        AudienceRow{"pathIsCaseSensitive", "http://host:8090/api/hubs/H/:send", kSend, false},
        AudienceRow{"encoded", "http://host:8090/a%20b", "/a%20b", true},
        AudienceRow{"decoded", "http://host:8090/a b", "/a%20b", true},
        AudienceRow{"encodedSlash", "http://host:8090/a%2Fb", "/a%2Fb", true},
        AudienceRow{"slashAndBlankEncoded", "http://host:8090/a%2Fb%20c", "/a%2Fb%20c", false},
        AudienceRow{"slashEncodedBlankNot", "http://host:8090/a%2Fb c", "/a%2Fb%20c", true},
        AudienceRow{"noUrl", "h", kSend, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Jwt, AudienceMayBeThePublicUrl) {
  const auto matches = [](std::string_view audience, std::string_view public_url) {
    Claims claims;
    claims.audiences = {std::string(audience)};
    return audience_matches(claims, {.host = "127.0.0.1:8090",
                                     .raw_path = kSend,
                                     .schemes = {"http"},
                                     .public_url = public_url});
  };
  EXPECT_TRUE(matches("https://chat.test/api/hubs/h/:send?x=1", "https://chat.test"));
  EXPECT_TRUE(matches("HTTPS://Chat.Test:443/api/hubs/h/:send", "https://chat.test"));
  EXPECT_TRUE(matches("http://127.0.0.1:8090/api/hubs/h/:send", "https://chat.test"));
  EXPECT_TRUE(matches("https://chat.test:444/api/hubs/h/:send", "https://chat.test:444"));
  EXPECT_FALSE(matches("https://chat.test:444/api/hubs/h/:send", "https://chat.test"));
  EXPECT_FALSE(matches("http://chat.test/api/hubs/h/:send", "https://chat.test"));
  EXPECT_FALSE(matches("wss://chat.test/api/hubs/h/:send", "https://chat.test"));
  EXPECT_FALSE(matches("https://chat.test", "https://chat.test"));
  EXPECT_FALSE(matches("https://chat.test/api/hubs/h", "https://chat.test"));
  EXPECT_FALSE(matches("https://chat.test/api/hubs/h/:send", ""));
}

TEST(TokenCache, ForgetsTokensOfKeysThatAreGone) {
  TokenCache cache(2);
  cache.set_keys({std::string(kKey)});
  const std::string token = signed_token(R"({"sub":"u"})", HmacKey(kKey));
  std::string error;
  ASSERT_NE(cache.verify(token, error), nullptr);
  ASSERT_NE(cache.verify(token, error), nullptr);
  cache.set_keys({"another key, another key, another"});
  EXPECT_EQ(cache.verify(token, error), nullptr);
  EXPECT_EQ(error, "The signature is invalid");
}

TEST(TokenCache, ServesMoreTokensThanItKeeps) {
  TokenCache cache(2);
  cache.set_keys({std::string(kKey)});
  std::string error;
  for (int i = 0; i < 10; ++i) {
    const std::string user = std::to_string(i);
    const Claims* claims =
        cache.verify(signed_token(R"({"sub":")" + user + R"("})", HmacKey(kKey)), error);
    ASSERT_NE(claims, nullptr);
    EXPECT_EQ(claims->subject, user);
  }
}

}  // namespace
}  // namespace awps::emulator
