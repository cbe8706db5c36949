#include "emulator/permissions.h"

#include <gtest/gtest.h>

namespace awps::emulator {
namespace {

struct Row {
  std::string_view name;
  std::string role;
  std::string_view group;
  bool may_join;
  bool may_send;
};

class Roles : public testing::TestWithParam<Row> {};

TEST_P(Roles, AllowWhatTheySay) {
  const auto permissions = Permissions::from_roles({GetParam().role});
  ASSERT_TRUE(permissions.ok());
  EXPECT_EQ(permissions->allows(Permission::kJoinLeaveGroup, GetParam().group),
            GetParam().may_join);
  EXPECT_EQ(permissions->allows(Permission::kSendToGroup, GetParam().group), GetParam().may_send);
}

INSTANTIATE_TEST_SUITE_P(
    Permissions, Roles,
    testing::Values(Row{"joinAll", "webpubsub.joinLeaveGroup", "g", true, false},
                    Row{"sendAll", "webpubsub.sendToGroup", "g", false, true},
                    Row{"sendOne", "webpubsub.sendToGroup.g", "g", false, true},
                    Row{"sendOther", "webpubsub.sendToGroup.h", "g", false, false},
                    Row{"dottedGroup", "webpubsub.joinLeaveGroup.a.b", "a.b", true, false},
                    Row{"starIsLiteral", "webpubsub.joinLeaveGroup.*", "g", false, false},
                    Row{"pattern", "webpubsub.joinLeaveGroups.a.*", "a.b", true, false},
                    Row{"patternStopsAtDot", "webpubsub.joinLeaveGroups.a.*", "a.b.c", false,
                        false},
                    Row{"doubleStar", "webpubsub.sendToGroups.a.**", "a.b.c", false, true},
                    Row{"question", "webpubsub.sendToGroups.a?c", "abc", false, true},
                    Row{"questionNoDot", "webpubsub.sendToGroups.a?c", "a.c", false, false},
                    Row{"escaped", "webpubsub.sendToGroups.a\\*", "a*", false, true},
                    Row{"escapedNoStar", "webpubsub.sendToGroups.a\\*", "ab", false, false},
                    Row{"unknown", "webpubsub.fly", "g", false, false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Permissions, ARevokeBeatsAGeneralRoleUntilAGrant) {
  auto permissions = Permissions::from_roles({"webpubsub.sendToGroup"});
  ASSERT_TRUE(permissions->revoke(Permission::kSendToGroup, "g"));
  EXPECT_FALSE(permissions->allows(Permission::kSendToGroup, "g"));
  EXPECT_TRUE(permissions->allows(Permission::kSendToGroup, "h"));
  ASSERT_TRUE(permissions->grant(Permission::kSendToGroup, "g"));
  EXPECT_TRUE(permissions->allows(Permission::kSendToGroup, "g"));
}

TEST(Permissions, AreLimitedToAThousandLiterals) {
  Permissions permissions;
  for (size_t i = 0; i < kMaxLiteralRules; ++i) {
    ASSERT_TRUE(permissions.grant(Permission::kSendToGroup, "g" + std::to_string(i)));
  }
  EXPECT_FALSE(permissions.grant(Permission::kSendToGroup, "one more"));
  EXPECT_TRUE(permissions.grant(Permission::kSendToGroup, "g0"));
  EXPECT_TRUE(permissions.grant(Permission::kJoinLeaveGroup, "one more"));
}

TEST(Permissions, RefuseTooManyStars) {
  EXPECT_FALSE(Permissions::from_roles({"webpubsub.sendToGroups.*a*a*a*a*a*"}).ok());
}

}  // namespace
}  // namespace awps::emulator
