// Who is there during a call, and what the call did to them: the frames that each client got, how
// it was closed, its groups and permissions afterwards, and what the service was asked for. Nothing
// waits for time: a marker is sent to each client after the call, and what came before it counts.
//
// $ann and $bob speak json.webpubsub.azure.v1; $plain is a second connection of ann without a
// subprotocol. All are in group g, bob is in `other`, too; bob may send to groups.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

import { within } from '../helpers/events.mjs';
import { WebSocket } from '../helpers/packages.mjs';

const kHub = 'chat';
const kClients = {
  ann: { userId: 'ann', groups: ['g'], protocol: 'json.webpubsub.azure.v1' },
  plain: { userId: 'ann', groups: ['g'] },
  bob: {
    userId: 'bob',
    groups: ['g', 'other'],
    roles: ['webpubsub.sendToGroup'],
    protocol: 'json.webpubsub.azure.v1',
  },
};
const kPermissions = ['sendToGroup', 'joinLeaveGroup'];
// Of an entry of the emulator's log, what the operation was; ids and times are of no interest.
const kBody = ['contentType', 'body', 'bodyBase64', 'bodySha256'];
const kLogged = ['operation', 'target', 'group', ...kBody, 'status'];

class Client {
  frames = [];
  #waiting = null;

  constructor(url, protocol) {
    this.socket = new WebSocket(url, protocol === undefined ? [] : [protocol]);
    this.socket.on('message', (data, isBinary) => this.#take(isBinary ? data : data.toString()));
    this.ended = once(this.socket, 'close').then(([code, reason]) => {
      this.closed = { code, reason: reason.toString() };
    });
    // A client of the subprotocol is told that it is connected.
    this.opened = once(this.socket, protocol === undefined ? 'open' : 'message');
  }

  async open() {
    await within(this.opened, 'a client to open');
    this.frames.length = 0;
  }

  /** Until a frame with this text has come, which is not kept, or the end. */
  until(marker) {
    const came = new Promise((resolve) => {
      this.#waiting = { marker, resolve };
    });
    return within(Promise.race([came, this.ended]), 'a marker');
  }

  #take(frame) {
    if (this.#waiting && frame.includes(this.#waiting.marker)) this.#waiting.resolve();
    else this.frames.push(Buffer.isBuffer(frame) ? `binary ${frame.toString('hex')}` : frame);
  }
}

export class World {
  #emulator;
  #service;
  #clients = {};
  #since;

  static async open(emulator) {
    const world = new World();
    world.#emulator = emulator;
    world.#service = emulator.service(kHub);
    for (const [name, { protocol, ...access }] of Object.entries(kClients)) {
      const { url } = await world.#service.getClientAccessToken(access);
      const known = (await emulator.connections()).map(({ connectionId }) => connectionId);
      const client = new Client(url, protocol);
      await client.open();
      const all = await emulator.connections();
      client.id = all.find(({ connectionId }) => !known.includes(connectionId)).connectionId;
      world.#clients[name] = client;
    }
    return world;
  }

  /** What comes from now on is of the next call. */
  async begin() {
    this.#since = await this.#emulator.lastSequence();
    for (const client of Object.values(this.#clients)) client.frames.length = 0;
  }

  idOf(name) {
    return this.#clients[name].id;
  }

  /** `value` with names in the place of connection ids. */
  named(value) {
    if (value === undefined) return undefined;
    let text = JSON.stringify(value);
    for (const [name, { id }] of Object.entries(this.#clients)) {
      text = text.replaceAll(id, `$${name}`);
    }
    return JSON.parse(text);
  }

  /** What came since begin(). */
  async effects() {
    const asked = (await this.#emulator.log(this.#since)).map((entry) =>
      Object.fromEntries(kLogged.map((key) => [key, entry[key]])),
    );
    const connections = await this.#emulator.connections();
    const permissions = await this.#permissions();
    await this.#mark();
    const clients = {};
    for (const [name, client] of Object.entries(this.#clients)) {
      const groups = connections.find(({ connectionId }) => connectionId === client.id)?.groups;
      clients[name] = { frames: client.frames, closed: client.closed, groups };
    }
    return this.named({ clients, permissions, asked });
  }

  async close() {
    for (const { socket } of Object.values(this.#clients)) socket.terminate();
    await within(Promise.all(Object.values(this.#clients).map(({ ended }) => ended)), 'the ends');
    await this.#gone();
  }

  async #mark() {
    for (const client of Object.values(this.#clients)) {
      const marker = randomUUID();
      const came = client.until(marker);
      const options = { contentType: 'text/plain' };
      await this.#service.sendToConnection(client.id, marker, options);
      await came;
    }
  }

  async #permissions() {
    const { id } = this.#clients.ann;
    const answers = kPermissions.map((name) =>
      this.#service.hasPermission(id, name, { targetName: 'g' }),
    );
    return Promise.all(answers);
  }

  /** The service has noticed: the next scene begins with nobody. */
  async #gone() {
    const deadline = Date.now() + 20_000;
    while ((await this.#emulator.connections()).length > 0) {
      if (Date.now() > deadline) throw new Error('clients that do not go');
    }
  }
}
