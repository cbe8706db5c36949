#pragma once

// What is asked of a broker and waited for: is the topic there, how far has the group got. Each has
// a time at most. Any thread, beside the one that polls the client.

#include <cstdint>
#include <string>
#include <vector>

#include "stream/kafka/kafka_handles.h"
#include "stream/kafka/kafka_settings.h"

namespace awps {

/// Why there is no answer, or which one.
struct KafkaFault {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string message;
};

/// How many partitions the topic has.
Result<int32_t, KafkaFault> ask_topic(rd_kafka_t* client, const KafkaSettings& settings,
                                      Duration at_most);

/// What the group has committed of each; Assigned::kNone: nothing.
Result<std::vector<PartitionOffset>, KafkaFault> ask_committed(
    rd_kafka_t* client, const KafkaSettings& settings, const std::vector<int32_t>& partitions,
    Duration at_most);

struct PartitionEnds {
  int64_t low = 0;
  int64_t high = 0;  // behind the last record
};
Result<PartitionEnds, KafkaFault> ask_ends(rd_kafka_t* client, const KafkaSettings& settings,
                                           int32_t partition, Duration at_most);

/// Where partitions that are assigned are to be read from.
struct KafkaStarts {
  std::vector<PartitionOffset> offsets;  // committed; Assigned::kNone: from the beginning
  std::vector<PartitionOffset> at_ends;  // of those: nothing was committed, `start` is latest
  int32_t partitions_of_topic = 0;
};
/// Where `start` is latest and nothing is committed, it goes to the end, and commits that, so that
/// whoever has the partition next begins there, too.
Result<KafkaStarts, KafkaFault> find_starts(rd_kafka_t* client, const KafkaSettings& settings,
                                            const std::vector<int32_t>& partitions,
                                            Duration at_most);

}  // namespace awps
