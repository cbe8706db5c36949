#include "daemon/awpsctl/view/interval.h"

#include <algorithm>

#include "daemon/awpsctl/view/many_hubs.h"

namespace awps {

namespace {

// A counter never falls within one process; where it does, nothing is claimed.
double increase(uint64_t before, uint64_t after) {
  return after > before ? static_cast<double>(after - before) : 0;
}

HubInterval hub_interval(const HubReading& before, const HubReading& after, double seconds) {
  const auto rate = [&](uint64_t from, uint64_t to) { return increase(from, to) / seconds; };
  const ActionReading& was = before.actions;
  const ActionReading& is = after.actions;
  const HistogramReading delivery = difference(before.delivery, after.delivery);
  const HistogramReading request = difference(before.request, after.request);
  HubInterval interval;
  interval.accepted = rate(was.accepted, is.accepted);
  interval.delivered = rate(was.delivered, is.delivered);
  interval.superseded = rate(was.superseded, is.superseded);
  interval.expired = rate(was.expired, is.expired);
  interval.dead_lettered = rate(was.dead_lettered, is.dead_lettered);
  interval.requests = rate(before.requests.started, after.requests.started);
  interval.errors = rate(before.requests.errors(), after.requests.errors());
  interval.throttled = rate(before.requests.throttled, after.requests.throttled);
  interval.retries = rate(before.requests.retries, after.requests.retries);
  interval.ratio = coalescing_ratio(
      static_cast<uint64_t>(increase(was.settled(), is.settled())),
      static_cast<uint64_t>(increase(before.requests.started, after.requests.started)));
  interval.delivery_p50 = percentile(delivery, 0.50);
  interval.delivery_p99 = percentile(delivery, 0.99);
  interval.request_p50 = percentile(request, 0.50);
  interval.request_p99 = percentile(request, 0.99);
  interval.busy_share = std::max(0.0, after.busy_seconds - before.busy_seconds) / seconds;
  return interval;
}

}  // namespace

std::optional<double> percentile(const HistogramReading& histogram, double share) {
  uint64_t total = 0;
  for (const uint64_t count : histogram.counts) total += count;
  if (total == 0) return std::nullopt;
  const double rank = std::clamp(share, 0.0, 1.0) * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < histogram.counts.size(); ++i) {
    const auto count = static_cast<double>(histogram.counts[i]);
    if (count == 0 || below + count < rank) {
      below += count;
      continue;
    }
    const double low = i == 0 ? 0 : histogram.bounds_seconds[i - 1];
    if (i == histogram.bounds_seconds.size()) return low;
    return low + (histogram.bounds_seconds[i] - low) * ((rank - below) / count);
  }
  return histogram.bounds_seconds.empty() ? 0 : histogram.bounds_seconds.back();
}

HistogramReading difference(const HistogramReading& before, const HistogramReading& after) {
  if (before.bounds_seconds != after.bounds_seconds) return {};
  HistogramReading result = after;
  for (size_t i = 0; i < result.counts.size(); ++i) {
    result.counts[i] -= std::min(before.counts[i], result.counts[i]);
  }
  return result;
}

std::optional<double> coalescing_ratio(uint64_t settled, uint64_t requests) {
  if (requests == 0) return std::nullopt;
  return static_cast<double>(settled) / static_cast<double>(requests);
}

std::optional<Interval> interval_between(const StatusReading& before, const StatusReading& after) {
  const double seconds = after.uptime_seconds - before.uptime_seconds;
  const bool same = before.pid == after.pid && before.started_at == after.started_at;
  if (!same || !(seconds > 0)) return std::nullopt;
  Interval interval;
  interval.seconds = seconds;
  interval.intake_actions = increase(before.intake.actions, after.intake.actions) / seconds;
  interval.intake_bytes = std::max(0.0, after.intake.bytes - before.intake.bytes) / seconds;
  interval.rejected = increase(before.intake.rejected, after.intake.rejected) / seconds;
  std::vector<HubReading> earlier_hubs, later_hubs;
  for (const HubReading& hub : after.hubs) {
    const HubReading* earlier = before.find_hub(hub.name);
    interval.hubs.push_back(
        earlier == nullptr ? std::nullopt : std::optional(hub_interval(*earlier, hub, seconds)));
    if (earlier == nullptr) continue;
    earlier_hubs.push_back(*earlier);
    later_hubs.push_back(hub);
  }
  interval.all = hub_interval(sum_of(earlier_hubs), sum_of(later_hubs), seconds);
  return interval;
}

std::optional<Interval> interval_since_start(const StatusReading& status) {
  StatusReading start;
  start.pid = status.pid;
  start.started_at = status.started_at;
  for (const HubReading& hub : status.hubs) {
    HubReading& fresh = start.hubs.emplace_back();
    fresh.name = hub.name;
    fresh.delivery.bounds_seconds = hub.delivery.bounds_seconds;
    fresh.delivery.counts.assign(hub.delivery.counts.size(), 0);
    fresh.request.bounds_seconds = hub.request.bounds_seconds;
    fresh.request.counts.assign(hub.request.counts.size(), 0);
  }
  return interval_between(start, status);
}

}  // namespace awps
