#pragma once

// HubForStreams: what a stream asks of a hub beside letting it have actions: to give back what a
// partition has there, to keep what was refused, and why something still waits.
//
// 1. Nothing here waits. The hub's worker does it between two turns, and calls the callback; each
//    callback is called once, whatever becomes of the worker. It is called in the worker's thread,
//    or in the caller's if the worker has ended, and must only note what it is told, and wake
//    somebody.
// 2. What was reported before a callback is in the ReportQueue of its producer when it is called.
// 3. It lives as long as the hub's lease (IntakeHub). Letters that are not safe yet are asked for
//    here, so whoever waits for one keeps the lease.
//
// Any thread.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "queue/refused_record.h"

namespace awps {

class HubForStreams {
 public:
  virtual ~HubForStreams() = default;

  /// What these producers have in the hub ends: as `returned` where nothing is under way for it,
  /// else as its attempt ends it. What of theirs comes later is returned at once. `confirmed`: all
  /// that could be returned at once is reported.
  virtual void withdraw(std::vector<uint64_t> producers, std::function<void()> confirmed) = 0;

  /// `kept` is told the number of the dead letter; 0: it was not kept, since the worker has ended.
  /// Then the record must not count as settled.
  virtual void keep(RefusedRecord record, std::function<void(uint64_t letter)> kept) = 0;
  /// Has the worker kept most of what came? Ask before a record is read that may be refused: after
  /// `false` a few MiB wait. A `kept` comes when this may have changed.
  virtual bool may_keep_more() const = 0;
  /// Dead letters with numbers up to it, of refused records and of given-up actions
  /// (Outcome::letter), are on disk and synced, or gone for good: an operator threw them away, or
  /// they made room for later ones. UINT64_MAX: letters of this hub are in memory, as configured.
  virtual uint64_t letters_safe_up_to() const = 0;
  /// Why letters are not on disk yet; empty: nothing is known to be wrong.
  virtual std::string letters_error() const = 0;

  /// An action that has no Outcome yet.
  struct Waiting {
    uint64_t producer = 0;
    uint64_t seq = 0;
  };
  /// Why each of them waits, in words and in their order: "held: service unreachable (since 12 s)".
  /// The worker looks at all that it has, so ask for all at once, and once a second at most. No
  /// words at all: the worker has ended.
  using Told = std::function<void(std::vector<std::string> reasons)>;
  virtual void ask_why(std::vector<Waiting> actions, Told told) = 0;
};

}  // namespace awps
