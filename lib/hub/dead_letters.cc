#include "hub/dead_letters.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

uint64_t bytes_of(const DeadLetter& letter) {
  return sizeof letter + letter.record.size() + letter.producer.size() + letter.reason.size() +
         letter.body.size();
}

}  // namespace

bool LetterChoice::has(uint64_t number) const {
  if (all) return up_to == 0 || number <= up_to;
  return std::ranges::binary_search(numbers, number);
}

void DeadLetters::add(DeadLetter letter) {
  letter.number = ++last_number_;
  bytes_ += bytes_of(letter);
  age(letter.given_up_at);
  letters_.push_back(std::move(letter));
  while (!letters_.empty() &&
         (letters_.size() > options_.max_count || bytes_ > options_.max_bytes)) {
    drop_oldest();
  }
}

void DeadLetters::age(Instant now) {
  while (!letters_.empty() && now - letters_.front().given_up_at > options_.max_age) drop_oldest();
}

void DeadLetters::drop_oldest() {
  bytes_ -= bytes_of(letters_.front());
  letters_.pop_front();
  ++dropped_;
}

DeadLetterStore::Summary DeadLetters::summary() const {
  return {.count = letters_.size(),
          .bytes = bytes_,
          .dropped = dropped_,
          .last_number = last_number_,
          .last_reason = letters_.empty() ? std::string_view() : letters_.back().reason};
}

std::vector<DeadLetter> DeadLetters::page(uint64_t after, size_t limit) const {
  const auto begin = std::ranges::upper_bound(letters_, after, {}, &DeadLetter::number);
  const auto left = static_cast<size_t>(letters_.end() - begin);
  return {begin, begin + static_cast<std::ptrdiff_t>(std::min(left, limit))};
}

std::vector<DeadLetter> DeadLetters::take(const LetterChoice& choice) {
  std::vector<DeadLetter> taken;
  std::deque<DeadLetter> left;
  for (DeadLetter& letter : letters_) {
    if (choice.has(letter.number)) {
      bytes_ -= bytes_of(letter);
      taken.push_back(std::move(letter));
    } else {
      left.push_back(std::move(letter));
    }
  }
  letters_ = std::move(left);
  return taken;
}

void DeadLetters::count_all_as_overtaken() {
  for (DeadLetter& letter : letters_) letter.overtaken = true;
}

}  // namespace awps
