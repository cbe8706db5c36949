#include "hub/letter_bytes.h"

#include <gtest/gtest.h>

#include <string>

namespace awps {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr LetterTime kMoment{.now = Instant(hours(100)), .wall = WallTime(hours(24 * 365 * 56))};

std::string bytes_of(const DeadLetter& letter, const LetterTime& moment = kMoment) {
  std::string bytes;
  append_letter(bytes, letter, moment);
  return bytes;
}

std::string record_bytes() {
  const ActionOptions options;
  std::string bytes;
  append_record(bytes, {.action = {.data = "hi", .options = &options},
                        .hub = "chat",
                        .origin = {.producer = 5, .seq = 6, .ordered_batch = 7}});
  return bytes;
}

// The bytes are on disks: this must not change.
TEST(LetterBytes, AreThese) {
  const LetterTime moment{.now = Instant(Duration(1000)), .wall = WallTime(Duration(0x010000))};
  const DeadLetter letter{.record = "r",
                          .producer = "p",
                          .code = "refused",
                          .reason = "why",
                          .body = "b",
                          .http_status = 400,
                          .attempts = 3,
                          .accepted_at = Instant(Duration(998)),
                          .given_up_at = Instant(Duration(1000)),
                          .position = 0x0A0B,
                          .run = 0x0C};
  constexpr std::string_view kExpected(
      "\x01\xFF\x90\x01\x03\0\0\0"
      "\xFE\xFF\0\0\0\0\0\0"
      "\0\0\x01\0\0\0\0\0"
      "\x0B\x0A\0\0\0\0\0\0"
      "\x0C\0\0\0\0\0\0\0"
      "\x01\x01r\x02\x01p\x03\x07refused\x04\x03why\x05\x01"
      "b",
      40 + 3 + 3 + 9 + 5 + 3);
  EXPECT_EQ(bytes_of(letter, moment), kExpected);
}

TEST(LetterBytes, OfARecordAreThese) {
  const LetterTime moment{.now = Instant(Duration(1000)), .wall = WallTime(Duration(0x010000))};
  const DeadLetter letter{.stream_record = "{}",
                          .producer = "s/1",
                          .code = "invalid_json",
                          .reason = "why",
                          .accepted_at = Instant(Duration(1000)),
                          .given_up_at = Instant(Duration(1000))};
  constexpr std::string_view kExpected(
      "\x01\xFF\0\0\0\0\0\0"
      "\0\0\x01\0\0\0\0\0"
      "\0\0\x01\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\0\0\0\0\0\0\0\0"
      "\x02\x03s/1\x03\x0Cinvalid_json\x04\x03why\x06\x02{}",
      40 + 5 + 14 + 5 + 4);
  EXPECT_EQ(bytes_of(letter, moment), kExpected);
  LetterReader reader;
  const DeadLetter read = reader.read(kExpected, moment);
  EXPECT_EQ(read.stream_record, "{}");
  EXPECT_EQ(read.record, "");
  EXPECT_EQ(read.code, "invalid_json");
  EXPECT_TRUE(read.is_restored);
}

TEST(LetterBytes, AreReadAsTheyWereWritten) {
  DeadLetter letter{.record = record_bytes(),
                    .producer = "billing",
                    .reason = std::string(300, 'r'),
                    .body = "body",
                    .http_status = 503,
                    .attempts = 20,
                    .accepted_at = kMoment.now - hours(30),
                    .given_up_at = kMoment.now - seconds(5),
                    .position = 77,
                    .run = 9};
  for (const std::string_view code :
       {"refused", "retries_exhausted", "ambiguous", "unreadable", "forbidden", "of tomorrow"}) {
    letter.code = code;
    LetterReader reader;
    const DeadLetter read = reader.read(bytes_of(letter), kMoment);
    EXPECT_EQ(read.record, letter.record);
    EXPECT_EQ(read.producer, letter.producer);
    EXPECT_EQ(read.code, code);
    EXPECT_EQ(read.reason, letter.reason);
    EXPECT_EQ(read.body, letter.body);
    EXPECT_EQ(read.http_status, letter.http_status);
    EXPECT_EQ(read.attempts, letter.attempts);
    EXPECT_EQ(read.accepted_at, letter.accepted_at);
    EXPECT_EQ(read.given_up_at, letter.given_up_at);
    EXPECT_EQ(read.position, letter.position);
    EXPECT_EQ(read.run, letter.run);
    EXPECT_EQ(read.origin, (Origin{.producer = 5, .seq = 6, .ordered_batch = 7}));
    EXPECT_TRUE(read.is_restored);
    EXPECT_EQ(read.lanes.front().mode, LaneMode::kAbsent);
  }
}

TEST(LetterBytes, WithoutACodeAreUnknown) {
  const std::string bytes = bytes_of({.record = "record"});
  LetterReader reader;
  EXPECT_EQ(reader.read(bytes, kMoment).code, "unknown");
  EXPECT_EQ(reader.read(bytes + std::string("\x03\0", 2), kMoment).code, "unknown");
}

// The machine was started anew: its monotonic clock is younger than the letter.
TEST(LetterBytes, AgeGoesByWallTime) {
  const std::string bytes =
      bytes_of({.accepted_at = kMoment.now - hours(3), .given_up_at = kMoment.now - hours(2)});
  const LetterTime later{.now = Instant(seconds(10)), .wall = kMoment.wall + hours(1)};
  LetterReader reader;
  EXPECT_EQ(reader.read(bytes, later).accepted_at, later.now - hours(4));
  EXPECT_EQ(reader.read(bytes, later).given_up_at, later.now - hours(3));
}

TEST(LetterBytes, OneFromTheFutureIsNew) {
  const std::string bytes = bytes_of({.accepted_at = kMoment.now, .given_up_at = kMoment.now});
  const LetterTime before{.now = kMoment.now, .wall = kMoment.wall - hours(1)};
  LetterReader reader;
  EXPECT_EQ(reader.read(bytes, before).given_up_at, before.now);
}

TEST(LetterBytes, ThatNobodyCanReadAreKeptAsTheyAre) {
  const std::string whole = bytes_of({.record = "record", .code = "refused", .reason = "why"});
  std::string newer = whole;
  newer.front() = 2;
  std::string newer_tag = whole;
  newer_tag += "\x80\x01x";
  LetterReader reader;
  for (const std::string& bytes :
       {std::string(), whole.substr(0, 39), whole.substr(0, whole.size() - 1), newer, newer_tag}) {
    const DeadLetter read = reader.read(bytes, kMoment);
    EXPECT_EQ(read.code, "unreadable");
    EXPECT_EQ(read.record, bytes);
    EXPECT_NE(read.reason, "");
  }
}

TEST(LetterBytes, AFieldThatMayBeSkippedIsSkipped) {
  LetterReader reader;
  const std::string bytes = bytes_of({.record = "record", .code = "refused"}) + "\x7F\x01x";
  EXPECT_EQ(reader.read(bytes, kMoment).record, "record");
  EXPECT_EQ(reader.read(bytes, kMoment).code, "refused");
}

}  // namespace
}  // namespace awps
