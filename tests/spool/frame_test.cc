#include "spool/frame.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spool/bytes.h"

namespace awps {
namespace {

constexpr uint32_t kSalt = 0x5A17;

std::string frame_of(const FrameHeader& header, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, header, payload, kSalt);
  return bytes;
}

TEST(Crc32c, IsCastagnoli) {
  // RFC 3720, B.4, and the check value of the catalogue of CRC algorithms.
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
}

TEST(Crc32c, GoesOnFromItsSeed) {
  EXPECT_EQ(crc32c("56789", crc32c("1234")), crc32c("123456789"));
}

TEST(Frame, HasTheBytesOfItsDocument) {
  const FrameHeader header{.type = FrameType::kRecords,
                           .flags = FrameHeader::kLastOfGroup,
                           .count = 1,
                           .group = 0x04030201,
                           .first = 9};
  const std::string payload("\2\0\0\0hi", 6);
  const std::string frame = frame_of(header, payload);
  ASSERT_EQ(frame.size(), 40U);
  EXPECT_EQ(get_number<uint32_t>(frame, 0), 0x4D415246U ^ kSalt);
  EXPECT_EQ(get_number<uint32_t>(frame, 4), crc32c(std::string_view(frame).substr(8, 30), kSalt));
  EXPECT_EQ(frame.substr(8, 8), std::string("\6\0\0\0\1\1\0\0", 8));
  EXPECT_EQ(frame.substr(16, 8), std::string("\1\0\0\0\1\2\3\4", 8));
  EXPECT_EQ(frame.substr(24, 8), std::string("\11\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(frame.substr(32), payload + std::string(2, '\0'));
}

TEST(Frame, IsReadAsItWasWritten) {
  FrameHeader header{.type = FrameType::kMoved, .count = 3, .group = 4, .first = 5};
  const std::string frame = frame_of(header, "payload");
  header.payload_bytes = 7;
  EXPECT_EQ(read_frame_header(frame, kSalt), header);
  EXPECT_TRUE(is_sound_frame(std::string_view(frame).substr(0, 39), kSalt));
}

TEST(Frame, IsNoneUnderAnotherSalt) {
  EXPECT_EQ(read_frame_header(frame_of({}, "x"), kSalt + 1), std::nullopt);
}

TEST(Frame, EachFlippedBitIsSeen) {
  const std::string sound = frame_of({.count = 1, .group = 2, .first = 3}, "payload");
  const size_t checked = FrameHeader::kBytes + 7;
  for (size_t bit = 0; bit < checked * 8; ++bit) {
    std::string frame = sound;
    frame[bit / 8] = static_cast<char>(static_cast<uint8_t>(frame[bit / 8]) ^ 1U << bit % 8);
    const auto header = read_frame_header(frame, kSalt);
    const bool is_taken = header && header->payload_bytes == 7 &&
                          is_sound_frame(std::string_view(frame).substr(0, checked), kSalt);
    EXPECT_FALSE(is_taken) << "bit " << bit;
  }
}

TEST(Frame, OfAnAbsurdSizeIsNone) {
  std::string frame = frame_of({}, "x");
  put_number(frame.data() + 8, kAbsurdPayloadBytes + 1);
  EXPECT_EQ(read_frame_header(frame, kSalt), std::nullopt);
}

TEST(FrameType, FromOneHundredTwentyEightOnMayBeSkipped) {
  EXPECT_FALSE(is_of_newer_version(FrameType::kKnownIds));
  EXPECT_TRUE(is_of_newer_version(static_cast<FrameType>(0)));
  EXPECT_TRUE(is_of_newer_version(static_cast<FrameType>(8)));
  EXPECT_TRUE(is_of_newer_version(static_cast<FrameType>(127)));
  EXPECT_FALSE(is_of_newer_version(static_cast<FrameType>(128)));
}

TEST(ReleasedBits, BecomeRanges) {
  const FrameHeader header{.type = FrameType::kReleasedBits, .count = 11, .first = 100};
  std::vector<PositionRange> ranges;
  EXPECT_TRUE(
      visit_released(header, "\x0D\x06", [&](PositionRange range) { ranges.push_back(range); }));
  EXPECT_EQ(ranges, (std::vector<PositionRange>{{100, 1}, {102, 2}, {109, 2}}));
}

TEST(Payload, ThatIsTooShortForItsCountIsRefused) {
  const auto ignore = [](auto...) {};
  EXPECT_FALSE(visit_records(std::string_view("\1\0\0\0a", 5), 2, ignore));
  EXPECT_FALSE(visit_records(std::string_view("\2\0\0\0a", 5), 1, ignore));
  EXPECT_FALSE(visit_records(std::string_view("\1\0\0\0ab", 6), 1, ignore));
  EXPECT_FALSE(visit_moved(std::string(11, '\0'), 1, ignore));
  EXPECT_FALSE(
      visit_released({.type = FrameType::kReleased, .count = 1}, std::string(15, '\0'), ignore));
  EXPECT_FALSE(visit_released({.type = FrameType::kReleasedBits, .count = 9}, "a", ignore));
}

}  // namespace
}  // namespace awps
