#include "spool/segment_header.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "spool/bytes.h"

namespace awps {
namespace {

using State = SegmentHeaderReading::State;

SegmentHeader example() {
  return {.number = 7,
          .store = store_id_of("chat", "example.webpubsub.azure.com"),
          .next = 1000,
          .previous_end = 8192,
          .begun = WallTime(std::chrono::seconds(1'800'000'000)),
          .first_group = (uint64_t{1} << 32U) + 5,
          .run = 3};
}

TEST(SegmentHeader, HasTheBytesOfItsDocument) {
  const SegmentHeader header = example();
  const std::string bytes = to_bytes(header);
  ASSERT_EQ(bytes.size(), 4096U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("AWPSEG\0\1", 8));
  EXPECT_EQ(bytes.substr(8, 8), std::string("\1\0\1\0\0\x10\0\0", 8));
  EXPECT_EQ(get_number<uint64_t>(bytes, 16), 7U);
  EXPECT_TRUE(std::ranges::equal(bytes.substr(24, 16), header.store,
                                 [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; }));
  EXPECT_EQ(get_number<uint32_t>(bytes, 40), header.salt());
  EXPECT_EQ(get_number<uint32_t>(bytes, 44), 1U);
  EXPECT_EQ(get_number<uint64_t>(bytes, 48), 1000U);
  EXPECT_EQ(get_number<uint64_t>(bytes, 56), 8192U);
  EXPECT_EQ(get_number<int64_t>(bytes, 64), 1'800'000'000'000'000'000);
  EXPECT_EQ(get_number<uint64_t>(bytes, 72), header.first_group);
  EXPECT_EQ(get_number<uint32_t>(bytes, 80), 3U);
  EXPECT_EQ(bytes.substr(84, 4008), std::string(4008, '\0'));
  EXPECT_EQ(get_number<uint32_t>(bytes, 4092), crc32c(bytes.substr(0, 4092)));
}

TEST(SegmentHeader, IsReadAsItWasWritten) {
  const SegmentHeaderReading reading = read_segment_header(to_bytes(example()));
  EXPECT_EQ(reading.state, State::kGood);
  EXPECT_EQ(reading.header, example());
}

TEST(SegmentHeader, OfZerosIsEmpty) {
  EXPECT_EQ(read_segment_header(std::string(4096, '\0')).state, State::kEmpty);
  EXPECT_EQ(read_segment_header("").state, State::kEmpty);
}

TEST(SegmentHeader, CutOffOrFlippedIsBad) {
  const std::string bytes = to_bytes(example());
  EXPECT_EQ(read_segment_header(bytes.substr(0, 4095)).state, State::kBad);
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string flipped = bytes;
    flipped[place] = static_cast<char>(flipped[place] ^ 1);
    ASSERT_EQ(read_segment_header(flipped).state, State::kBad) << place;
  }
}

TEST(SegmentHeader, ThatOnlyANewerReaderMayReadIsNewer) {
  std::string bytes = to_bytes(example());
  const auto with = [&bytes](size_t place, uint16_t number) {
    put_number(bytes.data() + place, number);
    put_number(bytes.data() + 4092, crc32c(bytes.substr(0, 4092)));
    return read_segment_header(bytes).state;
  };
  EXPECT_EQ(with(8, 2), State::kGood);  // newer, and this reader may read it
  EXPECT_EQ(with(10, 2), State::kNewer);
}

TEST(StoreId, TellsHubsAndServicesApart) {
  const StoreId id = store_id_of("chat", "a");
  EXPECT_EQ(id, store_id_of("chat", "a"));
  EXPECT_NE(id, store_id_of("chat", "b"));
  EXPECT_NE(id, store_id_of("news", "a"));
  EXPECT_NE(store_id_of("ab", "c"), store_id_of("a", "bc"));
}

TEST(SegmentName, IsItsNumber) {
  EXPECT_EQ(segment_name(0x1A), "log-000000000000001a.seg");
  EXPECT_EQ(segment_number("log-000000000000001a.seg"), 0x1AU);
}

TEST(SegmentName, OthersAreNone) {
  for (const char* name : {"", "log-1a.seg", "log-000000000000001A.seg", "log-000000000000001a.sea",
                           "lag-000000000000001a.seg", "log-00000000000000+a.seg",
                           "log-000000000000001a.seg.damaged", "log-g00000000000001a.seg"}) {
    EXPECT_EQ(segment_number(name), std::nullopt) << name;
  }
  EXPECT_TRUE(is_damaged_name("log-000000000000001a.seg.damaged"));
  EXPECT_FALSE(is_damaged_name("log-000000000000001a.seg"));
  EXPECT_FALSE(is_damaged_name("other.damaged"));
}

}  // namespace
}  // namespace awps
