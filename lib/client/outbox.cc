#include "client/outbox.h"

#include <algorithm>

#include "base/check.h"
#include "client/action_id.h"

namespace awps::client {

namespace {

// Assigning an empty one would keep the memory.
void release(std::string& line) {
  std::string().swap(line);
}

}  // namespace

uint64_t Outbox::push(std::string line, uint64_t tag, std::optional<size_t> id_place) {
  AWPS_CHECK(has_room(line) && line.ends_with('\n'));
  const size_t charge = charge_of(line);
  if (id_place) complete_id(line, *id_place, taken_ + 1);
  AWPS_CHECK(charge_of(line) == charge);
  charged_bytes_ += charge;
  entries_.push_back({.line = std::move(line), .number = ++taken_, .tag = tag});
  return taken_;
}

uint64_t Outbox::begin_connection() {
  drop_settled(entries_.size());
  next_ = 0;
  offset_ = 0;
  last_seq_ = 0;
  uint64_t given = 0;
  for (Entry& entry : entries_) {
    if (entry.seq == 0) break;
    entry.seq = 0;
    ++given;
  }
  return given;
}

size_t Outbox::gather(std::span<iovec> parts) const {
  size_t count = 0;
  size_t offset = offset_;
  for (auto entry = entries_.begin() + static_cast<ptrdiff_t>(next_);
       entry != entries_.end() && count < parts.size(); ++entry) {
    // sendmsg(2) takes what it only reads as void*, too.
    parts[count++] = {const_cast<char*>(entry->line.data()) + offset, entry->line.size() - offset};
    offset = 0;
  }
  return count;
}

void Outbox::advance(size_t bytes) {
  offset_ += bytes;
  while (next_ < entries_.size() && offset_ > 0) {
    Entry& entry = entries_[next_];
    if (entry.seq == 0) entry.seq = ++last_seq_;
    if (offset_ < entry.line.size()) break;
    offset_ -= entry.line.size();
    if (entry.is_settled) release(entry.line);
    ++next_;
  }
  AWPS_CHECK(offset_ == 0 || next_ < entries_.size());
  drop_front();
}

Outbox::Settled Outbox::settle(Reply& reply, std::vector<Outcome>& outcomes, size_t most) {
  if (reply.to > last_seq_) return Settled::kUnknown;
  const auto given = entries_.begin() + static_cast<ptrdiff_t>(next_ + (offset_ > 0 ? 1 : 0));
  auto entry = std::ranges::lower_bound(entries_.begin(), given, reply.from, {}, &Entry::seq);
  for (; entry != given && entry->seq <= reply.to; ++entry) {
    if (entry->is_settled) continue;
    if (most-- == 0) {
      reply.from = entry->seq;
      break;
    }
    settle(*entry, reply.outcome, outcomes);
  }
  const bool is_more = entry != given && entry->seq <= reply.to;
  drop_front();
  compact();
  return is_more ? Settled::kMore : Settled::kAll;
}

uint64_t Outbox::unsettled_to(uint64_t number) const {
  const auto end = std::ranges::upper_bound(entries_, number, {}, &Entry::number);
  return static_cast<uint64_t>(
      std::count_if(entries_.begin(), end, [](const Entry& entry) { return !entry.is_settled; }));
}

bool Outbox::give_up(const Outcome& outcome, std::vector<Outcome>& outcomes, size_t most) {
  for (Entry& entry : entries_) {
    if (entry.is_settled) continue;
    if (most-- == 0) break;
    settle(entry, outcome, outcomes);
  }
  while (!entries_.empty() && entries_.front().is_settled) {
    entries_.pop_front();
    --settled_;
  }
  next_ = 0;
  offset_ = 0;
  return !entries_.empty();
}

void Outbox::settle(Entry& entry, const Outcome& outcome, std::vector<Outcome>& outcomes) {
  outcomes.push_back(outcome);
  outcomes.back().number = entry.number;
  outcomes.back().tag = entry.tag;
  charged_bytes_ -= charge_of(entry.line);
  entry.is_settled = true;
  ++settled_;
  const bool is_partly_written =
      next_ < entries_.size() && &entry == &entries_[next_] && offset_ > 0;
  // What is left of one line is beyond the bound for as long as a write takes.
  if (!is_partly_written) release(entry.line);
}

void Outbox::drop_front() {
  while (next_ > 0 && entries_.front().is_settled) {
    entries_.pop_front();
    --next_;
    --settled_;
  }
}

void Outbox::compact() {
  if (settled_ > unsettled() + kFewSettled) drop_settled(next_);
}

// Not by assignment: a short line would keep the memory of the one that it takes the place of, and
// be charged otherwise when it is settled than it was when it was taken.
void Outbox::drop_settled(size_t end) {
  std::deque<Entry> kept;
  size_t next = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (i < end && entries_[i].is_settled) continue;
    if (i < next_) ++next;
    kept.push_back(std::move(entries_[i]));
  }
  settled_ -= entries_.size() - kept.size();
  entries_ = std::move(kept);
  next_ = next;
}

}  // namespace awps::client
