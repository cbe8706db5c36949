#pragma once

// LeaderStirring: any question to a partition's leader has librdkafka look at once whether to fetch
// (partition_queues.h, 4).
//
// 1. Of one partition one question is under way: a leader that is slow to answer must not hold up
//    what else is asked. What is wished meanwhile is asked after it, since it may be the older one.
//
// It belongs to one thread, that of the errands' owner, and outlives the errands.

#include <cstdint>
#include <map>

#include "stream/kafka/errands.h"
#include "stream/kafka/kafka_handles.h"
#include "stream/kafka/kafka_settings.h"

namespace awps {

class LeaderStirring {
 public:
  LeaderStirring(const KafkaSettings& settings, Duration longest_question)
      : settings_(settings), longest_question_(longest_question) {}

  /// The client outlives the errands that are sent in its session.
  void stir(rd_kafka_t* client, int32_t partition, Errands& errands);
  void end_session() { ++session_; }

 private:
  const KafkaSettings& settings_;
  const Duration longest_question_;
  uint64_t session_ = 0;
  std::map<int32_t, bool> asked_;  // true: and once more after that
};

}  // namespace awps
