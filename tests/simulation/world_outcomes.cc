// What becomes of the actions of a World: their outcomes, and the law. Its streams: producers whose
// records never come into a log, and are withdrawn at any moment; then another owner goes on, or
// what comes after all is returned.

#include <algorithm>
#include <array>
#include <utility>

#include "tests/simulation/world.h"

namespace awps {

// ---- outcomes

void World::take_outcomes() {
  std::vector<Outcome> outcomes;
  for (Hub& hub : hubs_) {
    std::vector<Outcome>& ended = hub.log ? hub.settled : hub.pipeline->outcomes();
    for (Outcome& outcome : ended) outcomes.push_back(std::move(outcome));
    hub.settled.clear();
    hub.pipeline->outcomes().clear();
    if (hub.log != nullptr) hub.log->committer().settled(hub.pipeline->positions());
    for (const Release& release : hub.pipeline->releases()) {
      queue_of(hub, *release.account).budget().release(release.bytes, *release.account);
    }
    hub.pipeline->releases().clear();
    if (hub.pipeline->idle() && hub.pipeline->in_flight() == 0) hub.pipeline->release_memory();
  }
  for (const Outcome& outcome : outcomes) take_outcome(outcome);
}

void World::take_outcome(const Outcome& outcome) {
  Issued& issued = issued_[outcome.seq];
  if (issued.settled) mistake("an action has two outcomes");
  if (issued.account != outcome.account) mistake("an outcome went to another account");
  if (issued.active) mistake("an action ended while it was under way");
  issued.settled = true;
  ++settled_;
  ++outcomes_[static_cast<size_t>(outcome.kind)];
  if (outcome.kind == OutcomeKind::kExpired &&
      now_ < issued.accepted + issued.action.time_to_live) {
    mistake("an action expired before its time");
  }
  if (outcome.kind == OutcomeKind::kReturned && !issued.account->is_withdrawn) {
    mistake("an action was returned that nobody has withdrawn");
  }
  if (outcome.kind != OutcomeKind::kSuperseded) return;
  Issued& successor = issued_[outcome.by_seq];
  if (successor.account != issued.account || !successor.taken) {
    mistake("an action was superseded by another producer's");
  }
  const bool swept = successor.action.kind == ActionKind::kRemoveUserFromAllGroups &&
                     issued.action.kind != successor.action.kind;
  if (swept) return;
  successor.place = issued.place;
  successor.exempt |= issued.exempt;
}

void World::check_law() {
  for (const Hub& hub : hubs_) {
    const Ledger& ledger = hub.pipeline->ledger();
    uint64_t active = 0;
    uint64_t unsettled = 0;
    for (const size_t number : hub.issued) {
      active += issued_[number].active ? 1 : 0;
      unsettled += issued_[number].settled ? 0 : 1;
    }
    if (!ledger.balances()) mistake("the law does not hold");
    if (ledger.in(EntryState::kActive) != active) mistake("active is not what is under way");
    if (hub.log != nullptr) {
      // The rest is on its way to the pipeline.
      if (ledger.unsettled() > unsettled) mistake("an action with an outcome is unsettled");
      continue;
    }
    if (ledger.accepted != hub.issued.size()) mistake("accepted is not what was accepted");
    if (ledger.unsettled() != unsettled) mistake("unsettled is not what has no outcome");
  }
}

// ---- streams

Account& World::add_account(uint64_t producer, bool of_stream) {
  Account& account = accounts_.emplace_back();
  account.producer = producer;
  account.of_stream = of_stream;
  if (of_stream) account.lease = lease_;
  account.wants_outcomes = true;
  account.reports = &outcome_queue_;
  return account;
}

// Every other producer.
bool World::is_stream(size_t producer) const {
  return options_.withdrawals > 0 && producer % 2 == 0;
}

void World::plan_withdrawals() {
  Random random(options_.seed ^ 0x57e4U);
  for (int i = 0; i < options_.withdrawals; ++i) {
    const uint64_t streams = (static_cast<uint64_t>(options_.producers) + 1) / 2;
    const Instant around = arrivals_[random.below(arrivals_.size())].at;
    withdrawals_.push_back({.at = around + std::chrono::milliseconds(random.below(2000)),
                            .producer = 2 * random.below(streams),
                            .has_next_owner = random.chance(0.8)});
  }
  std::ranges::sort(withdrawals_, {}, &Withdrawal::at);
  if (options_.withdrawals > 0 && random.chance(0.3)) plan_lapses(random);
}

// The machine sleeps, or the stream's thread hangs.
void World::plan_lapses(Random& random) {
  Instant at = now_;
  for (int i = 0; i < 3; ++i) {
    at += std::chrono::milliseconds(random.below(5000));
    lapses_.push_back({.at = at, .lease = at});
    at += std::chrono::milliseconds(random.below(5000));
    lapses_.push_back({.at = at, .lease = kNever});
  }
}

void World::withdraw_due() {
  while (!lapses_.empty() && lapses_.front().at <= now_) {
    lease_->extend(lapses_.front().lease);
    lapses_.pop_front();
  }
  while (!withdrawals_.empty() && withdrawals_.front().at <= now_) {
    const Withdrawal withdrawal = withdrawals_.front();
    withdrawals_.pop_front();
    for (size_t hub = 0; hub < hubs_.size(); ++hub) withdraw(hub, withdrawal);
  }
}

// As Worker::withdraw() does.
void World::withdraw(size_t number, const Withdrawal& withdrawal) {
  Hub& hub = hubs_[number];
  Account*& owner = owners_[withdrawal.producer * hubs_.size() + number];
  take_batches(hub);
  hub.pipeline->withdraw([&](const Account& account) { return &account == owner; }, now_);
  take_outcomes();
  for (const size_t one : hub.issued) {
    const Issued& issued = issued_[one];
    const bool waits = issued.account == owner && !issued.active && !issued.settled;
    if (waits) mistake("an action that was withdrawn waits");
  }
  if (!withdrawal.has_next_owner) return;
  owner = &add_account(++last_owner_, /*of_stream=*/true);
  for (const Arrival& arrival : arrivals_) {
    if (arrival.hub != number || arrival.producer != withdrawal.producer) continue;
    for (const size_t one : arrival.issued) {
      issued_[one].account = owner;
      issued_[one].order.producer = owner->producer;
    }
  }
}

// A stream's go past the log, and what waits in it: neither is before the other. They exclude each
// other all the same.
bool World::came_apart(const Issued& a, const Issued& b) const {
  return hubs_[a.hub].log != nullptr && a.account->of_stream != b.account->of_stream;
}

bool World::exclude(const Issued& a, const Issued& b) const {
  return must_wait(a.order, b.order, options_.ordering) ||
         must_wait(b.order, a.order, options_.ordering);
}

void World::check_alone(const Issued& starting, const Issued& other) {
  if (other.active && exclude(starting, other)) {
    mistake("two actions that exclude each other are under way, a record and another");
  }
}

HubQueue& World::queue_of(Hub& hub, const Account& account) {
  return hub.records != nullptr && account.of_stream ? *hub.records : *hub.queue;
}

HubEntrance& World::entrance_of(Hub& hub, const Account& account) {
  return hub.records != nullptr && account.of_stream ? *hub.records_entrance : *hub.entrance;
}

uint64_t World::held_bytes(const Hub& hub) {
  return hub.queue->budget().held_bytes() +
         (hub.records != nullptr ? hub.records->budget().held_bytes() : 0);
}

}  // namespace awps
