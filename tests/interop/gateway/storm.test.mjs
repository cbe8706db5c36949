// The official JavaScript SDK in a storm: the service fails, and what stands between program and
// gateway cuts connections before, within and after answers. The SDK tries again, as it is made to,
// and each call has one effect.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';

import { WebPubSubServiceClient } from '../helpers/packages.mjs';
import { Stage } from './stage.mjs';

const kCalls = 300;
const kAtOnce = 16;
const kCut = 0.3; // of the requests
const kFaults = [
  { name: 'reset', match: { operation: 'send*' }, probability: 0.1, reset: 'before' },
  { name: '503', match: { operation: 'send*' }, probability: 0.2, status: 503 },
  { name: 'slow', match: { operation: 'send*' }, probability: 0.3, delayMs: 5, delayToMs: 150 },
];
const kQuick = `
[hub_defaults.retry]
base = "5ms"
max = "50ms"
`;

/** Between program and gateway; cuts the connection of some requests, each at another place. */
class Cutter {
  cuts = 0;
  #server;
  #sockets = new Set();

  static async start(port) {
    const cutter = new Cutter();
    cutter.#server = createServer((outer) => cutter.#take(outer, port)).listen(0, '127.0.0.1');
    await once(cutter.#server, 'listening');
    cutter.port = cutter.#server.address().port;
    return cutter;
  }

  stop() {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(outer, port) {
    const inner = connect(port, '127.0.0.1');
    const end = () => {
      for (const socket of [outer, inner]) socket.destroy();
    };
    for (const socket of [outer, inner]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    const cut = () => {
      ++this.cuts;
      end();
    };
    let isCut;
    let place;
    outer.on('data', (data) => {
      isCut = Math.random() < kCut;
      place = Math.random();
      inner.write(data);
      if (isCut && place < 0.4) setTimeout(cut, Math.random() * 60); // mostly before the answer
    });
    inner.on('data', (data) => {
      if (isCut && place < 0.7) return cut(); // the answer is lost
      if (isCut) outer.write(data.subarray(0, 10), cut); // and here a part of it
      else outer.write(data);
    });
  }
}

test('each call has one effect, however often the SDK tries', async (t) => {
  const stage = await Stage.start({ way: 'reverse proxy', isTls: false }, kQuick);
  t.after(() => stage.stop());
  await stage.emulator.setFaults(kFaults);
  const cutter = await Cutter.start(Number(new URL(stage.through.address).port));
  t.after(() => cutter.stop());
  const service = new WebPubSubServiceClient(stage.through.connectionString, stage.through.hub, {
    allowInsecureConnection: true,
    reverseProxyEndpoint: `http://127.0.0.1:${cutter.port}`,
    retryOptions: { maxRetries: 20, retryDelayInMs: 10, maxRetryDelayInMs: 50 },
  });
  let next = 0;
  const caller = async () => {
    while (next < kCalls) {
      const number = next++;
      await service.sendToUser(`u${number % 20}`, `${number}`, { contentType: 'text/plain' });
    }
  };
  await Promise.all(Array.from({ length: kAtOnce }, caller));

  assert.ok(cutter.cuts > kCalls / 5, `it was no storm: ${cutter.cuts} cuts`);
  const isSend = ({ operation, tookEffect }) => tookEffect && operation === 'sendToUser';
  const effects = (await stage.emulator.log()).filter(isSend);
  const numbers = effects.map(({ body }) => Number(body)).sort((a, b) => a - b);
  assert.deepEqual(
    numbers,
    Array.from({ length: kCalls }, (_, number) => number),
  );
});
