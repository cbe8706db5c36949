// Dead letters from any bytes: each becomes a letter, and what could be read is written again as
// the same letter, but for fields that may be skipped.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "hub/letter_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view given(reinterpret_cast<const char*>(bytes), size);
  const awps::LetterTime moment{.now = awps::Instant(std::chrono::hours(1000)),
                                .wall = awps::WallTime(std::chrono::hours(24 * 365 * 56))};
  awps::LetterReader reader;
  const awps::DeadLetter letter = reader.read(given, moment);
  std::string written;
  awps::append_letter(written, letter, moment);
  const awps::DeadLetter again = reader.read(written, moment);
  AWPS_CHECK(again.record == letter.record && again.producer == letter.producer);
  AWPS_CHECK(again.reason == letter.reason && again.body == letter.body);
  AWPS_CHECK(again.position == letter.position && again.run == letter.run);
  AWPS_CHECK(again.accepted_at == letter.accepted_at && again.given_up_at == letter.given_up_at);
  AWPS_CHECK(again.http_status == letter.http_status && again.attempts == letter.attempts);
  AWPS_CHECK(again.code == letter.code && again.stream_record == letter.stream_record);
  // What is no letter may be a record by itself.
  AWPS_CHECK(letter.code == "unreadable" || again.origin == letter.origin);
  return 0;
}
