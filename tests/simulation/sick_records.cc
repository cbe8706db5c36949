#include "tests/simulation/sick_records.h"

#include <algorithm>

namespace awps {

void SickRecords::count(Slots& slots, Instant now) const {
  const auto slot = static_cast<size_t>((now - start_) / kSlot);
  if (slots.size() <= slot) slots.resize(slot + 1);
  ++slots[slot];
}

uint64_t SickRecords::sum(const Slots& slots, Duration from, Duration to) {
  const auto last = std::min(slots.size(), static_cast<size_t>(to / kSlot));
  uint64_t sum = 0;
  for (auto slot = static_cast<size_t>(from / kSlot); slot < last; ++slot) sum += slots[slot];
  return sum;
}

void SickRecords::note_start(bool out, Instant now) {
  count(starts_, now);
  if (out) {
    ++starts_in_outage_;
  } else {
    most_starts_in_vain_ = std::max(most_starts_in_vain_, ++starts_in_vain_);
  }
}

void SickRecords::note_settled(uint64_t seq, OutcomeKind kind, Instant now) {
  SickRecord& record = records_[seq];
  record.settled = now;
  record.outcome = kind;
  ++settled_;
  if (kind == OutcomeKind::kDelivered && record.is_healthy()) count(healthy_, now);
  watch(/*excused=*/false, now);
  begin_watch(now);
}

void SickRecords::watch(bool excused, Instant now) {
  if (excused) {
    begin_watch(now);
  } else {
    longest_standstill_ = std::max(longest_standstill_, now - quiet_since_);
  }
}

void SickRecords::begin_watch(Instant now) {
  quiet_since_ = now;
  starts_in_vain_ = 0;
}

}  // namespace awps
