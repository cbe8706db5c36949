#pragma once

// StorageState: whether a hub's log takes what it is given, and if not: when to try again, what
// doors are told meanwhile, and when what waits is refused.
//
// 1. A full log waits: what was taken in stays, and nothing is refused late.
// 2. A failed one is tried again after 1 s, 2 s, … 30 s. When it is, and nothing is there to try
//    it with, doors may bring something. 10 s after it began to fail, what waits is refused.
//
// Pure; one thread.

#include <algorithm>

#include "base/clock.h"
#include "queue/budget.h"

namespace awps {

class StorageState {
 public:
  enum class Kind : uint8_t { kGood, kFull, kFailed };

  void succeeded() { *this = {}; }
  void is_full_of(Budget::Room why, Instant now) {
    *this = {};
    kind_ = Kind::kFull;
    why_ = why;
    try_at_ = now + kFullPause;
  }
  void has_failed(Instant now) {
    if (kind_ != Kind::kFailed) {
      *this = {};
      refuse_at_ = now + kPatience;
    }
    kind_ = Kind::kFailed;
    pause_ = pause_ == Duration::zero() ? kFirstPause : std::min(2 * pause_, kLongestPause);
    try_at_ = now + pause_;
  }

  Kind kind() const { return kind_; }
  bool may_try(Instant now) const { return now >= try_at_; }
  Instant try_at() const { return try_at_; }
  /// Refuse what waits.
  bool must_refuse(Instant now) const { return now >= refuse_at_; }
  Instant refuse_at() const { return refuse_at_; }
  /// What a door is told that wants to bring something.
  Budget::Room room() const {
    if (kind_ == Kind::kFull) return why_;
    return kind_ == Kind::kFailed ? Budget::Room::kStorageFailed : Budget::Room::kFree;
  }

 private:
  static constexpr Duration kFullPause = std::chrono::milliseconds(100);
  static constexpr Duration kFirstPause = std::chrono::seconds(1);
  static constexpr Duration kLongestPause = std::chrono::seconds(30);
  static constexpr Duration kPatience = std::chrono::seconds(10);

  Kind kind_ = Kind::kGood;
  Budget::Room why_ = Budget::Room::kFree;
  Duration pause_{};
  Instant try_at_ = Instant::min();
  Instant refuse_at_ = kNever;
};

}  // namespace awps
