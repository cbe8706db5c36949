#include "auth/token_cache.h"

#include <gtest/gtest.h>

#include <set>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallTime kNow = WallTime(seconds(1795507200));
constexpr std::string_view kAudience = "https://a.b/api/hubs/h/:send";
const std::string kKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";

struct Claims {
  std::string audience;
  WallTime issued;
  WallTime expires;
};

int64_t number_after(const std::string& json, std::string_view key) {
  const size_t at = json.find(key);
  EXPECT_NE(at, std::string::npos) << json;
  return std::stoll(json.substr(at + key.size()));
}

// Checks the signature with the plain primitives, then reads the claims by their known shape.
Claims verified(std::string_view token, std::string_view key) {
  const size_t dot = token.rfind('.');
  EXPECT_EQ(base64url_encode(as_view(HmacKey(key).sign(token.substr(0, dot)))),
            token.substr(dot + 1));
  const size_t first_dot = token.find('.');
  EXPECT_EQ(base64url_decode(token.substr(0, first_dot)), R"({"alg":"HS256","typ":"JWT"})");
  const std::string json =
      base64url_decode(token.substr(first_dot + 1, dot - first_dot - 1)).value_or("");
  const size_t end = json.find("\",\"iat\"");
  return {json.substr(8, end - 8), WallTime(seconds(number_after(json, "\"iat\":"))),
          WallTime(seconds(number_after(json, "\"exp\":")))};
}

class KeyTokenSourceTest : public testing::Test {
 protected:
  std::string token(WallTime now, std::string_view audience = kAudience) {
    return std::string(*source_.token(audience, now));
  }

  KeyTokenSource source_{{kKey}, {}, 7};
};

TEST_F(KeyTokenSourceTest, SignsTheAudienceForAnHour) {
  const Claims claims = verified(token(kNow), kKey);
  EXPECT_EQ(claims.audience, kAudience);
  EXPECT_EQ(claims.issued, kNow - minutes(5));
  EXPECT_EQ(claims.expires, claims.issued + hours(1));
}

TEST(AppendJwt, IsTheKnownToken) {
  // Made with Python's hmac and base64, independent of this code.
  std::string jwt;
  append_jwt(jwt, HmacKey("key"), "http://x/:send", std::chrono::sys_seconds(seconds(1)),
             std::chrono::sys_seconds(seconds(3601)));
  EXPECT_EQ(jwt,
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdWQiOiJodHRwOi8veC86c2VuZCIsI"
            "mlhdCI6MSwiZXhwIjozNjAxfQ.aLoAaEijPrsl0hZBrsJDdlu5jQL08cVhamj0Jl4_jng");
}

TEST_F(KeyTokenSourceTest, EscapesTheAudience) {
  EXPECT_EQ(verified(token(kNow, "https://a\"b"), kKey).audience, "https://a\\\"b");
}

TEST_F(KeyTokenSourceTest, KeepsATokenUntilItIsNearItsEnd) {
  const std::string first = token(kNow);
  EXPECT_EQ(token(kNow + minutes(39)), first);
  EXPECT_EQ(source_.signatures(), 1U);
  EXPECT_NE(token(kNow + minutes(45)), first);
  EXPECT_EQ(source_.signatures(), 2U);
}

TEST_F(KeyTokenSourceTest, KeepsOneTokenAnAudience) {
  EXPECT_NE(token(kNow, "https://a.b/1"), token(kNow, "https://a.b/2"));
  token(kNow, "https://a.b/1");
  EXPECT_EQ(source_.signatures(), 2U);
  EXPECT_EQ(source_.entries(), 2U);
}

struct JumpCase {
  const char* name;
  seconds jump;
  bool signs;
};

class ClockJumpTest : public KeyTokenSourceTest, public testing::WithParamInterface<JumpCase> {};

TEST_P(ClockJumpTest, NeverGivesATokenThatIsNotValid) {
  (void)token(kNow);
  const WallTime later = kNow + GetParam().jump;
  const Claims claims = verified(token(later), kKey);
  EXPECT_LE(claims.issued, later);
  EXPECT_GT(claims.expires, later + minutes(9));
  EXPECT_EQ(source_.signatures() == 2, GetParam().signs);
}

INSTANTIATE_TEST_SUITE_P(Jumps, ClockJumpTest,
                         testing::Values(JumpCase{"None", seconds(0), false},
                                         JumpCase{"ALittleForward", minutes(3), false},
                                         JumpCase{"ALittleBack", -minutes(5), false},
                                         JumpCase{"TooFarBack", -minutes(5) - seconds(1), true},
                                         JumpCase{"DaysBack", -hours(48), true},
                                         JumpCase{"NearTheEnd", minutes(46), true},
                                         JumpCase{"BeyondTheEnd", hours(2), true},
                                         JumpCase{"DaysForward", hours(48), true}),
                         [](const auto& row) { return row.param.name; });

TEST_F(KeyTokenSourceTest, RenewsTokensOfOneStartAtDifferentTimes) {
  std::set<int> renewed_at;
  for (int i = 0; i < 20; ++i) {
    const std::string audience = "https://a.b/" + std::to_string(i);
    const std::string first = token(kNow, audience);
    int minute = 30;
    while (token(kNow + minutes(minute), audience) == first) ++minute;
    renewed_at.insert(minute);
  }
  EXPECT_GE(*renewed_at.begin(), 39);
  EXPECT_LE(*renewed_at.rbegin(), 45);
  EXPECT_GE(renewed_at.size(), 3U);
}

TEST(KeyTokenSource, ForgetsTheLeastRecentlyUsed) {
  KeyTokenSource source({kKey}, {.max_entries = 2}, 7);
  for (const char* audience : {"a", "b", "a", "c", "a"}) (void)*source.token(audience, kNow);
  EXPECT_EQ(source.entries(), 2U);
  EXPECT_EQ(source.signatures(), 3U) << "a was used after b, so b made room for c";
  (void)*source.token("b", kNow);
  EXPECT_EQ(source.signatures(), 4U);
}

TEST(KeyTokenSource, GivesEveryAudienceItsOwnTokenThroughItsWholeLife) {
  KeyTokenSource source({kKey}, {.max_entries = 8}, 7);
  Random random(11);
  WallTime now = kNow;
  for (int i = 0; i < 5000; ++i) {
    now += seconds(random.below(240)) - seconds(60);
    const std::string audience = "https://a.b/" + std::to_string(random.below(16));
    const Claims claims = verified(*source.token(audience, now), kKey);
    ASSERT_EQ(claims.audience, audience);
    ASSERT_LE(claims.issued, now);
    ASSERT_GT(claims.expires, now + minutes(9));
    ASSERT_LE(source.entries(), 8U);
  }
}

TEST(Refusal, OfTheOnlyKeyIsTriedAfreshOnce) {
  KeyTokenSource source({kKey}, {}, 7);
  (void)*source.token(kAudience, kNow);
  EXPECT_TRUE(source.refused(source.generation()));
  (void)*source.token(kAudience, kNow);
  EXPECT_EQ(source.signatures(), 2U) << "the refused token was given again";
  EXPECT_FALSE(source.refused(source.generation()));
}

TEST(Refusal, GoesOnToTheNextKeyAndAround) {
  KeyTokenSource source({"first", "second"}, {}, 7);
  const auto signed_with = [&](std::string_view key) {
    const std::string token(*source.token(kAudience, kNow));
    const size_t dot = token.rfind('.');
    return token.substr(dot + 1) ==
           base64url_encode(as_view(HmacKey(key).sign(token.substr(0, dot))));
  };
  EXPECT_TRUE(signed_with("first"));
  EXPECT_TRUE(source.refused(source.generation()));
  EXPECT_TRUE(signed_with("first"));
  EXPECT_TRUE(source.refused(source.generation()));
  EXPECT_TRUE(signed_with("second"));
  EXPECT_FALSE(source.refused(source.generation()));
  EXPECT_TRUE(signed_with("first"));
  EXPECT_FALSE(source.refused(source.generation()));
  EXPECT_TRUE(signed_with("second"));
}

TEST(Refusal, ReportedByManyRequestsCountsOnce) {
  KeyTokenSource source({"first", "second"}, {}, 7);
  const uint64_t generation = source.generation();
  for (int i = 0; i < 64; ++i) EXPECT_TRUE(source.refused(generation));
  EXPECT_EQ(source.generation(), generation + 1);
}

TEST(Refusal, IsForgottenOnceATokenIsAccepted) {
  KeyTokenSource source({kKey}, {}, 7);
  EXPECT_TRUE(source.refused(source.generation()));
  source.accepted(source.generation());
  EXPECT_TRUE(source.refused(source.generation()));
}

TEST(Refusal, IsNotForgottenForALateAnswerToAnEarlierToken) {
  KeyTokenSource source({kKey}, {}, 7);
  const uint64_t earlier = source.generation();
  EXPECT_TRUE(source.refused(earlier));
  source.accepted(earlier);
  EXPECT_FALSE(source.refused(source.generation()));
}

}  // namespace
}  // namespace awps
