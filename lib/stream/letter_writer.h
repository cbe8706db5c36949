#pragma once

// LetterWriter: writes dead letters to a topic of their own. It has two implementations:
// KafkaWriter (stream/kafka/) and the tests' fake.
//
// 1. What is written is safe once next_written() says so without an error: all replicas have it.
// 2. One that is too large for the topic comes back so, and may be written again with less of its
//    value. Those that are written while others are may come back so because of these.
// 3. A letter whose write ended with an error may have been written all the same. Its stream
//    writes it again.
//
// One thread, the stream's, which the implementation wakes when a write has ended.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awps {

struct TopicLetter {
  uint64_t token = 0;  // comes back with its end
  bool has_key = false;
  std::string_view key;  // key and value as they came; borrowed until the call returns
  std::string_view value;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct LetterWritten {
  uint64_t token = 0;
  std::string error;          // empty: it is safe
  bool is_too_large = false;  // with an error: see 2
};

class LetterWriter {
 public:
  virtual ~LetterWriter() = default;

  /// False: there is no room for it now; offer it again later. Never blocks.
  virtual bool write(const TopicLetter& letter) = 0;
  /// Nothing: no write has ended since. Never blocks.
  virtual std::optional<LetterWritten> next_written() = 0;
};

}  // namespace awps
