// An endpoint, and the intake.

const SUSPECTS_SHOWN = 5;

class EndpointCard {
  constructor(url) {
    this.badge = make("span", {class: "badge"});
    this.items = make("ul", {class: "sentences"});
    this.node = make("article", {class: "card", "aria-label": `endpoint ${url}`},
                     make("div", {class: "head"}, make("h3", {}, url), this.badge), this.items);
  }

  update(endpoint) {
    const level = ENDPOINT_LEVELS[endpoint.state] ?? "warn";
    setText(this.badge, endpoint.state, level);
    const items = [];
    if (endpoint.state !== "open") items.push([restOf(endpoint), level]);
    if (endpoint.silentSeconds > 0) {
      items.push([`Requests are under way: ${silenceOf(endpoint)}`, "bad"]);
    }
    if (endpoint.cause) items.push([causeOf(endpoint), endpoint.state === "open" ? "warn" : ""]);
    if (endpoint.remedy) items.push([`What can be done: ${endpoint.remedy}`]);
    items.push(...suspectsOf(endpoint));
    for (const line of endpoint.learnt) {
      items.push([`Coalesced requests are limited; ${line}`, "warn"]);
    }
    items.push([`Pace: ${paceOf(endpoint)}`], [hubsOf(endpoint)]);
    setItems(this.items, items);
  }
}

function hubsOf({hubs}) {
  return `${many(hubs.length, "hub")}: ${someOf(hubs)}`;
}

/** Nothing of it calls for a look. */
function isCalm(endpoint) {
  return endpoint.state === "open" && !endpoint.cause && !endpoint.silentSeconds &&
         endpoint.suspects.count === 0 && endpoint.learnt.length === 0;
}

function causeOf(endpoint) {
  return endpoint.state === "open" ?
    `It could not be reached: ${endpoint.cause}; no request has been answered since` :
    `The answer that led to it: ${endpoint.cause}`;
}

/** "3 targets fail while others are answered"; empty: none does. */
function suspectsInShort({count}) {
  const fail = count === 1 ? "fails" : "fail";
  return count === 0 ? "" : `${many(count, "target")} ${fail} while others are answered`;
}

/** In sentences: [text, level]. A few by name, the rest as a count. */
function suspectsOf({suspects}) {
  const short = suspectsInShort(suspects);
  if (!short) return [];
  const items = [[`${short}; the others are not held up`, "warn"]];
  const shown = suspects.named.slice(0, SUSPECTS_SHOWN);
  for (const {target, cause, seconds: since} of shown) {
    items.push([`${target}, for ${span(since)}: ${cause}`]);
  }
  const left = suspects.count - shown.length;
  if (left > 0) items.push([`${shown.length > 0 ? "and " : ""}${number(left)} more`]);
  return items;
}

/** In sentences: [text, level]; none without a gateway. */
function gatewayItems(gateway) {
  if (!gateway) return [];
  const sum = (counts) => Object.values(counts).reduce((total, count) => total + count, 0);
  const errors = Object.entries(gateway.answers).filter(([status]) => status.startsWith("5"))
    .map(([, count]) => count);
  return [[`Gateway ${gateway.listen}: ${many(gateway.connections, "connection")}, ` +
           `${many(sum(gateway.answers), "request")} since the start, ` +
           `${number(sum(errors))} answered 5xx, ` +
           `${number(gateway.joined)} joined, ${number(sum(gateway.refused))} refused`]];
}

const INTAKE = [["Bytes", "bytes", bytes], ["Lines", "lines"], ["Actions", "actions"],
                ["Actions refused", "rejected"], ["Unknown keys, warned of", "warnings"],
                ["Connections", "connections"], ["Connections refused", "connectionsRefused"],
                ["Refusals left unread and dropped", "repliesDropped"],
                ["Times that a producer was not read", "pausedReads"]];

class IntakeCard {
  constructor() {
    this.readings = new Readings();
    this.producers = make("p", {class: "small"});
    this.gateway = make("ul", {class: "sentences"});
    this.table = makeTable("Read from the socket", [`last ${WINDOW_SECONDS} s`, "since start"],
                           INTAKE.map(([label]) => label));
    this.node = make("article", {class: "card"}, this.producers, this.gateway,
                     make("div", {class: "part narrow"}, this.table.node));
  }

  interrupt() {
    this.readings = new Readings();
  }

  update(status) {
    const {intake} = status;
    this.readings.add({uptime: status.uptimeSeconds, intake});
    setText(this.producers, `${many(intake.producers, "producer")} connected to ${status.socket}`);
    setItems(this.gateway, gatewayItems(status.gateway));
    INTAKE.forEach(([, key, format = number], row) => {
      const each = this.readings.window((after, before) =>
        (after.intake[key] - before.intake[key]) / (after.uptime - before.uptime));
      const rate = each === null ? "–" : each === 0 ? "0" : `${format(each)}/s`;
      setFigure(this.table.cells[row][0], rate);
      setFigure(this.table.cells[row][1], format(intake[key]));
    });
  }
}
