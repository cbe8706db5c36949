#include "hub/retries.h"

#include <algorithm>
#include <tuple>

namespace awps {

namespace {

ActionKind kind_of(const Operation& operation) {
  return operation.action().kind;
}

bool is_parked(const Operation& operation) {
  return !operation.members.empty() && !operation.in_due_list && !operation.waits_for_lane &&
         operation.members.front().entry->state == EntryState::kDeferred;
}

bool accepted_before(const Operation* a, const Operation* b) {
  const Entry& left = *a->members.front().entry;
  const Entry& right = *b->members.front().entry;
  return std::tuple(left.batch->accepted_at(), left.accepted->seq) <
         std::tuple(right.batch->accepted_at(), right.accepted->seq);
}

}  // namespace

Retries::Retries(const RetryOptions& options, const Parts& parts, uint64_t seed)
    : options_(options),
      schedule_(parts.schedule),
      operations_(parts.operations),
      endpoint_(parts.endpoint),
      random_(seed),
      budget_(options.budget) {}

void Retries::set_options(const RetryOptions& options) {
  options_ = options;
  budget_.set_fraction(options.budget);
}

void Retries::note_start(Operation& operation, Instant now) {
  budget_.note_request(now);
  if (holds_.any()) holds_.note_start(kind_of(operation));
}

void Retries::note_end(const Operation& operation, const AttemptEnd& end, Instant now) {
  const ActionKind kind = kind_of(operation);
  if (end.verdict.kind == VerdictKind::kDone) {
    last_success_ = now;
    if (holds_.any() && holds_.end(kind)) {
      released_kinds_[static_cast<size_t>(kind)] = is_a_kind_released_ = true;
    }
  } else if (end.verdict.kind == VerdictKind::kForbidden) {
    holds_.forbid(kind, now);
  } else if (holds_.any()) {
    holds_.note_no_answer(kind);
  }
}

void Retries::park(Operation& operation, Charge charge, Instant now) {
  ++operation.failures;
  operation.charge = charge;
  operation.failed = now;
  nobody_can_ask_ = false;
  operation.due = now + backoff_delay(options_, operation.failures, random_);
  schedule_.set_timer(operation.due, operation);
}

void Retries::begin_anew(Entry& entry) {
  const Operation& parked = *entry.operation;
  Operation& own = operations_.begin_anew(entry);
  if (&own == &parked) return;
  if (parked.in_due_list) {
    schedule_.push_due(own);
  } else {
    schedule_.set_timer(own.due, own);
  }
}

bool Retries::counts(const Operation& operation) const {
  switch (operation.charge) {
    case Charge::kNobody:
      return false;
    case Charge::kAction:
      return true;
    case Charge::kIfEndpointAlive:
      return endpoint_.last_success() > operation.failed;
    case Charge::kIfHubAlive:
      return last_success_ > operation.failed;
  }
  return false;
}

std::vector<Member> Retries::wake(Operation& operation, Instant now) {
  std::vector<Member> spent;
  if (counts(operation)) {
    spent = charge(operation, now);
    operation.needs_budget = true;
  }
  if (operation.is_released) operation.needs_budget = false;
  operation.is_released = false;
  operation.charge = Charge::kNobody;
  if (operation.members.empty()) return spent;
  if (operation.held_since != kNever && now - operation.held_since >= options_.max_age) {
    spent.insert(spent.end(), operation.members.begin(), operation.members.end());
    operation.members.clear();
    return spent;
  }
  if (holds_.any() && holds_.must_wait(kind_of(operation), now)) {
    hold(operation, now);
    return spent;
  }
  if (operation.needs_budget && !budget_.take(now)) {
    operation.due = RetryBudget::ask_again(now);
    schedule_.set_timer(operation.due, operation);
    return spent;
  }
  operation.needs_budget = false;
  schedule_.push_due(operation);
  return spent;
}

// Whoever has no try left is given up; the others go on.
std::vector<Member> Retries::charge(Operation& operation, Instant now) const {
  for (Member& member : operation.members) {
    if (!member.in_last_attempt) continue;
    ++member.charged;
    member.charged_age += now - operation.started;
  }
  return operation.members.take_if([&](const Member& member) { return is_spent(member); });
}

bool Retries::is_spent(const Member& member) const {
  return member.charged >= options_.max_attempts || member.charged_age >= options_.max_age;
}

void Retries::hold(Operation& operation, Instant now) {
  if (operation.held_since == kNever) {
    operation.held_since = now;
    operation.last_status = 403;
    operation.last_failure = "the identity may not send this kind of action (Error.Forbidden)";
  }
  operation.due = holds_.until(kind_of(operation), now);
  schedule_.set_timer(operation.due, operation);
}

// In an outage the first that is answered again is not the proof that the others were at fault:
// only who was answered between the failure and the trouble is. A hub that is answered while this
// one action holds it up is proof enough.
bool Retries::counts_after_trouble(const Operation& operation) const {
  return operation.charge == Charge::kIfEndpointAlive
             ? endpoint_.success_before_trouble() > operation.failed
             : counts(operation);
}

bool Retries::is_released(const Operation& operation, bool recovered) const {
  if (!is_parked(operation)) return false;
  const bool is_held = operation.held_since != kNever;
  return recovered || (is_held && released_kinds_[static_cast<size_t>(kind_of(operation))]);
}

std::vector<Operation*> Retries::parked_that(bool recovered) {
  std::vector<Operation*> parked;
  operations_.for_each([&](Operation& operation) {
    if (is_released(operation, recovered)) parked.push_back(&operation);
  });
  std::ranges::sort(parked, accepted_before);
  return parked;
}

// Another one each time: else one poisoned action would hold the endpoint for ever.
Operation* Retries::tried_longest_ago(Instant now) {
  Operation* oldest = nullptr;
  operations_.for_each([&](Operation& operation) {
    if (!is_parked(operation) || holds_.must_wait(kind_of(operation), now)) return;
    if (oldest == nullptr || operation.failed < oldest->failed) oldest = &operation;
  });
  return oldest;
}

std::vector<Operation*> Retries::take_released(size_t waiting, Instant now) {
  std::vector<Operation*> released;
  looked_at_ = now;
  const uint64_t recoveries = endpoint_.recoveries();
  const bool recovered = recoveries != recoveries_seen_ && now >= endpoint_.blocked_until();
  if (recovered) {
    recoveries_seen_ = recoveries;
    // Those whose back-off ended before the trouble did are due in the order of chance: once taken
    // out of the list they are parked as the others are.
    while (schedule_.pop_due() != nullptr) {
    }
  }
  if (recovered || is_a_kind_released_) {
    released = parked_that(recovered);
    released_kinds_ = {};
    is_a_kind_released_ = false;
  } else if (waiting == 0 && !nobody_can_ask_ && endpoint_.probe_at() <= now) {
    Operation* asking = tried_longest_ago(now);
    nobody_can_ask_ = asking == nullptr;
    if (asking != nullptr) released.push_back(asking);
  }
  for (Operation* operation : released) {
    ++operation->generation;  // its timer is stale
    operation->charge = counts_after_trouble(*operation) ? Charge::kAction : Charge::kNobody;
    operation->is_released = true;
  }
  return released;
}

Instant Retries::release_at(size_t waiting, Instant now) const {
  if (is_a_kind_released_) return now;
  if (waiting > 0 || nobody_can_ask_) return kNever;
  // Whoever waited at the last look may have expired since.
  return std::max({now, looked_at_ + kLookAgain, endpoint_.probe_at()});
}

}  // namespace awps
