// What is damaged in a log's files costs no more than itself, and is counted; what ends torn ends
// there. And files that are not a log's, or a newer version's.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spool/bytes.h"
#include "spool/frame.h"
#include "spool/log.h"
#include "spool/segment_header.h"
#include "spool/space.h"
#include "tests/spool/placed_frames.h"
#include "tests/support/disk_model.h"

namespace awps {
namespace {

const std::string kFolder = "/spool/spool/chat";
constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};

struct Found {
  std::set<Position> live;
  uint64_t lost = 0;
  size_t ranges = 0;
  std::vector<std::string> remarks;
};

std::string to_text(const Found& found) {
  std::string text = std::to_string(found.lost) + " lost, " + std::to_string(found.ranges) +
                     " damaged, " + std::to_string(found.remarks.size()) + " remarks, live";
  for (const Position position : found.live) text += " " + std::to_string(position);
  return text;
}

class LogDamage : public testing::Test {
 protected:
  LogDamage() {
    disk_.put_folder("/spool");
    write();
    for (const std::string& name : disk_.names(kFolder)) {
      const std::string path = kFolder + "/" + name;
      const std::string bytes = disk_.content(path);
      if (read_segment_header(bytes).state != SegmentHeaderReading::State::kGood) continue;
      segments_.push_back(path);
      for (const PlacedFrame& frame : frames_in(path, bytes)) frames_.push_back(frame);
    }
  }

  static LogOptions options() {
    return {.folder = kFolder,
            .store = store_id_of("chat", "example.webpubsub.azure.com"),
            .segment_bytes = 16 << 10U,
            .first_segment_bytes = 8 << 10U,
            .max_bytes = 0,
            .first_group = (uint64_t{1} << 32U) - 3};
  }

  static Result<std::unique_ptr<Log>, LogOpenError> open(DiskModel& disk) {
    static DiskModel room;
    static SpoolSpace space(room, {.path = "/", .min_free_bytes = 0});
    return Log::open(disk, space, options(), [](uint64_t, uint64_t) {});
  }

  static void add(Log& log, int count, size_t bytes) {
    for (int i = 0; i < count; ++i) {
      std::string record(4 + bytes, 'r');
      for (size_t byte = 0; byte < 4; ++byte) record[byte] = static_cast<char>(bytes >> (8 * byte));
      log.add(record, 1);
    }
  }

  // Groups of records, of releases and of both, over some segments, and a last group of several
  // frames.
  void write() {
    const auto log = std::move(open(disk_)).value();
    for (Position group = 1; group <= 24; ++group) {
      add(*log, 4, 200 + 10 * group);
      if (group % 3 == 0) log->release({4 * (group - 2) + 1, 2});
      ASSERT_TRUE(log->commit(kNow).ok());
      if (group % 8 != 0) continue;
      log->release({4 * group - 1, 1});
      ASSERT_TRUE(log->commit(kNow).ok());
    }
    add(*log, 3, 40'000);
    log->release({80, 1});
    log->release({77, 1});
    ASSERT_TRUE(log->commit(kNow).ok());
  }

  static Found look(DiskModel& disk) {
    const auto opened = open(disk);
    if (!opened) {
      ADD_FAILURE() << opened.error().message;
      return {};
    }
    Log& log = **opened;
    Found found{.live = {},
                .lost = log.recovery().lost_records,
                .ranges = log.recovery().damaged.size(),
                .remarks = log.recovery().remarks};
    log.begin_reading(0);
    const auto read = log.read(1'000'000'000, [&](Position position, std::string_view) {
      EXPECT_TRUE(found.live.insert(position).second);
    });
    EXPECT_TRUE(read.ok());
    EXPECT_TRUE(log.take_lost().empty());
    return found;
  }

  // As frames say it, where only those are there for which `is_there` holds.
  template <typename IsThere>
  std::set<Position> live_of(IsThere is_there) const {
    std::set<Position> live;
    for (const PlacedFrame& frame : frames_) {
      if (!is_there(frame)) continue;
      live.insert(frame.records.begin(), frame.records.end());
    }
    for (const PlacedFrame& frame : frames_) {
      if (!is_there(frame)) continue;
      for (const Position position : frame.released) live.erase(position);
    }
    return live;
  }

  Found expected_without(const PlacedFrame& gone) const {
    const bool is_torn = gone.header.group == frames_.back().header.group;
    const auto is_there = [&](const PlacedFrame& frame) {
      if (is_torn) return frame.path != gone.path || frame.at < gone.at;
      return frame.path != gone.path || frame.at != gone.at;
    };
    Found expected{.live = live_of(is_there),
                   .lost = 0,
                   .ranges = is_torn ? size_t{0} : size_t{1},
                   .remarks = {}};
    const std::set<Position> all = live_of([](const PlacedFrame&) { return true; });
    for (const Position position : gone.records) {
      expected.lost += !is_torn && all.contains(position) ? 1 : 0;
    }
    return expected;
  }

  // The disk with other bytes in one file.
  std::unique_ptr<DiskModel> with(const std::string& path, const std::string& bytes) const {
    auto disk = disk_.killed();
    disk->put(path, bytes);
    return disk;
  }

  DiskModel disk_;
  std::vector<std::string> segments_;
  std::vector<PlacedFrame> frames_;
};

TEST_F(LogDamage, TheSceneHasWhatItTakes) {
  EXPECT_GT(segments_.size(), 3U);
  EXPECT_GT(frames_.size(), 30U);
  const auto last = frames_.back().header.group;
  EXPECT_GT(std::ranges::count(frames_, last, [](const auto& f) { return f.header.group; }), 2);
  EXPECT_EQ(to_text(look(disk_)), to_text(Found{.live = live_of([](const auto&) { return true; }),
                                                .lost = 0,
                                                .ranges = 0,
                                                .remarks = {}}));
}

TEST_F(LogDamage, AFlippedBitCostsItsFrame) {
  for (const PlacedFrame& frame : frames_) {
    const uint64_t payload = frame.header.payload_bytes;
    for (const uint64_t at :
         {uint64_t{0}, uint64_t{3}, uint64_t{4}, uint64_t{8}, uint64_t{11}, uint64_t{12},
          uint64_t{13}, uint64_t{16}, uint64_t{20}, uint64_t{23}, uint64_t{24}, uint64_t{31},
          FrameHeader::kBytes + payload / 2, FrameHeader::kBytes + payload - 1}) {
      std::string bytes = disk_.content(frame.path);
      bytes[frame.at + at] = static_cast<char>(bytes[frame.at + at] ^ 0x10);
      EXPECT_EQ(to_text(look(*with(frame.path, bytes))), to_text(expected_without(frame)))
          << frame.path << " frame at " << frame.at << ", byte " << at;
    }
  }
}

TEST_F(LogDamage, ZerosCostTheFramesThatTheyTouch) {
  for (const PlacedFrame& frame : frames_) {
    for (const uint64_t count : {FrameHeader::kBytes, frame.header.frame_bytes()}) {
      std::string bytes = disk_.content(frame.path);
      bytes.replace(frame.at, count, count, '\0');
      EXPECT_EQ(to_text(look(*with(frame.path, bytes))), to_text(expected_without(frame)))
          << frame.path << " frame at " << frame.at << ", " << count << " bytes";
    }
  }
}

TEST_F(LogDamage, ALastSegmentThatIsCutOffEndsThere) {
  const std::string& path = segments_.back();
  const std::string whole = disk_.content(path);
  for (const PlacedFrame& frame : frames_) {
    if (frame.path != path) continue;
    for (const uint64_t size : {frame.at, frame.at + 1, frame.at + 32, frame.end() - 8}) {
      const auto is_there = [&](const PlacedFrame& other) {
        return other.path != path || other.end() <= size;
      };
      EXPECT_EQ(look(*with(path, whole.substr(0, size))).live, live_of(is_there))
          << path << " with " << size << " bytes";
    }
  }
}

TEST_F(LogDamage, AnEarlierSegmentThatIsCutOffCostsWhatItHadBehind) {
  for (const std::string& path : segments_) {
    if (path == segments_.back()) break;
    const std::string whole = disk_.content(path);
    for (const PlacedFrame& frame : frames_) {
      if (frame.path != path) continue;
      for (const uint64_t size : {frame.at, frame.at + 1, frame.at + 33, frame.end() - 8}) {
        const auto is_there = [&](const PlacedFrame& other) {
          return other.path != path || other.end() <= size;
        };
        const Found found = look(*with(path, whole.substr(0, size)));
        EXPECT_EQ(found.live, live_of(is_there)) << path << " with " << size << " bytes";
        EXPECT_GE(found.ranges, 1U) << path << " with " << size << " bytes";
      }
    }
  }
}

TEST_F(LogDamage, AHeaderThatIsDamagedCostsNothing) {
  const std::set<Position> all = live_of([](const PlacedFrame&) { return true; });
  for (const std::string& path : segments_) {
    if (path == segments_.back()) break;
    for (const size_t at : std::vector<size_t>{0, 9, 17, 30, 41, 50, 60, 75, 3'000, 4'095}) {
      std::string bytes = disk_.content(path);
      bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
      EXPECT_EQ(look(*with(path, bytes)).live, all) << path << " byte " << at;
    }
  }
}

TEST_F(LogDamage, APageOfZerosInPlaceOfAHeaderCostsNothingBehindIt) {
  const std::set<Position> all = live_of([](const PlacedFrame&) { return true; });
  for (const std::string& path : segments_) {
    if (path == segments_.back()) break;
    for (const size_t count : std::vector<size_t>{4'096, 4'096 + 32}) {
      std::string bytes = disk_.content(path);
      bytes.replace(0, count, count, '\0');
      const auto zeroed = with(path, bytes);
      const std::set<Position> live = look(*zeroed).live;
      EXPECT_GE(live.size(), all.size() - (count == 4'096 ? 0 : 4)) << path << ", " << count;
      EXPECT_TRUE(zeroed->has(path));
    }
  }
}

// Its first sync has not happened, as far as anybody can tell.
TEST_F(LogDamage, AHeaderThatIsTornEndsTheLog) {
  const std::string& path = segments_.back();
  std::string bytes = disk_.content(path);
  bytes[100] = 'x';
  const auto damaged = with(path, bytes);
  const Found found = look(*damaged);
  const auto is_there = [&](const PlacedFrame& frame) { return frame.path != path; };
  EXPECT_EQ(found.live, live_of(is_there));
  EXPECT_EQ(found.lost, 0U);
}

TEST_F(LogDamage, ASegmentThatIsEmptyOrGoneCostsWhatItHad) {
  for (const std::string& path : segments_) {
    const auto is_there = [&](const PlacedFrame& frame) { return frame.path != path; };
    const Found empty = look(*with(path, ""));
    EXPECT_EQ(empty.live, live_of(is_there)) << path;
    const auto without = disk_.killed();
    without->remove(path);
    EXPECT_EQ(look(*without).live, live_of(is_there)) << path;
    const auto zeroed = with(path, std::string(disk_.content(path).size(), '\0'));
    EXPECT_EQ(look(*zeroed).live, live_of(is_there)) << path;
  }
}

TEST_F(LogDamage, OpensAgainAndAgain) {
  const PlacedFrame& frame = frames_[frames_.size() / 2];
  std::string bytes = disk_.content(frame.path);
  bytes[frame.at] = static_cast<char>(bytes[frame.at] ^ 0x10);
  const auto damaged = with(frame.path, bytes);
  std::set<Position> live = expected_without(frame).live;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(look(*damaged).live, live);
    const auto log = std::move(open(*damaged)).value();
    std::string record(8, 'r');
    record.replace(0, 4, std::string("\4\0\0\0", 4));
    live.insert(log->add(record, 1));
    ASSERT_TRUE(log->commit(kNow).ok());
  }
}

// ---- what is not ours, or newer

TEST_F(LogDamage, OtherFilesAreLeftAlone) {
  disk_.put(kFolder + "/notes.txt", "mine");
  disk_.put(kFolder + "/log-1.seg", "");
  const Found found = look(disk_);
  EXPECT_EQ(found.remarks.size(), 2U);
  EXPECT_EQ(found.live, live_of([](const PlacedFrame&) { return true; }));
  EXPECT_EQ(disk_.content(kFolder + "/notes.txt"), "mine");
  EXPECT_TRUE(disk_.has(kFolder + "/log-1.seg"));
}

TEST_F(LogDamage, AFolderOfAnotherUserIsRefused) {
  disk_.give_away(kFolder);
  const auto opened = open(disk_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, LogOpenError::Kind::kNotOurs);
}

TEST_F(LogDamage, ASegmentOfAnotherUserIsRefused) {
  disk_.give_away(segments_[1]);
  const auto opened = open(disk_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, LogOpenError::Kind::kNotOurs);
}

TEST_F(LogDamage, AHeaderOfANewerVersionRefusesTheLog) {
  for (const std::string& path : segments_) {
    std::string bytes = disk_.content(path);
    put_number(bytes.data() + 10, uint16_t{2});  // the oldest reader
    const size_t checked = SegmentHeader::kBytes - sizeof(uint32_t);
    put_number(bytes.data() + checked, crc32c(bytes.substr(0, checked)));
    const auto newer = with(path, bytes);
    const auto opened = open(*newer);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, LogOpenError::Kind::kNewerVersion);
    EXPECT_EQ(newer->names(kFolder), disk_.names(kFolder));
    EXPECT_EQ(newer->content(path), bytes);
  }
}

TEST_F(LogDamage, AFrameOfANewerVersionRefusesTheLog) {
  struct Row {
    uint8_t type;
    bool is_refused;
  };
  for (const Row row :
       {Row{8, true}, Row{100, true}, Row{127, true}, Row{128, false}, Row{255, false}}) {
    std::string bytes = disk_.content(segments_.back());
    const PlacedFrame& last = frames_.back();
    std::string frame;
    append_frame(frame,
                 {.type = static_cast<FrameType>(row.type),
                  .flags = FrameHeader::kLastOfGroup,
                  .group = last.header.group + 1},
                 "what nobody knows", read_segment_header(bytes).header.salt());
    bytes.resize(last.end());
    bytes += frame;
    const auto newer = with(segments_.back(), bytes);
    const auto opened = open(*newer);
    EXPECT_EQ(opened.ok(), !row.is_refused) << int{row.type};
    if (row.is_refused) {
      EXPECT_EQ(opened.error().kind, LogOpenError::Kind::kNewerVersion);
    }
    EXPECT_EQ(newer->content(segments_.back()), bytes);
  }
}

}  // namespace
}  // namespace awps
