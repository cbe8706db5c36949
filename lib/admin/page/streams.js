// Streams, and the partitions of each that this daemon owns.

const PARTITIONS_SHOWN = 10;
const OLD_RECORD_SECONDS = 60;  // from which on a record that is not settled is marked
const STREAM_LEVELS = {joining: "warn", running: "good", idle: "good", troubled: "bad",
                       stopping: "warn", stopped: "warn"};
const WAIT_WORDS = {ahead: "not read: max_ahead is reached", room: "not read: a hub has no room",
                    letters: "not read: refused records cannot be put away",
                    ending: "is given back"};
const PARTITION_COLUMNS = ["owned for", "lag", "ahead", "oldest", "written", "why"];

const streamCards = new Map();  // by name

/** Not because it is given back. */
function isHeldUp({wait}) {
  return wait !== "" && wait !== "ending";
}

function ageOf(partition) {
  return partition.oldest?.seconds ?? 0;
}

/** What holds up most is first. */
function worstFirst(partitions) {
  return [...partitions].sort((a, b) =>
    isHeldUp(b) - isHeldUp(a) || ageOf(b) - ageOf(a) || (b.lag ?? 0) - (a.lag ?? 0) ||
    a.number - b.number);
}

/** null: of none it is known. */
function lagOf(partitions) {
  const known = partitions.filter(({lag}) => lag !== undefined);
  return known.length === 0 ? null : known.reduce((sum, {lag}) => sum + lag, 0);
}

function whyOf({wait, oldest}) {
  const words = [];
  if (oldest?.action) words.push(`${oldest.action} of ${oldest.hub}`);
  if (oldest?.why) words.push(oldest.why);
  const text = words.join(": ");
  const waits = wait === "" ? "" : WAIT_WORDS[wait] ?? `not read: ${wait}`;
  return [text, waits].filter((part) => part !== "").join("; ");
}

function sumOfPartitions(partitions) {
  const ahead = partitions.reduce((sum, partition) => sum + partition.ahead, 0);
  return {lag: lagOf(partitions), ahead, oldest: Math.max(0, ...partitions.map(ageOf))};
}

/** "2 of 64 partitions, lag 7, 3 ahead" */
function ownershipOf({partitions, partitionsOfTopic}) {
  const all = partitionsOfTopic > 0 ? ` of ${number(partitionsOfTopic)}` : "";
  const noun = (partitionsOfTopic || partitions.length) === 1 ? "partition" : "partitions";
  const words = `${number(partitions.length)}${all} ${noun}`;
  if (partitions.length === 0) return words;
  const {lag, ahead} = sumOfPartitions(partitions);
  return `${words}, lag ${number(lag)}, ${number(ahead)} ahead`;
}

class StreamCard {
  constructor(name) {
    this.showsAll = false;
    this.badge = make("span", {class: "badge"});
    this.items = make("ul", {class: "sentences"});
    this.rows = make("tbody");
    const titles = ["partition", ...PARTITION_COLUMNS];
    const heads = titles.map((title) => make("th", {scope: "col"}, title));
    this.table = make("table", {class: "partitions"},
                      make("caption", {}, "Partitions that this daemon owns"),
                      make("thead", {}, make("tr", {}, ...heads)), this.rows);
    this.toggle = button("", () => {
      this.showsAll = !this.showsAll;
      this.showPartitions(this.last.stream, this.last.now);
    });
    this.part = make("div", {class: "part"}, this.table, this.toggle);
    this.node = make("article", {class: "card", "aria-label": `stream ${name}`},
                     make("div", {class: "head"}, make("h3", {}, name), this.badge), this.items,
                     this.part);
  }

  update(stream, now) {
    const level = STREAM_LEVELS[stream.state] ?? "warn";
    setText(this.badge, stream.state, level);
    const items = [];
    if (stream.cause) items.push([stream.cause, level]);
    items.push([`Topic ${stream.topic}, group ${stream.group}: ${ownershipOf(stream)}`]);
    items.push([`Since the start: ${many(stream.records, "record")}, ` +
                `${many(stream.rejected, "action")} refused, ` +
                `${number(stream.returned)} returned, ` +
                `${many(stream.commits.failed, "commit")} failed`]);
    if (stream.rebalances.lost > 0) {
      items.push([`Partitions were lost ${many(stream.rebalances.lost, "time")}: another ` +
                  "daemon may have sent some of their records, too", "warn"]);
    }
    setItems(this.items, items);
    this.last = {stream, now};
    this.showPartitions(stream, now);
  }

  showPartitions({partitions}, now) {
    this.part.hidden = partitions.length === 0;
    const sorted = worstFirst(partitions);
    const isMany = sorted.length > PARTITIONS_SHOWN + 1;
    const isShort = isMany && !this.showsAll;
    const lines = sorted.slice(0, isShort ? PARTITIONS_SHOWN : sorted.length)
      .map((partition) => lineOf(partition, now));
    if (isShort) {
      const others = sorted.slice(PARTITIONS_SHOWN);
      const {lag, ahead, oldest} = sumOfPartitions(others);
      lines.push([[`${number(others.length)} more`], [""], [number(lag)], [number(ahead)],
                  [oldest > 0 ? span(oldest) : "–"], [""], [""]]);
    }
    this.toggle.hidden = !isMany;
    setText(this.toggle, isShort ? `Show all ${number(sorted.length)}`
                                 : `Show the ${PARTITIONS_SHOWN} that hold up most`);
    while (this.rows.children.length > lines.length) this.rows.lastChild.remove();
    lines.forEach((line, row) => {
      const node = this.rows.children[row] ?? this.rows.appendChild(
        make("tr", {}, make("th", {scope: "row"}), ...PARTITION_COLUMNS.map(() => make("td"))));
      line.forEach(([text, level], column) => setText(node.children[column], text, level));
    });
  }
}

/** How long ago the oldest record was written: also before this daemon had the partition. */
function writtenOf({oldest}, now) {
  if (!oldest?.writtenAt) return "–";
  return `${span(Math.max(0, (now - new Date(oldest.writtenAt)) / 1000))} ago`;
}

/** [text, level] by column. */
function lineOf(partition, now) {
  const age = ageOf(partition);
  return [[String(partition.number)],
          [span(Math.max(0, (now - new Date(partition.ownedSince)) / 1000))],
          [number(partition.lag)],
          [number(partition.ahead), isHeldUp(partition) ? "warn" : ""],
          [partition.oldest ? span(age) : "–", age > OLD_RECORD_SECONDS ? "warn" : ""],
          [writtenOf(partition, now)],
          [whyOf(partition), isHeldUp(partition) ? "warn" : ""]];
}

function showStreams(status, isShown) {
  const streams = status.streams ?? [];
  const names = new Set(streams.map(({name}) => name));
  for (const [name, {node}] of streamCards) {
    if (names.has(name)) continue;
    node.remove();
    streamCards.delete(name);
  }
  for (const stream of streams) {
    if (!streamCards.has(stream.name)) {
      streamCards.set(stream.name, new StreamCard(stream.name));
      byId("stream-cards").append(streamCards.get(stream.name).node);
    }
    streamCards.get(stream.name).update(stream, new Date(status.now));
  }
  byId("streams").hidden = streams.length === 0 || !isShown;
}

/** In sentences: [text, level]. */
function attentionOfStreams(status) {
  const items = [];
  for (const {name, state, cause, partitions} of status.streams ?? []) {
    const isSaid = status.notReady.some((reason) => reason.startsWith(`stream ${name}:`));
    if (state === "troubled" && !isSaid) items.push([`Stream ${name}: ${cause}`, "bad"]);
    const heldUp = partitions.filter(isHeldUp);
    if (heldUp.length === 0) continue;
    const [worst] = worstFirst(heldUp);
    items.push([`Stream ${name}: ${many(heldUp.length, "partition")} not read; ` +
                `the worst is partition ${worst.number}: ${whyOf(worst)}`, "warn"]);
  }
  return items;
}
