// A producer of the demo that is an ordinary program with Microsoft's JavaScript SDK. That the
// gateway is there shows in one option, reverseProxyEndpoint. Each group is changed and sent to by
// one loop that awaits each call, as the service's order asks for. Started by demo_sdk.py: the plan
// is the first line of stdin, and a second line ends it. It says on stdout, a JSON object a line,
// how many messages clients must have received, and at the end what it did.

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../../tests/interop/package.json', import.meta.url));
const { WebPubSubServiceClient } = require('@azure/web-pubsub');

const kWords = ['added to the cart', 'the parcel has left', 'it is back in stock', 'paid'];
const kJoins = 0.06;
const kLeaves = 0.1; // and these: up to here

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const plan = JSON.parse((await lines.next()).value);
let isOver = false;
lines.next().then(() => {
  isOver = true;
});

const service = new WebPubSubServiceClient(plan.connection, plan.hub, {
  allowInsecureConnection: true,
  reverseProxyEndpoint: plan.gateway,
});

const sent = {};
let messages = 0;

/** One group: who is in it, and which of its messages each of its users must have. */
class Room {
  #name;
  #group;
  #since = new Map(); // user → first message as a member
  #next = 0;
  past = [];

  constructor(name) {
    this.#name = name;
    this.#group = service.group(name);
  }

  async step() {
    const chance = Math.random();
    const user = plan.users[Math.floor(Math.random() * plan.users.length)];
    if (chance < kJoins) return this.#join(user);
    if (chance < kLeaves) return this.#leave(user);
    return this.#send();
  }

  /** Of those who are still there, too. */
  intervals() {
    for (const user of [...this.#since.keys()]) this.#ended(user);
    return this.past;
  }

  async #join(user) {
    count('addUserToGroup');
    if (!this.#since.has(user)) this.#since.set(user, this.#next);
    await this.#group.addUser(user);
  }

  async #leave(user) {
    count('removeUserFromGroup');
    this.#ended(user);
    await this.#group.removeUser(user);
  }

  async #send() {
    count('sendToGroup');
    const words = kWords[Math.floor(Math.random() * kWords.length)];
    const text = `${this.#name} ${this.#next++} ${process.hrtime.bigint()} ${words}`;
    for (const user of this.#since.keys()) messages += plan.connections[user];
    say({ messages });
    await this.#group.sendToAll(text, { contentType: 'text/plain' });
  }

  #ended(user) {
    const first = this.#since.get(user);
    this.#since.delete(user);
    if (first !== undefined) this.past.push({ user, lane: this.#name, first, end: this.#next });
  }
}

function count(action) {
  sent[action] = (sent[action] ?? 0) + 1;
}

function say(value) {
  process.stdout.write(JSON.stringify(value) + '\n');
}

async function loop(room) {
  const pauseMs = (1000 * plan.rooms.length) / plan.rate;
  let due = performance.now();
  while (!isOver) {
    await room.step();
    due = Math.max(due + pauseMs, performance.now() - pauseMs);
    const left = due - performance.now();
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }
}

const rooms = plan.rooms.map((name) => new Room(name));
await Promise.all(rooms.map(loop));
const intervals = rooms.flatMap((room) => room.intervals());
say({ messages, sent, intervals });
process.exit(0);
