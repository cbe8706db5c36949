// What was read of one hub: for rates, for charts, and for the age of what waits. Pure.

const HISTORY_MS = 5 * 60_000;
const MOST_MARKS = 600;

/**
 * How long the oldest waiting action has waited, at least, by the counters alone. Of `accepted`
 * actions all but `waiting` have an outcome. In whatever order they got it, the oldest that waits
 * was accepted no later than number `accepted - waiting + 1`.
 */
class Marks {
  constructor() {
    this.all = [];  // {uptime, accepted}, by time; the first is the one that counts
  }

  add(uptime, accepted, waiting) {
    this.all.push({uptime, accepted});
    const settled = accepted - waiting;
    while (this.all.length > 1 && this.all[0].accepted <= settled) this.all.shift();
    // Fewer marks say less, and nothing that is wrong.
    if (this.all.length > MOST_MARKS) this.all = this.all.filter((_, at) => at % 2 === 0);
    this.oldest = waiting > 0 ? uptime - this.all[0].uptime : 0;
  }
}

class HubHistory {
  constructor() {
    this.readings = new Readings();
    this.points = [];
    this.begin();
  }

  /** Of counters that begin anew. */
  begin() {
    this.marks = new Marks();
    this.interrupt();
  }

  /** What was read before is no base for differences. */
  interrupt() {
    this.readings = new Readings();
    const gap = {accepted: null, settled: null, waiting: null, p50: null, p99: null};
    if (this.points.length > 0) this.points.push({at: Date.now(), ...gap});
  }

  add(hub, uptime) {
    const {actions} = hub;
    // A hub that was removed and added again counts from nothing.
    if (actions.accepted < (this.readings.all.at(-1)?.hub.actions.accepted ?? 0)) this.begin();
    this.readings.add({uptime, hub});
    this.waiting = actions.queued + actions.active + actions.deferred;
    this.marks.add(uptime, actions.accepted, this.waiting);
    this.window = this.readings.window(interval);
    this.addPoint();
  }

  addPoint() {
    const last = this.readings.last(interval);
    const point = {at: Date.now(), waiting: this.waiting, accepted: null, settled: null,
                   p50: null, p99: null};
    if (last) {
      Object.assign(point, {accepted: last.actions.accepted / last.length,
                            settled: settled(last.actions) / last.length,
                            p50: last.delivery(0.5), p99: last.delivery(0.99)});
    }
    this.points.push(point);
    while (this.points[0].at < point.at - HISTORY_MS) this.points.shift();
  }

  /** `count(interval)` a second, over the window; null: not known. */
  rate(count) {
    return this.window && count(this.window) / this.window.length;
  }
}

function settled(actions) {
  return actions.delivered + actions.superseded + actions.deadLettered + actions.expired +
         actions.abandoned + actions.returned;
}

/** Of requests, but for those that were told to slow down. */
function errors(requests) {
  return requests.answers4xx + requests.answers5xx + requests.answersOther +
         requests.transportErrors;
}
