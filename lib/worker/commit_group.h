#pragma once

// CommitGroup: the batches that are being committed, in the order of their positions: their records
// are in the log's group, or wait until there is room for them. And what their producers are to be
// told once they are synced.
//
// Duplicates are marked as they come, and stay in their batches until these are published or
// refused: so they are told in their turn, and share the fate of what they wait for.
//
// One thread.

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/batch.h"
#include "queue/receipt.h"
#include "queue/report_queue.h"
#include "spool/position.h"
#include "worker/id_filter.h"

namespace awps {

class CommitGroup {
 public:
  struct Member {
    std::unique_ptr<Batch> batch;
    Position first = 0;  // 0: not in the log's group, or in no log at all
    uint32_t fresh = 0;  // actions that are no duplicates
    WallTime taken_at{};
    bool is_accepted = false;  // before it is written
  };

  explicit CommitGroup(const KnownIds::Options& ids) : ids_(ids) {}

  /// Every batch comes this way, written or not.
  Member& add(std::unique_ptr<Batch> batch, WallTime now) {
    const uint32_t fresh = batch->count() - ids_.mark(*batch, now);
    return put_back({.batch = std::move(batch), .fresh = fresh, .taken_at = now});
  }
  /// One that came before.
  Member& put_back(Member member) {
    actions_ += member.fresh;
    return members_.emplace_back(std::move(member));
  }
  std::vector<Member>& members() { return members_; }
  bool empty() const { return members_.empty(); }
  /// All of them are; or none is, and they wait for room.
  bool is_in_log() const { return !members_.empty() && members_.front().first != 0; }
  /// Without duplicates.
  uint64_t actions() const { return actions_; }
  /// They are accepted.
  std::vector<Member> take(WallTime now) {
    ids_.accept(now);
    return empty_out();
  }
  /// They are not.
  std::vector<Member> take_refused() {
    ids_.refuse();
    return empty_out();
  }
  IdFilter& ids() { return ids_; }

 private:
  std::vector<Member> empty_out() {
    actions_ = 0;
    return std::exchange(members_, {});
  }

  IdFilter ids_;
  std::vector<Member> members_;
  uint64_t actions_ = 0;
};

/// Receipts for batches, in the order given: one for each account, for the last of its batches.
class GroupReceipts {
 public:
  /// Before the batch goes on: its account may be gone after that.
  void note(const Batch& batch) {
    const Account& account = batch.account();
    if (account.reports == nullptr) return;
    const auto [place, is_new] = places_.try_emplace(&account, receipts_.size());
    // Another one's may lie there by now.
    const bool is_other = !is_new && receipts_[place->second].second.producer != account.producer;
    if (is_other) place->second = receipts_.size();
    if (is_new || is_other) receipts_.push_back({account.reports, {&account, 0, account.producer}});
    receipts_[place->second].second.up_to = batch.last()->seq;
  }
  /// Forgets them afterwards.
  void give(Reporter& reporter) {
    for (const auto& [queue, receipt] : receipts_) reporter.push(*queue, receipt);
    receipts_.clear();
    places_.clear();
  }

 private:
  std::unordered_map<const Account*, size_t> places_;
  std::vector<std::pair<ReportQueue*, Receipt>> receipts_;
};

}  // namespace awps
