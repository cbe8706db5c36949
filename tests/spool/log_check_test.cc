// What check_log() finds: in a log that is damaged, on a disk that fails, and beside a daemon that
// takes segments away meanwhile.

#include "spool/check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "spool/bytes.h"
#include "spool/log.h"
#include "spool/recovery.h"
#include "spool/segment_header.h"
#include "spool/space.h"
#include "tests/spool/placed_frames.h"
#include "tests/spool/shared_disk.h"
#include "tests/support/disk_model.h"

namespace awps {
namespace {

const std::string kFolder = "/spool/spool/chat";
constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};
constexpr Position kGroupRecords = 4;
constexpr std::string_view kRecord{"\1\0\0\0r", 5};  // with its length

using Positions = std::set<Position>;

Positions positions_in(const std::vector<PositionRange>& ranges) {
  Positions positions;
  for (const PositionRange& range : ranges) {
    for (Position at = range.first; at < range.end(); ++at) positions.insert(at);
  }
  return positions;
}

Result<std::unique_ptr<Log>, LogOpenError> open_log(FileSystem& disk) {
  static DiskModel room;
  static SpoolSpace space(room, {.path = "/", .min_free_bytes = 0});
  return Log::open(disk, space,
                   {.folder = kFolder,
                    .store = store_id_of("chat", "example.webpubsub.azure.com"),
                    .segment_bytes = 16 << 10U,
                    .first_segment_bytes = 8 << 10U},
                   [](uint64_t, uint64_t) {});
}

// A group of kGroupRecords, which are a frame.
void add_group(Log& log, size_t bytes = 600) {
  std::string records;
  for (Position i = 0; i < kGroupRecords; ++i) {
    std::string record(4 + bytes, 'r');
    for (size_t byte = 0; byte < 4; ++byte) record[byte] = static_cast<char>(bytes >> (8 * byte));
    records += record;
  }
  log.add(records, kGroupRecords);
  ASSERT_TRUE(log.commit(kNow).ok());
}

void release(Log& log, PositionRange range) {
  log.release(range);
  ASSERT_TRUE(log.commit(kNow).ok());
}

struct Checked {
  bool is_read = false;
  std::string error;
  LogCheck check;
  Positions visited;
};

Checked check(FileSystem& disk) {
  Checked checked;
  Position last = 0;
  auto result = check_log(disk, kFolder, [&](Position position, std::string_view) {
    EXPECT_GT(position, last) << "in order";
    last = position;
    checked.visited.insert(position);
  });
  checked.is_read = result.ok();
  if (result) checked.check = std::move(*result);
  if (!result) checked.error = result.error().message;
  return checked;
}

class LogCheckTest : public testing::Test {
 protected:
  LogCheckTest() { disk_.put_folder("/spool"); }

  // Twelve groups over some segments; of some the first two records are released.
  void write(Log& log) {
    const Position first = log.status().committed;
    for (Position group = 0; group < 12; ++group) {
      add_group(log);
      if (group % 3 == 1) release(log, {first + kGroupRecords * (group - 1), 2});
    }
  }

  // A log whose only record has this position, and its group the same number.
  void begin_log(uint64_t number) {
    const SegmentHeader header{.number = 1,
                               .store = store_id_of("chat", "example.webpubsub.azure.com"),
                               .next = number,
                               .first_group = number};
    std::string bytes = to_bytes(header);
    append_frame(bytes,
                 {.flags = FrameHeader::kLastOfGroup,
                  .count = 1,
                  .group = static_cast<uint32_t>(number),
                  .first = number},
                 kRecord, header.salt());
    disk_.put(kFolder + "/" + segment_name(1), bytes);
  }

  std::vector<std::string> segments() const {
    std::vector<std::string> paths;
    for (const std::string& name : disk_.names(kFolder)) {
      const std::string path = kFolder + "/" + name;
      const bool is_used =
          read_segment_header(disk_.content(path)).state == SegmentHeaderReading::State::kGood;
      if (is_used) paths.push_back(path);
    }
    return paths;
  }
  std::vector<PlacedFrame> frames() const {
    std::vector<PlacedFrame> all;
    for (const std::string& path : segments()) {
      for (const PlacedFrame& frame : frames_in(path, disk_.content(path))) all.push_back(frame);
    }
    return all;
  }
  Positions live() const {
    Positions live;
    for (const PlacedFrame& frame : frames()) {
      live.insert(frame.records.begin(), frame.records.end());
    }
    for (const PlacedFrame& frame : frames()) {
      for (const Position position : frame.released) live.erase(position);
    }
    return live;
  }
  void flip(const std::string& path, uint64_t at) {
    std::string bytes = disk_.content(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    disk_.put(path, bytes);
  }

  DiskModel disk_;
};

// ---- damage

TEST_F(LogCheckTest, VisitsWhatLives) {
  write(**open_log(disk_));
  ASSERT_GE(segments().size(), 3U);
  const Checked checked = check(disk_);
  ASSERT_TRUE(checked.is_read) << checked.error;
  EXPECT_EQ(checked.visited, live());
  EXPECT_EQ(checked.check.found.records, 40U);
  EXPECT_EQ(checked.check.released, 8U);
  EXPECT_EQ(checked.check.found.lost_records, 0U);
  EXPECT_TRUE(checked.check.found.damaged.empty());
}

// Nobody has said whose the log is: the headers that are good do.
TEST_F(LogCheckTest, HeadersThatAreDamagedCostNothing) {
  write(**open_log(disk_));
  const std::vector<std::string> paths = segments();
  const Positions all = live();
  for (size_t first = 0; first + 1 < paths.size(); ++first) {
    for (size_t count = 1; first + count < paths.size(); ++count) {
      const auto before = disk_.killed();
      for (size_t i = first; i < first + count; ++i) flip(paths[i], SegmentHeader::kBytes - 1);
      const Checked checked = check(disk_);
      ASSERT_TRUE(checked.is_read) << checked.error;
      EXPECT_EQ(checked.visited, all) << count << " headers from segment " << first;
      EXPECT_EQ(checked.check.found.lost_records, 0U) << count << " from " << first;
      EXPECT_EQ(checked.check.found.damaged.size(), count) << count << " from " << first;
      for (const std::string& path : paths) disk_.put(path, before->content(path));
    }
  }
}

// Segments before it have gone long ago; its positions and groups are what its frames say.
TEST_F(LogCheckTest, TheOldestHeaderOfALongLivedLogCostsNothingEither) {
  for (const uint64_t begun : {uint64_t{100}, uint64_t{100'000'000}, uint64_t{3'000'000'000}}) {
    SCOPED_TRACE(begun);
    begin_log(begun);
    {
      const auto log = std::move(open_log(disk_)).value();
      write(*log);
      release(*log, {begun, 1});
      log->tend(kNow, /*is_idle=*/false);
    }
    const std::vector<std::string> paths = segments();
    ASSERT_GE(paths.size(), 3U);
    ASSERT_NE(paths[0], kFolder + "/" + segment_name(1));
    const Positions all = live();
    flip(paths[0], SegmentHeader::kBytes - 1);
    const Checked checked = check(disk_);
    ASSERT_TRUE(checked.is_read) << checked.error;
    EXPECT_EQ(checked.visited, all);
    EXPECT_EQ(checked.check.found.lost_records, 0U);
    EXPECT_EQ(open_log(disk_).value()->recovery().records, all.size());
    for (const std::string& path : paths) disk_.remove(path);
  }
}

TEST_F(LogCheckTest, MovedRecordsBehindTheOldestHeaderAreThere) {
  SegmentHeader header{.number = 7,
                       .store = store_id_of("chat", "example.webpubsub.azure.com"),
                       .next = 100,
                       .first_group = 50};
  std::string moved;
  add_number(moved, uint64_t{5});
  moved += kRecord;
  std::string bytes = to_bytes(header);
  const auto append = [&](FrameType type, uint32_t group, Position first,
                          std::string_view payload) {
    append_frame(bytes,
                 {.type = type,
                  .flags = FrameHeader::kLastOfGroup,
                  .count = 1,
                  .group = group,
                  .first = first},
                 payload, header.salt());
  };
  append(FrameType::kMoved, 50, 5, moved);
  append(FrameType::kRecords, 51, 100, kRecord);
  bytes[SegmentHeader::kBytes - 1] ^= 0x10;
  disk_.put(kFolder + "/" + segment_name(7), bytes);
  header = {.number = 8,
            .store = header.store,
            .next = 101,
            .previous_end = bytes.size(),
            .first_group = 52};
  bytes = to_bytes(header);
  append(FrameType::kRecords, 52, 101, kRecord);
  disk_.put(kFolder + "/" + segment_name(8), bytes);
  const Checked checked = check(disk_);
  ASSERT_TRUE(checked.is_read) << checked.error;
  EXPECT_EQ(checked.visited, (Positions{5, 100, 101}));
  EXPECT_EQ(checked.check.found.lost_records, 0U);
}

TEST_F(LogCheckTest, SaysWhichPositionsWereInADamagedFrame) {
  write(**open_log(disk_));
  const Positions all = live();
  const std::vector<PlacedFrame> placed = frames();
  for (const PlacedFrame& frame : placed) {
    const bool is_torn = frame.header.group == placed.back().header.group;
    Positions expected;
    if (!is_torn) {
      std::ranges::set_intersection(frame.records, all, std::inserter(expected, expected.begin()));
    }
    flip(frame.path, frame.at + FrameHeader::kBytes);
    const Checked checked = check(disk_);
    ASSERT_TRUE(checked.is_read) << checked.error;
    EXPECT_EQ(positions_in(checked.check.found.lost), expected) << frame.path << ' ' << frame.at;
    EXPECT_EQ(checked.check.found.lost_records, expected.size());
    const auto log = open_log(disk_);
    EXPECT_EQ(positions_in((*log)->recovery().lost), expected) << frame.path << ' ' << frame.at;
    flip(frame.path, frame.at + FrameHeader::kBytes);
  }
}

TEST_F(LogCheckTest, DamagedNeighboursAreOneRange) {
  {
    const auto log = std::move(open_log(disk_)).value();
    for (int group = 0; group < 4; ++group) add_group(*log, 100);
  }
  const std::vector<PlacedFrame> placed = frames();
  flip(placed[1].path, placed[1].at + FrameHeader::kBytes);
  flip(placed[2].path, placed[2].at + FrameHeader::kBytes);
  const Checked checked = check(disk_);
  ASSERT_TRUE(checked.is_read) << checked.error;
  EXPECT_EQ(checked.check.found.lost, (std::vector<PositionRange>{{5, 8}}));
}

// Where the damage was, nobody knew how many records there were.
TEST_F(LogCheckTest, DamageThatHealsCostsNothingThatCameLater) {
  {
    const auto log = std::move(open_log(disk_)).value();
    add_group(*log, 100);
    add_group(*log, 100);
    release(*log, {1, 1});
  }
  const PlacedFrame last = frames()[1];
  ASSERT_EQ(last.records.size(), kGroupRecords);
  flip(last.path, last.at + FrameHeader::kBytes);
  {
    const auto log = std::move(open_log(disk_)).value();
    EXPECT_EQ(log->recovery().damaged.size(), 1U);
    add_group(*log, 200);
    add_group(*log, 200);
  }
  flip(last.path, last.at + FrameHeader::kBytes);
  size_t later = 0;
  const auto count_later = [&](Position, std::string_view bytes) { later += bytes.size() == 200; };
  ASSERT_TRUE(check_log(disk_, kFolder, count_later).ok());
  EXPECT_EQ(later, 2 * kGroupRecords);
}

// ---- a disk that fails

TEST_F(LogCheckTest, ADiskThatFailsForGoodIsAnErrorWheneverThatBegins) {
  write(**open_log(disk_));
  const uint64_t before = disk_.operations();
  ASSERT_TRUE(recover(disk_, {.folder = kFolder}, [](uint64_t, uint64_t) {}).ok());
  const uint64_t recovering = disk_.operations() - before;
  ASSERT_TRUE(check(disk_).is_read);
  const uint64_t all = disk_.operations() - before - recovering;
  ASSERT_GT(all, recovering + 3) << "it reads the records after it has recovered the log";
  for (uint64_t from = 1; from <= all; ++from) {
    disk_.fail({.from = disk_.operations() + from, .code = EIO, .is_lasting = true});
    const Checked checked = check(disk_);
    EXPECT_FALSE(checked.is_read) << "from operation " << from << " of " << all;
    EXPECT_NE(checked.error.find("cannot be read"), std::string::npos) << checked.error;
    disk_.heal();
  }
}

// ---- beside a daemon

TEST_F(LogCheckTest, SegmentsThatAreListedAndGoneAreNoLoss) {
  const auto log = std::move(open_log(disk_)).value();
  write(*log);
  release(*log, {1, 30});
  log->tend(kNow, /*is_idle=*/false);
  SharedDisk shared(disk_);
  shared.list_also({segment_name(1), segment_name(2)});
  ASSERT_FALSE(disk_.has(kFolder + "/" + segment_name(2)));
  const Checked checked = check(shared);
  ASSERT_TRUE(checked.is_read) << checked.error;
  EXPECT_EQ(checked.visited, live());
  EXPECT_EQ(checked.check.found.lost_records, 0U);
  EXPECT_TRUE(checked.check.found.damaged.empty());
  // The daemon whose log it is knows what it has deleted.
  const auto opened = open_log(shared);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, LogOpenError::Kind::kIo);
}

// What a daemon does when its log is looked at, and what lives afterwards.
struct Work {
  const char* name;
  PositionRange released;
  bool is_idle;
};

std::ostream& operator<<(std::ostream& out, const Work& work) {
  return out << work.name;
}

class LogCheckBesideADaemon : public LogCheckTest, public testing::WithParamInterface<Work> {};

TEST_P(LogCheckBesideADaemon, NothingIsLostWhenSegmentsGoMeanwhile) {
  write(**open_log(disk_));
  SharedDisk counted(disk_);
  ASSERT_TRUE(check(counted).is_read);
  for (int moment = 1; moment <= counted.opens(); ++moment) {
    const auto disk = disk_.killed();
    const auto log = std::move(open_log(*disk)).value();
    SharedDisk shared(*disk);
    const auto work = [&](int number) {
      if (number != moment) return;
      release(*log, GetParam().released);
      log->tend(kNow, GetParam().is_idle);
    };
    shared.before_open(work);
    const Checked checked = check(shared);
    ASSERT_TRUE(checked.is_read) << "before open " << moment << ": " << checked.error;
    EXPECT_EQ(checked.check.found.lost_records, 0U) << "before open " << moment;
    EXPECT_TRUE(checked.check.found.lost.empty()) << "before open " << moment;
    EXPECT_TRUE(checked.check.found.damaged.empty()) << "before open " << moment;
    Positions must = live();
    std::erase_if(must, [](Position at) { return at < GetParam().released.end(); });
    EXPECT_TRUE(std::ranges::includes(checked.visited, must)) << "before open " << moment;
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, LogCheckBesideADaemon,
                         testing::Values(Work{"TheFirstSegment", {1, 8}, false},
                                         Work{"SomeSegments", {1, 24}, false},
                                         Work{"AllButTheLastRecords", {1, 47}, false},
                                         Work{"AllOfThem", {1, 48}, true}),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace awps
