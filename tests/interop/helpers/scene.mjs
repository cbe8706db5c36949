// The stage of the tests: an emulator, an awpsd that sends to it, a producer that wants
// `delivered`, and clients. What a client did not get is shown without waiting for time to pass: a
// marker is sent to it afterwards, and everything before the marker is what it got.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

import { Clients } from './clients.mjs';
import { Producer } from './producer.mjs';
import { startAwpsd, startEmulator } from './programs.mjs';
import { asLine } from './sdk.mjs';

export const kHub = 'chat';

export class Scene {
  #awpsd;

  static async start() {
    const scene = new Scene();
    try {
      await scene.#start();
    } catch (error) {
      await scene.stop();
      throw error;
    }
    return scene;
  }

  async #start() {
    this.emulator = await startEmulator();
    const { connectionString } = this.emulator;
    this.#awpsd = await startAwpsd({ connectionString, hub: kHub });
    this.producer = await this.newProducer('delivered');
    this.clients = new Clients(this.emulator, kHub);
  }

  newProducer(ack) {
    return Producer.connect(this.#awpsd.socketPath, ack);
  }

  connect(options) {
    return this.clients.connect(options);
  }

  /** Sends the action through awpsd; its reply, which is `delivered`. */
  async deliver(action) {
    const reply = await this.producer.send(asLine(action));
    assert.equal(reply.status, 'delivered', JSON.stringify(reply));
    return reply;
  }

  /** What each client has got by now, in order. */
  async messagesOf(...clients) {
    const all = [];
    for (const { connectionId, messages } of clients) {
      const marker = `marker ${randomUUID()}`;
      await this.deliver({ actionName: 'sendToConnection', connectionId, data: marker });
      const got = [];
      let message = await messages.next();
      while (message.data !== marker) {
        got.push(message);
        message = await messages.next();
      }
      all.push(got);
    }
    return all;
  }

  /** The texts that each client has got by now. */
  async textsOf(...clients) {
    const all = await this.messagesOf(...clients);
    return all.map((messages) => messages.map(({ data }) => data));
  }

  /** For each client: is it in the group? A message to the group tells. */
  async areMembers(group, ...clients) {
    await this.deliver({ actionName: 'sendToGroup', group, data: 'member' });
    return (await this.textsOf(...clients)).map((texts) => texts.includes('member'));
  }

  /** After a test: no clients, no faults, no delay. */
  async reset() {
    this.clients.stopAll();
    await this.emulator.setFaults([]);
    await this.emulator.setDelay(0);
  }

  async stop() {
    this.clients?.stopAll();
    this.producer?.close();
    try {
      await this.#awpsd?.stop();
    } finally {
      await this.emulator?.stop();
    }
  }
}
