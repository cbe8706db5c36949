// Measures: differences of two readings of one hub. Pure.

const WINDOW_SECONDS = 5;  // what rates and percentiles are of

function difference(after, before) {
  const change = (key) => [key, after[key] - (before[key] ?? 0)];
  return Object.fromEntries(Object.keys(after).map(change));
}

function interval(after, before) {
  const counts = (kind) => after.hub.latency[kind].counts
    .map((count, at) => count - before.hub.latency[kind].counts[at]);
  const deliveries = counts("delivery");
  const bounds = after.hub.latency.delivery.boundsSeconds;  // the same for both
  const actions = difference(after.hub.actions, before.hub.actions);
  const requests = difference(after.hub.requests, before.hub.requests);
  return {
    length: after.uptime - before.uptime, actions, requests, deliveries, bounds,
    delivery: (share) => percentile(deliveries, bounds, share),
    request: (share) => percentile(counts("request"), bounds, share),
  };
}

/** Interpolated in its bucket; Infinity above the last bound, null without a count. */
function percentile(counts, bounds, share) {
  const rank = share * counts.reduce((sum, count) => sum + count, 0);
  if (rank === 0) return null;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    if (count > 0 && below + count >= rank) {
      if (at >= bounds.length) return Infinity;
      const low = at === 0 ? 0 : bounds[at - 1];
      return low + (bounds[at] - low) * (rank - below) / count;
    }
    below += count;
  }
  return null;
}

/** The same of several hubs together. */
function deliveryOfAll(intervals, share) {
  const counts = intervals[0].deliveries
    .map((_, at) => intervals.reduce((sum, {deliveries}) => sum + deliveries[at], 0));
  return percentile(counts, intervals[0].bounds, share);
}

function ratio(part, of) {
  return of > 0 ? tenths.format(part / of) : "–";
}

/** Readings {uptime, …} of the last seconds, of one life of the daemon. */
class Readings {
  constructor() {
    this.all = [];
  }

  add(reading) {
    // No time has passed.
    if (this.all.length > 0 && reading.uptime <= this.all.at(-1).uptime) return;
    this.all.push(reading);
    const begin = reading.uptime - WINDOW_SECONDS;
    while (this.all.length > 2 && this.all[1].uptime <= begin) this.all.shift();
  }

  /** What `measure(after, before)` says of the last two, or of the window; null after the first. */
  last(measure) {
    return this.all.length < 2 ? null : measure(this.all.at(-1), this.all.at(-2));
  }

  window(measure) {
    return this.all.length < 2 ? null : measure(this.all.at(-1), this.all[0]);
  }
}
