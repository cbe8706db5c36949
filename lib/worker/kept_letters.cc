#include "worker/kept_letters.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace awps {

KeptLetters::KeptLetters(const Options& options, LetterBox& box, const Clock& clock, bool writes)
    : box_(box),
      begin_{.now = clock.now(), .wall = clock.wall_now()},
      writes_(writes),
      letters_(options) {
  letters_.count_from(box.last_number());
  letters_.on_drop([this](uint64_t number) { dropped_.push_back(number); });
}

void KeptLetters::restore(std::vector<RestoredLetter> letters, const std::vector<uint64_t>& done) {
  for (RestoredLetter& one : letters) {
    const uint64_t number = one.letter.number;
    if (one.generation != 0) {
      tickets_[number] = {.position = one.letter.position,
                          .is_unknown = one.generation == kNeverReleased,
                          .is_handed = true};
    }
    if (one.generation != 0 && one.generation != kNeverReleased) {
      handed_.push_back({number, one.generation});
    }
    if (std::ranges::binary_search(done, number)) {
      let_go(number, 0);
    } else {
      letters_.put_back(std::move(one.letter));
    }
  }
  age(begin_.now);
}

bool KeptLetters::is_safe(uint64_t number, const Ticket& ticket) const {
  return ticket.is_in_memory || number <= box_.written();
}

// Within one process a position is that of its letter, as long as it lives: where none of them does
// any more, the ticket goes, before the log may give it to another action.
DeadLetterStore::Claims KeptLetters::come_back(const Lives& lives) {
  Claims claims;
  handed_.clear();  // their generations were the former committer's
  handing_.clear();
  unwritten_.clear();
  for (auto at = tickets_.begin(); at != tickets_.end();) {
    auto& [number, ticket] = *at;
    if (!ticket.is_unknown && !lives(ticket.position)) {
      if (ticket.wants_to_go) changes_.gone.push_back(ticket.gone);
      at = tickets_.erase(at);
      continue;
    }
    ++at;
    if (ticket.is_unknown) continue;
    ticket.is_handed = is_safe(number, ticket);
    if (ticket.is_handed) handed_.push_back({number, 1});
    if (!ticket.is_handed) unwritten_.push_back(number);
    (ticket.is_handed ? claims.released : claims.withheld).push_back(ticket.position);
  }
  std::ranges::copy_if(std::exchange(positions_, {}), std::back_inserter(claims.released), lives);
  std::erase_if(owed_, [&](const Owed& one) { return !lives(one.position); });
  for (const Owed& one : owed_) claims.withheld.push_back(one.position);
  std::ranges::sort(claims.released);
  std::ranges::sort(claims.withheld);
  return claims;
}

bool KeptLetters::owes() const {
  const auto is_known = [](const auto& one) { return !one.second.is_unknown; };
  return !positions_.empty() || !owed_.empty() || std::ranges::any_of(tickets_, is_known);
}

uint64_t KeptLetters::add(DeadLetter letter) {
  letter.run = run_;
  const uint64_t position = letter.position;
  std::string bytes;
  if (writes_) append_letter(bytes, letter, begin_);
  letter.position = 0;  // released by tickets_, not by letters_
  const uint64_t number = letters_.add(std::move(letter));
  if (writes_) changes_.added.emplace_back(number, std::move(bytes));
  if (position != 0) {
    tickets_[number] = {.position = position, .is_in_memory = !writes_};
    unwritten_.push_back(number);
  }
  let_dropped_go();
  return number;
}

void KeptLetters::age(Instant now) {
  letters_.age(now);
  let_dropped_go();
}

uint64_t KeptLetters::purge(const LetterChoice& choice) {
  const std::vector<DeadLetter> taken = letters_.take(choice);
  for (const DeadLetter& letter : taken) let_go(letter.number, 0);
  return taken.size();
}

void KeptLetters::put_back(DeadLetter letter) {
  letters_.put_back(std::move(letter));
  let_dropped_go();
}

void KeptLetters::let_dropped_go() {
  for (const uint64_t number : std::exchange(dropped_, {})) let_go(number, 0);
}

// Its action may have become a new letter, which is safe before this one goes.
void KeptLetters::ended(uint64_t number) {
  let_go(number, writes_ ? letters_.summary().last_number : 0);
}

void KeptLetters::let_go(uint64_t number, uint64_t after) {
  const auto ticket = tickets_.find(number);
  if (ticket != tickets_.end() && ticket->second.is_in_memory) {
    if (!ticket->second.is_handed) positions_.push_back(ticket->second.position);
    tickets_.erase(ticket);
  } else if (forget_unwritten(number, after)) {
    if (ticket == tickets_.end()) return;
    free_position(ticket->second.position, number, after);
    tickets_.erase(ticket);
  } else if (ticket != tickets_.end()) {
    ticket->second.wants_to_go = true;
    ticket->second.gone = {number, after};
    if (number > box_.written()) late_.push_back(number);
  } else {
    changes_.gone.push_back({number, after});
  }
}

// What has replaced the letter has a greater number than its own.
void KeptLetters::free_position(uint64_t position, uint64_t number, uint64_t after) {
  if (after <= number) {
    positions_.push_back(position);
  } else {
    owed_.push_back({.position = position, .until = {.after = after}});
  }
}

// It will never be on disk. What it had replaced waits for what has replaced it.
bool KeptLetters::forget_unwritten(uint64_t number, uint64_t after) {
  if (number <= box_.written()) return false;
  const bool was_here =
      std::erase_if(changes_.added, [&](const auto& one) { return one.first == number; }) > 0;
  if (!was_here && !box_.cancel(number, after)) return false;
  if (was_here) changes_.never_added.push_back({number, after});
  if (after == 0) return true;  // nothing has replaced it
  for (LetterBox::Gone& gone : changes_.gone) gone.wait_on(number, after);
  for (Owed& owed : owed_) owed.until.wait_on(number, after);
  for (auto& [_, ticket] : tickets_) ticket.gone.wait_on(number, after);
  return true;
}

void KeptLetters::hand_over(std::vector<uint64_t>& positions) {
  for (const uint64_t number : std::exchange(late_, {})) {
    const auto ticket = tickets_.find(number);
    if (ticket != tickets_.end()) let_go(number, ticket->second.gone.after);
  }
  box_.hand_over(changes_);
  if (run_ == 0) return;  // nobody would release them
  give_positions();
  positions.insert(positions.end(), positions_.begin(), positions_.end());
  positions_.clear();
}

void KeptLetters::give_positions() {
  const bool all_are_written = box_.unwritten() == 0;
  const uint64_t written = box_.written();
  std::erase_if(owed_, [&](const Owed& one) {
    if (one.until.after > written && !all_are_written) return false;
    positions_.push_back(one.position);
    return true;
  });
  while (!unwritten_.empty() && !tickets_.contains(unwritten_.front())) unwritten_.pop_front();
  for (; !unwritten_.empty(); unwritten_.pop_front()) {
    const auto ticket = tickets_.find(unwritten_.front());
    if (ticket == tickets_.end()) continue;
    if (!is_safe(ticket->first, ticket->second)) break;
    ticket->second.is_handed = true;
    positions_.push_back(ticket->second.position);
    handing_.push_back(ticket->first);
  }
}

void KeptLetters::released(uint64_t handed, uint64_t synced) {
  for (const uint64_t number : handing_) handed_.push_back({number, handed});
  handing_.clear();
  for (; !handed_.empty() && handed_.front().generation <= synced; handed_.pop_front()) {
    const auto ticket = tickets_.find(handed_.front().number);
    if (ticket == tickets_.end()) continue;
    if (ticket->second.wants_to_go) changes_.gone.push_back(ticket->second.gone);
    tickets_.erase(ticket);
  }
  box_.hand_over(changes_);  // at a stop nobody comes again
}

DeadLetterStore::Storage KeptLetters::storage() const {
  return {.is_on_disk = writes_,
          .has_numbers_of_disk = true,
          .unwritten = box_.unwritten() + changes_.added.size(),
          .error = box_.error()};
}

}  // namespace awps
