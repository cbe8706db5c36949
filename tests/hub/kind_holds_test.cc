#include "hub/kind_holds.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using enum ActionKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Instant kStart{seconds(1000)};

TEST(KindHolds, HoldsOneKindAlone) {
  KindHolds holds;
  EXPECT_FALSE(holds.any());
  holds.forbid(kGrantPermission, kStart);
  EXPECT_TRUE(holds.must_wait(kGrantPermission, kStart));
  EXPECT_FALSE(holds.must_wait(kRevokePermission, kStart));
  EXPECT_FALSE(holds.must_wait(kSendToAll, kStart));
  EXPECT_EQ(holds.count(), 1U);
}

TEST(KindHolds, DoublesWhileWhoeverAsksIsForbidden) {
  KindHolds holds;
  Instant now = kStart;
  holds.forbid(kGrantPermission, now);
  for (const int expected : {1, 2, 4, 8, 16, 30, 30}) {
    const Instant until = now + seconds(expected);
    EXPECT_EQ(holds.until(kGrantPermission, now), until);
    EXPECT_TRUE(holds.must_wait(kGrantPermission, until - Duration(1)));
    EXPECT_FALSE(holds.must_wait(kGrantPermission, until));
    now = until;
    holds.note_asked(kGrantPermission, now);
    holds.forbid(kGrantPermission, now);
  }
}

TEST(KindHolds, OneAsksAtATime) {
  KindHolds holds;
  holds.forbid(kGrantPermission, kStart);
  const Instant over = kStart + seconds(1);
  holds.note_asked(kGrantPermission, over);
  EXPECT_TRUE(holds.must_wait(kGrantPermission, over));
  holds.note_no_answer(kGrantPermission);
  EXPECT_FALSE(holds.must_wait(kGrantPermission, over)) << "the question is still open";
}

TEST(KindHolds, AnAskerThatNeverStartsIsForgotten) {
  KindHolds holds;
  holds.forbid(kGrantPermission, kStart);
  const Instant over = kStart + seconds(1);
  holds.note_asked(kGrantPermission, over);
  EXPECT_TRUE(holds.must_wait(kGrantPermission, over + seconds(59)));
  EXPECT_FALSE(holds.must_wait(kGrantPermission, over + seconds(60)));
}

struct ForbiddenAgain {
  const char* name;
  Duration after;
  bool asked;
  int expected_seconds;  // from the second answer
};

class KindHoldsAgain : public testing::TestWithParam<ForbiddenAgain> {};

TEST_P(KindHoldsAgain, IsNewsOnlyOfWhoeverAsked) {
  const ForbiddenAgain& row = GetParam();
  KindHolds holds;
  holds.forbid(kGrantPermission, kStart);
  const Instant now = kStart + row.after;
  if (row.asked) holds.note_asked(kGrantPermission, now);
  holds.forbid(kGrantPermission, now);
  const Instant until = now + seconds(row.expected_seconds);
  EXPECT_TRUE(holds.must_wait(kGrantPermission, until - milliseconds(101)));
  EXPECT_FALSE(holds.must_wait(kGrantPermission, until));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, KindHoldsAgain,
    testing::Values(ForbiddenAgain{"under_way_when_it_began", milliseconds(100), false, 1},
                    ForbiddenAgain{"asked", seconds(1), true, 2},
                    ForbiddenAgain{"late_and_not_asked", seconds(3), false, 2}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(KindHolds, EndsWithTheFirstThatIsCarriedOut) {
  KindHolds holds;
  EXPECT_FALSE(holds.end(kGrantPermission)) << "nothing was held";
  holds.forbid(kGrantPermission, kStart);
  EXPECT_FALSE(holds.end(kSendToAll)) << "another kind";
  EXPECT_TRUE(holds.end(kGrantPermission));
  EXPECT_FALSE(holds.any());
  EXPECT_FALSE(holds.must_wait(kGrantPermission, kStart));
  holds.forbid(kGrantPermission, kStart);
  EXPECT_EQ(holds.until(kGrantPermission, kStart), kStart + seconds(1)) << "begins anew";
}

}  // namespace
}  // namespace awps
