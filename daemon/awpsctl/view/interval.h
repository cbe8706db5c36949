#pragma once

// What happened between two readings of the status: rates, percentiles, the coalescing ratio.
// Functions of their arguments, any thread.

#include <optional>
#include <string>
#include <vector>

#include "daemon/awpsctl/wire/status_reading.h"

namespace awps {

/// Of durations counted in buckets; interpolated within one, so off by a quarter at most. What lies
/// above the last bound is said to be at it. nullopt: nothing was counted.
std::optional<double> percentile(const HistogramReading& histogram, double share);
/// What was counted since `before`; of forms that differ, nothing.
HistogramReading difference(const HistogramReading& before, const HistogramReading& after);
/// Settled actions for each request started. nullopt: there was none.
std::optional<double> coalescing_ratio(uint64_t settled, uint64_t requests);

/// A second's worth of each, but for ratio and percentiles.
struct HubInterval {
  double accepted = 0, delivered = 0, requests = 0, errors = 0, throttled = 0, retries = 0,
         expired = 0, dead_lettered = 0, superseded = 0;
  std::optional<double> ratio, delivery_p50, delivery_p99, request_p50, request_p99;
  double busy_share = 0;  // of one core, by the hub's worker
};

struct Interval {
  double seconds = 0;
  double intake_actions = 0, intake_bytes = 0, rejected = 0;  // a second
  std::vector<std::optional<HubInterval>> hubs;               // in the order of `after`
  HubInterval all;                                            // of those that both have
};

/// nullopt where they cannot be compared: another process, or no time between them.
std::optional<Interval> interval_between(const StatusReading& before, const StatusReading& after);
/// The same since the daemon's start.
std::optional<Interval> interval_since_start(const StatusReading& status);

}  // namespace awps
