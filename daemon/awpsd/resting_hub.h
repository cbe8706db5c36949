#pragma once

// RestingHub: what is left of a hub that a reload has taken out, and that has delivered what it
// had: its dead letters, in memory and perhaps on disk. It has no thread. Once it has no letters
// either, and owes its log nothing, it is gone; if the hub comes back, they are its own again.
//
// Any thread that shares it.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "daemon/awpsd/plan.h"
#include "hub/dead_letters.h"
#include "metrics/counters.h"

namespace awps {

class RestingHub {
 public:
  /// `values` are the last that it had as a running hub.
  RestingHub(HubPlan plan, HubValues values, std::unique_ptr<DeadLetterStore> letters)
      : plan_(std::move(plan)), values_(std::move(values)), letters_(std::move(letters)) {
    letters_->begin_run(0);  // its log has ended
  }

  const HubPlan& plan() const { return plan_; }
  const HubValues& values() const { return values_; }

  /// Answers a question to the store; what it returns must own what it touches.
  template <typename Question>
  auto ask_letters(Question question) {
    const MutexLock lock(mutex_);
    auto answer = question(*letters_);
    hand_over();
    return answer;
  }
  /// Drops what is too old; says how much is left.
  DeadLetterStore::Summary age_letters(Instant now) {
    const MutexLock lock(mutex_);
    letters_->age(now);
    hand_over();
    DeadLetterStore::Summary left = letters_->summary();
    left.last_reason = {};
    return left;
  }
  /// It may have no letters, and must be kept all the same.
  bool owes() {
    const MutexLock lock(mutex_);
    return letters_->owes();
  }
  /// Leaves an empty store, for whoever still shares this object.
  std::unique_ptr<DeadLetterStore> take_letters() {
    const MutexLock lock(mutex_);
    return std::exchange(letters_, std::make_unique<DeadLetters>(DeadLetterStore::Options{}));
  }

 private:
  // Letters go to the disk. Positions stay in the store: its log has ended.
  void hand_over() REQUIRES(mutex_) {
    std::vector<uint64_t> positions;
    letters_->hand_over(positions);
  }

  const HubPlan plan_;
  const HubValues values_;
  Mutex mutex_;
  std::unique_ptr<DeadLetterStore> letters_ GUARDED_BY(mutex_);
};

}  // namespace awps
