// awpsd-emulator: Azure Web PubSub on localhost. The first line on stdout is the connection string;
// then it serves until SIGTERM or SIGINT. Its control endpoint is described in
// lib/emulator/control.h.

#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/exit_code.h"
#include "base/random.h"
#include "base/standard_files.h"
#include "emulator/emulator.h"

namespace {

using awps::Error;
using awps::ExitCode;
using awps::Result;

constexpr size_t kMinKeyCharacters = 32;

struct Arguments {
  std::string listen = "127.0.0.1:8090";
  bool allow_remote = false;
  std::vector<std::string> access_keys;
  std::string entra_token;
  std::string public_url;
  double requests_per_second = 0;
  double burst = 0;
  std::string retry_after = "1";
  std::string faults_file;
  uint32_t delay_ms = 0;
  std::vector<std::string> hubs;
  size_t log_entries = 10'000;
};

void declare(CLI::App& app, Arguments& arguments) {
  app.set_version_flag("--version", AWPS_VERSION);
  app.add_option("--listen", arguments.listen, "ADDRESS:PORT; port 0 takes any")
      ->capture_default_str();
  app.add_flag("--allow-remote", arguments.allow_remote,
               "Permit an address that is not loopback; the control endpoint needs no token");
  app.add_option("--access-key", arguments.access_keys,
                 "Key of 32 characters or more; repeat it for a secondary key");
  app.add_option("--entra-token", arguments.entra_token,
                 "Bearer token to accept in the place of an Entra identity's");
  app.add_option("--public-url", arguments.public_url,
                 "SCHEME://HOST[:PORT] of the service that this stands for, as behind a reverse "
                 "proxy: tokens for it are taken, too");
  app.add_option("--requests-per-second", arguments.requests_per_second,
                 "Answer 429 beyond this rate; 0: no limit")
      ->capture_default_str();
  app.add_option("--burst", arguments.burst, "Requests at once under that limit; 0: 100 ms' worth")
      ->capture_default_str();
  app.add_option("--retry-after", arguments.retry_after,
                 "Seconds in the Retry-After of 429, or none")
      ->capture_default_str();
  app.add_option("--faults", arguments.faults_file, "JSON file of scripted faults");
  app.add_option("--delay", arguments.delay_ms, "Milliseconds that every answer waits")
      ->capture_default_str();
  app.add_option("--hub", arguments.hubs, "Hub that exists; repeatable; without it every hub does");
  app.add_option("--log-entries", arguments.log_entries, "Requests kept in the log; 0: no log")
      ->capture_default_str();
}

Result<void> take_listen(const std::string& listen, awps::emulator::Options& options) {
  const size_t colon = listen.rfind(':');
  const std::string port = colon == std::string::npos ? "" : listen.substr(colon + 1);
  const bool is_number = !port.empty() && port.size() <= 5 &&
                         port.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || std::stoul(port) > 65535) {
    return Error{"read --listen '" + listen + "': expected ADDRESS:PORT, such as 127.0.0.1:8090"};
  }
  options.address = listen.substr(0, colon);
  if (options.address.starts_with('[') && options.address.ends_with(']')) {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  options.port = static_cast<uint16_t>(std::stoul(port));
  return {};
}

Result<void> take_public_url(const std::string& url, awps::emulator::ServiceOptions& service) {
  if (url.empty()) return {};
  const size_t colon = url.find("://");
  const std::string scheme = url.substr(0, colon);
  const std::string host = colon == std::string::npos ? "" : url.substr(colon + 3);
  if ((scheme != "http" && scheme != "https") || host.empty() ||
      host.find_first_of("/?#@ ") != std::string::npos) {
    return Error{"read --public-url '" + url +
                 "': expected http or https, a host, and nothing behind its port"};
  }
  service.public_url = url;
  return {};
}

Result<void> take_throttle(const Arguments& arguments, awps::emulator::ThrottleOptions& throttle) {
  throttle.requests_per_second = arguments.requests_per_second;
  throttle.burst = arguments.burst;
  if (arguments.retry_after == "none") {
    throttle.retry_after_seconds = std::nullopt;
    return {};
  }
  const bool is_number = !arguments.retry_after.empty() && arguments.retry_after.size() <= 6 &&
                         arguments.retry_after.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) {
    return Error{"read --retry-after '" + arguments.retry_after + "': expected seconds, or none"};
  }
  throttle.retry_after_seconds = std::stoi(arguments.retry_after);
  return {};
}

Result<void> take_faults(const std::string& path, awps::emulator::FaultScript& script) {
  if (path.empty()) return {};
  std::ifstream file(path);
  if (!file) return Error{"read --faults '" + path + "': the file cannot be opened"};
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto parsed = awps::emulator::parse_fault_script(text);
  if (!parsed.ok()) return Error{"'" + path + "': " + parsed.error().message};
  script = std::move(parsed.value());
  return {};
}

Result<awps::emulator::Options> options_of(const Arguments& arguments) {
  awps::emulator::Options options;
  for (const std::string& key : arguments.access_keys) {
    if (key.size() >= kMinKeyCharacters && key.find(';') == std::string::npos) continue;
    return Error{"read --access-key: a key needs 32 characters or more, and no ';'"};
  }
  options.allows_remote = arguments.allow_remote;
  options.service.access_keys = arguments.access_keys;
  options.service.entra_token = arguments.entra_token;
  options.service.hubs = arguments.hubs;
  options.service.delay = std::chrono::milliseconds(arguments.delay_ms);
  options.service.log_entries = arguments.log_entries;
  options.service.seed = awps::seed_from_system();
  auto taken = take_listen(arguments.listen, options);
  if (taken.ok()) taken = take_public_url(arguments.public_url, options.service);
  if (taken.ok()) taken = take_throttle(arguments, options.service.throttle);
  if (taken.ok()) taken = take_faults(arguments.faults_file, options.service.faults);
  if (!taken.ok()) return taken.error();
  return options;
}

int fail(const Error& error, ExitCode code) {
  std::fprintf(stderr, "awpsd-emulator: %s\n", error.message.c_str());
  return to_int(code);
}

}  // namespace

int main(int argc, char** argv) {
  if (!awps::open_standard_files()) return to_int(ExitCode::kOsError);
  CLI::App app{
      "Azure Web PubSub on localhost: REST data plane, WebSocket clients, scripted faults."};
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : awps::to_int(awps::ExitCode::kUsage);
  }

  auto options = options_of(arguments);
  if (!options.ok()) return fail(options.error(), ExitCode::kUsage);

  // Blocked before the loop's thread exists, so that only sigwait() below takes them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  const auto emulator = awps::emulator::Emulator::start(std::move(options.value()));
  if (!emulator.ok()) return fail(emulator.error(), ExitCode::kUnavailable);
  std::printf("%s\n", (*emulator)->connection_string().c_str());
  std::fflush(stdout);

  int received = 0;
  sigwait(&stop_signals, &received);
  return to_int(ExitCode::kOk);
}
