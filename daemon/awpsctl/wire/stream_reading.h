#pragma once

// StreamReading: what one answer of GET /status (ADMIN.md) says of a stream, see status_reading.h.
// Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/wire/json_fields.h"

namespace awps {

struct PartitionReading {
  int64_t number = 0;
  std::optional<double> owned_seconds;
  std::optional<uint64_t> lag;  // records that are not settled, up to the end of the partition
  uint64_t ahead = 0;           // records from the oldest unsettled one to the last that was read
  std::string wait;             // why it is not read: "ahead", "room", "letters", "ending"
  // Of the oldest record that is not settled.
  std::optional<uint64_t> oldest_offset;  // nullopt: all are settled
  double oldest_seconds = 0;              // since the daemon read it
  std::optional<double> written_seconds;  // since its timestamp
  std::string oldest_hub, oldest_action, oldest_why;
};

struct StreamReading {
  std::string name, topic, group, state, cause;
  uint64_t max_ahead = 0;
  uint64_t records = 0, rejected = 0, returned = 0, commits_failed = 0, lost = 0;
  std::optional<uint64_t> partitions_of_topic;
  std::vector<PartitionReading> partitions;  // that the daemon owns

  std::optional<uint64_t> lag() const;  // of all whose lag is known
  uint64_t ahead() const;
  double oldest_seconds() const;
};

/// `now`: that of the same answer.
std::vector<StreamReading> read_streams(const Json& status, std::string_view now);
/// Leaves the stream of this name alone; a Failure names those that there are.
Result<std::vector<StreamReading>, Failure> only_stream(std::vector<StreamReading> streams,
                                                        const std::string& name);

}  // namespace awps
