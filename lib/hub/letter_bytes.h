#pragma once

// The bytes of a dead letter on disk, where its number is its position in the letters' log. All
// numbers are little-endian.
//
//    0 u8  version (1)               16 i64 given up, ns of wall time
//    1 u8  255: begins no record     24 u64 position of its action in the hub's log; 0: in none
//    2 u16 HTTP status; 0: no answer 32 u32 run of that log; 0: none
//    4 u32 attempts                  36 u32 0
//    8 i64 accepted, ns of wall time 40     fields, as in record/fields.h
//
// Tags: 1 the record of the action (record/record.h), 2 name of its producer, 3 code, 4 reason,
// 5 the beginning of the last answer's body, 6 JSON of a record of a stream, which stands instead
// of an action. What is empty is left out.
//
// A letter that a program cannot read is one of the code `unreadable`, whose record is all of its
// bytes: it is shown, and may be thrown away.
//
// Pure; any thread. One reader a thread.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "hub/dead_letters.h"
#include "record/record.h"

namespace awps {

/// One moment by both clocks: what monotonic time is in wall time, and back. All letters that are
/// written or read together go by the same one, else their order is lost.
struct LetterTime {
  Instant now{};
  WallTime wall{};
};

void append_letter(std::string& out, const DeadLetter& letter, const LetterTime& moment);

class LetterReader {
 public:
  /// The letter, restored, without its number.
  DeadLetter read(std::string_view bytes, const LetterTime& moment);

 private:
  RecordReader records_;
};

}  // namespace awps
