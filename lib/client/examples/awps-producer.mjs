// A producer that reconnects, without dependencies: copy this file into your program.
//
//   const producer = new Producer({ hub: 'chat' });
//   const outcome = await producer.send({ actionName: 'sendToGroup', group: 'g', data: 'hi' });
//   await producer.close();
//
// Each action has one outcome: the daemon's reply, an object whose `status` is delivered,
// superseded, expired, dead_lettered, abandoned, rejected or duplicate. It is `unconfirmed` if
// close() did not wait long enough. PROTOCOL.md §6 says what to do after each.
//
// At least once: what has no outcome when a connection ends is sent again on the next one, in the
// order of the calls. An open producer keeps the process alive: close() it.
//
// With `deduplicate: true` each action gets an id, if it has none. The daemon carries it out once,
// for as long as it knows the id (its dedupe_window): a repeat becomes `duplicate`. An older daemon
// cannot do it; then onNotice says so once.

import { randomBytes } from 'node:crypto';
import net from 'node:net';

const FIRST_BACK_OFF = 50; // milliseconds at most; it doubles
const LONGEST_BACK_OFF = 2000;
const OUTCOMES = new Set(
  ['delivered', 'superseded', 'expired', 'dead_lettered', 'abandoned', 'rejected', 'duplicate']);

export class Producer {
  #path;
  #hello;
  #deduplicates;
  #asks; // whether the next hello has the key
  #isKeyRefused = false; // by an older daemon, on this connection
  #lacksWindow = false; // and onNotice was told
  // No two producers share an id: not after a restart, not of one moment.
  #idStart = `${Date.now()}.${randomBytes(4).toString('hex')}`;
  #lastId = 0;
  #maxBytes;
  #onNotice;
  #pending = new Map(); // number -> { number, line, resolve } without outcome, by call
  #bytes = 0; // of the lines of #pending
  #lastNumber = 0;
  #given = new Map(); // seq -> entry without outcome, of this connection
  #seq = 0;
  #socket;
  #mayWrite = false;
  #problem = '';
  #told = ''; // the problem of which onNotice was told last
  #failures = 0;
  #timer;
  #isClosed = false; // for send()
  #isEnded = false; // for connections
  #closing; // a promise
  #whenEmpty = () => {};
  #waiting = []; // callers of room()
  #isServing = false;

  constructor({ path = '/run/awpsd/awpsd.sock', hub, name = 'node',
    maxBufferedBytes = 16 * 1024 * 1024, onNotice = (text) => console.error(text),
    deduplicate = false } = {}) {
    this.#path = path;
    this.#hello = { ack: 'delivered', producer: name, hub };
    this.#deduplicates = deduplicate;
    this.#asks = deduplicate;
    this.#maxBytes = maxBufferedBytes;
    this.#onNotice = onNotice;
    this.#connect();
  }

  // Resolves to the outcome. Fails with ERR_BUFFER_FULL while maxBufferedBytes have no outcome:
  // whoever sends many awaits room() before each.
  async send(action) {
    const line = `${JSON.stringify(this.#withId(action))}\n`;
    if (!line.startsWith('{') || Object.keys(action).some((key) => /^batch$/i.test(key))) {
      throw new TypeError("send() takes one action, an object with 'actionName'");
    }
    if (this.#isClosed) throw new Error('the producer is closed');
    if (this.#bytes >= this.#maxBytes) {
      throw Object.assign(new Error(`${this.#bytes} bytes have no outcome yet: await room()`),
        { code: 'ERR_BUFFER_FULL' });
    }
    return new Promise((resolve) => {
      const entry = { number: ++this.#lastNumber, line, size: Buffer.byteLength(line), resolve };
      this.#pending.set(entry.number, entry);
      this.#bytes += entry.size;
      if (this.#mayWrite) this.#give(entry);
    });
  }

  #withId(action) {
    if (!this.#deduplicates || typeof action !== 'object' || Array.isArray(action)) return action;
    const isId = (key) => key.toLowerCase() === 'id';
    const hasId = Object.keys(action).some((key) => isId(key) && (action[key] ?? null) !== null);
    if (hasId) return action;
    this.#lastId += 1;
    const rest = Object.entries(action).filter(([key]) => !isId(key));
    return { ...Object.fromEntries(rest), id: `${this.#idStart}-${this.#lastId}` };
  }

  // Resolves when there is room, or after close(). One caller is served per turn of the event loop,
  // so that it can send before the next looks.
  room() {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#serveWaiting();
    });
  }

  // Takes no more, and waits for the outcomes, for `timeout` milliseconds at most (Infinity: as
  // long as it takes). The rest becomes `unconfirmed`: it may have arrived, or not. Resolves to how
  // many these are.
  close(timeout = 5000) {
    this.#closing ??= this.#end(timeout);
    return this.#closing;
  }

  async #end(timeout) {
    this.#isClosed = true;
    this.#serveWaiting();
    if (this.#pending.size > 0 && timeout > 0) {
      let timer;
      await new Promise((resolve) => {
        this.#whenEmpty = resolve;
        if (timeout < Infinity) timer = setTimeout(resolve, timeout);
      });
      clearTimeout(timer);
    }
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
    const left = [...this.#pending.values()];
    this.#pending.clear();
    for (const entry of left) entry.resolve({ status: 'unconfirmed' });
    return left.length;
  }

  #serveWaiting() {
    const hasRoom = this.#isClosed || this.#bytes < this.#maxBytes;
    if (this.#isServing || this.#waiting.length === 0 || !hasRoom) return;
    this.#isServing = true;
    this.#waiting.shift()();
    setImmediate(() => {
      this.#isServing = false;
      this.#serveWaiting();
    });
  }

  #connect() {
    const socket = net.createConnection({ path: this.#path });
    this.#socket = socket;
    this.#problem = 'awpsd closed the connection';
    this.#given.clear();
    this.#seq = 0;
    let unread = '';
    socket.setEncoding('utf8');
    const hello = { ...this.#hello, deduplicate: this.#asks || undefined };
    socket.on('connect', () => socket.write(`${JSON.stringify({ hello })}\n`));
    // Replies are read whatever is still to be written, as PROTOCOL.md asks.
    socket.on('data', (data) => {
      const lines = (unread + data).split('\n');
      unread = lines.pop();
      try {
        for (const line of lines) this.#take(JSON.parse(line));
      } catch (error) {
        socket.destroy(error);
      }
    });
    socket.on('end', () => socket.destroy()); // what is unwritten is sent again
    socket.on('error', (error) => { this.#problem = error.message; });
    socket.on('close', () => this.#reconnect());
  }

  #reconnect() {
    this.#mayWrite = false;
    if (this.#isEnded) return;
    this.#asks = this.#deduplicates && !this.#isKeyRefused;
    if (this.#isKeyRefused) { // once more, at once and without the key
      this.#isKeyRefused = false;
      this.#connect();
      return;
    }
    if (this.#problem !== this.#told) { // once, not at each attempt
      this.#onNotice(`${this.#path}: ${this.#problem}; actions are kept, and it is tried again`);
      this.#told = this.#problem;
    }
    const longest = Math.min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2 ** this.#failures);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#connect(), Math.random() * longest);
  }

  #give(entry) {
    this.#seq += 1;
    this.#given.set(this.#seq, entry);
    this.#socket.write(entry.line); // Node keeps what the socket does not take
  }

  #take(reply) {
    const { status, error, seq, from = seq, to = seq } = reply;
    if (status === 'ready') {
      this.#mayWrite = true;
      this.#told = '';
      this.#noteWindow(reply.dedupeWindowSeconds);
      for (const entry of this.#pending.values()) this.#give(entry);
    } else if (status === 'warning') {
      this.#onNotice(`awpsd warns: ${reply.message}`);
    } else if (status === 'rejected' && seq === 0) {
      this.#isKeyRefused = this.#asks && !this.#mayWrite && error.code === 'invalid_action';
      this.#mayWrite = false; // awpsd reads nothing more; replies may still come
      this.#problem = `${error.code}: ${error.message}`;
    } else if (OUTCOMES.has(status) && error?.code !== 'lost') { // a lost action is sent again
      this.#failures = 0;
      for (let number = from; number <= to; number += 1) this.#settle(number, reply);
    }
  }

  #noteWindow(window) {
    const lacks = this.#deduplicates && !window;
    if (lacks && !this.#lacksWindow) {
      this.#onNotice(`awpsd at ${this.#path} does not deduplicate: it is older, or its `
        + 'dedupe_window is 0s; an action that is sent again may be carried out twice');
    }
    this.#lacksWindow = lacks;
  }

  #settle(seq, outcome) {
    const entry = this.#given.get(seq);
    if (entry === undefined) return;
    this.#given.delete(seq);
    this.#pending.delete(entry.number);
    this.#bytes -= entry.size;
    entry.resolve(outcome);
    if (this.#pending.size === 0) this.#whenEmpty();
    this.#serveWaiting();
  }
}
