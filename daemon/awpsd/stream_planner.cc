#include "daemon/awpsd/stream_planner.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "config/names.h"
#include "daemon/awpsd/options.h"

namespace awps {

namespace {

class StreamPlanner {
 public:
  StreamPlanner(const Config& config, const SettingsSource& settings, Plan& plan)
      : config_(config), settings_(settings), plan_(plan) {}

  ConfigErrors run() {
    for (const auto& [name, stream] : config_.streams) add(name, stream);
    return std::move(mistakes_);
  }

 private:
  void add(const std::string& name, const StreamConfig& stream) {
    key_ = join_key("streams", name);
    StreamPlan planned{.name = name, .config = stream, .brokers = {}, .settings = {}};
    if (stream.hub.empty()) planned.config.hub = plan_.default_hub;
    check_hubs(planned.config);
    mark_hubs(planned);
    const std::optional<KafkaOptions> options = options_of(planned);
    if (!options) return;
    Result<KafkaSettings, std::vector<std::string>> settings = make_kafka_settings(*options);
    if (settings) {
      planned.settings = std::move(*settings);
      plan_.streams.push_back(std::move(planned));
      return;
    }
    for (const std::string& mistake : settings.error()) fail_as_said(mistake);
  }

  // ---- hubs

  void check_hubs(const StreamConfig& stream) {
    if (stream.hub.empty() && stream.hubs.empty()) {
      fail(key_ + ".hub",
           "there is no hub for its records: name one in hub, or in hubs those that records may "
           "name, or set service.hub");
    } else if (stream.hub.empty() && stream.dead_letters.empty()) {
      fail(key_ + ".hub",
           "there is no hub that keeps its dead letters: name one in hub, or a topic in "
           "dead_letters, or set service.hub");
    }
    check_hub(key_ + ".hub", stream.hub);
    for (const std::string& hub : stream.hubs) {
      if (hub != kAnyHub) check_hub(key_ + ".hubs", hub);
    }
  }

  bool is_configured(const std::string& hub) const {
    return hub == plan_.default_hub || config_.hubs.contains(hub);
  }

  void check_hub(const std::string& key, const std::string& hub) {
    if (hub.empty() || is_configured(hub)) return;
    std::vector<std::string> names;
    for (const auto& [known, config] : config_.hubs) names.push_back(known);
    if (!plan_.default_hub.empty()) names.push_back(plan_.default_hub);
    const std::optional<std::string> nearest = nearest_name(hub, names);
    fail(key, "there is no [" + join_key("hubs", hub) + "]; " +
                  (nearest ? "did you mean \"" + *nearest + "\"?"
                           : "add that table, or name a hub that there is"));
  }

  // Of those that it may address.
  void mark_hubs(StreamPlan& planned) {
    for (HubPlan& hub : plan_.hubs) {
      if (!may_address(planned.config, hub.hub)) continue;
      hub.takes_records = true;
      planned.service_timeout = std::max(planned.service_timeout, hub.service.timeout);
      if (hub.config.ambiguous != HubConfig::Ambiguous::kGiveUp) continue;
      fail(join_key("hubs", hub.hub) + ".ambiguous",
           "is \"give_up\", but [" + key_ +
               "] may address the hub, and a record is sent again when its partition changes "
               "hands; write \"retry\", or take the hub out of the stream's hub and hubs");
    }
  }

  // ---- the way to the brokers

  std::optional<KafkaOptions> options_of(StreamPlan& planned) {
    const StreamConfig& stream = planned.config;
    KafkaOptions options{.brokers = stream.brokers,
                         .topic = stream.topic,
                         .group = stream.group,
                         .start = stream.start == StreamConfig::Start::kLatest
                                      ? KafkaStart::kLatest
                                      : KafkaStart::kEarliest,
                         .session_timeout = stream.session_timeout,
                         .properties = {stream.properties.begin(), stream.properties.end()},
                         .secret_properties = {},
                         .event_hubs = {},
                         .token = {}};
    const bool has_secrets = take_secrets(stream, options);
    const bool has_connection = take_connection(planned, options);
    planned.brokers = options.brokers;
    if (!has_secrets || !has_connection) return std::nullopt;
    return options;
  }

  bool take_secrets(const StreamConfig& stream, KafkaOptions& options) {
    bool has_all = true;
    for (const auto& [property, setting] : stream.secret_properties) {
      const Result<std::optional<std::string>> value = find_setting(settings_, setting);
      if (value && *value) {
        options.secret_properties[property] = **value;
        continue;
      }
      has_all = false;
      fail(join_key(key_ + ".secret_properties", property),
           !value ? value.error().message
                  : "the setting '" + setting +
                        "' is not set; set a systemd credential or an environment variable of "
                        "that name");
    }
    return has_all;
  }

  bool take_connection(StreamPlan& planned, KafkaOptions& options) {
    const std::string& setting = planned.config.connection;
    if (setting.empty()) return true;
    Result<StreamConnection> connection = resolve_stream_connection(settings_, setting);
    if (!connection) {
      fail(key_ + ".connection", connection.error().message);
      return false;
    }
    if (options.brokers.empty()) options.brokers = connection->brokers;
    options.event_hubs = std::move(connection->event_hubs);
    if (!connection->identity) return true;
    // Whoever makes the source puts the identity's tokens in.
    options.token = [] { return Result<KafkaToken>(Error{"there is no token yet"}); };
    HubPlan way{.hub = {}, .config = {}, .service = config_.service};
    way.identity = std::move(connection->identity);
    if (const Result<void> taken = take_proxy(way, settings_); !taken) {
      fail("service.proxy_credentials", taken.error().message);
      return false;
    }
    planned.identity =
        StreamIdentity{.identity = *way.identity, .transport = token_transport_options(way)};
    return true;
  }

  // ---- mistakes

  // What begins with its option or property, which is said once.
  void fail_as_said(const std::string& mistake) {
    for (const char* const table : {"properties", "secret_properties"}) {
      const std::string begin = std::string(table) + ".\"";
      const size_t end = mistake.find("\": ", begin.size());
      if (!mistake.starts_with(begin) || end == std::string::npos) continue;
      const std::string name = mistake.substr(begin.size(), end - begin.size());
      return fail(join_key(key_ + "." + table, name), mistake.substr(end + 3));
    }
    for (const char* const option : {"brokers", "connection", "session_timeout"}) {
      const std::string begin = std::string(option) + ": ";
      if (!mistake.starts_with(begin)) continue;
      return fail(key_ + "." + option, mistake.substr(begin.size()));
    }
    fail(key_of(mistake), mistake);
  }

  // The property that a mistake is about, where that can be found; else the stream.
  std::string key_of(const std::string& mistake) const {
    for (const char* const table : {".secret_properties", ".properties"}) {
      const std::string begin = key_ + table + ".";
      for (const auto& [key, place] : config_.origins.places) {
        if (!key.starts_with(begin)) continue;
        if (mistake.find(unquoted(key.substr(begin.size()))) != std::string::npos) return key;
      }
    }
    return key_;
  }

  static std::string unquoted(std::string name) {
    std::erase(name, '"');
    return name;
  }

  void fail(const std::string& key, std::string message) {
    const std::string keys[] = {key, key_};
    ConfigError mistake = mistake_of(config_, keys, std::move(message));
    mistake.key = key;
    if (std::ranges::find(mistakes_, mistake) == mistakes_.end()) {
      mistakes_.push_back(std::move(mistake));
    }
  }

  const Config& config_;
  const SettingsSource& settings_;
  Plan& plan_;
  std::string key_;  // of the stream that is planned
  ConfigErrors mistakes_;
};

}  // namespace

ConfigErrors plan_streams(const Config& config, const SettingsSource& settings, Plan& plan) {
  return StreamPlanner(config, settings, plan).run();
}

}  // namespace awps
