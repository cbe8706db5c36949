#include "hub/dead_letters.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

uint64_t bytes_of(const DeadLetter& letter) {
  return sizeof letter + letter.record.size() + letter.stream_record.size() +
         letter.producer.size() + letter.reason.size() + letter.body.size();
}

}  // namespace

bool LetterChoice::has(uint64_t number) const {
  if (all) return up_to == 0 || number <= up_to;
  return std::ranges::binary_search(numbers, number);
}

uint64_t DeadLetters::add(DeadLetter letter) {
  const uint64_t number = ++last_number_;
  letter.number = number;
  bytes_ += bytes_of(letter);
  if (letter.position != 0) positions_.push_back(letter.position);
  age(letter.given_up_at);
  letters_.push_back(std::move(letter));
  keep_bounds();
  return number;
}

void DeadLetters::put_back(DeadLetter letter) {
  bytes_ += bytes_of(letter);
  count_from(letter.number);
  const auto after = std::ranges::upper_bound(letters_, letter.number, {}, &DeadLetter::number);
  letters_.insert(after, std::move(letter));
  keep_bounds();
}

void DeadLetters::hand_over(std::vector<uint64_t>& positions) {
  positions.insert(positions.end(), positions_.begin(), positions_.end());
  positions_.clear();
}

// They were handed over; what was not written then is in the log still.
DeadLetterStore::Claims DeadLetters::come_back(const Lives& lives) {
  Claims claims;
  for (DeadLetter& letter : letters_) {
    if (letter.position == 0) continue;
    if (lives(letter.position)) {
      claims.released.push_back(letter.position);
    } else {
      letter.position = 0;  // the log may give it to another action
    }
  }
  positions_.clear();
  return claims;
}

void DeadLetters::keep_bounds() {
  while (!letters_.empty() &&
         (letters_.size() > options_.max_count || bytes_ > options_.max_bytes)) {
    drop_oldest();
  }
}

void DeadLetters::age(Instant now) {
  while (!letters_.empty() && now - letters_.front().given_up_at > options_.max_age) drop_oldest();
}

void DeadLetters::drop_oldest() {
  const uint64_t number = letters_.front().number;
  bytes_ -= bytes_of(letters_.front());
  letters_.pop_front();
  if (on_drop_) on_drop_(number);
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

void DeadLetters::visit(uint64_t after, const std::function<void(const DeadLetter&)>& see) const {
  const auto begin = std::ranges::upper_bound(letters_, after, {}, &DeadLetter::number);
  std::for_each(begin, letters_.end(), see);
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
