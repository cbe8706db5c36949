// Up to which number letters are safe: what a stream waits for before it commits past them.

#include <gtest/gtest.h>

#include <cerrno>

#include "tests/worker/letters_rig.h"

namespace awps {
namespace {

using std::chrono::seconds;

class SafeLetters : public testing::Test {
 protected:
  void break_disk() { rig_.disk->fail({.from = 1, .code = EIO, .is_lasting = true}); }
  uint64_t safe() const { return rig_.box->safe_up_to(); }

  LettersRig rig_;
};

TEST_F(SafeLetters, AreThoseOnDisk) {
  EXPECT_EQ(safe(), 0U);
  rig_.give_up_new("a");
  EXPECT_EQ(safe(), 0U);
  rig_.turn();
  EXPECT_EQ(safe(), 1U);
  rig_.cut(Keep::kNone);
  EXPECT_EQ(safe(), 1U) << "of an earlier process";
}

TEST_F(SafeLetters, ADiskThatTakesNothingHoldsThemBack) {
  break_disk();
  for (const char* name : {"a", "b"}) rig_.give_up_new(name);
  rig_.run(seconds(5));
  EXPECT_EQ(safe(), 0U);
  EXPECT_NE(rig_.box->error(), "");
  rig_.disk->heal();
  rig_.run(seconds(31));
  EXPECT_EQ(safe(), 2U);
  EXPECT_EQ(rig_.box->error(), "");
}

TEST_F(SafeLetters, WhatIsThrownAwayUnwrittenNeedsNoDisk) {
  break_disk();
  for (const char* name : {"a", "b", "c"}) rig_.give_up_new(name);
  rig_.run(seconds(2));
  rig_.purge(2);
  rig_.turn();
  EXPECT_EQ(safe(), 0U);
  rig_.purge(1);
  rig_.turn();
  EXPECT_EQ(safe(), 2U);
  rig_.purge(3);
  rig_.turn();
  EXPECT_EQ(safe(), 3U);
}

TEST_F(SafeLetters, WhatIsThrownAwayInTheTurnOfItsBirthCounts) {
  rig_.give_up_new("a");
  rig_.purge(1);
  rig_.turn();
  EXPECT_EQ(safe(), 1U);
}

TEST_F(SafeLetters, WhatMadeRoomForOthersNeedsNoDisk) {
  LettersRig rig({.bounds = {.max_count = 2}});
  rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
  for (const char* name : {"a", "b", "c", "d", "e"}) rig.give_up_new(name);
  rig.run(seconds(2));
  EXPECT_EQ(rig.box->safe_up_to(), 3U);
}

TEST_F(SafeLetters, OneThatIsSentAgainIsSafeWithItsEnd) {
  break_disk();
  rig_.give_up_new("a");
  rig_.run(seconds(2));
  rig_.redrive(1);
  rig_.turn();
  EXPECT_EQ(safe(), 0U) << "a crash would lose it";
  rig_.deliver(0);
  rig_.turn();
  EXPECT_EQ(safe(), 1U);
}

TEST_F(SafeLetters, OneThatBecameAnotherIsSafeWithThat) {
  break_disk();
  rig_.give_up_new("a");
  rig_.run(seconds(2));
  rig_.redrive(1);
  rig_.give_up(0);  // 2
  rig_.turn();
  rig_.turn();
  EXPECT_EQ(safe(), 0U);
  rig_.redrive(2);
  rig_.give_up(0);  // 3
  rig_.run(seconds(2));
  EXPECT_EQ(safe(), 0U);
  rig_.disk->heal();
  rig_.run(seconds(31));
  EXPECT_EQ(rig_.numbers(), std::vector<uint64_t>{3});
  EXPECT_EQ(safe(), 3U);
}

// 2 is written, 1 was not when it became 3: nobody may count on 1 before 3 is there.
TEST(LetterBoxTest, WhatWasReplacedHoldsBackLaterOnes) {
  LetterBox box(0, [] {});
  LetterBox::Changes changes{.added = {{1, "a"}, {2, "b"}}};
  box.hand_over(changes);
  EXPECT_TRUE(box.cancel(1, /*after=*/3));
  box.wrote(box.take(SIZE_MAX));
  EXPECT_EQ(box.written(), 2U);
  EXPECT_EQ(box.safe_up_to(), 0U);
  changes.added = {{3, "c"}};
  box.hand_over(changes);
  EXPECT_EQ(box.safe_up_to(), 0U);
  box.wrote(box.take(SIZE_MAX));
  EXPECT_EQ(box.safe_up_to(), 3U);
}

}  // namespace
}  // namespace awps
