#pragma once

// Completer: what becomes of an operation when its attempt has ended, and again when its back-off
// is over. Its actions are delivered, deferred, given up, or sent again in parts.
//
// 1. When a call returns, the operation is freed, parked (retries.h), waits for its turn, or waits
//    for the lane of its first member.
// 2. An action that is given up is a dead letter before it has its outcome, unless its stream keeps
//    letters itself (Account::letters_elsewhere).
// 3. What outlived its time to live while its request was under way expires as soon as the answer
//    does not deliver it; what was withdrawn is returned then, also if it may have arrived.
//
// One thread: the hub's worker. O(1) for each member, besides what Retries costs.

#include <cstdint>
#include <memory>

#include "hub/attempt_end.h"
#include "hub/backlog.h"
#include "hub/dead_letters.h"
#include "hub/give_up.h"
#include "hub/ledger.h"
#include "hub/operation_pool.h"
#include "hub/overtakings.h"
#include "hub/pipeline_options.h"
#include "hub/retries.h"
#include "limit/endpoint_state.h"

namespace awps {

class Completer {
 public:
  struct Parts {
    EndpointState& endpoint;
    Backlog& backlog;
    OperationPool& operations;
    Retries& retries;
    Overtakings& overtakings;
    Ledger& ledger;
  };

  /// Borrows all of them.
  Completer(const PipelineOptions& options, const Parts& parts);

  /// The operation's attempt ended like this, and holds no permit any more.
  void complete(Operation& operation, const AttemptEnd& end, Instant now);
  /// A parked operation's time has come, or what it failed because of is over.
  void resume(Operation& operation, Instant now);
  /// An operation that is in no list is sent again, each member alone: the form of its request may
  /// be why it fails.
  void send_singly(Operation& operation, Instant now) {
    take_apart(operation, Split::kSingles, now);
  }
  /// An operation whose kind was held for too long is given up. It was never sent.
  void give_up_held(Operation& operation, Instant now);

  /// Instead of in memory. Before the first action.
  void keep_dead_letters_in(std::unique_ptr<DeadLetterStore> store);
  /// Leaves an empty store.
  std::unique_ptr<DeadLetterStore> take_dead_letters();
  DeadLetterStore& dead_letters() { return *dead_letters_; }
  const DeadLetterStore& dead_letters() const { return *dead_letters_; }

 private:
  enum class Split : uint8_t { kHalves, kSingles };

  void deliver(Operation& operation, const AttemptEnd& end);
  void defer(Operation& operation, const AttemptEnd& end, const Ruling& ruling, Instant now);
  void give_up(const Member& member, const Operation& operation, const GiveUp& why);
  uint64_t add_letter(const Member& member, const Operation& operation, GiveUp why);
  void give_up_all(Operation& operation, const GiveUp& why);
  void refuse_form(Operation& operation, const Verdict& verdict, Instant now);
  void take_apart(Operation& operation, Split split, Instant now);
  bool let_members_leave(Operation& operation, Instant now);
  bool lanes_tell(const Entry& entry) const;

  const PipelineOptions& options_;
  const Parts parts_;
  std::unique_ptr<DeadLetterStore> dead_letters_;
};

}  // namespace awps
