#include "hub/replacer.h"

#include "base/hash.h"
#include "coalesce/conflate.h"
#include "coalesce/supersede.h"
#include "coalesce/target.h"
#include "hub/operation.h"

namespace awps {

uint64_t Replacer::key_of(const Arrival& arrival) const {
  const bool is_under_rule = is_send(arrival.action.kind) ? options_.conflate : options_.supersede;
  return options_.enabled && is_under_rule ? key_of(arrival.action, arrival.batch) : 0;
}

uint64_t Replacer::key_of(const Action& action, const Batch& batch) {
  // Not by producer: another one's value of the same key between two must be found, and keeps them
  // apart. In the target's own lane nothing else would: values are one run there.
  if (is_send(action.kind)) return conflate_key(action);
  const uint64_t key = supersede_key(action);
  return key == 0 ? 0 : key ^ (batch.account().producer * 0x9e3779b97f4a7c15U);
}

uint64_t Replacer::values_of(const Action& action) const {
  const bool is_value =
      options_.enabled && options_.conflate && !action.options->conflation_key.empty();
  return is_value ? target_hash(action) : 0;
}

bool Replacer::may_leave(const Entry& earlier, const Arrival& arrival) {
  if (earlier.state == EntryState::kActive) return false;
  if (earlier.batch->account().producer != arrival.batch.account().producer) return false;
  if (expiry_of(arrival.accepted, arrival.batch) < earlier.expiry()) return false;
  const Operation* operation = earlier.operation();
  return operation == nullptr || operation->form != OperationForm::kMerge ||
         operation->members.size() == 1;
}

Entry* Replacer::place_for(const Arrival& arrival, uint64_t key) const {
  const auto slot = latest_.find(key);
  if (slot == latest_.end()) return nullptr;
  Entry& earlier = *slot->second;
  if (!may_leave(earlier, arrival)) return nullptr;
  const Action& action = arrival.action;
  const bool as_value = is_send(action.kind);
  const bool fits =
      as_value ? conflates(action, earlier.action()) : supersedes(action, earlier.action());
  return fits && order_.same_place(earlier, arrival.plan, as_value) ? &earlier : nullptr;
}

Entry* Replacer::swept_by(const Arrival& arrival) const {
  if (arrival.plan.lane_count == 0) return nullptr;
  Entry* earlier = order_.last_in(arrival.plan.lanes[0].lane);
  if (earlier == nullptr || !sweeps(arrival.action, earlier->action())) return nullptr;
  const bool leaves = may_leave(*earlier, arrival) && order_.nothing_since(*earlier, arrival.plan);
  return leaves ? earlier : nullptr;
}

void Replacer::remember(Entry& entry, uint64_t key) {
  entry.is_remembered = key != 0;
  if (entry.is_remembered) latest_[key] = &entry;
}

void Replacer::forget(const Entry& entry) {
  if (!entry.is_remembered) return;
  // Whoever took a place has the key of the one that stood there.
  const auto slot = latest_.find(key_of(entry.action(), *entry.batch));
  if (slot != latest_.end() && slot->second == &entry) latest_.erase(slot);
}

}  // namespace awps
