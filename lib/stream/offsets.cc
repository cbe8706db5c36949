#include "stream/offsets.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace awps {

Duration commit_wait(const StreamOptions& options) {
  return std::min<Duration>(std::chrono::seconds(5), options.session_timeout / 4);
}

void Offsets::commit(const Partitions& partitions) {
  commit_if(partitions, [](const Partition&) { return true; });
}

void Offsets::commit_urgent(const Partitions& partitions) {
  commit_if(partitions, [](const Partition& partition) { return partition.is_commit_urgent(); });
}

void Offsets::commit_if(const Partitions& partitions, bool (*is_due)(const Partition& partition)) {
  std::vector<PartitionOffset> offsets;
  for (const auto& [number, partition] : partitions) {
    if (partition->is_stopped() || partition->is_commit_asked() || !is_due(*partition)) continue;
    const std::optional<PartitionOffset> offset = partition->uncommitted();
    if (!offset) continue;
    offsets.push_back(*offset);
    partition->note_commit_asked();
  }
  if (!offsets.empty()) parts_.source.commit(offsets);
}

// A loss, and the last commit of what is given back, speak for themselves.
void Offsets::take(const CommitEnded& ended, const Partitions& partitions) {
  const auto is_read_on = [&](int32_t number) {
    const auto found = partitions.find(number);
    return found != partitions.end() && !found->second->is_stopped();
  };
  std::vector<PartitionOffset> read_on;
  for (const PartitionOffset& one : ended.offsets) {
    const auto found = partitions.find(one.partition);
    if (found == partitions.end()) continue;  // it was given back since
    found->second->note_commit_ended(one.offset, ended.error.empty());
    if (is_read_on(one.partition)) read_on.push_back(one);
  }
  std::erase_if(failing_, [&](int32_t number) { return !is_read_on(number); });
  note_end(read_on, ended.error);
}

void Offsets::commit_last(std::span<const PartitionOffset> offsets, Duration at_most) {
  if (offsets.empty()) return;
  const auto result = parts_.source.commit_and_wait(offsets, at_most);
  for (const PartitionOffset& one : offsets) failing_.erase(one.partition);
  if (result) return parts_.counters.commits_ok.add();
  parts_.counters.commits_failed.add();
  parts_.warn("the offsets of " + std::to_string(offsets.size()) +
              " partitions that are given back were not committed: " + result.error().message +
              "; their next owners repeat what was settled since the commit before");
}

// A line where the first of them begins to fail, and one where all go well again.
void Offsets::note_end(std::span<const PartitionOffset> offsets, const std::string& error) {
  const bool was_failing = !failing_.empty();
  for (const PartitionOffset& one : offsets) {
    if (error.empty()) failing_.erase(one.partition);
    if (!error.empty()) failing_.insert(one.partition);
  }
  if (error.empty()) {
    parts_.counters.commits_ok.add();
    if (was_failing && failing_.empty()) parts_.inform("offsets are committed again");
    return;
  }
  parts_.counters.commits_failed.add();
  if (was_failing || failing_.empty()) return;
  parts_.warn("offsets were not committed: " + error +
              "; while their partitions are this daemon's, it tries again each second, and reads "
              "each of them max_ahead records beyond its last commit, and no further; whoever "
              "reads one next repeats these");
}

void Offsets::look_at_lease(Instant now, const Partitions& partitions) {
  const Duration length = parts_.options.session_timeout / 2;
  const bool has_slept = looked_at_ != Instant::min() && now - looked_at_ >= length;
  if (has_slept && !is_over_) {
    is_over_ = true;
    parts_.warn("nothing was asked of the brokers for " +
                std::to_string(static_cast<int64_t>(to_seconds(now - looked_at_))) +
                " s: this machine slept, or the process hung. No request is started for a record "
                "until a commit shows that the partitions are still this daemon's");
  }
  looked_at_ = now;
  if (is_over_) {
    // What failed may have taken seconds: its end is what counts.
    if (std::exchange(has_proof_failed_, false)) proven_at_ = now;
    if (!has_passed(proven_at_, std::chrono::seconds(1), now)) return;
    has_proof_failed_ = !prove(partitions);
    if (has_proof_failed_) return;
    is_over_ = false;
    proven_at_ = Instant::min();
    parts_.inform("the partitions are still this daemon's, and their records go on");
  }
  parts_.lease.extend(now + length);
}

// With what is stored already, if nothing new is settled: the answer counts, to each partition at
// least that it comes to a member. What of it was stored is told by the commit of the next second.
// Where no offset is known, nothing was ever read or stored, and 0 says the same as none.
bool Offsets::prove(const Partitions& partitions) {
  std::vector<PartitionOffset> offsets;
  std::optional<int32_t> unread;
  for (const auto& [number, partition] : partitions) {
    if (partition->is_stopped()) continue;  // it starts nothing, and may be lost
    const std::optional<PartitionOffset> offset = partition->settled();
    if (offset) offsets.push_back(*offset);
    if (!offset) unread = number;
  }
  if (offsets.empty() && unread) offsets.push_back({*unread, 0});
  if (offsets.empty()) return true;
  const auto result = parts_.source.commit_and_wait(offsets, commit_wait(parts_.options));
  if (result) {
    note_end(offsets, "");
    return true;
  }
  note_end(offsets, result.error().message);
  return result.error().is_of_member;
}

}  // namespace awps
