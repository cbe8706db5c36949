#include "stream/partition.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace awps {

namespace {

// Of one partition in a turn, so that none holds up the others for longer.
constexpr uint64_t kMostRecordsATurn = 256;
constexpr uint64_t kMostBytesATurn = uint64_t{256} << 10U;

}  // namespace

Partition::Partition(const StreamServices& services, PartitionOffset owned, uint64_t producer,
                     Instant now)
    : services_(services),
      number_(owned.partition),
      producer_(producer),
      owned_since_(now),
      records_(owned.offset),
      handler_(services, owned.partition, producer, records_),
      committed_(owned.offset) {}

bool Partition::read(RecordSource& source, Instant now, WallTime wall_now) {
  wait_ = waits_for_room_ ? PartitionWait::kRoom : PartitionWait::kNothing;
  if (is_stopped_ || waits_for_room_) return false;
  const std::optional<int64_t> end = source.end_of(number_);
  uint64_t bytes = 0;
  for (uint64_t taken = 0; taken < kMostRecordsATurn && bytes < kMostBytesATurn; ++taken) {
    const int64_t next = records_.next_offset() + 1;
    const uint64_t behind = end && *end > next ? static_cast<uint64_t>(*end - next) : 0;
    const RecordHandler::Moment moment{
        .now = now,
        .wall_now = wall_now,
        .more_records = std::min(behind, kMostRecordsATurn - taken - 1)};
    if (take_one(source, moment, bytes)) continue;
    handler_.end_read();
    return taken_ == RecordHandler::Taken::kLater;
  }
  handler_.end_read();
  return true;
}

// False: no more in this turn.
bool Partition::take_one(RecordSource& source, const RecordHandler::Moment& moment,
                         uint64_t& bytes) {
  if (handler_.has_rest()) {
    taken_ = handler_.take_rest(moment);
  } else {
    taken_ = RecordHandler::Taken::kWhole;
    if (!may_take_next()) return false;
    const std::optional<StreamRecord> record = source.next_record(number_);
    if (!record) return false;
    if (record->offset < records_.next_offset()) restart(record->offset);
    bytes += record->value.size();
    taken_ = handler_.take(*record, moment);
  }
  finish(records_.last());
  if (taken_ != RecordHandler::Taken::kFull) return taken_ == RecordHandler::Taken::kWhole;
  handler_.end_read();
  waits_for_room_ = handler_.must_wait_for_room();
  if (waits_for_room_) wait_ = PartitionWait::kRoom;
  return !waits_for_room_;
}

bool Partition::has_found_room() {
  if (is_stopped_ || !waits_for_room_) return false;
  waits_for_room_ = handler_.must_wait_for_room();
  return !waits_for_room_;
}

uint64_t Partition::most_ahead() const {
  return std::max<uint64_t>(services_.options.max_ahead, 1);
}

bool Partition::may_take_next() {
  const StreamOptions& options = services_.options;
  const bool keeps_too_much = services_.letters_go_to_topic && !records_.all_settled() &&
                              services_.kept.bytes() >= options.max_kept_bytes;
  const uint64_t ahead = records_.first_ordinal() + records_.ahead() - committed_ordinal_;
  if (ahead >= most_ahead() || keeps_too_much) {
    wait_ = PartitionWait::kAhead;
  } else if (!services_.letters.has_room()) {
    wait_ = PartitionWait::kLetters;
  }
  return wait_ == PartitionWait::kNothing;
}

// The topic was made anew, or its brokers lost records. What was read of the old log is under way,
// but its offsets say nothing of the new one.
void Partition::restart(int64_t offset) {
  services_.warn("partition " + std::to_string(number_) + " goes back from offset " +
                 std::to_string(records_.next_offset()) + " to " + std::to_string(offset) +
                 ": its topic was made anew or has lost records; reading goes on from there");
  records_.restart(offset);
  committed_ = Assigned::kNone;  // nothing of this log, which has the same offsets once more
  asked_.reset();
  committed_ordinal_ = records_.first_ordinal();
  handler_.hubs().forget();
  services_.letters.forget(producer_);
  services_.letter_watch.forget(producer_);
}

void Partition::follow_directory() {
  handler_.source().follow_directory();
  handler_.hubs().follow();
  look_again();
}

void Partition::stop_reading() {
  is_stopped_ = true;
  handler_.drop_rest();
}

void Partition::take(const Outcome& outcome) {
  handler_.source().take(outcome);
  OpenRecord* record = records_.find(outcome.seq);
  if (record == nullptr) return;  // of a log that is gone
  const uint16_t hub = records_.close(*record, outcome.seq).hub;
  const StreamHubHandle& handle = handler_.hubs().at(hub);
  switch (outcome.kind) {
    case OutcomeKind::kReturned:
    case OutcomeKind::kAbandoned:
      record->is_returned = true;
      break;
    case OutcomeKind::kDeadLettered:
      if (services_.letters_go_to_topic) {
        handler_.fail(*record, static_cast<uint32_t>(outcome.seq - record->first_seq),
                      {.code = outcome.error_code,
                       .message = outcome.error_message,
                       .http_status = outcome.http_status});
      } else if (outcome.letter != 0) {
        records_.open_letter(*record);
        services_.letter_watch.await({producer_, record->ordinal}, handle, outcome.letter);
      }
      break;
    case OutcomeKind::kDelivered:
    case OutcomeKind::kSuperseded:
    case OutcomeKind::kExpired:
    case OutcomeKind::kDuplicate:
      break;
  }
  handler_.hubs().remove(hub);
  finish(*record);
}

void Partition::take(const LateRefusal& refusal) {
  handler_.source().take(refusal);
  OpenRecord* record = records_.find(refusal.seq);
  if (record == nullptr) return;
  handler_.hubs().remove(records_.close(*record, refusal.seq).hub);
  services_.counters.rejected.add();
  handler_.fail(*record, static_cast<uint32_t>(refusal.seq - record->first_seq),
                {.code = std::string(name_of(refusal.code)), .message = refusal.message});
  finish(*record);
}

void Partition::note_safe_letter(uint64_t ordinal) {
  OpenRecord* record = records_.at(ordinal);
  if (record == nullptr) return;
  records_.close_letter(*record);
  finish(*record);
}

void Partition::finish(OpenRecord& record) {
  hand_over_letter(record);
  records_.forget_settled(record);
}

// One letter for all that failed of a record: to the hub once all of it was taken, to a topic once
// the hubs are done with it, too.
void Partition::hand_over_letter(OpenRecord& record) {
  if (record.more == nullptr || record.more->failure == nullptr || !record.is_whole) return;
  if (services_.letters_go_to_topic && record.open_actions > 0) return;
  OpenRecord::More& more = *record.more;
  RecordFailure failure = std::move(*more.failure);
  more.failure.reset();
  if (services_.letters_go_to_topic) {
    failure.record.has_key = more.has_key;
    failure.record.key = std::move(more.key);
    failure.record.bytes = std::move(more.value);
    failure.record.total_bytes = failure.record.bytes.size();
    failure.charge = std::move(more.charge);
  }
  services_.letters.add({producer_, record.ordinal}, std::move(failure));
}

std::optional<PartitionOffset> Partition::settled() const {
  const int64_t offset = records_.settled_offset();
  if (offset < 0) return std::nullopt;
  return PartitionOffset{number_, offset};
}

std::optional<PartitionOffset> Partition::uncommitted() const {
  return records_.settled_offset() == committed_ ? std::nullopt : settled();
}

bool Partition::is_commit_urgent() const {
  const uint64_t settled = records_.first_ordinal() - committed_ordinal_;
  return !has_commit_failed_ && settled > 0 && settled >= most_ahead() / 4;
}

void Partition::note_commit_asked() {
  asked_ = records_.settled_offset();
  asked_ordinal_ = records_.first_ordinal();
}

// Of a commit of a former ownership nothing is known.
void Partition::note_commit_ended(int64_t offset, bool is_stored) {
  if (asked_ != offset) return;
  asked_.reset();
  has_commit_failed_ = !is_stored;
  if (!is_stored) return;
  committed_ = offset;
  committed_ordinal_ = std::max(committed_ordinal_, asked_ordinal_);
}

PartitionStatus Partition::status(const RecordSource& source) const {
  PartitionStatus status{.number = number_,
                         .owned_since = owned_since_,
                         .settled = records_.settled_offset(),
                         .committed = committed_,
                         .lag = {},
                         .ahead = records_.ahead(),
                         .wait = wait(),
                         .oldest = oldest()};
  const std::optional<int64_t> end = source.end_of(number_);
  if (end && status.settled >= 0) status.lag = std::max<int64_t>(*end - status.settled, 0);
  return status;
}

std::optional<OldestRecord> Partition::oldest() const {
  if (records_.all_settled()) return std::nullopt;
  const OpenRecord& record = records_.oldest();
  OldestRecord oldest{.offset = record.offset,
                      .read_at = record.read_at,
                      .written_at = record.written_at,
                      .hub = {},
                      .action = {},
                      .why = {}};
  if (const auto action = records_.oldest_action()) {
    oldest.hub = handler_.hubs().at(action->element.hub)->name;
    oldest.action = name_of(action->element.kind);
    if (why_seq_ == action->seq) oldest.why = why_;
  } else if (!record.is_whole) {
    oldest.why = "the rest of it waits for room in its hub";
  } else if (record.open_letters > 0) {
    oldest.why = services_.letters.trouble();
    if (oldest.why.empty()) oldest.why = services_.letter_watch.trouble();
    if (oldest.why.empty()) oldest.why = "its dead letter is being stored";
  } else if (record.is_returned) {
    oldest.why = "it went back undelivered: the next owner of the partition reads it again";
  }
  return oldest;
}

}  // namespace awps
