#include "spool/id_frames.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spool/recovered_ids.h"

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};

KnownId id_number(uint64_t number, Duration ago = {}) {
  return {.hash = {.high = number * 31, .low = number}, .accepted_at = kNow - ago};
}

std::string payload_of(const std::vector<KnownId>& ids) {
  std::string payload;
  for (const KnownId& id : ids) append_id(payload, id);
  return payload;
}

// Feeds frames of ids and of records, and collects the numbers of the ids that count.
class Reading {
 public:
  Reading& ids(Position end, const std::vector<uint64_t>& numbers) {
    std::vector<KnownId> ids;
    for (const uint64_t number : numbers) ids.push_back(id_number(number));
    const auto count = static_cast<uint32_t>(ids.size());
    take({.type = FrameType::kKnownIds, .count = count, .first = end}, payload_of(ids));
    return *this;
  }
  Reading& records(Position first, uint32_t count) {
    take({.type = FrameType::kRecords, .count = count, .first = first}, "");
    return *this;
  }
  Reading& released() {
    take({.type = FrameType::kReleased}, "");
    return *this;
  }
  const std::vector<uint64_t>& counting() const { return counting_; }

 private:
  void take(const FrameHeader& header, const std::string& payload) {
    EXPECT_TRUE(frames_.take(header, payload));
    for (const KnownId& id : frames_.ids()) counting_.push_back(id.hash.low);
  }

  IdFrames frames_;
  std::vector<uint64_t> counting_;
};

using Numbers = std::vector<uint64_t>;

TEST(IdFrames, AnIdHasTheBytesOfItsDocument) {
  const std::string payload =
      payload_of({{.hash = {.high = 0x0807060504030201, .low = 0x100F0E0D0C0B0A09},
                   .accepted_at = WallTime(Duration(0x1817161514131211))}});
  std::string expected;
  for (char byte = 1; byte <= 0x18; ++byte) expected += byte;
  EXPECT_EQ(payload, expected);
}

TEST(IdFrames, CountOnceTheirRecordsAreRead) {
  Reading reading;
  reading.ids(4, {1, 2});
  EXPECT_EQ(reading.counting(), Numbers{});
  reading.records(1, 3);
  EXPECT_EQ(reading.counting(), (Numbers{1, 2}));
}

TEST(IdFrames, OfRecordsThatAreTornDoNotCount) {
  EXPECT_EQ(Reading().ids(4, {1}).released().counting(), Numbers{});
}

TEST(IdFrames, OfRecordsThatAreDamagedDoNotCount) {
  EXPECT_EQ(Reading().ids(4, {1}).records(4, 3).counting(), Numbers{});
}

TEST(IdFrames, OfAnEarlierFrameThatIsDamagedDoNotCountForALaterOne) {
  EXPECT_EQ(Reading().ids(4, {1}).ids(7, {2}).records(4, 3).counting(), Numbers{2});
}

TEST(IdFrames, ManyFramesMayStandBeforeTheirRecords) {
  EXPECT_EQ(Reading().ids(4, {1}).ids(4, {2}).records(1, 3).counting(), (Numbers{1, 2}));
}

TEST(IdFrames, ThatWereWrittenOnceMoreCountAtOnce) {
  EXPECT_EQ(Reading().ids(0, {1}).ids(0, {2}).counting(), (Numbers{1, 2}));
}

TEST(IdFrames, OtherLengthsThanTheirCountAreMalformed) {
  IdFrames frames;
  const std::string payload = payload_of({id_number(1)});
  EXPECT_FALSE(frames.take({.type = FrameType::kKnownIds, .count = 2}, payload));
}

TEST(IdFrames, MoreThanTheirRecordsDoNotCount) {
  EXPECT_EQ(Reading().ids(9, {1, 2}).records(8, 1).counting(), Numbers{});
}

TEST(IdFrames, OfAnotherEndThanTheirRecordsHaveDoNotCount) {
  EXPECT_EQ(Reading().ids(4, {1}).records(1, 5).counting(), Numbers{});
}

// ---- RecoveredIds

class Recovering {
 public:
  explicit Recovering(size_t most)
      : ids_({.max_ids = most, .id_window = std::chrono::seconds(10), .opened_at = kNow}) {
    state_.segments().push_back({.number = 1});
  }
  void add(const KnownId& id, Position end = 0) {
    const FrameHeader header{.type = FrameType::kKnownIds, .count = 1, .first = end};
    EXPECT_TRUE(ids_.take(header, payload_of({id}), state_));
    if (end == 0) return;
    const FrameHeader records{.type = FrameType::kRecords, .count = 1, .first = end - 1};
    EXPECT_TRUE(ids_.take(records, "", state_));
  }
  RecoveredIds& ids() { return ids_; }
  Numbers numbers() {
    Numbers numbers;
    for (const KnownId& id : ids_.finish()) numbers.push_back(id.hash.low);
    return numbers;
  }
  const Segment& segment() { return state_.segments().back(); }

 private:
  LogState state_;
  RecoveredIds ids_;
};

constexpr Duration kSecond = std::chrono::seconds(1);

TEST(RecoveredIds, AreInTheOrderAccepted) {
  Recovering found(10);
  found.add(id_number(3, 1 * kSecond));
  found.add(id_number(1, 3 * kSecond));
  found.add(id_number(2, 2 * kSecond));
  EXPECT_EQ(found.numbers(), (Numbers{1, 2, 3}));
}

TEST(RecoveredIds, AreNotOlderThanTheWindow) {
  Recovering found(10);
  found.add(id_number(1, 11 * kSecond));
  found.add(id_number(2, 10 * kSecond));
  EXPECT_EQ(found.numbers(), Numbers{2});
}

TEST(RecoveredIds, OfTwoOfOneHashTheLaterOneCounts) {
  Recovering found(10);
  found.add(id_number(1, 2 * kSecond));
  found.add(id_number(1, 9 * kSecond));
  EXPECT_EQ(found.ids().finish(), std::vector{id_number(1, 2 * kSecond)});
}

TEST(RecoveredIds, AreTheLatestOfTooMany) {
  Recovering found(3);
  for (uint64_t number = 1; number <= 9; ++number) {
    found.add(id_number(number, (10 - static_cast<int>(number)) * kSecond));
  }
  found.add(id_number(20, 9 * kSecond));
  EXPECT_EQ(found.numbers(), (Numbers{7, 8, 9}));
}

TEST(RecoveredIds, OfAClockThatWasSetBackCountFromNowOn) {
  Recovering found(10);
  found.add(id_number(1, -3600 * kSecond));
  EXPECT_EQ(found.segment().newest_id, kNow);
  EXPECT_EQ(found.ids().finish(), std::vector{id_number(1)});
}

TEST(RecoveredIds, OfRecordsThatAreTakenBackDoNotCount) {
  Recovering found(10);
  found.add(id_number(1), 5);
  found.add(id_number(2), 6);
  found.add(id_number(3));
  found.ids().take_back(5);
  EXPECT_EQ(found.numbers(), (Numbers{1, 3}));
}

TEST(RecoveredIds, NobodyWhoWantsNoneGetsAny) {
  Recovering found(0);
  found.add(id_number(1));
  EXPECT_EQ(found.numbers(), Numbers{});
  EXPECT_EQ(found.segment().ids, 1U);
}

}  // namespace
}  // namespace awps
