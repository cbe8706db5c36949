#pragma once

// TopicLetters: dead letters of a stream go to a topic: key and value as they came, and headers
// that say why: awpsd-code, -message, -http-status, -stream, -topic, -partition, -offset and
// -element.
//
// 1. A letter is written again, a second later, until its writer says that it is safe. So the topic
//    may have it more than once.
// 2. Of one that is too large for the topic the first 64 KiB of the value are written, else half as
//    much, and so on, and the header awpsd-bytes says how many it had. Its key is cut to 1 KiB.
//    So a topic that takes the headers takes every letter.
// 3. The brokers judge what was written together. So one that comes back as too large is written
//    alone before it is cut.
//
// One thread, the stream's.

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "stream/letter_writer.h"
#include "stream/record_letters.h"

namespace awps {

class TopicLetters final : public RecordLetters {
 public:
  /// `warn` is told once that letters are cut.
  TopicLetters(LetterWriter& writer, std::function<void(const std::string&)> warn)
      : writer_(writer), warn_(std::move(warn)) {}

  /// What waits is bounded by the bytes that the stream keeps (KeptBytes), and by max_ahead.
  bool has_room() const override { return true; }
  void add(LetterId id, RecordFailure failure) override;
  void turn(Instant now, std::vector<LetterId>& safe) override;
  void forget(uint64_t producer) override;
  std::string trouble() const override { return error_; }

 private:
  struct Letter {
    LetterId id;
    RecordFailure failure;
    bool is_alone = false;  // nothing else has been under way while it was
  };
  void take_end(const LetterWritten& ended, Letter letter, Instant now);
  bool shorten(Letter& letter);
  bool may_write() const { return !writes_one_at_a_time_ || written_.empty(); }
  bool write(uint64_t token, const Letter& letter);

  LetterWriter& writer_;
  const std::function<void(const std::string&)> warn_;
  std::deque<Letter> waiting_;
  std::map<uint64_t, Letter> written_;  // by token; not safe yet
  uint64_t next_token_ = 1;
  Instant retry_at_ = Instant::min();
  bool writes_one_at_a_time_ = false;  // until none is left
  bool has_told_ = false;
  std::string error_;  // of the last write, empty: it went well
};

/// The headers of such a letter.
std::vector<std::pair<std::string, std::string>> letter_headers(const RecordFailure& failure);

}  // namespace awps
