#include "queue/budget.h"

#include "base/check.h"

namespace awps {

uint64_t Budget::producer_limit() const {
  // Pairs with the store in set_options(), see must_wait().
  const double share = producer_share_.load(std::memory_order_seq_cst);
  return static_cast<uint64_t>(static_cast<double>(max_bytes()) * share);
}

Budget::Room Budget::room_for(uint64_t bytes, uint64_t pending, const Account& account) const {
  // Each load pairs with the write in release(), set_admitting() or set_options(): see must_wait().
  const uint64_t held = held_bytes_.load(std::memory_order_seq_cst) + pending;
  if (!admits_.load(std::memory_order_seq_cst)) return Room::kNotAdmitting;
  if (held == 0) return Room::kFree;
  if (held + bytes > max_bytes()) return Room::kHubFull;
  const uint64_t own = account.held_bytes.load(std::memory_order_seq_cst) + pending;
  if (own > 0 && own + bytes > producer_limit()) return Room::kProducerFull;
  return Room::kFree;
}

bool Budget::must_wait(uint64_t bytes, const Account& account) {
  Room room = room_for(bytes, 0, account);
  while (room != Room::kFree) {
    // Dekker's protocol: this flag is written before all that decides is read again. It pairs with
    // release(), set_options() and set_admitting(), which write what decides, then read the flag.
    // One order of all these operations (seq_cst) makes one of the two see what the other wrote.
    (room == Room::kProducerFull ? producer_waiters_ : hub_waiters_)
        .store(true, std::memory_order_seq_cst);
    const Room again = room_for(bytes, 0, account);
    if (again == room) return true;
    room = again;  // something else is lacking by now: wait for that
  }
  return false;
}

void Budget::add(uint64_t bytes, Account& account) {
  held_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  account.held_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

void Budget::release(uint64_t bytes, Account& account) {
  const uint64_t limit = producer_limit();
  // Pairs with the load in room_for(), see must_wait().
  const uint64_t held_before = held_bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
  // The last touch of the account: at 0 its owner may free it. Release pairs with the acquire in
  // AccountTable::begin_sweep().
  const uint64_t own_before = account.held_bytes.fetch_sub(bytes, std::memory_order_seq_cst);
  AWPS_CHECK(held_before >= bytes && own_before >= bytes);
  const uint64_t held = held_before - bytes;
  const uint64_t own = own_before - bytes;
  // Each flag pairs with its store in must_wait(); exchange, so that a waiter is told once.
  const bool hub_has_room = hub_waiters_.load(std::memory_order_seq_cst) &&
                            held <= max_bytes() / 2 &&
                            hub_waiters_.exchange(false, std::memory_order_seq_cst);
  const bool at_half = own == 0 || (own_before > limit / 2 && own <= limit / 2);
  const bool producer_has_room = at_half && producer_waiters_.load(std::memory_order_seq_cst) &&
                                 producer_waiters_.exchange(false, std::memory_order_seq_cst);
  if (hub_has_room || producer_has_room) room_again_();
}

void Budget::set_options(const Options& options) {
  // Pairs with the loads in room_for(); the look at the flags comes after it, see must_wait().
  max_bytes_.store(options.max_bytes, std::memory_order_seq_cst);
  producer_share_.store(options.max_producer_share, std::memory_order_seq_cst);
  tell_waiters();
}

void Budget::set_admitting(bool admits) {
  // Pairs with the load in room_for(); the look at the flags comes after it, see must_wait().
  admits_.store(admits, std::memory_order_seq_cst);
  if (admits) tell_waiters();
}

void Budget::tell_waiters() {
  // Pairs with the stores in must_wait().
  const bool hub_waits = hub_waiters_.exchange(false, std::memory_order_seq_cst);
  const bool producer_waits = producer_waiters_.exchange(false, std::memory_order_seq_cst);
  if (hub_waits || producer_waits) room_again_();
}

}  // namespace awps
