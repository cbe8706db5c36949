#include "daemon/awpsctl/records/stream_access.h"

#include <filesystem>
#include <span>
#include <utility>

#include "base/mutex.h"
#include "base/terminal_text.h"
#include "config/load.h"
#include "daemon/awpsd/plan.h"
#include "daemon/awpsd/stream_planner.h"
#include "http/curl_transport.h"

namespace awps {

namespace {

constexpr Duration kTokenPatience = std::chrono::seconds(10);
constexpr int kWarningLevel = 4;  // of syslog's levels

ConfigReading read_config(const std::string& file) {
  if (file.empty()) return load_default_locations();
  const std::filesystem::path path = file;
  return load_config(std::span(&path, 1));
}

Failure config_failure(const std::string& message) {
  return {ExitCode::kConfig, "invalid_config", message};
}

Failure unknown_stream(const Config& config, const std::string& name, const std::string& file) {
  std::vector<std::string> names;
  for (const auto& [known, stream] : config.streams) names.push_back(known);
  const std::string where = file.empty() ? "of /etc/awpsd" : "'" + printable(file) + "'";
  return {ExitCode::kUsage, "unknown_stream",
          "the configuration " + where + " has no [streams." + printable(name) + "]: " +
              (names.empty() ? "it has no streams" : "there is " + printable(joined(names, ", "))) +
              "; name one of its streams, or another file with --config"};
}

}  // namespace

Result<std::unique_ptr<StreamAccess>, Failure> StreamAccess::open(const std::string& name,
                                                                  const std::string& file) {
  ConfigReading reading = read_config(file);
  if (!reading.ok()) return config_failure(printable_lines(to_string(reading.mistakes)));
  Config& config = reading.config;
  const auto found = config.streams.find(name);
  if (found == config.streams.end()) return unknown_stream(config, name, file);
  // The secrets of the others, and of the hubs, are nobody's business here.
  std::erase_if(config.streams, [&](const auto& stream) { return stream.first != name; });
  Plan plan;
  const SettingsSource settings = settings_outside_of_unit();
  const Result<std::string> default_hub = default_hub_of(config, settings);
  if (!default_hub) return config_failure(printable_lines(default_hub.error().message));
  plan.default_hub = *default_hub;
  const ConfigErrors mistakes = plan_streams(config, settings, plan);
  if (!mistakes.empty() || plan.streams.empty()) {
    return config_failure(printable_lines(to_string(mistakes)));
  }
  std::unique_ptr<StreamAccess> access(new StreamAccess(std::move(plan.streams.front())));
  if (const Result<void, Failure> token = access->take_token(); !token) return token.error();
  return access;
}

Result<void, Failure> StreamAccess::take_token() {
  if (!plan_.identity) return {};
  transport_ = std::make_unique<CurlTransport>(clock_, plan_.identity->transport);
  keeper_ = std::make_shared<EntraTokenKeeper>(
      EntraTokenKeeper::Options{.identity = plan_.identity->identity}, *transport_, clock_,
      [](const EntraTokenKeeper::Event&) {});
  keeper_->ask_first(kTokenPatience);
  plan_.settings.token = tokens_of(keeper_);
  if (const Result<KafkaToken> token = plan_.settings.token(); !token) {
    return Failure{ExitCode::kNoPermission, "no_token", printable_lines(token.error().message)};
  }
  keeper_->start();
  return {};
}

std::string StreamAccess::problem_of_hub(std::string_view hub) const {
  if (may_address(plan_.config, hub)) return {};
  return "hub '" + printable(hub) + "' is neither the hub of [streams." + printable(plan_.name) +
         "] nor in its hubs: add it there";
}

struct BrokerWords::Kept {
  Mutex mutex;
  std::string last GUARDED_BY(mutex);
};

KafkaLog BrokerWords::log() {
  kept_ = std::make_shared<Kept>();
  return [kept = kept_](int level, const std::string& line) {
    if (level > kWarningLevel) return;
    const MutexLock lock(kept->mutex);
    kept->last = line;
  };
}

std::string BrokerWords::last() const {
  if (kept_ == nullptr) return {};
  const MutexLock lock(kept_->mutex);
  return kept_->last.empty() ? "" : " (librdkafka: " + printable(kept_->last) + ")";
}

}  // namespace awps
