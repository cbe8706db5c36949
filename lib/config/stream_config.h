#pragma once

// StreamConfig: what [streams.NAME] says: a topic of Kafka or Event Hubs from which actions are
// taken. Part of config.h, which has the rules. NAME names the stream in logs, metrics and dead
// letters.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"

namespace awps {

/// In `hubs`: each hub may be named.
inline constexpr const char* kAnyHub = "*";

/// Each has a thread, and a place of its own at every hub's queue.
inline constexpr size_t kMostStreams = 16;

/// [streams.NAME].
struct StreamConfig {
  enum class Start : uint8_t { kEarliest, kLatest };
  /// By name: of librdkafka's properties, their values; of the secret ones, the NAME of a setting.
  using Properties = std::map<std::string, std::string, std::less<>>;

  std::string brokers;             // "host:port,host:port"; empty: `connection` says it
  std::string connection;          // NAME of a setting, never a secret; empty: there is none
  std::string topic;               // at least one character
  std::string group = "awpsd";     // the consumer group, which is the fleet
  std::string hub;                 // of records that name none, canonical; empty: service.hub
  std::vector<std::string> hubs;   // that records may name beside it, canonical; or kAnyHub
  uint64_t max_ahead = 5000;       // records of a partition accepted and not settled
  Start start = Start::kEarliest;  // where nothing is committed
  std::string dead_letters;        // a topic; empty: the daemon's own store
  Duration session_timeout = std::chrono::seconds(30);
  Properties properties;
  Properties secret_properties;

  friend bool operator==(const StreamConfig&, const StreamConfig&) = default;
};

}  // namespace awps
