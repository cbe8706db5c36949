#include "intake/settled_prefix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace awps {
namespace {

TEST(SettledPrefix, IsTheLowestThatIsOpen) {
  SettledPrefix prefix;
  EXPECT_EQ(prefix.lowest_open(), std::nullopt);
  for (const uint64_t position : {3U, 5U, 9U}) prefix.begin(position);
  EXPECT_EQ(prefix.lowest_open(), 3U);
  EXPECT_TRUE(prefix.settle(5));
  EXPECT_EQ(prefix.lowest_open(), 3U);
  EXPECT_TRUE(prefix.settle(3));
  EXPECT_EQ(prefix.lowest_open(), 9U);
  EXPECT_FALSE(prefix.settle(3)) << "it has settled";
  EXPECT_TRUE(prefix.settle(9));
  EXPECT_EQ(prefix.lowest_open(), std::nullopt);
}

// The model is a list that is searched.
TEST(SettledPrefix, EqualsItsModel) {
  const uint64_t seed = seed_from_system();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  SettledPrefix prefix;
  std::vector<uint64_t> model;
  uint64_t next = 1;
  for (int i = 0; i < 5'000; ++i) {
    if (random.chance(0.5)) {
      prefix.begin(next);
      model.push_back(next);
      next += random.below(2);  // gaps, and the same one twice
    } else {
      const uint64_t position = random.below(next + 1);
      const auto found = std::ranges::find(model, position);
      ASSERT_EQ(prefix.settle(position), found != model.end());
      if (found != model.end()) model.erase(found);
    }
    ASSERT_EQ(prefix.open(), model.size());
    if (model.empty()) {
      ASSERT_EQ(prefix.lowest_open(), std::nullopt);
    } else {
      ASSERT_EQ(prefix.lowest_open(), *std::ranges::min_element(model));
    }
  }
}

}  // namespace
}  // namespace awps
