#pragma once

// Turns: who goes next, of all that only a permit is missing for: entries that are ready for their
// first attempt, and operations that are due for another.
//
// 1. In general retries go first, since they are older; then first attempts, fair between producers
//    (ready_list.h).
// 2. Suspects (limit/suspects.h) come last: one request under way for each, together at most a
//    tenth of the requests that may be under way, and while others wait one permit in 32.
// 3. Newcomers are targets that were not answered well of late. While more than one in ten of them
//    fails, they get one permit in 16 while others wait, and half of the requests under way. At any
//    time the known ones keep as many requests as they used lately, and half as many more: what
//    hangs for its whole timeout must not take the place of what is answered at once.
// 4. What is of a kind that the identity may not send (kind_holds.h) stands aside.
// 5. A probe is a first attempt, if there is any; in a hold, retries take turns with them. In the
//    first second of a hold it is taken from the front and from the back in turn: a burst of sick
//    targets stands in front, what came since stands behind.
//
// An entry is sorted into its list when it comes to the front of the ordinary one, so nothing is
// walked. One thread. O(1) amortised.

#include <array>
#include <cstddef>
#include <cstdint>

#include "hub/gatherer.h"
#include "hub/kind_holds.h"
#include "hub/operation_list.h"
#include "hub/permits.h"
#include "hub/ready_list.h"
#include "hub/under_way.h"
#include "limit/trouble.h"

namespace awps {

class Turns {
 public:
  struct Parts {
    const Trouble& trouble;
    const Permits& permits;
    const UnderWay& under_way;
    const KindHolds& kind_holds;
    Gatherer& gatherer;
    uint64_t hub;  // a hash of its name
  };

  explicit Turns(const Parts& parts) : parts_(parts) {}

  void push(Entry& entry);
  void push(Operation& operation);
  /// Does nothing for an entry that is in no list.
  void remove(Entry& entry);

  /// What only a permit is missing for.
  size_t waiting() const;

  /// Sorts what stands in front into its list. True: there is somebody whose turn it is.
  bool sort(Instant now);
  /// As sort() said last.
  bool may_go() const { return others_wait() || newcomers_may() || suspects_may(); }
  /// Is there anybody for a probe?
  bool has_probe() const;

  /// It goes now, by its own turn or with another's: it is in no list any more.
  void take_out(Entry& entry);

  /// One of the two, or neither. An entry is still in its list.
  struct Turn {
    Entry* entry = nullptr;
    Operation* operation = nullptr;
  };
  /// After sort() said yes.
  Turn take();
  /// After has_probe() said yes. `held_for`: how long the endpoint is held; 0: it was paused.
  Turn take_probe(Duration held_for, Instant now);

  /// An attempt with operation.attempt begins, or ended.
  void note_start(const Operation& operation);
  void note_end(const Operation& operation);
  /// Everybody of the kind may go again, in the order in which they stood aside.
  void release(ActionKind kind);
  /// The one of the kind that stood aside first; nullptr: nobody did.
  Entry* first_held(ActionKind kind) const { return held_[static_cast<size_t>(kind)].first; }
  /// The entry is about to carry another action: it asks for its kind no more.
  void forget_asking(const Entry& entry);
  /// Lets the first one go, to ask.
  void let_one_ask(ActionKind kind);
  /// The entry, or its operation, goes on its turn, and nothing was asked for its kind since.
  bool is_asker(const Entry& entry) const;
  /// One of the kind that was let go has not started yet.
  bool is_asking(ActionKind kind) const { return asking_[static_cast<size_t>(kind)] != nullptr; }

  /// The retries that are due, but for suspects' and newcomers' that stood aside.
  OperationList& retries() { return retries_; }

 private:
  static constexpr uint32_t kOthersForASuspect = 32;
  static constexpr uint32_t kOthersForADoubtfulNewcomer = 16;
  static constexpr uint32_t kOthersForANewcomer = 1;
  static constexpr size_t kBusyPassedOver = 8;
  static constexpr Duration kProbesOfTheBack = std::chrono::seconds(1);

  /// Entries that stand aside.
  struct Held {
    Entry* first = nullptr;
    Entry* last = nullptr;
  };

  bool must_check_targets() const;
  WaitingList list_of(uint64_t target, bool was_throttled) const;
  bool set_aside_first(Instant now);
  bool sort_first_entry(Instant now);
  bool sort_first_retry();
  void move_to(Entry& entry, WaitingList list);
  ReadyList& ready_of(WaitingList list);
  void hold(Entry& entry, Instant now);
  void unhold(Entry& entry);

  bool others_wait() const { return !retries_.empty() || !ready_.empty(); }
  bool newcomer_has_slot() const;
  bool newcomers_may() const;
  uint32_t others_for_a_newcomer() const;
  bool suspects_may() const;
  bool is_busy(uint64_t target) const;
  Turn take_suspect();
  Turn take_newcomer();
  static Turn front_of(OperationList& operations, ReadyList& entries);

  const Parts parts_;
  ReadyList ready_{0};
  ReadyList newcomers_{1};
  ReadyList suspects_{2};
  OperationList retries_;
  OperationList newcomer_retries_;
  OperationList suspect_retries_;
  std::array<Held, kActionKinds> held_{};
  std::array<const Entry*, kActionKinds> asking_{};  // let go, and not started yet
  bool may_be_asking_ = false;                       // somebody of them

  boost::unordered_flat_map<uint64_t, uint32_t> busy_suspects_;  // requests under way
  double known_peak_ = 0;                                        // of late
  uint32_t since_suspect_ = 0;
  uint32_t since_newcomer_ = 0;
  bool suspects_are_busy_ = false;  // none of them may go until one ends or comes
  bool retry_is_next_ = false;      // of newcomers
  bool probed_first_attempt_ = false;
  bool probed_back_ = false;
};

}  // namespace awps
