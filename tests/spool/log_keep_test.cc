// What is in memory alone has its place in a log's order, and is kept in the end: Log::reserve(),
// Log::keep().

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "spool/bytes.h"
#include "spool/log.h"
#include "tests/support/disk_model.h"

namespace awps {
namespace {

using Names = std::vector<std::string>;

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

class LogKeepTest : public testing::Test {
 protected:
  void open() {
    log_.reset();
    space_ = std::make_unique<SpoolSpace>(*disk_, SpoolSpace::Options{.path = "/"});
    auto log = Log::open(*disk_, *space_,
                         {.folder = "/spool/hub",
                          .segment_bytes = segment_bytes_,
                          .first_segment_bytes = segment_bytes_},
                         [](uint64_t, uint64_t) {});
    AWPS_CHECK(log.ok());
    log_ = std::move(*log);
  }
  void reopen() {
    log_.reset();
    space_.reset();
    disk_ = disk_->killed();
    open();
  }
  Position write(const std::string& name) {
    std::string bytes;
    add_number(bytes, static_cast<uint32_t>(name.size()));
    const Position at = log_->add(bytes + name, 1);
    EXPECT_TRUE(log_->commit(kNow).ok());
    return at;
  }
  Names read() {
    Names names;
    log_->begin_reading(0);
    EXPECT_TRUE(
        log_->read(SIZE_MAX, [&](Position, std::string_view bytes) { names.emplace_back(bytes); })
            .ok());
    return names;
  }

  uint64_t segment_bytes_ = uint64_t{64} << 10U;
  std::unique_ptr<DiskModel> disk_ = std::make_unique<DiskModel>();
  std::unique_ptr<SpoolSpace> space_;
  std::unique_ptr<Log> log_;
};

TEST_F(LogKeepTest, WhatIsOnlyReservedMakesNothingAndIsNoLoss) {
  open();
  const uint64_t before = disk_->operations();
  EXPECT_EQ(log_->reserve(10), 1U);
  EXPECT_EQ(disk_->operations(), before);
  EXPECT_EQ(write("a"), 11U);
  log_->reserve(5);
  EXPECT_EQ(write("b"), 17U);
  reopen();
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_EQ(read(), (Names{"a", "b"}));
}

TEST_F(LogKeepTest, AGapBeforeANewSegmentIsNoLoss) {
  segment_bytes_ = uint64_t{8} << 10U;
  open();
  for (int i = 0; i < 40; ++i) {
    log_->reserve(3);
    write(std::string(500, 'x'));
  }
  EXPECT_GT(log_->status().segments, 3U);
  reopen();
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_EQ(read().size(), 40U);
}

TEST_F(LogKeepTest, IsReadBeforeWhatWasWrittenSince) {
  open();
  write("a");
  const Position b = log_->reserve(2);
  write("d");
  const Position e = log_->reserve(1);
  log_->keep(b, "b");
  log_->keep(b + 1, "c");
  log_->keep(e, "e");
  ASSERT_TRUE(log_->commit(kNow).ok());
  EXPECT_EQ(log_->status().records, 5U);
  reopen();
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_EQ(read(), (Names{"a", "b", "c", "d", "e"}));
}

TEST_F(LogKeepTest, IsReadInOrderIfItIsKeptInParts) {
  open();
  const Position a = log_->reserve(1);
  write("b");
  const Position c = log_->reserve(2);
  log_->keep(a, "a");
  log_->keep(c, "c");
  ASSERT_TRUE(log_->commit(kNow).ok());
  log_->keep(c + 1, "d");
  ASSERT_TRUE(log_->commit(kNow).ok());
  reopen();
  EXPECT_EQ(read(), (Names{"a", "b", "c", "d"}));
}

TEST_F(LogKeepTest, OnAFailingDiskIsNotKeptAndNotWrittenLater) {
  open();
  const Position a = log_->reserve(1);
  write("b");
  log_->keep(a, "a");
  disk_->fail({.from = disk_->operations() + 1, .is_lasting = true});
  EXPECT_FALSE(log_->commit(kNow).ok());
  log_->drop_records();
  disk_->heal();
  EXPECT_FALSE(log_->has_group());
}

TEST_F(LogKeepTest, AGapMayBeOfAnyLength) {
  open();
  log_->reserve(70'000'000);
  write("a");
  const Position b = log_->reserve(70'000'000);
  write("c");
  log_->keep(b, "b");
  ASSERT_TRUE(log_->commit(kNow).ok());
  reopen();
  EXPECT_EQ(log_->recovery().lost_records, 0U);
  EXPECT_TRUE(log_->recovery().damaged.empty());
  EXPECT_EQ(read(), (Names{"a", "b", "c"}));
  const Position d = log_->reserve(70'000'000);
  log_->keep(d, "d");
  ASSERT_TRUE(log_->commit(kNow).ok());
  reopen();
  EXPECT_EQ(read(), (Names{"a", "b", "c", "d"}));
}

TEST_F(LogKeepTest, ATornGroupBehindAGapIsNoLoss) {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    for (const Keep keep : {Keep::kRandom, Keep::kFirst}) {
      log_.reset();
      disk_ = std::make_unique<DiskModel>(DiskModel::Options{.seed = seed});
      open();
      write("a");
      log_->reserve(1'000'000);
      std::string record;
      add_number(record, uint32_t{430});
      record += std::string(430, 'x');
      log_->add(record, 1);
      disk_->fail({.from = disk_->operations() + 2, .is_lasting = true});  // the sync
      (void)log_->commit(kNow);
      log_.reset();
      disk_ = disk_->cut(keep, seed);
      open();
      ASSERT_EQ(log_->recovery().lost_records, 0U) << seed;
    }
  }
}

TEST_F(LogKeepTest, WhatWasKeptIsReadFrameByFrame) {
  segment_bytes_ = uint64_t{1} << 20U;
  open();
  const Position first = log_->reserve(2000);
  write("tail");
  for (Position at = first; at < first + 2000; ++at) log_->keep(at, std::string(200, 'x'));
  ASSERT_TRUE(log_->commit(kNow).ok());
  reopen();
  const uint64_t before = disk_->operations();
  EXPECT_EQ(read().size(), 2001U);
  EXPECT_LT(disk_->operations() - before, 50U);
}

/// Actions come one by one: some are written, some stay in memory; both end in any order.
class LogKeepProgram : public LogKeepTest {
 protected:
  using Places = std::map<uint64_t, Position>;  // by the number of what lives there

  void read_what_is_written() {
    memory_.clear();
    written_.clear();
    log_->begin_reading(0);
    const auto note = [&](Position at, std::string_view bytes) {
      written_[std::stoull(std::string(bytes))] = at;
    };
    ASSERT_TRUE(log_->read(SIZE_MAX, note).ok());
  }
  void end_one(Places& of, Random& random) {
    if (of.empty()) return;
    const auto at = std::next(of.begin(), static_cast<ptrdiff_t>(random.below(of.size())));
    if (&of == &written_) log_->release({at->second, 1});
    of.erase(at);
  }
  void step(Random& random) {
    const std::string name = std::string(random.below(200), '0') + std::to_string(last_ + 1);
    switch (random.below(5)) {
      case 0:
        memory_[++last_] = log_->reserve(1);
        break;
      case 1:
        written_[++last_] = write(name);
        break;
      case 2:
        return end_one(memory_, random);
      case 3:
        return end_one(written_, random);
      default:
        ASSERT_TRUE(log_->write_out(kNow).ok());
        log_->tend(kNow, random.below(8) == 0);
    }
  }
  void keep_memory() {
    size_t part = 0;
    for (const auto& [number, at] : memory_) {
      log_->keep(at, std::to_string(number));
      if (++part % 7 != 0) continue;
      ASSERT_TRUE(log_->commit(kNow).ok());
    }
    ASSERT_TRUE(log_->commit(kNow).ok());
    EXPECT_EQ(log_->status().records, written_.size() + memory_.size());
    written_.insert(memory_.begin(), memory_.end());
  }

  Places memory_;
  Places written_;
  uint64_t last_ = 0;
};

// Then the process ends, or is killed, and the next one goes on.
TEST_F(LogKeepProgram, KeepsEverythingInOrder) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    log_.reset();
    disk_ = std::make_unique<DiskModel>(DiskModel::Options{.seed = seed});
    segment_bytes_ = uint64_t{8} << 10U;
    Random random(seed);
    open();
    last_ = 0;
    for (int run = 0; run < 6; ++run) {
      read_what_is_written();
      for (int i = 0; i < 120; ++i) step(random);
      ASSERT_TRUE(log_->commit(kNow).ok());
      if (random.below(3) > 0) keep_memory();
      std::vector<uint64_t> wanted;
      for (const auto& [number, at] : written_) wanted.push_back(number);
      reopen();
      ASSERT_EQ(log_->recovery().lost_records, 0U) << seed << " " << run;
      std::vector<uint64_t> found;
      for (const std::string& name : read()) found.push_back(std::stoull(name));
      ASSERT_EQ(found, wanted) << seed << " " << run;
    }
  }
}

}  // namespace
}  // namespace awps
