// A disk that fails; stragglers; and a stop.

#include <cerrno>

#include "tests/worker/committer_rig.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;
using Room = Budget::Room;

constexpr RigOptions kSmallWindow{.max_queued_bytes = 10 * CommitterRig::kCharge};

void break_disk(CommitterRig& rig) {
  rig.disk->fail({.from = 1, .code = 5, .is_lasting = true});
}

// ---- failed

TEST(CommitterTrouble, OneFailedCallIsLateAndNotLost) {
  for (uint64_t skipped = 0; skipped < 12; ++skipped) {
    CommitterRig rig;
    rig.push(1, 1);
    rig.run(milliseconds(3));
    rig.disk->fail({.from = rig.disk->operations() + 1 + skipped});
    for (int i = 0; i < 4; ++i) {
      rig.push(1, 1);
      rig.run(milliseconds(3));
    }
    rig.run(seconds(3));
    EXPECT_EQ(rig.reports().back(), "accepted 1-5") << skipped;
    EXPECT_EQ(rig.safe(), names(1, 1, 5)) << skipped;
    EXPECT_EQ(rig.take(), names(1, 1, 5)) << skipped;
  }
}

TEST(CommitterTrouble, AFailedDiskRefusesWhatComesAndKeepsWhatItHas) {
  CommitterRig rig;
  break_disk(rig);
  rig.push(1, 2);
  rig.run(milliseconds(900));
  EXPECT_EQ(rig.room(), Room::kStorageFailed);
  EXPECT_EQ(rig.reports(), Names{});
  EXPECT_EQ(rig.counters.failed.value(), 1U);
  rig.disk->heal();
  rig.run(milliseconds(200));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-2"}));
  EXPECT_EQ(rig.take(), names(1, 1, 2));
  EXPECT_EQ(rig.room(), Room::kFree);
}

TEST(CommitterTrouble, WhatIsInMemoryGoesOnBeingDelivered) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 5);
  rig.push(1, 40);
  rig.run(milliseconds(3));
  rig.disk->fail({.from = rig.disk->operations() + 1, .code = 30, .is_lasting = true});  // EROFS
  rig.push(1, 1);
  EXPECT_EQ(rig.drain(), names(1, 1, 45));
}

TEST(CommitterTrouble, AfterTenSecondsWhatWaitsIsRefusedInOrder) {
  CommitterRig rig({.committer = {.commit_bytes = 100}});
  break_disk(rig);
  rig.push(1, 2);
  rig.push(1, 2);
  rig.push(2, 1);
  rig.run(milliseconds(9'900));
  EXPECT_EQ(rig.reports(), Names{});
  rig.run(milliseconds(200));
  EXPECT_EQ(rig.reports(),
            (Names{"refused 1-1 line 101", "refused 1-2 line 102", "refused 1-3 line 103",
                   "refused 1-4 line 104", "refused 2-1 line 101"}));
  EXPECT_EQ(rig.counters.late_refused.value(), 5U);
  EXPECT_TRUE(rig.may_free(1) && rig.may_free(2));
  EXPECT_EQ(rig.committer->counts().accepted, 0U);
  rig.disk->heal();
  rig.run(seconds(60));
  EXPECT_EQ(rig.take(), Names{});
  rig.push(1, 1);
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.reports(), (Names{"accepted 1-5"}));
  EXPECT_EQ(rig.safe(), names(1, 5, 5));
}

TEST(CommitterTrouble, WhoComesLongAfterItHasFailedIsRefusedAtOnce) {
  CommitterRig rig;
  break_disk(rig);
  rig.push(1, 1);
  rig.run(seconds(40));
  (void)rig.reports();
  EXPECT_EQ(rig.room(), Room::kStorageFailed);
  rig.push(1, 1);  // by a door that did not know it yet
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.reports(), (Names{"refused 1-2 line 102"}));
}

TEST(CommitterTrouble, ADiskThatIsWellAgainIsFoundWithoutAnythingToWrite) {
  CommitterRig rig;
  break_disk(rig);
  rig.push(1, 1);
  rig.run(seconds(70));
  EXPECT_EQ(rig.counters.failed.value(), 1U);
  rig.disk->heal();
  rig.run(seconds(31));
  EXPECT_EQ(rig.counters.failed.value(), 0U);
  EXPECT_EQ(rig.room(), Room::kFree);
  rig.run(seconds(30));
  EXPECT_EQ(rig.disk->names("/spool/hub"), Names{}) << "what it was tried with is gone";
}

TEST(CommitterTrouble, WhatWasRefusedIsToldWithWhoDoesNotLearnIt) {
  CommitterRig rig;
  break_disk(rig);
  rig.push(1, 2);
  rig.push(2, 3);
  rig.account(2).is_orphan = true;
  rig.run(seconds(31));
  EXPECT_EQ(rig.counters.late_refused.value(), 5U);
  EXPECT_NE(rig.lines.str().find("5 actions that were taken in are refused after all"),
            std::string::npos);
  EXPECT_NE(rig.lines.str().find("the producers of 3 of them are gone"), std::string::npos)
      << rig.lines.str();
}

TEST(CommitterTrouble, WhatAnotherTryMadeGoodIsToldAndCountedByItsCall) {
  CommitterRig rig;
  rig.push(1, 1);
  rig.run(milliseconds(3));
  rig.disk->fail({.from = rig.disk->operations() + 1});
  rig.push(1, 1);
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.reports().back(), "accepted 1-2");
  EXPECT_EQ(rig.counters.errors_write.value(), 1U);
  EXPECT_NE(rig.lines.str().find("write '/spool/hub/"), std::string::npos) << rig.lines.str();
}

TEST(CommitterTrouble, WhatWaitsWhenAnotherServiceIsAdoptedIsAcceptedOnceAndInOrder) {
  constexpr uint64_t kMany = 4000;  // more than is read at once
  CommitterRig rig(kSmallWindow);
  rig.push(1, kMany - 1);
  rig.run(milliseconds(3));
  rig.push(1, 1);  // one read takes it, and what is behind it
  rig.run(milliseconds(3));
  rig.host = "another";
  rig.kill();
  ASSERT_TRUE(rig.committer->recovery().other_store);
  rig.disk->fail({.from = 1, .code = EROFS, .is_lasting = true});
  rig.push(2, 2);
  rig.run(milliseconds(900));
  ASSERT_EQ(rig.counters.failed.value(), 1U);
  rig.disk->heal();
  rig.committer->adopt_service();
  // The rest is read before the disk is tried again.
  Names all;
  for (size_t before = 1; all.size() != before;) {
    rig.turn();
    before = all.size();
    for (const std::string& name : rig.take()) all.push_back(name);
    rig.settle(rig.held());
  }
  EXPECT_EQ(all, names(1, 1, kMany));
  for (const std::string& name : rig.drain()) all.push_back(name);
  Names expected = names(1, 1, kMany);
  for (const std::string& name : names(2, 1, 2)) expected.push_back(name);
  EXPECT_EQ(all, expected);
  EXPECT_EQ(rig.reports(), (Names{"accepted 2-2"}));
  EXPECT_EQ(rig.committer->counts().accepted, kMany + 2);
}

struct Adoption {
  explicit Adoption(CommitterRig& rig) {
    rig.push(1, 1);
    rig.run(milliseconds(3));
    rig.host = "another";
    rig.kill();
    AWPS_CHECK(rig.committer->recovery().other_store);
    rig.on_adopted = [this, &rig] {
      ++told;
      disk = rig.disk->cut(Keep::kNone, /*seed=*/1);
    };
  }

  int told = 0;
  std::unique_ptr<DiskModel> disk;  // what a power cut would have left then
};

TEST(CommitterTrouble, AnAdoptionIsToldOnceNoCutUndoesIt) {
  CommitterRig rig;
  Adoption adoption(rig);
  rig.run(milliseconds(3));
  EXPECT_EQ(adoption.told, 0);
  rig.committer->adopt_service();
  rig.run(milliseconds(30));
  ASSERT_EQ(adoption.told, 1);
  rig.disk = std::move(adoption.disk);
  rig.kill();
  EXPECT_FALSE(rig.committer->recovery().other_store);
}

TEST(CommitterTrouble, AnAdoptionDoesNotWaitForADiskThatFails) {
  CommitterRig rig;
  Adoption adoption(rig);
  rig.disk->fail({.from = 1, .code = EROFS, .is_lasting = true});
  rig.committer->adopt_service();
  rig.run(milliseconds(30));
  EXPECT_EQ(adoption.told, 1);
}

TEST(CommitterTrouble, ItIsTriedAgainEvenLater) {
  StorageState state;
  Instant now{seconds(1000)};
  std::vector<int> pauses;
  for (int i = 0; i < 7; ++i) {
    state.has_failed(now);
    pauses.push_back(static_cast<int>(to_seconds(state.try_at() - now)));
    EXPECT_EQ(state.room(), Room::kStorageFailed);
    now = state.try_at();
  }
  EXPECT_EQ(pauses, (std::vector<int>{1, 2, 4, 8, 16, 30, 30}));
  EXPECT_EQ(state.refuse_at(), Instant(seconds(1010)));
}

TEST(CommitterTrouble, WhatIsSentAgainIsSentWithoutTheDisk) {
  CommitterRig rig;
  break_disk(rig);
  Account redrive;
  redrive.producer = UINT64_MAX;
  auto batch = std::make_unique<Batch>(redrive, rig.clock.now(), 256);
  batch->add({.kind = ActionKind::kSendToAll, .data = "1099511627775-1"}, 1, 500, 0);
  rig.committer->redrive(std::move(batch));
  rig.run(seconds(11));
  std::unique_ptr<Batch> taken;
  ASSERT_EQ(rig.window->pop({&taken, 1}), 1U);
  EXPECT_EQ(taken->first()->position, 0U);
  EXPECT_EQ(rig.committer->counts().accepted, 1U);
}

// ---- stragglers

TEST(CommitterTrouble, ItSleepsOnceStragglersAreMoved) {
  CommitterRig rig({.segment_bytes = 8192});
  for (int i = 0; i < 100; ++i) {
    rig.push(1, 20);
    rig.run(milliseconds(3));
  }
  rig.take();
  const size_t before = rig.disk->names("/spool/hub").size();
  rig.settle(rig.held() - 1, /*skipped=*/1);
  rig.run(seconds(30));  // it fails if it turns without end
  EXPECT_GT(rig.counters.moved_bytes.value(), 0U);
  EXPECT_LT(rig.disk->names("/spool/hub").size(), before);
  EXPECT_EQ(rig.safe(), names(1, 1, 1));
}

// ---- the stop

TEST(CommitterTrouble, AStopKeepsWhatIsLeftAndSaysSo) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 9);
  rig.push(1, 20);
  rig.run(milliseconds(3));
  (void)rig.reports();
  rig.take();
  rig.push(2, 1);
  rig.committer->stop();
  rig.settle(2);
  rig.committer->finish();
  Names expected{"accepted 2-1"};
  for (const std::string& name : names(1, 10, 29)) expected.push_back("kept " + name);
  expected.push_back("kept 2-1");
  EXPECT_EQ(rig.reports(), expected);
  EXPECT_EQ(rig.committer->kept(), 21U);
  rig.cut(Keep::kNone);
  Names left = names(1, 3, 29);
  left.push_back("2-1");
  EXPECT_EQ(rig.drain(), left);
}

TEST(CommitterTrouble, AStopTriesAFailedDiskOnceMoreAndThenRefuses) {
  CommitterRig rig;
  break_disk(rig);
  rig.push(1, 1);
  rig.run(milliseconds(500));
  rig.committer->stop();
  rig.turn();
  EXPECT_EQ(rig.reports(), (Names{"refused 1-1 line 101"}));
  EXPECT_TRUE(rig.committer->is_drained());
}

TEST(CommitterTrouble, AStopIsNotOverWhileTheTailIsNotEmpty) {
  CommitterRig rig(kSmallWindow);
  EXPECT_TRUE(rig.committer->is_drained());
  rig.push(1, 9);
  EXPECT_FALSE(rig.committer->is_drained());
  rig.push(1, 20);
  rig.run(milliseconds(3));
  EXPECT_FALSE(rig.committer->is_drained());
  rig.drain();
  EXPECT_TRUE(rig.committer->is_drained());
}

// ---- leaving

TEST(CommitterTrouble, AHubThatIsOneInMemoryNowStopsWritingOnceNothingLives) {
  CommitterRig rig({.committer = {.writes = CommitterOptions::Writes::kNothing}});
  rig.push(1, 2);
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.safe(), names(1, 1, 2)) << "it writes while something lives";
  EXPECT_EQ(rig.drain(), names(1, 1, 2));
  rig.run(seconds(15));
  EXPECT_TRUE(rig.disk->names("/spool/hub").empty());
  const uint64_t operations = rig.disk->operations();
  rig.push(1, 3);
  rig.run(milliseconds(3));
  EXPECT_EQ(rig.reports().back(), "accepted 1-5");
  EXPECT_EQ(rig.take(), names(1, 3, 5));
  EXPECT_EQ(rig.disk->operations(), operations);
}

TEST(CommitterTrouble, WhatWouldBeInNobodysHandsIsWrittenAtTheStop) {
  CommitterRig rig({.max_queued_bytes = 10 * CommitterRig::kCharge,
                    .committer = {.writes = CommitterOptions::Writes::kNothing}});
  rig.run(seconds(2));
  rig.push(1, 10);
  rig.push(1, 5);
  rig.run(milliseconds(10));
  EXPECT_EQ(rig.take(), names(1, 1, 10)) << "the window is full, and doors wait";
  rig.committer->finish();
  EXPECT_EQ(rig.safe(), names(1, 11, 15));
  EXPECT_EQ(rig.committer->kept(), 5U);
}

// ---- accounts

TEST(CommitterTrouble, AnAccountIsNeverWithoutWhatTheHubHasOfIt) {
  CommitterRig rig({.max_queued_bytes = 10 * CommitterRig::kCharge,
                    .arrivals_bytes = 1000,
                    .committer = {.producer_spool_bytes = 100}});
  // A door that waits is told in the middle of each step: held → window, held → tail, tail →
  // window.
  rig.on_room = [&] { EXPECT_FALSE(rig.may_free(1)); };
  for (const int actions : {9, 30, 0}) {
    if (actions > 0) rig.push(1, actions);
    EXPECT_TRUE(rig.arrivals->budget().must_wait(5000, rig.account(1)));
    const int before = rig.room_signals;
    rig.run(milliseconds(3));
    if (actions == 0) rig.settle(rig.take().size());
    rig.run(milliseconds(3));
    EXPECT_GT(rig.room_signals, before) << actions;
  }
}

TEST(CommitterTrouble, AReadThatFailsIsCountedAndMadeAgain) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 9);
  rig.push(1, 9);  // on disk alone
  rig.run(seconds(2));
  ASSERT_GT(rig.counters.tail_records.value(), 0U);
  EXPECT_EQ(rig.counters.errors_read.value() + rig.counters.errors_open.value(), 0U);
  (void)rig.take();
  rig.settle(9);
  rig.disk->fail({.from = rig.disk->operations() + 1, .code = EIO, .is_lasting = true});
  rig.run(milliseconds(1));
  EXPECT_EQ(rig.counters.errors_read.value() + rig.counters.errors_open.value(), 1U);
  rig.disk->heal();
  rig.run(seconds(2));
  EXPECT_EQ(rig.drain(), names(1, 10, 18));
}

TEST(CommitterTrouble, AccountsOfConnectionsThatAreGoneAreLetGo) {
  CommitterRig rig(kSmallWindow);
  rig.push(1, 9);
  for (uint64_t producer = 2; producer < 402; ++producer) {
    rig.push(producer, 1);
    rig.run(milliseconds(3));
    // As AccountTable does.
    rig.account(producer).is_orphan.store(true);
  }
  rig.run(seconds(2));
  size_t alive = 0;
  for (uint64_t producer = 2; producer < 402; ++producer) alive += rig.may_free(producer) ? 0 : 1;
  EXPECT_LE(alive, 65U);
  EXPECT_EQ(rig.drain().size(), 409U);
  rig.run(seconds(2));
  for (uint64_t producer = 1; producer < 402; ++producer) EXPECT_TRUE(rig.may_free(producer));
}

}  // namespace
}  // namespace awps
