#pragma once

// A Kafka cluster of librdkafka's own, in this process, and a member of a group of it. Its brokers
// answer as they are told, which real ones do not.

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "stream/kafka/kafka_settings.h"
#include "stream/kafka/kafka_source.h"

namespace awps {

/// Requests, as the protocol numbers them.
enum class KafkaRequest : int16_t {
  kProduce = 0,
  kOffsetCommit = 8,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12
};

class MockKafka {
 public:
  explicit MockKafka(int brokers = 1);
  ~MockKafka();
  MockKafka(const MockKafka&) = delete;
  MockKafka& operator=(const MockKafka&) = delete;

  rd_kafka_mock_cluster_t* get() const { return cluster_; }
  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void create(const std::string& topic, int partitions);
  /// The next requests of that kind end so.
  void fail(KafkaRequest request, std::vector<rd_kafka_resp_err_t> errors);

  KafkaOptions options(const std::string& topic = "actions") const;
  KafkaSettings settings(const std::string& topic = "actions") const;
  /// One record each, into that partition, one after another; waits until they are safe.
  void write(int32_t partition, const std::vector<std::string>& values);

 private:
  rd_kafka_t* handle_;
  rd_kafka_mock_cluster_t* cluster_;
};

/// Lines of a log, from any thread.
class KafkaLines {
 public:
  KafkaLog sink();
  std::string all() const;

 private:
  mutable Mutex mutex_;
  std::string lines_ GUARDED_BY(mutex_);
};

/// A source, what it told, and what was read of it.
class KafkaMember {
 public:
  using Condition = std::function<bool()>;

  explicit KafkaMember(KafkaSettings settings);

  KafkaSource& source() { return *source_; }
  /// Turns until the condition holds. False: it did not in time.
  bool wait(const Condition& condition, Duration at_most = std::chrono::seconds(30));
  bool wait_for_owned(size_t partitions);
  bool wait_for_records(size_t records);
  /// One turn: all events, and with `reads` all records.
  void turn();
  void leave();
  /// All that was revoked and is not released.
  void release();

  bool reads = true;
  bool releases = true;              // at once
  std::map<int32_t, int64_t> owned;  // from which offset
  std::vector<Revoked> revoked;
  std::vector<CommitEnded> commits;
  std::vector<SourceTrouble> troubles;
  size_t wells = 0;
  std::map<int32_t, std::vector<int64_t>> offsets;
  std::map<int32_t, std::vector<std::string>> values;

 private:
  void hear(const SourceEvent& event);
  size_t records() const;

  Mutex mutex_;
  std::condition_variable_any woken_;
  std::unique_ptr<KafkaSource> source_;
  std::vector<int32_t> unreleased_;
};

/// "1", "2", … "count".
std::vector<std::string> numbered(int count);

}  // namespace awps
