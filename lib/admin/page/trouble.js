// What an operator should know: of a hub in its row, of all on top of the page.

const STOPS = "the daemon stops";  // a hub's notReady then
const FULL_SHARE = 0.8;  // of a queue, from which on it is marked
const NAMES_SHOWN = 5;
const ATTENTION_SHOWN = 12;

/**
 * By urgency. A hub that has a fault of its own comes before those of a held endpoint, which may be
 * many and have one cause. A hub without trouble has the last rank.
 */
const RANKS = {notReady: 0, silent: 1, behind: 2, resting: 3, slowed: 4, failing: 5, letters: 6,
               none: 7};

/**
 * The worst of a hub: {rank, words, level}. Conditions, and what happened within the window: never
 * a count since the start, which would stand there for good.
 */
function troubleOf(hub, endpoint, history) {
  const bad = (rank, words) => ({rank, words, level: "bad"});
  const warn = (rank, words) => ({rank, words, level: "warn"});
  if (isBehind(hub, endpoint)) {
    const cause = endpoint.cause ? `, ${endpoint.cause}` : "";
    return bad(RANKS.behind, `endpoint held: ${endpoint.reason}${cause}`);
  }
  if (!hub.ready) return bad(RANKS.notReady, hub.notReady || "it does not say why");
  if (!hub.deadLetters && !mayHaveEnded(hub)) {
    return bad(RANKS.silent, "its worker did not answer in time");
  }
  const harm = harmOf(hub.spool);
  if (hub.spool?.lostRecords > 0) return bad(RANKS.silent, harm);
  const kinds = hub.limits.kindsHeld ?? [];
  if (kinds.length > 0) return bad(RANKS.silent, `may not send ${kinds.join(", ")}`);
  if (hub.state !== "running") return warn(RANKS.resting, REST_WORDS[hub.state] ?? hub.state);
  const slowed = slowedBy(hub, endpoint);
  if (slowed) return warn(RANKS.slowed, slowed);
  if (harm) return warn(RANKS.slowed, harm);
  const failing = failingOf(history.window);
  if (failing) return warn(RANKS.failing, failing);
  const letters = hub.deadLetters?.count ?? 0;
  if (letters > 0) return warn(RANKS.letters, `${many(letters, "dead letter")} kept`);
  return {rank: RANKS.none, words: "", level: ""};
}

const REST_WORDS = {paused: "accepts, and sends nothing", draining: "accepts nothing",
                    drained: "accepts nothing, and nothing is left"};

/** It is not ready for no other reason than that its endpoint is held. */
function isBehind(hub, endpoint) {
  return !hub.ready && endpoint?.state === "held" && endpoint.reason !== "" &&
         hub.notReady.includes(endpoint.reason);
}

function slowedBy(hub, endpoint) {
  if (endpoint?.silentSeconds > 0) return silenceOf(endpoint);
  if (endpoint && endpoint.state !== "open") {
    return `endpoint ${endpoint.state}: ${endpoint.reason || "no reason given"}`;
  }
  if (endpoint?.cause) return `endpoint not reached: ${endpoint.cause}`;
  if (hub.spool) return fullDiskOf(hub.spool);  // memory that is full slows no producer down
  const {heldBytes, maxBytes} = hub.queue;
  const isFull = maxBytes > 0 && heldBytes >= FULL_SHARE * maxBytes;
  return isFull ? `queue ${whole.format(100 * heldBytes / maxBytes)} % full` : "";
}

function fullDiskOf({bytes: used, maxBytes, tailRecords, error}) {
  if (error) return error;
  if (maxBytes > 0 && used >= FULL_SHARE * maxBytes) {
    return `its room on disk is ${whole.format(100 * used / maxBytes)} % used`;
  }
  return tailRecords > 0 ? `memory full, ${many(tailRecords, "action")} on disk alone` : "";
}

/** What damage on the disk did, since the start. */
function harmOf(spool) {
  if (spool?.lostRecords > 0) {
    return `damage on the disk has destroyed ${many(spool.lostRecords, "accepted action")}`;
  }
  return spool?.damagedRanges > 0 ?
    `${many(spool.damagedRanges, "damaged place")} on the disk; no action was lost` : "";
}

function silenceOf(endpoint) {
  return `nothing has been answered for ${span(endpoint.silentSeconds)}`;
}

function failingOf(window) {
  if (!window) return "";
  const lost = [["abandoned", "left at a stop"], ["deadLettered", "dead-lettered"],
                ["expired", "expired"]].filter(([key]) => window.actions[key] > 0)
    .map(([key, words]) => `${number(window.actions[key])} ${words}`);
  const failed = errors(window.requests);
  if (failed > 0) lost.push(many(failed, "request") + " failed");
  if (window.requests.answersThrottled > 0) {
    lost.push(`${number(window.requests.answersThrottled)} answered 429`);
  }
  return lost.length > 0 ? `${lost.join(", ")} in ${WINDOW_SECONDS} s` : "";
}

/** Its worker need not answer any more: no fault. */
function mayHaveEnded(hub) {
  return hub.state === "drained" || hub.state === "removed" || hub.notReady === STOPS;
}

/** "a, b and 98 more". */
function someOf(names) {
  if (names.length <= NAMES_SHOWN + 1) return names.join(", ");
  const left = names.length - NAMES_SHOWN;
  return `${names.slice(0, NAMES_SHOWN).join(", ")} and ${number(left)} more`;
}

/** Of hubs of which the same is said: a sentence, however many they are. */
class Sentences {
  constructor() {
    this.all = new Map();
  }

  add(words, level, name) {
    const key = JSON.stringify([words(true), level]);
    if (!this.all.has(key)) this.all.set(key, {words, level, names: []});
    this.all.get(key).names.push(name);
  }

  items() {
    return [...this.all.values()].map(({words, level, names}) =>
      [`${names.length === 1 ? "Hub" : "Hubs"} ${someOf(names)}${words(names.length === 1)}`,
       level]);
  }
}

/**
 * In sentences: [text, level], the worst first. `only`: the hub that is looked at. Then it is about
 * this hub and its endpoint, with a count of the others; "": about all.
 */
function attentionOf(status, only) {
  const looked = only === "" ? status.hubs : status.hubs.filter(({name}) => name === only);
  const urls = new Set(looked.map(({endpoint}) => endpoint));
  const endpoints = only === "" ? status.endpoints :
                                  status.endpoints.filter(({url}) => urls.has(url));
  const items = [...attentionOfDaemon(status), ...attentionOfEndpoints(endpoints),
                 ...attentionOfHubs(status, looked),
                 ...(only === "" ? attentionOfStreams(status) : [])];
  const others = troubledHubs(status).filter((name) => name !== only).length;
  if (only !== "" && others > 0) {
    const are = others === 1 ? "other hub is" : "other hubs are";
    items.push([`${number(others)} ${are} in trouble: see all hubs`, "warn"]);
  }
  const sorted = [...items.filter(([, level]) => level === "bad"),
                  ...items.filter(([, level]) => level !== "bad")];
  if (sorted.length <= ATTENTION_SHOWN) return sorted;
  const left = sorted.length - ATTENTION_SHOWN + 1;
  return [...sorted.slice(0, ATTENTION_SHOWN - 1),
          [`${number(left)} more sentences; the table has the hubs with trouble first`, "warn"]];
}

function troubledHubs(status) {
  const endpoints = endpointsOf(status);
  return status.hubs.map(({name}) => name).filter((name, at) => {
    const hub = status.hubs[at];
    return troubleOf(hub, endpoints.get(hub.endpoint), hubs.get(name).history).rank < RANKS.none;
  });
}

function endpointsOf(status) {
  return new Map(status.endpoints.map((endpoint) => [endpoint.url, endpoint]));
}

function attentionOfDaemon(status) {
  const items = [];
  const isStopping = status.state !== "running";
  if (isStopping) {
    items.push(["The daemon stops: it delivers what it has, and takes nothing more", "warn"]);
  }
  // What is said of hubs is said below, once for all of them.
  const ofHubs = new Set(status.hubs.map((hub) => `hub ${hub.name}: ${hub.notReady}`));
  for (const reason of status.notReady) {
    if (isStopping && reason.endsWith(STOPS) || ofHubs.has(reason)) continue;
    items.push([`Not ready: ${reason}`, "bad"]);
  }
  if (status.spool?.error) items.push([`Undelivered actions: ${status.spool.error}`, "warn"]);
  const {warning, certificateError} = status.gateway ?? {};
  if (warning && !status.notReady.includes(warning)) items.push([`Gateway: ${warning}`, "warn"]);
  if (certificateError) {
    items.push([`Gateway: the certificate's file is not taken: ${certificateError}`, "warn"]);
  }
  if (status.logLinesDropped > 0) {
    items.push([`${many(status.logLinesDropped, "line")} of the log dropped since the start: ` +
                "look who reads the log; deliveries do not wait for it", "warn"]);
  }
  if (page.restartedAt && Date.now() - page.restartedAt < RESTART_SHOWN_MS) {
    const started = clock(new Date(status.startedAt));
    items.push([`The daemon was started anew at ${started}: its counters begin there`, "warn"]);
  }
  if (status.pendingRestart.length > 0) {
    items.push([`Waits for the next start: ${status.pendingRestart.join(", ")}`, "warn"]);
  }
  return items;
}

function attentionOfEndpoints(endpoints) {
  const items = [];
  for (const endpoint of endpoints) {
    const name = `endpoint ${endpoint.url}`;
    if (endpoint.state === "held") {
      const cause = endpoint.cause ? `; the answer was: ${endpoint.cause}` : "";
      const remedy = endpoint.remedy ? `. What can be done: ${endpoint.remedy}` : "";
      items.push([`Not ready: ${name} is held: ${endpoint.reason || "no reason given"}${cause}` +
                  `${remedy}. Hubs that wait: ${someOf(endpoint.hubs)}`, "bad"]);
    } else if (endpoint.silentSeconds > 0) {
      items.push([`Of ${name} requests are under way, and none has been answered lately`, "bad"]);
    }
    const short = suspectsInShort(endpoint.suspects);
    if (short) items.push([`At ${name} ${short}`, "warn"]);
  }
  return items;
}

function attentionOfHubs(status, looked) {
  const endpoints = endpointsOf(status);
  const isStopping = status.state !== "running";
  const said = new Sentences();
  for (const hub of looked) {
    const isHeld = isBehind(hub, endpoints.get(hub.endpoint));  // said of the endpoint
    if (!hub.ready && !isHeld && hub.notReady !== STOPS) {
      said.add((isOne) => `${isOne ? " is" : " are"} not ready: ${hub.notReady}`, "bad", hub.name);
    }
    if (hub.state === "paused") {
      said.add((isOne) => isOne ? " is paused: it accepts actions and sends nothing" :
                                  " are paused: they accept actions and send nothing",
               "warn", hub.name);
    }
    if (hub.state.startsWith("drain")) {
      said.add((isOne) => isOne ?
        ` is ${hub.state}: it accepts nothing until it is resumed` :
        ` are ${hub.state}: they accept nothing until they are resumed`, "warn", hub.name);
    }
    if (!hub.deadLetters && !isStopping && !mayHaveEnded(hub)) {
      said.add((isOne) => isOne ? ": its worker did not answer in time; its counters may be old" :
                                  ": no worker answered in time; their counters may be old",
               "bad", hub.name);
    }
  }
  return said.items();
}
