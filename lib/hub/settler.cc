#include "hub/settler.h"

#include "base/check.h"
#include "base/release_memory.h"

namespace awps {

Settler::~Settler() {
  while (first_batch_ != nullptr) {
    Batch* next = first_batch_->next;
    delete first_batch_;
    first_batch_ = next;
  }
}

Batch& Settler::take(std::unique_ptr<Batch> owned) {
  Batch& batch = *owned.release();
  batch.unsettled = batch.count();
  charged_bytes_ += batch.charge();
  link_before(batch, nullptr);
  taking_ = &batch;
  return batch;
}

void Settler::taken() {
  Batch& batch = *taking_;
  taking_ = nullptr;
  compact(batch);
}

void Settler::turn_away(std::unique_ptr<Batch> owned, const Settlement& settlement) {
  Batch& batch = take(std::move(owned));
  for (const Accepted* accepted = batch.first(); accepted != nullptr;) {
    const Accepted* next = accepted->next;  // read before the batch may go with its last action
    ++ledger_.accepted;
    end(*accepted, batch, settlement);
    accepted = next;
  }
  taking_ = nullptr;
}

Entry& Settler::admit(Accepted& accepted, Batch& batch, const OrderPlan& plan) {
  Entry& entry = *entries_.make(plan);
  entry.accepted = &accepted;
  entry.batch = &batch;
  accepted.tracking = &entry;
  ++ledger_.accepted;
  ++ledger_.in_state[static_cast<size_t>(EntryState::kQueued)];
  return entry;
}

void Settler::move(Entry& entry, EntryState to) {
  ledger_.move(entry.state, to);
  entry.batch->active -= entry.state == EntryState::kActive ? 1 : 0;
  entry.batch->active += to == EntryState::kActive ? 1 : 0;
  entry.state = to;
}

void Settler::settle(Entry& entry, const Settlement& settlement) {
  --ledger_.in_state[static_cast<size_t>(entry.state)];
  Accepted& accepted = *entry.accepted;
  Batch& batch = *entry.batch;
  batch.active -= entry.state == EntryState::kActive ? 1 : 0;
  accepted.tracking = nullptr;
  entries_.free(&entry);
  end(accepted, batch, settlement);
}

void Settler::replace(Entry& entry, Accepted& by, Batch& batch) {
  Accepted& earlier = *entry.accepted;
  Batch& earlier_batch = *entry.batch;
  batch.producer_state = earlier_batch.producer_state;  // it is the same producer's
  earlier.tracking = nullptr;
  entry.accepted = &by;
  entry.batch = &batch;
  by.tracking = &entry;
  ++ledger_.accepted;
  end(earlier, earlier_batch, {.kind = OutcomeKind::kSuperseded, .by = &by});
}

// The action has its outcome: its batch may go, or shrink.
void Settler::end(const Accepted& accepted, Batch& batch, const Settlement& settlement) {
  ++ledger_.outcomes[static_cast<size_t>(settlement.kind)];
  if (settlement.target_gone) ++ledger_.target_gone;
  if (visitor_) visitor_(accepted, batch, settlement);
  if (batch.account().wants_outcomes) report(accepted, batch.account(), settlement);
  // What a stop leaves stays in the log, and a dead letter's action until the letter is safe.
  const bool is_done =
      settlement.kind != OutcomeKind::kAbandoned && settlement.kind != OutcomeKind::kDeadLettered;
  if (accepted.position != 0 && is_done) positions_.push_back(accepted.position);
  charged_bytes_ -= accepted.charge;
  release(batch.account(), accepted.charge);
  AWPS_CHECK(batch.unsettled > 0);
  if (--batch.unsettled == 0) {
    unlink(batch);
  } else {
    compact(batch);
  }
}

void Settler::report(const Accepted& accepted, Account& account, const Settlement& settlement) {
  Outcome& outcome = outcomes_.emplace_back();
  outcome.account = &account;
  outcome.seq = accepted.seq;
  outcome.kind = settlement.kind;
  outcome.target_gone = settlement.target_gone;
  outcome.http_status = static_cast<uint16_t>(settlement.http_status);
  outcome.attempts = settlement.attempts;
  outcome.id = accepted.id();
  if (settlement.by != nullptr) {
    outcome.by_seq = settlement.by->seq;
    outcome.by_id = settlement.by->id();
  }
  outcome.error_code = settlement.error_code;
  outcome.error_message = settlement.error_message;
  outcome.letter = settlement.letter;
  if (account.wants_answers && settlement.answer != nullptr) outcome.answer = *settlement.answer;
}

void Settler::release(Account& account, uint64_t bytes) {
  if (!releases_.empty() && releases_.back().account == &account) {
    releases_.back().bytes += bytes;
    return;
  }
  releases_.push_back({.account = &account, .bytes = bytes});
}

void Settler::link_before(Batch& batch, Batch* next) {
  batch_bytes_ += batch.memory();
  batch.next = next;
  batch.previous = next == nullptr ? last_batch_ : next->previous;
  (batch.previous == nullptr ? first_batch_ : batch.previous->next) = &batch;
  (next == nullptr ? last_batch_ : next->previous) = &batch;
}

// Few that are left of many: each copy is paid for by the three settled actions that it outlived.
// Where much memory is held by what is gone, any third that is gone will do; where it is little in
// all, a hub that keeps up need not copy what is about to go anyway.
bool Settler::is_worth_compacting(const Batch& batch) const {
  static constexpr uint32_t kFewest = 8;
  static constexpr size_t kLittle = size_t{1} << 20U;
  static constexpr size_t kMuch = size_t{4} << 20U;
  if (batch_bytes_ <= kLittle) return false;
  const bool is_much = batch_bytes_ > kMuch && batch_bytes_ > charged_bytes_;
  const uint32_t most = is_much ? batch.count() * 2 / 3 : batch.count() / 4;
  if (batch.unsettled > most || batch.active > 0 || batch.count() < kFewest) return false;
  return !visiting_ && &batch != taking_;
}

void Settler::compact(Batch& batch) {
  if (!is_worth_compacting(batch)) return;
  size_t bytes = 0;
  for (Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    const auto* entry = static_cast<const Entry*>(accepted->tracking);
    if (entry == nullptr) continue;
    bytes += Accepted::bytes_of(accepted->action(), accepted->place());
  }
  auto tight = std::make_unique<Batch>(batch.account(), batch.accepted_at(), bytes);
  for (Accepted* accepted = batch.first(); accepted != nullptr; accepted = accepted->next) {
    auto* entry = static_cast<Entry*>(accepted->tracking);
    if (entry == nullptr) continue;
    Accepted& copy =
        tight->add(accepted->action(), accepted->seq, accepted->charge, accepted->ordered_batch());
    copy.position = accepted->position;
    copy.tracking = entry;
    entry->accepted = &copy;
    entry->batch = tight.get();
  }
  tight->unsettled = batch.unsettled;
  tight->producer_state = batch.producer_state;
  link_before(*tight.release(), &batch);
  unlink(batch);
}

void Settler::unlink(Batch& batch) {
  batch_bytes_ -= batch.memory();
  (batch.previous == nullptr ? first_batch_ : batch.previous->next) = batch.next;
  (batch.next == nullptr ? last_batch_ : batch.next->previous) = batch.previous;
  delete &batch;
}

void Settler::for_each_of(const std::function<bool(const Batch&)>& is_meant,
                          const std::function<void(Entry&)>& visit) {
  visiting_ = true;
  for (Batch* batch = first_batch_; batch != nullptr;) {
    Batch* next_batch = batch->next;
    uint32_t left = is_meant(*batch) ? batch->unsettled : 0;
    for (Accepted* accepted = batch->first(); left > 0;) {
      auto* entry = static_cast<Entry*>(accepted->tracking);
      accepted = accepted->next;  // read before the batch may go with its last action
      if (entry == nullptr) continue;
      --left;
      visit(*entry);
    }
    batch = next_batch;
  }
  visiting_ = false;
}

void Settler::release_memory() {
  AWPS_CHECK(first_batch_ == nullptr && outcomes_.empty() && releases_.empty() &&
             positions_.empty());
  entries_.release_memory();
  release_memory_of(outcomes_);
  release_memory_of(releases_);
  release_memory_of(positions_);
}

}  // namespace awps
