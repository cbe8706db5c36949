// A hub in detail.

const OUTCOMES = [["Accepted", "accepted"], ["Delivered", "delivered"],
                  ["… but nobody was there (404)", "targetGone"],
                  ["Superseded by a later one", "superseded"],
                  ["… as a value of a key", "conflated"],
                  ["Dead-lettered", "deadLettered", "bad"], ["Expired", "expired", "warn"],
                  ["Left at a stop", "abandoned", "bad"],
                  ["Went back to their stream", "returned"],
                  ["Duplicates, not carried out again", "duplicates"]];
const ANSWERS = [["2xx", "answers2xx"], ["429: too many requests", "answersThrottled", "warn"],
                 ["Other 4xx", "answers4xx", "bad"], ["5xx", "answers5xx", "bad"],
                 ["Any other status", "answersOther", "bad"],
                 ["None: transport errors", "transportErrors", "bad"],
                 ["Retries", "retries", "warn"],
                 ["… that may repeat a message", "ambiguousRetries", "warn"],
                 ["Failures that count against actions: others were answered", "chargedAnswered",
                  "warn"],
                 ["… the service said that it is healthy", "chargedHealthy", "warn"]];
const SHARES = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["p99.9", 0.999]];
const OLD_SECONDS = 5;  // from which on the age of what waits is said
const ENDPOINT_LEVELS = {open: "good", paused: "warn", held: "bad"};
const HUB_LEVELS = {running: "good", paused: "warn", draining: "warn", drained: "warn"};

class HubCard {
  constructor(name) {
    this.name = name;
    this.makeCharts();
    this.makeTables();
    this.heading = make("h3", {tabindex: "-1"}, name);
    this.badge = make("span", {class: "badge"});
    this.endpoint = make("span", {class: "quiet small"});
    this.turn = button("Pause", () => this.pauseOrResume());
    this.turn.dataset.post = "pause";
    this.drain = button("Drain…", () => this.drainIt());
    this.drain.dataset.post = "drain";
    this.drain.setAttribute("aria-label", `Drain hub ${name}`);
    this.said = make("div", {role: "status", class: "small"});
    this.limits = make("ul", {class: "sentences"});
    this.letters = new DeadLetters(name);
    const head = make("div", {class: "head"}, this.heading, this.badge, this.endpoint,
                      make("div", {class: "buttons"}, this.turn, this.drain));
    const figures = make("details", {}, make("summary", {}, "Counters and percentiles"),
                         make("div", {class: "figures"}, this.outcomes.node, this.answers.node,
                              this.coalescing.node, this.latency.node, this.queue.node,
                              this.disk.node));
    // A telephone shows the charts of all hubs first.
    figures.open = !matchMedia("(max-width: 40rem)").matches;
    this.node = make("article", {class: "card", "aria-label": `hub ${name}`}, head, this.said,
                      make("div", {class: "blocks charts"}, ...this.charts.map(({node}) => node)),
                      this.letters.node,
                      make("div", {class: "part"}, make("h4", {}, "Limits, and why"), this.limits),
                      figures);
  }

  makeCharts() {
    this.charts = [
      new Chart("Actions", [{key: "accepted", name: "accepted", kind: "area"},
                            {key: "settled", name: "settled", kind: "first"}], perSecond, 10),
      new Chart("Waiting", [{key: "waiting", name: "actions without an outcome", kind: "first"}],
                number, 10),
      new Chart("From acceptance to delivery", [{key: "p50", name: "p50", kind: "first"},
                                                {key: "p99", name: "p99", kind: "second"}],
                seconds, 0.01),
    ];
  }

  makeTables() {
    const window = `last ${WINDOW_SECONDS} s`, ever = "since start";
    this.queue = makeTable("Queue", ["actions", "bytes"],
                           ["Waiting for a turn", "In a request", "Waiting for a retry", "In all"]);
    this.disk = makeTable("Disk", ["actions", "bytes"],
                          ["Without an outcome", "… on disk alone", "Written since start",
                           "Found at the start", "Destroyed by damage"]);
    this.coalescing = makeTable("Coalescing", [window, ever],
                                ["Requests", "Actions per request", "Actions by fan-out",
                                 "… by bulk membership", "… by merge",
                                 "Taken apart after a refusal"]);
    const labels = (rows) => rows.map(([label]) => label);
    this.outcomes = makeTable("Actions by outcome", [window, ever], labels(OUTCOMES));
    this.answers = makeTable("Requests by answer", [window, ever], labels(ANSWERS));
    this.latency = makeTable(`Latency, ${window}`, ["to delivery", "of a request"], labels(SHARES));
  }

  update(hub, endpoint, history) {
    this.state = hub.state;
    const {window} = history;
    setText(this.badge, hub.ready ? hub.state : `${hub.state}, not ready`, levelOf(hub));
    setText(this.endpoint, hub.endpoint);
    setText(this.turn, hub.state === "running" ? "Pause" : "Resume");
    const isLeft = hub.state !== "running" && this.drain === document.activeElement;
    if (isLeft) this.turn.focus();  // not lost with the button
    this.drain.hidden = hub.state !== "running";
    this.turn.setAttribute("aria-label", `${this.turn.textContent} hub ${this.name}`);
    this.updateCharts(history);
    this.updateTables(hub, window);
    setItems(this.limits, limitsOf(hub, endpoint, history.marks.oldest));
    this.letters.update(hub.deadLetters);
  }

  updateCharts({window, waiting, points}) {
    const shown = {
      accepted: window && window.actions.accepted / window.length,
      settled: window && settled(window.actions) / window.length,
      waiting, p50: window && window.delivery(0.5), p99: window && window.delivery(0.99),
    };
    for (const chart of this.charts) {
      chart.draw(points);
      chart.lines.forEach((line, at) => setText(chart.figures[at], chart.format(shown[line.key])));
    }
  }

  updateTables(hub, window) {
    const {actions, requests, queue} = hub;
    const each = (count) => window && perSecond(count(window) / window.length) || "–";
    fill(this.queue, [[number(actions.queued), ""], [number(actions.active), ""],
                      [number(actions.deferred), ""],
                      [number(actions.queued + actions.active + actions.deferred)]]);
    setText(this.queue.cells[3][1], `${bytes(queue.heldBytes)} of ${bytes(queue.maxBytes)}`,
            !hub.spool && queue.heldBytes >= FULL_SHARE * queue.maxBytes ? "warn" : "");
    this.fillDisk(hub.spool);
    const carried = (key) => [each((of) => of.actions[key]), number(actions[key])];
    fill(this.coalescing, [
      [each((of) => of.requests.started), number(requests.started)],
      [window ? ratio(settled(window.actions), window.requests.started) : "–",
       ratio(settled(actions), requests.started)],
      carried("fannedOut"), carried("bulkChanged"), carried("merged"),
      [each((of) => of.requests.splits), number(requests.splits)]]);
    this.fillCounters(this.outcomes, OUTCOMES, "actions", hub, window);
    this.fillCounters(this.answers, ANSWERS, "requests", hub, window);
    fill(this.latency, SHARES.map(([, share]) => window ?
      [seconds(window.delivery(share)), seconds(window.request(share))] : ["–", "–"]));
  }

  /** `spool`: undefined for a hub that keeps nothing on disk. */
  fillDisk(spool) {
    this.disk.node.hidden = !spool;
    if (!spool) return;
    const most = spool.maxBytes > 0 ? ` of ${bytes(spool.maxBytes)}` : "";
    fill(this.disk, [[number(spool.records), bytes(spool.bytes) + most],
                     [number(spool.tailRecords), ""],
                     [number(spool.commitActions), bytes(spool.writtenBytes)],
                     [number(spool.recovered), ""]]);
    setFigure(this.disk.cells[4][0], number(spool.lostRecords), "bad");
  }

  /** Marked while it happens, not ever after. */
  fillCounters(table, rows, kind, hub, window) {
    rows.forEach(([, key, level], row) => {
      const now = window && window[kind][key];
      setFigure(table.cells[row][0], window ? perSecond(now / window.length) : "–", level);
      setFigure(table.cells[row][1], number(hub[kind][key]));
    });
  }

  pauseOrResume() {
    return this.ask(this.state === "running" ? {path: "/pause", what: "The pause"} :
                                               {path: "/resume", what: "To resume"});
  }

  drainIt() {
    const question = `Drain hub ${this.name}? It delivers what it has, and refuses new actions ` +
                     "until it is resumed.";
    return this.ask({path: "/drain", what: "The drain", question, verb: "Drain"});
  }

  async ask(request) {
    const say = (text, level) => setLines(this.said, text, level);
    if (await act({...request, body: {hub: this.name}, say})) say("");
  }
}

function fill(table, rows) {
  rows.forEach((cells, row) => {
    cells.forEach((text, column) => setFigure(table.cells[row][column], text));
  });
}

/** In sentences: [text, level]. */
function limitsOf(hub, endpoint, oldest) {
  const {limits, queue, requests} = hub;
  const reason = limits.concurrencyReason ? `: ${limits.concurrencyReason}` : "";
  const items = [];
  if (!hub.ready && !isBehind(hub, endpoint)) {
    items.push([`Not ready: ${hub.notReady || "it does not say why"}`, "bad"]);
  }
  if (endpoint && endpoint.state !== "open") {
    items.push([restOf(endpoint), ENDPOINT_LEVELS[endpoint.state] ?? "warn"]);
  }
  items.push([`${number(requests.inFlight)} of ${number(limits.concurrency)} requests at once, ` +
              `${number(limits.maxInFlight)} at most${reason}`]);
  const configured = `${number(limits.requestsPerSecond)} requests/s, as configured for the hub`;
  items.push([limits.requestsPerSecond > 0 ? configured : "No requests/s configured for the hub"]);
  if (endpoint) {
    const level = endpoint.pace.learnt ? "warn" : "";
    items.push([`The endpoint's pace: ${paceOf(endpoint)}`, level]);
  }
  for (const kind of limits.kindsHeld ?? []) {
    items.push([`${kind} is held: the identity may not send it`, "bad"]);
  }
  const isSending = hub.ready && hub.state === "running" && endpoint?.state !== "paused";
  if (queue.blockedLanes > 0 && isSending) {  // else it is not order that holds them back
    items.push([`Order holds back ${queue.blockedLanes} of ${many(queue.lanes, "target")}, ` +
                "although permits are free; " +
                "a merge rule, conflationKey or unordered are the ways out", "warn"]);
  }
  items.push(...diskOf(hub));
  if (hub.deadLetters?.error) {
    const {unwritten, error} = hub.deadLetters;
    const some = many(unwritten, "dead letter");
    const what = unwritten > 0 ? `${some} in memory alone, which a stop loses`
      : "The disk of the dead letters";
    items.push([`${what}: ${error}`, "bad"]);
  }
  if (oldest >= OLD_SECONDS) {
    items.push([`The oldest waiting action has waited for ${span(oldest)} at least`, "warn"]);
  }
  for (const lane of queue.waitingLanes ?? []) {
    items.push([`${lane.target}: ${many(lane.waiting, "action")} in line`]);
  }
  if (!hub.deadLetters) {
    const why = mayHaveEnded(hub) ? ["its worker has nothing more to do", ""] :
                                    ["the worker did not answer in time", "bad"];
    items.push([`The reasons and the dead letters are not known: ${why[0]}`, why[1]]);
  }
  return items;
}

function diskOf({spool, ready}) {
  if (!spool) return [];
  const items = [];
  if (spool.error && ready) {
    const what = spool.state === "failed" ?
      "The disk takes nothing, so new actions are refused" : "Producers wait or are refused";
    items.push([`${what}: ${spool.error}`, "bad"]);
  }
  if (spool.state === "recovering") {
    items.push(["It reads what the last run left on disk, and accepts nothing until then", "warn"]);
  }
  if (spool.tailRecords > 0) {
    items.push([`Memory is full: ${many(spool.tailRecords, "action")} of ` +
                `${number(spool.records)} on disk wait there alone, the oldest for ` +
                span(spool.oldestSeconds), "warn"]);
  } else if (spool.records > 0) {
    items.push([`${many(spool.records, "action")} on disk, the oldest for ` +
                span(spool.oldestSeconds)]);
  }
  const harm = harmOf(spool);
  if (harm) items.push([harm, spool.lostRecords > 0 ? "bad" : "warn"]);
  return items;
}

/** Why nothing is sent to it. */
function restOf(endpoint) {
  const again = `; it is asked again in ${seconds(endpoint.secondsLeft)}`;
  const left = endpoint.secondsLeft > 0 ? again : "";
  return `The endpoint is ${endpoint.state}: ${endpoint.reason || "no reason given"}${left}`;
}

/** Of limits that a fleet shares, the reason has all figures. */
function paceOf({pace, sharedBy}) {
  if (sharedBy && pace.configured > 0 && pace.reason) {
    const learnt = pace.learnt ? `${number(pace.requestsPerSecond)} requests/s, ` : "";
    return learnt + pace.reason;
  }
  const permitted = `${number(pace.requestsPerSecond)} requests/s`;
  const rate = pace.requestsPerSecond > 0 ? permitted : "no limit";
  const configured = pace.configured > 0 ? `, ${number(pace.configured)} configured` : "";
  return `${rate}${configured}${pace.reason ? `: ${pace.reason}` : ""}${partOf(sharedBy)}`;
}

function partOf(sharedBy) {
  if (!sharedBy) return "";
  const {stream, owned, all, part} = sharedBy;
  const ofFleet = `; ${number(100 * part)} % of what the fleet may send is this daemon's: `;
  if (all === 0) return `${ofFleet}how many partitions "${stream}" has is not known yet`;
  return `${ofFleet}it owns ${number(owned)} of ${number(all)} partitions of "${stream}"`;
}
