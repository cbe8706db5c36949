#include "intake/account_table.h"

namespace awps {

Account& AccountTable::open(const Producer& producer) {
  auto account = std::make_unique<Account>();
  account->producer = producer.number;
  account->producer_name = producer.name;
  account->wants_outcomes = producer.wants_outcomes;
  account->reports = &reports_;
  Account& opened = *account;
  accounts_.emplace(&opened, std::move(account));
  return opened;
}

void AccountTable::begin_sweep() {
  // Acquire pairs with the worker's release of the last bytes in Budget::release(): what the worker
  // reported before, the ReportQueue has.
  std::erase_if(orphans_, [this](const Account* account) {
    if (account->held_bytes.load(std::memory_order_acquire) > 0) return false;
    settled_.push_back(account);
    return true;
  });
  after_sweep_ = orphans_.size();
}

void AccountTable::end_sweep() {
  for (const Account* account : settled_) accounts_.erase(account);
  settled_.clear();
}

}  // namespace awps
