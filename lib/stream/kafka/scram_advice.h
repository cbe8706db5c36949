#pragma once

// What to say where a SCRAM password was refused, since it may be right: librdkafka before 2.6.1
// repeats its own half of the nonce (confluentinc/librdkafka#4895), and Apache Kafka refuses that
// from 4.0 on. Pure.

#include <string>

#include "stream/kafka/kafka_settings.h"

namespace awps {

/// To be put behind the refusal; empty: nothing is to be said. `version` as rd_kafka_version() has
/// it.
std::string advice_on_refusal(const KafkaSettings::Properties& properties, int version);

}  // namespace awps
