#include "stream/topic_letters.h"

#include <utility>

namespace awps {

namespace {

constexpr Duration kBetweenWrites = std::chrono::seconds(1);

}  // namespace

// Elements by number, with commas, so that a program can take them out of the value.
std::vector<std::pair<std::string, std::string>> letter_headers(const RecordFailure& failure) {
  const RefusedRecord& record = failure.record;
  std::string elements;
  for (const uint32_t element : failure.elements) {
    elements += (elements.empty() ? "" : ",") + std::to_string(element);
  }
  std::vector<std::pair<std::string, std::string>> headers = {
      {"awpsd-code", record.code},
      {"awpsd-message", message_of(failure)},
      {"awpsd-http-status", std::to_string(record.http_status)},
      {"awpsd-stream", record.stream},
      {"awpsd-topic", record.topic},
      {"awpsd-partition", std::to_string(record.partition)},
      {"awpsd-offset", std::to_string(record.offset)},
      {"awpsd-element", elements}};
  if (record.bytes.size() < record.total_bytes) {
    headers.emplace_back("awpsd-bytes", std::to_string(record.total_bytes));
  }
  return headers;
}

void TopicLetters::add(LetterId id, RecordFailure failure) {
  waiting_.push_back({.id = id, .failure = std::move(failure)});
}

void TopicLetters::turn(Instant now, std::vector<LetterId>& safe) {
  while (const std::optional<LetterWritten> ended = writer_.next_written()) {
    auto found = written_.extract(ended->token);
    if (found.empty()) continue;  // nobody waits for it any more
    error_ = ended->error;
    if (ended->error.empty()) {
      safe.push_back(found.mapped().id);
    } else {
      take_end(*ended, std::move(found.mapped()), now);
    }
  }
  while (!waiting_.empty() && now >= retry_at_ && may_write()) {
    const uint64_t token = next_token_++;
    if (!write(token, waiting_.front())) return;
    waiting_.front().is_alone = written_.empty();
    for (auto& [other, letter] : written_) letter.is_alone = false;
    written_.emplace(token, std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (waiting_.empty() && written_.empty()) writes_one_at_a_time_ = false;
}

// One that is cut is written at once: that ends after some tries.
void TopicLetters::take_end(const LetterWritten& ended, Letter letter, Instant now) {
  const bool is_changed = ended.is_too_large && (!letter.is_alone || shorten(letter));
  writes_one_at_a_time_ |= ended.is_too_large;
  if (!is_changed) retry_at_ = now + kBetweenWrites;
  if (ended.is_too_large && !is_changed) {
    error_ += "; the topic does not even take its headers: raise its max.message.bytes";
  }
  waiting_.push_back(std::move(letter));
}

// False: nothing is left to be cut.
bool TopicLetters::shorten(Letter& letter) {
  RefusedRecord& record = letter.failure.record;
  if (record.key.size() > RefusedRecord::kMostKeyBytes) {
    record.key = std::string(beginning_of(record.key, RefusedRecord::kMostKeyBytes));
  } else if (record.bytes.empty()) {
    return false;
  }
  const size_t bytes = record.bytes.size();
  const size_t most = bytes > RefusedRecord::kMostBytes ? RefusedRecord::kMostBytes : bytes / 2;
  record.bytes = std::string(beginning_of(record.bytes, most));
  if (!std::exchange(has_told_, true)) {
    warn_(
        "a dead letter is too large for its topic, and is written there with the beginning of "
        "its record; raise max.message.bytes of the topic to have the others whole");
  }
  return true;
}

bool TopicLetters::write(uint64_t token, const Letter& letter) {
  const RefusedRecord& record = letter.failure.record;
  return writer_.write({.token = token,
                        .has_key = record.has_key,
                        .key = record.key,
                        .value = record.bytes,
                        .headers = letter_headers(letter.failure)});
}

void TopicLetters::forget(uint64_t producer) {
  const auto is_theirs = [producer](const Letter& letter) {
    return letter.id.producer == producer;
  };
  std::erase_if(waiting_, is_theirs);
  std::erase_if(written_, [&](const auto& entry) { return is_theirs(entry.second); });
}

}  // namespace awps
