#include "tests/support/scripted_member.h"

#include <algorithm>
#include <utility>

namespace awps {

ScriptedMember::ScriptedMember(ScriptedBroker& broker, size_t number, std::function<void()> wake)
    : broker_(broker), number_(number), wake_(std::move(wake)) {}

ScriptedMember::~ScriptedMember() {
  broker_.gone(number_);
}

void ScriptedMember::push(SourceEvent event) {
  events_.push_back(std::move(event));
  wake_();
}

void ScriptedMember::push_assigned(Assigned assigned, Instant readable_from) {
  readable_from_.push_back(readable_from);
  push(std::move(assigned));
}

std::optional<SourceEvent> ScriptedMember::next_event() {
  broker_.note_poll(number_);
  if (events_.empty()) return std::nullopt;
  SourceEvent event = std::move(events_.front());
  events_.pop_front();
  take(event);
  // What was released while the second word of its loss was on its way is over.
  const auto* revoked = std::get_if<Revoked>(&event);
  if (revoked != nullptr && revoked->partitions.empty()) return next_event();
  return event;
}

void ScriptedMember::take(SourceEvent& event) {
  if (const auto* assigned = std::get_if<Assigned>(&event)) {
    for (const PartitionOffset& one : assigned->partitions) {
      Owned owned{.position = std::max(one.offset, int64_t{0}),
                  .readable_from = readable_from_.front(),
                  .committed = one.offset};
      if (!owned_.emplace(one.partition, owned).second) {
        broker_.mistake(number_, "is given what it has: a mistake of the scripted broker's own");
      }
    }
    readable_from_.pop_front();
  }
  auto* revoked = std::get_if<Revoked>(&event);
  if (revoked == nullptr) return;
  std::erase_if(revoked->partitions, [this](int32_t one) { return !owned_.contains(one); });
  for (const int32_t partition : revoked->partitions) {
    owned_.at(partition).is_revoked = true;
    owned_.at(partition).is_lost = revoked->is_lost;
  }
}

std::optional<StreamRecord> ScriptedMember::next_record(int32_t partition) {
  const auto found = owned_.find(partition);
  if (found == owned_.end() || found->second.is_revoked) {
    broker_.mistake(number_, "reads partition " + std::to_string(partition) +
                                 ", which it does not own or is to release");
    return std::nullopt;
  }
  Owned& owned = found->second;
  if (broker_.is_away() || broker_.now() < owned.readable_from) return std::nullopt;
  const ScriptedBroker::Record* record = broker_.record_from(partition, owned.position);
  if (record == nullptr) return std::nullopt;
  owned.position = record->offset + 1;
  if (broker_.watch_.read) broker_.watch_.read(number_, *record, partition);
  StreamRecord read;
  read.offset = record->offset;
  read.has_key = record->key.has_value();
  if (record->key.has_value()) read.key = *record->key;
  read.is_tombstone = !record->value.has_value();
  if (record->value.has_value()) read.value = *record->value;
  read.written_at = record->written_at;
  return read;
}

bool ScriptedMember::may_commit(std::span<const PartitionOffset> offsets) {
  for (const PartitionOffset& one : offsets) {
    const auto found = owned_.find(one.partition);
    if (found == owned_.end()) {
      broker_.mistake(number_, "commits for a partition that it does not have");
      return false;
    }
    Owned& owned = found->second;
    if (owned.is_lost) broker_.mistake(number_, "commits for a partition that it has lost");
    if (one.offset < owned.committed) broker_.mistake(number_, "commits less than before");
    if (one.offset > owned.position) broker_.mistake(number_, "commits what it has not read");
    owned.committed = one.offset;
  }
  return true;
}

void ScriptedMember::commit(std::span<const PartitionOffset> offsets) {
  if (may_commit(offsets)) (void)broker_.send(number_, offsets);
}

Result<void, CommitFailure> ScriptedMember::commit_and_wait(
    std::span<const PartitionOffset> offsets, Duration at_most) {
  if (!may_commit(offsets)) return CommitFailure{"commit: not its partition"};
  return broker_.wait_for_commit(number_, offsets, at_most);
}

void ScriptedMember::release(std::span<const int32_t> partitions) {
  for (const int32_t partition : partitions) {
    const auto found = owned_.find(partition);
    if (found == owned_.end() || !found->second.is_revoked) {
      broker_.mistake(number_, "releases what nobody asked it for");
      continue;
    }
    // It may have lost it since it was asked.
    const bool is_lost = found->second.is_lost || broker_.owner(partition) != number_;
    owned_.erase(found);
    broker_.release(number_, partition, is_lost);
  }
}

std::optional<int64_t> ScriptedMember::end_of(int32_t partition) const {
  const auto found = owned_.find(partition);
  if (found == owned_.end() || broker_.now() < found->second.readable_from) return std::nullopt;
  return broker_.end_of(partition);
}

void ScriptedMember::wake_for_records() {
  for (auto& [partition, owned] : owned_) {
    if (owned.is_woken || broker_.now() < owned.readable_from) continue;
    owned.is_woken = true;
    wake_();
  }
}

Instant ScriptedMember::next_records(Instant now) const {
  Instant at = kNever;
  for (const auto& [partition, owned] : owned_) {
    if (!owned.is_woken) at = std::min(at, std::max(owned.readable_from, now));
  }
  return at;
}

bool ScriptedMember::owns_nothing() const {
  const bool is_to_own = std::ranges::any_of(
      events_, [](const SourceEvent& event) { return std::holds_alternative<Assigned>(event); });
  return owned_.empty() && !is_to_own;
}

}  // namespace awps
