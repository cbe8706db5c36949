#include "hub/turns.h"

#include <algorithm>

#include "base/check.h"
#include "hub/fault_target.h"
#include "hub/producer_state.h"

namespace awps {

void Turns::push(Entry& entry) {
  AWPS_CHECK(entry.list == WaitingList::kNone);
  entry.list = WaitingList::kOrdinary;
  ready_.push(entry);
  parts_.gatherer.add_ready(entry);
}

void Turns::push(Operation& operation) {
  retries_.push(operation);
}

ReadyList& Turns::ready_of(WaitingList list) {
  AWPS_CHECK(list != WaitingList::kNone && list != WaitingList::kHeldKind);
  if (list == WaitingList::kOrdinary) return ready_;
  return list == WaitingList::kNewcomers ? newcomers_ : suspects_;
}

void Turns::remove(Entry& entry) {
  if (entry.list == WaitingList::kNone) return;
  if (entry.list == WaitingList::kHeldKind) {
    unhold(entry);
    return;
  }
  forget_asking(entry);
  ready_of(entry.list).remove(entry);
  entry.list = WaitingList::kNone;
  parts_.gatherer.remove_ready(entry);
}

// Whatever it carries now: its action may have been replaced by one of another kind.
void Turns::forget_asking(const Entry& entry) {
  if (!may_be_asking_) return;
  may_be_asking_ = false;
  for (const Entry*& asking : asking_) {
    if (asking == &entry) asking = nullptr;
    may_be_asking_ |= asking != nullptr;
  }
}

void Turns::take_out(Entry& entry) {
  if (entry.list == WaitingList::kNone) return;
  forget_asking(entry);
  ready_of(entry.list).take(entry);
  entry.list = WaitingList::kNone;
  parts_.gatherer.remove_ready(entry);
}

void Turns::move_to(Entry& entry, WaitingList list) {
  ready_of(entry.list).remove(entry);
  entry.list = list;
  ready_of(list).push(entry);
  if (list == WaitingList::kSuspects) suspects_are_busy_ = false;
}

size_t Turns::waiting() const {
  return ready_.size() + newcomers_.size() + suspects_.size() + retries_.size() +
         newcomer_retries_.size() + suspect_retries_.size();
}

// ---- sorting

bool Turns::must_check_targets() const {
  return parts_.trouble.suspects() > 0 || parts_.trouble.newcomers_are_doubtful() ||
         !newcomer_has_slot();
}

WaitingList Turns::list_of(uint64_t target, bool was_throttled) const {
  if (parts_.trouble.suspect_since(target) != kNever) return WaitingList::kSuspects;
  if (parts_.trouble.is_known(target)) return WaitingList::kOrdinary;
  const bool stands_aside =
      was_throttled || parts_.trouble.newcomers_are_doubtful() || !newcomer_has_slot();
  return stands_aside ? WaitingList::kNewcomers : WaitingList::kOrdinary;
}

// If its kind is held, and it is not the one that asks.
bool Turns::set_aside_first(Instant now) {
  Entry* entry = ready_.front();
  if (entry == nullptr || !parts_.kind_holds.any()) return false;
  const ActionKind kind = entry->action().kind;
  const bool asks = entry == asking_[static_cast<size_t>(kind)];
  if (asks || !parts_.kind_holds.must_wait(kind, now)) return false;
  hold(*entry, now);
  return true;
}

bool Turns::sort_first_entry(Instant now) {
  if (set_aside_first(now)) return true;
  Entry* entry = ready_.front();
  if (entry == nullptr || !must_check_targets()) return false;
  const WaitingList list = list_of(fault_target_of(entry->action(), parts_.hub), false);
  if (list == WaitingList::kOrdinary) return false;
  move_to(*entry, list);
  return true;
}

bool Turns::sort_first_retry() {
  Operation* operation = retries_.first();
  if (operation == nullptr) return false;
  const bool was_throttled =
      operation->retry.failure.was_throttled && parts_.trouble.throttling_repeats();
  if (!must_check_targets() && !was_throttled) return false;
  const WaitingList list = list_of(fault_target_of(*operation, parts_.hub), was_throttled);
  if (list == WaitingList::kOrdinary) return false;
  // What failed because of a hold alone is nobody's fault: it keeps its order.
  if (list == WaitingList::kNewcomers && operation->retry.is_released) return false;
  retries_.remove(*operation);
  if (list == WaitingList::kSuspects) {
    suspect_retries_.push(*operation);
    suspects_are_busy_ = false;
  } else {
    newcomer_retries_.push(*operation);
  }
  return true;
}

bool Turns::sort(Instant now) {
  while (sort_first_retry()) {
  }
  while (sort_first_entry(now)) {
  }
  return may_go();
}

// ---- whose turn it is

// Newcomers leave room for the known ones among what is done at once, and among all that may be
// under way: what hangs takes a place of the second alone.
bool Turns::newcomer_has_slot() const {
  using enum UnderWay::Standing;
  if (parts_.under_way.count(kNewcomer) == 0) return true;  // there is room for one
  const bool is_doubtful = parts_.trouble.newcomers_are_doubtful();
  if (!is_doubtful && known_peak_ < 1) return true;
  const auto used = static_cast<uint64_t>(known_peak_ * 1.5) + 2;
  const auto room = [&](uint64_t slots) {
    const uint64_t kept = is_doubtful ? slots / 2 : std::min(used, slots / 2);
    return std::max<uint64_t>(slots - kept, 1);
  };
  return parts_.under_way.on_time(kNewcomer) < room(parts_.permits.concurrency()) &&
         parts_.under_way.count(kNewcomer) < room(parts_.permits.max_concurrency());
}

bool Turns::newcomers_may() const {
  return (!newcomers_.empty() || !newcomer_retries_.empty()) && newcomer_has_slot();
}

bool Turns::suspects_may() const {
  using enum UnderWay::Standing;
  if (suspects_are_busy_ || (suspects_.empty() && suspect_retries_.empty())) return false;
  const uint64_t most = std::max<uint64_t>(parts_.permits.max_concurrency() / 10, 1);
  const uint64_t on_time = std::max<uint64_t>(parts_.permits.concurrency() / 3, 1);
  return parts_.under_way.count(kSuspect) < most && parts_.under_way.on_time(kSuspect) < on_time;
}

bool Turns::is_busy(uint64_t target) const {
  return !busy_suspects_.empty() && busy_suspects_.contains(target);
}

Turns::Turn Turns::front_of(OperationList& operations, ReadyList& entries) {
  if (Operation* operation = operations.pop()) return {.operation = operation};
  return {.entry = entries.front()};
}

// Without doubt only the want of room made first attempts stand aside: they are older than what
// waits now, and go at once. Retries after "too many requests" take turns with others, as long as
// most of them are refused again.
uint32_t Turns::others_for_a_newcomer() const {
  if (parts_.trouble.newcomers_are_doubtful()) return kOthersForADoubtfulNewcomer;
  const bool takes_turns = newcomers_.empty() && parts_.trouble.throttling_repeats();
  return takes_turns ? kOthersForANewcomer : 0;
}

Turns::Turn Turns::take_newcomer() {
  since_newcomer_ = 0;
  retry_is_next_ = !retry_is_next_;
  if (!retry_is_next_ && !newcomers_.empty()) return {.entry = newcomers_.front()};
  return front_of(newcomer_retries_, newcomers_);
}

// One whose target has a request under way makes room for the next.
Turns::Turn Turns::take_suspect() {
  for (size_t i = 0; i < kBusyPassedOver && !suspect_retries_.empty(); ++i) {
    Operation& operation = *suspect_retries_.pop();
    if (!is_busy(fault_target_of(operation, parts_.hub))) return {.operation = &operation};
    suspect_retries_.push(operation);
  }
  for (size_t i = 0; i < kBusyPassedOver && !suspects_.empty(); ++i) {
    Entry& entry = *suspects_.front();
    if (!is_busy(fault_target_of(entry.action(), parts_.hub))) return {.entry = &entry};
    suspects_.remove(entry);
    suspects_.push(entry);
  }
  suspects_are_busy_ = true;
  return {};
}

Turns::Turn Turns::take() {
  const bool has_newcomer = newcomers_may();
  const bool others = others_wait() || has_newcomer;
  if (suspects_may() && (!others || since_suspect_ >= kOthersForASuspect)) {
    since_suspect_ = 0;
    const Turn turn = take_suspect();
    if (turn.entry != nullptr || turn.operation != nullptr) return turn;
  }
  if (!others) return {};
  ++since_suspect_;
  if (has_newcomer && (!others_wait() || since_newcomer_ >= others_for_a_newcomer())) {
    return take_newcomer();
  }
  ++since_newcomer_;
  return front_of(retries_, ready_);
}

bool Turns::has_probe() const {
  return waiting() > 0;
}

Turns::Turn Turns::take_probe(Duration held_for, Instant now) {
  while (set_aside_first(now)) {
  }
  const bool is_held = held_for > Duration::zero();
  const bool prefers_retry = is_held && probed_first_attempt_ && !retries_.empty();
  probed_first_attempt_ = false;
  if (!prefers_retry && !ready_.empty()) {
    probed_first_attempt_ = true;
    // What stands behind is not sorted yet: it may be of a kind that is held.
    probed_back_ = !probed_back_ && held_for < kProbesOfTheBack && !parts_.kind_holds.any();
    return {.entry = probed_back_ ? ready_.back() : ready_.front()};
  }
  if (!prefers_retry && !newcomers_.empty()) {
    probed_first_attempt_ = true;
    return {.entry = newcomers_.front()};
  }
  if (!retries_.empty()) return {.operation = retries_.pop()};
  if (!newcomer_retries_.empty()) return {.operation = newcomer_retries_.pop()};
  return front_of(suspect_retries_, suspects_);
}

void Turns::note_start(const Operation& operation) {
  static constexpr double kFades = 0.999;  // with each start
  const auto known = static_cast<double>(parts_.under_way.count(UnderWay::Standing::kKnown));
  known_peak_ = std::max(known_peak_ * kFades, known);
  if (operation.attempt.of_suspect) ++busy_suspects_[operation.attempt.target];
}

void Turns::note_end(const Operation& operation) {
  if (!operation.attempt.of_suspect) return;
  // A probe may have gone beside another request.
  const auto busy = busy_suspects_.find(operation.attempt.target);
  if (busy != busy_suspects_.end() && --busy->second == 0) busy_suspects_.erase(busy);
  suspects_are_busy_ = false;
}

// ---- kinds that are held

void Turns::hold(Entry& entry, Instant now) {
  remove(entry);
  entry.list = WaitingList::kHeldKind;
  entry.turn->waits = now;
  Held& held = held_[static_cast<size_t>(entry.kind())];
  entry.turn->next_ready = nullptr;
  entry.turn->previous_ready = held.last;
  (held.last == nullptr ? held.first : held.last->turn->next_ready) = &entry;
  held.last = &entry;
}

void Turns::unhold(Entry& entry) {
  entry.list = WaitingList::kNone;
  Held& held = held_[static_cast<size_t>(entry.kind())];
  (entry.turn->previous_ready == nullptr ? held.first
                                         : entry.turn->previous_ready->turn->next_ready) =
      entry.turn->next_ready;
  (entry.turn->next_ready == nullptr ? held.last : entry.turn->next_ready->turn->previous_ready) =
      entry.turn->previous_ready;
}

bool Turns::is_asker(const Entry& entry) const {
  if (entry.operation() == nullptr) {
    return asking_[static_cast<size_t>(entry.kind())] == &entry;
  }
  const OperationList* list = entry.operation()->list;
  return list == &retries_ || list == &newcomer_retries_ || list == &suspect_retries_;
}

void Turns::let_one_ask(ActionKind kind) {
  Entry* entry = first_held(kind);
  if (entry == nullptr) return;
  unhold(*entry);
  push(*entry);
  asking_[static_cast<size_t>(kind)] = entry;  // until it starts, or leaves
  may_be_asking_ = true;
}

void Turns::release(ActionKind kind) {
  while (first_held(kind) != nullptr) let_one_ask(kind);
}

}  // namespace awps
