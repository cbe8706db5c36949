#include "daemon/awpsd/daemon.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <future>
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
// From each word of what is read at the start to the next one.
constexpr Duration kLongestStart = std::chrono::seconds(60);
// For the last replies and the file of what was not delivered.
constexpr Duration kStopMargin = std::chrono::seconds(10);
constexpr Duration kLongestStop = std::chrono::hours(24 * 365);
// Producers get this long to read their last replies after everything is settled.
constexpr Duration kLastReplies = std::chrono::seconds(2);
// And operators this long. An answer that waits for a disk that hangs may never come.
constexpr Duration kLastAnswers = std::chrono::seconds(3);

// Zero: nobody watches.
Duration turn_under(Duration watchdog, Duration longest) {
  return watchdog > Duration::zero() ? std::min(watchdog, longest) : longest;
}

}  // namespace

Daemon::Daemon(const Config& config, const Parts& parts)
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
      logs_(config.spool, clock_),
      hubs_({.clock = clock_,
             .logger = logger_,
             .make_transport = parts.make_transport,
             .undelivered = undelivered_,
             .max_undelivered_line_bytes = config.socket.max_line_bytes,
             .intake_threads = static_cast<int>(config.socket.threads),
             .logs = logs_,
             .spool = config.spool},
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
               .spool_config = config.spool,
               .space = logs_.space(),
               .read_doors = [this] { return read_doors(); },
               .log_lines_dropped = parts.log_lines_dropped}),
      steering_({.hubs = hubs_, .reloader = reloader_, .status = status_, .clock = clock_}),
      memory_(system_memory()) {}

// ---- start

Result<void, ListenError> Daemon::start(const Plan& plan, int activated_fd) {
  if (Result<void, ListenError> read = read_disk(plan); !read) return read;
  if (Result<void, ListenError> open = open_admin(); !open) return open;
  if (Result<void, ListenError> open = open_socket(activated_fd); !open) return open;
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

// A signal ends it at once: nothing is accepted yet, and what is on disk stays as it is.
Result<void, ListenError> Daemon::read_disk(const Plan& plan) {
  std::promise<Result<void, ListenError>> promise;
  std::future<Result<void, ListenError>> opened = promise.get_future();
  reads_disk_ = true;
  disk_reader_ = std::jthread([this, &plan, promise = std::move(promise)]() mutable {
    pthread_setname_np(pthread_self(), "start");
    Result<void, ListenError> hubs = open_hubs(plan);
    if (hubs) {
      spool_.run();
      tell_of_undelivered();
    }
    promise.set_value(std::move(hubs));
    reads_disk_ = false;
    signals_.notify();
  });
  while (reads_disk_) {
    const int signal = signals_.wait(turn_);
    if (signal == SIGHUP) wants_reload_ = true;
    if (signal == 0 || signal == SIGHUP) continue;
    notifier_.stopping("nothing was accepted yet");
    logger_.info(
        "stopped while the disk was read: nothing was accepted yet, and what is on disk stays "
        "there");
    return ListenError{ExitCode::kOk, ""};
  }
  disk_reader_.join();
  return opened.get();
}

// It may take long: systemd is told that it goes on, and how far it is.
Result<void, ListenError> Daemon::open_hubs(const Plan& plan) {
  Result<void, HubTable::OpenError> opened =
      hubs_.open(plan, [this, last = std::string()](const std::string& words) mutable {
        if (words == last) return;
        last = words;
        notifier_.starting(words, kLongestStart);
      });
  if (opened) return {};
  return ListenError{opened.error().exit_code, std::move(opened.error().message)};
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
  while (!has_stopped()) {
    const int signal = signals_.wait(next_turn());
    reloader_.tick();
    hubs_retire_ = hubs_.retire();
    return_memory();
    tell_systemd();
    take_signal(signal);
    reload();
  }
  return finish_stop();
}

// A disk that hangs must not hold it up for ever.
bool Daemon::has_stopped() const {
  if (!hubs_.is_stopping()) return false;
  return hubs_.workers_ended() || (clock_.now() >= given_up_at_ && hubs_.is_held_up());
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
  for (const auto& hub : hubs_.hubs()) held += hub->held_bytes();
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
    wants_reload_ = true;
  } else if (signal == SIGHUP) {
    logger_.info("reload ignored: the daemon is stopping");
  } else if (signal != 0 && !stopping) {
    begin_stop();
  } else if (signal != 0) {
    logger_.warn("stopping at once: a second signal came");
    // One more signal postpones nothing.
    given_up_at_ = std::min(given_up_at_, clock_.now() + DiskWait::kLongestAnswer);
    hubs_.stop_now();
  } else if (!stopping) {
    tell_status();
  }
}

// In a thread of its own: what it reads and tries may lie on a disk that hangs. The
// reloader logs what it did. A signal that comes meanwhile means one more.
void Daemon::reload() {
  if (!wants_reload_ || reloads_ || hubs_.is_stopping()) return;
  wants_reload_ = false;
  reloads_ = true;
  reload_ = std::jthread([this] {
    pthread_setname_np(pthread_self(), "reload");
    (void)reloader_.reload();
    reloads_ = false;
    signals_.notify();
  });
}

// Only what is new.
void Daemon::tell_status() {
  std::string line = status_line(hubs_);
  if (line == status_line_) return;
  // After work there is memory to return, see return_memory().
  if (!status_line_.empty()) quiet_from_ = clock_.now() + kAfterWork;
  status_line_ = std::move(line);
  notifier_.status(status_line_);
}

// ---- stop
//
// 1. Nobody else changes hubs any more, and what operators paused sends again.
// 2. The socket reads no more from producers: nothing new is accepted.
// 3. The workers deliver what was accepted, until drain_timeout is over or a second signal comes.
//    What a worker has to leave goes into the undelivered file, and is told to its producers once
//    it is safe there, or lost; in a durable hub it stays in the log. Then the worker ends, and
//    after it the committer, once its last releases are synced.
// 4. run() sees that all have ended. Producers get the last replies. Dead letters are written.
// 5. The exit status tells whether something is in the file, and whether something is lost.
// 6. The admin server ends, before all that it reads. A reload that an operator has asked for may
//    stand in a call of the disk.
//
// Whoever waits for the disk in this waits for one answer no longer than DiskWait::kLongestAnswer.
// Then the thread that stands in the call stays behind, see has_threads_left().

void Daemon::begin_stop() {
  notifier_.still_stopping(turn_ + kStopMargin);
  hubs_.begin_stop();
  socket_->stop_reading();
  const Instant deadline =
      clock_.now() + std::min<Duration>(reloader_.drain_timeout(), kLongestStop);
  given_up_at_ = deadline + DiskWait::kLongestAnswer;
  hubs_.deliver_until(deadline);
  notifier_.stopping("delivering what was accepted");
  logger_.info("stopping: {}; accepted actions are delivered for at most drain_timeout",
               status_line(hubs_));
}

ExitCode Daemon::finish_stop() {
  // systemd is to wait for the disk as long as this thread does.
  Instant next = Instant::min();
  const auto tell = [this, &next] {
    if (clock_.now() < next) return;
    next = clock_.now() + turn_;
    if (watchdog_ > Duration::zero()) notifier_.watchdog();
    notifier_.still_stopping(DiskWait::kLongestAnswer + kStopMargin);
  };
  tell();
  const HubTable::Left left = hubs_.join();
  socket_->finish(clock_.now() + kLastReplies);
  ExitCode code = finish_undelivered(left);
  // Producers have been told everything.
  if (hubs_.finish_letters(tell) > 0) code = ExitCode::kIoError;
  logger_.info("stopped: {}", status_line(hubs_));
  admin_hangs_ = admin_ != nullptr && !admin_->stop_within(kLastAnswers);
  return code;
}

bool Daemon::has_threads_left() const {
  return reads_disk_ || reloads_ || admin_hangs_ || hubs_.has_threads_left();
}

ExitCode Daemon::finish_undelivered(const HubTable::Left& left) {
  if (left.on_disk > 0) {
    logger_.info("{} {} in the log; {} delivered after the next start", left.on_disk,
                 left.on_disk == 1 ? "action stays" : "actions stay",
                 left.on_disk == 1 ? "it is" : "they are");
  }
  const uint64_t kept = left.undelivered - left.lost;
  if (kept > 0) {
    // Who asks for the name of the file would wait for a disk that hangs.
    logger_.error("{} actions were not delivered; they are in {}: {}", kept,
                  undelivered_.hangs() ? undelivered_.directory() : undelivered_.path(),
                  left.disk_hangs ? "start awpsd again first: a log may have them as well, and "
                                    "then it delivers them. awpsctl send delivers the others"
                                  : "awpsctl send delivers them");
  }
  if (left.lost > 0) {
    const std::string failure = undelivered_.failure();
    logger_.error("{} actions were not delivered and are lost: {}", left.lost,
                  left.disk_hangs   ? "the disk does not answer"
                  : failure.empty() ? "the lines of their hubs above say why"
                                    : failure);
    return ExitCode::kIoError;
  }
  return kept > 0 ? ExitCode::kUndelivered : ExitCode::kOk;
}

}  // namespace awps
