#pragma once

// Pipeline: one hub's state machine: accept → next → complete. It decides what may be sent when,
// and what an answer means for the actions; it owns no thread, socket, file or clock.
//
// 1. The law: accepted = queued + active + deferred + outcomes, after every call (ledger.h).
// 2. Two actions that conflict (order_plan.h) are never under way together: the later one's
//    operation starts after the earlier one's Outcome.
// 3. A deferred operation keeps its lanes and holds no permit.
// 4. An operation handed out by next() comes back by complete(), exactly once.
// 5. Only what speaks of an action is charged to it: an outage gives nothing up (design §5).
//
// One thread: the hub's worker. `now` must not go back.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "hub/dead_letters.h"
#include "hub/operation.h"
#include "hub/order.h"
#include "hub/schedule.h"
#include "hub/settler.h"
#include "limit/endpoint_state.h"
#include "limit/gcra.h"
#include "retry/backoff.h"
#include "retry/verdict.h"

namespace awps {

struct HubOptions {
  std::string hub;  // canonical name
  OrderOptions order;
  bool give_up_ambiguous = false;  // at most once for sends
  double requests_per_second = 0;
  double bytes_per_second = 0;
  Duration burst = std::chrono::milliseconds(100);
  uint32_t max_in_flight = 64;
  RetryOptions retry;
  DeadLetters::Options dead_letters;
};

/// How an attempt ended, as the worker learnt it.
struct AttemptEnd {
  Verdict verdict;
  int http_status = 0;
  std::string description;  // the service's words, for people; empty: done
};

/// Why an action became a dead letter.
enum class GiveUpReason : uint8_t {
  kRefused,           // the service will never take it
  kRetriesExhausted,  // max_attempts or max_age, of what was charged to it
  kAmbiguous,         // it may have arrived, and must not be sent twice
};
/// As PROTOCOL.md spells them.
std::string_view code_of(GiveUpReason reason);

class Pipeline {
 public:
  Pipeline(const HubOptions& options, EndpointState& endpoint, uint64_t seed);

  /// Takes a batch in; everything in it is owed an Outcome.
  void accept(std::unique_ptr<Batch> batch);
  /// Time has passed: deferred operations become due, what outlived its time to live expires.
  void advance(Instant now);
  /// The next operation to send, or nullptr: nothing is ready, or nothing is permitted.
  Operation* next(Instant now);
  /// When advance() or next() may have something, if nothing else happens; kNever: not by time.
  Instant wake_at(Instant now) const;
  void complete(Operation& operation, const AttemptEnd& end, Instant now);
  /// Ends as abandoned, in order of acceptance, what is not under way; with `active_too`
  /// everything, and complete() must not be called any more. `visit` sees each entry before it
  /// goes.
  void abandon(bool active_too, const std::function<void(const Entry&)>& visit);

  std::vector<Outcome>& outcomes() { return settler_.outcomes(); }
  std::vector<Release>& releases() { return settler_.releases(); }
  const Ledger& ledger() const { return settler_.ledger(); }
  const DeadLetters& dead_letters() const { return dead_letters_; }
  const Order& order() const { return order_; }
  EndpointState& endpoint() { return endpoint_; }
  uint64_t in_flight() const { return in_flight_; }
  bool has_permit() const { return in_flight_ < options_.max_in_flight; }
  bool idle() const { return ledger().unsettled() == 0; }

 private:
  void accept_one(Accepted& accepted, Batch& batch);
  void start_what_may();
  bool prefer_due(bool probe);
  Operation& operation_for(Entry& entry);
  void become_due(Operation& operation, Instant now);
  bool is_spent(const Operation& operation) const;
  void note(const Operation& operation, const AttemptEnd& end, Instant now);
  void defer(Operation& operation, const AttemptEnd& end, Instant now);
  void give_up(Operation& operation, GiveUpReason reason, Instant now);
  void settle_all(Operation& operation, Settlement settlement);
  void settle(Entry& entry, const Settlement& settlement);
  void expire(Entry& entry, Instant now);
  uint32_t leave_operation(Entry& entry);
  void free_operation(Operation& operation);

  HubOptions options_;
  EndpointState& endpoint_;
  Random random_;
  Gcra requests_;
  Gcra bytes_;
  Settler settler_;
  Order order_;
  Schedule schedule_;
  DeadLetters dead_letters_;
  std::deque<Operation> operations_;  // never shrinks: addresses are stable
  std::vector<Operation*> free_operations_;
  std::vector<Entry*> startable_;  // scratch
  uint64_t in_flight_ = 0;
  Instant last_success_ = Instant::min();  // of this hub
  bool last_probe_was_due_ = false;
};

}  // namespace awps
