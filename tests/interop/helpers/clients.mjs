// The service's clients, with one face: the official client (reliable protocol or not), and a
// WebSocket without a subprotocol. `messages` holds what arrived; `ended` is settled by the end.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { Mailbox, within } from './events.mjs';
import { WebPubSubClient, WebPubSubJsonProtocol, WebSocket } from './packages.mjs';

function bytesIfBinary(data) {
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}

/** Gets what another can do with a message: {from, group?, dataType, data}. */
class OfficialClient {
  #client;
  messages;

  constructor(getClientAccessUrl, protocol, name) {
    this.messages = new Mailbox(`a message to ${name}`);
    this.#client = new WebPubSubClient(
      { getClientAccessUrl },
      {
        ...(protocol === 'json' ? { protocol: WebPubSubJsonProtocol() } : {}),
        autoReconnect: false,
        // Their timers would keep the process alive after stop().
        keepAliveIntervalInMs: 0,
        keepAliveTimeoutInMs: 0,
        messageRetryOptions: { maxRetries: 0 },
      },
    );
    this.#client.on('server-message', ({ message: { dataType, data } }) =>
      this.messages.put({ from: 'server', dataType, data: bytesIfBinary(data) }),
    );
    this.#client.on('group-message', ({ message: { group, dataType, data } }) =>
      this.messages.put({ from: 'group', group, dataType, data: bytesIfBinary(data) }),
    );
    this.ended = new Promise((resolve) =>
      this.#client.on('disconnected', ({ message }) => resolve(message?.message)),
    );
    this.ended.then((said) => this.messages.fail(new Error(`${name} was disconnected: ${said}`)));
  }

  async start() {
    const connected = new Promise((resolve) => this.#client.on('connected', resolve));
    await within(this.#client.start(), 'opening of a client');
    this.connectionId = (await within(connected, 'connected')).connectionId;
    return this;
  }

  /** 'ok', or the name of the error in the service's ack. */
  joinGroup(group) {
    return this.#acknowledged(this.#client.joinGroup(group));
  }

  sendToGroup(group, text) {
    return this.#acknowledged(this.#client.sendToGroup(group, text, 'text'));
  }

  async #acknowledged(promise) {
    try {
      await within(promise, 'ack to a client');
      return 'ok';
    } catch (error) {
      if (error.errorDetail === undefined) throw error;
      return error.errorDetail.name;
    }
  }

  stop() {
    this.#client.stop();
  }
}

/** Gets what a browser's WebSocket gets: {dataType: 'text' | 'binary', data}. */
class PlainClient {
  #socket;
  messages;

  constructor(url, name) {
    this.messages = new Mailbox(`a message to ${name}`);
    this.#socket = new WebSocket(url);
    this.#socket.on('message', (data, isBinary) =>
      this.messages.put(
        isBinary ? { dataType: 'binary', data } : { dataType: 'text', data: data.toString() },
      ),
    );
    this.ended = once(this.#socket, 'close').then(([code, reason]) => ({
      code,
      reason: reason.toString(),
    }));
    this.ended.then(({ code }) => this.messages.fail(new Error(`${name} was closed: ${code}`)));
  }

  async start() {
    await within(once(this.#socket, 'open'), 'opening of a plain client');
    return this;
  }

  stop() {
    this.#socket.terminate();
  }
}

/**
 * Connects clients to a hub of an emulator, and takes them away together. `protocol` is 'reliable'
 * (the official client's default), 'json' or 'plain'. A user id of one's own is the default.
 */
export class Clients {
  #emulator;
  #service;
  #all = [];

  constructor(emulator, hub) {
    this.#emulator = emulator;
    this.#service = emulator.service(hub);
  }

  async connect({ protocol = 'reliable', userId = randomUUID(), roles = [], groups = [] } = {}) {
    const access = async () =>
      (await this.#service.getClientAccessToken({ userId, roles, groups })).url;
    const client =
      protocol === 'plain'
        ? new PlainClient(await access(), userId)
        : new OfficialClient(access, protocol, userId);
    this.#all.push(client);
    await client.start();
    client.userId = userId;
    client.connectionId ??= await this.#connectionOf(userId);
    return client;
  }

  stopAll() {
    for (const client of this.#all.splice(0)) client.stop();
  }

  async #connectionOf(userId) {
    const known = this.#all.map(({ connectionId }) => connectionId);
    const all = await this.#emulator.connections();
    return all.find((one) => one.userId === userId && !known.includes(one.connectionId))
      .connectionId;
  }
}
