#include "coalesce/target.h"

#include <algorithm>

#include "base/hash.h"

namespace awps {

bool same_excluded(const Action& a, const Action& b) {
  static constexpr size_t kShort = 16;
  const auto left = a.excluded();
  const auto right = b.excluded();
  if (left.size() != right.size()) return false;
  if (std::ranges::equal(left, right)) return true;
  return left.size() <= kShort && std::ranges::is_permutation(left, right);
}

bool same_target(const Action& a, const Action& b) {
  return a.kind == b.kind && a.member == b.member && a.group == b.group &&
         a.options->filter == b.options->filter && same_excluded(a, b);
}

uint64_t target_hash(const Action& action) {
  uint64_t hash = hash_of(action.member, static_cast<uint64_t>(action.kind) + 1);
  hash = hash_of(action.group, hash);
  if (action.options->filter) hash = hash_of(*action.options->filter, hash + 1);
  // A sum: the order of the list does not count.
  for (const std::string_view connection : action.excluded()) hash += hash_of(connection, 7);
  return hash == 0 ? 1 : hash;
}

}  // namespace awps
