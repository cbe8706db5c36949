#include "config/names.h"

#include <algorithm>
#include <numeric>

#include "base/ascii.h"
#include "base/hub_name.h"
#include "config/quantity.h"

namespace awps {
namespace {

/// Edit distance with swaps of neighbours (optimal string alignment).
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

constexpr size_t kMaxGuessedName =
    64;  // longer ones are no slips; and the distance costs a product

}  // namespace

std::string no_hub_name() {
  return "is not the name of a hub: " + std::string(kHubNameRule);
}

std::string quoted_key(std::string_view name) {
  const auto bare = [](char c) { return is_alphanumeric(c) || c == '_' || c == '-'; };
  if (!name.empty() && std::ranges::all_of(name, bare)) {
    return std::string(name);
  }
  return print_text(name);
}

std::string join_key(std::string_view parent, std::string_view name) {
  std::string result(parent);
  if (!parent.empty()) {
    result += '.';
  }
  return result + quoted_key(name);
}

std::optional<std::string> nearest_name(std::string_view name,
                                        const std::vector<std::string>& candidates) {
  if (name.size() > kMaxGuessedName) {
    return std::nullopt;
  }
  const std::string wanted = to_lower(name);
  size_t best = std::max<size_t>(1, name.size() / 3) + 1;
  std::optional<std::string> result;
  for (const std::string& candidate : candidates) {
    const size_t d = distance(wanted, to_lower(candidate));
    if (d < best) {
      best = d;
      result = candidate;
    }
  }
  return result;
}

}  // namespace awps
