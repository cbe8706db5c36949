// An endpoint, and the intake.

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
    if (endpoint.cause) items.push([`The answer that led to it: ${endpoint.cause}`]);
    items.push([`Pace: ${paceOf(endpoint.pace)}`], [`Hubs: ${endpoint.hubs.join(", ")}`]);
    setItems(this.items, items);
  }
}

const INTAKE = [["Bytes", "bytes", bytes], ["Lines", "lines"], ["Actions", "actions"], ["Actions refused", "rejected"],
                ["Unknown keys, warned of", "warnings"], ["Connections", "connections"], ["Connections refused", "connectionsRefused"],
                ["Refusals left unread and dropped", "repliesDropped"], ["Times that a producer was not read", "pausedReads"]];

class IntakeCard {
  constructor() {
    this.readings = new Readings();
    this.producers = make("p", {class: "small"});
    this.table = makeTable("Read from the socket", [`last ${WINDOW_SECONDS} s`, "since start"], INTAKE.map(([label]) => label));
    this.node = make("article", {class: "card"}, this.producers, make("div", {class: "part narrow"}, this.table.node));
  }

  interrupt() {
    this.readings = new Readings();
  }

  update(status) {
    const {intake} = status;
    this.readings.add({uptime: status.uptimeSeconds, intake});
    setText(this.producers, `${many(intake.producers, "producer")} connected to ${status.socket}`);
    INTAKE.forEach(([, key, format = number], row) => {
      const each = this.readings.window((after, before) => (after.intake[key] - before.intake[key]) / (after.uptime - before.uptime));
      setFigure(this.table.cells[row][0], each === null ? "–" : each === 0 ? "0" : `${format(each)}/s`);
      setFigure(this.table.cells[row][1], format(intake[key]));
    });
  }
}
