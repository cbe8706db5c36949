#pragma once

// KafkaSettings: what librdkafka is told, made of what the operator wrote. Pure, but that it reads
// the files that properties name (certificates and keys); any thread.
//
// 1. What we depend on is ours: such a property is refused, with the option that stands for it.
// 2. Secrets stand in secret_properties alone; what could load code, start a program or write
//    secrets into the log is refused in any case.
// 3. Plain text is for loopback, also where a broker names another address of itself (connect()).
// 4. No error and no log line contains a secret.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "stream/kafka/event_hubs.h"

namespace awps {

/// Of an Entra identity, for SASL OAUTHBEARER.
struct KafkaToken {
  std::string value;
  WallTime expires_at{};
};
/// Never blocks; called by the thread of the source, writer or reader. Error: there is none yet.
using KafkaTokenProvider = std::function<Result<KafkaToken>()>;

/// A line of librdkafka's log, without secrets. `level` as syslog's: 3 error, 4 warning, 6 info.
/// Called by any thread, also by librdkafka's.
using KafkaLog = std::function<void(int level, std::string line)>;

enum class KafkaStart : uint8_t { kEarliest, kLatest };

struct KafkaOptions {
  std::string brokers;  // HOST:PORT,…; empty: those of event_hubs
  std::string topic;
  std::string group;
  KafkaStart start = KafkaStart::kEarliest;  // where nothing is committed
  Duration session_timeout = std::chrono::seconds(30);
  std::map<std::string, std::string> properties;         // as they stand
  std::map<std::string, std::string> secret_properties;  // looked up already
  std::optional<EventHubsConnection> event_hubs;         // of a connection string
  KafkaTokenProvider token;                              // none: no OAUTHBEARER of ours
};

/// Properties that librdkafka accepted, in the order in which they are set.
struct KafkaSettings {
  using Properties = std::vector<std::pair<std::string, std::string>>;

  std::string brokers;
  std::string topic;
  std::string group;
  KafkaStart start = KafkaStart::kEarliest;
  Properties consumer;
  Properties producer;
  std::vector<std::string> secrets;  // that no line may contain
  KafkaTokenProvider token;
  bool is_plain_text = false;  // then loopback addresses alone are connected
};

/// The mistakes, each naming the key and the remedy.
Result<KafkaSettings, std::vector<std::string>> make_kafka_settings(const KafkaOptions& options);

/// The line with each of the secrets replaced.
std::string without_secrets(std::string line, const std::vector<std::string>& secrets);

/// Whether a property may stand in secret_properties alone.
bool is_secret_property(std::string_view name);

/// Bytes that a partition has ready at most, beside one record that is larger.
inline constexpr size_t kPrefetchBytes = 1 << 20;

}  // namespace awps
