#pragma once

// Questions to a stream's broker that join no group: is all there that a stream needs, and what
// stands at the end of its partitions. They block, and each has a time at most. Any thread.

#include <cstdint>
#include <functional>

#include "stream/kafka/kafka_settings.h"
#include "stream/record_source.h"

namespace awps {

struct StreamFacts {
  int32_t partitions = 0;
};

/// Topic, group and credential, asked once. The error says which of them it is.
Result<StreamFacts, SourceTrouble> check_stream(const KafkaSettings& settings, const KafkaLog& log,
                                                Duration at_most);

/// Borrowed during the call.
using ReadBackVisitor = std::function<void(int32_t partition, const StreamRecord& record)>;

/// The last `records` records of each partition, in the order of a partition's offsets. What is
/// written meanwhile is left out.
Result<StreamFacts, SourceTrouble> read_back(const KafkaSettings& settings, int64_t records,
                                             const ReadBackVisitor& visit, const KafkaLog& log,
                                             Duration at_most);

}  // namespace awps
