// awpsd: takes Azure Web PubSub actions from local programs and delivers them. See awpsd(8).

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "admin/admin_server.h"
#include "base/exit_code.h"
#include "config/load.h"
#include "config/print.h"
#include "daemon/awpsd/explain/explain.h"
#include "daemon/awpsd/logging.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/operators.h"
#include "daemon/awpsd/options.h"
#include "daemon/awpsd/reloader.h"
#include "daemon/awpsd/service.h"
#include "daemon/awpsd/signals.h"

namespace awps {
namespace {

constexpr Duration kLongestTurn = std::chrono::seconds(1);
// For the last replies and the file of what was not delivered.
constexpr Duration kStopMargin = std::chrono::seconds(10);
constexpr Duration kLongestDrain = std::chrono::hours(24 * 365);

struct Arguments {
  std::string config_file;  // empty: the default locations
  bool check_config = false;
  bool print_config = false;
  ExplainOptions explain;  // asked for if it names a file
};

// As many open files as we may have: each producer and each connection to the service is one.
uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
}

uint64_t files_needed(const Config& config, const Plan& plan) {
  static constexpr uint64_t kOwn = 64;  // listeners, event loops, logs
  uint64_t needed = kOwn + config.socket.max_connections;
  for (const HubPlan& hub : plan.hubs) needed += hub.service.max_connections;
  return needed;
}

Result<Config, ConfigErrors> load(const Arguments& arguments) {
  if (arguments.config_file.empty()) return load_default_locations();
  const std::filesystem::path file = arguments.config_file;
  return load_config(std::span(&file, 1));
}

// Serves until a signal ends it, and all that was accepted is delivered or kept.
ExitCode serve(Service& service, Reloader& reloader, Signals& signals, spdlog::logger& logger) {
  const Duration watchdog = watchdog_interval();
  const Duration turn =
      watchdog > Duration::zero() ? std::min(watchdog, kLongestTurn) : kLongestTurn;
  std::string status;
  while (!service.workers_ended()) {
    const int signal = signals.wait(turn);
    // Not by a timer alone: a delivery loop that hangs must not look alive.
    if (watchdog > Duration::zero() && service.alive()) notify_watchdog();
    reloader.tick();
    const bool stopping = service.is_stopping();
    // drain_timeout may be any length; a loop that hangs is for systemd to end.
    if (stopping && service.alive()) notify_still_stopping(turn + kStopMargin);
    if (signal == SIGHUP && !stopping) {
      (void)reloader.reload();  // which logs what it did
    } else if (signal == SIGHUP) {
      logger.info("reload: not during a stop");
    } else if (signal != 0 && !stopping) {
      notify_still_stopping(turn + kStopMargin);
      service.drain(service.clock().now() +
                    std::min<Duration>(reloader.drain_timeout(), kLongestDrain));
      notify_stopping("delivering what was accepted");
      logger.info("stopping: {}; what was accepted is delivered within drain_timeout",
                  service.status_line());
    } else if (signal != 0) {
      logger.warn("stopping at once: a second signal came");
      service.stop_now();
    } else if (!stopping && status != service.status_line()) {
      // Only what is new: a message that nobody takes would block this thread in the end.
      status = service.status_line();
      notify_ready(status);
    }
  }
  const uint64_t undelivered = service.finish();
  logger.info("stopped: {}", service.status_line());
  return undelivered == 0 ? ExitCode::kOk : ExitCode::kUndelivered;
}

// The default address is a convenience: without it awpsd delivers all the same. One that the
// configuration asks for is had, or the start fails. nullptr: there is none.
Result<std::unique_ptr<AdminServer>, ListenError> make_admin(const Config& config,
                                                             AdminService& operators,
                                                             spdlog::logger& logger) {
  auto admin = std::make_unique<AdminServer>(admin_options(config.admin), operators);
  const Result<void, ListenError> listening = admin->listen();
  if (listening) return admin;
  if (config.origins.places.contains("admin.listen")) {
    return listening.error();
  }
  logger.warn("there is no admin interface, awpsctl and metrics do not work: {}; set admin.listen",
              listening.error().message);
  return std::unique_ptr<AdminServer>();
}

ExitCode run(const Arguments& arguments) {
  if (arguments.print_config) {
    std::cout << print_config();
    return ExitCode::kOk;
  }
  const Result<Config, ConfigErrors> config = load(arguments);
  if (!config) {
    std::cerr << to_string(config.error());
    return ExitCode::kConfig;
  }
  if (!arguments.explain.file.empty()) {
    return explain(arguments.explain, *config, system_settings());
  }
  const Result<Plan> plan = make_plan(*config, system_settings());
  if (!plan) {
    std::cerr << "awpsd: " << plan.error().message << '\n';
    return ExitCode::kConfig;
  }
  if (const Result<void> machine = check_machine(*config, *plan); !machine) {
    std::cerr << "awpsd: " << machine.error().message << '\n';
    return ExitCode::kConfig;
  }
  if (arguments.check_config) {
    for (const std::string& line : options_without_effect(*config)) std::cout << line << '\n';
    std::cout << "the configuration is good: " << plan->hubs.size() << " hubs\n";
    return ExitCode::kOk;
  }
  Signals signals{SIGTERM, SIGINT, SIGHUP};
  const uint64_t files = raise_file_limit();
  const std::shared_ptr<spdlog::logger> logger = make_logger(config->log.level);
  Service service(*config, *plan, *logger, [&signals] { signals.notify(); });
  Reloader reloader([arguments] { return load(arguments); }, *config, service, *logger);
  Operators operators(service, reloader);
  const auto admin = make_admin(*config, operators, *logger);
  const Result<void, ListenError> started =
      admin ? service.start(*plan, activated_socket()) : Result<void, ListenError>(admin.error());
  if (!started) {
    std::cerr << "awpsd: " << started.error().message << '\n';
    return started.error().exit_code;
  }
  if (*admin != nullptr) (*admin)->start();
  logger->info("awpsd {} listens on {}, its operators on {}", AWPS_VERSION, config->socket.path,
               *admin == nullptr ? "nothing" : (*admin)->address());
  if (const uint64_t needed = files_needed(*config, *plan); files < needed) {
    logger->warn(
        "{} files may be open at once, and {} could be needed (socket.max_connections and "
        "each hub's connections): raise LimitNOFILE, or lower socket.max_connections",
        files, needed);
  }
  for (const std::string& line : options_without_effect(*config)) logger->warn("{}", line);
  notify_ready(service.status_line());
  return serve(service, reloader, signals, *logger);
}

void add_explain_options(CLI::App& app, ExplainOptions& explain) {
  CLI::Option* file =
      app.add_option("--explain", explain.file,
                     "Print which requests the protocol lines of this file (-: standard input) "
                     "become, and why; send nothing, and exit")
          ->type_name("FILE");
  app.add_option_function<double>(
         "--round-trip",
         [&explain](double milliseconds) { explain.round_trip = from_seconds(milliseconds / 1e3); },
         "With --explain: from a request to its answer (default: 25)")
      ->check(CLI::Range(0.0, 60'000.0))
      ->type_name("MILLISECONDS")
      ->needs(file);
  app.add_flag("--full", explain.full, "With --explain: every request, and URLs whole")
      ->needs(file);
  app.add_flag("--json", explain.json, "With --explain: a JSON object a line")->needs(file);
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  CLI::App app("awpsd takes Azure Web PubSub actions from local programs and delivers them.");
  awps::Arguments arguments;
  app.add_option("--config", arguments.config_file,
                 "Take this file alone (default: /etc/awpsd/awpsd.toml and conf.d/*.toml)");
  app.add_flag("--check-config", arguments.check_config,
               "Check configuration and settings, say every mistake, and exit");
  app.add_flag("--print-config", arguments.print_config,
               "Print every option with its default, and exit");
  awps::add_explain_options(app, arguments.explain);
  app.set_version_flag("--version", std::string("awpsd ") + AWPS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : awps::to_int(awps::ExitCode::kUsage);
  }
  return awps::to_int(awps::run(arguments));
}
