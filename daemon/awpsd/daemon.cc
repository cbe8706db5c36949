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
// Nobody tells of a stream that has stopped.
constexpr Duration kTurnOfStreamStop = std::chrono::milliseconds(20);
constexpr Duration kAfterWork = std::chrono::seconds(15);
constexpr uint64_t kMuch = uint64_t{1} << 20U;  // is held
// From each word of what is read at the start to the next one.
constexpr Duration kLongestStart = std::chrono::seconds(60);
// Zero: nobody watches.
Duration turn_under(Duration watchdog, Duration longest) {
  return watchdog > Duration::zero() ? std::min(watchdog, longest) : longest;
}

// After those of the socket's threads.
int gateway_slot(const Config& config) {
  return static_cast<int>(config.socket.threads);
}
int first_stream_slot(const Config& config) {
  return gateway_slot(config) + (config.gateway.is_on() ? 1 : 0);
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
      make_transport_(parts.make_transport),
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
             .intake_threads = first_stream_slot(config) + static_cast<int>(kMostStreams),
             .logs = logs_,
             .spool = config.spool},
            listeners()),
      streams_({.clock = clock_,
                .logger = logger_,
                .make_transport = parts.make_transport,
                .make_ends = parts.make_stream_ends,
                .on_part = [this](const std::string& stream,
                                  const SharedPart& part) { hubs_.set_part(stream, part); },
                .first_slot = first_stream_slot(config)}),
      reloader_(
          {.load = parts.load,
           .hubs = hubs_,
           .spool = spool_,
           .clock = clock_,
           .logger = logger_,
           .notifier = notifier_,
           .set_admin_group = [this](const std::string& group) { return set_admin_group(group); },
           .follow_gateway =
               [this](const Config& changed) {
                 if (gateway_ != nullptr) gateway_->follow(changed);
               },
           .follow_streams = [this](const Plan& plan) { return streams_.apply(plan); }},
          config),
      status_({.hubs = hubs_,
               .reloader = reloader_,
               .spool = spool_,
               .undelivered = left_,
               .clock = clock_,
               .spool_config = config.spool,
               .space = logs_.space(),
               .read_doors = [this] { return read_doors(); },
               .read_streams = [this] { return streams_.views(); },
               .log_lines_dropped = parts.log_lines_dropped}),
      steering_({.hubs = hubs_, .reloader = reloader_, .status = status_, .clock = clock_}),
      memory_(system_memory()) {}

HubTable::Listeners Daemon::listeners() {
  return {.room_again =
              [this] {
                socket_->room_again();
                if (gateway_ != nullptr) gateway_->room_again();
                streams_.room_again();
              },
          .directory_changed =
              [this](std::vector<IntakeHub> hubs) {
                if (gateway_ != nullptr) gateway_->set_hubs(hubs);
                socket_->set_hubs(std::move(hubs), hubs_.default_hub());
                streams_.use(hubs_.directory_for_streams());
                signals_.notify();  // some may be gone
              },
          .worker_ended = [this] { signals_.notify(); }};
}

// ---- start

Result<void, ListenError> Daemon::start(const Plan& plan, const ActivatedSockets& activated) {
  if (Result<void, ListenError> read = read_disk(plan); !read) return read;
  if (Result<void, ListenError> open = open_admin(); !open) return open;
  if (Result<void, ListenError> open = open_socket(activated.producers); !open) return open;
  if (Result<void, ListenError> open = open_gateway(activated.gateway); !open) return open;
  hubs_.start_workers();
  socket_->start();
  if (gateway_ != nullptr) gateway_->start();
  streams_.open(plan, hubs_.directory_for_streams());
  if (admin_ != nullptr) admin_->start();
  tell_of_start();
  if (activated.producers >= 0) warn_of_activation();
  return {};
}

void Daemon::tell_of_start() {
  std::string others;
  if (gateway_ != nullptr) others += ", on " + gateway_->address() + " for programs with an SDK";
  if (admin_ != nullptr) {
    for (const std::string& address : admin_->addresses()) others += " and on " + address;
    others += " for operators";
  }
  logger_.info("awpsd {} listens on {} for producers{}", AWPS_VERSION, socket_->address(), others);
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

Result<void, ListenError> Daemon::open_gateway(int activated_fd) {
  if (!config_.gateway.is_on()) return {};
  Result<std::vector<IntakeHub>> directory = hubs_.directory();
  if (!directory) return ListenError{ExitCode::kConfig, directory.error().message};
  gateway_ =
      std::make_unique<GatewayDoor>(config_, GatewayDoor::Parts{.clock = clock_,
                                                                .logger = logger_,
                                                                .hubs = hubs_,
                                                                .make_transport = make_transport_,
                                                                .slot = gateway_slot(config_),
                                                                .max_connections = files_.gateway,
                                                                .activated_fd = activated_fd});
  return gateway_->listen(std::move(*directory));
}

// What systemd made has its own path, mode and group. The file of a package says the defaults.
void Daemon::warn_of_activation() {
  const SocketConfig defaults;
  const SocketConfig& said = config_.socket;
  const auto warn = [this](std::string_view key, std::string_view remedy) {
    logger_.warn(
        "{} has no effect: systemd made the socket {}; change it in awpsd.socket, with {}=", key,
        socket_->address(), remedy);
  };
  if (said.path != defaults.path && said.path != socket_->address()) {
    warn("socket.path", "ListenStream");
  }
  if (said.mode != defaults.mode) warn("socket.mode", "SocketMode");
  if (said.group != defaults.group) warn("socket.group", "SocketGroup");
}

DoorReading Daemon::read_doors() const {
  DoorReading reading{.producers = static_cast<uint64_t>(socket_->connections()),
                      .address = socket_->address(),
                      .lost = socket_->lost_reason()};
  for (const IntakeCounters& counters : intake_counters_) add_values_of(counters, reading.values);
  if (gateway_ != nullptr) reading.gateway = gateway_->status();
  return reading;
}

// ---- run

ExitCode Daemon::run() {
  notifier_.ready(status_line(hubs_));
  while (!has_stopped()) {
    const int signal = signals_.wait(next_turn());
    reloader_.tick();
    if (gateway_ != nullptr && !hubs_.is_stopping()) gateway_->tick();
    hubs_retire_ = hubs_.retire();
    hubs_retire_ = streams_.retire() || hubs_retire_;
    if (streams_stop_ && streams_.has_stopped()) stop_workers();
    return_memory();
    tell_systemd();
    take_signal(signal);
    reload();
  }
  return finish_stop();
}

// A disk that hangs must not hold it up for ever.
bool Daemon::has_stopped() const {
  if (!hubs_.is_stopping() || streams_stop_) return false;
  return hubs_.workers_ended() || (clock_.now() >= given_up_at_ && hubs_.is_held_up());
}

Duration Daemon::next_turn() const {
  if (streams_stop_) return std::min(turn_, kTurnOfStreamStop);
  const bool is_quiet =
      clock_.now() >= quiet_from_ && !memory_returns_ && !hubs_retire_ && !hubs_.is_stopping();
  return is_quiet ? quiet_turn_ : turn_;
}

bool Daemon::is_alive() const {
  const AwakeInstant now = clock_.awake_now();
  return alive(hubs_, now).ok() && streams_.alive(now).ok();
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
    deliver_until_ = Instant::min();
    streams_.hurry_stop();
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

}  // namespace awps
