#pragma once

// A Backlog without the pipeline around it: each call is the test's own, in virtual time.

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "hub/backlog.h"

namespace awps {

class BacklogAlone {
 public:
  explicit BacklogAlone(const CoalesceOptions& coalesce = {}) : options{.coalesce = coalesce} {
    for (const uint64_t number : {uint64_t{1}, uint64_t{2}}) {
      accounts_.emplace_back().producer = number;
    }
  }

  /// The entry that carries it; nullptr: its batch has more than one.
  Entry* enter(const std::vector<Action>& actions, size_t producer = 1) {
    auto owned = std::make_unique<Batch>(accounts_[producer - 1], now, 256);
    for (const Action& action : actions) owned->add(action, ++seq_, 100, 0);
    Batch& batch = settler.take(std::move(owned));
    for (Accepted* one = batch.first(); one != nullptr; one = one->next) {
      const Action action = one->action();
      const OrderPlan plan = planner_.plan(action, {.producer = producer});
      backlog.enter({.accepted = *one, .action = action, .batch = batch, .plan = plan});
    }
    settler.taken();
    return actions.size() == 1 ? last() : nullptr;
  }
  /// nullptr: it is nobody's turn.
  Operation* start_next(bool crowded = false) {
    if (!backlog.sort(now)) return nullptr;
    Operation* operation = backlog.take(crowded, now);
    if (operation == nullptr) return nullptr;
    operation->attempt = {.started = now};
    under_way.start(*operation);
    backlog.start(*operation);
    return operation;
  }
  void end(Operation& operation) {
    under_way.end(operation);
    backlog.end(operation);
  }
  void deliver(Operation& operation) {
    end(operation);
    for (const Member& member : operation.members) backlog.settle(*member.entry, {});
    operations.free(operation);
  }
  void park(Operation& operation) {
    end(operation);
    backlog.defer(operation);
    retries.park(operation, Duration::zero(), now);
  }
  void part(Operation& operation) {
    end(operation);
    backlog.defer(operation);
    Operation& later = operations.split(operation);
    backlog.retry_in_order(operation);
    backlog.retry_in_order(later);
  }
  void pass(Duration time) {
    now += time;
    for (;;) {
      const Schedule::Due due = schedule.pop_timer(now);
      if (due.operation != nullptr) {
        if (retries.wake(*due.operation, now).is_due) backlog.retry(*due.operation);
      } else if (due.entry != nullptr) {
        backlog.wake(*due.entry, now);
      } else {
        return;
      }
    }
  }

  /// The first place of the header's list that applies.
  static std::string place_of(const Entry& entry) {
    if (entry.operation() != nullptr) return "operation";
    if (entry.blocked_by > 0) return "behind";
    if (entry.lingers) return "lingers";
    if (entry.list == WaitingList::kHeldKind) return "held";
    return entry.list == WaitingList::kNone ? "nowhere" : "turn";
  }
  /// "": the header of Backlog is true of every entry.
  std::string mistake() {
    std::string mistake;
    size_t in_turns = 0;
    size_t alike = 0;
    settler.for_each([&](Entry& entry) {
      const std::string place = place_of(entry);
      in_turns += place == "turn" ? 1U : 0U;
      const Action action = entry.action();
      const bool is_alike = action.kind == ActionKind::kSendToUser && action.data == "same";
      alike += place == "turn" && is_alike ? 1U : 0U;
      if (mistake.empty()) mistake = mistake_of(entry, place);
    });
    if (!mistake.empty()) return mistake;
    if (in_turns + backlog.retries_due().size() != backlog.waiting()) return "turns";
    if (alike != backlog.gatherer().ready_alike(
                     {.kind = ActionKind::kSendToUser, .member = "u", .data = "same"}))
      return "ready groups";
    return settler.ledger().balances() ? "" : "the law";
  }

  const PipelineOptions options;
  Instant now{std::chrono::seconds(1000)};
  EndpointState endpoint{EndpointState::Options{}};
  Permits permits{Permits::Options{}, endpoint};
  UnderWay under_way;
  Settler settler;
  Schedule schedule;
  OperationPool operations;
  Retries retries{{.max_age = std::chrono::minutes(1),
                   .base = std::chrono::milliseconds(100),
                   .max = std::chrono::seconds(2)},
                  {.schedule = schedule, .operations = operations, .trouble = endpoint.trouble()},
                  1};
  Backlog backlog{options,
                  {.endpoint = endpoint,
                   .permits = permits,
                   .under_way = under_way,
                   .schedule = schedule,
                   .operations = operations,
                   .retries = retries,
                   .settler = settler,
                   .hub = 1}};

 private:
  static std::string mistake_of(const Entry& entry, const std::string& place) {
    const bool is_listed = place == "turn" || place == "held";
    if (place == "nowhere") return place;
    if (is_listed != (entry.list != WaitingList::kNone)) return place + ", and in a list of turns";
    const bool is_grouped = entry.turn != nullptr && entry.turn->group_key != 0;
    if (place != "turn" && is_grouped) return place + ", and in a ready group";
    const bool needs_turn = place != "behind" || entry.lingers || entry.merge_rule() != nullptr;
    if (needs_turn != (entry.turn != nullptr)) return place + ", with a turn or without";
    const Operation* operation = entry.operation();
    if (operation != nullptr && operation->waits_for_lane == (operation->list != nullptr)) {
      return "an operation that waits for nothing, or for two things";
    }
    const bool needs_timer = entry.lingers || entry.expiry() != kNever;
    if (needs_timer && !entry.has_timer && entry.state != EntryState::kActive) return "no timer";
    const bool in_lanes = std::ranges::all_of(
        entry.links(), [&](const LaneLink& link) { return link.lane != nullptr; });
    return in_lanes ? "" : "out of its lanes";
  }
  Entry* last() {
    Entry* last = nullptr;
    settler.for_each([&](Entry& entry) {
      if (last == nullptr || entry.accepted->seq > last->accepted->seq) last = &entry;
    });
    return last;
  }

  std::deque<Account> accounts_;
  OrderPlanner planner_{options.order};
  uint64_t seq_ = 0;
};

}  // namespace awps
