#include "worker/committer_thread.h"

#include <pthread.h>

#include <algorithm>
#include <string>

namespace awps {

namespace {

constexpr Duration kLongestSleep = std::chrono::seconds(6);

}  // namespace

void CommitterWake::wake() {
  {
    const MutexLock lock(mutex_);
    is_woken_ = true;
  }
  condition_.notify_one();
}

void CommitterWake::wait(Duration longest) {
  const auto until = std::chrono::steady_clock::now() + longest;
  const MutexLock lock(mutex_);
  while (!is_woken_) {
    if (condition_.wait_until(mutex_, until) == std::cv_status::timeout) break;
  }
  is_woken_ = false;
}

void CommitterThread::start() {
  thread_ = std::jthread([this] { run(); });
  static constexpr size_t kLongestName = 15;  // that Linux keeps of a thread's
  pthread_setname_np(thread_.native_handle(),
                     ("log/" + arrivals_.hub()).substr(0, kLongestName).c_str());
}

bool CommitterThread::finish(const std::function<bool()>& gives_up) {
  if (!thread_.joinable()) return true;
  // Release pairs with the acquire in run().
  finishing_.store(true, std::memory_order_release);
  wake_.wake();
  if (!ended_.wait(gives_up)) return false;
  thread_.join();
  return true;
}

void CommitterThread::run() {
  // Acquire pairs with the release in finish(): what the worker handed over before is seen.
  while (!finishing_.load(std::memory_order_acquire)) {
    committer_.turn();
    wait();
  }
  committer_.finish();
  ended_.tell();
}

void CommitterThread::wait() {
  const Duration pause = committer_.next_turn() - clock_.now();
  if (pause <= Duration::zero()) return;
  // What is there already waits for its time; only what is not must wake.
  const bool sleeps = !committer_.has_arrivals();
  if (sleeps && !arrivals_.prepare_to_sleep()) return;
  wake_.wait(std::min(pause, kLongestSleep));
  if (sleeps) arrivals_.woke_up();
}

}  // namespace awps
