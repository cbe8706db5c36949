#pragma once

// What librdkafka hands out, given back when it goes. Of this folder alone.

#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "stream/record_source.h"

namespace awps {

struct KafkaDelete {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};

template <typename T>
using KafkaPtr = std::unique_ptr<T, KafkaDelete>;
using KafkaConf = KafkaPtr<rd_kafka_conf_t>;
using KafkaQueue = KafkaPtr<rd_kafka_queue_t>;
using KafkaMessage = KafkaPtr<rd_kafka_message_t>;
using KafkaTopic = KafkaPtr<rd_kafka_topic_t>;
using KafkaError = KafkaPtr<rd_kafka_error_t>;
using KafkaPartitions = KafkaPtr<rd_kafka_topic_partition_list_t>;
using KafkaMetadata = KafkaPtr<const rd_kafka_metadata_t>;

/// Of one topic, with their offsets.
KafkaPartitions kafka_partitions(const std::string& topic,
                                 std::span<const PartitionOffset> offsets);
/// Of one topic, without offsets: librdkafka finds out.
KafkaPartitions kafka_partitions(const std::string& topic, std::span<const int32_t> partitions);

/// Borrowed from the message.
StreamRecord record_of(const rd_kafka_message_t& message);

/// Calls it, from a thread of librdkafka, when something arrives in the queue that was empty. It
/// outlives the queue's client. nullptr: no more.
void wake_when_filled(rd_kafka_queue_t* queue, const std::function<void()>* wake);

int milliseconds_of(Duration duration);

}  // namespace awps
