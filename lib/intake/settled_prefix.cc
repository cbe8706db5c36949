#include "intake/settled_prefix.h"

namespace awps {

bool SettledPrefix::settle(uint64_t position) {
  const auto found = open_.find(position);
  if (found == open_.end()) return false;
  open_.erase(found);
  return true;
}

std::optional<uint64_t> SettledPrefix::lowest_open() const {
  if (open_.empty()) return std::nullopt;
  return *open_.begin();
}

}  // namespace awps
