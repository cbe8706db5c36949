#include "limit/gate.h"

#include <algorithm>

namespace awps {

Duration Gate::interval_after_probe(Instant now) const {
  const bool is_new = now - hold_.since < options_.quick_for;
  const bool is_hopeful = hold_.reason == HoldReason::kUnreachable && is_way_open_;
  return is_new || is_hopeful ? options_.quick_probes : options_.slow_probes;
}

Passage Gate::admit(Instant now) {
  if (now < paused_until_) return Passage::kWait;
  if (is_open()) return Passage::kGo;
  if (now < admits_at()) return Passage::kWait;
  probed_at_ = now;
  if (is_held()) hold_.next_probe = now + interval_after_probe(now);
  return Passage::kProbe;
}

Instant Gate::admits_at() const {
  Instant at = paused_until_;
  if (is_held()) at = std::max(at, hold_.next_probe);
  if (!is_open() && probed_at_) at = std::max(at, *probed_at_ + options_.patience);
  return at;
}

void Gate::hold(HoldReason reason, std::string_view words, Instant now) {
  static constexpr size_t kWords = 512;
  if (!is_held()) hold_ = {.reason = reason, .since = now, .next_probe = now};
  hold_.reason = reason;
  hold_.words.assign(words.substr(0, kWords));
}

void Gate::probe_at_once(Instant now) {
  hold_.next_probe = std::min(hold_.next_probe, now);
}

void Gate::pause_until(Instant until) {
  owes_probe_ = true;
  paused_until_ = std::max(paused_until_, until);
}

void Gate::end_pause(Instant now) {
  if (now >= paused_until_) owes_probe_ = false;
}

void Gate::cancel_pause() {
  owes_probe_ = false;
  paused_until_ = Instant::min();
}

}  // namespace awps
