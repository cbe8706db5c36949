// awpsd reads a connection string as the official JavaScript SDK does: both send one message to the
// same address, and sign for it. Each row is an awpsd of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { CaptureServer } from './helpers/capture_server.mjs';
import { claimsOf, meaningOf } from './helpers/http_request.mjs';
import { WebPubSubServiceClient } from './helpers/packages.mjs';
import { Producer } from './helpers/producer.mjs';
import { startAwpsd } from './helpers/programs.mjs';
import { carryOut } from './helpers/sdk.mjs';

const kKey = 'a+key/of32.characters,or=more=12';

let server;

before(async () => {
  server = await CaptureServer.start();
});

after(() => server?.stop());

const kRows = {
  plain: (url) => `Endpoint=${url};AccessKey=${kKey};Version=1.0;`,
  'slash at the end': (url) => `Endpoint=${url}/;AccessKey=${kKey}`,
  'a path': (url) => `Endpoint=${url}/base/of/it;AccessKey=${kKey};Version=1.0;`,
  'a path with a slash at the end': (url) => `Endpoint=${url}/base/;AccessKey=${kKey};`,
  'keys in any case': (url) => `ENDPOINT=${url};accesskey=${kKey};`,
  'another order': (url) => `Version=1.0;AccessKey=${kKey};Endpoint=${url};`,
  'a port of its own': (url, port) => `Endpoint=http://127.0.0.1;AccessKey=${kKey};Port=${port};`,
  'a port over another': (url, port) =>
    `Endpoint=http://127.0.0.1:1;AccessKey=${kKey};Port=${port};`,
  'a name in any case': (url, port) => `Endpoint=http://LocalHost:${port};AccessKey=${kKey};`,
};

async function requestOfAwpsd(connectionString, hub, action) {
  const awpsd = await startAwpsd({ connectionString, hub });
  try {
    const producer = await Producer.connect(awpsd.socketPath);
    const reply = await producer.send(action);
    producer.close();
    assert.equal(reply.status, 'delivered', JSON.stringify(reply));
  } finally {
    await awpsd.stop();
  }
  return server.takeAll();
}

async function requestOfSdk(connectionString, hub, action) {
  const options = { allowInsecureConnection: true, retryOptions: { maxRetries: 0 } };
  await carryOut(new WebPubSubServiceClient(connectionString, hub, options), action);
  return server.takeAll();
}

async function requestsOfBoth(connectionString, hub) {
  const action = { actionName: 'sendToUser', userId: 'a b', data: 'x' };
  const [sdk] = await requestOfSdk(connectionString, hub, action);
  const [ours] = await requestOfAwpsd(connectionString, hub, action);
  return { sdk, ours };
}

for (const [name, connectionString] of Object.entries(kRows)) {
  test(name, async () => {
    const port = new URL(server.url).port;
    const { sdk, ours } = await requestsOfBoth(connectionString(server.url, port), 'chat');
    assert.deepEqual(meaningOf(ours), meaningOf(sdk));
    assert.equal(claimsOf(ours, kKey).aud, claimsOf(sdk, kKey).aud.split('?')[0]);
  });
}

test('a hub in capitals is the same hub, and awpsd has one spelling for it', async () => {
  const { sdk, ours } = await requestsOfBoth(kRows.plain(server.url), 'Chat');
  assert.match(sdk.target, /^\/api\/hubs\/Chat\//);
  assert.match(ours.target, /^\/api\/hubs\/chat\//);
});
