#include "hub/operation_list.h"

#include "base/check.h"
#include "hub/operation.h"

namespace awps {

void OperationList::push(Operation& operation) {
  AWPS_CHECK(operation.list == nullptr);
  operation.list = this;
  ++size_;
  operation.next = nullptr;
  operation.previous = last_;
  (last_ == nullptr ? first_ : last_->next) = &operation;
  last_ = &operation;
}

void OperationList::remove(Operation& operation) {
  AWPS_CHECK(operation.list == this);
  operation.list = nullptr;
  --size_;
  (operation.previous == nullptr ? first_ : operation.previous->next) = operation.next;
  (operation.next == nullptr ? last_ : operation.next->previous) = operation.previous;
}

Operation* OperationList::pop() {
  Operation* operation = first_;
  if (operation != nullptr) remove(*operation);
  return operation;
}

void OperationList::leave(Operation& operation) {
  if (operation.list != nullptr) operation.list->remove(operation);
}

}  // namespace awps
