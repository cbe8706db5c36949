#include "stream/kafka/kafka_settings.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/ascii.h"
#include "base/loopback_host.h"
#include "stream/kafka/property_files.h"
#include "stream/kafka/property_rules.h"

namespace awps {

namespace {

using Properties = KafkaSettings::Properties;

// Together they keep a partition below kPrefetchBytes: it is asked for again while less than the
// first and the third is there, and brings at most the second. A record costs 300 bytes beside its
// own (measured). A batch comes whole, so that large ones of a producer, and compressed ones, go
// beyond it.
constexpr std::string_view kMostQueuedKilobytes = "512";  // of 1,000 bytes
constexpr std::string_view kMostFetchedBytes = "98304";
constexpr std::string_view kMostQueuedRecords = "1000";

constexpr Duration kShortestHubSession = std::chrono::seconds(30);

// HOST of HOST:PORT, of [::1]:PORT, and of what has a protocol before it.
std::string host_of_broker(std::string_view broker) {
  if (const size_t scheme = broker.find("://"); scheme != std::string_view::npos) {
    broker.remove_prefix(scheme + 3);
  }
  if (broker.starts_with('[')) return std::string(broker.substr(0, broker.find(']') + 1));
  return std::string(broker.substr(0, broker.find(':')));
}

std::vector<std::string> hosts_of(std::string_view brokers) {
  std::vector<std::string> hosts;
  while (!brokers.empty()) {
    const size_t end = std::min(brokers.find(','), brokers.size());
    const std::string_view broker = trim(brokers.substr(0, end));
    brokers.remove_prefix(std::min(end + 1, brokers.size()));
    if (!broker.empty()) hosts.push_back(host_of_broker(broker));
  }
  return hosts;
}

struct HubBound {
  std::string_view name;
  int64_t number;
  bool is_least;  // else it is the most
};

// What Event Hubs asks of its clients.
constexpr HubBound kHubBounds[] = {
    {"request.timeout.ms", 60'000, true},
    {"socket.timeout.ms", 60'000, true},
    {"metadata.max.age.ms", 180'000, false},
    {"topic.metadata.refresh.interval.ms", 180'000, false},
    {"connections.max.idle.ms", 180'000, false},
    {"message.max.bytes", 1'000'000, false},
};

class SettingsMaker {
 public:
  explicit SettingsMaker(const KafkaOptions& options) : options_(options) {}

  Result<KafkaSettings, std::vector<std::string>> make() {
    look_at_connection();
    look_at_properties(options_.properties, "properties");
    look_at_properties(options_.secret_properties, "secret_properties");
    look_at_both();
    look_at_security();
    if (is_event_hubs_) look_at_hub_bounds();
    if (!mistakes_.empty()) return std::move(mistakes_);
    write_shared();
    write_consumer();
    write_producer();
    look_at_contents();
    if (!mistakes_.empty()) return std::move(mistakes_);
    return std::move(settings_);
  }

 private:
  void look_at_connection() {
    settings_.topic = options_.topic;
    settings_.group = options_.group;
    settings_.start = options_.start;
    settings_.token = options_.token;
    settings_.brokers = options_.brokers;
    const auto& hub = options_.event_hubs;
    if (hub && options_.token) {
      mistake("connection", "a connection string and an identity at once: one of them is enough");
    }
    if (hub && !hub->entity_path.empty() && hub->entity_path != options_.topic) {
      mistake("connection", "the connection string is for the event hub '" + hub->entity_path +
                                "' (EntityPath), but `topic` is '" + options_.topic +
                                "': write one name in both");
    }
    if (hub && settings_.brokers.empty()) settings_.brokers = hub->brokers;
    if (hub && !options_.brokers.empty() && options_.brokers != hub->brokers) {
      mistake("brokers", "the connection string names the broker already: leave `brokers` empty");
    }
    if (settings_.brokers.empty()) {
      mistake("brokers", "there are none: write HOST:PORT, or `connection`");
    }
    const std::vector<std::string> hosts = hosts_of(settings_.brokers);
    is_loopback_ = std::ranges::all_of(hosts, [](const auto& h) { return is_loopback_host(h); });
    is_event_hubs_ = hub || options_.token || std::ranges::any_of(hosts, [](const auto& h) {
                       return is_event_hubs_host(h);
                     });
    if (is_event_hubs_ && options_.session_timeout < kShortestHubSession) {
      mistake("session_timeout", "Event Hubs needs 30s at least");
    }
  }

  void look_at_properties(const std::map<std::string, std::string>& given, const char* table) {
    const bool is_secret_table = &given == &options_.secret_properties;
    for (const auto& [name, value] : given) {
      const std::string where = std::string(table) + ".\"" + name + "\"";
      if (const auto refusal = refusal_of_property(name)) {
        mistake(where, *refusal);
      } else if (!is_secret_table && is_secret_property(name)) {
        mistake(where,
                "it is a secret: write the NAME of a setting that holds it in "
                "`secret_properties`");
      } else if (const auto problem = problem_of_value(name, value, is_secret_table)) {
        mistake(where, *problem);
      } else if (is_file_property(name)) {
        names_files_ = true;
        if (const auto unread = problem_of_file(name, value, is_secret_table))
          mistake(where, *unread);
      }
    }
  }

  // Of what cannot be wrong no client is made.
  void look_at_contents() {
    if (!names_files_) return;
    if (const auto problem = problem_of_contents(settings_)) mistakes_.push_back(*problem);
  }

  // What two tables, or two spellings, say of one property.
  void look_at_both() {
    std::set<std::string_view> names;
    for (const auto* table : {&options_.properties, &options_.secret_properties}) {
      for (const auto& [name, value] : *table) {
        if (names.insert(main_name_of_property(name)).second) continue;
        mistake("\"" + name + "\"", "it is set twice: leave one of them out");
      }
    }
    for (const std::string_view name : {"security.protocol", "sasl.mechanisms", "sasl.username",
                                        "sasl.password", "sasl.oauthbearer.config"}) {
      if ((options_.event_hubs || options_.token) && names.contains(name)) {
        mistake("\"" + std::string(name) + "\"", "`connection` gives it already: leave it out");
      }
    }
  }

  void look_at_security() {
    std::string protocol = to_lower(given("security.protocol").value_or("plaintext"));
    if (options_.event_hubs)
      protocol = options_.event_hubs->is_emulator ? "sasl_plaintext" : "sasl_ssl";
    if (options_.token) protocol = "sasl_ssl";
    settings_.is_plain_text = protocol == "plaintext" || protocol == "sasl_plaintext";
    if (settings_.is_plain_text && !is_loopback_) {
      mistake("brokers",
              "plain text is for this machine alone: set properties."
              "\"security.protocol\" to \"ssl\" or \"sasl_ssl\"");
    }
    if (!is_loopback_ &&
        to_lower(given("enable.ssl.certificate.verification").value_or("true")) != "true") {
      mistake("properties.\"enable.ssl.certificate.verification\"",
              "anybody could be the broker: leave it out, and name the authority in "
              "\"ssl.ca.location\"");
    }
  }

  void look_at_hub_bounds() {
    for (const HubBound& bound : kHubBounds) {
      const std::optional<std::string> text = given(bound.name);
      int64_t number = 0;
      if (!text ||
          std::from_chars(text->data(), text->data() + text->size(), number).ec != std::errc()) {
        continue;
      }
      const bool is_wrong = bound.is_least ? number < bound.number : number > bound.number;
      if (!is_wrong) continue;
      mistake("properties.\"" + std::string(bound.name) + "\"",
              "Event Hubs needs " + std::to_string(bound.number) +
                  (bound.is_least ? " at least" : " at most"));
    }
  }

  void write_shared() {
    set("bootstrap.servers", settings_.brokers);
    by_default("client.id", "awpsd");
    by_default("log.connection.close", "false");  // idle connections end all the time
    by_default("socket.keepalive.enable", "true");
    by_default("topic.metadata.refresh.interval.ms", is_event_hubs_ ? "180000" : "30000");
    if (is_event_hubs_) {
      by_default("metadata.max.age.ms", "180000");
      by_default("connections.max.idle.ms", "180000");
      by_default("socket.timeout.ms", "60000");
    }
    if (const auto& hub = options_.event_hubs) {
      set("security.protocol", hub->is_emulator ? "sasl_plaintext" : "sasl_ssl");
      set("sasl.mechanisms", "PLAIN");
      set("sasl.username", "$ConnectionString");
      set("sasl.password", hub->text);
      settings_.secrets.push_back(hub->text);
      settings_.secrets.push_back(hub->key);
    } else if (options_.token) {
      set("security.protocol", "sasl_ssl");
      set("sasl.mechanisms", "OAUTHBEARER");
    }
    for (const auto& [name, value] : options_.properties) set(name, value);
    for (const auto& [name, value] : options_.secret_properties) {
      set(name, value);
      if (!value.empty()) settings_.secrets.push_back(value);
    }
    // A secret that contains another one is to be found first.
    std::ranges::sort(settings_.secrets, std::ranges::greater(), &std::string::size);
    settings_.producer = settings_.consumer;
  }

  void write_consumer() {
    using std::chrono::milliseconds;
    const auto session = std::chrono::ceil<milliseconds>(options_.session_timeout).count();
    if (!settings_.group.empty()) set("group.id", settings_.group);
    set("session.timeout.ms", std::to_string(session));
    set("heartbeat.interval.ms", std::to_string(std::clamp<int64_t>(session / 10, 100, 3000)));
    // Also how long the group waits for a member that lets go of its partitions.
    set("max.poll.interval.ms", std::to_string(std::max<int64_t>(2 * session, 60'000)));
    by_default("partition.assignment.strategy", "range");
    set("enable.auto.commit", "false");
    set("enable.auto.offset.store", "false");
    // Also where the committed offset is no longer there: what is left must not be skipped. `start`
    // is looked at where nothing is committed.
    set("auto.offset.reset", "earliest");
    set("queued.max.messages.kbytes", std::string(kMostQueuedKilobytes));
    set("queued.min.messages", std::string(kMostQueuedRecords));
    set("fetch.message.max.bytes", std::string(kMostFetchedBytes));
    set("enable.partition.eof", "true");  // the sign that reading goes well where nothing arrives
    // So long a question for records waits at a broker that has none. Meanwhile none is sent for a
    // partition that was full by then, though it may be empty since.
    by_default("fetch.wait.max.ms", "50");
    by_default("fetch.error.backoff.ms", "500");
    by_default("check.crcs", "true");
  }

  void write_producer() {
    Properties& out = settings_.producer;
    out.emplace_back("acks", "all");
    out.emplace_back("partitioner", "murmur2_random");
    out.emplace_back("max.in.flight", "1");  // a repetition stays before what came after it
    if (!given("message.max.bytes")) {
      // A dead letter is a record of the topic with headers more.
      out.emplace_back("message.max.bytes", is_event_hubs_ ? "1000000" : "16777216");
    }
    if (is_event_hubs_ && !given("request.timeout.ms")) {
      out.emplace_back("request.timeout.ms", "60000");
    }
  }

  std::optional<std::string> given(std::string_view name) const {
    for (const auto* table : {&options_.properties, &options_.secret_properties}) {
      for (const auto& [key, value] : *table) {
        if (main_name_of_property(key) == name) return value;
      }
    }
    return std::nullopt;
  }
  void by_default(const std::string& name, const std::string& value) {
    if (!given(name)) set(name, value);
  }
  void set(const std::string& name, const std::string& value) {
    settings_.consumer.emplace_back(name, value);
  }
  void mistake(const std::string& key, const std::string& what) {
    mistakes_.push_back(key + ": " + what);
  }

  const KafkaOptions& options_;
  KafkaSettings settings_;
  std::vector<std::string> mistakes_;
  bool is_loopback_ = false;
  bool is_event_hubs_ = false;
  bool names_files_ = false;
};

}  // namespace

Result<KafkaSettings, std::vector<std::string>> make_kafka_settings(const KafkaOptions& options) {
  return SettingsMaker(options).make();
}

std::string without_secrets(std::string line, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (size_t at = line.find(secret); at != std::string::npos; at = line.find(secret, at)) {
      line.replace(at, secret.size(), "…");
      at += std::string_view("…").size();
    }
  }
  return line;
}

bool is_secret_property(std::string_view name) {
  const std::string lower = to_lower(name);
  return lower.find("password") != std::string::npos || lower.find("secret") != std::string::npos ||
         lower.find(".pem") != std::string::npos || lower == "sasl.oauthbearer.config";
}

}  // namespace awps
