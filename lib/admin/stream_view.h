#pragma once

// What the daemon says of a stream: a snapshot, as plain data. ADMIN.md has it as JSON.
//
// A stream is a topic whose records carry actions. A daemon owns some of its partitions, or none.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "metrics/counters.h"

namespace awps {

/// The oldest record of a partition that is not settled: it holds the partition's offset back.
struct OldestRecordView {
  int64_t offset = 0;
  double seconds = 0;                  // since this daemon read it
  std::optional<WallTime> written_at;  // its timestamp
  // Of its first action without an outcome; empty: not known, or it has no such action.
  std::string hub;
  std::string action;  // its kind: "sendToGroup"
  std::string why;     // why it waits, in words
};

/// What may keep a partition from being read, as words for programs: stream/stream_status.h.
inline constexpr std::array<std::string_view, 4> kPartitionWaitWords = {
    "ahead",    // max_ahead: its oldest record holds it up
    "room",     // a hub has no room for it
    "letters",  // refused records wait for where dead letters are kept
    "ending",   // it is being given back
};

/// A partition that this daemon owns.
struct PartitionView {
  int32_t number = 0;
  WallTime owned_since{};
  std::optional<int64_t> settled;          // all records before this offset are; absent: not known
  std::optional<int64_t> committed;        // the offset that is stored; absent: none
  std::optional<uint64_t> lag;             // records from `settled` to the end; absent: not known
  uint64_t ahead = 0;                      // records that were read and are not settled, or later
  std::string wait;                        // one of kPartitionWaitWords; empty: it is read
  std::optional<OldestRecordView> oldest;  // absent: all that was read is settled
};

/// What a stream's state may be, as words for programs.
inline constexpr std::array<std::string_view, 6> kStreamStateWords = {
    "joining",   // it waits for its group to give it partitions
    "running",   // it has partitions, and reads them
    "idle",      // it is a member of its group, and the others have all partitions
    "troubled",  // something is wrong, see `cause`; what it has goes on
    "stopping",  // it gives its partitions back
    "stopped"};

struct StreamView {
  std::string name;
  std::string topic;
  std::string group;
  std::string state;        // one of kStreamStateWords
  std::string cause;        // of "troubled", in words, with what the broker said; else empty
  bool has_joined = false;  // its group has answered it once, with partitions or without
  uint64_t max_ahead = 0;
  std::optional<uint64_t> partitions_of_topic;  // all; absent: not known yet
  std::vector<PartitionView> partitions;        // owned ones, by number
  StreamValues values;
};

}  // namespace awps
