// The keeper of dead letters on a disk in trouble, and as a thread.

#include "worker/letter_keeper.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <sstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "tests/worker/letters_rig.h"
#include "worker/letter_keeper_thread.h"

namespace awps {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Names = std::vector<std::string>;
using Numbers = std::vector<uint64_t>;

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LetterKeeper, AFailingDiskIsToldOnceAndTriedAgain) {
  LettersRig rig;
  rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
  rig.give_up_new("a");
  rig.run(seconds(40));
  EXPECT_EQ(count_of(rig.lines.str(), "cannot be written to disk"), 1U);
  EXPECT_EQ(rig.store->storage().unwritten, 1U);
  EXPECT_NE(rig.store->storage().error, "");
  EXPECT_EQ(rig.listed(), Names{"a"});
  const uint64_t before = rig.disk->operations();
  rig.run(seconds(60));
  EXPECT_LE(rig.disk->operations() - before, 3U * 12);  // each 30 s, a few calls
  rig.disk->heal();
  rig.run(seconds(31));
  EXPECT_EQ(rig.box->written(), 1U);
  EXPECT_EQ(rig.store->storage().error, "");
  EXPECT_EQ(rig.store->storage().unwritten, 0U);
  EXPECT_EQ(count_of(rig.lines.str(), "on disk again"), 1U);
}

// What is thrown away and stays on disk is no secret.
TEST(LetterKeeper, WhatCannotBeTidiedUpIsToldOnce) {
  LettersRig rig;
  for (int i = 0; i < 40; ++i) rig.give_up_new(std::string(1000, 'a'));  // some segments
  rig.run(seconds(15));
  ASSERT_GT(rig.disk->names("/spool/hub").size(), 1U);
  EXPECT_EQ(rig.purge(1), 1U);
  rig.run(seconds(2));
  const size_t files = rig.disk->names("/spool/hub").size();
  for (uint64_t number = 2; number <= 40; ++number) rig.purge(number);
  // Only what deletes fails: the releases are written.
  rig.disk->after_change([&](const DiskModel::Operation& operation) {
    if (operation.call == "sync") {
      rig.disk->fail({.from = rig.disk->operations() + 1, .code = EIO, .is_lasting = true});
    }
  });
  rig.run(seconds(40));
  EXPECT_EQ(rig.disk->names("/spool/hub").size(), files);
  EXPECT_EQ(count_of(rig.lines.str(), "files of theirs that are not needed stay"), 1U);
  EXPECT_EQ(rig.store->storage().unwritten, 0U);
  EXPECT_NE(rig.store->storage().error.find("files that are not needed stay: "), std::string::npos);
  rig.disk->after_change({});
  rig.disk->heal();
  rig.run(seconds(40));
  EXPECT_LT(rig.disk->names("/spool/hub").size(), files);
  EXPECT_EQ(rig.store->storage().error, "");
  EXPECT_EQ(count_of(rig.lines.str(), "are tidied up again"), 1U);
}

TEST(LetterKeeper, AFloodGrowsNothingWhileTheDiskFails) {
  for (const bool is_durable : {false, true}) {
    LettersRig rig({.is_durable = is_durable, .bounds = {.max_count = 10}});
    for (int i = 0; i < 500; ++i) {
      rig.disk->heal();
      rig.accept("a");
      if (is_durable) rig.committer->turn();
      rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
      rig.turn();
      if (!rig.held().empty()) rig.give_up(0);
      rig.clock.pass(milliseconds(20));
    }
    EXPECT_GT(rig.store->summary().dropped, 400U);
    EXPECT_LE(rig.store->storage().unwritten, 10U);
  }
}

TEST(LetterKeeper, AFullSpoolKeepsThemInMemoryAndLetsOthersGo) {
  LettersRig rig({.spool_max_bytes = 40'000});  // two segments
  std::vector<uint64_t> numbers;
  for (int i = 0; i < 40; ++i) rig.give_up_new(std::string(1000, 'a'));
  rig.run(seconds(5));
  const uint64_t written = rig.box->written();
  EXPECT_GT(written, 5U);
  EXPECT_LT(written, 40U);
  EXPECT_EQ(rig.store->storage().error, "spool.max_bytes is reached");
  for (uint64_t number = 1; number <= written; ++number) rig.purge(number);
  rig.run(seconds(120));
  EXPECT_EQ(rig.letters_on_disk(), rig.listed().size());
  EXPECT_EQ(rig.store->storage().error, "");
}

// With a thread, whoever waits is told when all is on disk, or that it is not.
class LetterKeeperThreadTest : public testing::Test {
 protected:
  LetterKeeperThreadTest() {
    auto log = Log::open(disk_, space_, {.folder = "/a", .kind = SegmentHeader::kLetters},
                         [](uint64_t, uint64_t) {});
    AWPS_CHECK(log.ok());
    box_ = &keeper_.keep("a", std::move(*log));
  }
  bool write(uint64_t number) {
    LetterBox::Changes changes{.added = {{number, "letter"}}, .gone = {}};
    box_->hand_over(changes);
    return box_->wait_until_written(seconds(60));
  }

  const SystemClock clock_;
  std::ostringstream lines_;
  spdlog::logger logger_{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_)};
  CommitterWake wake_;
  DiskModel disk_;  // of one thread at a time
  SpoolSpace space_{disk_, {.path = "/"}};
  LetterKeeper keeper_{{.clock = clock_, .logger = logger_, .wake = [this] { wake_.wake(); }}};
  LetterBox* box_ = nullptr;
  LetterKeeperThread thread_{keeper_, wake_, clock_};
};

TEST_F(LetterKeeperThreadTest, WritesWhileOthersWait) {
  thread_.start();
  for (uint64_t number = 1; number <= 3; ++number) {
    EXPECT_TRUE(write(number));
    EXPECT_EQ(box_->written(), number);
  }
}

TEST_F(LetterKeeperThreadTest, TellsThatItCannot) {
  disk_.fail({.from = 1, .code = EIO, .is_lasting = true});
  thread_.start();
  EXPECT_FALSE(write(1));
  EXPECT_NE(box_->error(), "");
  EXPECT_TRUE(thread_.finish([] { return false; }));
  EXPECT_EQ(box_->written(), 0U);
}

TEST(LetterKeeper, AStopWritesWhatIsThere) {
  LettersRig rig;
  rig.give_up_new("a");
  rig.turn();
  rig.give_up_new("b");
  rig.stop_and_start();
  EXPECT_EQ(rig.listed(), (Names{"a", "b"}));
}

TEST(LetterKeeper, OneThatIsGivenUpDeletesItsFiles) {
  LettersRig writing;
  writing.give_up_new("a");
  writing.run(seconds(2));
  LettersRig rig({.writes = false});
  rig.restart(writing.disk->killed());
  EXPECT_EQ(rig.listed(), Names{"a"});
  rig.give_up_new("b");
  EXPECT_EQ(rig.numbers(), (Numbers{1, 2}));
  rig.purge(1);
  rig.run(seconds(40));
  EXPECT_EQ(rig.disk->names("/spool/hub"), std::vector<std::string>{});
  EXPECT_EQ(rig.listed(), Names{"b"});
}

TEST(LetterKeeper, SmallGroupsOfAGapAreWrittenInOrder) {
  LettersRig rig;
  rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
  for (int i = 1; i <= 40; ++i) rig.give_up_new("n" + std::to_string(i));
  for (uint64_t number = 2; number <= 40; number += 2) rig.purge(number);
  rig.disk->heal();
  rig.run(seconds(5));
  EXPECT_EQ(rig.box->written(), 39U);
  const Names before = rig.listed();
  rig.cut(Keep::kNone);
  EXPECT_EQ(rig.listed(), before);
  EXPECT_EQ(before.size(), 20U);
}

TEST(LetterKeeper, AStopWritesAllHoweverManyGapsThereAre) {
  LettersRig rig;
  rig.disk->fail({.from = 1, .code = EIO, .is_lasting = true});
  for (int i = 1; i <= 100; ++i) rig.give_up_new("n" + std::to_string(i));
  for (uint64_t number = 2; number <= 100; number += 2) rig.purge(number);
  rig.disk->heal();
  const size_t before = rig.listed().size();
  rig.stop_and_start();
  EXPECT_EQ(rig.listed().size(), before);
}

}  // namespace
}  // namespace awps
