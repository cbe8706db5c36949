#include "tests/model/model_turns.h"

#include <algorithm>

namespace awps {

namespace {

constexpr uint32_t kOthersForASuspect = 32;
constexpr uint32_t kOthersForADoubtfulNewcomer = 16;
constexpr uint32_t kOthersForANewcomer = 1;
constexpr Duration kProbesOfTheBack = std::chrono::seconds(1);
constexpr Duration kLeastPatience = std::chrono::seconds(1);

size_t take_front(std::deque<size_t>& from) {
  const size_t action = from.front();
  from.pop_front();
  return action;
}

size_t take_back(std::deque<size_t>& from) {
  const size_t action = from.back();
  from.pop_back();
  return action;
}

}  // namespace

size_t ModelTurns::waiting() const {
  return ready_.size() + newcomers_.size() + suspects_.size() + retries_.size() +
         newcomer_retries_.size() + suspect_retries_.size();
}

// ---- sorting

ModelTurns::Standing ModelTurns::list_of(size_t action, bool was_throttled) const {
  const uint64_t target = actions_[action].target;
  if (trouble_.suspect_since(target) != kNever) return kSuspect;
  if (trouble_.is_known(target)) return kKnown;
  const bool stands_aside =
      was_throttled || trouble_.newcomers_are_doubtful() || !newcomer_has_slot();
  return stands_aside ? kNewcomer : kKnown;
}

void ModelTurns::sort() {
  while (!retries_.empty()) {
    const size_t action = retries_.front();
    const bool takes_turns = actions_[action].was_throttled && trouble_.throttling_repeats();
    const Standing list = list_of(action, takes_turns);
    if (list == kKnown || (list == kNewcomer && actions_[action].is_released)) break;
    (list == kSuspect ? suspect_retries_ : newcomer_retries_).push_back(take_front(retries_));
  }
  while (!ready_.empty()) {
    const Standing list = list_of(ready_.front(), /*was_throttled=*/false);
    if (list == kKnown) break;
    (list == kSuspect ? suspects_ : newcomers_).push_back(take_front(ready_));
  }
}

// ---- whose turn it is

bool ModelTurns::newcomer_has_slot() const {
  const bool is_doubtful = trouble_.newcomers_are_doubtful();
  if (!is_doubtful && known_peak_ < 1) return true;
  const auto used = static_cast<uint64_t>(known_peak_ * 1.5) + 2;
  const auto room = [&](uint64_t slots) {
    const uint64_t kept = is_doubtful ? slots / 2 : std::min(used, slots / 2);
    return std::max<uint64_t>(slots - kept, 1);
  };
  return on_time(kNewcomer) < room(at_once_.present()) &&
         under_way_[kNewcomer] < room(at_once_.most());
}

bool ModelTurns::newcomers_may() const {
  return (!newcomers_.empty() || !newcomer_retries_.empty()) && newcomer_has_slot();
}

// A target is a lane: no suspect has two requests under way.
bool ModelTurns::suspects_may() const {
  const bool any = !suspects_.empty() || !suspect_retries_.empty();
  return any && under_way_[kSuspect] < std::max<uint64_t>(at_once_.most() / 10, 1) &&
         on_time(kSuspect) < std::max<uint64_t>(at_once_.present() / 3, 1);
}

uint32_t ModelTurns::others_for_a_newcomer() const {
  if (trouble_.newcomers_are_doubtful()) return kOthersForADoubtfulNewcomer;
  return newcomers_.empty() && trouble_.throttling_repeats() ? kOthersForANewcomer : 0;
}

size_t ModelTurns::take() {
  const bool others = others_wait() || newcomers_may();
  if (suspects_may() && (!others || since_suspect_ >= kOthersForASuspect)) {
    since_suspect_ = 0;
    return take_front(suspect_retries_.empty() ? suspects_ : suspect_retries_);
  }
  ++since_suspect_;
  if (newcomers_may() && (!others_wait() || since_newcomer_ >= others_for_a_newcomer())) {
    const bool takes_turns = std::exchange(since_newcomer_, 0) >= kOthersForANewcomer;
    const bool first_attempt = newcomer_retries_.empty() || (!takes_turns && !newcomers_.empty());
    return take_front(first_attempt ? newcomers_ : newcomer_retries_);
  }
  ++since_newcomer_;
  return take_front(retries_.empty() ? ready_ : retries_);
}

size_t ModelTurns::take_probe(Duration held_for) {
  const bool is_held = held_for > Duration::zero();
  const bool prefers_retry = is_held && probed_first_attempt_ && !retries_.empty();
  probed_first_attempt_ = !prefers_retry && (!ready_.empty() || !newcomers_.empty());
  if (!prefers_retry && !ready_.empty()) {
    probed_back_ = !probed_back_ && held_for < kProbesOfTheBack;
    return probed_back_ ? take_back(ready_) : take_front(ready_);
  }
  if (probed_first_attempt_) return take_front(newcomers_);
  for (std::deque<size_t>* list : {&retries_, &newcomer_retries_, &suspect_retries_}) {
    if (!list->empty()) return take_front(*list);
  }
  return take_front(suspects_);
}

// ---- under way

ModelTurns::Standing ModelTurns::standing_of(const Attempt& attempt) {
  if (attempt.of_suspect) return kSuspect;
  return attempt.of_known ? kKnown : kNewcomer;
}

void ModelTurns::note_start(size_t action, const Attempt& attempt) {
  static constexpr double kFades = 0.999;
  ++under_way_[standing_of(attempt)];
  on_time_.emplace(attempt.started, action);
  known_peak_ = std::max(known_peak_ * kFades, static_cast<double>(under_way_[kKnown]));
}

void ModelTurns::note_end(size_t action, const Attempt& attempt) {
  --under_way_[standing_of(attempt)];
  const bool was_on_time = on_time_.erase({attempt.started, action}) > 0;
  if (!was_on_time) --overdue_[standing_of(attempt)];
}

void ModelTurns::advance(Instant now) {
  while (!on_time_.empty() && now - on_time_.begin()->first >= patience()) {
    const size_t action = on_time_.begin()->second;
    on_time_.erase(on_time_.begin());
    ++overdue_[standing_of(actions_[action].attempt)];
  }
}

Instant ModelTurns::next_overdue() const {
  return on_time_.empty() ? kNever : on_time_.begin()->first + patience();
}

bool ModelTurns::has_slot() const {
  return all_under_way() < at_once_.most() && on_time_.size() < at_once_.present();
}

uint64_t ModelTurns::all_under_way() const {
  return under_way_[kKnown] + under_way_[kNewcomer] + under_way_[kSuspect];
}

Duration ModelTurns::patience() const {
  return std::max(kLeastPatience, 4 * at_once_.usual());
}

void ModelTurns::note_success(const Attempt& attempt, Instant now) {
  at_once_.note_success(
      {.kind = 0, .took = now - attempt.started, .under_way = all_under_way() + 1}, now);
}

}  // namespace awps
