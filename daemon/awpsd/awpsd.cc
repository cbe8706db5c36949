// awpsd: takes Azure Web PubSub actions from local programs and delivers them. See awpsd(8).

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>

#include "base/exit_code.h"
#include "config/load.h"
#include "config/print.h"
#include "daemon/awpsd/daemon.h"
#include "daemon/awpsd/explain/explain.h"
#include "daemon/awpsd/logging.h"
#include "daemon/awpsd/notify.h"
#include "daemon/awpsd/options.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/signals.h"
#include "http/curl_transport.h"

namespace awps {
namespace {

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

void warn_of_too_few_files(uint64_t files, uint64_t needed, spdlog::logger& logger) {
  if (files >= needed) return;
  logger.warn(
      "the limit of open files is {}, but up to {} may be needed (socket.max_connections and each "
      "hub's connections): raise LimitNOFILE, or lower socket.max_connections",
      files, needed);
}

ExitCode serve(const Arguments& arguments, const Config& config, const Plan& plan) {
  Signals signals{SIGTERM, SIGINT, SIGHUP};  // before any thread
  const uint64_t files = raise_file_limit();
  const std::shared_ptr<spdlog::logger> logger = make_logger(config.log.level);
  const SystemClock clock;
  Daemon daemon(config, plan,
                {.clock = clock,
                 .logger = *logger,
                 .signals = signals,
                 .make_transport =
                     [&clock](const CurlOptions& options) {
                       return std::make_unique<CurlTransport>(clock, options);
                     },
                 .load = [arguments] { return load(arguments); },
                 .settings = system_settings()});
  if (const auto started = daemon.start(activated_socket()); !started) {
    std::cerr << "awpsd: " << started.error().message << '\n';
    return started.error().exit_code;
  }
  warn_of_too_few_files(files, files_needed(config, plan), *logger);
  for (const std::string& line : options_without_effect(config)) logger->warn("{}", line);
  if (const auto variable = unused_proxy_variable(plan, system_settings())) {
    logger->warn(
        "{} is set, but awpsd does not use it: requests go directly to the service; if they must "
        "go through a proxy, name it in service.proxy",
        *variable);
  }
  return daemon.run();
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
    const size_t hubs = plan->hubs.size();
    std::cout << "the configuration is good: " << hubs << (hubs == 1 ? " hub\n" : " hubs\n");
    return ExitCode::kOk;
  }
  return serve(arguments, *config, *plan);
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

}  // namespace
}  // namespace awps

int main(int argc, char** argv) {
  CLI::App app("awpsd takes Azure Web PubSub actions from local programs and delivers them.");
  awps::Arguments arguments;
  app.add_option("--config", arguments.config_file,
                 "Read only this file (default: /etc/awpsd/awpsd.toml and conf.d/*.toml)");
  app.add_flag("--check-config", arguments.check_config,
               "Check configuration and settings, report mistakes, and exit");
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
