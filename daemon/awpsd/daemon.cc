#include "daemon/awpsd/daemon.h"

#include <algorithm>
#include <csignal>
#include <span>
#include <utility>

#include "daemon/awpsd/options.h"
#include "daemon/awpsd/status_words.h"

namespace awps {

namespace {

constexpr Duration kLongestTurn = std::chrono::seconds(1);
// While nothing changes.
constexpr Duration kLongestQuietTurn = std::chrono::seconds(6);
constexpr Duration kAfterWork = std::chrono::seconds(15);
constexpr uint64_t kMuch = uint64_t{1} << 20U;  // is held
// For the last replies and the file of what was not delivered.
constexpr Duration kStopMargin = std::chrono::seconds(10);
constexpr Duration kLongestStop = std::chrono::hours(24 * 365);
// Producers get this long to read their last replies after everything is settled.
constexpr Duration kLastReplies = std::chrono::seconds(2);

// Zero: nobody watches.
Duration turn_under(Duration watchdog, Duration longest) {
  return watchdog > Duration::zero() ? std::min(watchdog, longest) : longest;
}

}  // namespace

Daemon::Daemon(const Config& config, const Plan& plan, const Parts& parts)
    : config_(config),
      files_(parts.files),
      clock_(parts.clock),
      logger_(parts.logger),
      notifier_(parts.notifier),
      signals_(parts.signals),
      watchdog_(watchdog_interval()),
      turn_(turn_under(watchdog_, kLongestTurn)),
      quiet_turn_(turn_under(watchdog_, kLongestQuietTurn)),
      undelivered_(config.spool.path, clock_),
      spool_(undelivered_, logger_),
      left_(config.spool.path),
      intake_counters_(config.socket.threads),
      hubs_(plan,
            {.clock = clock_,
             .logger = logger_,
             .make_transport = parts.make_transport,
             .undelivered = undelivered_,
             .max_undelivered_line_bytes = config.socket.max_line_bytes,
             .intake_threads = static_cast<int>(config.socket.threads)},
            {.room_again = [this] { socket_->room_again(); },
             .directory_changed =
                 [this](std::vector<IntakeHub> hubs) {
                   socket_->set_hubs(std::move(hubs), hubs_.default_hub());
                   signals_.notify();  // some may be gone
                 },
             .worker_ended = [this] { signals_.notify(); }}),
      reloader_(
          {.load = parts.load,
           .hubs = hubs_,
           .spool = spool_,
           .clock = clock_,
           .logger = logger_,
           .notifier = notifier_,
           .set_admin_group = [this](const std::string& group) { return set_admin_group(group); }},
          config),
      status_({.hubs = hubs_,
               .reloader = reloader_,
               .spool = spool_,
               .undelivered = left_,
               .clock = clock_,
               .spool_path = config.spool.path,
               .read_doors = [this] { return read_doors(); },
               .log_lines_dropped = parts.log_lines_dropped}),
      steering_({.hubs = hubs_, .reloader = reloader_, .status = status_, .clock = clock_}),
      memory_(system_memory()) {}

// ---- start

Result<void, ListenError> Daemon::start(int activated_fd) {
  if (Result<void, ListenError> open = open_admin(); !open) return open;
  if (Result<void, ListenError> open = open_socket(activated_fd); !open) return open;
  spool_.run();
  tell_of_undelivered();
  hubs_.start_workers();
  socket_->start();
  if (admin_ != nullptr) admin_->start();
  std::string operators;
  if (admin_ != nullptr) {
    for (const std::string& address : admin_->addresses()) operators += " and on " + address;
    operators += " for operators";
  }
  logger_.info("awpsd {} listens on {} for producers{}", AWPS_VERSION, socket_->address(),
               operators);
  return {};
}

void Daemon::tell_of_undelivered() {
  const Undelivered& left = left_.look();
  if (left.files > 0) {
    logger_.warn(
        "earlier stops left {} under '{}', still undelivered: `awpsctl send --remove {}` delivers "
        "them",
        to_text(left), config_.spool.path, config_.spool.path);
  }
  if (!left.error.empty()) {
    logger_.warn("cannot look for what earlier stops left under '{}': {}", config_.spool.path,
                 left.error);
  }
}

// The default address is a convenience: without it awpsd delivers all the same. One that the
// configuration asks for is had, or the start fails.
Result<void, ListenError> Daemon::open_admin() {
  AdminServer::Options options = admin_options(config_.admin);
  options.http.max_connections = std::min(options.http.max_connections, files_.operators);
  auto admin = std::make_unique<AdminServer>(options, steering_);
  Result<void, ListenError> listening = admin->listen();
  if (listening) {
    admin_ = std::move(admin);
    // Without it root steers, and the daemon delivers all the same.
    const Result<void> group = set_admin_group(config_.admin.group);
    if (!group) logger_.warn("{}", group.error().message);
    return {};
  }
  if (config_.origins.places.contains("admin.listen")) return listening;
  logger_.warn("there is no admin interface, so awpsctl and metrics do not work: {}",
               listening.error().message);
  return {};
}

Result<void> Daemon::set_admin_group(const std::string& group) {
  return admin_ == nullptr ? Result<void>() : admin_->set_group(group);
}

Result<void, ListenError> Daemon::open_socket(int activated_fd) {
  Result<SocketServer::Options> options = socket_options(config_);
  if (!options) return ListenError{ExitCode::kConfig, options.error().message};
  options->files_for_connections =
      static_cast<int>(std::min<uint64_t>(files_.producers, INT32_MAX));
  options->warn = [this](const std::string& line) { logger_.warn("{}", line); };
  Result<std::vector<IntakeHub>> directory = hubs_.directory();
  if (!directory) return ListenError{ExitCode::kConfig, directory.error().message};
  socket_ = std::make_unique<SocketServer>(*options, std::move(*directory), hubs_.default_hub(),
                                           std::span(intake_counters_));
  return socket_->listen(activated_fd);
}

// The socket is systemd's: so are its path, mode and group.
void Daemon::warn_of_activation() {
  const auto& places = config_.origins.places;
  for (const std::string key : {"socket.path", "socket.mode", "socket.group"}) {
    const bool is_said = places.contains(key);
    if (!is_said || (key == "socket.path" && config_.socket.path == socket_->address())) continue;
    logger_.warn(
        "{} has no effect: systemd made the socket {}; change it in awpsd.socket, with {}=", key,
        socket_->address(),
        key == "socket.path"   ? "ListenStream"
        : key == "socket.mode" ? "SocketMode"
                               : "SocketGroup");
  }
}

DoorReading Daemon::read_doors() const {
  DoorReading reading{.producers = static_cast<uint64_t>(socket_->connections()),
                      .address = socket_->address(),
                      .lost = socket_->lost_reason()};
  for (const IntakeCounters& counters : intake_counters_) add_values_of(counters, reading.values);
  return reading;
}

// ---- run

ExitCode Daemon::run() {
  notifier_.ready(status_line(hubs_));
  while (!hubs_.is_stopping() || !hubs_.workers_ended()) {
    const int signal = signals_.wait(next_turn());
    reloader_.tick();
    hubs_retire_ = hubs_.retire();
    return_memory();
    tell_systemd();
    take_signal(signal);
  }
  return finish_stop();
}

Duration Daemon::next_turn() const {
  const bool is_quiet =
      clock_.now() >= quiet_from_ && !memory_returns_ && !hubs_retire_ && !hubs_.is_stopping();
  return is_quiet ? quiet_turn_ : turn_;
}

bool Daemon::is_alive() const {
  return alive(hubs_, clock_.awake_now()).ok();
}

void Daemon::return_memory() {
  uint64_t held = socket_->held_bytes();
  for (const auto& hub : hubs_.hubs()) held += hub->queue->budget().held_bytes();
  memory_returns_ = memory_.tick(held, clock_.now());
  if (held >= kMuch) quiet_from_ = clock_.now() + kAfterWork;
}

void Daemon::tell_systemd() {
  // Not by a timer alone: a delivery loop that hangs must not look alive.
  if (watchdog_ > Duration::zero() && is_alive()) notifier_.watchdog();
  // drain_timeout may be any length; a loop that hangs is for systemd to end.
  if (hubs_.is_stopping() && is_alive()) notifier_.still_stopping(turn_ + kStopMargin);
}

void Daemon::take_signal(int signal) {
  const bool stopping = hubs_.is_stopping();
  if (signal == SIGHUP && !stopping) {
    (void)reloader_.reload();  // which logs what it did
  } else if (signal == SIGHUP) {
    logger_.info("reload ignored: the daemon is stopping");
  } else if (signal != 0 && !stopping) {
    begin_stop();
  } else if (signal != 0) {
    logger_.warn("stopping at once: a second signal came");
    hubs_.stop_now();
  } else if (!stopping) {
    tell_status();
  }
}

// Only what is new.
void Daemon::tell_status() {
  std::string line = status_line(hubs_);
  if (line == status_line_) return;
  // After work there is memory to return, see return_memory().
  if (!status_line_.empty()) quiet_from_ = clock_.now() + kAfterWork;
  status_line_ = std::move(line);
  notifier_.ready(status_line_);
}

// ---- stop
//
// 1. Nobody else changes hubs any more, and what operators paused sends again.
// 2. The socket reads no more from producers: nothing new is accepted.
// 3. The workers deliver what was accepted, until drain_timeout is over or a second signal comes.
//    What a worker has to leave goes into the undelivered file, and is told to its producers once
//    it is safe there, or lost. Then the worker ends.
// 4. run() sees that all have ended. Producers get the last replies.
// 5. The exit status tells whether something is in the file, and whether something is lost.
// 6. The destructors end the admin server first: it reads all the rest.

void Daemon::begin_stop() {
  notifier_.still_stopping(turn_ + kStopMargin);
  hubs_.begin_stop();
  socket_->stop_reading();
  hubs_.deliver_until(clock_.now() + std::min<Duration>(reloader_.drain_timeout(), kLongestStop));
  notifier_.stopping("delivering what was accepted");
  logger_.info("stopping: {}; accepted actions are delivered for at most drain_timeout",
               status_line(hubs_));
}

ExitCode Daemon::finish_stop() {
  const HubTable::Left left = hubs_.join();
  socket_->finish(clock_.now() + kLastReplies);
  const ExitCode code = finish_undelivered(left);
  logger_.info("stopped: {}", status_line(hubs_));
  return code;
}

ExitCode Daemon::finish_undelivered(const HubTable::Left& left) {
  const uint64_t kept = left.undelivered - left.lost;
  if (kept > 0) {
    logger_.error("{} actions were not delivered; they are in {}: awpsctl send delivers them", kept,
                  undelivered_.path());
  }
  if (left.lost > 0) {
    logger_.error("{} actions were not delivered and are lost: {}", left.lost,
                  undelivered_.failure());
    return ExitCode::kIoError;
  }
  return kept > 0 ? ExitCode::kUndelivered : ExitCode::kOk;
}

}  // namespace awps
