#include "hub/retries.h"

#include <algorithm>
#include <tuple>

#include "hub/operation_request.h"

namespace awps {

namespace {

ActionKind kind_of(const Operation& operation) {
  return operation.kind();
}

bool accepted_before(const Operation* a, const Operation* b) {
  const Entry& left = *a->members.front().entry;
  const Entry& right = *b->members.front().entry;
  return std::tuple(left.batch->accepted_at(), left.accepted->seq) <
         std::tuple(right.batch->accepted_at(), right.accepted->seq);
}

bool may_have_arrived(const Operation& operation) {
  for (const Member& member : operation.members) {
    if (member.may_ever_have_arrived) return true;
  }
  return false;
}

}  // namespace

Retries::Retries(const RetryOptions& options, const Parts& parts, uint64_t seed)
    : options_(options),
      schedule_(parts.schedule),
      operations_(parts.operations),
      trouble_(parts.trouble),
      random_(seed),
      budget_(options.budget) {}

void Retries::set_options(const RetryOptions& options) {
  options_ = options;
  budget_.set_fraction(options.budget);
}

void Retries::release_kinds() {
  is_a_kind_released_ |= holds_.any();
  holds_.forget();
}

void Retries::note_start(Operation& operation, Instant now) {
  budget_.note_request(now);
  if (holds_.any()) holds_.note_asked(kind_of(operation), now);
}

void Retries::note_end(const Operation& operation, VerdictKind verdict, Instant now) {
  const ActionKind kind = kind_of(operation);
  if (verdict == VerdictKind::kDone) {
    last_success_ = now;
    if (holds_.any()) is_a_kind_released_ |= holds_.end(kind);
  } else if (verdict == VerdictKind::kForbidden) {
    holds_.forbid(kind, now);
  } else if (holds_.any()) {
    holds_.note_no_answer(kind);
  }
}

bool Retries::is_form_doubtful(const Operation& operation) {
  return operation.members.size() > 1 && operation.retry.failures >= 2 &&
         operation.retry.failure.is_form_suspect;
}

// ---- parking

bool Retries::is_harmless(const OperationList* list) const {
  return list >= harmless_.data() && list < harmless_.data() + harmless_.size();
}

void Retries::wait_harmless(Operation& operation) {
  harmless_[static_cast<size_t>(kind_of(operation))].push(operation);
}

void Retries::wait_in_list(Operation& operation) {
  if (operation.retry.failure.of_suspect) return;
  if (may_have_arrived(operation)) return parked_.push(operation);
  wait_harmless(operation);
}

void Retries::park(Operation& operation, Duration pause, Instant now) {
  // The way is the endpoint's: while it is held, it is asked seldom enough.
  static constexpr uint32_t kMostOfTheWay = 3;
  RetryState& retry = operation.retry;
  if (!retry.failure.was_way || retry.failures < kMostOfTheWay) ++retry.failures;
  retry.failure.at = now;
  retry.failure.pause = pause;
  if (retry.first_failed == kNever) retry.first_failed = now;
  retry.due =
      now + pause +
      (retry.failure.was_throttled ? backoff_delay_of_half(options_, retry.failures, random_)
                                   : backoff_delay(options_, retry.failures, random_));
  schedule_.set_timer(retry.due, operation);
  wait_in_list(operation);
}

void Retries::hold(Operation& operation, Instant now) {
  RetryState& retry = operation.retry;
  if (retry.held_since == kNever) {
    retry.held_since = now;
    operation.last.status = 403;
    operation.last.words = KindHolds::kReason;
  }
  retry.due = holds_.until(kind_of(operation), now);
  schedule_.set_timer(retry.due, operation);
  held_.push(operation);
}

Operation* Retries::begin_anew(Entry& entry) {
  const Operation& former = *entry.operation();
  const OperationList* list = former.list;
  const bool was_harmless = is_harmless(list);
  const bool was_parked = was_harmless || list == &parked_ || list == &held_ || list == &unfunded_;
  const bool was_due = list != nullptr && !was_parked;
  Operation& own = operations_.begin_anew(entry);
  const bool is_new = &own != &former;
  if (is_new && was_due) return &own;
  if (is_new) schedule_.set_timer(own.retry.due, own);
  if (is_new || was_harmless) {
    OperationList::leave(own);
    wait_harmless(own);
  }
  return nullptr;
}

// ---- waking

Evidence Retries::evidence_of(const Operation& operation) const {
  const LastFailure& failure = operation.retry.failure;
  if (!failure.may_charge || operation.members.size() != 1) return Evidence::kNone;
  return trouble_.evidence({.target = operation.attempt.target,
                            .started = operation.attempt.started,
                            .failed = failure.at,
                            .of_suspect = failure.of_suspect,
                            .is_excused = failure.is_excused,
                            .is_refusal = failure.is_refusal,
                            .hub_success = last_success_});
}

Retries::Woken Retries::wake(Operation& operation, Instant now) {
  OperationList::leave(operation);
  RetryState& retry = operation.retry;
  Woken woken;
  // In a hold others fail as well: it says nothing of the form of request.
  woken.take_apart = is_form_doubtful(operation) && trouble_.hold_reason() == HoldReason::kNone &&
                     !trouble_.is_covered(operation.attempt.started, retry.failure.at);
  woken.evidence = evidence_of(operation);
  if (woken.evidence != Evidence::kNone) {
    woken.spent = charge(operation, woken.evidence, now);
    retry.needs_budget = true;
  }
  if (retry.is_released) retry.needs_budget = false;
  retry.failure.may_charge = false;
  if (operation.members.empty() || woken.take_apart) return woken;
  if (retry.held_since != kNever && now - retry.held_since >= options_.max_age) {
    woken.spent.insert(woken.spent.end(), operation.members.begin(), operation.members.end());
    operation.members.clear();
    return woken;
  }
  if (holds_.any() && holds_.must_wait(kind_of(operation), now)) {
    hold(operation, now);
    return woken;
  }
  if (holds_.any()) holds_.note_asked(kind_of(operation), now);
  // Nobody overtakes those in line.
  if (retry.needs_budget && (!unfunded_.empty() || !budget_.take(now))) {
    if (unfunded_.empty()) ask_budget_at_ = RetryBudget::ask_again(now);
    unfunded_.push(operation);
    return woken;
  }
  retry.needs_budget = false;
  woken.is_due = true;
  return woken;
}

void Retries::charge_member(Member& member, const Operation& operation, Evidence evidence,
                            Instant now) const {
  if (evidence == Evidence::kAnswered) ++member.charged;
  member.charged_age += now - operation.attempt.started;
  if (!operation.retry.failure.of_suspect) return;
  const Instant since = trouble_.suspect_since(operation.attempt.target);
  if (since == kNever) return;
  const Instant from = std::max(since, member.entry->batch->accepted_at());
  member.charged_age = std::max(member.charged_age, now - from);
}

// Whoever has no try left is given up; the others go on.
std::vector<Member> Retries::charge(Operation& operation, Evidence evidence, Instant now) const {
  for (Member& member : operation.members) {
    if (!member.in_last_attempt) continue;
    charge_member(member, operation, evidence, now);
  }
  return operation.members.take_if([&](const Member& member) { return is_spent(member); });
}

bool Retries::is_spent(const Member& member) const {
  return member.charged >= options_.max_attempts || member.charged_age >= options_.max_age;
}

Operation* Retries::take_funded(Instant now) {
  if (unfunded_.empty() || now < ask_budget_at_) return nullptr;
  if (!budget_.take(now)) {
    ask_budget_at_ = RetryBudget::ask_again(now);
    return nullptr;
  }
  Operation* operation = unfunded_.pop();
  operation->retry.needs_budget = false;
  return operation;
}

// ---- release

bool Retries::has_released() const {
  return is_a_kind_released_ || trouble_.recoveries() != recoveries_seen_;
}

std::vector<Operation*> Retries::take_released(OperationList& due) {
  std::vector<Operation*> released;
  const auto take_from = [&](OperationList& list, const auto& is_released) {
    for (Operation* operation = list.first(); operation != nullptr;) {
      Operation* next = operation->next;
      if (is_released(*operation)) {
        list.remove(*operation);
        released.push_back(operation);
      }
      operation = next;
    }
  };
  const uint64_t recoveries = trouble_.recoveries();
  if (recoveries != recoveries_seen_) {
    recoveries_seen_ = recoveries;
    const auto is_covered = [&](const Operation& operation) {
      return !operation.retry.failure.was_throttled &&
             trouble_.is_covered(operation.attempt.started, operation.retry.failure.at);
    };
    for (OperationList& list : harmless_) take_from(list, is_covered);
    take_from(parked_, is_covered);
    // Those whose back-off ended before the trouble did are due in the order of chance.
    while (Operation* operation = due.pop()) released.push_back(operation);
  }
  if (is_a_kind_released_) {
    is_a_kind_released_ = false;
    take_from(held_, [&](const Operation& operation) { return !holds_.holds(kind_of(operation)); });
  }
  std::ranges::sort(released, accepted_before);
  for (Operation* operation : released) {
    ++operation->generation;  // its timer is stale
    operation->retry.is_released = true;
  }
  return released;
}

// Whoever failed longest ago, of a kind that may go.
Operation* Retries::asking(Instant now) const {
  Operation* oldest = nullptr;
  for (const OperationList& list : harmless_) {
    Operation* operation = list.first();
    if (operation == nullptr) continue;
    const bool is_younger =
        oldest != nullptr && operation->retry.failure.at >= oldest->retry.failure.at;
    if (is_younger) continue;
    if (holds_.any() && holds_.must_wait(kind_of(*operation), now)) continue;
    oldest = operation;
  }
  return oldest;
}

Instant Retries::asks_at(const Operation& operation) {
  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLongest = std::chrono::seconds(30);
  static constexpr uint32_t kMostDoublings = 5;
  const RetryState& retry = operation.retry;
  const uint32_t doublings = std::min(retry.failures - 1, kMostDoublings);
  const Duration patience = std::min(kFirst * (1U << doublings), kLongest);
  // Whoever was told when to come again does not come before.
  return retry.failure.at + std::max(patience, retry.failure.pause);
}

Instant Retries::may_ask_at(Instant now) const {
  const Operation* operation = asking(now);
  return operation == nullptr ? kNever : asks_at(*operation);
}

Operation* Retries::take_asking(Instant now) {
  Operation* operation = asking(now);
  if (operation == nullptr || asks_at(*operation) > now) return nullptr;
  ++operation->generation;  // its timer is stale
  operation->retry.is_released = true;
  return operation;
}

}  // namespace awps
