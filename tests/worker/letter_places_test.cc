// When the places of given-up actions in the hub's log are released, and their letters go, step by
// step; over a time without a log, too.

#include <gtest/gtest.h>

#include <vector>

#include "tests/worker/committer_rig.h"
#include "worker/kept_letters.h"
#include "worker/letter_box.h"

namespace awps {
namespace {

using Numbers = std::vector<uint64_t>;

class Tickets : public testing::Test {
 protected:
  Tickets() {
    store_.begin_run(1);
    store_.add({.record = "r", .position = 7});
    EXPECT_EQ(handed(), Numbers{});
    write();
  }

  Numbers handed() {
    Numbers positions;
    store_.hand_over(positions);
    return positions;
  }
  /// It is given up again, in memory alone.
  void send_again_in_vain(uint64_t number) {
    EXPECT_EQ(store_.take({.numbers = {number}}).size(), 1U);
    store_.add({.record = "r"});
    store_.ended(number);
  }
  LetterBox::Group write() {
    LetterBox::Group group = box_.take(1000);
    box_.wrote(group);
    return group;
  }

  SteppedTime clock_;
  LetterBox box_{0, [] {}};
  KeptLetters store_{DeadLetterStore::Options{}, box_, clock_, /*writes=*/true};
};

TEST_F(Tickets, ALetterGoesOnceItsPlaceIsReleasedForGood) {
  EXPECT_EQ(handed(), Numbers{7});
  store_.released(/*handed=*/4, /*synced=*/3);
  EXPECT_EQ(store_.purge({.all = true}), 1U);
  (void)handed();
  EXPECT_FALSE(box_.has_work());
  store_.released(4, 4);
  (void)handed();
  EXPECT_EQ(write().gone, Numbers{1});
}

// 2 became 3 in memory alone: until 3 is on disk, 2's place is all that a crash would leave.
TEST_F(Tickets, OneThatIsGivenUpAgainBeforeItIsWrittenKeepsItsPlace) {
  store_.add({.record = "r", .position = 8});
  send_again_in_vain(2);
  EXPECT_EQ(handed(), Numbers{7});
  send_again_in_vain(3);
  EXPECT_EQ(handed(), Numbers{});
  EXPECT_EQ(write().first, 4U);
  EXPECT_EQ(handed(), Numbers{8});
}

TEST_F(Tickets, WhatItHasBecomeMayBeThrownAway) {
  store_.add({.record = "r", .position = 8});
  send_again_in_vain(2);
  EXPECT_EQ(store_.purge({.numbers = {3}}), 1U);
  EXPECT_EQ(handed(), (Numbers{8, 7}));
}

// The record there names the letter, and nothing else is to be waited for.
TEST_F(Tickets, WhatIsSentAgainFromTheLogGivesItsPlaceAtOnce) {
  store_.add({.record = "r", .position = 8});
  store_.add({.record = "r", .position = 9});
  (void)store_.take({.numbers = {2}});
  store_.logged(2);
  EXPECT_EQ(handed(), (Numbers{8, 7}));
}

// ---- over a time without a log

TEST_F(Tickets, WithoutALogPlacesWait) {
  store_.begin_run(0);
  store_.add({.record = "r", .position = 8});
  store_.purge({.numbers = {2}});
  EXPECT_EQ(handed(), Numbers{});
  EXPECT_TRUE(store_.owes());
  store_.begin_run(2);
  EXPECT_EQ(handed(), (Numbers{8, 7}));
}

TEST_F(Tickets, AHubThatComesBackReleasesWhatItsLogStillHas) {
  EXPECT_EQ(handed(), Numbers{7});
  store_.released(/*handed=*/4, /*synced=*/3);  // and the log ends
  store_.begin_run(0);
  const auto claims = store_.come_back([](uint64_t position) { return position == 7; });
  EXPECT_EQ(claims.released, Numbers{7});
  EXPECT_EQ(claims.withheld, Numbers{});
  store_.begin_run(2);
  store_.purge({.all = true});
  EXPECT_EQ(handed(), Numbers{});
  EXPECT_FALSE(box_.has_work());
  store_.released(2, 1);
  (void)handed();
  EXPECT_EQ(write().gone, Numbers{1});
}

TEST_F(Tickets, OneThatItsLogHasNoMoreGoesWhenItIsThrownAway) {
  store_.begin_run(0);
  const auto claims = store_.come_back([](uint64_t) { return false; });
  EXPECT_EQ(claims.released, Numbers{});
  EXPECT_FALSE(store_.owes());
  store_.begin_run(2);
  store_.purge({.all = true});
  EXPECT_EQ(handed(), Numbers{});
  EXPECT_EQ(write().gone, Numbers{1});
}

TEST_F(Tickets, WhatIsNotWrittenIsWithheldUntilItIs) {
  EXPECT_EQ(handed(), Numbers{7});
  store_.add({.record = "r", .position = 8});
  store_.add({.record = "r", .position = 9});
  send_again_in_vain(2);
  store_.begin_run(0);
  (void)handed();
  const auto claims = store_.come_back([](uint64_t) { return true; });
  EXPECT_EQ(claims.released, Numbers{7});
  EXPECT_EQ(claims.withheld, (Numbers{8, 9}));
  store_.begin_run(2);
  EXPECT_EQ(handed(), Numbers{});
  while (box_.has_work()) write();
  EXPECT_EQ(handed(), (Numbers{8, 9}));
}

TEST_F(Tickets, ThoseInMemoryAloneAreReleasedAgain) {
  KeptLetters store({}, box_, clock_, /*writes=*/false);
  store.begin_run(1);
  store.add({.record = "r", .position = 8});
  Numbers positions;
  store.hand_over(positions);
  EXPECT_EQ(positions, Numbers{8});
  store.released(4, 3);  // the disk failed, and the log ends
  store.begin_run(0);
  EXPECT_EQ(store.come_back([](uint64_t) { return true; }).released, Numbers{8});
  EXPECT_EQ(store.summary().count, 1U);
}

TEST_F(Tickets, OneOfALogThatCannotBeReadIsNotReleased) {
  LetterBox box(5, [] {});
  KeptLetters store({}, box, clock_, /*writes=*/true);
  store.begin_run(1);
  store.restore({{.letter = {.number = 3, .position = 9}, .generation = kNeverReleased},
                 {.letter = {.number = 4}, .generation = 0}},
                {});
  store.purge({.all = true});
  store.released(1, 1);
  Numbers positions;
  store.hand_over(positions);
  EXPECT_EQ(positions, Numbers{});
  EXPECT_EQ(box.take(1000).gone, Numbers{4});
}

}  // namespace
}  // namespace awps
