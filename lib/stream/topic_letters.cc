#include "stream/topic_letters.h"

#include <utility>

namespace awps {

namespace {

constexpr Duration kBetweenWrites = std::chrono::seconds(1);

void shorten(RefusedRecord& record) {
  record.key = beginning_of(record.key, RefusedRecord::kMostKeyBytes);
  record.bytes = std::string(beginning_of(record.bytes, RefusedRecord::kMostBytes));
}

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
    const auto found = written_.find(ended->token);
    if (found == written_.end()) continue;  // nobody waits for it any more
    error_ = ended->error;
    if (ended->error.empty()) {
      safe.push_back(found->second.id);
    } else {
      if (ended->is_too_large) shorten(found->second.failure.record);
      waiting_.push_back(std::move(found->second));
      retry_at_ = now + kBetweenWrites;
    }
    written_.erase(found);
  }
  while (!waiting_.empty() && now >= retry_at_) {
    const uint64_t token = next_token_++;
    if (!write(token, waiting_.front())) return;
    written_.emplace(token, std::move(waiting_.front()));
    waiting_.pop_front();
  }
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
