#include "worker/known_ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "base/random.h"

namespace awps {
namespace {

constexpr WallTime kBegin{std::chrono::hours(24 * 365 * 56)};
constexpr Duration kSecond = std::chrono::seconds(1);

IdHash hash_number(uint64_t number) {
  return {.high = number, .low = number};
}

// The same, as simple as it can be.
class Model {
 public:
  explicit Model(const KnownIds::Options& options) : options_(options) {}

  void expire(WallTime now) {
    while (!ids_.empty() && ids_.front().accepted_at < now - options_.window) ids_.pop_front();
  }
  bool contains(const IdHash& hash) const {
    return std::ranges::find(ids_, hash, &KnownId::hash) != ids_.end();
  }
  void add(const KnownId& id) {
    if (ids_.size() == options_.most) ids_.pop_front();
    ids_.push_back(id);
  }
  void take_back(size_t count) {
    for (; count > 0 && !ids_.empty(); --count) ids_.pop_back();
  }
  size_t size() const { return ids_.size(); }
  std::optional<WallTime> oldest() const {
    return ids_.empty() ? std::nullopt : std::optional(ids_.front().accepted_at);
  }

 private:
  const KnownIds::Options options_;
  std::deque<KnownId> ids_;
};

// Hashes of few homes, so that they stand in each other's way.
IdHash random_hash(Random& random) {
  const uint64_t number = random.below(600);
  return {.high = number, .low = number % 7 + (number % 3 == 0 ? 60 : 0)};
}

class KnownIdsModel : public testing::TestWithParam<size_t> {};

TEST_P(KnownIdsModel, KnowsWhatItsModelKnows) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const KnownIds::Options options{.window = 10 * kSecond, .most = GetParam()};
    Random random(seed);
    KnownIds ids(options);
    Model model(options);
    WallTime now = kBegin;
    for (int step = 0; step < 3000; ++step) {
      // Mostly a little; now and then nearly all of them go.
      now += Duration(random.below(random.chance(0.002) ? 10'000'000'000 : 30'000'000));
      ids.expire(now);
      model.expire(now);
      const IdHash hash = random_hash(random);
      ASSERT_EQ(ids.contains(hash), model.contains(hash)) << "seed " << seed << ", step " << step;
      if (random.chance(0.1)) {
        const size_t count = random.below(4);
        ids.take_back(count);
        model.take_back(count);
      } else if (!ids.contains(hash)) {
        ids.add({hash, now});
        model.add({hash, now});
      }
      ASSERT_EQ(ids.size(), model.size()) << "seed " << seed << ", step " << step;
      ASSERT_EQ(ids.oldest(), model.oldest());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(KnownIds, KnownIdsModel, testing::Values(1, 2, 63, 64, 65, 100'000),
                         testing::PrintToStringParamName());

TEST(KnownIds, CountToTheEndOfTheWindow) {
  KnownIds ids({.window = 10 * kSecond});
  ids.add({hash_number(1), kBegin});
  ids.expire(kBegin + 10 * kSecond);
  EXPECT_TRUE(ids.contains(hash_number(1)));
  ids.expire(kBegin + 10 * kSecond + Duration(1));
  EXPECT_FALSE(ids.contains(hash_number(1)));
}

TEST(KnownIds, NothingIsKnownWithoutAWindow) {
  KnownIds ids({.window = Duration::zero()});
  ids.add({hash_number(1), kBegin});
  EXPECT_FALSE(ids.contains(hash_number(1)));
}

TEST(KnownIds, AnEarlierTimeCountsAsThatBeforeIt) {
  KnownIds ids({.window = 10 * kSecond});
  ids.add({hash_number(1), kBegin});
  ids.add({hash_number(2), kBegin - kSecond});
  ids.expire(kBegin + 10 * kSecond);
  EXPECT_TRUE(ids.contains(hash_number(2)));
}

TEST(KnownIds, MemoryIsBoundedForEachIdAndGoesWithThem) {
  static constexpr size_t kIds = 100'000;
  KnownIds ids({.window = 10 * kSecond});
  for (uint64_t i = 0; i < kIds; ++i) {
    ids.add({hash_of_id("scope", std::to_string(i)), kBegin + Duration(i)});
  }
  EXPECT_LE(ids.memory(), 64 * kIds);
  ids.expire(kBegin + 10 * kSecond + Duration(kIds - 1000));
  ASSERT_EQ(ids.size(), 1000U);
  EXPECT_LE(ids.memory(), 256 * 1000U);
  ids.expire(kBegin + 20 * kSecond);
  EXPECT_EQ(ids.memory(), 0U);
}

}  // namespace
}  // namespace awps
