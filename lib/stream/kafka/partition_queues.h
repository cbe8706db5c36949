#pragma once

// PartitionQueues: the records that have arrived for each partition, in librdkafka's own queues, so
// that one partition that is not read stops its own fetching and nobody else's.
//
// 1. A partition's records come in order, also where some have come by the consumer's common queue:
//    librdkafka forwards a partition's queue there until it is told not to, and the records that
//    were under way then are the earlier ones.
// 2. What lies before a partition's floor is left out.
// 3. `wake` is called when something arrives in a queue that was empty.
// 4. librdkafka 2.0.2 fetches nothing for a queue that is full, and looks at it again after 1 s, or
//    when its thread of that broker has something to do: `may_stand_still` is to give it that.
//
// It belongs to one thread; the client outlives it.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "stream/kafka/kafka_handles.h"

namespace awps {

class PartitionQueues {
 public:
  struct Parts {
    rd_kafka_t* client;
    std::string topic;
    const std::function<void()>* wake;  // outlives the client
    /// Puts what the common queue holds here, by add(); false: it is empty.
    std::function<bool()> serve_common_queue;
    /// A record that is an error: of reading, or a partition's end.
    std::function<void(const rd_kafka_message_t&)> tell_error;
    /// The partition's queue has been full perhaps, and is empty now.
    std::function<void(int32_t partition)> may_stand_still;
  };

  explicit PartitionQueues(Parts parts) : parts_(std::move(parts)) {}
  ~PartitionQueues();
  PartitionQueues(const PartitionQueues&) = delete;
  PartitionQueues& operator=(const PartitionQueues&) = delete;

  /// Before the partition is assigned.
  void open(int32_t partition);
  void close(int32_t partition);
  void set_floor(int32_t partition, int64_t offset);
  /// A record that came by the common queue.
  void add(KafkaMessage message);
  /// Borrowed until the next call; nothing: none has arrived.
  const rd_kafka_message_t* next(int32_t partition);

 private:
  struct Queue {
    KafkaQueue queue;
    std::deque<KafkaMessage> strays;  // came by the common queue, or were taken too early
    int64_t floor = 0;
    bool is_apart = false;  // a record came by its own queue: none comes by the common one any more
    size_t bytes_since_empty = 0;
    size_t records_since_empty = 0;
  };

  KafkaMessage take(Queue& queue);
  void see_empty(int32_t partition, Queue& queue);
  static void stand_apart(Queue& queue);

  const Parts parts_;
  std::map<int32_t, Queue> queues_;
  KafkaMessage lent_;
};

}  // namespace awps
