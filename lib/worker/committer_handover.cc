// What other threads ask of a committer, and hand to it.

#include <utility>

#include "queue/memory_position.h"
#include "worker/committer.h"

namespace awps {

void Committer::adopt_service() {
  adopts_.store(true, std::memory_order_relaxed);
  parts_.wake();
}

std::string Committer::failure() const {
  const MutexLock lock(told_mutex_);
  return failure_;
}

std::vector<TailHolder> Committer::holders() const {
  const MutexLock lock(told_mutex_);
  return holders_;
}

void Committer::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  parts_.wake();
}

Committer::Counts Committer::counts() const {
  Counts counts{.expired = tail_.expired(),
                // Acquire pairs with the release in refuse(), as that below.
                .lost = tail_.lost() + unkept_.load(std::memory_order_acquire),
                .uncommitted_bytes = parts_.arrivals.budget().held_bytes(),
                .duplicates = duplicates_.load(std::memory_order_relaxed)};
  // Acquire pairs with the release in accept() and refuse(): what the numbers above count
  // was added to this one before.
  counts.accepted = accepted_.load(std::memory_order_acquire);
  return counts;
}

bool Committer::is_drained() const {
  // What is committed is added to the tail, or pushed to the window, before it is taken from
  // arrivals.
  return parts_.arrivals.budget().is_empty() && tail_.records() == 0;
}

uint64_t Committer::settled(std::vector<uint64_t>& positions) {
  if (overflows()) std::erase_if(positions, is_in_memory);
  if (settled_.add(positions)) parts_.wake();
  return settled_.generation();
}

void Committer::redrive(std::unique_ptr<Batch> batch) {
  (void)entrance_.enter(options_.worker_place, std::move(batch));  // its receipt nobody awaits
  entrance_.end_read();
}

bool Committer::is_closing() const {
  // Acquire pairs with the release in close_window().
  return closing_.load(std::memory_order_acquire) && !closed_;
}

bool Committer::close_window() {
  // Release pairs with the acquire in is_closing().
  closing_.store(true, std::memory_order_release);
  parts_.wake();
  // What was pushed before is in the window. If it hangs, nothing is handed over any more.
  return closed_.wait([this] { return disk_.hangs(); });
}

}  // namespace awps
