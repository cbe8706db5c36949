#include "worker/tail.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/fault_point.h"

namespace awps {

namespace {

constexpr uint64_t kMostAtOnce = uint64_t{1} << 20U;
constexpr uint64_t kLeastAtOnce = uint64_t{4} << 10U;
// A disk that does not answer for a minute has lost what is there: see LogReader.
constexpr Duration kReadPause = std::chrono::seconds(1);

}  // namespace

Tail::Tail(const Parts& parts)
    : parts_(parts),
      accounts_(parts.log.run(), parts.arrivals.budget()),
      refill_(accounts_, parts.clock, parts.run) {
  const uint64_t recovered = parts.log.status().records;
  if (recovered == 0) return;
  begin(1);
  end_ = parts.log.status().committed;
  records_.store(recovered, std::memory_order_relaxed);
}

void Tail::begin(Position first) {
  AWPS_CHECK(is_direct_);
  is_direct_ = false;
  waits_for_window_ = false;
  looked_through_ = first;
  parts_.log.begin_reading(first);
  (void)parts_.log.take_lost();  // what is lost by now the worker has
}

void Tail::add(const Batch& batch, Position first, uint64_t record_bytes) {
  AWPS_CHECK(!is_direct_);
  end_ = first + batch.count();
  accounts_.spool(batch.account(), record_bytes);
  // Relaxed: what the committer takes from held_bytes next shows it to is_drained().
  records_.fetch_add(batch.count(), std::memory_order_relaxed);
}

// What is behind the cursor it has passed over by now. What was lost it has no more.
void Tail::note_release(PositionRange range) {
  if (is_direct_) return;
  const Position unread = parts_.log.read_up_to();
  const auto first = std::ranges::lower_bound(parts_.withheld, std::max(range.first, unread));
  const auto count = std::count_if(first, parts_.withheld.end(), [&](Position position) {
    return position < range.end() && parts_.log.lives(position);
  });
  if (count > 0) take_away(static_cast<uint64_t>(count));
}

void Tail::take_away(uint64_t records) {
  const uint64_t before = records_.load(std::memory_order_relaxed);
  AWPS_CHECK(before >= records);
  // Release pairs with the acquire in records().
  records_.store(before - records, std::memory_order_release);
  is_direct_ = before == records;
  if (!is_direct_) return;
  accounts_.take_all();
  pass(FaultPoint::kToDirect);
}

// ---- into the window

Result<void, IoError> Tail::refill(Instant now) {
  if (is_direct_ || now < retry_at_) return {};
  Budget& window = parts_.window.budget();
  waits_for_window_ = window.must_wait_for_half();
  if (waits_for_window_) return {};
  // A short record takes several times its bytes in memory.
  const uint64_t room = (window.max_bytes() - window.held_bytes()) / 4;
  uint64_t visited = 0;
  const Position before = parts_.log.read_up_to();
  const Result<void, IoError> read = parts_.log.read(
      std::clamp(room, kLeastAtOnce, kMostAtOnce), [&](Position position, std::string_view bytes) {
        ++visited;
        if (!is_withheld(position)) refill_.add(position, bytes);
      });
  if (visited > 0) pass(FaultPoint::kWindowRead);
  for (Refill::Refilled& refilled : refill_.take_batches()) push(std::move(refilled));
  if (visited > 0) parts_.window.wake_worker();
  if (visited > 0) take_away(visited);
  take_lost(before);
  if (!read) {
    retry_at_ = now + kReadPause;
    return read.error();
  }
  note_end(visited == 0 && parts_.log.read_up_to() == before, now);
  return {};
}

// Behind its end the log has no more: what is missing would be waited for for ever.
void Tail::note_end(bool stands_still, Instant now) {
  if (is_direct_ || !stands_still) return;
  if (parts_.log.read_up_to() < end_) {
    retry_at_ = now + kReadPause;
    return;
  }
  // Release pairs with the acquire in lost().
  lost_.fetch_add(records(), std::memory_order_release);
  take_away(records());
}

Instant Tail::refill_at(Instant now) const {
  if (is_direct_ || waits_for_window_) return kNever;
  return std::max(now, retry_at_);
}

void Tail::push(Refill::Refilled refilled) {
  Batch& batch = *refilled.batch;
  // In the window first, see account.h.
  parts_.window.budget().add(batch.charge(), batch.account());
  accounts_.take(refilled.producer, refilled.bytes);
  parts_.window.push(0, std::move(refilled.batch));
}

// Of what is lost, it had what lies behind the cursor. The rest is in memory, and not lost at all.
void Tail::take_lost(Position cursor) {
  uint64_t lost = 0;
  for (const PositionRange& range : parts_.log.take_lost()) {
    lost += range.end() - std::clamp(cursor, range.first, range.end());
  }
  if (lost == 0) return;
  // Release pairs with the acquire in lost().
  lost_.fetch_add(lost, std::memory_order_release);
  take_away(lost);
}

void Tail::sweep() {
  accounts_.sweep();
  if (!is_direct_) return;
  accounts_.free_made();
  (void)parts_.log.take_lost();  // the worker has them
}

bool Tail::is_withheld(Position position) const {
  return std::ranges::binary_search(parts_.withheld, position);
}

// ---- ending on disk

bool Tail::is_expired(const Record& record) const {
  const Duration time_to_live = record.action.time_to_live;
  return time_to_live > Duration::zero() &&
         parts_.run.age(record.accepted_at, record.origin.producer) >= time_to_live;
}

bool Tail::look_through(std::vector<PositionRange>& released) {
  if (is_direct_) return true;
  const Position unread = parts_.log.read_up_to();
  looked_through_ = std::max(looked_through_, unread);
  std::vector<Outcome> outcomes;
  std::vector<std::pair<uint64_t, uint64_t>> taken;  // producer, bytes
  const Result<void, IoError> read =
      parts_.log.look(looked_through_, kMostAtOnce, [&](Position position, std::string_view bytes) {
        const Result<Record> record = reader_.read(bytes);
        if (!record || !is_expired(*record) || is_withheld(position)) return;
        released.push_back({.first = position, .count = 1});
        taken.emplace_back(record->origin.producer, Refill::bytes_of(bytes));
        report(*record, OutcomeKind::kExpired, outcomes);
      });
  const bool is_at_end = !read || looked_through_ >= end_;
  if (is_at_end) {
    looked_through_ = 0;
    parts_.log.end_looking();
  }
  parts_.reporter.push(outcomes);  // before the accounts are touched for the last time
  for (const auto& [producer, bytes] : taken) accounts_.take(producer, bytes);
  // Release pairs with the acquire in expired().
  expired_.fetch_add(taken.size(), std::memory_order_release);
  if (!taken.empty()) take_away(taken.size());
  take_lost(unread);
  return is_at_end;
}

void Tail::report(const Record& record, OutcomeKind kind, std::vector<Outcome>& outcomes) {
  Account* account = accounts_.living(record.origin.producer);
  if (account == nullptr || !account->wants_outcomes) return;
  const bool is_kept = kind == OutcomeKind::kAbandoned;
  Outcome& outcome = outcomes.emplace_back();
  outcome.account = account;
  outcome.seq = record.origin.seq;
  outcome.kind = kind;
  outcome.id = record.action.id;
  outcome.error_code = is_kept ? code_of(Kept::kInLog) : "expired";
  outcome.error_message =
      is_kept ? message_of(Kept::kInLog) : "older than its ttlSeconds before it could be sent";
}

void Tail::tell_kept(Instant deadline) {
  if (is_direct_ || !accounts_.any_wants_outcomes()) return;
  for (bool any = true; any && parts_.clock.now() < deadline;) {
    any = false;
    std::vector<Outcome> outcomes;
    const Result<void, IoError> read =
        parts_.log.read(kMostAtOnce, [&](Position position, std::string_view bytes) {
          any = true;
          if (position >= end_ || is_withheld(position)) return;  // the worker's, kept at the end
          const Result<Record> record = reader_.read(bytes);
          if (record) report(*record, OutcomeKind::kAbandoned, outcomes);
        });
    parts_.reporter.push(outcomes);
    if (!read) return;
  }
}

}  // namespace awps
