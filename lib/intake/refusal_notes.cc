#include "intake/refusal_notes.h"

#include <utility>

namespace awps {

std::optional<uint64_t> RefusalNotes::note(uint64_t reason, Instant now) {
  static constexpr Duration kPeriod = std::chrono::minutes(1);
  const auto known = told_.find(reason);
  if (known == told_.end()) {
    if (told_.size() >= kMostReasons) {
      std::erase_if(told_, [now](const auto& entry) { return now - entry.second.at >= kPeriod; });
    }
    if (told_.size() >= kMostReasons) return std::nullopt;
    told_.emplace(reason, Told{.at = now});
    return 1;
  }
  ++known->second.since;
  if (now - known->second.at < kPeriod) return std::nullopt;
  known->second.at = now;
  return std::exchange(known->second.since, 0);
}

}  // namespace awps
