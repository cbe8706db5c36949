#include "gateway/bearer.h"

#include <gtest/gtest.h>

#include "auth/token_cache.h"
#include "gateway/audience.h"

namespace awps {
namespace {

constexpr std::chrono::sys_seconds kNow{std::chrono::seconds(1'800'000'000)};
const std::string kServiceKey = "the-service-key-of-32-characters";
const std::string kSecondKey = "the-secondary-key-32-characters!";
const std::string kOwnKey = "a-key-of-the-machine-32-letters!";
constexpr std::string_view kTarget = "/api/hubs/chat/:send?api-version=2024-12-01";
const std::string kServiceAudience = "https://svc.example/api/hubs/chat/:send";

BearerRules rules() {
  return {.service_keys = {kServiceKey, kSecondKey},
          .own_keys = {{"machine", kOwnKey}},
          .service_url = "https://svc.example"};
}

std::string base64(std::string_view text) {
  return base64url_encode(text);
}

/// A token whose parts are these texts.
std::string token(std::string_view header, std::string_view claims, const std::string& key) {
  std::string text = base64(header) + "." + base64(claims);
  const Sha256Digest digest = HmacKey(key).sign(text);
  return text + "." + base64(as_view(digest));
}

constexpr std::string_view kHeader = R"({"alg":"HS256"})";

std::string claims(std::string_view audience, int64_t expires = 60) {
  return R"({"aud":")" + std::string(audience) + R"(","exp":)" +
         std::to_string(kNow.time_since_epoch().count() + expires) + "}";
}

Result<Caller, BearerFault> check(std::string_view authorization, const BearerRules& with = rules(),
                                  std::string_view target = kTarget) {
  BearerCheck bearer(with);
  return bearer.check(authorization, {.path_and_query = target, .host = "gw.example:8089"}, kNow);
}

std::string bearer(const std::string& of) {
  return "Bearer " + of;
}

TEST(Bearer, ATokenAsOurSideSignsItIsTaken) {
  std::string text = "bEaReR ";
  append_jwt(text, HmacKey(kServiceKey), kServiceAudience, kNow, kNow + std::chrono::hours(1));
  const auto caller = check(text);
  ASSERT_TRUE(caller) << caller.error().description;
  EXPECT_EQ(caller->kind, Caller::Kind::kServiceKey);
  EXPECT_EQ(caller->id, "service");
  EXPECT_TRUE(caller->audience_is_services);
}

TEST(Bearer, BothKeysOfTheServiceAreOneCaller) {
  const auto caller = check(bearer(token(kHeader, claims(kServiceAudience), kSecondKey)));
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->id, "service");
}

TEST(Bearer, AnOwnKeyIsKnownByItsName) {
  const std::string audience = "http://GW.example:8089/api/hubs/chat/:send?x=y";
  const auto caller = check(bearer(token(kHeader, claims(audience), kOwnKey)));
  ASSERT_TRUE(caller) << caller.error().description;
  EXPECT_EQ(caller->kind, Caller::Kind::kOwnKey);
  EXPECT_EQ(caller->id, "key machine");
  EXPECT_FALSE(caller->audience_is_services);
}

TEST(Bearer, WithoutKeysNobodyIsTaken) {
  const BearerRules none{.service_url = "https://svc.example"};
  const auto caller = check(bearer(token(kHeader, claims(kServiceAudience), kServiceKey)), none);
  ASSERT_FALSE(caller);
  EXPECT_EQ(caller.error().reason, BearerReason::kSignature);
}

struct FaultRow {
  const char* name;
  std::string authorization;
  BearerReason reason;
};

class RefusedBearer : public testing::TestWithParam<FaultRow> {};

TEST_P(RefusedBearer, IsRefusedForThisReason) {
  const auto caller = check(GetParam().authorization);
  ASSERT_FALSE(caller);
  EXPECT_EQ(name_of(caller.error().reason), name_of(GetParam().reason));
  EXPECT_EQ(caller.error().description.find('"'), std::string::npos);
}

std::string of_claims(std::string_view text) {
  return bearer(token(kHeader, text, kServiceKey));
}

std::string of_header(std::string_view text) {
  return bearer(token(text, claims(kServiceAudience), kServiceKey));
}

std::string timed(const std::string& more) {
  return of_claims(R"({"aud":")" + kServiceAudience + R"(",)" + more + "}");
}

const std::string kGood = token(kHeader, claims(kServiceAudience), kServiceKey);

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedBearer,
    testing::Values(
        FaultRow{"None", "", BearerReason::kMissing},
        FaultRow{"Basic", "Basic eDp5", BearerReason::kMissing},
        FaultRow{"NoBlank", "Bearer" + kGood, BearerReason::kMissing},
        FaultRow{"NoToken", "Bearer ", BearerReason::kMissing},
        FaultRow{"TwoParts", "Bearer a.b", BearerReason::kMalformed},
        FaultRow{"FourParts", bearer(kGood) + ".x", BearerReason::kMalformed},
        FaultRow{"EmptySignature", bearer(kGood.substr(0, kGood.rfind('.') + 1)),
                 BearerReason::kMalformed},
        FaultRow{"HeaderIsNoJson", of_header("{"), BearerReason::kMalformed},
        FaultRow{"HeaderIsNoObject", of_header("[]"), BearerReason::kMalformed},
        FaultRow{"NoAlgorithm", of_header("{}"), BearerReason::kMalformed},
        FaultRow{"TwoAlgorithms", of_header(R"({"alg":"HS256","alg":"none"})"),
                 BearerReason::kMalformed},
        FaultRow{"Critical", of_header(R"({"alg":"HS256","crit":["exp"]})"),
                 BearerReason::kMalformed},
        FaultRow{"NoneAsAlgorithm", of_header(R"({"alg":"none"})"), BearerReason::kAlgorithm},
        FaultRow{"LowerCase", of_header(R"({"alg":"hs256"})"), BearerReason::kAlgorithm},
        FaultRow{"LongerHash", of_header(R"({"alg":"HS512"})"), BearerReason::kAlgorithm},
        FaultRow{"Entra", of_header(R"({"alg":"RS256"})"), BearerReason::kAlgorithm},
        FaultRow{"OtherKey", bearer(token(kHeader, claims(kServiceAudience), std::string(32, 'x'))),
                 BearerReason::kSignature},
        FaultRow{"ShortSignature", bearer(kGood.substr(0, kGood.size() - 4)),
                 BearerReason::kSignature},
        FaultRow{"OtherClaims",
                 bearer(base64(kHeader) + "." + base64(claims(kServiceAudience, 61)) +
                        kGood.substr(kGood.rfind('.'))),
                 BearerReason::kSignature},
        FaultRow{"ClaimsAreNoJson", of_claims("x"), BearerReason::kMalformed},
        FaultRow{"NoExpiry", of_claims(R"({"aud":")" + kServiceAudience + R"("})"),
                 BearerReason::kExpired},
        FaultRow{"ExpiryInWords", timed(R"("exp":"1800000060")"), BearerReason::kMalformed},
        FaultRow{"ExpiryBeyondADouble", timed(R"("exp":1e999)"), BearerReason::kMalformed},
        FaultRow{"TwoExpiries", timed(R"("exp":1800000060,"exp":1800000061)"),
                 BearerReason::kMalformed},
        FaultRow{"TwoAudiences", timed(R"("exp":1800000060,"aud":")" + kServiceAudience + R"(")"),
                 BearerReason::kMalformed},
        FaultRow{"Expired", timed(R"("exp":1799999700)"), BearerReason::kExpired},
        FaultRow{"NotYet", timed(R"("exp":1800009999,"nbf":1800000301)"), BearerReason::kExpired},
        FaultRow{"IssuedLater", timed(R"("exp":1800009999,"iat":1800000301)"),
                 BearerReason::kExpired},
        FaultRow{"NotBeforeInWords", timed(R"("exp":1800009999,"nbf":"x")"),
                 BearerReason::kMalformed},
        FaultRow{"NoAudience", of_claims(R"({"exp":1800000060})"), BearerReason::kAudience},
        FaultRow{"AudienceIsANumber", of_claims(R"({"aud":1,"exp":1800000060})"),
                 BearerReason::kMalformed},
        FaultRow{"OtherHub", of_claims(claims("https://svc.example/api/hubs/other/:send")),
                 BearerReason::kAudience},
        FaultRow{"PrefixOfThePath", of_claims(claims("https://svc.example/api/hubs/chat")),
                 BearerReason::kAudience},
        FaultRow{"EndpointAlone", of_claims(claims("https://svc.example")),
                 BearerReason::kAudience},
        FaultRow{"OtherHost", of_claims(claims("https://evil.example/api/hubs/chat/:send")),
                 BearerReason::kAudience},
        FaultRow{"OtherScheme", of_claims(claims("http://svc.example/api/hubs/chat/:send")),
                 BearerReason::kAudience}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Bearer, ClocksMayDifferByFiveMinutes) {
  EXPECT_TRUE(check(timed(R"("exp":1799999701)")));
  EXPECT_TRUE(check(timed(R"("exp":1800009999.5,"nbf":1800000300,"iat":1800000300)")));
  // Beside a number that no integer holds.
  EXPECT_TRUE(check(timed(R"("jti":123456789012345678901234567890,"exp":1800009999)")));
}

TEST(Bearer, OneOfManyAudiencesIsEnough) {
  const std::string text =
      R"({"exp":1800000060,"aud":["https://x","HTTPS://SVC.example:443/api/hubs/chat/:send"]})";
  EXPECT_TRUE(check(of_claims(text)));
}

TEST(Bearer, EntraIsTakenWhereTheRulesSaySo) {
  BearerRules open = rules();
  open.takes_entra = true;
  const auto entra = [&open](std::string_view header, std::string_view text) {
    return check(bearer(base64(header) + "." + base64(text) + ".c2ln"), open);
  };
  constexpr std::string_view kRs256 = R"({"alg":"RS256"})";
  const auto caller = entra(
      kRs256, R"({"aud":"https://webpubsub.azure.com/","exp":1800000060,"sub":"s","oid":"o p"})");
  ASSERT_TRUE(caller) << caller.error().description;
  EXPECT_EQ(caller->kind, Caller::Kind::kEntra);
  EXPECT_EQ(caller->id, "entra o?p");
  const auto other = entra(kRs256, R"({"aud":"https://vault.azure.net","exp":1800000060})");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().reason, BearerReason::kAudience);
  const auto expired = entra(kRs256, R"({"aud":"https://webpubsub.azure.com","exp":1799999000})");
  ASSERT_FALSE(expired);
  EXPECT_EQ(expired.error().reason, BearerReason::kExpired);
  EXPECT_FALSE(
      entra(R"({"alg":"none"})", R"({"aud":"https://webpubsub.azure.com","exp":1800000060})"));
}

TEST(Bearer, AUserOfTheMachineIsACaller) {
  EXPECT_EQ(local_caller(1000).id, "uid 1000");
  EXPECT_EQ(local_caller(1000).kind, Caller::Kind::kUser);
}

struct AudienceRow {
  const char* name;
  std::string_view audience;
  std::string_view base;
  std::string_view target;
  bool matches;
};

class AudienceTest : public testing::TestWithParam<AudienceRow> {};

TEST_P(AudienceTest, MatchesAsAtTheService) {
  const AudienceRow& row = GetParam();
  EXPECT_EQ(is_audience_of(row.audience, row.base, row.target), row.matches);
}

constexpr std::string_view kBase = "https://a.b";

INSTANTIATE_TEST_SUITE_P(
    Rows, AudienceTest,
    testing::Values(AudienceRow{"Same", "https://a.b/p", kBase, "/p", true},
                    AudienceRow{"QueriesDiffer", "https://a.b/p?x=1", kBase, "/p?y=2", true},
                    AudienceRow{"SlashInTheQuery", "https://a.b/p?x=/q", kBase, "/p?y=/", true},
                    AudienceRow{"PathsCase", "https://a.b/P", kBase, "/p", false},
                    AudienceRow{"Encoded", "https://a.b/u/a%20b", kBase, "/u/a%20b", true},
                    AudienceRow{"EncodedOtherwise", "https://a.b/u/o'k", kBase, "/u/o%27k", true},
                    AudienceRow{"EncodedSlash", "https://a.b/u/a%2Fb", kBase, "/u/a%2Fb", true},
                    AudienceRow{"SlashIsNoSegment", "https://a.b/u/a/b", kBase, "/u/a%2Fb", false},
                    AudienceRow{"SlashAndBlankEncoded", "https://a.b/u/a%2Fb%20c", kBase,
                                "/u/a%2Fb%20c", false},
                    AudienceRow{"SlashEncodedBlankNot", "https://a.b/u/a%2Fb c", kBase,
                                "/u/a%2Fb%20c", true},
                    AudienceRow{"Prefix", "https://a.b/x/p", "https://a.b/x", "/p", true},
                    AudienceRow{"PrefixMissing", "https://a.b/p", "https://a.b/x", "/p", false},
                    AudienceRow{"DefaultPort", "https://a.b:443/p", kBase, "/p", true},
                    AudienceRow{"OtherPort", "https://a.b:444/p", kBase, "/p", false},
                    AudienceRow{"PortOfTheBase", "http://a.b/p", "http://a.b:80", "/p", true},
                    AudienceRow{"UserInfo", "https://a.b@evil/p", kBase, "/p", false},
                    AudienceRow{"WebSocket", "wss://a.b/p", kBase, "/p", false},
                    AudienceRow{"NoUrl", "a.b/p", kBase, "/p", false},
                    AudienceRow{"Empty", "", kBase, "/p", false},
                    AudienceRow{"NoHost", "https:///p", kBase, "/p", false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Audience, OfAHostNeedsNoScheme) {
  EXPECT_TRUE(is_audience_of_host("https://gw/p", "GW", "/p"));
  EXPECT_TRUE(is_audience_of_host("https://gw:443/p", "gw", "/p"));
  EXPECT_TRUE(is_audience_of_host("http://gw:80/p", "gw:80", "/p"));
  EXPECT_FALSE(is_audience_of_host("http://gw:8089/p", "gw", "/p"));
  EXPECT_FALSE(is_audience_of_host("http:///p", "", "/p"));
}

}  // namespace
}  // namespace awps
