#include "stream/kafka/kafka_handles.h"

#include <algorithm>
#include <limits>

namespace awps {

KafkaPartitions kafka_partitions(const std::string& topic,
                                 std::span<const PartitionOffset> offsets) {
  KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const PartitionOffset& one : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), one.partition)->offset =
        one.offset;
  }
  return list;
}

KafkaPartitions kafka_partitions(const std::string& topic, std::span<const int32_t> partitions) {
  KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  }
  return list;
}

StreamRecord record_of(const rd_kafka_message_t& message) {
  StreamRecord record;
  record.offset = message.offset;
  record.has_key = message.key != nullptr;
  if (record.has_key) record.key = {static_cast<const char*>(message.key), message.key_len};
  record.is_tombstone = message.payload == nullptr;
  if (!record.is_tombstone) {
    record.value = {static_cast<const char*>(message.payload), message.len};
  }
  rd_kafka_timestamp_type_t kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const int64_t milliseconds = rd_kafka_message_timestamp(&message, &kind);
  // Nanoseconds since 1970 end in 2262.
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max() / 1'000'000;
  if (kind != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && milliseconds >= 0) {
    record.written_at = WallTime(std::chrono::milliseconds(std::min(milliseconds, kLast)));
  }
  return record;
}

void wake_when_filled(rd_kafka_queue_t* queue, const std::function<void()>* wake) {
  if (wake == nullptr) return rd_kafka_queue_cb_event_enable(queue, nullptr, nullptr);
  rd_kafka_queue_cb_event_enable(
      queue, [](rd_kafka_t*, void* call) { (*static_cast<const std::function<void()>*>(call))(); },
      const_cast<std::function<void()>*>(wake));
}

int milliseconds_of(Duration duration) {
  const auto count = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<int64_t>(count, 0, std::numeric_limits<int>::max()));
}

}  // namespace awps
