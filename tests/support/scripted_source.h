#pragma once

// ScriptedSource: a RecordSource that a test moves: it has the log of each partition, the offsets
// that the group has stored, and who owns what. Nothing happens by itself but the ends of commits.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "stream/record_source.h"

namespace awps {

class ScriptedSource final : public RecordSource {
 public:
  struct Written {
    int64_t offset = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;  // empty: a tombstone
    std::optional<WallTime> written_at;
  };

  // ---- the broker

  /// Behind what is there; returns its offset.
  int64_t produce(int32_t partition, std::string value, std::optional<WallTime> at = {}) {
    return write(partition, {.offset = 0, .key = {}, .value = std::move(value), .written_at = at});
  }
  int64_t write(int32_t partition, Written record) {
    Log& log = logs_[partition];
    record.offset = log.end++;
    log.records.push_back(std::move(record));
    return log.records.back().offset;
  }
  /// The topic is made anew; its reader begins at 0 again.
  void recreate(int32_t partition) {
    logs_[partition] = {};
    if (owns(partition)) positions_[partition] = 0;
  }
  /// Offsets that no record has, as compaction and transactions leave them.
  void skip(int32_t partition, int64_t offsets) { logs_[partition].end += offsets; }
  /// -1: nothing is stored.
  int64_t committed(int32_t partition) const {
    const auto found = logs_.find(partition);
    return found == logs_.end() ? Assigned::kNone : found->second.committed;
  }

  // ---- the group

  void assign(const std::vector<int32_t>& partitions) {
    Assigned event;
    for (const int32_t partition : partitions) {
      const int64_t offset = logs_[partition].committed;
      positions_[partition] = std::max<int64_t>(offset, 0);
      event.partitions.push_back({partition, offset});
    }
    events_.push_back(std::move(event));
  }
  void revoke(std::vector<int32_t> partitions, bool is_lost = false) {
    if (is_lost) lost_.insert(lost_.end(), partitions.begin(), partitions.end());
    events_.push_back(Revoked{std::move(partitions), is_lost});
  }
  void tell(SourceEvent event) { events_.push_back(std::move(event)); }
  bool owns(int32_t partition) const { return positions_.contains(partition); }

  // ---- what goes wrong

  std::string commit_error;                     // not empty: commits fail with it, whoever asks
  std::set<int32_t> refused;                    // partitions that a member, too, may not commit
  bool holds_commits = false;                   // commits end later: end_commits()
  std::function<void()> while_waiting = [] {};  // what happens in commit_and_wait()
  bool is_silent_about_end = false;
  std::optional<int32_t> topic_partitions = 4;
  bool is_deaf = false;  // nothing comes of leave()

  void end_commits() {
    for (std::vector<PartitionOffset>& offsets : std::exchange(held_, {})) end(std::move(offsets));
  }
  int commits = 0;
  int waited_commits = 0;
  std::vector<int32_t> released;
  bool was_left = false;

  std::optional<SourceEvent> next_event() override {
    if (events_.empty()) return std::nullopt;
    SourceEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
  }

  std::optional<StreamRecord> next_record(int32_t partition) override {
    const auto position = positions_.find(partition);
    AWPS_CHECK(position != positions_.end());
    const std::deque<Written>& records = logs_[partition].records;
    const auto found = std::ranges::lower_bound(records, position->second, {}, &Written::offset);
    if (found == records.end()) return std::nullopt;
    position->second = found->offset + 1;
    return StreamRecord{
        .offset = found->offset,
        .has_key = found->key.has_value(),
        .key = found->key ? std::string_view(*found->key) : std::string_view(),
        .is_tombstone = !found->value,
        .value = found->value ? std::string_view(*found->value) : std::string_view(),
        .written_at = found->written_at};
  }

  void commit(std::span<const PartitionOffset> offsets) override {
    ++commits;
    std::vector<PartitionOffset> kept(offsets.begin(), offsets.end());
    if (holds_commits) {
      held_.push_back(std::move(kept));
    } else {
      end(std::move(kept));
    }
  }

  Result<void, CommitFailure> commit_and_wait(std::span<const PartitionOffset> offsets,
                                              Duration) override {
    ++waited_commits;
    while_waiting();
    if (!commit_error.empty()) return CommitFailure{commit_error};
    store(offsets);
    if (!has_refused(offsets)) return {};
    return CommitFailure{.message = "not these", .is_of_member = true};
  }

  void release(std::span<const int32_t> partitions) override {
    for (const int32_t partition : partitions) {
      AWPS_CHECK(positions_.erase(partition) == 1);
      std::erase(lost_, partition);
      released.push_back(partition);
    }
  }

  std::optional<int64_t> end_of(int32_t partition) const override {
    const auto found = logs_.find(partition);
    if (is_silent_about_end || found == logs_.end()) return std::nullopt;
    return found->second.end;
  }
  std::optional<int32_t> partitions_of_topic() const override { return topic_partitions; }

  void leave() override {
    was_left = true;
    if (is_deaf) return;
    std::vector<int32_t> owned;
    for (const auto& [partition, position] : positions_) owned.push_back(partition);
    if (!owned.empty()) revoke(std::move(owned));
  }
  bool has_left() const override { return was_left && positions_.empty(); }

 private:
  struct Log {
    std::deque<Written> records;
    int64_t end = 0;
    int64_t committed = Assigned::kNone;
  };

  void store(std::span<const PartitionOffset> offsets) {
    for (const PartitionOffset& one : offsets) {
      if (!refused.contains(one.partition)) logs_[one.partition].committed = one.offset;
    }
  }
  bool has_refused(std::span<const PartitionOffset> offsets) const {
    return std::ranges::any_of(
        offsets, [this](const PartitionOffset& one) { return refused.contains(one.partition); });
  }
  void end(std::vector<PartitionOffset> offsets) {
    std::string error = commit_error;
    for (const PartitionOffset& one : offsets) {
      if (error.empty() && std::ranges::count(lost_, one.partition) > 0) error = "it is lost";
    }
    if (error.empty()) {
      store(offsets);
      const auto is_taken = [this](const auto& one) { return !refused.contains(one.partition); };
      const auto rest = std::stable_partition(offsets.begin(), offsets.end(), is_taken);
      CommitEnded failed{.offsets = {rest, offsets.end()}, .error = "not these"};
      offsets.erase(rest, offsets.end());
      if (!failed.offsets.empty()) events_.push_back(std::move(failed));
      if (offsets.empty()) return;
    }
    events_.push_back(CommitEnded{std::move(offsets), std::move(error)});
  }

  std::map<int32_t, Log> logs_;
  std::map<int32_t, int64_t> positions_;  // of those owned: the offset to be read next
  std::vector<int32_t> lost_;
  std::deque<SourceEvent> events_;
  std::vector<std::vector<PartitionOffset>> held_;
};

}  // namespace awps
