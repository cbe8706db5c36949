#include "limit/suspects.h"

#include <algorithm>

namespace awps {

Suspects::Target& Suspects::target_of(uint64_t target, Instant now) {
  age(now);
  Target& known = targets_[target];
  const bool is_forgotten =
      known.last_failed != Instant::min() && now - known.last_failed >= kForgotten;
  if (is_forgotten) {
    note_success(target);
    return targets_[target];
  }
  return known;
}

// Each failure pays for looking at its target once a minute, as long as it is remembered.
void Suspects::age(Instant now) {
  if (now - swept_ < kSweeps) return;
  swept_ = now;
  boost::unordered::erase_if(targets_, [&](const auto& entry) {
    const auto& [key, target] = entry;
    if (now - target.last_failed < kForgotten) return false;
    if (target.since != kNever) --suspects_;
    names_.erase(key);
    return true;
  });
}

void Suspects::suspect(Target& target, const Failure& failure, Instant now) {
  if (target.since == kNever) {
    target.since = now;
    ++suspects_;
  }
  const bool has_name = names_.contains(failure.target);
  if (!has_name && (names_.size() >= kNames || failure.name.empty())) return;
  names_[failure.target] = {.name = std::string(failure.name),
                            .words = std::string(failure.words.substr(0, kWords)),
                            .since = target.since};
}

bool Suspects::note_failure(const Failure& failure, Instant now) {
  Target& target = target_of(failure.target, now);
  const Instant before = target.last_failed;
  target.last_failed = now;
  target.throttles = 0;
  const bool is_second = before != Instant::min() && failure.started >= before;
  const bool fails_alone = is_second && failure.last_success > before;
  if (target.since != kNever || fails_alone) suspect(target, failure, now);
  return target.since != kNever;
}

bool Suspects::note_throttled(const Failure& failure, const Answers& answers, bool follows,
                              Instant now) {
  Target& target = target_of(failure.target, now);
  target.last_failed = now;
  const uint64_t good = answers.good - target.answers.good;
  const uint64_t throttled = answers.throttled - target.answers.throttled;
  const bool is_rate = throttled * kTooManyOf >= good + throttled;
  const bool is_first = target.throttles == 0;
  if (follows) {
    target.throttles = is_first ? 1 : kThrottles;
  } else if (is_first || good + throttled >= kOthers) {
    target.throttles = is_first || is_rate ? 1 : std::min(target.throttles + 1, kThrottles);
    target.answers = answers;
  }
  ++target.answers.throttled;  // this answer is no other's
  if (target.throttles >= kThrottles) suspect(target, failure, now);
  return target.since != kNever && target.throttles >= kThrottles;
}

void Suspects::note_success(uint64_t target) {
  const auto slot = targets_.find(target);
  if (slot == targets_.end()) return;
  if (slot->second.since != kNever) {
    --suspects_;
    names_.erase(target);
  }
  targets_.erase(slot);
}

bool Suspects::was_throttled(uint64_t target) const {
  const auto slot = targets_.find(target);
  return slot != targets_.end() && slot->second.throttles > 0;
}

uint64_t Suspects::others_since(uint64_t target, const Answers& answers) const {
  const auto slot = targets_.find(target);
  if (slot == targets_.end()) return 0;
  const Answers& then = slot->second.answers;
  return answers.good - then.good + answers.throttled - then.throttled;
}

void Suspects::forget_all() {
  targets_.clear();
  names_.clear();
  suspects_ = 0;
}

Instant Suspects::since(uint64_t target) const {
  const auto slot = targets_.find(target);
  return slot == targets_.end() ? kNever : slot->second.since;
}

std::vector<Suspects::Named> Suspects::named() const {
  std::vector<Named> named;
  for (const auto& [target, name] : names_) named.push_back(name);
  std::ranges::sort(named, {}, &Named::since);
  return named;
}

}  // namespace awps
