// Dead letters of one hub: the count always, the letters when asked for.

const LETTERS_A_PAGE = 20;
const CODE_CHARACTERS = 2000;

class DeadLetters {
  constructor(hub) {
    Object.assign(this, {hub, pages: 0, count: null, rows: new Map()});
    this.summary = make("p", {class: "small"});
    this.show = button("", () => this.toggle());
    this.more = button("More", () => this.load(this.pages + 1));
    this.list = make("ol", {class: "letters", id: `letters-${DeadLetters.made = (DeadLetters.made ?? 0) + 1}`});
    this.said = make("div", {role: "status", class: "small"});
    this.show.setAttribute("aria-controls", this.list.id);
    this.all = make("div", {class: "buttons"}, this.show,
                    this.post("redrive", null, "Redrive all…"), this.post("purge", null, "Purge all…", "grave"));
    this.node = make("div", {class: "part"}, make("h4", {}, "Dead letters"), this.summary, this.all, this.said, this.list, this.more);
    this.node.hidden = true;
    this.draw();
  }

  /** `report`: of the status; undefined: the worker did not answer. */
  update(report) {
    if (!report) return;
    const dropped = report.dropped > 0 ? `; ${number(report.dropped)} dropped for want of room or for their age` : "";
    const last = report.last ? `. The newest: ${report.last}` : "";
    setText(this.summary, `${number(report.count)} kept, ${bytes(report.bytes)}${dropped}${last}`);
    const changed = this.count !== report.count;
    this.count = report.count;
    this.node.hidden = report.count === 0 && report.dropped === 0 && this.said.textContent === "";
    this.all.hidden = report.count === 0 && this.pages === 0;
    if (changed && this.pages > 0) this.load(this.pages);
  }

  toggle() {
    if (this.pages === 0) return this.load(1);
    this.pages = 0;
    this.draw([], 0);
  }

  /** Loads that many pages anew: numbers may have gone and come. */
  async load(pages) {
    this.pages = pages;
    const letters = [];
    let after = 0;
    try {
      for (let page = 0; page < pages && (page === 0 || after > 0); ++page) {
        const query = `hub=${encodeURIComponent(this.hub)}&after=${after}&limit=${LETTERS_A_PAGE}`;
        const answer = await ask("GET", `/dead-letters?${query}`);
        letters.push(...answer.deadLetters);
        after = answer.nextAfter;
      }
    } catch (error) {
      return this.say(`The dead letters could not be read: ${error.message}`, "bad");
    }
    if (this.pages === pages) this.draw(letters, after);
  }

  draw(letters = [], after = 0) {
    const numbers = new Set(letters.map((letter) => letter.number));
    for (const [key, row] of this.rows) {
      if (numbers.has(key)) continue;
      if (row.contains(document.activeElement)) this.show.focus();  // not lost with the row
      row.remove();
      this.rows.delete(key);
    }
    for (const letter of letters) {
      if (!this.rows.has(letter.number)) this.rows.set(letter.number, this.list.appendChild(this.row(letter)));
    }
    this.more.hidden = after === 0;
    setText(this.show, this.pages > 0 ? "Hide letters" : "Show letters");
    this.show.setAttribute("aria-expanded", String(this.pages > 0));
  }

  row(letter) {
    const action = JSON.stringify(letter.action);
    const answer = letter.httpStatus ? `HTTP ${letter.httpStatus}` : "no answer";
    const producer = letter.producer ? `, from ${letter.producer}` : "";
    const facts = `${letter.code}, ${answer}, ${many(letter.attempts, "attempt")}${producer}; accepted ` +
                  `${dateAndClock(letter.acceptedAt)}, given up ${dateAndClock(letter.givenUpAt)}`;
    return make("li", {}, make("p", {}, make("strong", {}, `#${letter.number} `), letter.reason),
                make("p", {class: "quiet small"}, facts), kept("Action", action), ...letter.body ? [kept("Answer", letter.body)] : [],
                make("div", {class: "buttons"}, this.post("redrive", letter.number, "Redrive…"),
                     this.post("purge", letter.number, "Purge…", "grave")));
  }

  /** A button that redrives or purges: a letter, or all of the hub (null). */
  post(verb, letter, text, kind) {
    const node = button(text, () => this.ask(verb, letter), kind);
    node.dataset.post = verb;
    const what = letter === null ? `dead letters of hub ${this.hub}` : `dead letter ${letter}`;
    node.setAttribute("aria-label", `${text.slice(0, -1)} ${what}`);
    return node;
  }

  async ask(verb, letter) {
    if (connection.isLost) return this.say("There is no answer from the daemon; nothing was done.", "bad");
    const which = letter === null ? `all dead letters of hub ${this.hub} (now ${number(this.count)})`
                                  : `dead letter ${letter} of hub ${this.hub}`;
    const what = verb === "redrive" ? `Send ${which} again, as if newly accepted?` : `Throw ${which} away for good?`;
    if (!await confirmed(what, verb === "redrive" ? "Redrive" : "Purge")) return;
    const body = letter === null ? {hub: this.hub, all: true} : {hub: this.hub, numbers: [letter]};
    try {
      const answer = await ask("POST", `/dead-letters/${verb}`, body);
      const done = verb === "redrive" ? `${number(answer.redriven)} redriven.` : `${number(answer.purged)} purged.`;
      this.say([done, ...answer.warnings ?? []].join("\n"), answer.warnings?.length > 0 ? "warn" : "");
    } catch (error) {
      this.say(`The ${verb} was refused: ${error.message}`, "bad");
    }
    if (this.pages > 0) this.load(this.pages);
  }

  say(text, level = "") {
    this.said.replaceChildren(...text.split("\n").map((line) => make("p", level ? {"data-level": level} : {}, line)));
  }
}

function kept(label, text) {
  const cut = text.length > CODE_CHARACTERS ? `${text.slice(0, CODE_CHARACTERS)}… (${number(text.length)} characters)` : text;
  return make("div", {class: "kept"}, make("span", {class: "quiet small"}, label), make("code", {}, cut));
}
