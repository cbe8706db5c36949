#include "stream/departure.h"

#include <algorithm>
#include <map>
#include <utility>

namespace awps {

namespace {

// A stream turns each second.
constexpr Duration kBetweenLooks = std::chrono::seconds(1);
constexpr Duration kOfOneInAHurry = std::chrono::milliseconds(500);

}  // namespace

Departure::Departure(std::vector<Leaving> leaving, const Limits& limits, Instant now,
                     const std::shared_ptr<StreamPosts>& posts)
    : leaving_(std::move(leaving)),
      looked_at_(now),
      confirm_by_(now + limits.confirmation),
      until_(now + limits.under_way),
      forgiven_(limits.under_way),
      unconfirmed_(std::make_shared<Unconfirmed>()) {
  std::map<const HubQueue*, std::pair<StreamHubHandle, std::vector<uint64_t>>> producers;
  for (const Leaving& one : leaving_) {
    one.partition->stop_reading();
    for (const StreamHubHandle& hub : one.partition->hubs().used()) {
      auto& [handle, numbers] = producers[hub->queue];
      handle = hub;
      numbers.push_back(one.partition->producer());
    }
  }
  for (auto& [queue, at_hub] : producers) unconfirmed_->insert(at_hub.first);
  for (auto& [queue, at_hub] : producers) {
    const StreamHubHandle hub = at_hub.first;
    hub->for_streams->withdraw(std::move(at_hub.second), [posts, hub, left = unconfirmed_] {
      posts->post([hub, left] { left->erase(hub); });
    });
  }
}

Leaving* Departure::find(const Partition& partition) {
  const auto found = std::ranges::find(leaving_, &partition, &Leaving::partition);
  return found == leaving_.end() ? nullptr : &*found;
}

std::vector<Leaving> Departure::take_done(Instant now, std::vector<std::string>& warnings) {
  look(now);
  std::vector<Leaving> done;
  if (now >= confirm_by_ && !unconfirmed_->empty()) take_unconfirmed(done, warnings);
  const auto quiet = static_cast<size_t>(std::ranges::count_if(
      leaving_, [](const Leaving& one) { return one.partition->is_quiet(); }));
  if (quiet < leaving_.size() && now < until_) return done;
  if (quiet < leaving_.size()) {
    warnings.push_back(std::to_string(leaving_.size() - quiet) +
                       " partitions are given back while some of their actions are under way; "
                       "their next owners repeat these");
  }
  done.insert(done.end(), leaving_.begin(), leaving_.end());
  leaving_.clear();
  return done;
}

// Time in which this process stood still gave nobody else a chance to answer either. But the group
// waits: not for one that stands still again and again.
void Departure::look(Instant now) {
  const Duration stood_still = std::min(now - looked_at_ - kBetweenLooks, forgiven_);
  looked_at_ = now;
  if (stood_still <= Duration::zero()) return;
  forgiven_ -= stood_still;
  confirm_by_ += stood_still;
  until_ += stood_still;
}

void Departure::hurry(Instant now) {
  look(now);
  confirm_by_ = std::min(confirm_by_, now + kOfOneInAHurry);
  until_ = std::min(until_, now + kOfOneInAHurry);
}

void Departure::take_unconfirmed(std::vector<Leaving>& done, std::vector<std::string>& warnings) {
  for (const StreamHubHandle& hub : *unconfirmed_) {
    warnings.push_back("hub '" + hub->name +
                       "' has not given back its records in time; their partitions are given back "
                       "without a commit, and what it has may be sent twice");
    for (Leaving& one : leaving_) {
      if (one.partition->hubs().uses(*hub)) one.is_confirmed = false;
    }
  }
  unconfirmed_->clear();
  const auto held_up = std::stable_partition(leaving_.begin(), leaving_.end(),
                                             [](const Leaving& one) { return one.is_confirmed; });
  done.insert(done.end(), held_up, leaving_.end());
  leaving_.erase(held_up, leaving_.end());
}

Instant Departure::next_time() const {
  if (is_over()) return kNever;
  return unconfirmed_->empty() ? until_ : std::min(confirm_by_, until_);
}

}  // namespace awps
