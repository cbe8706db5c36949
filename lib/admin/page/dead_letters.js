// Dead letters of one hub: the count always, the letters when asked for, the newest first.

const LETTERS_A_PAGE = 20;
const LETTERS_AT_ONCE = 1000;  // what the daemon gives
const STRETCHES = 100;         // at most, of one reading
const CODE_CHARACTERS = 2000;

class DeadLetters {
  constructor(hub) {
    // `view` counts what makes a reading that is under way one of something else.
    Object.assign(this, {hub, pages: 0, view: 0, count: null, lastNumber: null, rows: new Map()});
    Object.assign(this, {isReading: false, again: false, hasFailed: false});
    this.summary = make("p", {class: "small"});
    this.show = button("", () => this.look(this.pages === 0 ? 1 : 0));
    this.more = button("More", () => this.look(this.pages + 1));
    DeadLetters.made = (DeadLetters.made ?? 0) + 1;
    this.list = make("ol", {class: "letters", id: `letters-${DeadLetters.made}`});
    this.said = make("div", {role: "status", class: "small"});
    this.failed = make("p", {role: "status", class: "small"});
    this.show.setAttribute("aria-controls", this.list.id);
    this.all = make("div", {class: "buttons"}, this.show,
                    this.post("redrive", null, "Redrive all…"),
                    this.post("purge", null, "Purge all…", "grave"));
    this.node = make("div", {class: "part"}, make("h4", {}, "Dead letters"), this.summary, this.all,
                     this.said, this.failed, this.list, this.more);
    this.node.hidden = true;
    this.draw([]);
  }

  /** `report`: of the status; undefined: the worker did not answer. */
  update(report) {
    if (!report) return;
    const dropped = report.dropped > 0 ?
      `; ${number(report.dropped)} dropped for want of room or for their age` : "";
    const last = report.last ? `. The newest: ${report.last}` : "";
    setText(this.summary, `${number(report.count)} kept, ${bytes(report.bytes)}${dropped}${last}`);
    const hasChanged = this.count !== report.count || this.lastNumber !== report.lastNumber;
    this.count = report.count;
    this.lastNumber = report.lastNumber;
    this.node.hidden = report.count === 0 && report.dropped === 0 && this.said.textContent === "";
    this.all.hidden = report.count === 0 && this.pages === 0;
    if (this.pages > 0 && (hasChanged || this.hasFailed)) this.read();
  }

  /** Of another life of the daemon: the numbers are of other letters. */
  forget() {
    Object.assign(this, {count: null, lastNumber: null});
    setText(this.failed, "");
    setLines(this.said, "");
    ++this.view;
    this.draw([]);
  }

  look(pages) {
    this.pages = pages;
    ++this.view;
    if (pages === 0) this.draw([]);
    this.read();
  }

  /** Shows what there is now. One reading at a time: what is wanted meanwhile is read after it. */
  async read() {
    this.again = true;
    if (this.isReading) return;
    this.isReading = true;
    while (this.again) {
      this.again = false;
      const view = this.view;
      try {
        const letters = await this.newest(this.pages * LETTERS_A_PAGE);
        if (view === this.view) this.draw(letters);
        this.hasFailed = false;
        setText(this.failed, "");
      } catch (error) {
        this.hasFailed = true;
        setText(this.failed, `The dead letters could not be read: ${error.message}`, "bad");
      }
    }
    this.isReading = false;
  }

  /**
   * Downwards from the newest number, in stretches of numbers: the daemon gives letters upwards,
   * and there are gaps. A stretch with more letters than are wanted is halved; after one with few,
   * the next is twice as long.
   */
  async newest(wanted) {
    const letters = [];
    const limit = Math.min(wanted, LETTERS_AT_ONCE);
    let upper = this.lastNumber ?? 0;
    let length = limit;
    for (let asked = 0; asked < STRETCHES && upper > 0 && letters.length < wanted; ++asked) {
      const after = Math.max(0, upper - length);
      const query = `hub=${encodeURIComponent(this.hub)}&after=${after}&limit=${limit}`;
      const answer = await ask("GET", `/dead-letters?${query}`);
      const isWhole = answer.nextAfter === 0 || answer.nextAfter >= upper;
      if (!isWhole && length > 1) {
        length = Math.ceil(Math.min(length, upper) / 2);
        continue;
      }
      const found = answer.deadLetters.filter((letter) => letter.number <= upper).reverse();
      letters.push(...found);
      upper = after;
      if (found.length < limit / 2) length *= 2;
    }
    return letters.slice(0, wanted);
  }

  draw(letters) {
    const keys = letters.map((letter) => `${connection.life} ${letter.number} ${letter.givenUpAt}`);
    for (const [key, row] of this.rows) {
      if (keys.includes(key)) continue;
      if (row.contains(document.activeElement)) this.show.focus();  // not lost with the row
      row.remove();
      this.rows.delete(key);
    }
    letters.forEach((letter, at) => {
      if (!this.rows.has(keys[at])) this.rows.set(keys[at], this.row(letter));
      const [row, present] = [this.rows.get(keys[at]), this.list.children[at] ?? null];
      if (row !== present) this.list.insertBefore(row, present);
    });
    this.more.hidden = this.pages === 0 || letters.length === 0 || letters.length >= this.count;
    setText(this.show, this.pages > 0 ? "Hide letters" : "Show letters");
    this.show.setAttribute("aria-expanded", String(this.pages > 0));
  }

  row(letter) {
    // A record of a stream that was refused has no action, so nothing can be sent again.
    const what = letter.record ? kept("Record", JSON.stringify(letter.record))
                               : kept("Action", JSON.stringify(letter.action));
    const answer = letter.httpStatus ? `HTTP ${letter.httpStatus}` : "no answer";
    const producer = letter.producer ? `, from ${letter.producer}` : "";
    const facts = letter.record ?
      `${letter.code}${producer}; refused ${dateAndClock(letter.givenUpAt)}` :
      `${letter.code}, ${answer}, ${many(letter.attempts, "attempt")}${producer}; ` +
        `accepted ${dateAndClock(letter.acceptedAt)}, ` +
        `given up ${dateAndClock(letter.givenUpAt)}`;
    return make("li", {}, make("p", {}, make("strong", {}, `#${letter.number} `), letter.reason),
                make("p", {class: "quiet small"}, facts), what,
                ...letter.body ? [kept("Answer", letter.body)] : [],
                make("div", {class: "buttons"},
                     ...letter.record ? [] : [this.post("redrive", letter.number, "Redrive…")],
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
    const say = (text, level) => setLines(this.said, text, level);
    if (letter === null && !this.lastNumber) return say("There are none.");
    // Those that come while the question is open are not meant: nobody has seen them.
    const which = letter === null ? {all: true, upTo: this.lastNumber} : {numbers: [letter]};
    const words = letter === null ?
      `all dead letters of hub ${this.hub} (now ${number(this.count)}, ` +
        `up to number ${this.lastNumber})` :
      `dead letter ${letter} of hub ${this.hub}`;
    const answer = await act({
      path: `/dead-letters/${verb}`, body: {hub: this.hub, ...which}, what: `The ${verb}`, say,
      question: verb === "redrive" ? `Send ${words} again, as if newly accepted?` :
                                     `Throw ${words} away for good?`,
      verb: verb === "redrive" ? "Redrive" : "Purge",
    });
    if (answer) {
      const done = verb === "redrive" ? `${number(answer.redriven)} redriven.` :
                                        `${number(answer.purged)} purged.`;
      say([done, ...answer.warnings ?? []].join("\n"), answer.warnings?.length > 0 ? "warn" : "");
    }
    if (this.pages > 0) this.read();
  }
}

function kept(label, text) {
  const cut = text.length > CODE_CHARACTERS ?
    `${text.slice(0, CODE_CHARACTERS)}… (${number(text.length)} characters)` : text;
  return make("div", {class: "kept"}, make("span", {class: "quiet small"}, label),
              make("code", {}, cut));
}
