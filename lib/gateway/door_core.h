#pragma once

// Door::Core: the parts of the door, and what moves them: requests, reports of the hubs, and time.
// Of the server's thread, but for what is marked in door.h.

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "gateway/door.h"
#include "gateway/gatekeeper.h"
#include "gateway/reads.h"
#include "gateway/settled_watch.h"
#include "gateway/writes.h"
#include "intake/source_slot.h"

namespace awps {

class Door::Core {
 public:
  Core(const Limits& limits, DoorOptions options, Hubs hubs, const Parts& parts);

  // Any thread.
  void attach(http_server::Server& server);
  void set_options(DoorOptions options);
  void set_hubs(Hubs hubs);
  void room_again();
  void on_time();
  void begin_stop();
  void finish_stop(const std::function<bool(const std::string& hub)>& has_log);

  Kept kept() const;
  bool is_known(const http_server::Request& head);
  std::optional<http_server::Reply> on_head(const http_server::Request& head);
  size_t max_body() const;
  void handle(http_server::Request request, http_server::Responder responder);
  http_server::Reply refusal(int status, const std::string& message);
  void on_connection_end(uint64_t connection);

 private:
  void post(std::function<void()> work);
  void post_and_wait(const std::function<void()>& work);
  void soon(std::function<void()> work);

  void follow(Hubs hubs);
  void end_turn();
  void sweep(Instant now);
  void set_timer();
  void warn_of_slash(const RoutedRequest& routed);

  const Limits limits_;
  const Parts parts_;
  Mutex mutex_;
  http_server::Server* posts_to_ GUARDED_BY(mutex_) = nullptr;  // until the stop
  http_server::Server* server_ = nullptr;
  std::atomic<bool> has_room_again_{false};

  Gatekeeper gatekeeper_;
  SourceSlot slot_;
  SettledWatch settled_;
  Writes writes_;
  Reads reads_;
  Gatekeeper::Verdict verdict_;  // of the head that was shown last
  // Of heads whose bodies are still to come, by connection, in order.
  std::unordered_map<uint64_t, std::deque<Visit>> visits_;
  Instant timer_at_ = kNever;
  Instant swept_at_;
  bool has_warned_ = false;
};

}  // namespace awps
