#pragma once

// Door: the gateway as the handler of an HTTP server. A write becomes an action of the hub that its
// path names, and is answered by what becomes of it; a read goes on to the service.
//
// 1. A connection is a producer (Source). Its writes are admitted in the order in which they came;
//    one that finds its hub full holds up those behind it in that hub alone, and is answered 503
//    after answer_within; at once where such writes hold more bytes than Limits::held.
// 2. Every request is answered within a bound, once, from the server's thread. An accepted action
//    is never answered with what an SDK repeats.
// 3. A caller that hangs up changes nothing of an action that was admitted.
// 4. Nobody learns over TCP which hubs there are without a token that one of them takes.
// 5. Nothing here blocks the server's thread, reads in it or waits for another one.
//
// The life: Door, Server(door), listen(), attach(), Server::start(); then begin_stop(), the workers
// end, finish_stop(), Server::stop(), ~Door. The hubs' workers have ended before it does: they hold
// its accounts. What is marked so may be called from any thread; the rest is the server's thread's.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/gatekeeper.h"
#include "gateway/held_bytes.h"
#include "gateway/hub_rules.h"
#include "gateway/settled_watch.h"
#include "http_server/handler.h"
#include "http_server/server.h"
#include "intake/hub_directory.h"
#include "metrics/gateway_counters.h"

namespace awps {

class Door final : public http_server::Handler {
 public:
  struct Limits {
    int slot = 0;                     // the number of its thread, among all threads of doors
    size_t max_reads = 16;            // at the services at once
    size_t max_waiting_reads = 1024;  // beyond these a read is answered 503 at once
    // Of writes that a hub has no room for: a part of what the server may have.
    HeldBytes::Limits held{.max_bytes = size_t{16} << 20U, .max_writes = 1024};
    // For `x-awpsd-after: settled`, see SettledWatch.
    size_t max_watched_writes = SettledWatch::Options().max_writes;
  };
  struct Parts {
    const Clock& clock;
    GatewayCounters& counters;
    /// For the log, from the server's thread: what an operator must know, seldom.
    std::function<void(const std::string&)> warn;
  };

  /// `hubs` and `rules` go together: each hub has rules, or is answered as if it had none.
  struct Hubs {
    std::shared_ptr<const HubDirectory> directory;
    std::vector<HubRules> rules;
  };

  Door(const Limits& limits, DoorOptions options, Hubs hubs, const Parts& parts);
  ~Door() override;
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// After Server::listen(), before its start(); it outlives every call to this object but the
  /// destructor.
  void attach(http_server::Server& server);

  // Any thread, between attach() and the server's stop.

  void set_options(DoorOptions options);
  void set_hubs(Hubs hubs);
  /// A hub's budget has room for those who waited (HubQueue's callback).
  void room_again();
  /// Time has passed. The server's own timers see to that; this is for a clock that is not theirs.
  void on_time();

  /// What it keeps of requests. The server's thread.
  struct Kept {
    size_t writes = 0;  // without an answer
    size_t watched_writes = 0;
    size_t producers = 0;
    size_t held_bytes = 0;
    size_t waiting_for_room = 0;  // connections, in a hub each
    size_t reads = 0;             // that wait
    size_t health_askers = 0;
    size_t read_threads = 0;
  };
  Kept kept() const;

  /// Returns once nothing is pushed to a hub any more: what comes from now on, and what waits for
  /// room, is answered 503. The server runs.
  void begin_stop();
  /// After the hubs' workers have ended, and what they could not deliver is on disk: every request
  /// that still waits has its answer when this returns. `has_log` says of a hub whose worker left
  /// an action without an outcome whether its log keeps it.
  void finish_stop(const std::function<bool(const std::string& hub)>& has_log);

  // As a Handler.
  bool is_known(const http_server::Request& head) override;
  std::optional<http_server::Reply> on_head(const http_server::Request& head) override;
  size_t max_body(const http_server::Request& head) override;
  void handle(http_server::Request request, http_server::Responder responder) override;
  http_server::Reply refusal(int status, const std::string& message) override;
  void on_connection_end(uint64_t connection) override;

 private:
  class Core;  // all of it; of the server's thread

  std::unique_ptr<Core> core_;
};

}  // namespace awps
