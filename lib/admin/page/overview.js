// All hubs at a glance: a row each, those with trouble first, and a row of sums.
//
// 1. Rows stand still under a pointer that moves, and keep the focus when they change places.
// 2. The columns' widths depend on the window alone, not on what stands in them.

const SORT_FIRST = "trouble";
const POINTED_MS = 3000;  // after the pointer's last move, rows may change places again
const FILTER_REST_MS = 300;

const byName = new Intl.Collator("en", {numeric: true}).compare;
const short = new Intl.NumberFormat("en", {notation: "compact", maximumFractionDigits: 1});

function brief(value) {
  return value !== null && value >= 1e6 ? short.format(value) : number(value);
}

function atLeast(value) {
  return value >= 1 ? `> ${span(value)}` : value === null ? "–" : "0";
}

/** `is`: text, or a number, of which the highest come first. `help` is said on pointing. */
const COLUMNS = [
  {key: "name", title: "Hub", is: "text"},
  {key: "state", title: "State", is: "text"},
  {key: "in", title: "In/s", is: "number", show: brief,
   help: `actions accepted, in the last ${WINDOW_SECONDS} s`},
  {key: "out", title: "Out/s", is: "number", show: brief,
   help: `actions delivered, in the last ${WINDOW_SECONDS} s`},
  {key: "waiting", title: "Waiting", is: "number", show: brief,
   help: "actions that are accepted and have no outcome yet"},
  {key: "oldest", title: "Oldest", is: "number", show: atLeast,
   help: "for how long the oldest waiting action has waited, at least: as far as this page saw it"},
  {key: "p99", title: "p99", is: "number", show: seconds,
   help: `from acceptance to delivery, in the last ${WINDOW_SECONDS} s`},
  {key: "errors", title: "Errors/s", is: "number", show: brief,
   help: `requests that failed, without 429, in the last ${WINDOW_SECONDS} s`},
  {key: "trouble", title: "Trouble", is: "text"},
];

/** Of one hub, as the table shows it. */
function rowOf(hub, endpoint, history) {
  const trouble = troubleOf(hub, endpoint, history);
  const state = hub.ready ? hub.state :
    hub.state === "running" ? "not ready" : `${hub.state}, not ready`;
  return {
    name: hub.name, endpoint: hub.endpoint, state, level: levelOf(hub),
    in: history.rate((of) => of.actions.accepted), out: history.rate((of) => of.actions.delivered),
    waiting: history.waiting, oldest: history.marks.oldest,
    p99: history.window && history.window.delivery(0.99),
    errors: history.rate((of) => errors(of.requests)), window: history.window,
    trouble: trouble.words, rank: trouble.rank, troubleLevel: trouble.level,
  };
}

function levelOf(hub) {
  return hub.ready ? HUB_LEVELS[hub.state] ?? "warn" : "bad";
}

/** The sums of these rows; null: known of none. */
function sumsOf(rows) {
  const sum = (key) => rows.reduce(
    (all, row) => row[key] === null ? all : (all ?? 0) + row[key], null);
  const windows = rows.map((row) => row.window).filter((window) => window !== null);
  return {in: sum("in"), out: sum("out"), waiting: sum("waiting"), errors: sum("errors"),
          oldest: rows.reduce((most, row) => Math.max(most, row.oldest), 0),
          p99: windows.length === 0 ? null : deliveryOfAll(windows, 0.99)};
}

/** `sort`: a column's key, after "-" the other way round. */
function sorted(rows, sort) {
  const key = sort.replace(/^-/, "");
  const column = COLUMNS.find((one) => one.key === key) ?? COLUMNS.at(-1);
  const sign = sort.startsWith("-") ? -1 : 1;
  const order = (one, other) => {
    if (column.key === "trouble") return sign * (one.rank - other.rank);
    if (column.is === "text") return sign * byName(one[key], other[key]);
    // What is not known comes last either way.
    const [left, right] = [one[key], other[key]];
    if (left === null || right === null) return (left === null) - (right === null);
    return left === right ? 0 : sign * (right > left ? 1 : -1);
  };
  return [...rows].sort((one, other) => order(one, other) || byName(one.name, other.name));
}

/** Each word of the filter stands in what the row says. */
function filtered(rows, filter) {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return rows.filter((row) => {
    const text = `${row.name} ${row.state} ${row.endpoint} ${row.trouble}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function drawFigures(cells, values) {
  COLUMNS.slice(1).forEach(({key, show}, at) => {
    const level = key === "errors" && values.errors > 0 ? "bad" : "";
    if (show) setFigure(cells[at], show(values[key]), level);
  });
}

/** The roles are said, since a narrow window shows the rows as blocks. */
class Overview {
  constructor() {
    this.rows = [];
    this.lines = new Map();  // by hub: {node, link, cells}
    this.pointedAt = -Infinity;
    this.filter = make("input", {type: "search", id: "filter", autocomplete: "off",
                                 spellcheck: "false", placeholder: "name, state, trouble"});
    this.heads = COLUMNS.map((column) => this.head(column));
    this.sums = this.line(make("span"));
    this.none = make("p", {class: "small none"});
    this.body = make("tbody", {role: "rowgroup"});
    const heads = make("tr", {role: "row"}, ...this.heads.map(({node}) => node));
    const words = {class: "overview", role: "table", "aria-label": "Overview of hubs"};
    const table = make("table", words,
                       make("thead", {role: "rowgroup"}, heads),
                       make("tbody", {class: "sums", role: "rowgroup"}, this.sums.node), this.body);
    this.filterLine = make("p", {class: "filter"}, make("label", {for: "filter"}, "Filter"),
                           this.filter);
    this.node = make("div", {id: "overview"}, this.filterLine, table, this.none);
    this.filter.addEventListener("input", () => this.filterBy(this.filter.value));
    this.body.addEventListener("pointermove", () => { this.pointedAt = performance.now(); });
    this.body.addEventListener("click", (event) => this.open(event));
  }

  head(column) {
    const press = button(column.title, () => this.sortBy(column.key));
    if (column.help) press.title = column.help;
    const node = make("th", {scope: "col", role: "columnheader", class: column.key}, press);
    return {node, press};
  }

  line(first) {
    const cells = COLUMNS.slice(1).map((column) =>
      make("td", {role: "cell", class: column.key, "data-title": column.title}));
    const head = make("th", {scope: "row", role: "rowheader"}, first);
    return {node: make("tr", {role: "row"}, head, ...cells), first, cells};
  }

  /** A click anywhere on a row, unless it ends the marking of text. */
  open(event) {
    const link = event.target.closest("tr")?.querySelector("a");
    const isPlain = event.target.tagName !== "A" && getSelection().isCollapsed;
    if (link && isPlain) location.hash = link.hash;
  }

  sortBy(key) {
    const isAgain = (view.sort || SORT_FIRST) === key;
    view.sort = isAgain ? `-${key}` : key === SORT_FIRST ? "" : key;
    writeView();
    this.showView();
  }

  /** The address follows when typing rests: a browser takes only so many changes a second. */
  filterBy(text) {
    view.filter = text;
    this.draw(true);
    clearTimeout(this.timer);
    this.timer = setTimeout(writeView, FILTER_REST_MS);
  }

  /** Order and filter are others. */
  showView() {
    if (this.filter.value !== view.filter) this.filter.value = view.filter;
    const sort = view.sort || SORT_FIRST;
    COLUMNS.forEach(({key, is}, at) => {
      const isReverse = sort === `-${key}`;
      const direction = (is === "text") !== isReverse ? "ascending" : "descending";
      const value = sort === key || isReverse ? direction : "none";
      this.heads[at].node.setAttribute("aria-sort", value);
    });
    for (const [name, {link}] of this.lines) link.setAttribute("href", addressOf({hub: name}));
    this.draw(true);
  }

  update(rows) {
    this.rows = rows;
    this.filterLine.hidden = rows.length <= FEW && view.filter === "";
    this.draw(performance.now() - this.pointedAt > POINTED_MS);
  }

  draw(mayMove) {
    const shown = filtered(this.rows, view.filter);
    this.drawSums(shown);
    this.keepLines(shown.map((row) => row.name));
    const place = (row) => [...this.body.children].indexOf(this.lines.get(row.name).node);
    const order = sorted(shown, view.sort || SORT_FIRST);
    for (const row of order) this.drawLine(row);
    if (!mayMove) order.sort((one, other) => place(one) - place(other));
    const focused = document.activeElement;
    order.forEach((row, at) => {
      const {node} = this.lines.get(row.name);
      if (this.body.children[at] !== node) this.body.insertBefore(node, this.body.children[at]);
    });
    if (focused !== document.activeElement) focused.focus({preventScroll: true});
    setText(this.none, shown.length > 0 ? "" : `No hub has '${view.filter}' in its row.`);
  }

  keepLines(names) {
    const kept = new Set(names);
    for (const [name, {node}] of this.lines) {
      if (kept.has(name)) continue;
      if (node.contains(document.activeElement)) this.heads[0].press.focus();  // not lost
      node.remove();
      this.lines.delete(name);
    }
    for (const name of names) {
      if (this.lines.has(name)) continue;
      const link = make("a", {href: addressOf({hub: name})}, name);
      this.lines.set(name, {...this.line(link), link});
      this.body.append(this.lines.get(name).node);
    }
  }

  drawLine(row) {
    const {node, cells} = this.lines.get(row.name);
    drawFigures(cells, row);
    setText(cells[0], row.state, row.level);
    const words = cells.at(-1);
    setText(words, row.trouble, row.troubleLevel);
    if (words.title !== row.trouble) words.title = row.trouble;  // whole, where it is cut
    node.classList.toggle("calm", row.rank === RANKS.none);
  }

  drawSums(shown) {
    const {first, cells} = this.sums;
    const all = many(this.rows.length, "hub");
    setText(first, shown.length === this.rows.length ? `All ${all}` :
                                                      `${number(shown.length)} of ${all}`);
    const sums = sumsOf(shown);
    drawFigures(cells, sums);
    const count = shown.filter((row) => row.rank < RANKS.none).length;
    const worst = shown.some((row) => row.troubleLevel === "bad") ? "bad" : "warn";
    setText(cells[0], count > 0 ? `${number(count)} in trouble` : "no trouble",
            count > 0 ? worst : "good");
  }
}
