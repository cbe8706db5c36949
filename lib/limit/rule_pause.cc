#include "limit/rule_pause.h"

#include "limit/relaxed.h"
#include "limit/wait_doubling.h"

namespace awps {

bool RulePause::note_failed(Instant now) {
  const int64_t at = now.time_since_epoch().count();
  int64_t until = until_.load(kRelaxed);
  if (at < until) return false;
  const int64_t wait = next_wait(wait_.load(kRelaxed));
  if (!until_.compare_exchange_strong(until, at + wait, kRelaxed)) return false;
  wait_.store(wait, kRelaxed);
  return true;
}

void RulePause::note_success(Instant now) {
  if (!is_off(now)) wait_.store(0, kRelaxed);
}

void RulePause::forget() {
  until_.store(INT64_MIN, kRelaxed);
  wait_.store(0, kRelaxed);
}

std::string RulePause::reason(Instant now) const {
  const Instant until = off_until();
  if (now >= until) return {};
  return "off: such requests fail while single ones succeed; tried again in " +
         words_of_wait(until - now);
}

}  // namespace awps
