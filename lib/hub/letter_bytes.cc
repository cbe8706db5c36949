#include "hub/letter_bytes.h"

#include "record/fields.h"

namespace awps {

namespace {

constexpr uint8_t kVersionOfLetters = 1;
constexpr size_t kLetterHeadBytes = 40;
constexpr uint8_t kNoKindOfAction = 255;  // so a letter is never taken for a record

enum LetterTag : uint8_t {
  kRecordOfLetter = 1,
  kProducerName,
  kCode,
  kReasonOfLetter,
  kBody,
  kStreamRecord,
};

int64_t wall_nanoseconds(Instant at, const LetterTime& moment) {
  return (moment.wall - (moment.now - at)).time_since_epoch().count();
}

// What is said to be in the future has just been.
Instant instant_of(int64_t wall_nanoseconds, const LetterTime& moment) {
  const int64_t present = moment.wall.time_since_epoch().count();
  if (wall_nanoseconds <= 0 || wall_nanoseconds >= present) return moment.now;
  return moment.now - Duration(present - wall_nanoseconds);
}

void append_if_any(std::string& out, LetterTag tag, std::string_view text) {
  if (!text.empty()) append_field(out, tag, text);
}

bool take_field(uint8_t tag, std::string_view text, DeadLetter& letter) {
  switch (tag) {
    case kRecordOfLetter:
      letter.record = text;
      return true;
    case kProducerName:
      letter.producer = text;
      return true;
    case kCode:
      if (!text.empty()) letter.code = text;  // none is written, so one without stays unknown
      return true;
    case kReasonOfLetter:
      letter.reason = text;
      return true;
    case kBody:
      letter.body = text;
      return true;
    case kStreamRecord:
      letter.stream_record = text;
      return true;
    default:
      return true;  // of a newer version that says that it may be skipped
  }
}

DeadLetter unreadable_letter(std::string_view bytes, const LetterTime& moment) {
  return {.record = std::string(bytes),
          .code = "unreadable",
          .reason = "the dead letter on disk cannot be read: a newer version wrote it",
          .accepted_at = moment.now,
          .given_up_at = moment.now,
          .is_restored = true};
}

}  // namespace

void append_letter(std::string& out, const DeadLetter& letter, const LetterTime& moment) {
  append_little_endian(out, kVersionOfLetters);
  append_little_endian(out, kNoKindOfAction);
  append_little_endian(out, static_cast<uint16_t>(letter.http_status));
  append_little_endian(out, letter.attempts);
  append_little_endian(out, wall_nanoseconds(letter.accepted_at, moment));
  append_little_endian(out, wall_nanoseconds(letter.given_up_at, moment));
  append_little_endian(out, letter.position);
  append_little_endian(out, letter.run);
  append_little_endian(out, uint32_t{0});
  append_if_any(out, kRecordOfLetter, letter.record);
  append_if_any(out, kProducerName, letter.producer);
  append_if_any(out, kCode, letter.code);
  append_if_any(out, kReasonOfLetter, letter.reason);
  append_if_any(out, kBody, letter.body);
  append_if_any(out, kStreamRecord, letter.stream_record);
}

DeadLetter LetterReader::read(std::string_view bytes, const LetterTime& moment) {
  if (bytes.size() < kLetterHeadBytes || number_at<uint8_t>(bytes, 0) != kVersionOfLetters) {
    return unreadable_letter(bytes, moment);
  }
  DeadLetter letter{.code = "unknown",
                    .http_status = number_at<uint16_t>(bytes, 2),
                    .attempts = number_at<uint32_t>(bytes, 4),
                    .accepted_at = instant_of(number_at<int64_t>(bytes, 8), moment),
                    .given_up_at = instant_of(number_at<int64_t>(bytes, 16), moment),
                    .is_restored = true,
                    .position = number_at<uint64_t>(bytes, 24),
                    .run = number_at<uint32_t>(bytes, 32)};
  const auto take = [&](uint8_t tag, std::string_view text) {
    return take_field(tag, text, letter);
  };
  const auto none_repeats = [](uint8_t) { return false; };
  if (!visit_fields(bytes.substr(kLetterHeadBytes), none_repeats, take)) {
    return unreadable_letter(bytes, moment);
  }
  const Result<Record> record = records_.read(letter.record);
  if (record) letter.origin = record->origin;
  return letter;
}

}  // namespace awps
