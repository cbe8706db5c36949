#include "emulator/fault/fault_match.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "emulator/fault/faults.h"

namespace awps::emulator {
namespace {

/// Does a script of one rule with this "match" hit a request with this head?
bool is_hit(std::string_view match, std::string_view request_line, std::string_view fields = "",
            std::string_view body = "") {
  auto script = parse_fault_script(R"({"seed":3,"rules":[{"status":500,"match":)" +
                                   std::string(match) + "}]}");
  AWPS_CHECK(script.ok());
  const std::string text =
      std::string(request_line) + " HTTP/1.1\r\n" + std::string(fields) + "\r\n";
  RequestHead head;
  AWPS_CHECK(parse_head(text, head) == HeadState::kComplete);
  const TargetParts parts = split_target(head.target);
  const Query query(parts.query);
  const auto segments = path_segments(parts.path);
  const Route route = segments ? find_route(head.method, *segments) : Route{};
  Faults faults(std::move(script.value()), Instant{});
  return faults.decide(subject_of(head, route, query, body), Instant{}).has_value();
}

constexpr std::string_view kToAll = "POST /api/hubs/chat/:send?api-version=2024-12-01";
constexpr std::string_view kFiltered = "POST /api/hubs/chat/:send?filter=userId%20eq%20'a'";
constexpr std::string_view kToGroup = "POST /api/hubs/Chat/groups/bad7/:send";
constexpr std::string_view kToUser = "POST /api/hubs/chat/users/a%20b/:send";
constexpr std::string_view kAddUser = "PUT /api/hubs/chat/users/u1/groups/bad7";
constexpr std::string_view kBulk = "POST /api/hubs/chat/:addToGroups";
constexpr std::string_view kHealth = "HEAD /api/health";

struct MatchRow {
  std::string_view name;
  std::string_view match;
  std::string_view hit;
  std::string_view spared;
};
void PrintTo(const MatchRow& row, std::ostream* out) {
  *out << row.name;
}

class FaultMatches : public testing::TestWithParam<MatchRow> {};

TEST_P(FaultMatches, HitWhatTheyNameAndSpareTheRest) {
  EXPECT_TRUE(is_hit(GetParam().match, GetParam().hit));
  EXPECT_FALSE(is_hit(GetParam().match, GetParam().spared));
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultMatches,
    testing::Values(
        MatchRow{"operation", R"({"operation":"sendToGroup"})", kToGroup, kToAll},
        MatchRow{"operationPattern", R"({"operation":"send*"})", kToAll, kHealth},
        MatchRow{"operationList", R"({"operation":["health","addUser*"]})", kAddUser, kToGroup},
        MatchRow{"bulk", R"({"operation":"addConnectionsToGroups"})", kBulk, kAddUser},
        MatchRow{"health", R"({"operation":"health"})", kHealth, kToAll},
        MatchRow{"hubInAnyCase", R"({"hub":"CHAT"})", kToGroup, kHealth},
        MatchRow{"target", R"({"target":"bad7"})", kToGroup, kToUser},
        MatchRow{"targetPattern", R"({"target":"bad*"})", kToGroup, kToUser},
        MatchRow{"targetOfAMembershipIsTheUser", R"({"target":"u1"})", kAddUser, kToGroup},
        MatchRow{"anyTarget", R"({"target":"*"})", kToGroup, kToAll},
        MatchRow{"group", R"({"group":["x","bad7"]})", kAddUser, kToUser},
        MatchRow{"userIsDecoded", R"({"user":"a b"})", kToUser, kAddUser},
        MatchRow{"connection", R"({"connection":"c*"})", "DELETE /api/hubs/chat/connections/c1",
                 kToUser},
        MatchRow{"anyFilter", R"({"query":{"filter":"*"}})", kFiltered, kToAll},
        MatchRow{"filterIsDecoded", R"({"query":{"filter":"userId eq*"}})", kFiltered, kToAll},
        MatchRow{"noFilter", R"({"query":{"filter":null}})", kToAll, kFiltered},
        MatchRow{"longUrl", R"({"minUrlBytes":43})", kToAll, kToGroup},
        MatchRow{"except", R"({"except":{"operation":"health"}})", kToAll, kHealth},
        MatchRow{"allOfThem", R"({"operation":"sendTo*","target":"bad*"})", kToGroup, kAddUser}),
    [](const auto& row) { return std::string(row.param.name); });

struct FieldRow {
  std::string_view name;
  std::string_view match;
  bool is_hit;
};

class FaultFields : public testing::TestWithParam<FieldRow> {};

TEST_P(FaultFields, AreLookedAt) {
  constexpr std::string_view kFields =
      "Host: a\r\nContent-Type: application/json; charset=utf-8\r\nX-Empty:\r\n"
      "Content-Length: 100\r\n";
  EXPECT_EQ(is_hit(GetParam().match, kToAll, kFields), GetParam().is_hit);
}

INSTANTIATE_TEST_SUITE_P(
    Faults, FaultFields,
    testing::Values(FieldRow{"pattern", R"({"headers":{"content-type":"application/json*"}})",
                             true},
                    FieldRow{"other", R"({"headers":{"Content-Type":"text/*"}})", false},
                    FieldRow{"empty", R"({"headers":{"x-empty":""}})", true},
                    FieldRow{"absent", R"({"headers":{"Authorization":null}})", true},
                    FieldRow{"notAbsent", R"({"headers":{"host":null}})", false},
                    FieldRow{"missing", R"({"headers":{"Authorization":"*"}})", false},
                    FieldRow{"body", R"({"minBodyBytes":100})", true},
                    FieldRow{"smallBody", R"({"minBodyBytes":101})", false}),
    [](const auto& row) { return std::string(row.param.name); });

int count_chosen(TargetFraction chosen) {
  int count = 0;
  for (int i = 0; i < 1000; ++i) count += is_in_fraction(chosen, "g" + std::to_string(i)) ? 1 : 0;
  return count;
}

TEST(TargetFraction, ChoosesAboutThatPart) {
  EXPECT_EQ(count_chosen({.fraction = 0, .seed = 1}), 0);
  EXPECT_NEAR(count_chosen({.fraction = 0.01, .seed = 1}), 10, 10);
  EXPECT_NEAR(count_chosen({.fraction = 0.5, .seed = 1}), 500, 50);
  EXPECT_EQ(count_chosen({.fraction = 1, .seed = 1}), 1000);
}

TEST(TargetFraction, OfALargerPartHasTheSmallerOne) {
  for (int i = 0; i < 1000; ++i) {
    const std::string target = "g" + std::to_string(i);
    if (is_in_fraction({.fraction = 0.2, .seed = 9}, target)) {
      EXPECT_TRUE(is_in_fraction({.fraction = 0.4, .seed = 9}, target)) << target;
    }
  }
}

/// python3: int.from_bytes(hashlib.sha256(b"1:g0").digest()[:8], "big") / 2**64 is 0.789151….
TEST(TargetFraction, IsAsDocumented) {
  EXPECT_FALSE(is_in_fraction({.fraction = 0.7891, .seed = 1}, "g0"));
  EXPECT_TRUE(is_in_fraction({.fraction = 0.7892, .seed = 1}, "g0"));
}

TEST(TargetFraction, IsOfTargetsAlone) {
  EXPECT_TRUE(is_hit(R"({"targetFraction":1})", kToGroup));
  EXPECT_FALSE(is_hit(R"({"targetFraction":1})", kToAll));
  EXPECT_FALSE(is_hit(R"({"targetFraction":1})", kHealth));
}

TEST(TargetFraction, TakesTheScriptsSeedUnlessItHasItsOwn) {
  int differing = 0;
  for (int i = 0; i < 100; ++i) {
    const std::string target = "g" + std::to_string(i);
    const std::string line = "POST /api/hubs/chat/groups/" + target + "/:send";
    EXPECT_EQ(is_hit(R"({"targetFraction":0.5})", line),
              is_in_fraction({.fraction = 0.5, .seed = 3}, target));
    const bool of_other = is_hit(R"({"targetFraction":0.5,"targetSeed":4})", line);
    EXPECT_EQ(of_other, is_in_fraction({.fraction = 0.5, .seed = 4}, target));
    differing += of_other != is_hit(R"({"targetFraction":0.5})", line) ? 1 : 0;
  }
  EXPECT_GT(differing, 20);
}

struct BulkRow {
  std::string_view name;
  std::string_view match;
  std::string_view hit;  // bodies
  std::string_view spared;
};
void PrintTo(const BulkRow& row, std::ostream* out) {
  *out << row.name;
}

class FaultsOfABulkChange : public testing::TestWithParam<BulkRow> {};

TEST_P(FaultsOfABulkChange, MatchOneOfItsGroups) {
  const auto is_bulk_hit = [](std::string_view body) {
    return is_hit(GetParam().match, kBulk, "", body);
  };
  EXPECT_TRUE(is_bulk_hit(GetParam().hit));
  EXPECT_FALSE(is_bulk_hit(GetParam().spared));
  // The groups of a body are looked at where the service does.
  EXPECT_FALSE(is_hit(R"({"group":"bad"})", kToAll, "", R"({"groups":["bad"]})"));
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, FaultsOfABulkChange,
    testing::Values(
        BulkRow{"first", R"({"group":"bad"})", R"({"groups":["bad","good"]})", R"({"groups":[]})"},
        BulkRow{"last", R"({"group":"bad"})", R"({"groups":["good","bad"]})",
                R"({"groups":["good"]})"},
        BulkRow{"pattern", R"({"group":"b*"})", R"({"groups":["a","bc"]})",
                R"({"groups":["ab"],"filter":"b"})"},
        BulkRow{"target", R"({"target":"bad"})", R"({"groups":["good","bad"]})", "no JSON"},
        BulkRow{"fractionOfAll", R"({"targetFraction":1})", R"({"groups":["good"]})",
                R"({"filter":"true"})"},
        BulkRow{"exceptOneGroup", R"({"group":"*","except":{"group":"good"}})",
                R"({"groups":["good","bad"]})", R"({"groups":["good"]})"},
        BulkRow{"escaped", R"({"group":"bäd"})", R"({"groups":["b\u00e4d"]})",
                R"({"groups":["bad"]})"},
        BulkRow{"notAName", R"({"group":"*"})", R"({"groups":[1,"a"]})", R"({"groups":[1]})"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(FaultFraction, OfABulkChangeAreDecidedBySomeOfItsGroupsAtAFraction) {
  const std::string_view half = R"({"targetFraction":0.5})";
  EXPECT_EQ(is_hit(half, kBulk, "", R"({"groups":["g1","g2"]})"),
            is_in_fraction({.fraction = 0.5, .seed = 3}, "g1") ||
                is_in_fraction({.fraction = 0.5, .seed = 3}, "g2"));
}

}  // namespace
}  // namespace awps::emulator
