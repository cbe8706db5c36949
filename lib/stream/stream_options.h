#pragma once

// StreamOptions: what the configuration says of one stream. A value.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace awps {

struct StreamOptions {
  std::string name;   // [streams.NAME]
  std::string topic;  // these two: for status, letters and messages
  std::string group;
  std::string hub;                // canonical; of records that name none, and of letters
  std::vector<std::string> hubs;  // that records may name beside it, canonical; "*": every one
  uint64_t max_ahead = 5000;      // records of a partition, see PartitionStatus::ahead
  Duration service_timeout = std::chrono::seconds(10);
  Duration session_timeout = std::chrono::seconds(30);
  uint64_t max_record_bytes = uint64_t{8} << 20U;
  // Keys and values of unsettled records, which are kept for a topic of dead letters.
  uint64_t max_kept_bytes = uint64_t{64} << 20U;
};

}  // namespace awps
