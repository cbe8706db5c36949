#pragma once

// Settler: takes actions into the hub's custody and ends each with one Outcome: the ledger, the
// reports to producers, the bytes to give back, and the memory of entries and batches.
//
// 1. After every call the law holds (ledger.h).
// 2. Outcomes are reported before the bytes are released (account.h).
// 3. Batches stand in the order accepted; one is freed with its last action.
//
// One thread. Every operation is O(1).

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "hub/entry.h"
#include "hub/ledger.h"
#include "queue/outcome.h"

namespace awps {

/// Bytes whose outcome is reported: the worker gives them back to the budget.
struct Release {
  Account* account = nullptr;
  uint64_t bytes = 0;
};

/// How an action ends.
struct Settlement {
  OutcomeKind kind = OutcomeKind::kDelivered;
  int http_status = 0;  // 0: there was no answer
  uint32_t attempts = 0;
  bool target_gone = false;
  std::string_view error_code;
  std::string_view error_message;
};

class Settler {
 public:
  Settler() = default;
  ~Settler();
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  /// Takes the batch; its actions are then admitted one by one.
  Batch& take(std::unique_ptr<Batch> batch);
  Entry& admit(Accepted& accepted, Batch& batch, uint8_t links);
  void move(Entry& entry, EntryState to);
  /// Frees the entry, and with the last of its batch the action's memory.
  void settle(Entry& entry, const Settlement& settlement);

  /// Every unsettled entry in the order accepted; `visit` may settle the one that it is given.
  void for_each(const std::function<void(Entry&)>& visit);

  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }
  /// Outcomes of accounts that want them, and bytes to give back, since they were last taken.
  std::vector<Outcome>& outcomes() { return outcomes_; }
  std::vector<Release>& releases() { return releases_; }

 private:
  void report(const Entry& entry, const Settlement& settlement);
  void release(Account& account, uint64_t bytes);
  void unlink(Batch& batch);

  EntryPool entries_;
  Batch* first_batch_ = nullptr;
  Batch* last_batch_ = nullptr;
  Ledger ledger_;
  std::vector<Outcome> outcomes_;
  std::vector<Release> releases_;
};

}  // namespace awps
