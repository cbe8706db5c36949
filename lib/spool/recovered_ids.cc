#include "spool/recovered_ids.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace awps {

bool RecoveredIds::take(const FrameHeader& header, std::string_view payload, LogState& state) {
  if (!frames_.take(header, payload)) return false;
  WallTime newest{};
  for (KnownId id : frames_.ids()) {
    // What is later was accepted by a clock that was wrong.
    id.accepted_at = std::min(id.accepted_at, now_);
    newest = std::max(newest, id.accepted_at);
    if (most_ == 0 || id.accepted_at < since_) continue;
    found_.push_back({id, frames_.end()});
    if (found_.size() >= 2 * most_) forget_old();
  }
  if (!frames_.ids().empty()) state.add_ids(frames_.ids().size(), newest);
  return true;
}

void RecoveredIds::take_back(Position next) {
  std::erase_if(found_, [next](const Found& found) { return found.end > next; });
}

// In the order accepted, the latest `most_` of different hashes.
void RecoveredIds::forget_old() {
  std::ranges::sort(found_, [](const Found& a, const Found& b) {
    return std::tie(a.id.hash, b.id.accepted_at) < std::tie(b.id.hash, a.id.accepted_at);
  });
  const auto is_same = [](const Found& a, const Found& b) { return a.id.hash == b.id.hash; };
  found_.erase(std::unique(found_.begin(), found_.end(), is_same), found_.end());
  std::ranges::stable_sort(found_, {}, [](const Found& found) { return found.id.accepted_at; });
  if (found_.size() <= most_) return;
  found_.erase(found_.begin(), found_.end() - static_cast<ptrdiff_t>(most_));
}

std::vector<KnownId> RecoveredIds::finish() {
  forget_old();
  std::vector<KnownId> ids;
  ids.reserve(found_.size());
  for (const Found& found : std::exchange(found_, {})) ids.push_back(found.id);
  return ids;
}

}  // namespace awps
