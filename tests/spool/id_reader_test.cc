// What is read back of the known ids of a segment whose checksums are right, and whose frames may
// be nonsense all the same: no id counts that recovery would not take.

#include "spool/id_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "spool/segment_header.h"
#include "tests/support/disk_model.h"

namespace awps {
namespace {

constexpr WallTime kNow{std::chrono::hours(24 * 365 * 56)};
const std::string kFolder = "/hub";
using Numbers = std::vector<uint64_t>;

// A segment, frame by frame; each is a group of its own if nothing else is said.
class SegmentOfIds {
 public:
  SegmentOfIds() : bytes_(to_bytes(header_)) {}

  SegmentOfIds& frame(FrameHeader header, const std::string& payload) {
    header.group = group_;
    append_frame(bytes_, header, payload, header_.salt());
    return *this;
  }
  SegmentOfIds& ids(Position end, const Numbers& numbers) {
    const auto count = static_cast<uint32_t>(numbers.size());
    return frame({.type = FrameType::kKnownIds, .count = count, .first = end}, payload(numbers));
  }
  SegmentOfIds& records(Position first, uint32_t count) {
    std::string payload;
    for (uint32_t i = 0; i < count; ++i) payload += std::string("\1\0\0\0r", 5);
    return frame({.type = FrameType::kRecords, .count = count, .first = first}, payload);
  }
  SegmentOfIds& group(uint32_t number) {
    group_ = number;
    return *this;
  }
  SegmentOfIds& garbage() {
    bytes_ += std::string(64, 'x');
    return *this;
  }

  static std::string payload(const Numbers& numbers) {
    std::string payload;
    for (const uint64_t number : numbers) {
      append_id(payload, {.hash = {.high = number, .low = number}, .accepted_at = kNow});
    }
    return payload;
  }

  const SegmentHeader& header() const { return header_; }
  const std::string& bytes() const { return bytes_; }

 private:
  const SegmentHeader header_{.number = 1, .store = store_id_of("hub", "host")};
  std::string bytes_;
  uint32_t group_ = 1;
};

struct ReadIds {
  Numbers numbers;
  bool is_damaged = false;
  WallTime latest{};
};

// The log has records up to `next`, and the latest id from `newest`.
ReadIds read_back(const SegmentOfIds& written, Position next = 100, WallTime newest = kNow) {
  DiskModel disk;
  disk.put_folder(kFolder);
  disk.put(kFolder + "/" + segment_name(1), written.bytes());
  LogFolder folder(disk, kFolder, SegmentHeader::kLog);
  IdReader reader(folder);
  ReadIds found;
  const Result<bool, IoError> read = reader.read({.number = 1,
                                                  .salt = written.header().salt(),
                                                  .bytes = written.bytes().size(),
                                                  .end = written.bytes().size(),
                                                  .next = next,
                                                  .newest_id = newest},
                                                 [&](const KnownId& id) {
                                                   found.numbers.push_back(id.hash.low);
                                                   found.latest =
                                                       std::max(found.latest, id.accepted_at);
                                                 });
  EXPECT_TRUE(read.ok() && *read);
  found.is_damaged = reader.has_found_damage();
  return found;
}

TEST(IdReader, ReadsThemWithTheirRecordsAndAlone) {
  const ReadIds found = read_back(SegmentOfIds().ids(3, {1, 2}).records(1, 2).group(2).ids(0, {3}));
  EXPECT_EQ(found.numbers, (Numbers{1, 2, 3}));
  EXPECT_FALSE(found.is_damaged);
  EXPECT_EQ(found.latest, kNow);
}

struct Nonsense {
  const char* name;
  SegmentOfIds segment;
  Numbers left;
};

class IdReaderOfNonsense : public testing::TestWithParam<Nonsense> {};

TEST_P(IdReaderOfNonsense, IsDamageAndDoesNotCount) {
  const ReadIds found = read_back(GetParam().segment);
  EXPECT_EQ(found.numbers, GetParam().left);
  EXPECT_TRUE(found.is_damaged);
}

FrameHeader header_of(FrameType type, uint32_t count, Position first) {
  return {.type = type, .count = count, .first = first};
}

std::vector<Nonsense> all_nonsense() {
  const std::string one = SegmentOfIds::payload({1});
  return {
      {"anotherCountThanBytes",
       SegmentOfIds().frame(header_of(FrameType::kKnownIds, 2, 0), one).ids(0, {9}),
       {9}},
      {"noneAtAll", SegmentOfIds().ids(0, {}).ids(0, {9}), {9}},
      {"moreThanAFrameHas", SegmentOfIds().ids(0, Numbers(3000, 1)).ids(0, {9}), {9}},
      {"moreThanPositions", SegmentOfIds().ids(2, {1, 2}).records(1, 1).ids(0, {9}), {9}},
      {"recordsOfAnotherLength",
       SegmentOfIds()
           .ids(3, {1})
           .frame(header_of(FrameType::kRecords, 2, 1), std::string("\7\0\0\0r", 5))
           .ids(0, {9}),
       {9}},
      {"recordsThatAreNone",
       SegmentOfIds().ids(3, {1}).frame(header_of(FrameType::kRecords, 0, 3), "").ids(0, {9}),
       {9}},
      {"aGroupThatGoesBack", SegmentOfIds().group(5).ids(0, {9}).group(4).ids(0, {1}), {9}},
      {"positionsThatGoBack",
       SegmentOfIds().records(5, 2).ids(4, {1}).records(3, 1).ids(0, {9}),
       {9}},
      {"bytesOfNoFrame", SegmentOfIds().ids(0, {8}).garbage().ids(0, {9}), {8, 9}},
  };
}

INSTANTIATE_TEST_SUITE_P(Table, IdReaderOfNonsense, testing::ValuesIn(all_nonsense()),
                         [](const auto& tested) { return tested.param.name; });

TEST(IdReader, MoreIdsThanTheirRecordsDoNotCount) {
  EXPECT_EQ(read_back(SegmentOfIds().ids(9, {1, 2}).records(8, 1).ids(0, {9})).numbers, Numbers{9});
}

// Frames of them may be many, if the records that they name never come.
TEST(IdReader, ThatWaitForTheirRecordsAreNotWithoutBound) {
  SegmentOfIds segment;
  for (int i = 0; i < 20; ++i) segment.ids(1'000'000, Numbers(2000, 1));
  EXPECT_TRUE(read_back(segment.ids(0, {9})).is_damaged);
}

TEST(IdReader, OfPositionsThatWereGivenAgainDoNotCount) {
  const SegmentOfIds segment = SegmentOfIds().ids(2, {1}).records(1, 1).ids(3, {2}).records(2, 1);
  const ReadIds found = read_back(segment, /*next=*/2);
  EXPECT_EQ(found.numbers, Numbers{1});
  EXPECT_FALSE(found.is_damaged);
}

TEST(IdReader, NoneIsLaterThanTheLogKnows) {
  const WallTime newest = kNow - std::chrono::hours(1);
  EXPECT_EQ(read_back(SegmentOfIds().ids(0, {1}), 100, newest).latest, newest);
}

}  // namespace
}  // namespace awps
