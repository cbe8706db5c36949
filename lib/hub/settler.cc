#include "hub/settler.h"

#include "base/check.h"

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
  batch.previous = last_batch_;
  (last_batch_ == nullptr ? first_batch_ : last_batch_->next) = &batch;
  last_batch_ = &batch;
  return batch;
}

Entry& Settler::admit(Accepted& accepted, Batch& batch, uint8_t links) {
  Entry& entry = *entries_.make(links);
  entry.accepted = &accepted;
  entry.batch = &batch;
  accepted.tracking = &entry;
  ++ledger_.accepted;
  ++ledger_.in_state[static_cast<size_t>(EntryState::kQueued)];
  return entry;
}

void Settler::move(Entry& entry, EntryState to) {
  ledger_.move(entry.state, to);
  entry.state = to;
}

void Settler::settle(Entry& entry, const Settlement& settlement) {
  --ledger_.in_state[static_cast<size_t>(entry.state)];
  ++ledger_.outcomes[static_cast<size_t>(settlement.kind)];
  if (settlement.target_gone) ++ledger_.target_gone;
  Batch& batch = *entry.batch;
  if (batch.account().wants_outcomes) report(entry, settlement);
  release(batch.account(), entry.accepted->charge);
  entry.accepted->tracking = nullptr;
  entries_.free(&entry);
  AWPS_CHECK(batch.unsettled > 0);
  if (--batch.unsettled == 0) unlink(batch);
}

void Settler::report(const Entry& entry, const Settlement& settlement) {
  Outcome& outcome = outcomes_.emplace_back();
  outcome.account = &entry.batch->account();
  outcome.seq = entry.accepted->seq;
  outcome.kind = settlement.kind;
  outcome.target_gone = settlement.target_gone;
  outcome.http_status = static_cast<uint16_t>(settlement.http_status);
  outcome.attempts = settlement.attempts;
  outcome.id = entry.action().id;
  outcome.error_code = settlement.error_code;
  outcome.error_message = settlement.error_message;
}

void Settler::release(Account& account, uint64_t bytes) {
  if (!releases_.empty() && releases_.back().account == &account) {
    releases_.back().bytes += bytes;
    return;
  }
  releases_.push_back({.account = &account, .bytes = bytes});
}

void Settler::unlink(Batch& batch) {
  (batch.previous == nullptr ? first_batch_ : batch.previous->next) = batch.next;
  (batch.next == nullptr ? last_batch_ : batch.next->previous) = batch.previous;
  delete &batch;
}

void Settler::for_each(const std::function<void(Entry&)>& visit) {
  for (Batch* batch = first_batch_; batch != nullptr;) {
    Batch* next_batch = batch->next;
    uint32_t left = batch->unsettled;
    for (Accepted* accepted = batch->first(); left > 0;) {
      auto* entry = static_cast<Entry*>(accepted->tracking);
      accepted = accepted->next;  // read before the batch may go with its last action
      if (entry == nullptr) continue;
      --left;
      visit(*entry);
    }
    batch = next_batch;
  }
}

}  // namespace awps
