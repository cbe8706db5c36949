#include "worker/tail_accounts.h"

#include <algorithm>
#include <functional>

#include "worker/producer_number.h"

namespace awps {

namespace {

// So that each is looked at a few times.
bool has_doubled(size_t size, size_t after_sweep) {
  static constexpr size_t kFew = 64;
  return size > 2 * after_sweep + kFew;
}

}  // namespace

void TailAccounts::spool(Account& account, uint64_t bytes) {
  // Relaxed: what is taken away next from held_bytes, with release, shows it.
  account.spooled_bytes.fetch_add(bytes, std::memory_order_relaxed);
  Living& living = living_[connection_of(account.producer)];
  if (living.account != &account && living.account != nullptr) {
    // The hub was gone for a while, and its producer has another account since.
    account.spooled_bytes.fetch_add(living.bytes, std::memory_order_relaxed);
    give_back(*living.account, living.bytes);
  }
  living.account = &account;
  living.bytes += bytes;
}

Account& TailAccounts::account_of(uint64_t producer) {
  if (Account* account = living(producer)) return *account;
  std::unique_ptr<Account>& made = made_[producer];
  if (made == nullptr) {
    made = std::make_unique<Account>();
    // Barriers see one that is gone as the one that it was.
    made->producer = is_of_run(producer, run_) ? connection_of(producer) : producer;
  }
  return *made;
}

Account* TailAccounts::living(uint64_t producer) {
  if (!is_of_run(producer, run_)) return nullptr;
  const auto found = living_.find(connection_of(producer));
  return found == living_.end() ? nullptr : found->second.account;
}

void TailAccounts::take(uint64_t producer, uint64_t bytes) {
  if (!is_of_run(producer, run_)) return;
  const auto found = living_.find(connection_of(producer));
  if (found == living_.end()) return;
  Account& account = *found->second.account;
  const uint64_t taken = std::min(bytes, found->second.bytes);
  found->second.bytes -= taken;
  if (found->second.bytes == 0) living_.erase(found);
  give_back(account, taken);
}

void TailAccounts::take_all() {
  for (const auto& [connection, living] : living_) give_back(*living.account, living.bytes);
  living_.clear();
  living_after_sweep_ = 0;
}

void TailAccounts::give_back(Account& account, uint64_t bytes) {
  // The last touch of the account: at 0 its owner may free it. Release pairs with the acquire in
  // Account::is_settled(), the one order of all with the load in Budget::room_for().
  const uint64_t before = account.spooled_bytes.fetch_sub(bytes, std::memory_order_seq_cst);
  doors_.note_spooled(before, before - bytes);
}

void TailAccounts::sweep() {
  if (has_doubled(living_.size(), living_after_sweep_)) let_go();
  if (has_doubled(made_.size(), made_after_sweep_)) free_made();
}

void TailAccounts::let_go() {
  std::erase_if(living_, [this](const auto& entry) {
    Account& account = *entry.second.account;
    // Acquire pairs with the release in AccountTable::orphan(): all that it pushed is in
    // held_bytes. At 0 the committer, which this is, has all of it.
    if (!account.is_orphan.load(std::memory_order_acquire)) return false;
    if (account.held_bytes.load(std::memory_order_relaxed) > 0) return false;
    give_back(account, entry.second.bytes);
    return true;
  });
  living_after_sweep_ = living_.size();
}

void TailAccounts::free_made() {
  // Acquire pairs with the worker's release of the last bytes in Budget::release().
  std::erase_if(made_, [](const auto& entry) {
    return entry.second->window_bytes.load(std::memory_order_acquire) == 0;
  });
  made_after_sweep_ = made_.size();
}

bool TailAccounts::any_wants_outcomes() const {
  return std::ranges::any_of(
      living_, [](const auto& entry) { return entry.second.account->wants_outcomes; });
}

std::vector<TailHolder> TailAccounts::largest(size_t most) const {
  std::vector<TailHolder> holders;
  holders.reserve(living_.size());
  for (const auto& [connection, living] : living_) {
    holders.push_back({connection, living.account->producer_name, living.bytes});
  }
  const size_t count = std::min(most, holders.size());
  std::ranges::partial_sort(holders, holders.begin() + static_cast<ptrdiff_t>(count),
                            std::ranges::greater(), &TailHolder::bytes);
  holders.resize(count);
  return holders;
}

}  // namespace awps
