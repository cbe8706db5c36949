#include "hub/operation_pool.h"

#include "base/check.h"
#include "base/release_memory.h"
#include "hub/operation_list.h"

namespace awps {

Operation& OperationPool::take() {
  if (free_.empty()) free_.push_back(&operations_.emplace_back());
  Operation& operation = *free_.back();
  free_.pop_back();
  operation.waits_for_lane = false;
  operation.url_bytes = 0;
  operation.attempt = {};
  operation.retry = {};
  operation.last.body_bytes = 0;
  operation.last.form = OperationForm::kSingle;
  return operation;
}

Operation& OperationPool::make(OperationForm form, std::span<Entry* const> entries) {
  Operation& operation = take();
  operation.form = form;
  for (Entry* entry : entries) {
    operation.members.push_back(*entry);
    entry->turn->operation = &operation;
  }
  return operation;
}

Operation& OperationPool::split(Operation& operation) {
  AWPS_CHECK(operation.members.size() > 1);
  Operation& rest = take();
  rest.form = operation.form;
  rest.retry.failures = operation.retry.failures;
  rest.url_bytes = operation.url_bytes /= 2;
  for (const Member& member : operation.members.take_later_half()) {
    member.entry->turn->operation = &rest;
    rest.members.push_back(member);
  }
  return rest;
}

Member OperationPool::leave(Entry& entry) {
  Operation* operation = entry.operation();
  if (operation == nullptr) return {.entry = &entry};
  entry.turn->operation = nullptr;
  return operation->members.take(entry);
}

Operation& OperationPool::begin_anew(Entry& entry) {
  Operation& former = *entry.operation();
  if (former.members.size() == 1) {
    former.members.front() = {.entry = &entry};
    former.retry.failure.may_charge = false;
    former.retry.held_since = kNever;
    return former;
  }
  leave(entry);
  Entry* const alone = &entry;
  Operation& own = make(OperationForm::kSingle, {&alone, 1});
  own.retry.failures = former.retry.failures;
  own.retry.due = former.retry.due;
  return own;
}

void OperationPool::free(Operation& operation) {
  OperationList::leave(operation);
  ++operation.generation;
  operation.members.clear();
  free_.push_back(&operation);
}

void OperationPool::release_memory() {
  release_memory_of(operations_);
  release_memory_of(free_);
}

}  // namespace awps
