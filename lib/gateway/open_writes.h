#pragma once

// OpenWrites: the writes of the gateway whose answers are not known yet, with those who wait for
// them, and by when.
//
// 1. A write is held (its hub had no room for it, or it waits behind one), pushed (the hub has it
//    and has not said yet that it is accepted), or accepted. It leaves with its answer: of what is
//    accepted and answered nothing stays here, however long its hub keeps it.
// 2. Whoever waits for a write has its answer by the write's deadline.
//
// One thread, and no clock. A call is O(log n) in the writes that somebody waits for.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "gateway/exchange.h"
#include "gateway/gatekeeper.h"
#include "gateway/retry_joins.h"
#include "gateway/write_key.h"

namespace awps {

/// Somebody who is owed the answer of a write: its own caller, or one whose retry joined it.
struct Asker {
  Exchange exchange;
  std::optional<JoinTicket> ticket;  // none: its SDK gave it no id
};

struct OpenWrite {
  enum class State : uint8_t { kHeld, kPushed, kAccepted };

  WriteKey key;
  Route route = Route::kUnknown;
  std::shared_ptr<const ServedHub> hub;
  State state = State::kHeld;
  bool is_answered_at_once = false;  // when it is accepted
  std::optional<JoinTicket> ticket;  // until the answer is known
  std::vector<Asker> askers;
  Instant deadline = kNever;  // of `askers`
};

class OpenWrites {
 public:
  OpenWrite& add(OpenWrite write);
  /// nullptr: it has had its end.
  OpenWrite* find(const WriteKey& key);
  /// That became the action of this number, see RetryJoins.
  OpenWrite* find_action(uint64_t number);
  /// The answer is known: nobody joins it by find_action() any more.
  std::optional<JoinTicket> take_ticket(OpenWrite& write);
  void set_deadline(OpenWrite& write, Instant deadline);
  void remove(const WriteKey& key);

  /// kNever: nobody waits.
  Instant next_deadline() const { return deadlines_.empty() ? kNever : deadlines_.begin()->first; }
  /// One whose deadline has passed, which is none any more; nullptr: there is none.
  OpenWrite* take_overdue(Instant now);
  std::vector<WriteKey> keys() const;
  size_t size() const { return writes_.size(); }

 private:
  std::unordered_map<WriteKey, OpenWrite, WriteKeyHash> writes_;
  std::unordered_map<uint64_t, WriteKey> by_action_;
  std::set<std::pair<Instant, WriteKey>> deadlines_;
};

}  // namespace awps
