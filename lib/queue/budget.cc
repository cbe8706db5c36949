#include "queue/budget.h"

#include "base/check.h"

namespace awps {

uint64_t Budget::producer_limit() const {
  // Pairs with the store in set_options(), see must_wait().
  const double share = producer_share_.load(std::memory_order_seq_cst);
  return static_cast<uint64_t>(static_cast<double>(max_bytes()) * share);
}

// Each load pairs with the write in release(), set_admitting(), set_options(), close() or
// note_spooled(): see must_wait().
Budget::Room Budget::room_for(uint64_t bytes, uint64_t pending, const Account& account) const {
  const auto now = [](const auto& number) {
    return number.load(std::memory_order_seq_cst);  // pairs with them, as said above
  };
  const uint64_t held = now(held_bytes_) + pending;
  if (!now(admits_)) return Room::kNotAdmitting;
  const Room closed = now(closed_);
  if (closed != Room::kFree) return closed;
  if (now(account.spooled_bytes) >= now(producer_spool_limit_)) return Room::kProducerSpoolFull;
  if (held == 0) return Room::kFree;
  if (held + bytes > max_bytes()) return Room::kHubFull;
  const uint64_t own = now(account.*charges_) + pending;
  if (own > 0 && own + bytes > producer_limit()) return Room::kProducerFull;
  return Room::kFree;
}

bool Budget::must_wait(uint64_t bytes, const Account& account, bool for_storage_too) {
  Room room = room_for(bytes, 0, account);
  while (room != Room::kFree && (for_storage_too || room != Room::kStorageFailed)) {
    // Dekker's protocol: this flag is written before all that decides is read again. It pairs with
    // release(), set_options(), set_admitting(), close() and note_spooled(), which write what
    // decides, then read the flag. One order of all these operations (seq_cst) makes one of the two
    // see what the other wrote.
    const bool waits_for_own = room == Room::kProducerFull || room == Room::kProducerSpoolFull;
    (waits_for_own ? producer_waiters_ : hub_waiters_).store(true, std::memory_order_seq_cst);
    const Room again = room_for(bytes, 0, account);
    if (again == room) return true;
    room = again;  // something else is lacking by now: wait for that
  }
  return false;
}

void Budget::add(uint64_t bytes, Account& account) {
  held_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  (account.*charges_).fetch_add(bytes, std::memory_order_relaxed);
}

void Budget::release(uint64_t bytes, Account& account) {
  const uint64_t limit = producer_limit();
  // Pairs with the load in room_for(), see must_wait().
  const uint64_t held_before = held_bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
  // The last touch of the account: at 0 its owner may free it. Release pairs with the acquire in
  // Account::is_settled().
  const uint64_t own_before = (account.*charges_).fetch_sub(bytes, std::memory_order_seq_cst);
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

void Budget::close(Room why) {
  // Pairs with the load in room_for(); the look at the flags comes after it, see must_wait().
  if (closed_.exchange(why, std::memory_order_seq_cst) != why) tell_waiters();
}

void Budget::set_producer_spool_limit(uint64_t bytes) {
  // Pairs with the load in room_for(); the look at the flags comes after it, see must_wait().
  producer_spool_limit_.store(bytes, std::memory_order_seq_cst);
  tell_producers();
}

void Budget::note_spooled(uint64_t before, uint64_t now) {
  const uint64_t half = producer_spool_limit_.load(std::memory_order_relaxed) / 2;
  if (before > half && now <= half) tell_producers();
}

bool Budget::must_wait_for_half() {
  // Dekker's protocol: the flag is written before the number is read. Each pairs with its
  // counterpart in release().
  hub_waiters_.store(true, std::memory_order_seq_cst);
  if (held_bytes_.load(std::memory_order_seq_cst) > max_bytes() / 2) return true;
  hub_waiters_.store(false, std::memory_order_relaxed);
  return false;
}

void Budget::tell_producers() {
  // Pairs with the store in must_wait().
  if (producer_waiters_.exchange(false, std::memory_order_seq_cst)) room_again_();
}

void Budget::tell_waiters() {
  // Pairs with the stores in must_wait().
  const bool hub_waits = hub_waiters_.exchange(false, std::memory_order_seq_cst);
  const bool producer_waits = producer_waiters_.exchange(false, std::memory_order_seq_cst);
  if (hub_waits || producer_waits) room_again_();
}

}  // namespace awps
