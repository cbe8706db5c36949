#include "limit/trouble.h"

#include <algorithm>

#include "limit/relaxed.h"

namespace awps {

Trouble::Trouble(const Options& options)
    : options_(options),
      gate_(options.gate),
      retry_after_max_(options.retry_after_max),
      outage_targets_(options.outage_targets) {}

Instant Trouble::last_success() const {
  return Instant(Duration(last_success_.load(kRelaxed)));
}

void Trouble::publish() {
  suspect_count_.store(suspects_.count(), kRelaxed);
  hold_reason_.store(gate_.reason(), kRelaxed);
  throttling_repeats_.store(throttling_.repeats(), kRelaxed);
  // Release pairs with the acquire in is_blocked(): the reason of the hold is seen with it.
  is_blocked_.store(!gate_.is_open(), std::memory_order_release);
  const bool is_quiet = gate_.is_open() && suspects_.empty() && way_.empty() && answers_.empty();
  // Release pairs with the acquire in answered(), at_work(), take_health() and health_at(), which
  // lock only if it is set. Who misses it is one answer late, as if it had come before the failure.
  is_disturbed_.store(!is_quiet, std::memory_order_release);
}

// ---- may a request start?

Passage Trouble::admit(Instant now) {
  if (!is_blocked()) return Passage::kGo;
  const MutexLock lock(mutex_);
  return gate_.admit(now);
}

Instant Trouble::admits_at() const {
  if (!is_blocked()) return Instant::min();
  const MutexLock lock(mutex_);
  return gate_.admits_at();
}

bool Trouble::is_unprobed(Instant now) const {
  static constexpr Duration kUnprobed = std::chrono::seconds(5);
  const MutexLock lock(mutex_);
  return gate_.is_unprobed_since(now - kUnprobed);
}

void Trouble::probe_not_sent() {
  const MutexLock lock(mutex_);
  gate_.probe_ended();
}

// ---- attempts

void Trouble::begin(const Attempt& attempt) {
  if (!attempt.of_suspect) under_way_.fetch_add(1, kRelaxed);
}

void Trouble::ended(const Attempt& attempt) {
  // Release pairs with the acquire in is_outage(), as in all that end an attempt.
  if (!attempt.of_suspect) under_way_.fetch_sub(1, std::memory_order_release);
  if (!attempt.is_probe) return;
  const MutexLock lock(mutex_);
  gate_.probe_ended();
}

// Of two at once one may be lost: an estimate.
void Trouble::note_newcomer(bool failed) {
  static constexpr double kWeight = 1.0 / 16;
  const double doubt = doubt_.load(kRelaxed);
  if (!failed && doubt == 0) return;
  const double next = doubt + kWeight * ((failed ? 1 : 0) - doubt);
  doubt_.store(next < 1e-3 ? 0 : next, kRelaxed);
}

void Trouble::answered(const Attempt& attempt, Instant now) {
  known_.note(attempt.target);
  if (!attempt.of_known) note_newcomer(false);
  raise_to(last_success_, to_ns(now));
  good_answers_.fetch_add(1, kRelaxed);
  // Release pairs with the acquire in is_outage(): the success is seen with the end of the attempt.
  if (!attempt.of_suspect) under_way_.fetch_sub(1, std::memory_order_release);
  // Acquire pairs with the release in publish().
  if (!is_disturbed_.load(std::memory_order_acquire) && !attempt.is_probe) return;
  const MutexLock lock(mutex_);
  const bool again = suspects_.was_throttled(attempt.target);
  throttling_.note({.throttled = false, .again = again, .known = attempt.of_known});
  suspects_.note_success(attempt.target);
  suspects_.age(now);
  note_good_answer(attempt, now);
  publish();
}

void Trouble::at_work(const Attempt& attempt, Instant now) {
  // Release pairs with the acquire in is_outage(), acquire with the release in publish().
  if (!attempt.of_suspect) under_way_.fetch_sub(1, std::memory_order_release);
  if (!is_disturbed_.load(std::memory_order_acquire) && !attempt.is_probe) return;
  const MutexLock lock(mutex_);
  note_good_answer(attempt, now);
  publish();
}

void Trouble::end_probe(const Attempt& attempt, Instant now) {
  if (!attempt.is_probe) return;
  gate_.probe_ended();
  gate_.end_pause(now);
}

void Trouble::note_good_answer(const Attempt& attempt, Instant now) {
  end_probe(attempt, now);
  way_ = {};
  answers_ = {};
  if (!gate_.is_held()) return;
  // Connections to an unreachable service die by themselves.
  const bool may_lead_elsewhere = gate_.reason() != HoldReason::kUnreachable;
  if (attempt.is_probe && may_lead_elsewhere) renewals_.fetch_add(1, kRelaxed);
  note_false_alarm(now);
  end_hold(now);
}

void Trouble::note_false_alarm(Instant now) {
  const bool is_short = now - gate_.held_since() < options_.false_alarm;
  if (!is_short || gate_.reason() == HoldReason::kUnreachable) return;
  last_false_alarm_ = now;
  outage_targets_ = std::min(2 * outage_targets_, options_.most_outage_targets);
}

void Trouble::begin_hold(HoldReason reason, std::string_view words, const FailureRow& row,
                         Instant now) {
  if (!gate_.is_held()) {
    is_of_the_way_ = &row == &way_;
    // Who lags behind learns of two holds at once.
    static constexpr Duration kOneTrouble = std::chrono::seconds(1);
    if (row.began > covered_until_ + kOneTrouble) covered_since_ = row.began;
    covered_until_ = kNever;
    health_.hopeful.reset();
    doubt_.store(0, kRelaxed);  // they failed because everybody does
  }
  gate_.hold(reason, words, now);
}

void Trouble::end_hold(Instant now) {
  gate_.end_hold();
  covered_until_ = now;
  way_ = {};
  answers_ = {};
  // Release pairs with the acquire in recoveries(): what is covered is known by then.
  recoveries_.fetch_add(1, std::memory_order_release);
}

Ruling Trouble::failed(const Attempt& attempt, const Failure& failure, Instant now) {
  // Release pairs with the acquire in is_outage().
  if (!attempt.of_suspect) under_way_.fetch_sub(1, std::memory_order_release);
  const MutexLock lock(mutex_);
  if (attempt.is_probe) gate_.probe_ended();
  // Any answer shows a pause to be over.
  if (attempt.is_probe && failure.kind != FailureKind::kWay) gate_.end_pause(now);
  last_words_.assign(failure.words.substr(0, 512));
  Ruling ruling;
  switch (failure.kind) {
    case FailureKind::kWay:
      ruling = way_failed(failure, now);
      break;
    case FailureKind::kThrottled:
      ruling = throttled(attempt, failure, now);
      break;
    case FailureKind::kAnswer:
      ruling = answer_failed(attempt, failure, now);
      break;
  }
  publish();
  return ruling;
}

Ruling Trouble::way_failed(const Failure& failure, Instant now) {
  way_.note(now);
  way_reason_ = failure.reason;
  if (way_.attempts >= 2) begin_hold(failure.reason, failure.words, way_, now);
  return {};
}

Ruling Trouble::throttled(const Attempt& attempt, const Failure& failure, Instant now) {
  note_good_answer(attempt, now);
  static constexpr uint64_t kFewestOthers = 10;  // answered between two refusals of one target
  const Suspects::Answers answers{.good = good_answers_.load(kRelaxed),
                                  .throttled = throttled_answers_};
  const bool again = suspects_.was_throttled(attempt.target);
  // Right after a pause the first that come are refused by whatever caused it.
  const bool says_nothing =
      again && suspects_.others_since(attempt.target, answers) < kFewestOthers;
  if (!says_nothing) {
    throttling_.note({.throttled = true, .again = again, .known = attempt.of_known});
  }
  if (again) known_.forget(attempt.target);
  const bool follows = throttling_.follows_target();
  const bool is_suspect = suspects_.note_throttled({.target = attempt.target,
                                                    .started = attempt.started,
                                                    .last_success = last_success(),
                                                    .name = failure.name,
                                                    .words = failure.words},
                                                   answers, follows, now);
  ++throttled_answers_;
  Duration pause = std::clamp(failure.pause, Duration::zero(), retry_after_max_);
  if (is_suspect) suspect_failed_ = now;
  if (is_suspect || follows) {
    // What the others were stopped for was the targets' own.
    const bool is_news = follows && !throttling_follows_;
    throttling_follows_ = follows;
    if (is_news) gate_.cancel_pause();
    return {
        .is_suspect = is_suspect, .may_charge = is_suspect, .pause = pause, .clears_rate = is_news};
  }
  throttling_follows_ = false;
  if (pause > Duration::zero()) {
    if (now >= gate_.paused_until()) {
      pause_trust_.note_pause({.good = answers.good, .throttled = throttled_answers_});
    }
    pause = pause_trust_.trusted(pause);
    gate_.pause_until(now + pause);
  }
  const bool is_newcomers = !attempt.of_known && throttling_.spares_known();
  return {.is_of_rate = true, .pause = pause, .lowers_rate = !again && !is_newcomers};
}

Ruling Trouble::answer_failed(const Attempt& attempt, const Failure& failure, Instant now) {
  way_ = {};
  // There is a way after all. A hold that began otherwise goes on.
  if (is_of_the_way_ && gate_.reason() == HoldReason::kUnreachable) end_hold(now);
  known_.forget(attempt.target);
  // An attempt that began before the end of a hold says nothing of its target.
  const bool is_excused = covers(attempt.started, now);
  const bool is_suspect = is_excused ? suspects_.since(attempt.target) != kNever
                                     : suspects_.note_failure({.target = attempt.target,
                                                               .started = attempt.started,
                                                               .last_success = last_success(),
                                                               .name = failure.name,
                                                               .words = failure.words},
                                                              now);
  if (is_suspect) {
    suspect_failed_ = now;
    return {.is_suspect = true, .may_charge = true};
  }
  if (!attempt.of_known && !gate_.is_held()) note_newcomer(true);
  // While held, the row goes on: it tells whether anybody else is tried.
  if (!is_excused || gate_.is_held()) extend_row(attempt.target, now);
  const bool outage = is_outage(now);
  if (outage || gate_.is_held()) begin_hold(failure.reason, failure.words, answers_, now);
  return {.may_charge = true, .is_excused = covers(attempt.started, now)};
}

void Trouble::extend_row(uint64_t target, Instant now) {
  if (last_false_alarm_ && now - *last_false_alarm_ > options_.alarm_memory) {
    outage_targets_ = options_.outage_targets;
    last_false_alarm_.reset();
  }
  answers_.note(target, options_.most_outage_targets, now);
}

bool Trouble::is_outage(Instant now) const {
  if (answers_.targets.size() >= outage_targets_) return true;
  // Acquire pairs with the release in answered(), and so comes before the look at the last success:
  // an attempt that is no longer under way has left its success to be seen.
  const bool is_nobody_under_way = under_way_.load(std::memory_order_acquire) <= 0;
  const Instant success = last_success();
  const bool was_answered = success != Instant::min() && now - success < options_.tried_within;
  return answers_.attempts >= 2 && !was_answered && is_nobody_under_way;
}

Duration Trouble::held_for(Instant now) const {
  const MutexLock lock(mutex_);
  if (!gate_.is_held()) return Duration::zero();
  return std::max(now - gate_.held_since(), Duration(1));
}

// ---- evidence

bool Trouble::covers(Instant started, Instant failed) const {
  return failed >= covered_since_ && started <= covered_until_;
}

bool Trouble::is_covered(Instant started, Instant failed) const {
  const MutexLock lock(mutex_);
  return covers(started, failed);
}

// Where nobody but the target, and suspects, is tried, health is asked who is to blame.
Evidence Trouble::evidence(const FailedAttempt& attempt) const {
  const Instant success = attempt.is_refusal ? attempt.hub_success : last_success();
  const MutexLock lock(mutex_);
  const bool is_excused =
      !attempt.of_suspect && (attempt.is_excused || covers(attempt.started, attempt.failed));
  if (success > attempt.started && !is_excused) return Evidence::kAnswered;
  // After a hold nobody is alone any more: somebody was answered.
  if (is_excused && !gate_.is_held()) return Evidence::kNone;
  const bool is_healthy = !attempt.is_refusal && health_.good > attempt.started;
  if (!is_healthy) return Evidence::kNone;
  const bool is_alone =
      !answers_.has_another_since(attempt.started - options_.tried_lately, attempt.target);
  // Too few are tried to tell an outage by their number, and health has denied one for long.
  const bool are_few =
      health_.was_good_for(options_.few_after, answers_.began) &&
      answers_.count_since(attempt.started - options_.few_after) < options_.outage_targets;
  return is_alone || are_few ? Evidence::kHealthy : Evidence::kNone;
}

Instant Trouble::suspect_since(uint64_t target) const {
  if (suspects() == 0) return kNever;
  const MutexLock lock(mutex_);
  return suspects_.since(target);
}

// ---- health

bool Trouble::wants_health() const {
  return gate_.is_held() || !way_.empty() || !answers_.empty() || suspect_failed_ > last_success();
}

bool Trouble::take_health(Instant now) {
  // Acquire pairs with the release in publish().
  if (!is_disturbed_.load(std::memory_order_acquire)) return false;
  const MutexLock lock(mutex_);
  if (!gate_.is_held() && !way_.empty() && now - way_.began >= options_.tried_within) {
    begin_hold(way_reason_, last_words_, way_, now);
    publish();
  }
  if (!wants_health() || now < health_.asked + options_.health_every) return false;
  if (now < gate_.paused_until()) return false;
  health_.asked = now;
  return true;
}

Instant Trouble::health_at() const {
  // Acquire pairs with the release in publish().
  if (!is_disturbed_.load(std::memory_order_acquire)) return kNever;
  const MutexLock lock(mutex_);
  if (!wants_health()) return kNever;
  return std::max(health_.asked + options_.health_every, gate_.paused_until());
}

void Trouble::health_ended(bool reached, bool good, Instant now) {
  const MutexLock lock(mutex_);
  health_.note(good, options_.tried_lately, now);
  const bool is_hopeful = good || (reached && gate_.reason() == HoldReason::kUnreachable);
  if (is_hopeful && gate_.is_held() && health_.hopeful != true) gate_.probe_at_once(now);
  health_.hopeful = is_hopeful;
  gate_.note_way(reached);
  publish();
}

// ---- steering

void Trouble::set_retry_after_max(Duration most) {
  const MutexLock lock(mutex_);
  retry_after_max_ = most;
}

void Trouble::release_hold(Instant now) {
  const MutexLock lock(mutex_);
  gate_.probe_ended();
  if (gate_.is_held()) end_hold(now);
  publish();
}

void Trouble::forget(Instant now) {
  const MutexLock lock(mutex_);
  gate_.probe_ended();
  if (gate_.is_held()) end_hold(now);
  suspects_.forget_all();
  known_.forget_all();
  throttling_.forget();
  pause_trust_ = {};
  doubt_.store(0, kRelaxed);
  way_ = {};
  answers_ = {};
  outage_targets_ = options_.outage_targets;
  publish();
}

// ---- for people

Trouble::Report Trouble::report() const {
  const MutexLock lock(mutex_);
  const bool is_trouble = gate_.is_held() || !way_.empty();
  return {.reason = gate_.reason(),
          .held_since = gate_.held_since(),
          .paused_until = gate_.paused_until(),
          .next_probe = gate_.admits_at(),
          .words = is_trouble ? (gate_.is_held() ? gate_.words() : last_words_) : std::string(),
          .suspects = suspects_.count(),
          .named = suspects_.named(),
          .outage_targets = outage_targets_,
          .healthy = health_.hopeful};
}

}  // namespace awps
