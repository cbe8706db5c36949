#include "stream/kafka/scram_advice.h"

#include "stream/kafka/kafka_handles.h"
#include "stream/kafka/property_rules.h"

namespace awps {

namespace {

constexpr int kFirstRightVersion = 0x02060100;

}  // namespace

std::string advice_on_refusal(const KafkaSettings::Properties& properties, int version) {
  if (version >= kFirstRightVersion) return "";
  for (const auto& [name, value] : properties) {
    if (main_name_of_property(name) != "sasl.mechanisms" || !value.starts_with("SCRAM")) continue;
    return "; the password may be right: Apache Kafka 4 takes SCRAM from librdkafka 2.6.1 on, and "
           "this is " +
           std::string(rd_kafka_version_str()) +
           ": use PLAIN over TLS, or a client certificate, or a newer librdkafka";
  }
  return "";
}

}  // namespace awps
