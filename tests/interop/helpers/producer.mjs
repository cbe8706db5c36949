// A producer as anyone would write it: JSON lines over the Unix socket, replies told apart by id.

import { connect } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { Mailbox, within } from './events.mjs';

export class Producer {
  #socket;
  #pending = new Map();
  #lastId = 0;
  #ended;

  /** Replies that belong to no send(): `ready`, and those of lines written with write(). */
  replies = new Mailbox('a reply of awpsd');

  constructor(socket) {
    this.#socket = socket;
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#take(JSON.parse(line)));
    this.#ended = once(lines, 'close');
    socket.on('error', () => {}); // what follows from it is said by the end
    lines.once('close', () => this.#fail(new Error('awpsd closed the connection')));
  }

  /** With a hello for `ack`, or, where it is null, without any hello. */
  static async connect(socketPath, ack = 'delivered') {
    const socket = connect(socketPath);
    await within(once(socket, 'connect'), `connect to ${socketPath}`);
    const producer = new Producer(socket);
    if (ack === null) return producer;
    producer.write({ hello: { ack } });
    const ready = await producer.replies.next();
    if (ready.status !== 'ready') throw new Error(`hello: ${JSON.stringify(ready)}`);
    return producer;
  }

  write(value) {
    this.#socket.write(JSON.stringify(value) + '\n');
  }

  /** The action's reply. */
  send(action) {
    const [marked, reply] = this.#expecting(action);
    this.write(marked);
    return reply;
  }

  /** The replies of an array's elements, in the array's order. */
  sendArray(actions) {
    const all = actions.map((action) => this.#expecting(action));
    this.write(all.map(([marked]) => marked));
    return Promise.all(all.map(([, reply]) => reply));
  }

  /** The replies of an ordered batch's elements, in the batch's order. */
  sendOrdered(actions) {
    const all = actions.map((action) => this.#expecting(action));
    this.write({ batch: all.map(([marked]) => marked), ordered: true });
    return Promise.all(all.map(([, reply]) => reply));
  }

  /** Ends the input; until the daemon has written all and closed. */
  async finish() {
    this.#socket.end();
    await within(this.#ended, 'end of the connection to awpsd');
  }

  close() {
    this.#socket.destroy();
  }

  #expecting(action) {
    const id = ++this.#lastId;
    const reply = new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
    const what = `reply to ${action.actionName}`;
    return [{ ...action, id }, within(reply, what)];
  }

  #take(reply) {
    const waiter = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (waiter) waiter.resolve(reply);
    else this.replies.put(reply);
  }

  #fail(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.replies.fail(error);
  }
}
