#include "socket/held_input.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

// Less is not worth a system call.
constexpr int64_t kLeastRead = 4096;
constexpr size_t kLargestShare = size_t{16} << 10U;

}  // namespace

HeldInput::HeldInput(const Options& options, std::function<void()> room_again)
    : share_(std::min(kLargestShare,
                      options.max_bytes / (2 * std::max<size_t>(options.max_connections, 1)))),
      max_(static_cast<int64_t>(options.max_bytes)),
      room_again_(std::move(room_again)) {
  const size_t one_line = options.max_line_bytes + share_ + options.reads_under_way;
  common_ = max_ - static_cast<int64_t>(std::min(one_line, options.max_bytes / 2));
}

int64_t HeldInput::count_of(const Bytes& held) const {
  return static_cast<int64_t>(std::max(held.sum(), share_));
}

void HeldInput::add(int64_t bytes) {
  if (bytes == 0) return;
  // Pairs with the load in may_read(), see must_wait().
  counted_.fetch_add(bytes, std::memory_order_seq_cst);
  if (bytes < 0) tell_waiters();
}

void HeldInput::remove_connection(uint64_t connection, const Bytes& held) {
  waiting_.fetch_sub(static_cast<int64_t>(held.waiting), std::memory_order_relaxed);
  end_favour(connection);
  add(-count_of(held));
}

void HeldInput::change(uint64_t connection, const Bytes& before, const Bytes& now) {
  if (before.waiting != now.waiting) {
    waiting_.fetch_add(static_cast<int64_t>(now.waiting) - static_cast<int64_t>(before.waiting),
                       std::memory_order_relaxed);
  }
  if (now.arriving == 0) end_favour(connection);
  add(count_of(now) - count_of(before));
}

size_t HeldInput::may_read(uint64_t connection, const Bytes& held, size_t wanted) {
  // Pairs with the write in add(), see must_wait().
  const int64_t counted = counted_.load(std::memory_order_seq_cst);
  const auto own = static_cast<int64_t>(held.sum());
  const auto most = static_cast<int64_t>(wanted);
  const int64_t free_share = count_of(held) - own;
  const int64_t common = common_ - counted + free_share;
  if (common >= std::min(most, kLeastRead)) return static_cast<size_t>(std::min(most, common));
  if (free_share > 0) return static_cast<size_t>(std::min(most, free_share));
  const int64_t room = max_ - counted;
  if (!take_favour(connection) || room <= 0) return 0;
  return static_cast<size_t>(std::min(most, room));
}

bool HeldInput::take_favour(uint64_t connection) {
  uint64_t nobody = 0;
  // Pairs with the store in end_favour(), see must_wait().
  return is_favourite(connection) ||
         favourite_.compare_exchange_strong(nobody, connection, std::memory_order_seq_cst);
}

bool HeldInput::must_wait(uint64_t connection, const Bytes& held, size_t wanted) {
  // Dekker's protocol: this flag is written before all that decides is read again. It pairs with
  // tell_waiters(), which reads the flag after add() or end_favour() wrote what decides.
  anyone_waits_.store(true, std::memory_order_seq_cst);
  return may_read(connection, held, wanted) == 0;
}

void HeldInput::end_favour(uint64_t connection) {
  if (!is_favourite(connection)) return;
  // Pairs with the load in may_read(), see must_wait().
  favourite_.store(0, std::memory_order_seq_cst);
  tell_waiters();
}

void HeldInput::tell_waiters() {
  // Pairs with the store in must_wait(); exchange, so that one of several tells.
  if (!anyone_waits_.load(std::memory_order_seq_cst)) return;
  if (anyone_waits_.exchange(false, std::memory_order_seq_cst)) room_again_();
}

}  // namespace awps
