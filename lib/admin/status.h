#pragma once

// What the daemon says of itself: a snapshot, as plain data. ADMIN.md has it as JSON.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/stream_view.h"
#include "base/clock.h"
#include "metrics/counters.h"
#include "metrics/gateway_counters.h"

namespace awps {

/// A lane that waits although permits are free, because what is before it is under way.
struct WaitingLane {
  std::string target;  // "group dashboard"
  uint64_t waiting = 0;
};

/// What only the hub's worker knows, as it said when it was asked.
struct HubReport {
  std::string concurrency_reason;          // why the limit of requests under way is what it is
  std::vector<WaitingLane> waiting_lanes;  // the longest first, few
  std::vector<std::string> kinds_held;     // kinds of action that the identity may not send
  uint64_t dead_letters = 0;               // kept now
  uint64_t dead_letter_bytes = 0;
  uint64_t dead_letters_dropped = 0;  // made room for later ones, or were too old
  bool dead_letters_on_disk = false;
  uint64_t dead_letters_unwritten = 0;   // of those that are to be there
  std::string dead_letters_error;        // what is wrong with their disk; empty: nothing
  uint64_t last_dead_letter_number = 0;  // of the newest that there ever was
  std::string last_dead_letter;          // reason of the newest; empty: there is none
};

/// A connection that has much on disk alone.
struct SpoolHolder {
  uint64_t connection = 0;
  std::string producer;  // what it calls itself; may be empty
  uint64_t bytes = 0;
};

/// Of a durable hub: what it has on disk.
struct SpoolStatus {
  /// "recovering": what the last run left is being read. "direct": all that waits is in memory,
  /// too. "tail": some waits on disk alone. "failed": the disk takes nothing.
  std::string state;
  std::string error;  // what is wrong with the disk: it failed, hangs or is full; empty: nothing
  SpoolValues values;
  double oldest_seconds = 0;         // age of the oldest record; 0: there is none
  std::vector<SpoolHolder> holders;  // the largest first
  uint64_t max_bytes = 0;            // what values.bytes may become; 0: only spool.max_bytes says
};

enum class HubState : uint8_t {
  kRunning,
  kPaused,    // accepts, and sends nothing
  kDraining,  // accepts nothing, and sends what it has
  kDrained,   // the same, and nothing is left
  kRemoved,   // no longer configured, and ended; its dead letters are left
};

struct HubStatus {
  std::string name;
  std::string endpoint;  // its URL
  HubState state = HubState::kRunning;
  std::string not_ready;  // why; empty: it is ready
  HubValues values;
  uint64_t max_queued_bytes = 0;
  uint64_t max_in_flight = 0;
  double requests_per_second = 0;    // configured for the hub; 0: no limit
  std::optional<SpoolStatus> spool;  // absent: the hub keeps nothing on disk
  std::optional<HubReport> report;   // absent: the worker did not answer in time
};

/// Why an endpoint may be held, as words for programs.
inline constexpr std::array<std::string_view, 4> kHoldWords = {"unreachable", "failing",
                                                               "credential", "endpoint_at_fault"};
/// The rules that may be off at an endpoint.
inline constexpr std::array<std::string_view, 3> kRuleWords = {"fan_out", "bulk_membership",
                                                               "merge"};

/// A target that fails while others are answered.
struct SuspectTarget {
  std::string target;  // "sendToGroup in group 'news'"
  std::string cause;   // the answer
  double seconds = 0;  // since it became one
};

/// Of limits that a fleet shares: which part is this daemon's.
struct SharedLimitStatus {
  std::string stream;  // whose partitions count
  uint64_t owned = 0;  // of them
  uint64_t all = 0;    // 0: not known yet
  double part = 0;     // 0.01 to 1
};

struct EndpointStatus {
  std::string url;
  std::vector<std::string> hubs;
  std::string state;   // "open", "paused", "held"
  std::string hold;    // one of kHoldWords; empty: it is not held
  std::string reason;  // of a pause or hold, in words; empty: open
  std::string cause;  // the answer that led to it; while open: why it could not be reached just now
  std::string remedy;                         // of a hold, or of what may become one
  double silent_seconds = 0;                  // nobody was answered, unusually; 0: as usual
  double seconds_left = 0;                    // until the next request may go
  double configured_requests_per_second = 0;  // 0: no limit
  double pace_requests_per_second = 0;        // 0: no limit
  bool pace_is_learnt = false;
  std::string pace_reason;                     // in words: why the pace is what it is
  std::optional<SharedLimitStatus> shared_by;  // absent: the limits are this daemon's alone
  uint64_t suspects = 0;                       // targets that fail while others are answered
  std::vector<SuspectTarget> named_suspects;   // some of them
  std::vector<std::string> learnt;     // of coalesced requests: "fan_out: off: …", in words
  std::vector<std::string> rules_off;  // of kRuleWords
};

/// Files that earlier stops left, and that nobody has sent yet.
struct UndeliveredStatus {
  uint64_t files = 0;
  uint64_t actions = 0;
  uint64_t bytes = 0;
  bool is_at_least = false;        // there may be more: not all has been read yet
  std::optional<WallTime> oldest;  // absent: there is none
  std::string error;               // why the folder cannot be listed; empty: it can
};

/// The door for programs that use an SDK of the service.
struct GatewayStatus {
  std::string listen;                       // "127.0.0.1:8089"
  uint64_t connections = 0;                 // now
  uint64_t max_connections = 0;             // of these
  std::optional<WallTime> certificate_end;  // absent: there is no TLS
  std::string certificate_error;            // why the present file is not taken; empty: it is
  std::string warning;                      // what is to be done soon, in words; empty: nothing
  GatewayValues values;

  /// Its certificate has: clients refuse it.
  bool has_ended(WallTime now) const { return certificate_end && *certificate_end <= now; }
};

struct ServiceStatus {
  std::string version;
  int pid = 0;
  WallTime started_at{};
  WallTime now{};
  Duration uptime{};
  bool stopping = false;
  std::string log_level;
  uint64_t log_lines_dropped = 0;  // nobody read them in time, or they could not be written
  std::string socket_path;
  std::string spool_path;                    // where undelivered actions go at a stop
  uint64_t spool_bytes = 0;                  // of the logs of all hubs
  uint64_t spool_max_bytes = 0;              // what these may become
  uint64_t spool_free_bytes = 0;             // of its file system
  uint64_t spool_min_free_bytes = 0;         // what the logs leave of these
  std::string spool_error;                   // why nothing could be kept there; empty: it can
  UndeliveredStatus undelivered;             // what earlier stops left there
  std::vector<std::string> not_ready;        // "hub chat: …"; empty: ready
  std::vector<std::string> pending_restart;  // options changed by a reload that wait for a start
  IntakeValues intake;
  uint64_t producers = 0;                // connections now
  std::optional<GatewayStatus> gateway;  // absent: there is none
  std::vector<EndpointStatus> endpoints;
  std::vector<HubStatus> hubs;
  std::vector<StreamView> streams;  // by name
};

}  // namespace awps
