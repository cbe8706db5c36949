#pragma once

// KafkaCommits: commits that are under way, by number, and their ends.
//
// It belongs to one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stream/kafka/kafka_client.h"
#include "stream/record_source.h"

namespace awps {

/// What the client told of a commit.
struct KafkaCommitEnd {
  std::string error;             // empty: all is stored
  std::vector<int32_t> refused;  // partitions; empty with an error: all
  bool is_of_member = false;     // see CommitFailure
};
/// `offsets`: what was committed, with the broker's word of each; nullptr: there is none.
KafkaCommitEnd commit_end_of(rd_kafka_resp_err_t error,
                             const rd_kafka_topic_partition_list_t* offsets);

class KafkaCommits {
 public:
  using Tell = std::function<void(SourceEvent)>;

  /// `wake` outlives the session.
  KafkaCommits(std::string topic, Tell tell) : topic_(std::move(topic)), tell_(std::move(tell)) {}

  void begin_session(KafkaClient& client, const std::function<void()>& wake);
  /// What is under way has failed.
  void end_session();
  void serve();

  void start(std::span<const PartitionOffset> offsets);
  Result<void, CommitFailure> start_and_wait(std::span<const PartitionOffset> offsets,
                                             Duration at_most);
  /// The hook of the client.
  void end(uint64_t number, rd_kafka_resp_err_t error,
           const rd_kafka_topic_partition_list_t* offsets);

 private:
  struct Commit {
    std::vector<PartitionOffset> offsets;
    bool is_awaited = false;
    std::optional<KafkaCommitEnd> end;  // of one that is awaited: it has ended
  };

  uint64_t send(std::span<const PartitionOffset> offsets, bool is_awaited);
  void finish(uint64_t number, KafkaCommitEnd end);
  void fail(uint64_t number, std::string error);

  const std::string topic_;
  const Tell tell_;
  KafkaClient* client_ = nullptr;
  KafkaQueue queue_;
  std::map<uint64_t, Commit> under_way_;
  uint64_t last_number_ = 0;
};

}  // namespace awps
