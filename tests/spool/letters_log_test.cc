// The log of dead letters: positions that go on, and have gaps.

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "spool/bytes.h"
#include "spool/check.h"
#include "spool/log.h"
#include "tests/support/disk_model.h"

namespace awps {
namespace {

using Positions = std::vector<Position>;

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};
const std::string kFolder = "/spool/hub";

class LettersLog : public testing::Test {
 protected:
  LettersLog() { open(); }

  void open() {
    log_.reset();
    Result<std::unique_ptr<Log>, LogOpenError> opened =
        Log::open(*disk_, space_, options_, [](uint64_t, uint64_t) {});
    ASSERT_TRUE(opened.ok());
    log_ = std::move(*opened);
  }
  // After a cut that keeps only what was synced.
  void cut() {
    log_.reset();
    disk_ = disk_->cut(Keep::kNone, /*seed=*/1);
    open();
  }
  Position add(const std::string& text = "letter") {
    std::string bytes;
    add_number(bytes, static_cast<uint32_t>(text.size()));
    const Position position = log_->add(bytes + text, 1);
    EXPECT_TRUE(log_->commit(kNow).ok());
    return position;
  }
  void release(Position position) {
    log_->release({position, 1});
    EXPECT_TRUE(log_->commit(kNow).ok());
  }
  Positions live() {
    Positions positions;
    Position from = 1;
    EXPECT_TRUE(
        log_->look(from, SIZE_MAX,
                   [&](Position position, std::string_view) { positions.push_back(position); })
            .ok());
    return positions;
  }

  LogOptions options_{.folder = kFolder,
                      .segment_bytes = uint64_t{16} << 10U,
                      .first_segment_bytes = uint64_t{16} << 10U,
                      .kind = SegmentHeader::kLetters,
                      .keeps_last = true};
  std::unique_ptr<DiskModel> disk_ = std::make_unique<DiskModel>();
  DiskModel large_;
  SpoolSpace space_{large_, {.path = "/"}};
  std::unique_ptr<Log> log_;
};

TEST_F(LettersLog, LiesBesideTheLogOfItsHub) {
  EXPECT_FALSE(disk_->has(kFolder));  // nothing is made before the first letter
  add();
  EXPECT_EQ(disk_->names(kFolder), std::vector<std::string>{"letters-0000000000000001.seg"});
  options_.kind = SegmentHeader::kLog;
  open();
  EXPECT_TRUE(log_->recovery().remarks.empty());
  EXPECT_EQ(log_->recovery().segments, 0U);
  add();
  options_.kind = SegmentHeader::kLetters;
  open();
  EXPECT_TRUE(log_->recovery().remarks.empty());
  EXPECT_EQ(live(), Positions{1});
}

TEST_F(LettersLog, AFileOfTheOtherKindIsNotReadAsOne) {
  add();
  const std::string bytes = disk_->content(kFolder + "/letters-0000000000000001.seg");
  disk_->put(kFolder + "/log-0000000000000001.seg", bytes);
  options_.kind = SegmentHeader::kLog;
  open();
  EXPECT_EQ(log_->recovery().records, 0U);
}

TEST_F(LettersLog, PositionsGoOnWhenNothingLives) {
  EXPECT_EQ(add(), 1U);
  EXPECT_EQ(add(), 2U);
  release(1);
  release(2);
  log_->tend(kNow, /*is_idle=*/true);
  cut();
  EXPECT_EQ(live(), Positions{});
  EXPECT_EQ(add(), 3U);
  release(3);
  for (int i = 0; i < 3; ++i) log_->tend(kNow, /*is_idle=*/true);
  cut();
  EXPECT_EQ(add(), 4U);
  log_->tend(kNow, /*is_idle=*/true);
  EXPECT_LE(disk_->names(kFolder).size(), 2U);
}

TEST_F(LettersLog, OneThatIsGivenUpLeavesNothing) {
  options_.keeps_last = false;
  open();
  add();
  release(1);
  log_->tend(kNow, /*is_idle=*/true);
  EXPECT_EQ(disk_->names(kFolder), std::vector<std::string>{});
}

TEST_F(LettersLog, AGapIsNoLoss) {
  add();
  log_->skip_to(5);
  EXPECT_EQ(add(), 5U);
  EXPECT_EQ(live(), (Positions{1, 5}));
  cut();
  EXPECT_EQ(live(), (Positions{1, 5}));
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_EQ(add(), 6U);
}

TEST_F(LettersLog, PositionsGoOnBehindAGapAtTheEnd) {
  add();
  log_->skip_to(9);
  EXPECT_TRUE(log_->commit(kNow).ok());
  cut();
  EXPECT_EQ(add(), 9U);
}

TEST_F(LettersLog, AGapAtTheBeginningOfASegmentIsNoLoss) {
  for (int i = 0; i < 40; ++i) add(std::string(1000, 'a'));
  log_->skip_to(50);
  add(std::string(14'000, 'a'));  // in a segment of its own
  open();
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_EQ(live().back(), 50U);
  EXPECT_EQ(live().size(), 41U);
}

TEST_F(LettersLog, DamageIsToldFromAGap) {
  for (int i = 0; i < 3; ++i) add(std::string(1000, 'a'));
  log_->skip_to(7);
  add();
  log_.reset();
  const std::string path = kFolder + "/letters-0000000000000001.seg";
  std::string bytes = disk_->content(path);
  bytes[4096 + 1040 + 500] ^= 1;  // in the second one
  disk_->put(path, bytes);
  open();
  EXPECT_EQ(log_->recovery().lost_records, 1U);
  EXPECT_EQ(live(), (Positions{1, 3, 7}));
}

// The old letter goes with the new one's sync, and not with another.
TEST_F(LettersLog, WhatRecordsReplaceSharesTheirFate) {
  add();
  std::string bytes;
  add_number(bytes, uint32_t{3});
  bytes += "new";
  log_->add(bytes, 1);
  log_->replace({1, 1});
  disk_->fail({.from = 1, .code = EIO, .is_lasting = true});
  EXPECT_FALSE(log_->commit(kNow).ok());
  log_->drop_records();
  disk_->heal();
  log_->want_frame();
  EXPECT_TRUE(log_->commit(kNow).ok());
  cut();
  EXPECT_EQ(live(), Positions{1});
  log_->add(bytes, 1);
  log_->replace({1, 1});
  EXPECT_TRUE(log_->commit(kNow).ok());
  EXPECT_EQ(live(), Positions{2});
  cut();
  EXPECT_EQ(live(), Positions{2});
}

TEST_F(LettersLog, ItsRunIsAtLeastWhatItIsTold) {
  options_.least_run = 12;
  open();
  EXPECT_EQ(log_->run(), 12U);
  add();
  options_.least_run = 3;
  open();
  EXPECT_EQ(log_->run(), 13U);
}

TEST_F(LettersLog, ACheckCountsThem) {
  add();
  add();
  release(1);
  const auto checked = check_log(
      *disk_, kFolder, [](Position, std::string_view) {}, SegmentHeader::kLetters);
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(checked->found.records, 1U);
  EXPECT_EQ(checked->released, 1U);
}

}  // namespace
}  // namespace awps
