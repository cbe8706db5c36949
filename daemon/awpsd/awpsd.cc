// awpsd: takes Azure Web PubSub actions from local programs and delivers them. See awpsd(8).

#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/exit_code.h"
#include "base/standard_files.h"
#include "config/load.h"
#include "config/print.h"
#include "daemon/awpsd/activation.h"
#include "daemon/awpsd/config_check.h"
#include "daemon/awpsd/daemon.h"
#include "daemon/awpsd/explain/explain.h"
#include "daemon/awpsd/file_shares.h"
#include "daemon/awpsd/gateway_doubts.h"
#include "daemon/awpsd/logging.h"
#include "daemon/awpsd/memory_limit.h"
#include "daemon/awpsd/no_core.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/options.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/signals.h"
#include "daemon/awpsd/spool_check.h"
#include "daemon/awpsd/spool_report.h"
#include "http/curl_transport.h"
#include "spool/undelivered_file.h"

namespace awps {
namespace {

struct Arguments {
  std::string config_file;  // empty: the default locations
  bool check_config = false;
  bool print_config = false;
  ExplainOptions explain;  // asked for if it names a file
  SpoolReportOptions spool;
};

// As many open files as we may have: each producer and each connection to the service is one.
uint64_t raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t soft = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : soft;
}

// What is no mistake, but hardly meant: a line each.
std::vector<std::string> doubts_about(const Config& config, const Plan& plan) {
  std::vector<std::string> lines = warnings_about(config);
  for (std::string& line : gateway_doubts(config, plan, SystemClock().wall_now())) {
    lines.push_back(std::move(line));
  }
  std::string memory = warning_of_memory(most_held_bytes(config, plan), memory_limit("/"));
  if (!memory.empty()) lines.push_back(std::move(memory));
  return lines;
}

ConfigReading load(const Arguments& arguments) {
  if (arguments.config_file.empty()) return load_default_locations();
  const std::filesystem::path file = arguments.config_file;
  return load_config(std::span(&file, 1));
}

// Threads stand in calls of a disk that hangs, or read what nobody wants any more. Whatever the
// destructors would do, they would wait for them.
[[noreturn]] void leave_threads_behind(DaemonLog& log, ExitCode code) {
  log.finish();
  std::quick_exit(to_int(code));
}

Activation activation_of(const ActivatedSockets& sockets) {
  return {.has_producers = sockets.producers >= 0, .gateway = sockets.gateway_address};
}

ExitCode serve(const Arguments& arguments, const Config& config, const Plan& plan,
               const ActivatedSockets& activated) {
  // Before any thread. SIGXCPU says that RLIMIT_CPU is used up: there is time left for an end.
  Signals signals{SIGTERM, SIGINT, SIGQUIT, SIGXCPU, SIGHUP};
  const Result<FileShares> files = share_files(raise_file_limit(), config, plan);
  if (!files) {
    std::cerr << "awpsd: " << files.error().message << '\n';
    return ExitCode::kOsError;
  }
  DaemonLog log(config.log.level);
  spdlog::logger& logger = log.logger();
  Notifier notifier;
  const SystemClock clock;
  Daemon daemon(config, {.clock = clock,
                         .logger = logger,
                         .log_lines_dropped = [&log] { return log.lines_dropped(); },
                         .notifier = notifier,
                         .signals = signals,
                         .make_transport =
                             [&clock, most = files->each_hub](CurlOptions options) {
                               options.max_connections =
                                   std::min<size_t>(options.max_connections, most);
                               return std::make_unique<CurlTransport>(clock, options);
                             },
                         .make_stream_ends = make_kafka_ends,
                         .load =
                             [arguments, activation = activation_of(activated)] {
                               return check_config(load(arguments), system_settings(), activation);
                             },
                         .files = *files});
  if (const auto started = daemon.start(plan, activated); !started) {
    const auto& [code, message] = started.error();
    if (code != ExitCode::kOk) logger.error("{}", message);
    if (daemon.has_threads_left()) leave_threads_behind(log, code);
    return code;
  }
  if (!files->lowered.empty()) logger.warn("{}", files->lowered);
  for (const std::string& line : doubts_about(config, plan)) logger.warn("{}", line);
  if (const auto variable = unused_proxy_variable(plan, system_settings())) {
    logger.warn(
        "{} is set, but awpsd does not use it: requests go directly to the service; if they must "
        "go through a proxy, name it in service.proxy",
        *variable);
  }
  const ExitCode code = daemon.run();
  if (daemon.has_threads_left()) leave_threads_behind(log, code);
  return code;
}

ExitCode run_explain(const Arguments& arguments, const ConfigReading& reading) {
  if (reading.ok()) return explain(arguments.explain, reading.config, system_settings());
  std::cerr << to_string(reading.mistakes);
  return ExitCode::kConfig;
}

ExitCode run_check_spool(const Arguments& arguments, const ConfigReading& reading) {
  if (reading.ok()) {
    return report_spool(arguments.spool, reading.config, SystemClock(), std::cout);
  }
  std::cerr << to_string(reading.mistakes);
  return ExitCode::kConfig;
}

void tell_that_it_is_good(const CheckedConfig& checked) {
  for (const std::string& line : doubts_about(checked.config, checked.plan))
    std::cout << line << '\n';
  if (const Result<void> spool = try_spool_folder(checked.config.spool.path); !spool) {
    std::cout << "warning: " << spool.error().message << '\n';
  }
  for (const std::string& line : doubts_about_spool(checked.config, checked.plan)) {
    std::cout << line << '\n';
  }
  const size_t hubs = checked.plan.hubs.size();
  const size_t streams = checked.plan.streams.size();
  std::cout << "the configuration is good: " << hubs << (hubs == 1 ? " hub" : " hubs");
  if (streams > 0) std::cout << ", " << streams << (streams == 1 ? " stream" : " streams");
  std::cout << '\n';
}

void tell_where_settings_are_looked_for() {
  if (std::getenv("CREDENTIALS_DIRECTORY") != nullptr) return;
  std::cerr << "Settings were looked for in " << kCredentialFolder
            << " and in the environment. What a unit has beside, such as encrypted credentials, "
               "only its daemon sees.\n";
}

ExitCode run(const Arguments& arguments) {
  if (arguments.print_config) {
    std::cout << print_config();
    return ExitCode::kOk;
  }
  ConfigReading reading = load(arguments);
  if (!arguments.explain.file.empty()) return run_explain(arguments, reading);
  if (arguments.spool.is_asked) return run_check_spool(arguments, reading);
  const Result<ActivatedSockets> activated =
      arguments.check_config ? ActivatedSockets() : activated_sockets();
  if (!activated) {
    std::cerr << "awpsd: " << activated.error().message << '\n';
    return ExitCode::kConfig;
  }
  CheckedConfig checked = check_config(
      std::move(reading), arguments.check_config ? settings_outside_of_unit() : system_settings(),
      activation_of(*activated));
  if (checked.ok()) checked.mistakes = spool_mistakes(checked.config, checked.plan);
  if (!checked.ok()) {
    std::cerr << to_string(checked.mistakes);
    if (arguments.check_config) tell_where_settings_are_looked_for();
    return ExitCode::kConfig;
  }
  if (arguments.check_config) {
    tell_that_it_is_good(checked);
    return ExitCode::kOk;
  }
  return serve(arguments, checked.config, checked.plan, *activated);
}

void add_explain_options(CLI::App& app, ExplainOptions& explain) {
  CLI::Option* file =
      app.add_option("--explain", explain.file,
                     "Print the requests that the protocol lines of this file (-: standard input) "
                     "become, and why; send nothing, and exit")
          ->type_name("FILE");
  app.add_option_function<double>(
         "--round-trip",
         [&explain](double milliseconds) { explain.round_trip = from_seconds(milliseconds / 1e3); },
         "With --explain: time from a request to its answer (default: 25)")
      ->check(CLI::Range(0.0, 60'000.0))
      ->type_name("MILLISECONDS")
      ->needs(file);
  app.add_flag("--full", explain.full, "With --explain: print every request, and whole URLs")
      ->needs(file);
  app.add_flag("--json", explain.json, "With --explain: print one JSON object per line")
      ->needs(file);
}

void add_spool_options(CLI::App& app, SpoolReportOptions& spool) {
  CLI::Option* check = app.add_flag(
      "--check-spool", spool.is_asked,
      "Print what hubs have on disk, and what is damaged there; change nothing, and exit");
  app.add_option("--hub", spool.hub, "With --check-spool: only this hub")->needs(check);
  app.add_option("--export", spool.export_file,
                 "With --check-spool: write the actions to this new file, as protocol lines")
      ->type_name("FILE")
      ->needs(check);
}

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  if (!awps::open_standard_files()) return awps::to_int(awps::ExitCode::kOsError);
  awps::forbid_core();
  CLI::App app("awpsd takes Azure Web PubSub actions from local programs and delivers them.");
  awps::Arguments arguments;
  app.add_option("--config", arguments.config_file,
                 "Read only this file (default: /etc/awpsd/awpsd.toml and conf.d/*.toml)");
  app.add_flag("--check-config", arguments.check_config,
               "Check configuration and settings, report mistakes, and exit");
  app.add_flag("--print-config", arguments.print_config,
               "Print every option with its default, and exit");
  awps::add_explain_options(app, arguments.explain);
  awps::add_spool_options(app, arguments.spool);
  app.set_version_flag("--version", std::string("awpsd ") + AWPS_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : awps::to_int(awps::ExitCode::kUsage);
  }
  return awps::to_int(awps::run(arguments));
}
