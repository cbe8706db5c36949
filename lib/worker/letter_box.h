#pragma once

// LetterBox: the way of a hub's dead letters from its store to the keeper, which writes them to
// disk: letters that are not written yet, and numbers of written ones that may go.
//
// 1. What waits here is what the store has and the disk has not: a letter that goes before it is
//    written is cancelled, so that a flood of letters grows nothing while the disk takes none.
// 2. Letters are written in the order of their numbers, each with all before it.
//
// One side is the store's, by one thread at a time; the other is the keeper's. Nobody waits for the
// disk here, but in wait_until_written().

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"

namespace awps {

class LetterBox {
 public:
  /// `written`: the greatest number that the disk has had so far. `wake`: the keeper; any thread.
  LetterBox(uint64_t written, std::function<void()> wake)
      : wake_(std::move(wake)), last_(written), written_(written), safe_(written) {}

  // ---- the store

  /// A written letter that is to go, once all up to `after` are written.
  struct Gone {
    uint64_t number = 0;
    uint64_t after = 0;
    /// A letter that it waits for is not written, and what that has become is `later`.
    void wait_on(uint64_t unwritten, uint64_t later) {
      if (after >= unwritten) after = std::max(after, later);
    }
  };
  struct Changes {
    std::vector<std::pair<uint64_t, std::string>> added;  // numbers ascending, with their bytes
    std::vector<Gone> gone;
    std::vector<Gone> never_added;  // went before they were handed over
    bool empty() const { return added.empty() && gone.empty() && never_added.empty(); }
  };
  /// It is empty afterwards.
  void hand_over(Changes& changes);
  /// A letter that was handed over will never be on disk. False: it is there, or about to be. What
  /// it has replaced goes once all up to `after` are written.
  bool cancel(uint64_t number, uint64_t after);
  /// Up to this number letters are on disk and synced, but for those that were cancelled. Acquire
  /// pairs with the release in wrote().
  uint64_t written() const { return written_.load(std::memory_order_acquire); }
  /// Any thread: the letters with numbers up to it are on disk and synced, or will never be there:
  /// they were dropped or thrown away, or what has replaced them is safe. It ascends. Acquire pairs
  /// with the release in publish_safe().
  uint64_t safe_up_to() const { return safe_.load(std::memory_order_acquire); }
  /// The greatest that was handed over, or written by an earlier process.
  uint64_t last_number() const;
  /// How many letters wait for the disk.
  uint64_t unwritten() const;
  /// Why the disk has not taken what waits, or else why it cannot be tidied up; empty: nothing is
  /// known to be wrong.
  std::string error() const;
  /// Once, without regard to pauses: all that was handed over is tried to be written. False: some
  /// is not, after this or after `patience`.
  bool wait_until_written(Duration patience);

  // ---- the keeper

  struct Group {
    uint64_t first = 0;          // its letters have consecutive numbers
    uint32_t count = 0;          // 0: none
    std::string records;         // for each u32 length, bytes; as Log::add() takes them
    std::vector<uint64_t> gone;  // released ones, whatever becomes of the letters above
    std::vector<Gone> replaced;  // to be released in one group with the letters, or after them
    bool is_all = true;          // no letter waits beside these
  };
  /// What is to be written next. Until wrote() or failed() no letter in it can be cancelled.
  Group take(size_t max_bytes);
  void wrote(const Group& group);
  /// Its letters are not written, and stay with what they replace. What else is gone is not.
  void give_back(const Group& group);
  /// Why it was not written.
  void failed(const Group& group, const std::string& error);
  /// Why what is not needed stays on disk; empty: it goes.
  void set_house_error(const std::string& error);
  /// This try is over: whoever waits for it goes on.
  void end_try();
  bool has_work() const;
  /// Somebody waits for the next try.
  bool is_hurried() const;

 private:
  uint64_t ask_for_try();
  void drop_cancelled() REQUIRES(mutex_);
  void forget(const Gone& one) REQUIRES(mutex_);
  void publish_safe() REQUIRES(mutex_);

  const std::function<void()> wake_;
  mutable Mutex mutex_;
  std::condition_variable_any tried_;
  std::map<uint64_t, std::string> waiting_ GUARDED_BY(mutex_);
  std::vector<Gone> gone_ GUARDED_BY(mutex_);
  std::vector<Gone> replaced_ GUARDED_BY(mutex_);  // never written; what has replaced them waits
  uint64_t last_ GUARDED_BY(mutex_);
  uint64_t writing_ GUARDED_BY(mutex_) = 0;  // up to this number; 0: none is
  bool is_trying_ GUARDED_BY(mutex_) = false;
  uint64_t tries_ GUARDED_BY(mutex_) = 0;
  uint64_t awaited_tries_ GUARDED_BY(mutex_) = 0;  // somebody waits for so many
  std::string error_ GUARDED_BY(mutex_);
  std::string house_error_ GUARDED_BY(mutex_);
  std::atomic<uint64_t> written_;
  std::atomic<uint64_t> safe_;
};

}  // namespace awps
