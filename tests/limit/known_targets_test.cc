#include "limit/known_targets.h"

#include <gtest/gtest.h>

#include <memory>

#include "base/random.h"

namespace awps {
namespace {

TEST(KnownTargets, KnowsWhoWasAnsweredUntilItIsForgotten) {
  KnownTargets known;
  EXPECT_FALSE(known.knows(0));
  EXPECT_FALSE(known.knows(uint64_t{7} << 40U));
  known.note(uint64_t{7} << 40U);
  EXPECT_TRUE(known.knows(uint64_t{7} << 40U));
  known.forget(uint64_t{7} << 40U);
  EXPECT_FALSE(known.knows(uint64_t{7} << 40U));
}

TEST(KnownTargets, ToForgetOneDoesNotForgetWhoHasItsPlace) {
  KnownTargets known;
  const uint64_t older = uint64_t{1} << 40U;
  const uint64_t newer = uint64_t{2} << 40U;
  known.note(older);
  known.note(newer);
  EXPECT_FALSE(known.knows(older));
  known.forget(older);
  EXPECT_TRUE(known.knows(newer));
}

TEST(KnownTargets, AThousandOfTenThousandsAreKnownAndNoStrangers) {
  KnownTargets known;
  Random random(1);
  for (int i = 0; i < 100'000; ++i) known.note(random.next());
  int mistaken = 0;
  for (int i = 0; i < 100'000; ++i) mistaken += known.knows(random.next()) ? 1 : 0;
  EXPECT_EQ(mistaken, 0);
  Random again(2);
  for (int i = 0; i < 1000; ++i) known.note(again.next());
  again = Random(2);
  int found = 0;
  for (int i = 0; i < 1000; ++i) found += known.knows(again.next()) ? 1 : 0;
  EXPECT_GT(found, 950) << "one in 16384 places is taken by chance, by each that came later";
}

}  // namespace
}  // namespace awps
