#include "queue/accepted.h"

namespace awps {

// Two lists and the options themselves are aligned.
size_t Accepted::bytes_of(const ActionOptions& options) {
  return charge_of(options) + options.hub.size() + 3 * kPadding;
}

void Accepted::make_extras(const Action& action, const Place& place, Arena& arena) {
  new (this + 1) Extras{
      .time_to_live = action.time_to_live,
      .options = copy_into(*action.options, arena),
      .ordered_batch = place.ordered_batch,
  };
}

}  // namespace awps
