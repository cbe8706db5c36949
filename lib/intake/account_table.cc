#include "intake/account_table.h"

namespace awps {

Account& AccountTable::open(const Producer& producer) {
  auto account = std::make_unique<Account>();
  account->producer = producer.number;
  account->producer_name = producer.name;
  account->wants_outcomes = producer.wants_outcomes;
  account->wants_answers = producer.wants_answers;
  account->id_scope = producer.id_scope;
  account->of_stream = producer.of_stream;
  account->letters_elsewhere = producer.letters_elsewhere;
  account->lease = producer.lease;
  account->reports = &reports_;
  Account& opened = *account;
  accounts_.emplace(&opened, std::move(account));
  return opened;
}

void AccountTable::orphan(Account& account) {
  // Release pairs with the acquire in TailAccounts::let_go(): who sees it sees held_bytes with all
  // that was pushed.
  account.is_orphan.store(true, std::memory_order_release);
  orphans_.push_back(&account);
}

void AccountTable::begin_sweep() {
  std::erase_if(orphans_, [this](const Account* account) {
    if (!account->is_settled()) return false;
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
