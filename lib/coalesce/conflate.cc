#include "coalesce/conflate.h"

#include "base/hash.h"
#include "coalesce/target.h"

namespace awps {

uint64_t conflate_key(const Action& action) {
  if (action.options->conflation_key.empty()) return 0;
  const uint64_t hash = hash_of(action.options->conflation_key, target_hash(action));
  return hash == 0 ? 1 : hash;
}

bool conflates(const Action& later, const Action& earlier) {
  return !later.options->conflation_key.empty() &&
         later.options->conflation_key == earlier.options->conflation_key &&
         same_target(later, earlier);
}

}  // namespace awps
