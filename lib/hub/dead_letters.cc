#include "hub/dead_letters.h"

#include <utility>

namespace awps {

namespace {

uint64_t bytes_of(const DeadLetter& letter) {
  return sizeof letter + letter.action.size() + letter.producer.size() + letter.reason.size();
}

}  // namespace

void DeadLetters::add(DeadLetter letter) {
  letter.number = next_number_++;
  const Instant oldest_allowed = letter.given_up_at - options_.max_age;
  bytes_ += bytes_of(letter);
  letters_.push_back(std::move(letter));
  while (!letters_.empty() &&
         (letters_.size() > options_.max_count || bytes_ > options_.max_bytes ||
          letters_.front().given_up_at < oldest_allowed)) {
    drop_oldest();
  }
}

void DeadLetters::drop_oldest() {
  bytes_ -= bytes_of(letters_.front());
  letters_.pop_front();
  ++dropped_;
}

}  // namespace awps
