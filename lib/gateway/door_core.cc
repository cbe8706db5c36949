#include "gateway/door_core.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/check.h"

namespace awps {

namespace {

constexpr Duration kBetweenSweeps = std::chrono::seconds(1);

constexpr size_t kMostOfMessage = size_t{1} << 20U;   // as the service
constexpr size_t kMostOfNothing = size_t{64} << 10U;  // of a body that means nothing

}  // namespace

Door::Core::Core(const Limits& limits, DoorOptions options, Hubs hubs, const Parts& parts)
    : limits_(limits),
      parts_(parts),
      gatekeeper_(parts_.clock, parts_.counters),
      slot_(limits.slot, hubs.directory, [this] { post([this] { end_turn(); }); }),
      settled_({.max_writes = limits.max_watched_writes}),
      writes_({.clock = parts_.clock,
               .counters = parts_.counters,
               .slot = slot_,
               .settled = settled_,
               .soon = [this](std::function<void()> work) { soon(std::move(work)); },
               .held = limits.held}),
      reads_({.max_reads = limits.max_reads, .max_waiting = limits.max_waiting_reads},
             {.clock = parts_.clock,
              .counters = parts_.counters,
              .settled = settled_,
              .tell = [this] { post([this] { end_turn(); }); }}),
      swept_at_(parts_.clock.now()) {
  gatekeeper_.set_options(std::move(options));
  gatekeeper_.set_hubs(std::move(hubs.directory), std::move(hubs.rules));
}

// ---- any thread

void Door::Core::attach(http_server::Server& server) {
  server_ = &server;
  {
    const MutexLock lock(mutex_);
    posts_to_ = &server;
  }
  post([this] { end_turn(); });
}

// The lock keeps the server: it stops after finish_stop(), which takes it. Posting calls nobody.
void Door::Core::post(std::function<void()> work) {
  const MutexLock lock(mutex_);
  if (posts_to_ != nullptr) posts_to_->post(std::move(work));
}

void Door::Core::post_and_wait(const std::function<void()>& work) {
  std::promise<void> done;
  post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void Door::Core::set_options(DoorOptions options) {
  post([this, options = std::move(options)] { gatekeeper_.set_options(options); });
}

void Door::Core::set_hubs(Hubs hubs) {
  post([this, hubs = std::move(hubs)] { follow(hubs); });
}

void Door::Core::room_again() {
  if (has_room_again_.exchange(true)) return;
  post([this] {
    has_room_again_ = false;  // before the look, so that room that is made meanwhile is told again
    writes_.try_again();
    end_turn();
  });
}

void Door::Core::on_time() {
  post([this] { end_turn(); });
}

void Door::Core::begin_stop() {
  post_and_wait([this] {
    writes_.stop();
    reads_.stop();
    end_turn();
  });
}

void Door::Core::finish_stop(const std::function<bool(const std::string& hub)>& has_log) {
  post_and_wait([&] {
    writes_.finish(has_log);
    reads_.abandon();
  });
  const MutexLock lock(mutex_);
  posts_to_ = nullptr;
}

// ---- the server's thread

// What the network has brought by now is looked at between the first and the second turn.
void Door::Core::soon(std::function<void()> work) {
  post([this, work = std::move(work)]() mutable {
    post([this, work = std::move(work)] {
      work();
      end_turn();
    });
  });
}

Door::Kept Door::Core::kept() const {
  return {.writes = writes_.open(),
          .watched_writes = settled_.writes(),
          .producers = writes_.producers(),
          .held_bytes = writes_.held_bytes(),
          .waiting_for_room = writes_.waiting_for_room(),
          .reads = reads_.waiting(),
          .health_askers = reads_.health_askers(),
          .read_threads = reads_.channels()};
}

bool Door::Core::is_known(const http_server::Request& head) {
  writes_.request_came(head.connection);
  verdict_ = gatekeeper_.judge(head);
  return verdict_.is_known;
}

std::optional<http_server::Reply> Door::Core::on_head(const http_server::Request& head) {
  if (verdict_.visit) {
    visits_[head.connection].push_back(std::move(*verdict_.visit));
    verdict_.visit.reset();
    return std::nullopt;
  }
  parts_.counters.note_request(name_of(verdict_.route), verdict_.refusal.status, Duration(0));
  return reply_of(verdict_.refusal);
}

size_t Door::Core::max_body() const {
  return has_body(verdict_.route) ? kMostOfMessage : kMostOfNothing;
}

void Door::Core::handle(http_server::Request request, http_server::Responder responder) {
  std::deque<Visit>& visits = visits_[request.connection];
  AWPS_CHECK(!visits.empty());
  Visit visit = std::move(visits.front());
  visits.pop_front();
  if (visits.empty()) visits_.erase(request.connection);
  Exchange exchange(std::move(responder),
                    {.route = visit.routed.route,
                     .connection = request.connection,
                     .arrived = parts_.clock.now()},
                    parts_.clock, parts_.counters);
  warn_of_slash(visit.routed);
  if (is_write(visit.routed.route)) {
    writes_.take(std::move(visit), std::move(request), std::move(exchange));
  } else {
    reads_.take(std::move(visit), request, std::move(exchange));
  }
  end_turn();
}

http_server::Reply Door::Core::refusal(int status, const std::string& message) {
  parts_.counters.note_request(name_of(Route::kUnknown), status, Duration(0));
  parts_.counters.note_refused(status == 413 ? "too_large" : status == 503 ? "no_room" : "framing");
  if (status == 503) return reply_of(busy_answer(message));
  return reply_of(error_answer(
      status, status == 413 ? "Error.awpsd.MessageTooLarge" : "Error.BadRequest", message));
}

void Door::Core::on_connection_end(uint64_t connection) {
  visits_.erase(connection);
  writes_.connection_ended(connection);
  set_timer();
}

void Door::Core::follow(Hubs hubs) {
  slot_.use(hubs.directory);
  reads_.follow(hubs.rules);
  gatekeeper_.set_hubs(std::move(hubs.directory), std::move(hubs.rules));
  writes_.follow_directory();
  end_turn();
}

// Everything that may have changed is looked at, until the hubs have nothing more to report.
void Door::Core::end_turn() {
  do {
    writes_.take_reports();
  } while (!slot_.reports().prepare_to_sleep());
  const Instant now = parts_.clock.now();
  if (now >= writes_.next_time()) writes_.on_time();
  reads_.advance();
  sweep(now);
  set_timer();
}

void Door::Core::sweep(Instant now) {
  AccountTable& accounts = slot_.accounts();
  const bool is_time = accounts.orphans() > 0 && has_passed(swept_at_, kBetweenSweeps, now);
  if (!is_time && !accounts.is_sweep_due()) return;
  swept_at_ = now;
  slot_.sweep([this] { writes_.take_reports(); });
}

// There is no way to take a timer back; one that is not the latest does nothing.
void Door::Core::set_timer() {
  Instant next = std::min(writes_.next_time(), reads_.next_time());
  if (slot_.accounts().orphans() > 0) next = std::min(next, swept_at_ + kBetweenSweeps);
  if (next >= timer_at_) return;
  timer_at_ = next;
  server_->call_at(next, [this, next] {
    if (timer_at_ != next) return;
    timer_at_ = kNever;
    end_turn();
  });
}

void Door::Core::warn_of_slash(const RoutedRequest& routed) {
  if (!routed.had_encoded_slash || std::exchange(has_warned_, true) || !parts_.warn) return;
  parts_.warn(
      "gateway: a request names a user, group or connection with '%2F': the service reaches "
      "nobody by such a name; use another separator");
}

}  // namespace awps
