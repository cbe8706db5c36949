#pragma once

// DeadLetters: what was given up, with the reason; bounded by count, bytes and age, the oldest goes
// first. In memory; one thread.

#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"

namespace awps {

struct DeadLetter {
  uint64_t number = 0;   // counts from 1 in this hub
  std::string action;    // one line of JSON as PROTOCOL.md has it, with its hub
  std::string producer;  // name from the hello, may be empty
  std::string reason;    // what the service said, or what was exceeded
  int http_status = 0;   // 0: no answer
  uint32_t attempts = 0;
  Instant accepted_at{};
  Instant given_up_at{};
};

class DeadLetters {
 public:
  struct Options {
    uint64_t max_count = 10'000;
    uint64_t max_bytes = uint64_t{64} << 20U;
    Duration max_age = std::chrono::hours(7 * 24);
  };

  explicit DeadLetters(const Options& options) : options_(options) {}

  void add(DeadLetter letter);
  const std::deque<DeadLetter>& letters() const { return letters_; }
  uint64_t bytes() const { return bytes_; }
  /// Letters that had to make room.
  uint64_t dropped() const { return dropped_; }

 private:
  void drop_oldest();

  Options options_;
  std::deque<DeadLetter> letters_;
  uint64_t bytes_ = 0;
  uint64_t next_number_ = 1;
  uint64_t dropped_ = 0;
};

}  // namespace awps
