#pragma once

// KafkaWriter: writes records to a topic and tells which of them are safe (acks = all). Records of
// one partition arrive in the order in which they were given, also where some had to be repeated;
// one may stand there twice.
//
// It belongs to one thread. `wake` and `log` are called by librdkafka's threads.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stream/kafka/kafka_settings.h"
#include "stream/letter_writer.h"

namespace awps {

/// Copied by send().
struct WriteRequest {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // none: a tombstone
  std::vector<std::pair<std::string, std::string>> headers;
  uint64_t token = 0;                // comes back with the end
  std::optional<int32_t> partition;  // none: by murmur2 of the key; without a key any
};

struct WriteEnded {
  uint64_t token = 0;
  std::string error;  // empty: it is safe
  int32_t partition = -1;
  int64_t offset = -1;
  /// With an error: it, or what was written with it, exceeds what the client or the topic takes.
  bool is_too_large = false;
};

class KafkaWriter final : public LetterWriter {
 public:
  struct Options {
    KafkaSettings settings;
    std::string topic;           // empty: the settings'
    std::function<void()> wake;  // something has ended; never called after the destructor
    KafkaLog log;
    size_t most_bytes = 32 << 20;                       // given and not ended
    Duration give_up_after = std::chrono::seconds(30);  // a record that is not safe by then
  };

  explicit KafkaWriter(Options options);
  ~KafkaWriter() override;  // what has not ended is given up
  KafkaWriter(const KafkaWriter&) = delete;
  KafkaWriter& operator=(const KafkaWriter&) = delete;

  // As LetterWriter; what is never taken ends with an error, too.
  bool write(const TopicLetter& letter) override;
  std::optional<LetterWritten> next_written() override;

  /// False: there is no room; once something has ended there is. An Error where it was not taken
  /// for another reason: it is too large, or the settings are refused.
  Result<bool> send(const WriteRequest& request);
  /// Waits until something has ended, for `at_most`; each end is told once.
  std::vector<WriteEnded> poll(Duration at_most);
  /// Waits until all has ended; poll() tells how. False: it took longer.
  bool flush(Duration at_most);
  size_t under_way() const;
  /// Of the topic. It blocks.
  Result<int32_t> partition_count(Duration at_most);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace awps
