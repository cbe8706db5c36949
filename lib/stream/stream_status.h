#pragma once

// StreamStatus: what operators see of a stream. A value.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace awps {

enum class StreamState : uint8_t {
  kJoining,   // it waits to be given partitions
  kRunning,   // it has some
  kIdle,      // it is a member, and the others have all partitions
  kTroubled,  // `cause` says what is wrong; what it has goes on
  kStopping,
  kStopped,
};
std::string_view name_of(StreamState state);

/// Why a partition is not read now.
enum class PartitionWait : uint8_t {
  kNothing,  // it is
  kAhead,    // its oldest unsettled record holds it up (max_ahead)
  kRoom,     // a hub has no room for it
  kLetters,  // refused records wait for where dead letters are kept
  kEnding,   // it is being given back
};
std::string_view name_of(PartitionWait wait);

/// The record that holds a partition's offset back.
struct OldestRecord {
  int64_t offset = 0;
  Instant read_at;                     // when this daemon took it
  std::optional<WallTime> written_at;  // its timestamp
  // Of its first action without an outcome; empty while not known, which takes some seconds.
  std::string hub;
  std::string action;  // its kind, as PROTOCOL.md spells it
  std::string why;     // why it waits, for people; also of a letter that is not safe
};

struct PartitionStatus {
  int32_t number = 0;
  Instant owned_since;
  int64_t settled = -1;        // the offset below which all is settled; -1: not known yet
  int64_t committed = -1;      // the one that is stored; -1: none
  std::optional<int64_t> lag;  // records behind the settled offset; empty: not known
  uint64_t ahead = 0;          // records from the oldest unsettled one to the last that was read
  PartitionWait wait = PartitionWait::kNothing;
  std::optional<OldestRecord> oldest;  // empty: all are settled
};

struct StreamStatus {
  std::string name;
  std::string topic;
  std::string group;
  StreamState state = StreamState::kJoining;
  std::string cause;                           // of kTroubled, for people; else empty
  bool has_joined = false;                     // its group has answered once, perhaps with none
  std::optional<int32_t> partitions_of_topic;  // all; empty: not known yet
  std::vector<PartitionStatus> partitions;     // owned ones, by number
};

}  // namespace awps
