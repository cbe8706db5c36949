#pragma once

// Batch: the actions that one socket read brought for one hub, with the memory of their texts. It
// is made by an intake thread and handed to the hub's committer or worker, which owns it from then
// on.
//
// One allocation for the texts of a batch, and one for each of its actions that is large (further
// ones where the estimate did not suffice). What a durable hub needs until the batch is on disk is
// beside it, and goes then.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "base/id_hash.h"
#include "queue/accepted.h"
#include "queue/account.h"

namespace awps {

/// By what a hub knows the duplicates of an action; not set: it has none.
struct ActionId {
  IdHash hash;
  bool is_set = false;
  bool is_duplicate = false;  // of one that the hub has accepted, or is about to
  bool is_new = false;        // whatever the hub knows, it is no duplicate: its door is sure of it
};

class Batch {
 public:
  /// `expected_bytes` of actions and texts; `at` is when they were accepted.
  Batch(Account& account, Instant at, size_t expected_bytes)
      : account_(account), at_(at), arena_(expected_bytes) {}

  /// The action needs no further chunk, unless it is large.
  bool has_room_for(const Action& action, const Accepted::Place& place) const {
    const size_t bytes = Accepted::bytes_of(action, place);
    return bytes > Arena::kLarge || arena_.fits(bytes);
  }
  /// Copies the action behind those that are already there.
  Accepted& add(const Action& action, const Accepted::Place& place) {
    Accepted& item = Accepted::make(action, place, arena_);
    (last_ == nullptr ? first_ : last_->next) = &item;
    last_ = &item;
    ++count_;
    charge_ += place.charge;
    return item;
  }
  Accepted& add(const Action& action, uint64_t seq, uint32_t charge, uint32_t ordered_batch) {
    return add(action, {.seq = seq, .charge = charge, .ordered_batch = ordered_batch});
  }

  /// Takes out `item`, which stands behind `before` (nullptr: it is the first). Its memory stays,
  /// and so does its `next`.
  void take_out(Accepted* before, const Accepted& item) {
    (before == nullptr ? first_ : before->next) = item.next;
    if (last_ == &item) last_ = before;
    --count_;
    charge_ -= item.charge;
  }

  Account& account() const { return account_; }
  Instant accepted_at() const { return at_; }
  Accepted* first() const { return first_; }
  Accepted* last() const { return last_; }
  uint32_t count() const { return count_; }
  uint64_t charge() const { return charge_; }
  size_t memory() const { return arena_.capacity(); }
  /// Of that memory.
  size_t used_memory() const { return arena_.capacity() - arena_.unused(); }

  /// Until it is accepted: its records, where its actions stood, for a late refusal, and by what
  /// duplicates are known.
  struct Uncommitted {
    std::string records;          // for each u32 length, bytes; as Log::add() takes them
    std::vector<uint64_t> lines;  // of the connection, one for each action; empty: not known
    std::vector<ActionId> ids;    // one for each action; empty: there are none
    // The dead letters that its actions were, one each, until these are safe elsewhere; empty: it
    // is not sent again.
    std::vector<uint64_t> letters;
  };
  /// Made with the first use.
  Uncommitted& uncommitted() {
    if (uncommitted_ == nullptr) uncommitted_ = std::make_unique<Uncommitted>();
    return *uncommitted_;
  }
  void forget_uncommitted() { uncommitted_.reset(); }
  bool was_letters() const { return uncommitted_ != nullptr && !uncommitted_->letters.empty(); }
  bool has_ids() const { return uncommitted_ != nullptr && !uncommitted_->ids.empty(); }

  // For its owner: actions that still need the memory (it frees the batch at 0), those of them that
  // are in a request under way, what it keeps of the producer, and its neighbours in the owner's
  // list of batches.
  uint32_t unsettled = 0;
  uint32_t active = 0;
  void* producer_state = nullptr;
  Batch* previous = nullptr;
  Batch* next = nullptr;

 private:
  Account& account_;
  Instant at_;
  Arena arena_;
  Accepted* first_ = nullptr;
  Accepted* last_ = nullptr;
  uint32_t count_ = 0;
  uint64_t charge_ = 0;
  std::unique_ptr<Uncommitted> uncommitted_;
};

}  // namespace awps
