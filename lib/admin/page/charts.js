// Charts: lines over the last minutes; a point is {at, values by key}, a null a gap.

const CHART_WIDTH = 300, CHART_HEIGHT = 72;

function svg(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** The next of 1, 2, 5 times a power of ten, so that the scale stands still. */
function niceMaximum(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * 0.999) * power;
}

class Chart {
  /** `lines`: {key, name, kind: area | first | second}; `least`: of the scale. */
  constructor(title, lines, format, least) {
    Object.assign(this, {title, lines, format, least, points: []});
    this.figures = lines.map(() => make("span"));
    this.paths = lines.map((line) => svg("path", {class: line.kind}));
    this.picture = svg("svg", {viewBox: `0 0 ${CHART_WIDTH} ${CHART_HEIGHT}`,
                               preserveAspectRatio: "none", role: "img"});
    this.picture.append(...this.paths);
    this.scale = make("span");
    this.pointed = make("span");
    const legend = lines.map((line, at) => make(
      "span", {class: "now"}, this.figures[at], " ",
      make("small", {}, make("i", {class: line.kind}), line.name)));
    const axis = make("div", {class: "axis", "aria-hidden": "true"},
                      make("span", {}, "5 min ago"), this.pointed, this.scale);
    this.node = make("figure", {}, make("h4", {}, title), make("figcaption", {}, ...legend),
                     this.picture, axis);
    this.picture.addEventListener("pointermove", (event) => this.point(event));
    this.picture.addEventListener("pointerleave", () => setText(this.pointed, ""));
  }

  draw(points) {
    this.points = points;
    const end = this.points.at(-1).at;
    const values = this.points.flatMap((point) => this.lines.map((line) => point[line.key]));
    const top = niceMaximum(Math.max(this.least, ...values.filter(Number.isFinite)));
    const x = (point) => CHART_WIDTH * (1 - (end - point.at) / HISTORY_MS);
    const y = (value) => CHART_HEIGHT - 2 - (CHART_HEIGHT - 8) * Math.min(value, top) / top;
    this.lines.forEach((line, at) => {
      this.paths[at].setAttribute("d", pathOf(this.points, line, x, y));
    });
    setText(this.scale, `top: ${this.format(top)}`);
    const peaks = this.lines.map((line) => {
      const known = this.points.map((point) => point[line.key]).filter((value) => value !== null);
      return `${line.name} at most ${known.length ? this.format(Math.max(...known)) : "not known"}`;
    });
    this.picture.setAttribute("aria-label",
                              `${this.title}, the last 5 minutes: ${peaks.join(", ")}`);
  }

  point(event) {
    if (this.points.length === 0) return;
    const box = this.picture.getBoundingClientRect();
    const at = this.points.at(-1).at - HISTORY_MS * (1 - (event.clientX - box.left) / box.width);
    const distance = (point) => Math.abs(point.at - at);
    const nearer = (best, point) => distance(point) < distance(best) ? point : best;
    const near = this.points.reduce(nearer);
    const values = this.lines.map((line) => `${line.name} ${this.format(near[line.key])}`)
      .join(", ");
    setText(this.pointed, `${clock(new Date(near.at))}: ${values}`);
  }
}

function pathOf(points, line, x, y) {
  const runs = [[]];
  for (const point of points) {
    if (point[line.key] === null) runs.push([]);
    else runs.at(-1).push(`${x(point).toFixed(1)} ${y(point[line.key]).toFixed(1)}`);
  }
  const floor = CHART_HEIGHT;
  return runs.filter((run) => run.length > 0).map((run) => {
    if (line.kind !== "area") return `M${run.join("L")}h0`;  // h0: a lone point is a dot
    const [first, last] = [run[0], run.at(-1)].map((place) => place.split(" ")[0]);
    return `M${first} ${floor}L${run.join("L")}L${last} ${floor}Z`;
  }).join("");
}
