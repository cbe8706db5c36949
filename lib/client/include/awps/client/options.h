#pragma once

// Options of a Producer, and what it reports: the Outcome of each action, and its Status.
//
// The library's names stand in awps::client, unlike the daemon's own, since they are linked into
// other programs.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace awps::client {

/// What confirms an action, so that it need not be sent again. There is no "none": what nobody
/// confirms could not be sent again after a lost connection.
enum class Ack : uint8_t {
  kAccepted,   // the daemon has it: on disk where the hub is durable, else in its memory
  kDelivered,  // it has its end: delivered to the service, or not, and why
};

enum class WhenFull : uint8_t {
  kBlock,   // a call waits for room, at most block_timeout
  kRefuse,  // a call fails at once
};

enum class OutcomeKind : uint8_t {
  kAccepted = 1,  // with Ack::kAccepted; the others but kRejected and kUnconfirmed: kDelivered
  kDelivered,     // the service took it
  kSuperseded,    // a later action took its place
  kExpired,       // older than its ttl before it could be sent
  kDeadLettered,  // the service, or the daemon's limits, refused it for good
  kAbandoned,    // the daemon stopped and keeps it; do not send it again. error_code: `kept`, it is
                 // delivered after the next start; `shutting_down`, it is in the daemon's file of
                 // undelivered actions. (What is `lost` has no outcome yet: it is sent again.)
  kRejected,     // the daemon did not accept it; it is not sent again
  kUnconfirmed,  // the producer was closed first: it may have arrived, or not
  kDuplicate,    // with Options::deduplicate: the daemon accepted it before, under the same id, and
                 // does not carry it out again; how the first one ended is not told here
};

/// The end of one action. Every action that a call took has exactly one.
struct Outcome {
  uint64_t number = 0;  // as the call returned it
  uint64_t tag = 0;     // as the call gave it
  OutcomeKind kind = OutcomeKind::kUnconfirmed;
  bool target_gone = false;  // the service answered 404: user, group or connection is not there
  uint16_t http_status = 0;  // 0: there was no answer of the service
  uint32_t attempts = 0;     // requests to the service
  /// As PROTOCOL.md lists them, or `unconfirmed`; empty where nothing failed.
  std::string error_code{};
  std::string error_message{};  // for people

  /// Whether there is nothing to repair: accepted, delivered, superseded or duplicate.
  bool is_good() const {
    return kind <= OutcomeKind::kSuperseded || kind == OutcomeKind::kDuplicate;
  }
};

struct Options {
  std::string socket_path = "/run/awpsd/awpsd.sock";
  std::string hub{};   // of actions that name none; empty: the daemon's default
  std::string name{};  // at most 64 bytes, for the daemon's logs; deduplicate needs one
  Ack ack = Ack::kDelivered;

  /// Of all actions without an outcome: the memory of their lines, which have about 150 bytes
  /// beside the data and names, and 130 bytes more for each. `deduplicate` adds 64 to each.
  size_t max_buffered_bytes = size_t{64} << 20U;
  WhenFull when_full = WhenFull::kBlock;
  std::chrono::milliseconds block_timeout{30'000};

  /// The pause before the n-th attempt to connect is chance between 0 and
  /// min(reconnect_max, reconnect_base × 2^n). At least 1 ms; more than a year counts as a year.
  std::chrono::milliseconds reconnect_base{50};
  std::chrono::milliseconds reconnect_max{2'000};

  /// How long the destructor waits for what has no outcome.
  std::chrono::milliseconds close_timeout{5'000};

  /// Both are called on the producer's own thread, one call at a time, and must not throw. They may
  /// send (then nothing waits: a full buffer refuses), but not flush, close or destroy the
  /// producer.
  std::function<void(const Outcome&)> on_outcome{};
  /// A sentence for a log: connected, lost, refused; a warning of the daemon. Seldom.
  std::function<void(const std::string&)> on_notice{};

  /// Asks the daemon to carry out only once what is sent again after a lost connection. Each action
  /// gets an id of its own for that, if Fields::id gives none. The daemon knows an id again for its
  /// `dedupe_window` (2 minutes by default), counted from the first acceptance. A later repeat is
  /// sent and carried out all the same.
  ///
  /// If the daemon cannot do it, on_notice says so once, and the producer works as without this
  /// option. An id that you give must be unique for your user and this `name`: a second action with
  /// it is not carried out, but becomes kDuplicate.
  bool deduplicate = false;
};

struct Status {
  bool is_connected = false;
  uint64_t taken = 0;        // actions that calls took
  uint64_t unsettled = 0;    // of these, without an outcome
  uint64_t sent_again = 0;   // after a lost connection; without dedupe_window, perhaps twice
  uint64_t connections = 0;  // made and greeted by the daemon
  size_t buffered_bytes = 0;
  std::string last_problem{};  // why the last connection ended or was not made; empty: none yet
  /// With Options::deduplicate: for how long the daemon knows an action again, in the hub of
  /// Options::hub. 0: it does not deduplicate, or is not connected.
  std::chrono::milliseconds dedupe_window{0};
};

}  // namespace awps::client
