#include "stream/kafka/property_rules.h"

#include <algorithm>

#include "stream/kafka/kafka_handles.h"

namespace awps {

namespace {

struct PropertyRule {
  std::string_view name;  // with '*' at its end: all that begin so
  std::string_view why;
};

constexpr std::string_view kOurs = "awpsd sets it itself: leave it out";
constexpr std::string_view kByBrokers = "write the option `brokers` instead";
constexpr std::string_view kLoads = "it could load foreign code: leave it out";
constexpr std::string_view kPrefetch =
    "awpsd bounds what is read ahead to 1 MiB a partition: leave it out";
constexpr std::string_view kCommits =
    "awpsd commits what is settled, and nothing else: leave it out";
constexpr std::string_view kSafeWrites =
    "awpsd writes with acks = all, and by murmur2 of the key: leave it out";
constexpr std::string_view kLogs = "its lines could hold secrets or flood the log: leave it out";

constexpr PropertyRule kRules[] = {
    // Never, whoever writes them.
    {"plugin.library.paths", kLoads},
    {"ssl.engine.*", kLoads},
    {"ssl.providers", kLoads},
    {"sasl.kerberos.kinit.cmd", "it starts a program: leave it out, and keep the ticket fresh"},
    {"enable.sasl.oauthbearer.unsecure.jwt", "tokens without a signature prove nothing"},
    {"debug", kLogs},
    {"log_level", kLogs},
    {"log.queue", kLogs},
    {"internal.*", kOurs},
    {"test.*", "it is for tests of librdkafka: leave it out"},
    {"ut_*", "it is for tests of librdkafka: leave it out"},
    // Those that stand for an option.
    {"bootstrap.servers", kByBrokers},
    {"metadata.broker.list", kByBrokers},
    {"group.id", "write the option `group` instead"},
    {"auto.offset.reset", "write the option `start` instead"},
    {"session.timeout.ms", "write the option `session_timeout` instead"},
    {"heartbeat.interval.ms", "it follows from the option `session_timeout`: leave it out"},
    {"max.poll.interval.ms", "it follows from the option `session_timeout`: leave it out"},
    // Those that we depend on.
    {"enable.auto.commit", kCommits},
    {"auto.commit.enable", kCommits},
    {"auto.commit.interval.ms", kCommits},
    {"enable.auto.offset.store", kCommits},
    {"offset.store.*", kCommits},
    {"queued.*", kPrefetch},
    {"fetch.message.max.bytes", kPrefetch},
    {"max.partition.fetch.bytes", kPrefetch},
    {"fetch.max.bytes", kPrefetch},
    {"group.protocol*", kOurs},
    {"enable.partition.eof", kOurs},
    {"statistics.interval.ms", kOurs},
    {"enabled_events", kOurs},
    {"allow.auto.create.topics", "a topic is made by its owner, with the right partitions"},
    // Those of writing: order, and what is safe.
    {"acks", kSafeWrites},
    {"request.required.acks", kSafeWrites},
    {"partitioner", kSafeWrites},
    {"enable.idempotence", kSafeWrites},
    {"enable.gapless.guarantee", kSafeWrites},
    {"transactional.id", kSafeWrites},
    {"max.in.flight", kSafeWrites},
    {"max.in.flight.requests.per.connection", kSafeWrites},
    {"message.timeout.ms", kSafeWrites},
    {"delivery.timeout.ms", kSafeWrites},
    {"retries", kSafeWrites},
    {"message.send.max.retries", kSafeWrites},
    {"delivery.report.only.error", kSafeWrites},
    {"queuing.strategy", kSafeWrites},
    {"queue.buffering.max.kbytes", kSafeWrites},
    {"queue.buffering.max.messages", kSafeWrites},
};

struct PropertyAlias {
  std::string_view name;
  std::string_view main;
};

// Those that an operator may set, and that are looked at in what follows.
constexpr PropertyAlias kAliases[] = {
    {"sasl.mechanism", "sasl.mechanisms"},
    {"compression.type", "compression.codec"},
    {"linger.ms", "queue.buffering.max.ms"},
};

}  // namespace

std::optional<std::string> refusal_of_property(std::string_view name) {
  const auto rule = std::ranges::find_if(kRules, [name](const PropertyRule& one) {
    if (!one.name.ends_with('*')) return one.name == name;
    return name.starts_with(one.name.substr(0, one.name.size() - 1));
  });
  if (rule == std::end(kRules)) return std::nullopt;
  return std::string(rule->why);
}

std::optional<std::string> problem_of_value(const std::string& name, const std::string& value,
                                            bool is_secret) {
  // Members then commit while the group changes, which librdkafka 2.0.2 takes for a loss, and some
  // rebalances do not come at all.
  if (name == "partition.assignment.strategy" && value.find("cooperative") != std::string::npos) {
    return "with cooperative-sticky, librdkafka loses partitions: leave it out, or write \"range\"";
  }
  const KafkaConf conf(rd_kafka_conf_new());
  char text[512];
  const rd_kafka_conf_res_t result =
      rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text);
  if (result == RD_KAFKA_CONF_OK) return std::nullopt;
  if (result == RD_KAFKA_CONF_UNKNOWN) {
    return "librdkafka " + std::string(rd_kafka_version_str()) + " knows no such property";
  }
  if (is_secret) return "librdkafka does not take its value";
  return "librdkafka says: " + std::string(text);
}

std::string_view main_name_of_property(std::string_view name) {
  const auto alias = std::ranges::find(kAliases, name, &PropertyAlias::name);
  return alias == std::end(kAliases) ? name : alias->main;
}

}  // namespace awps
