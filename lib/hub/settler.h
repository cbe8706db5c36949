#pragma once

// Settler: takes actions into the hub's custody and ends each with one Outcome: the ledger, the
// reports to producers, the bytes to give back, and the memory of entries and batches.
//
// 1. After every call the law holds (ledger.h).
// 2. Outcomes are reported before the bytes are released (account.h).
// 3. Batches stand in the order accepted; one is freed with its last action. Few that are left of
//    many move to a batch of their own size, so that what waits long pins no memory of others. What
//    is active does not move: its request borrows from it.
//
// One thread. Every operation is O(1).

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/entry.h"
#include "hub/ledger.h"
#include "queue/outcome.h"
#include "queue/service_answer.h"

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
  OperationForm form = OperationForm::kSingle;  // of the last attempt
  bool target_gone = false;
  const Accepted* by = nullptr;  // superseded: the successor
  std::string_view error_code;
  std::string_view error_message;
  uint64_t letter = 0;                                           // see Outcome
  const std::shared_ptr<const ServiceAnswer>* answer = nullptr;  // see Outcome
};

/// Of one whose producer has withdrawn it.
inline Settlement returned() {
  return {.kind = OutcomeKind::kReturned,
          .error_code = "returned",
          .error_message = "its stream has given its partition up; the next owner sends it"};
}

class Settler {
 public:
  Settler() = default;
  ~Settler();
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;

  /// Takes the batch; its actions are then admitted one by one, or replace others.
  Batch& take(std::unique_ptr<Batch> batch);
  /// All of the batch that was taken last are.
  void taken();
  Entry& admit(Accepted& accepted, Batch& batch, const OrderPlan& plan);
  /// See EntryPool.
  void give_turn(Entry& entry) { entries_.give_turn(entry); }
  void take_turn(Entry& entry) { entries_.take_turn(entry); }
  /// Takes the batch, and ends each of its actions like this.
  void turn_away(std::unique_ptr<Batch> owned, const Settlement& settlement);
  void move(Entry& entry, EntryState to);
  /// The entry carries `by` from now on; the action that it carried ends as superseded.
  void replace(Entry& entry, Accepted& by, Batch& batch);
  /// Frees the entry, and with the last of its batch the action's memory.
  void settle(Entry& entry, const Settlement& settlement);

  /// Every unsettled entry in the order accepted; `visit` may settle the one that it is given.
  void for_each(const std::function<void(Entry&)>& visit) {
    for_each_of([](const Batch&) { return true; }, visit);
  }
  /// The same, of batches of which `is_meant` is true.
  void for_each_of(const std::function<bool(const Batch&)>& is_meant,
                   const std::function<void(Entry&)>& visit);

  /// Sees each action as it ends.
  using Visitor = std::function<void(const Accepted&, const Batch&, const Settlement&)>;
  void on_settlement(Visitor visit) { visitor_ = std::move(visit); }

  /// It has nothing in custody, and outcomes() and releases() were taken: the memory goes back.
  void release_memory();

  const Ledger& ledger() const { return ledger_; }
  Ledger& ledger() { return ledger_; }
  /// Outcomes of accounts that want them, and bytes to give back, since they were last taken.
  std::vector<Outcome>& outcomes() { return outcomes_; }
  std::vector<Release>& releases() { return releases_; }
  /// Likewise: where those that have their outcome were in the log. Abandoned ones stay
  /// there; those of dead letters come from the store of these.
  std::vector<uint64_t>& positions() { return positions_; }

 private:
  void end(const Accepted& accepted, Batch& batch, const Settlement& settlement);
  void report(const Accepted& accepted, Account& account, const Settlement& settlement);
  void release(Account& account, uint64_t bytes);
  void link_before(Batch& batch, Batch* next);
  void unlink(Batch& batch);
  bool is_worth_compacting(const Batch& batch) const;
  void compact(Batch& batch);

  EntryPool entries_;
  Batch* first_batch_ = nullptr;
  Batch* last_batch_ = nullptr;
  uint64_t batch_bytes_ = 0;    // memory of the batches
  uint64_t charged_bytes_ = 0;  // what their unsettled actions are charged
  Batch* taking_ = nullptr;     // not all of its actions have an entry yet
  bool visiting_ = false;       // for_each() is under way: nothing moves
  Ledger ledger_;
  Visitor visitor_;
  std::vector<Outcome> outcomes_;
  std::vector<Release> releases_;
  std::vector<uint64_t> positions_;
};

}  // namespace awps
