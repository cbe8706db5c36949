#pragma once

// LetterKeeperThread: lets a keeper of dead letters turn whenever it has something to do, and
// sleeps in between.
//
// One thread makes and ends it.

#include <atomic>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "worker/awaited.h"
#include "worker/committer_thread.h"
#include "worker/letter_keeper.h"

namespace awps {

class LetterKeeperThread {
 public:
  /// `wake` is what the keeper's boxes wake it by.
  LetterKeeperThread(LetterKeeper& keeper, CommitterWake& wake, const Clock& clock)
      : keeper_(keeper), wake_(wake), clock_(clock) {}
  ~LetterKeeperThread() {
    (void)finish([] { return false; });  // waits for it
  }
  LetterKeeperThread(const LetterKeeperThread&) = delete;
  LetterKeeperThread& operator=(const LetterKeeperThread&) = delete;

  void start();
  /// LetterKeeper::finish(), and the thread ends. Waits for it, until `gives_up` says that this is
  /// of no use. False: the thread has not ended.
  bool finish(const std::function<bool()>& gives_up);

 private:
  void run();

  LetterKeeper& keeper_;
  CommitterWake& wake_;
  const Clock& clock_;
  std::atomic<bool> finishing_{false};
  Awaited ended_;
  std::jthread thread_;
};

}  // namespace awps
