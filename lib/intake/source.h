#pragma once

// Source: one producer as the stage sees it, whatever door it came by: a connection, a client of
// the gateway, a partition of a stream. It leads actions to their hubs and admits them there.
//
// 1. A hub that blocks when full admits an action, or the decision is kFull: then nothing of it was
//    taken, and its door offers it again later.
// 2. A hub that rejects when full is asked for each action, and refuses it.
// 3. What is admitted is accepted when its receipt comes, see accepted_up_to(). A durable hub may
//    refuse it until then.
// 4. Its accounts outlive it (AccountTable).
// 5. A partition's records go by the queue that its directory names, and wait for room whatever the
//    hub says.
//
// Belongs to the thread of its door.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id_hash.h"
#include "intake/admission.h"
#include "intake/pending_receipts.h"
#include "intake/router.h"
#include "intake/source_slot.h"

namespace awps {

/// A producer's number, unique while the daemon runs, and who it is.
struct Peer {
  uint64_t number = 0;
  PeerCredentials credentials;
  bool is_admitted = false;  // its door has judged who may: no hub's list of users is asked
};

class Source {
 public:
  Source(SourceSlot& slot, const Peer& peer);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// What its hello says of it; before the first action.
  void introduce(std::string name, bool wants_outcomes);
  /// Hubs know its actions again by user, name and id; after introduce().
  void ask_for_deduplication() { ask_for_deduplication(name_); }
  /// Likewise by another name than its own; all producers of that name and user share their ids.
  void ask_for_deduplication(std::string_view name) { id_scope_ = id_scope_of(user_, name); }
  /// Its outcomes carry the service's answers (Outcome::answer). Before the first action.
  void ask_for_answers() { wants_answers_ = true; }
  /// It is a partition of a stream: see Account. Its hubs never refuse for want of room, but say
  /// kFull. Before the first action.
  void set_partition(std::shared_ptr<const StreamLease> lease, bool letters_elsewhere);
  /// A hub that rejects when full is waited for as well. Before the first action.
  void wait_when_full() { waits_when_full_ = true; }
  /// Of what is admitted from the next read on: its ids are those of new actions, whatever the hub
  /// knows. It learns them all the same.
  void set_ids_are_new(bool are_new) { ids_are_new_ = are_new; }
  /// The slot has another directory. Between two reads; one that waits for room looks again.
  void follow_directory();
  Router& router() { return router_; }

  enum class Decision { kAdmitted, kFull, kRefused };
  struct Arrival {
    uint64_t seq = 0;            // ascending
    uint32_t ordered_batch = 0;  // 0: in none
    uint64_t line = 0;           // 0: its door counts none
  };
  /// After kRefused, take_refusal() says why. After kFull, call end_read(), then
  /// must_wait_for_room().
  Decision admit(const Action& action, const Arrival& arrival, const Admission::Read& read);
  Refusal take_refusal() { return std::move(refusal_); }
  /// After kAdmitted: where it went.
  const HubQueue& admitted_to() const { return admitted_->queue(); }

  /// A read is over, except for its last `bytes_left`.
  void end_read(size_t bytes_left);
  /// After kFull and end_read(): registers for being told of room, then looks once more.
  bool must_wait_for_room() { return full_->must_wait_for(full_charge_, waits_when_full_); }
  /// May a read bring `bytes` without a hub being full before its end, as far as one can tell?
  bool has_room_for_read(size_t bytes) const;

  /// What was reported of its actions. Receipt and Outcome may come in either order.
  void take(const Receipt& receipt) {
    pending_.take(receipt);
    if (keeps_removed_) drop_removed();
  }
  void take(const Outcome& outcome) {
    if (pending_.any()) take(Receipt{outcome.account, outcome.seq});
  }
  /// It is not accepted; what was pushed before it has been told already.
  void take(const LateRefusal& refusal) { take(Receipt{refusal.account, refusal.seq}); }
  /// The greatest seq, of those up to `last`, below which everything admitted is accepted. Only
  /// after end_read().
  uint64_t accepted_up_to(uint64_t last) const { return pending_.received_up_to(last); }
  bool awaits_receipts() const { return pending_.any(); }

 private:
  Admission* admission_for(const Action& action);
  Admission& open(const IntakeHub& hub);
  void drop_removed();
  Decision refuse(Refusal refusal);
  Decision has_room(Admission& admission, uint32_t charge);

  SourceSlot& slot_;
  uint64_t number_;
  uint32_t user_;
  Router router_;
  std::string name_;
  bool wants_outcomes_ = false;
  bool wants_answers_ = false;
  bool ids_are_new_ = false;
  bool waits_when_full_ = false;
  bool is_partition_ = false;
  bool letters_elsewhere_ = false;
  std::shared_ptr<const StreamLease> lease_;
  std::string id_scope_;                                // see Account
  std::vector<std::unique_ptr<Admission>> admissions_;  // one for each hub that was addressed
  Admission* own_ = nullptr;                            // of actions that name no hub
  bool keeps_removed_ = false;                          // some are of hubs that are gone
  PendingReceipts pending_;
  Refusal refusal_;
  const Admission* admitted_ = nullptr;
  Admission* full_ = nullptr;
  uint32_t full_charge_ = 0;
};

}  // namespace awps
