#include "hub/schedule.h"

#include "base/check.h"

namespace awps {

void Schedule::push_ready(Entry& entry) {
  AWPS_CHECK(!entry.in_ready_list && entry.blocked_by == 0);
  entry.in_ready_list = true;
  entry.next_ready = nullptr;
  entry.previous_ready = last_ready_;
  (last_ready_ == nullptr ? first_ready_ : last_ready_->next_ready) = &entry;
  last_ready_ = &entry;
}

void Schedule::remove_ready(Entry& entry) {
  AWPS_CHECK(entry.in_ready_list);
  entry.in_ready_list = false;
  (entry.previous_ready == nullptr ? first_ready_ : entry.previous_ready->next_ready) =
      entry.next_ready;
  (entry.next_ready == nullptr ? last_ready_ : entry.next_ready->previous_ready) =
      entry.previous_ready;
}

void Schedule::push_due(Operation& operation) {
  AWPS_CHECK(!operation.in_due_list);
  operation.in_due_list = true;
  operation.next_due = nullptr;
  (last_due_ == nullptr ? first_due_ : last_due_->next_due) = &operation;
  last_due_ = &operation;
}

Operation* Schedule::pop_due() {
  Operation* operation = first_due_;
  if (operation == nullptr) return nullptr;
  first_due_ = operation->next_due;
  if (first_due_ == nullptr) last_due_ = nullptr;
  operation->in_due_list = false;
  return operation;
}

void Schedule::set_timer(Instant at, Operation& operation) {
  timers_.push({.at = at, .operation = &operation, .generation = operation.generation});
}

void Schedule::set_timer(Instant at, Entry& entry) {
  timers_.push({.at = at, .entry = &entry, .generation = entry.generation});
}

Schedule::Due Schedule::pop_timer(Instant now) {
  while (!timers_.empty() && timers_.top().at <= now) {
    const Timer timer = timers_.top();
    timers_.pop();
    if (timer.operation != nullptr && timer.operation->generation == timer.generation) {
      return {.operation = timer.operation};
    }
    if (timer.entry != nullptr && timer.entry->generation == timer.generation) {
      return {.entry = timer.entry};
    }
  }
  return {};
}

}  // namespace awps
