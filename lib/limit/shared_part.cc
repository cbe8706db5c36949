#include "limit/shared_part.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace awps {

namespace {

// Three digits, or all of a whole number.
std::string rate_text(double per_second) {
  char text[64];
  const double rounded = per_second >= 100 ? std::round(per_second) : per_second;
  const auto [end, error] =
      rounded >= 100
          ? std::to_chars(text, text + sizeof text, rounded, std::chars_format::fixed, 0)
          : std::to_chars(text, text + sizeof text, rounded, std::chars_format::general, 3);
  return std::string(text, end) + "/s";
}

}  // namespace

double SharedPart::value(Instant now) const {
  if (all == 0 || (lease != nullptr && !lease->covers(now))) return kLeastPart;
  return std::clamp(static_cast<double>(owned) / all, kLeastPart, 1.0);
}

std::string words_of(const SharedLimit& limit, double configured_per_second) {
  const std::string stream = " of \"" + limit.stream + "\"";
  const std::string here = rate_text(configured_per_second * limit.part) + " = " +
                           rate_text(configured_per_second) + " × ";
  if (limit.all == 0) {
    return here + "1 %, the least part: how many partitions there are" + stream +
           " is not known yet";
  }
  const std::string owned =
      std::to_string(limit.owned) + " of " + std::to_string(limit.all) + " partitions" + stream;
  if (limit.owned < limit.all * kLeastPart) return here + "1 %, the least part: it owns " + owned;
  return here + owned;
}

}  // namespace awps
