#include "hub/pipeline.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "hub/fault_target.h"
#include "hub/operation_request.h"

namespace awps {

namespace {

Permits::Options permit_options(const PipelineOptions& options) {
  return {.requests_per_second = options.requests_per_second,
          .bytes_per_second = options.bytes_per_second,
          .burst = options.burst,
          .max_in_flight = options.max_in_flight};
}

}  // namespace

Pipeline::Pipeline(PipelineOptions options, EndpointState& endpoint, uint64_t seed)
    : options_(std::move(options)),
      endpoint_(endpoint),
      hub_hash_(hash_of(options_.hub, 0)),
      permits_(permit_options(options_), endpoint),
      planner_(options_.order),
      retries_(options_.retry,
               {.schedule = schedule_, .operations = operations_, .trouble = endpoint.trouble()},
               seed),
      backlog_(options_, {.endpoint = endpoint,
                          .permits = permits_,
                          .under_way = under_way_,
                          .schedule = schedule_,
                          .operations = operations_,
                          .retries = retries_,
                          .settler = settler_,
                          .hub = hub_hash_}),
      completer_(options_, {.endpoint = endpoint,
                            .backlog = backlog_,
                            .operations = operations_,
                            .retries = retries_,
                            .overtakings = overtakings_,
                            .ledger = settler_.ledger()}) {}

void Pipeline::reconfigure(PipelineOptions options) {
  if (idle()) retired_rules_.clear();
  // A vector that is moved keeps its elements where they are: what waits points to them.
  std::vector<CoalesceOptions::Merge> rules = std::move(options_.coalesce.merge);
  options_ = std::move(options);
  if (rules == options_.coalesce.merge) {
    options_.coalesce.merge = std::move(rules);
  } else {
    retired_rules_.push_back(std::move(rules));
  }
  permits_.set_options(permit_options(options_));
  permits_.forget();
  planner_.options_changed();
  backlog_.options_changed();
  retries_.set_options(options_.retry);
  retries_.release_kinds();
  dead_letters().set_options(options_.dead_letters);
}

// ---- accept

void Pipeline::accept(std::unique_ptr<Batch> owned) {
  if (owned->was_letters()) redrive_.sent(*owned);
  if (owned->account().is_withdrawn) {
    settler_.turn_away(std::move(owned), returned());
    return;
  }
  has_leases_ |= owned->account().lease != nullptr;
  Batch& batch = settler_.take(std::move(owned));
  const uint64_t producer = batch.account().producer;
  for (Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    const Action action = accepted->action();
    const OrderPlan plan =
        planner_.plan(action, {.producer = producer, .ordered_batch = accepted->ordered_batch()});
    overtakings_.note(*accepted, batch, plan);
    backlog_.enter({.accepted = *accepted, .action = action, .batch = batch, .plan = plan});
  }
  settler_.taken();
}

void Pipeline::withdraw(const std::function<bool(const Account&)>& is_theirs, Instant now) {
  const auto is_meant = [&](const Batch& batch) {
    Account& account = batch.account();
    account.is_withdrawn |= !Redrive::is_redriven(batch) && is_theirs(account);
    return account.is_withdrawn;
  };
  settler_.for_each_of(is_meant, [&](Entry& entry) {
    if (entry.state == EntryState::kActive) return;
    if (entry.expiry() <= now) {
      backlog_.expire(entry);
    } else {
      backlog_.give_back(entry);
    }
  });
}

Redrive::Result Pipeline::redrive(const LetterChoice& choice, Instant now) {
  Redrive::Result result = redrive_.batches_of(dead_letters().take(choice), overtakings_, now);
  // Letters that only memory has may have the numbers of others on disk: records do not name them.
  if (!dead_letters().storage().has_numbers_of_disk) {
    for (const auto& batch : result.batches) batch->forget_uncommitted();
  }
  for (DeadLetter& letter : result.left) dead_letters().put_back(std::move(letter));
  settler_.ledger().redriven += result.actions;
  return result;
}

uint64_t Pipeline::letter_of(const Entry& entry) const {
  return Redrive::is_redriven(*entry.batch) ? redrive_.letter_of(*entry.accepted) : 0;
}

void Pipeline::end_letter_of(const Accepted& accepted, const Settlement& settlement) {
  const uint64_t letter = redrive_.take_letter_of(accepted);
  const bool is_lost =
      settlement.kind == OutcomeKind::kAbandoned && settlement.error_code != code_of(Kept::kInFile);
  if (letter != 0 && !is_lost) dead_letters().ended(letter);
}

// ---- time

// How long an attempt may take before it is overdue.
Duration Pipeline::patience() const {
  static constexpr Duration kLeast = std::chrono::seconds(1);
  return std::max(kLeast, 4 * permits_.usual_latency());
}

void Pipeline::advance(Instant now) {
  under_way_.advance(patience(), now);
  permits_.set_overdue(under_way_.overdue());
  if (retries_.has_released()) release(now);
  advance_timers(now);
  while (Operation* funded = retries_.take_funded(now)) backlog_.retry(*funded);
  for (Operation* covered : lapsed_.take_covered(now)) backlog_.retry(*covered);
  if (kind_holds().any()) advance_held_kinds(now);
}

void Pipeline::release(Instant now) {
  backlog_.release_kinds();
  for (Operation* operation : retries_.take_released(backlog_.retries_due())) {
    completer_.resume(*operation, now);
  }
}

void Pipeline::advance_timers(Instant now) {
  for (;;) {
    const Schedule::Due due = schedule_.pop_timer(now);
    if (due.operation != nullptr) {
      completer_.resume(*due.operation, now);
    } else if (due.entry != nullptr) {
      backlog_.wake(*due.entry, now);
    } else {
      return;
    }
  }
}

// Of a kind that the identity may not send one asks when its time has come; what waited for it for
// too long is given up.
void Pipeline::advance_held_kinds(Instant now) {
  while (Operation* operation = backlog_.take_held_too_long(now)) {
    completer_.give_up_held(*operation, now);
  }
  backlog_.let_kinds_ask(now);
}

Instant Pipeline::wake_at(Instant now) const {
  if (retries_.has_released()) return now;
  Instant at = std::min({schedule_.next_timer(), retries_.funded_at(), lapsed_.looks_at(),
                         backlog_.held_kinds_at(now)});
  if (may_ask_health()) at = std::min(at, std::max(now, endpoint_.trouble().health_at()));
  // One more may go when one is overdue.
  const bool needs_room = !permits_.has_slot() || waiting() > 0;
  if (needs_room) at = std::min(at, under_way_.next_overdue(patience()));
  if (endpoint_.trouble().is_blocked()) {
    const Instant probe_at = backlog_.has_probe() ? now : retries_.may_ask_at(now);
    return probe_at == kNever ? at : std::min(at, std::max(probe_at, permits_.earliest(now)));
  }
  return backlog_.may_go() ? std::min(at, permits_.earliest(now)) : at;
}

bool Pipeline::may_ask_health() const {
  const bool is_wanted = !idle() || shows_in_health(endpoint_.trouble().hold_reason());
  return is_wanted && !permits_.is_paused();
}

bool Pipeline::take_health_probe(Instant now) {
  if (!may_ask_health() || !endpoint_.trouble().take_health(now)) return false;
  ++settler_.ledger().health_probes;
  return true;
}

void Pipeline::health_ended(bool reached, bool good, Instant now) {
  Trouble& trouble = endpoint_.trouble();
  trouble.health_ended(reached, good, now);
  if (!good || !idle() || !shows_in_health(trouble.hold_reason())) return;
  if (!trouble.is_unprobed(now)) return;
  trouble.release_hold(now);
  release(now);  // nothing waits, and nobody has to look again
}

// ---- next

Operation* Pipeline::next(Instant now) {
  const bool is_blocked = endpoint_.trouble().is_blocked();
  if (is_blocked ? !has_probe(now) : !backlog_.sort(now)) return nullptr;
  const bool crowded = gatherer().has_groups() && waiting() > permits_.available(now);
  const Passage passage = permits_.take(now);
  if (passage == Passage::kWait) return nullptr;
  // Another hub may have ended the trouble in between: nothing is sorted yet.
  const bool is_over = is_blocked && passage == Passage::kGo;
  Operation* operation =
      is_over && !backlog_.sort(now) ? nullptr : take_turn(passage, crowded, now);
  if (operation == nullptr) {
    permits_.cancel(passage);
    return nullptr;
  }
  begin_attempt(*operation, passage, now);
  return operation;
}

Operation* Pipeline::take_turn(Passage passage, bool crowded, Instant now) {
  const bool is_probe = passage == Passage::kProbe;
  for (;;) {
    Operation* operation = is_probe ? take_probe(now) : backlog_.take(crowded, now);
    if (operation == nullptr || !has_leases_ || !sets_aside(*operation, now)) return operation;
    if (is_probe ? !has_probe(now) : !backlog_.sort(now)) return nullptr;
  }
}

// Those of the others go singly.
bool Pipeline::sets_aside(Operation& operation, Instant now) {
  const LapsedLeases::Extent extent = LapsedLeases::extent_of(operation, now);
  if (extent == LapsedLeases::Extent::kNobody) return false;
  retries_.note_taken_apart(operation);  // it is not the one that asks for its kind
  if (extent == LapsedLeases::Extent::kSome) {
    completer_.send_singly(operation, now);
    return true;
  }
  backlog_.set_aside(operation);
  lapsed_.wait(operation, now);
  return true;
}

bool Pipeline::has_probe(Instant now) const {
  return backlog_.has_probe() || retries_.may_ask_at(now) <= now;
}

Operation* Pipeline::take_probe(Instant now) {
  if (!backlog_.has_probe()) {
    if (Operation* asking = retries_.take_asking(now)) completer_.resume(*asking, now);
  }
  const Duration held_for = endpoint_.trouble().held_for(now);
  Operation* operation = backlog_.take_probe(held_for, now);
  // Where whatever carries a filter fails, nobody is answered as long as nothing else is tried.
  const bool is_doubtful =
      held_for > Duration::zero() && operation != nullptr && Retries::is_form_doubtful(*operation);
  if (!is_doubtful) return operation;
  completer_.send_singly(*operation, now);
  return backlog_.take_probe(held_for, now);
}

void Pipeline::begin_attempt(Operation& operation, Passage passage, Instant now) {
  const Trouble& trouble = endpoint_.trouble();
  const uint64_t target = fault_target_of(operation, hub_hash_);
  const bool is_probe = passage == Passage::kProbe;
  Attempt& attempt = operation.attempt;
  attempt.target = target;
  attempt.started = now;
  attempt.of_suspect = trouble.suspect_since(target) != kNever;
  attempt.of_known =
      operation.members.size() > 1 || operation.retry.is_released || trouble.is_known(target);
  attempt.is_probe = is_probe;
  operation.last.needs_fresh_connection = is_probe && trouble.hold_reason() != HoldReason::kNone;
  endpoint_.trouble().begin(attempt);
  endpoint_.silence().began(now);
  under_way_.start(operation);
  backlog_.start(operation);
  operation.last.body_bytes = request_bytes(operation);
  permits_.charge_bytes(operation.last.body_bytes, now);
  retries_.note_start(operation, now);
  operation.retry.is_released = false;
  Ledger& ledger = settler_.ledger();
  operation.last.form = operation.present_form();
  const auto form = static_cast<size_t>(operation.last.form);
  ++ledger.attempts[form];
  ledger.carried[form] += operation.members.size();
  if (operation.retry.failures > 0) ++ledger.retries;
}

// ---- complete

void Pipeline::complete(Operation& operation, const AttemptEnd& end, Instant now) {
  permits_.give_back();
  under_way_.end(operation);
  permits_.set_overdue(under_way_.overdue());
  backlog_.end(operation);
  if (is_answer(end)) {
    endpoint_.silence().answered(operation.attempt.started, now);
  } else {
    endpoint_.silence().ended();
  }
  if (shows_latency(end)) {
    permits_.note_success(latency_class(operation), now - operation.attempt.started, now);
  }
  completer_.complete(operation, end, now);
}

// An attempt that ends without a word, with its last member: its endpoint need not wait for it.
void Pipeline::end_attempt_of(const Entry& entry) {
  const bool is_last = entry.operation() != nullptr && entry.state == EntryState::kActive &&
                       entry.operation()->members.size() == 1;
  if (is_last) endpoint_.trouble().ended(entry.operation()->attempt);
}

void Pipeline::forget_attempts() {
  permits_.give_all_back();
  under_way_.forget();
}

void Pipeline::return_records() {
  settler_.for_each_of([](const Batch& batch) { return batch.account().of_stream; },
                       [&](Entry& entry) {
                         end_attempt_of(entry);
                         backlog_.give_back(entry);
                       });
  forget_attempts();
}

void Pipeline::abandon(const std::function<Kept(const Entry&)>& where) {
  settler_.for_each([&](Entry& entry) {
    const Kept kept = where(entry);
    end_attempt_of(entry);
    backlog_.abandon(entry, kept);
  });
  forget_attempts();
}

// Nobody has a pointer to an entry or an operation by now, but for stale timers, which go, too.
void Pipeline::release_memory() {
  AWPS_CHECK(idle() && in_flight() == 0);
  schedule_.release_memory();
  backlog_.release_memory();
  operations_.release_memory();
  settler_.release_memory();
}

}  // namespace awps
