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

void Retries::note_start(Operation& operation, Instant now) {
  budget_.note_request(now);
  if (holds_.any()) holds_.note_start(kind_of(operation));
}

void Retries::note_end(const Operation& operation, const AttemptEnd& end, Instant now) {
  const ActionKind kind = kind_of(operation);
  if (end.verdict.kind == VerdictKind::kDone) {
    last_success_ = now;
    if (holds_.any() && holds_.end(kind)) release_parked();
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
  operation.due = now + backoff_delay(options_, operation.failures, random_);
  schedule_.set_timer(operation.due, operation);
}

bool Retries::counts(const Operation& operation) const {
  switch (operation.charge) {
    case Charge::kNobody:
      return false;
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
  std::vector<Member> spent;
  for (Member& member : operation.members) {
    if (!member.in_last_attempt) continue;
    ++member.charged;
    member.charged_age += now - operation.started;
    if (is_spent(member)) spent.push_back(member);
  }
  // Not of std::ranges: clang 14 cannot compile the subrange of this standard library.
  const auto left = std::remove_if(operation.members.begin(), operation.members.end(),
                                   [&](const Member& member) { return is_spent(member); });
  operation.members.erase(left, operation.members.end());
  return spent;
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

void Retries::look_for_recovery(Instant now) {
  const uint64_t recoveries = endpoint_.recoveries();
  if (recoveries == recoveries_seen_ || now < endpoint_.blocked_until()) return;
  recoveries_seen_ = recoveries;
  release_parked();
}

void Retries::release_parked() {
  // Those whose back-off ended before the trouble did are due in the order of chance: once taken
  // out of the list they are parked as the others are.
  while (Operation* operation = schedule_.pop_due()) {
    if (operation->members.empty()) operations_.free(*operation);
  }
  std::vector<Operation*> parked;
  operations_.for_each([&](Operation& operation) {
    if (is_parked(operation)) parked.push_back(&operation);
  });
  std::ranges::sort(parked, accepted_before);
  for (Operation* operation : parked) {
    ++operation->generation;  // its timer is stale
    operation->charge = Charge::kNobody;
    operation->needs_budget = false;
    schedule_.push_due(*operation);
  }
}

}  // namespace awps
