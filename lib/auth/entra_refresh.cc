#include "auth/entra_refresh.h"

#include <algorithm>
#include <utility>

namespace awps {

namespace {

constexpr Duration kAhead = std::chrono::minutes(5);
constexpr Duration kLongLife = std::chrono::hours(2);
// Corrections of the clock up to this much, in the way of NTP, are no jump.
constexpr Duration kSmallCorrection = std::chrono::minutes(5);

Duration refresh_wait(const TokenGrant& grant) {
  const Duration half = grant.life / 2;
  if (grant.refresh_in) return std::min(*grant.refresh_in, grant.life);
  if (grant.life > kLongLife) return half;
  return std::max(half, grant.life - kAhead);
}

}  // namespace

EntraRefresh::EntraRefresh(const Options& options, uint64_t seed)
    : options_(options), random_(seed) {}

bool EntraRefresh::wanted(WallTime wall) const {
  return forced_ || token_.empty() || wall >= refresh_at_ || wall < arrived_at_ - kSmallCorrection;
}

bool EntraRefresh::due(const Moment& moment) const {
  return !under_way_ && moment.now >= not_before_ && wanted(moment.wall);
}

Instant EntraRefresh::wake_at(const Moment& moment) const {
  const Instant look = moment.now + options_.longest_look;
  if (under_way_) return look;  // its end is an event
  if (wanted(moment.wall)) return std::clamp(not_before_, moment.now, look);
  return std::min(look, moment.now + (refresh_at_ - moment.wall));
}

void EntraRefresh::succeeded(TokenGrant grant, const Moment& moment) {
  const auto wait = static_cast<double>(refresh_wait(grant).count());
  const auto shortened = static_cast<Duration::rep>(wait * (1 - 0.1 * random_.unit()));
  token_ = std::move(grant.token);
  arrived_at_ = moment.wall;
  refresh_at_ = moment.wall + Duration(shortened);
  expires_at_ = moment.wall + grant.life;
  ++generation_;
  failure_.clear();
  failures_ = 0;
  under_way_ = false;
  forced_ = false;
  not_before_ = moment.now + options_.least_interval;
}

void EntraRefresh::failed(const TokenFailure& failure, const Moment& moment) {
  failure_ = failure.message;
  under_way_ = false;
  ++failures_;
  const Duration asked = std::clamp(failure.retry_after.value_or(Duration::zero()),
                                    Duration::zero(), options_.longest_retry_after);
  not_before_ = moment.now + std::max(asked, backoff_delay(options_.retry, failures_, random_));
}

void EntraRefresh::refused(uint64_t generation, const Moment& moment) {
  if (generation != generation_ || forced_) return;
  if (last_forced_ && moment.now - *last_forced_ < options_.refused_interval) return;
  forced_ = true;
  last_forced_ = moment.now;
  if (failures_ == 0) not_before_ = moment.now;
}

}  // namespace awps
