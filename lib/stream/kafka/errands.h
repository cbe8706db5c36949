#pragma once

// Errands: questions to a broker that block, asked one after another in a thread of their own. What
// an errand returns is carried out by the thread that owns this, at the next take().
//
// The destructor waits for the errand under way, so each has a time at most.

#include <condition_variable>
#include <deque>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace awps {

class Errands {
 public:
  using Answer = std::function<void()>;
  using Errand = std::function<Answer()>;

  /// `wake` is called by the errands' thread when there is something to take.
  explicit Errands(std::function<void()> wake);
  ~Errands();
  Errands(const Errands&) = delete;
  Errands& operator=(const Errands&) = delete;

  void send(Errand errand);
  /// Carries out what has come back.
  void take();

 private:
  void run(const std::stop_token& stop);

  const std::function<void()> wake_;
  Mutex mutex_;
  std::condition_variable_any has_work_;
  std::deque<Errand> waiting_ GUARDED_BY(mutex_);
  std::vector<Answer> answers_ GUARDED_BY(mutex_);
  std::jthread thread_;  // last: its end comes before theirs
};

}  // namespace awps
