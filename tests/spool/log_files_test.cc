// Which files a log makes, keeps for a look, and takes away: sizes of segments, and damaged ones.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "spool/log.h"
#include "spool/log_folder.h"
#include "spool/posix_file.h"
#include "spool/segment_header.h"
#include "spool/space.h"
#include "tests/support/disk_model.h"
#include "tests/support/test_folder.h"

namespace awps {
namespace {

const std::string kFolder = "/spool/spool/chat";
constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr uint64_t kKib = 1024;

class LogFiles : public testing::Test {
 protected:
  LogFiles() { disk_.put_folder("/spool"); }

  std::unique_ptr<Log> open() { return open(disk_, space_); }
  static std::unique_ptr<Log> open(DiskModel& disk, SpoolSpace& space) {
    auto opened = Log::open(disk, space,
                            {.folder = kFolder,
                             .store = store_id_of("chat", "example.webpubsub.azure.com"),
                             .segment_bytes = 64 * kKib,
                             .first_segment_bytes = 8 * kKib},
                            [](uint64_t, uint64_t) {});
    return std::move(opened).value();
  }

  // A group of one record.
  static void add(Log& log, size_t bytes) {
    std::string record(4 + bytes, 'r');
    for (size_t byte = 0; byte < 4; ++byte) record[byte] = static_cast<char>(bytes >> (8 * byte));
    log.add(record, 1);
    ASSERT_TRUE(log.commit(kNow).ok());
  }

  // All that is committed has its outcome, and nothing is expected.
  static void drain(Log& log) {
    log.release({1, log.status().committed - 1});
    ASSERT_TRUE(log.commit(kNow).ok());
    log.tend(kNow, /*is_idle=*/true);
  }

  std::vector<std::string> names(const std::string& end) const {
    std::vector<std::string> names = disk_.names(kFolder);
    std::erase_if(names, [&](const std::string& name) { return !name.ends_with(end); });
    return names;
  }

  void damage_record(const std::string& segment) {
    const std::string path = kFolder + "/" + segment;
    std::string bytes = disk_.content(path);
    bytes[SegmentHeader::kBytes + 100] ^= 0x10;
    disk_.put(path, bytes);
  }

  // The bytes of each segment that one write after another makes, up to `count` of them.
  std::vector<uint64_t> sizes_of_new(Log& log, size_t count) {
    const std::vector<std::string> before = names(".seg");
    std::vector<std::string> made;
    while (made.size() < count) {
      add(log, 3000);
      log.tend(kNow, /*is_idle=*/false);
      made.clear();
      std::ranges::set_difference(names(".seg"), before, std::back_inserter(made));
    }
    std::vector<uint64_t> sizes;
    for (const std::string& name : made) {
      sizes.push_back(disk_.content(kFolder + "/" + name).size());
    }
    return sizes;
  }

  DiskModel disk_;
  SpoolSpace space_{disk_, {.path = "/", .min_free_bytes = 0}};
};

const std::vector<uint64_t> kSizes = {8 * kKib, 16 * kKib, 32 * kKib, 64 * kKib, 64 * kKib};

// ---- stragglers

// What is written without a sync must not free the place where it was.
TEST_F(LogFiles, AStragglerWhoseMoveHasFailedIsSyncedBeforeItsOldPlaceGoes) {
  const auto log = open();
  for (int i = 0; i < 200; ++i) add(*log, 3000);
  log->release({2, log->status().committed - 2});
  ASSERT_TRUE(log->commit(kNow).ok());
  const size_t before = names(".seg").size();
  disk_.fail({.from = disk_.operations() + 1, .code = 28, .is_lasting = true});
  log->tend(kNow, /*is_idle=*/false);
  disk_.heal();
  ASSERT_EQ(names(".seg").size(), before);
  ASSERT_TRUE(log->has_group());
  ASSERT_TRUE(log->write_out(kNow).ok());
  log->tend(kNow + std::chrono::seconds(2), /*is_idle=*/false);
  ASSERT_LT(names(".seg").size(), before);
  const std::unique_ptr<DiskModel> after = disk_.cut(Keep::kNone, /*seed=*/1);
  SpoolSpace space(*after, {.path = "/", .min_free_bytes = 0});
  EXPECT_EQ(open(*after, space)->recovery().records, 1U);
}

// ---- sizes

TEST_F(LogFiles, EachSegmentHasTwiceTheBytesOfTheOneBefore) {
  const auto log = open();
  EXPECT_EQ(sizes_of_new(*log, kSizes.size()), kSizes);
}

TEST_F(LogFiles, AfterItWasEmptyALogIsSmallAgain) {
  const auto log = open();
  (void)sizes_of_new(*log, 3);
  drain(*log);
  ASSERT_TRUE(disk_.names(kFolder).empty());
  EXPECT_EQ(sizes_of_new(*log, kSizes.size()), kSizes);
}

TEST_F(LogFiles, AfterAStartALogIsSmallAgain) {
  (void)sizes_of_new(*open(), 3);
  EXPECT_EQ(sizes_of_new(*open(), kSizes.size()), kSizes);
}

TEST_F(LogFiles, ALargeGroupGetsASegmentOfItsOwnSize) {
  const auto log = open();
  add(*log, 200 * kKib);
  const std::string path = kFolder + "/" + segment_name(1);
  EXPECT_GE(disk_.content(path).size(), 200 * kKib);
  EXPECT_LT(disk_.content(path).size(), 210 * kKib);
}

// ---- damaged segments

TEST_F(LogFiles, ADamagedSegmentIsKeptForALookWhenItIsDrained) {
  {
    const auto log = open();
    for (int i = 0; i < 8; ++i) add(*log, 1500);
  }
  damage_record(segment_name(1));
  const std::string damaged = disk_.content(kFolder + "/" + segment_name(1));
  const auto log = open();
  EXPECT_EQ(log->recovery().damaged.size(), 1U);
  drain(*log);
  EXPECT_EQ(disk_.names(kFolder), std::vector<std::string>{damaged_name(1)});
  EXPECT_EQ(disk_.content(kFolder + "/" + damaged_name(1)), damaged);
}

TEST_F(LogFiles, OfDamagedSegmentsOfManyRunsTheLatestFourAreKept) {
  std::vector<std::string> damaged;
  for (int round = 0; round < 6; ++round) {
    {
      const auto log = open();
      for (int i = 0; i < 3; ++i) add(*log, 1500 + static_cast<size_t>(round));
    }
    const std::string name = names(".seg").front();
    damage_record(name);
    damaged.push_back(disk_.content(kFolder + "/" + name));
    drain(*open());
    EXPECT_TRUE(names(".seg").empty()) << "round " << round;
  }
  std::vector<std::string> kept;
  for (const std::string& name : names(".damaged")) {
    kept.push_back(disk_.content(kFolder + "/" + name));
  }
  EXPECT_EQ(kept, std::vector<std::string>(damaged.end() - 4, damaged.end()));
}

TEST_F(LogFiles, OfDamagedSegmentsOfOneRunTheLatestFourAreKept) {
  const auto log = open();
  std::vector<std::string> damaged;
  for (int round = 0; round < 6; ++round) {
    const Position first = log->status().committed;
    add(*log, 1500);
    const std::string name = names(".seg").front();
    damage_record(name);
    damaged.push_back(name + ".damaged");
    log->begin_reading(first);
    ASSERT_TRUE(log->read(1 << 20U, [](Position, std::string_view) {}).ok());
    EXPECT_EQ(log->take_lost(), (std::vector<PositionRange>{{first, 1}}));
    drain(*log);
  }
  EXPECT_EQ(disk_.names(kFolder), std::vector<std::string>(damaged.end() - 4, damaged.end()));
}

// A torn segment that was put aside leaves its number to the next one.
TEST(LogFolder, ANumberThatIsPutAsideAgainCountsOnce) {
  const TestFolder folder;
  std::vector<std::string> names;
  for (uint64_t number = 1; number <= 4; ++number) {
    names.push_back(damaged_name(number));
    folder.write(names.back(), "old");
  }
  folder.write(segment_name(4), "new");
  PosixFileSystem files;
  LogFolder log_folder(files, folder.file(""));
  log_folder.know(names);
  ASSERT_TRUE(log_folder.put_aside(4).ok());
  for (const std::string& name : names) {
    EXPECT_TRUE(std::filesystem::exists(folder.file(name))) << name;
  }
  EXPECT_EQ(std::filesystem::file_size(folder.file(damaged_name(4))), 3U);
}

TEST(LogFolder, OfDamagedSegmentsThereAreAtMost256Mib) {
  const TestFolder folder;
  const auto make = [&](const std::string& name, uint64_t mib) {
    folder.write(name, "");
    std::filesystem::resize_file(folder.file(name), mib << 20U);  // sparse
  };
  make(damaged_name(1), 100);
  make(damaged_name(2), 100);
  make(segment_name(3), 100);
  make(segment_name(4), 56);
  make(segment_name(5), 1000);
  PosixFileSystem files;
  LogFolder log_folder(files, folder.file(""));
  log_folder.know({damaged_name(2), damaged_name(1)});
  const auto is_there = [&](uint64_t number) {
    return std::filesystem::exists(folder.file(damaged_name(number)));
  };
  ASSERT_TRUE(log_folder.put_aside(3).ok());
  EXPECT_FALSE(is_there(1));
  EXPECT_TRUE(is_there(2) && is_there(3));
  ASSERT_TRUE(log_folder.put_aside(4).ok());
  EXPECT_TRUE(is_there(2) && is_there(3) && is_there(4)) << "256 MiB are not too much";
  ASSERT_TRUE(log_folder.put_aside(5).ok());
  EXPECT_FALSE(is_there(2) || is_there(3) || is_there(4) || is_there(5));
}

}  // namespace
}  // namespace awps
