#include "hub/kind_holds.h"

#include <algorithm>

namespace awps {

namespace {

constexpr Duration kFirst = std::chrono::seconds(1);
constexpr Duration kLongest = std::chrono::seconds(30);

}  // namespace

void KindHolds::forbid(ActionKind kind, Instant now) {
  Hold& hold = at(kind);
  // Several were under way when the first was answered: they say nothing new.
  const bool is_news = hold.length == Duration::zero() || hold.is_asked || now >= hold.until;
  if (!is_news) return;
  if (hold.length == Duration::zero()) ++held_;
  hold.length = hold.length == Duration::zero() ? kFirst : std::min(2 * hold.length, kLongest);
  hold.until = now + hold.length;
  hold.is_asked = false;
}

bool KindHolds::end(ActionKind kind) {
  Hold& hold = at(kind);
  if (hold.length == Duration::zero()) return false;
  hold = {};
  --held_;
  return true;
}

bool KindHolds::must_wait(ActionKind kind, Instant now) const {
  return holds(kind) && now < may_be_asked_at(kind);
}

void KindHolds::note_asked(ActionKind kind, Instant now) {
  if (!holds(kind)) return;
  at(kind).is_asked = true;
  at(kind).asked_at = now;
}

Instant KindHolds::until(ActionKind kind, Instant now) const {
  return std::max(at(kind).until, now + kFirst);
}

}  // namespace awps
