#include "stream/kafka/kafka_questions.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

KafkaFault fault_of(rd_kafka_resp_err_t error, const std::string& what) {
  return {error, what + ": " + rd_kafka_err2str(error)};
}

std::string quoted(const std::string& name) {
  return "\"" + name + "\"";
}

// The first partition of the list that has one.
Result<void, KafkaFault> first_error(const rd_kafka_topic_partition_list_t& list,
                                     const std::string& what) {
  for (int i = 0; i < list.cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list.elems[i];
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    return fault_of(one.err, what + ", partition " + std::to_string(one.partition));
  }
  return {};
}

Result<void, KafkaFault> commit_at_once(rd_kafka_t* client, const KafkaPartitions& offsets,
                                        const std::string& what, Duration at_most) {
  const KafkaQueue queue(rd_kafka_queue_new(client));
  const rd_kafka_resp_err_t sent =
      rd_kafka_commit_queue(client, offsets.get(), queue.get(), nullptr, nullptr);
  if (sent != RD_KAFKA_RESP_ERR_NO_ERROR) return fault_of(sent, what);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), milliseconds_of(at_most));
  if (event == nullptr) return fault_of(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
  rd_kafka_event_destroy(event);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fault_of(error, what);
  return {};
}

}  // namespace

Result<int32_t, KafkaFault> ask_topic(rd_kafka_t* client, const KafkaSettings& settings,
                                      Duration at_most) {
  const std::string what = "ask " + settings.brokers + " for the topic " + quoted(settings.topic);
  const KafkaTopic topic(rd_kafka_topic_new(client, settings.topic.c_str(), nullptr));
  if (topic == nullptr) return fault_of(rd_kafka_last_error(), what);
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, 0, topic.get(), &answer, milliseconds_of(at_most));
  const KafkaMetadata metadata(answer);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fault_of(error, what);
  if (metadata->topic_cnt != 1) return fault_of(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, what);
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return fault_of(found.err, what);
  return static_cast<int32_t>(found.partition_cnt);
}

Result<std::vector<PartitionOffset>, KafkaFault> ask_committed(
    rd_kafka_t* client, const KafkaSettings& settings, const std::vector<int32_t>& partitions,
    Duration at_most) {
  const std::string what =
      "ask " + settings.brokers + " for the offsets of the group " + quoted(settings.group);
  const KafkaPartitions list = kafka_partitions(settings.topic, partitions);
  const rd_kafka_resp_err_t error =
      rd_kafka_committed(client, list.get(), milliseconds_of(at_most));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return fault_of(error, what);
  if (Result<void, KafkaFault> each = first_error(*list, what); !each) return each.error();
  std::vector<PartitionOffset> committed;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = list->elems[i];
    committed.push_back({one.partition, one.offset >= 0 ? one.offset : Assigned::kNone});
  }
  return committed;
}

namespace {

// With the time of an end it is the offset of that end. rd_kafka_query_watermark_offsets() waits
// for minutes where a broker is silent, whatever it is told.
Result<int64_t, KafkaFault> ask_end(rd_kafka_t* client, const KafkaSettings& settings,
                                    PartitionOffset partition_and_end, Duration at_most) {
  const std::string what =
      "ask " + settings.brokers + " for the end of the topic " + quoted(settings.topic);
  const KafkaPartitions list =
      kafka_partitions(settings.topic, std::vector<PartitionOffset>{partition_and_end});
  const rd_kafka_resp_err_t error =
      rd_kafka_offsets_for_times(client, list.get(), milliseconds_of(at_most));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return fault_of(error, what + ", partition " + std::to_string(partition_and_end.partition));
  }
  if (const auto each = first_error(*list, what); !each) return each.error();
  return list->elems[0].offset;
}

}  // namespace

Result<PartitionEnds, KafkaFault> ask_ends(rd_kafka_t* client, const KafkaSettings& settings,
                                           int32_t partition, Duration at_most) {
  const auto low = ask_end(client, settings, {partition, RD_KAFKA_OFFSET_BEGINNING}, at_most);
  if (!low) return low.error();
  const auto high = ask_end(client, settings, {partition, RD_KAFKA_OFFSET_END}, at_most);
  if (!high) return high.error();
  return PartitionEnds{.low = *low, .high = *high};
}

namespace {

Result<std::vector<PartitionOffset>, KafkaFault> start_at_ends(
    rd_kafka_t* client, const KafkaSettings& settings, const std::vector<int32_t>& partitions,
    Duration at_most) {
  std::vector<PartitionOffset> ends;
  for (const int32_t partition : partitions) {
    const Result<PartitionEnds, KafkaFault> found = ask_ends(client, settings, partition, at_most);
    if (!found) return found.error();
    ends.push_back({partition, found->high});
  }
  const std::string what = "start at the end of the topic " + quoted(settings.topic);
  const KafkaPartitions list = kafka_partitions(settings.topic, ends);
  if (const auto done = commit_at_once(client, list, what, at_most); !done) return done.error();
  const KafkaError error(rd_kafka_seek_partitions(client, list.get(), milliseconds_of(at_most)));
  if (error != nullptr) return fault_of(rd_kafka_error_code(error.get()), what);
  if (const auto each = first_error(*list, what); !each) return each.error();
  return ends;
}

}  // namespace

Result<KafkaStarts, KafkaFault> find_starts(rd_kafka_t* client, const KafkaSettings& settings,
                                            const std::vector<int32_t>& partitions,
                                            Duration at_most) {
  const Result<int32_t, KafkaFault> all = ask_topic(client, settings, at_most);
  if (!all) return all.error();
  auto committed = ask_committed(client, settings, partitions, at_most);
  if (!committed) return committed.error();
  KafkaStarts starts{.offsets = std::move(*committed), .at_ends = {}, .partitions_of_topic = *all};
  if (settings.start == KafkaStart::kEarliest) return starts;
  std::vector<int32_t> fresh;
  for (const PartitionOffset& one : starts.offsets) {
    if (one.offset == Assigned::kNone) fresh.push_back(one.partition);
  }
  if (fresh.empty()) return starts;
  auto ends = start_at_ends(client, settings, fresh, at_most);
  if (!ends) return ends.error();
  for (const PartitionOffset& end : *ends) {
    std::ranges::find(starts.offsets, end.partition, &PartitionOffset::partition)->offset =
        end.offset;
  }
  starts.at_ends = std::move(*ends);
  return starts;
}

}  // namespace awps
