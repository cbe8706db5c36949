#include "stream/kafka/partition_queues.h"

#include <utility>

namespace awps {

namespace {

// Half of what makes a queue full (see kafka_settings.cc), since librdkafka counts otherwise.
constexpr size_t kBytesOfOnePerhapsFull = 256'000;
constexpr size_t kRecordsOfOnePerhapsFull = 500;

}  // namespace

PartitionQueues::~PartitionQueues() {
  while (!queues_.empty()) close(queues_.begin()->first);
}

void PartitionQueues::open(int32_t partition) {
  Queue& queue = queues_[partition];
  queue.queue.reset(rd_kafka_queue_get_partition(parts_.client, parts_.topic.c_str(), partition));
  stand_apart(queue);
  wake_when_filled(queue.queue.get(), parts_.wake);
}

void PartitionQueues::close(int32_t partition) {
  const auto found = queues_.find(partition);
  if (found == queues_.end()) return;
  wake_when_filled(found->second.queue.get(), nullptr);
  queues_.erase(found);
}

void PartitionQueues::set_floor(int32_t partition, int64_t offset) {
  const auto found = queues_.find(partition);
  if (found != queues_.end()) found->second.floor = offset;
}

void PartitionQueues::stand_apart(Queue& queue) {
  rd_kafka_queue_forward(queue.queue.get(), nullptr);
}

void PartitionQueues::add(KafkaMessage message) {
  const auto found = queues_.find(message->partition);
  if (found == queues_.end()) return;  // of a partition that was given up meanwhile
  Queue& queue = found->second;
  stand_apart(queue);
  queue.is_apart = false;
  // Before one that was taken too early.
  auto place = queue.strays.end();
  while (place != queue.strays.begin() && (*std::prev(place))->offset > message->offset) --place;
  queue.strays.insert(place, std::move(message));
}

KafkaMessage PartitionQueues::take(Queue& queue) {
  while (true) {
    if (queue.strays.empty()) {
      KafkaMessage own(rd_kafka_consume_queue(queue.queue.get(), 0));
      if (own == nullptr || queue.is_apart) return own;
      // Whatever went by the common queue was put there before this one came.
      while (parts_.serve_common_queue()) {
      }
      queue.is_apart = queue.strays.empty();
      if (queue.is_apart) return own;
      queue.strays.push_back(std::move(own));
    }
    KafkaMessage stray = std::move(queue.strays.front());
    queue.strays.pop_front();
    return stray;
  }
}

const rd_kafka_message_t* PartitionQueues::next(int32_t partition) {
  lent_.reset();
  const auto found = queues_.find(partition);
  if (found == queues_.end()) return nullptr;
  while ((lent_ = take(found->second)) != nullptr) {
    if (lent_->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      parts_.tell_error(*lent_);
      continue;
    }
    found->second.bytes_since_empty += lent_->len + lent_->key_len;
    ++found->second.records_since_empty;
    if (lent_->offset >= found->second.floor) return lent_.get();
  }
  see_empty(partition, found->second);
  return nullptr;
}

void PartitionQueues::see_empty(int32_t partition, Queue& queue) {
  const size_t bytes = std::exchange(queue.bytes_since_empty, 0);
  const size_t records = std::exchange(queue.records_since_empty, 0);
  if (bytes < kBytesOfOnePerhapsFull && records < kRecordsOfOnePerhapsFull) return;
  parts_.may_stand_still(partition);
}

}  // namespace awps
