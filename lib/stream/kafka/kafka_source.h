#pragma once

// KafkaSource: the records of one topic, read as a member of a consumer group, with librdkafka.
//
// 1. A partition's records stay in librdkafka's queue of that partition until next_record() takes
//    them: a partition that is not read costs at most kPrefetchBytes, and no pause.
// 2. An assignment is told once the committed offsets are known; a revoke is carried out at
//    release().
// 3. Offsets are committed by commit() alone. Where none is and the start is `latest`, the end is
//    committed at once, so that the next owner begins at the same place.
// 4. Trouble is told by its kind and is over when the broker says so. A session that ended for good
//    is made anew after 1 s, then 2 s, … 30 s.
// 5. A topic that was made anew may have records before what is committed: they come, too.
//
// It belongs to one thread. `wake` and `log` are called by librdkafka's threads.

#include <functional>
#include <memory>

#include "stream/kafka/kafka_settings.h"
#include "stream/record_source.h"

namespace awps {

class KafkaSource final : public RecordSource {
 public:
  struct Options {
    KafkaSettings settings;
    std::function<void()> wake;  // something has arrived; never called after the destructor
    KafkaLog log;
    Duration first_pause = std::chrono::seconds(1);  // before what failed is asked again
    Duration longest_pause = std::chrono::seconds(30);
  };

  /// Connects in the background; no failure of the world keeps it from being made.
  explicit KafkaSource(Options options);
  /// Ends the session without a commit; leave() before it spares others the session timeout.
  ~KafkaSource() override;
  KafkaSource(const KafkaSource&) = delete;
  KafkaSource& operator=(const KafkaSource&) = delete;

  std::optional<SourceEvent> next_event() override;
  std::optional<StreamRecord> next_record(int32_t partition) override;
  void commit(std::span<const PartitionOffset> offsets) override;
  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration at_most) override;
  void release(std::span<const int32_t> partitions) override;
  std::optional<int64_t> end_of(int32_t partition) const override;
  std::optional<int32_t> partitions_of_topic() const override;
  void leave() override;
  bool has_left() const override;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace awps
