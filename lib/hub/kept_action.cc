#include "hub/kept_action.h"

#include <algorithm>

#include "action/encoder.h"

namespace awps {

void append_kept_action(std::string& out, const Entry& entry, const std::string& hub,
                        Duration age) {
  static constexpr Duration kLeast = std::chrono::milliseconds(1);
  Action action = entry.action();
  ActionOptions options = *action.options;
  options.hub = hub;
  const uint32_t ordered_batch = entry.accepted->ordered_batch;
  const std::string key = "batch-" + std::to_string(entry.batch->account().producer) + "-" +
                          std::to_string(ordered_batch);
  if (ordered_batch != 0 && options.ordering_key.empty()) options.ordering_key = key;
  action.options = &options;
  if (action.time_to_live > Duration::zero()) {
    action.time_to_live = std::max(action.time_to_live - age, kLeast);
  }
  append_action(out, action);
}

}  // namespace awps
