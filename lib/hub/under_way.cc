#include "hub/under_way.h"

namespace awps {

UnderWay::Standing UnderWay::standing_of(const Attempt& attempt) {
  if (attempt.of_suspect) return Standing::kSuspect;
  return attempt.of_known ? Standing::kKnown : Standing::kNewcomer;
}

void UnderWay::start(Operation& operation) {
  ++counts_[static_cast<size_t>(standing_of(operation.attempt))];
  on_time_.push(operation);
}

void UnderWay::end(Operation& operation) {
  const auto standing = static_cast<size_t>(standing_of(operation.attempt));
  --counts_[standing];
  if (operation.list == &late_) --overdue_[standing];
  OperationList::leave(operation);
}

void UnderWay::advance(Duration patience, Instant now) {
  for (Operation* operation = on_time_.first();
       operation != nullptr && now - operation->attempt.started >= patience;
       operation = on_time_.first()) {
    on_time_.remove(*operation);
    late_.push(*operation);
    ++overdue_[static_cast<size_t>(standing_of(operation->attempt))];
  }
}

Instant UnderWay::next_overdue(Duration patience) const {
  return on_time_.empty() ? kNever : on_time_.first()->attempt.started + patience;
}

void UnderWay::forget() {
  while (on_time_.pop() != nullptr) {
  }
  while (late_.pop() != nullptr) {
  }
  counts_ = {};
  overdue_ = {};
}

}  // namespace awps
