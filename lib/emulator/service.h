#pragma once

// The whole service without its sockets: hubs, tokens, throttle, faults, counters and log. Sessions
// bring requests and frames; what is to be done comes back as values or leaves by ClientLinks.
// 1. A request takes effect when it is handled; a delay concerns only its answer.
// 2. Order: fault, route, token, throttle, version and hub, operation.
// One thread. Time is an argument.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "emulator/counters.h"
#include "emulator/fault/faults.h"
#include "emulator/handshake.h"
#include "emulator/hub.h"
#include "emulator/request_log.h"
#include "emulator/rest_operations.h"
#include "emulator/throttle.h"

namespace awps::emulator {

struct ServiceOptions {
  std::vector<std::string> access_keys;  // the first is the primary one
  std::string entra_token;               // a bearer that stands for an Entra identity; empty: none
  /// scheme://host[:port] of the service that this stands for, as behind a reverse proxy: tokens
  /// for it are taken, too, and generated tokens and links are for it. Empty: none.
  std::string public_url;
  std::vector<std::string> hubs;  // those that exist; empty: every hub does
  ThrottleOptions throttle;
  FaultScript faults;
  Duration delay{};             // of every answer
  size_t log_entries = 10'000;  // 0: no log
  uint64_t seed = 1;            // of connection ids
};

struct Now {
  Instant instant;
  WallTime wall;
};

inline Now current_time() {
  return {BootClock::now(), std::chrono::system_clock::now()};
}

/// What a session does with a request.
struct Handled {
  HttpResponse response;
  Duration delay{};
  Reset reset = Reset::kNone;
  bool stalls = false;
};

class Service {
 public:
  Service(ServiceOptions options, Instant begin);

  /// Some faults are for groups that stand in the body of such a request: then fault_for() is asked
  /// once that is there, also for an early answer.
  bool fault_needs_body(const RequestHead& head) const;
  /// By the head alone, so that an early answer can be given before the body; but for those above.
  /// Counts as a match.
  std::optional<Fault> fault_for(const RequestHead& head, std::string_view body, Now now);
  Handled handle(const RequestHead& head, std::string_view body, const Fault* fault, Now now);
  /// Counts and logs a request that never reached an operation.
  Handled refuse(const RequestHead& head, HttpResponse response, Now now);

  Result<ClientAdmission, HttpResponse> admit(const RequestHead& head, Now now);
  /// The id of the new, or the recovered, connection; nullopt: not recoverable, close with 1008.
  std::optional<std::string> open(ClientAdmission& admission, ClientLink& link, Now now);
  /// A frame from a client; the code if it must be closed for it.
  std::optional<CloseCode> receive(const ClientAdmission& admission,
                                   const std::string& connection_id, Frame frame);
  /// The link is gone; `is_final`: the client said goodbye and will not recover.
  struct LinkEnd {
    const std::string& hub;
    const std::string& connection_id;
    const ClientLink* link;
    bool is_final;
  };
  void closed(const LinkEnd& end, Instant now);
  void expire(Instant now);

  Counters counters() const;
  const RequestLog& log() const { return log_; }
  std::string connections_json() const;
  const Faults& faults() const { return faults_; }

  /// Its windows count from `now`.
  void set_faults(FaultScript script, Instant now) { faults_ = Faults(std::move(script), now); }
  void set_throttle(ThrottleOptions options) { throttle_ = Throttle(options); }
  const ThrottleOptions& throttle() const { return throttle_.options(); }
  void set_delay(Duration delay) { delay_ = delay; }
  void set_access_keys(const std::vector<std::string>& keys);
  /// Counters and log empty; faults (from `now` on), throttle, delay and keys as at the start.
  /// Connections stay.
  void reset(Instant now);

  /// Called after each request, message or change of connections.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }

 private:
  struct Arrival;
  HttpResponse respond(Arrival& arrival, Now now);
  std::optional<HttpResponse> refuse_token(const Arrival& arrival, int64_t now_seconds);
  HttpResponse generate_token(const Arrival& arrival, int64_t now_seconds);
  void record(const Arrival& arrival, const Handled& handled, const Fault* fault, Instant now);
  void fill(LogEntry& entry, const Arrival& arrival) const;
  bool hub_exists(const std::string& hub) const;
  std::string origin(const RequestHead& head) const {
    return options_.public_url.empty() ? "http://" + std::string(head.host) : options_.public_url;
  }
  std::string new_id();
  Connection* recover(const ClientAdmission& admission, ClientLink& link, Instant now);
  void changed() {
    if (observer_) observer_();
  }

  ServiceOptions options_;
  Instant begin_;
  std::map<std::string, Hub, std::less<>> hubs_;
  TokenCache tokens_;
  std::unique_ptr<HmacKey> primary_key_;
  Throttle throttle_;
  Faults faults_;
  Duration delay_;
  RequestLog log_;
  Counters counters_;
  Random random_;
  std::function<void()> observer_;
};

}  // namespace awps::emulator
