#include "tests/stream/kafka_rig.h"

#include <gtest/gtest.h>

#include "stream/kafka/kafka_writer.h"

namespace awps {

MockKafka::MockKafka(int brokers) {
  char text[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set_log_cb(conf, nullptr);
  handle_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  cluster_ = rd_kafka_mock_cluster_new(handle_, brokers);
}

MockKafka::~MockKafka() {
  rd_kafka_mock_cluster_destroy(cluster_);
  rd_kafka_destroy(handle_);
}

void MockKafka::create(const std::string& topic, int partitions) {
  EXPECT_EQ(rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1),
            RD_KAFKA_RESP_ERR_NO_ERROR);
}

void MockKafka::fail(KafkaRequest request, std::vector<rd_kafka_resp_err_t> errors) {
  rd_kafka_mock_push_request_errors_array(cluster_, static_cast<int16_t>(request), errors.size(),
                                          errors.data());
}

KafkaOptions MockKafka::options(const std::string& topic) const {
  return {.brokers = brokers(),
          .topic = topic,
          .group = "awpsd",
          .session_timeout = std::chrono::seconds(6),
          // The mock cluster does not rebalance with the others; and what a test waits for.
          .properties = {{"partition.assignment.strategy", "range"},
                         {"fetch.wait.max.ms", "50"},
                         {"reconnect.backoff.max.ms", "500"}}};
}

KafkaSettings MockKafka::settings(const std::string& topic) const {
  return *make_kafka_settings(options(topic));
}

void MockKafka::write(int32_t partition, const std::vector<std::string>& values) {
  KafkaWriter writer({.settings = settings(), .topic = {}, .wake = {}, .log = {}});
  for (const std::string& value : values) {
    const auto sent = writer.send(
        {.key = "key", .value = value, .headers = {}, .token = 0, .partition = partition});
    ASSERT_TRUE(sent && *sent);
  }
  ASSERT_TRUE(writer.flush(std::chrono::seconds(30)));
  for (const WriteEnded& ended : writer.poll(Duration::zero())) ASSERT_EQ(ended.error, "");
}

KafkaLog KafkaLines::sink() {
  return [this](int /*level*/, const std::string& line) {
    const MutexLock lock(mutex_);
    lines_ += line + "\n";
  };
}

std::string KafkaLines::all() const {
  const MutexLock lock(mutex_);
  return lines_;
}

KafkaMember::KafkaMember(KafkaSettings settings)
    : source_(std::make_unique<KafkaSource>(KafkaSource::Options{
          .settings = std::move(settings), .wake = [this] { woken_.notify_all(); }, .log = {}})) {}

bool KafkaMember::wait(const Condition& condition, Duration at_most) {
  const auto end = std::chrono::steady_clock::now() + at_most;
  while (true) {
    turn();
    if (condition()) return true;
    if (std::chrono::steady_clock::now() > end) return false;
    const MutexLock lock(mutex_);
    woken_.wait_for(mutex_, std::chrono::milliseconds(100));  // one that is missed costs this
  }
}

bool KafkaMember::wait_for_owned(size_t partitions) {
  return wait([&] { return owned.size() == partitions; });
}

bool KafkaMember::wait_for_records(size_t count) {
  return wait([&] { return records() >= count; });
}

size_t KafkaMember::records() const {
  size_t count = 0;
  for (const auto& [partition, all] : offsets) count += all.size();
  return count;
}

void KafkaMember::turn() {
  while (const std::optional<SourceEvent> event = source_->next_event()) hear(*event);
  if (releases) release();
  if (!reads) return;
  for (const auto& [partition, start] : owned) {
    while (const std::optional<StreamRecord> record = source_->next_record(partition)) {
      offsets[partition].push_back(record->offset);
      values[partition].emplace_back(record->value);
    }
  }
}

void KafkaMember::hear(const SourceEvent& event) {
  if (const auto* assigned = std::get_if<Assigned>(&event)) {
    for (const PartitionOffset& one : assigned->partitions) {
      EXPECT_TRUE(owned.emplace(one.partition, one.offset).second);
    }
  } else if (const auto* revoke = std::get_if<Revoked>(&event)) {
    revoked.push_back(*revoke);
    for (const int32_t partition : revoke->partitions) {
      if (owned.erase(partition) > 0) unreleased_.push_back(partition);
    }
  } else if (const auto* ended = std::get_if<CommitEnded>(&event)) {
    commits.push_back(*ended);
  } else if (const auto* trouble = std::get_if<SourceTrouble>(&event)) {
    troubles.push_back(*trouble);
  } else {
    ++wells;
  }
}

void KafkaMember::release() {
  source_->release(unreleased_);
  unreleased_.clear();
}

void KafkaMember::leave() {
  source_->leave();
  EXPECT_TRUE(wait([&] { return source_->has_left(); }));
}

std::vector<std::string> numbered(int count) {
  std::vector<std::string> values;
  for (int i = 1; i <= count; ++i) values.push_back(std::to_string(i));
  return values;
}

}  // namespace awps
