#pragma once

// StatusReading: one answer of GET /status (ADMIN.md) as plain data. What an older daemon does not
// say is zero or empty; what a newer one says besides is left out. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/awpsctl/failure.h"
#include "daemon/awpsctl/wire/stream_reading.h"

namespace awps {

struct HistogramReading {
  std::vector<double> bounds_seconds;
  std::vector<uint64_t> counts;  // one more than bounds, or none at all
};

struct ActionReading {
  uint64_t accepted = 0, queued = 0, active = 0, deferred = 0, delivered = 0, superseded = 0,
           dead_lettered = 0, expired = 0, abandoned = 0, returned = 0, target_gone = 0;

  uint64_t settled() const;
  /// Accepted, and without an outcome.
  uint64_t waiting() const { return queued + active + deferred; }
  /// Accepted = waiting + settled: every accepted action is accounted for.
  bool law_holds() const { return accepted == waiting() + settled(); }
};

struct RequestReading {
  uint64_t started = 0, in_flight = 0, throttled = 0, retries = 0, splits = 0;
  uint64_t answers_4xx = 0, answers_5xx = 0, answers_other = 0, transport_errors = 0;
  uint64_t charged_answered = 0, charged_healthy = 0;

  /// But for the throttled ones.
  uint64_t errors() const { return answers_4xx + answers_5xx + answers_other + transport_errors; }
};

struct LaneReading {
  std::string target;
  uint64_t waiting = 0;
};

/// What a durable hub has on disk.
struct LogReading {
  std::string state, error;
  double bytes = 0, max_bytes = 0;  // max_bytes 0: no bound of its own
  uint64_t records = 0, tail_records = 0, lost_records = 0, damaged_ranges = 0, late_refused = 0;
  double oldest_seconds = 0;
  std::string largest_holder;  // of the actions that wait on disk alone; empty: not known
};

struct HubReading {
  std::string name, endpoint, state, not_ready;
  bool ready = false;
  ActionReading actions;
  RequestReading requests;
  uint64_t concurrency = 0, max_in_flight = 0;
  double requests_per_second = 0;
  std::string concurrency_reason;
  std::vector<std::string> kinds_held;
  double held_bytes = 0, max_bytes = 0;
  uint64_t lanes = 0, blocked_lanes = 0;
  std::vector<LaneReading> waiting_lanes;
  HistogramReading delivery, request;
  bool worker_answered = false;  // else what follows is not known
  uint64_t dead_letters = 0, dead_letters_dropped = 0, dead_letters_unwritten = 0;
  std::string dead_letters_error;                   // what is wrong with their disk; empty: nothing
  std::optional<uint64_t> last_dead_letter_number;  // nullopt: it does not say
  std::string last_dead_letter;
  double busy_seconds = 0;
  std::optional<LogReading> log;  // nullopt: it keeps nothing on disk
};

/// A target that fails while others are answered.
struct SuspectReading {
  std::string target, cause;
  double seconds = 0;  // since it became one
};

/// Which part of a fleet's limits is the daemon's.
struct SharedByReading {
  std::string stream;
  uint64_t owned = 0, all = 0;  // partitions; of `all` 0 means that it is not known yet
  double part = 0;
};

struct EndpointReading {
  std::string url, state, hold, reason, cause, remedy, pace_reason;
  std::vector<std::string> hubs;
  double seconds_left = 0, silent_seconds = 0, pace = 0, configured = 0;
  bool learnt = false;  // the pace
  std::optional<SharedByReading> shared_by;
  uint64_t suspects = 0;
  std::vector<SuspectReading> named_suspects;  // some of them
  std::vector<std::string> learnt_bounds;      // of coalesced requests, in words
};

struct IntakeReading {
  uint64_t producers = 0, connections = 0, actions = 0, rejected = 0, paused_reads = 0;
  double bytes = 0;
};

/// The door for programs with an SDK; not known where there is none.
struct GatewayReading {
  std::string listen, certificate_error, warning;
  uint64_t connections = 0, max_connections = 0;
  uint64_t requests = 0, errors = 0;  // answered since the start; of them with 5xx
  uint64_t refused = 0;               // likewise, for want of a right or a form
  bool known = false;
};

/// Files that earlier stops left in that folder.
struct UndeliveredReading {
  uint64_t files = 0, actions = 0;
  double bytes = 0;
  bool at_least = false;
  std::string oldest_at, error;
  bool known = false;  // the daemon says it
};

/// Of the folder that keeps what must survive; absent where the daemon does not say.
struct SpoolReading {
  std::string path;
  double bytes = 0, max_bytes = 0, free_bytes = 0;
  std::string error;  // nothing could be kept there
  UndeliveredReading undelivered;
  bool known = false;
};

struct StatusReading {
  uint64_t protocol = 0;
  std::string version, started_at, now, state, log_level, socket;
  uint64_t pid = 0, log_lines_dropped = 0;
  double uptime_seconds = 0;
  bool ready = false;
  std::vector<std::string> not_ready, pending_restart;
  IntakeReading intake;
  GatewayReading gateway;
  SpoolReading spool;
  std::vector<EndpointReading> endpoints;
  std::vector<HubReading> hubs;
  std::vector<StreamReading> streams;

  const HubReading* find_hub(std::string_view name) const;
  std::vector<std::string> hub_names() const;
};

/// A Failure where it is no status at all.
Result<StatusReading, Failure> read_status(std::string_view body);
/// Leaves the hub of this name alone, and its endpoint, but no stream; a Failure names those that
/// there are.
Result<StatusReading, Failure> only_hub(StatusReading status, const std::string& hub);
/// The answer, with the hubs and endpoints of `kept` alone, and all else as it is.
std::string only_hub_text(std::string_view body, const StatusReading& kept);

}  // namespace awps
