#pragma once

// KindHolds: kinds of action that the identity may not send (403 Error.Forbidden: its Entra role
// may allow sends, but not management). Such a kind is held, the others go on.
//
// 1. A held kind is asked again after 1 s, then doubling to 30 s, by one operation each time.
// 2. When one of the kind is carried out, the hold is over.
//
// One thread. O(1).

#include <array>
#include <cstdint>
#include <string_view>

#include "action/action.h"
#include "base/clock.h"

namespace awps {

class KindHolds {
 public:
  static constexpr std::string_view kReason =
      "the identity may not send this kind of action (Error.Forbidden)";

  /// One of the kind was forbidden.
  void forbid(ActionKind kind, Instant now);
  /// One was carried out: true if that ends a hold.
  bool end(ActionKind kind);

  /// Ends all of them: a reload.
  void forget() {
    kinds_ = {};
    held_ = 0;
  }

  bool any() const { return held_ > 0; }
  uint64_t count() const { return held_; }
  bool holds(ActionKind kind) const { return at(kind).length > Duration::zero(); }
  /// Must one of the kind wait now?
  bool must_wait(ActionKind kind, Instant now) const;
  /// One of the kind goes, or is about to. If the kind is held, this one asks, and no other until
  /// it has ended, or for a minute, since it may never start.
  void note_asked(ActionKind kind, Instant now);
  /// It ended without an answer to the question.
  void note_no_answer(ActionKind kind) { at(kind).is_asked = false; }
  /// When the kind may be asked again.
  Instant may_be_asked_at(ActionKind kind) const {
    return at(kind).is_asked ? at(kind).asked_at + kForgetsAsker : at(kind).until;
  }
  /// When to look at a held kind again.
  Instant until(ActionKind kind, Instant now) const;

 private:
  static constexpr Duration kForgetsAsker = std::chrono::minutes(1);

  struct Hold {
    Instant until{};
    Duration length{0};  // 0: not held
    Instant asked_at{};
    bool is_asked = false;
  };

  Hold& at(ActionKind kind) { return kinds_[static_cast<size_t>(kind)]; }
  const Hold& at(ActionKind kind) const { return kinds_[static_cast<size_t>(kind)]; }

  std::array<Hold, kActionKinds> kinds_{};
  uint64_t held_ = 0;
};

}  // namespace awps
