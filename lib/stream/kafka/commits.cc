#include "stream/kafka/commits.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

// Rights and topics are looked at before the group, and a coordinator that cannot work says so
// before it looks at anything.
bool is_told_to_members_alone(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE ||
         error == RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE;
}

}  // namespace

// librdkafka has an error of the whole only where nothing was stored.
KafkaCommitEnd commit_end_of(rd_kafka_resp_err_t error,
                             const rd_kafka_topic_partition_list_t* offsets) {
  KafkaCommitEnd end;
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return {.error = rd_kafka_err2str(error), .is_of_member = is_told_to_members_alone(error)};
  }
  for (int i = 0; offsets != nullptr && i < offsets->cnt; ++i) {
    const rd_kafka_topic_partition_t& one = offsets->elems[i];
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR || is_told_to_members_alone(one.err)) {
      end.is_of_member = true;
    }
    if (one.err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (end.refused.empty()) {
      end.error = "partition " + std::to_string(one.partition) + ": " + rd_kafka_err2str(one.err);
    }
    end.refused.push_back(one.partition);
  }
  return end;
}

void KafkaCommits::begin_session(KafkaClient& client, const std::function<void()>& wake) {
  client_ = &client;
  queue_.reset(rd_kafka_queue_new(client.get()));
  wake_when_filled(queue_.get(), &wake);
}

void KafkaCommits::end_session() {
  if (queue_ != nullptr) wake_when_filled(queue_.get(), nullptr);
  queue_.reset();
  client_ = nullptr;
  while (!under_way_.empty()) fail(under_way_.begin()->first, "the session has ended");
}

void KafkaCommits::serve() {
  if (queue_ != nullptr) rd_kafka_queue_poll_callback(queue_.get(), 0);
}

void KafkaCommits::start(std::span<const PartitionOffset> offsets) {
  (void)send(offsets, false);  // its end is told
}

Result<void, CommitFailure> KafkaCommits::start_and_wait(std::span<const PartitionOffset> offsets,
                                                         Duration at_most) {
  if (offsets.empty()) return {};
  const auto until = std::chrono::steady_clock::now() + at_most;
  const uint64_t number = send(offsets, true);
  while (true) {
    const auto found = under_way_.find(number);
    if (found->second.end) {
      KafkaCommitEnd end = std::move(*found->second.end);
      under_way_.erase(found);
      if (end.error.empty()) return {};
      return CommitFailure{.message = std::move(end.error), .is_of_member = end.is_of_member};
    }
    const Duration left = until - std::chrono::steady_clock::now();
    if (left <= Duration::zero()) {
      under_way_.erase(found);  // its end, which may come yet, is nobody's business
      return CommitFailure{"commit of the topic \"" + topic_ +
                           "\": the broker did not answer in time"};
    }
    rd_kafka_queue_poll_callback(queue_.get(), std::max(milliseconds_of(left), 1));
  }
}

uint64_t KafkaCommits::send(std::span<const PartitionOffset> offsets, bool is_awaited) {
  const uint64_t number = ++last_number_;
  under_way_[number] = {.offsets = {offsets.begin(), offsets.end()}, .is_awaited = is_awaited};
  if (client_ == nullptr) {
    fail(number, "there is no session");
    return number;
  }
  const KafkaPartitions list = kafka_partitions(topic_, offsets);
  const rd_kafka_resp_err_t error = client_->commit(*list, *queue_, number);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(number, rd_kafka_err2str(error));
  return number;
}

void KafkaCommits::end(uint64_t number, rd_kafka_resp_err_t error,
                       const rd_kafka_topic_partition_list_t* offsets) {
  finish(number, commit_end_of(error, offsets));
}

void KafkaCommits::fail(uint64_t number, std::string error) {
  finish(number, {.error = std::move(error)});
}

void KafkaCommits::finish(uint64_t number, KafkaCommitEnd end) {
  const auto found = under_way_.find(number);
  if (found == under_way_.end()) return;
  if (!end.error.empty()) end.error = "commit of the topic \"" + topic_ + "\": " + end.error;
  if (found->second.is_awaited) {
    found->second.end = std::move(end);
    return;
  }
  CommitEnded stored;
  CommitEnded refused{.offsets = {}, .error = end.error};
  for (const PartitionOffset& one : found->second.offsets) {
    const bool is_refused =
        !end.error.empty() &&
        (end.refused.empty() || std::ranges::count(end.refused, one.partition) > 0);
    (is_refused ? refused : stored).offsets.push_back(one);
  }
  under_way_.erase(found);
  if (!stored.offsets.empty()) tell_(std::move(stored));
  if (!refused.offsets.empty()) tell_(std::move(refused));
}

}  // namespace awps
