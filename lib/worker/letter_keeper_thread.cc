#include "worker/letter_keeper_thread.h"

#include <pthread.h>

#include <algorithm>

namespace awps {

namespace {

constexpr Duration kLongestKeeperSleep = std::chrono::minutes(1);

}  // namespace

void LetterKeeperThread::start() {
  thread_ = std::jthread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "letters");
}

bool LetterKeeperThread::finish(const std::function<bool()>& gives_up) {
  if (!thread_.joinable()) return true;
  // Release pairs with the acquire in run(): what was handed over before is seen.
  finishing_.store(true, std::memory_order_release);
  wake_.wake();
  if (!ended_.wait(gives_up)) return false;
  thread_.join();
  return true;
}

void LetterKeeperThread::run() {
  // Acquire pairs with the release in finish().
  while (!finishing_.load(std::memory_order_acquire)) {
    keeper_.turn();
    const Instant next = keeper_.next_turn();
    const Instant now = clock_.now();
    if (next <= now) continue;
    wake_.wait(next == kNever ? kLongestKeeperSleep : std::min(next - now, kLongestKeeperSleep));
  }
  keeper_.finish();
  ended_.tell();
}

}  // namespace awps
