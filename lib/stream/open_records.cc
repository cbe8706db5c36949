#include "stream/open_records.h"

#include <algorithm>

#include "base/check.h"

namespace awps {

OpenRecord& OpenRecords::begin(int64_t offset, Instant read_at,
                               std::optional<WallTime> written_at) {
  AWPS_CHECK(offset >= next_offset_ && (records_.empty() || last().is_whole));
  next_offset_ = offset + 1;
  records_.push_back({.offset = offset,
                      .ordinal = next_ordinal_++,
                      .first_seq = next_seq_,
                      .read_at = read_at,
                      .written_at = written_at,
                      .first = {},
                      .more = nullptr});
  return last();
}

RecordElement& OpenRecords::add_element() {
  OpenRecord& record = last();
  AWPS_CHECK(!record.is_whole);
  ++next_seq_;
  if (record.elements++ == 0) return record.first;
  return record.with_more().elements.emplace_back();
}

uint64_t OpenRecords::add_action(ActionKind kind, uint16_t hub) {
  add_element() = {.hub = hub, .kind = kind, .is_open = true};
  ++last().open_actions;
  ++open_actions_;
  return next_seq_ - 1;
}

uint64_t OpenRecords::add_refused() {
  add_element();
  return next_seq_ - 1;
}

OpenRecord* OpenRecords::find(uint64_t seq) {
  if (records_.empty() || seq < oldest().first_seq || seq >= next_seq_) return nullptr;
  OpenRecord& record = record_of(seq);
  const uint64_t index = seq - record.first_seq;
  if (index >= record.elements) return nullptr;
  return record.open_actions > 0 && record.element(static_cast<uint32_t>(index)).is_open ? &record
                                                                                         : nullptr;
}

// Nearly every record has one element, and then its place is known. Records without elements have
// the first seq of the one behind them, so the last one is meant.
OpenRecord& OpenRecords::record_of(uint64_t seq) {
  const uint64_t place = seq - oldest().first_seq;
  if (place < records_.size()) {
    OpenRecord& likely = records_[place];
    if (likely.first_seq <= seq && seq - likely.first_seq < likely.elements) return likely;
  }
  const auto behind = std::ranges::upper_bound(records_, seq, {}, &OpenRecord::first_seq);
  return *std::prev(behind);
}

OpenRecord* OpenRecords::at(uint64_t ordinal) {
  if (ordinal < first_ordinal() || ordinal >= next_ordinal_) return nullptr;
  return &records_[ordinal - first_ordinal()];
}

RecordElement OpenRecords::close(OpenRecord& record, uint64_t seq) {
  RecordElement& element = record.element(static_cast<uint32_t>(seq - record.first_seq));
  AWPS_CHECK(element.is_open);
  element.is_open = false;
  --record.open_actions;
  --open_actions_;
  return element;
}

void OpenRecords::open_letter(OpenRecord& record) {
  ++record.open_letters;
  ++open_letters_;
}

void OpenRecords::close_letter(OpenRecord& record) {
  AWPS_CHECK(record.open_letters > 0);
  --record.open_letters;
  --open_letters_;
}

void OpenRecords::forget_settled(OpenRecord& changed) {
  if (!changed.is_settled()) return;
  changed.more.reset();
  while (!records_.empty() && records_.front().is_settled()) records_.pop_front();
}

void OpenRecords::restart(int64_t next_offset) {
  records_.clear();
  next_offset_ = next_offset;
  open_actions_ = 0;
  open_letters_ = 0;
}

std::optional<OpenRecords::Waiting> OpenRecords::oldest_action() const {
  if (records_.empty() || oldest().open_actions == 0) return std::nullopt;
  const OpenRecord& record = oldest();
  if (record.first.is_open) return Waiting{record.first_seq, record.first};
  const std::vector<RecordElement>& others = record.more->elements;
  const auto found = std::ranges::find(others, true, &RecordElement::is_open);
  const auto index = static_cast<uint64_t>(found - others.begin());
  return Waiting{record.first_seq + 1 + index, *found};
}

}  // namespace awps
