#pragma once

// Record: one accepted action with its origin, as it is kept: in memory as a dead letter, on disk,
// or as a line of the producers' protocol that can be sent again.
//
// The bytes of a record, all numbers little-endian:
//
//    0 u8  version (1)          8 u64 producer
//    1 u8  kind                16 u64 seq
//    2 u8  data type           24 i64 accepted, ns of wall time; 0: not known
//    3 u8  flags               32 i64 what is left of the time to live, ns; 0: none
//    4 u32 ordered batch       40     fields: {u8 tag, varint length, bytes} each, tags ascending
//
// Flags: 1 unordered, 2 the permission is joinLeaveGroup. Tags are listed in record.cc, and
// fields.h says how fields are read. A kind, a data type or a flag that a reader does not know is
// of a newer version, and the record is unreadable.
//
// Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "action/action.h"
#include "base/clock.h"
#include "base/result.h"
#include "queue/batch.h"

namespace awps {

/// Where an accepted action comes from.
struct Origin {
  uint64_t producer = 0;       // number of its connection
  uint64_t seq = 0;            // within its connection
  uint32_t ordered_batch = 0;  // number, unique within its connection; 0: in none

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// Borrows what the action borrows.
struct Record {
  Action action;         // what is left of its time to live; `hub` counts, not that of its options
  std::string_view hub;  // canonical
  Origin origin;
  WallTime accepted_at{};  // 0: not known
  uint64_t letter = 0;     // it was this dead letter of the hub, and is sent again; 0: none
};

/// `age` is taken off the time to live; a nanosecond of it is left at least. Whoever keeps records
/// beyond the process sets accepted_at.
Record record_of(const Accepted& accepted, const Batch& batch, std::string_view hub, Duration age);

/// Appends the record's bytes.
void append_record(std::string& out, const Record& record);

/// Reads records one after the other.
class RecordReader {
 public:
  /// An Error says why the bytes are no record of a version that this program knows. The record
  /// borrows from `bytes` and from this reader, until the next call.
  Result<Record> read(std::string_view bytes);

 private:
  bool read_fields(std::string_view bytes, Record& record);
  bool take_field(uint8_t tag, std::string_view text, Record& record);

  ActionOptions options_;
  std::vector<std::string_view> excluded_;
  std::vector<std::string_view> groups_;
};

/// The ordering key that an ordered batch has alone; "": it is in none.
std::string batch_key_of(const Origin& origin);

/// Appends a line of the producers' protocol without its '\n': the action with its hub. An element
/// of an ordered batch gets an ordering key that its batch has alone, so that lines that are sent
/// again stay in order.
void append_line(std::string& out, const Record& record);
/// The action with its hub, as an element of a batch that is written whole.
void append_element(std::string& out, const Record& record);

}  // namespace awps
