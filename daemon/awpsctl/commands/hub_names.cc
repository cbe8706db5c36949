#include "daemon/awpsctl/commands/hub_names.h"

#include <algorithm>

namespace awps {

std::string canonical_hub_name(std::string_view name) {
  std::string canonical(name);
  std::ranges::transform(canonical, canonical.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return canonical;
}

}  // namespace awps
