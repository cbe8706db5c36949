#include "daemon/awpsd/memory_return.h"

#include <gtest/gtest.h>

namespace awps {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr size_t kMib = size_t{1} << 20U;

class MemoryReturnTest : public testing::Test {
 protected:
  bool tick(size_t held = 0) { return memory_.tick(held, now_); }
  /// How often it trims in this time, if it looks each second.
  int trims_in(Duration time) {
    const int before = trims_;
    for (const Instant end = now_ + time; now_ < end; now_ += seconds(1)) tick();
    return trims_ - before;
  }

  Instant now_{seconds(100)};
  size_t resident_ = 20 * kMib;
  size_t after_trim_ = 20 * kMib;
  int trims_ = 0;
  MemoryReturn memory_{{.resident = [this] { return resident_; },
                        .trim =
                            [this] {
                              ++trims_;
                              resident_ = after_trim_;
                            }}};
};

TEST_F(MemoryReturnTest, LeavesWhatIsUsedAlone) {
  EXPECT_EQ(trims_in(minutes(1)), 0);
  resident_ = 120 * kMib;
  tick(70 * kMib);
  EXPECT_EQ(trims_, 0);
}

TEST_F(MemoryReturnTest, GivesBackWhatIsHeldNoMore) {
  resident_ = 120 * kMib;
  tick();
  EXPECT_EQ(trims_, 1);
  EXPECT_EQ(trims_in(minutes(1)), 0);
}

TEST_F(MemoryReturnTest, TriesLessOftenWhereThatBringsNothing) {
  after_trim_ = resident_ = 120 * kMib;
  EXPECT_LE(trims_in(minutes(10)), 9);
  EXPECT_GE(trims_in(minutes(30)), 5);
  after_trim_ = 60 * kMib;
  trims_in(minutes(6));
  resident_ = 120 * kMib;
  EXPECT_GE(trims_in(minutes(5)), 1);
}

TEST_F(MemoryReturnTest, TriesSoonAndAgainWhenABacklogIsGone) {
  after_trim_ = resident_ = 120 * kMib;
  for (int i = 0; i < 600; ++i, now_ += seconds(1)) tick(kMib);
  EXPECT_EQ(trims_in(seconds(2)), 1);
  after_trim_ = 22 * kMib;  // threads let go a moment later
  EXPECT_EQ(trims_in(seconds(5)), 1);
  EXPECT_EQ(resident_, after_trim_);
  after_trim_ = resident_ = 120 * kMib;
  EXPECT_LE(trims_in(minutes(10)), 12);
}

TEST_F(MemoryReturnTest, LeavesThoseAloneWhoWaitOnceThereIsNothingToDo) {
  tick(kMib);
  int soon = 0;
  for (int i = 0; i < 60; ++i, now_ += seconds(1)) soon += tick() ? 1 : 0;
  EXPECT_LT(soon, 10);
  EXPECT_FALSE(tick());
}

TEST(SystemMemory, IsThatOfThisProcess) {
  const MemoryReturn::Parts memory = system_memory();
  const size_t before = memory.resident();
  EXPECT_GT(before, kMib);
  const std::string filled(64 * kMib, 'x');
  EXPECT_GT(memory.resident(), before + 32 * kMib);
  memory.trim();
}

}  // namespace
}  // namespace awps
