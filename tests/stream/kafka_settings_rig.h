#pragma once

// What tests of settings share: options of a broker on this machine, and what became of them.

#include <string>
#include <vector>

#include "stream/kafka/kafka_settings.h"

namespace awps {

inline KafkaOptions local_options() {
  return {.brokers = "127.0.0.1:9092", .topic = "actions", .group = "awpsd"};
}

inline std::vector<std::string> mistakes_of(const KafkaOptions& options) {
  const auto made = make_kafka_settings(options);
  return made ? std::vector<std::string>() : made.error();
}

// Of the last one, as librdkafka takes it.
inline std::string value_of(const KafkaSettings::Properties& properties, const std::string& name) {
  std::string value;
  for (const auto& [key, one] : properties) {
    if (key == name) value = one;
  }
  return value;
}

}  // namespace awps
