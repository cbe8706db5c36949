#include "hub/operation_pool.h"

#include "base/check.h"
#include "hub/operation_list.h"

namespace awps {

Operation& OperationPool::take() {
  if (free_.empty()) free_.push_back(&operations_.emplace_back());
  Operation& operation = *free_.back();
  free_.pop_back();
  operation.last_form = OperationForm::kSingle;
  operation.attempt = {};
  operation.failure = {};
  operation.first_failed = kNever;
  operation.failures = 0;
  operation.needs_budget = false;
  operation.is_released = false;
  operation.waits_for_lane = false;
  operation.held_since = kNever;
  operation.url_bytes = 0;
  operation.body_bytes = 0;
  return operation;
}

Operation& OperationPool::make(OperationForm form, std::span<Entry* const> entries) {
  Operation& operation = take();
  operation.form = form;
  for (Entry* entry : entries) {
    operation.members.push_back({.entry = entry});
    entry->operation = &operation;
  }
  return operation;
}

Operation& OperationPool::split(Operation& operation) {
  AWPS_CHECK(operation.members.size() > 1);
  Operation& rest = take();
  rest.form = operation.form;
  rest.failures = operation.failures;
  rest.url_bytes = operation.url_bytes /= 2;
  for (const Member& member : operation.members.take_later_half()) {
    member.entry->operation = &rest;
    rest.members.push_back(member);
  }
  return rest;
}

Member OperationPool::leave(Entry& entry) {
  Operation* operation = entry.operation;
  if (operation == nullptr) return {.entry = &entry};
  entry.operation = nullptr;
  return operation->members.take(entry);
}

Operation& OperationPool::begin_anew(Entry& entry) {
  Operation& former = *entry.operation;
  if (former.members.size() == 1) {
    former.members.front() = {.entry = &entry};
    former.failure.may_charge = false;
    former.held_since = kNever;
    return former;
  }
  leave(entry);
  Entry* const alone = &entry;
  Operation& own = make(OperationForm::kSingle, {&alone, 1});
  own.failures = former.failures;
  own.due = former.due;
  return own;
}

void OperationPool::free(Operation& operation) {
  OperationList::leave(operation);
  ++operation.generation;
  operation.members.clear();
  free_.push_back(&operation);
}

}  // namespace awps
