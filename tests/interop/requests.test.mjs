// awpsd's requests are those of the official JavaScript SDK: for every action, with every optional
// field, awkward name and kind of data, both send to one server, and what arrives means the same.
// Where they differ on purpose, the difference is asserted.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { CaptureServer } from './helpers/capture_server.mjs';
import { claimsOf, meaningOf } from './helpers/http_request.mjs';
import { WebPubSubServiceClient } from './helpers/packages.mjs';
import { Producer } from './helpers/producer.mjs';
import { startAwpsd } from './helpers/programs.mjs';
import { asLine, carryOut } from './helpers/sdk.mjs';

const kHub = 'hub_1.b[0],`';
const kKey = 'a+key/of32.characters,or=more=12';
const kTokenSeconds = 3600;
const kSkewSeconds = 60;

let server;
let service;
let awpsd;
let producer;

before(async () => {
  server = await CaptureServer.start();
  const connectionString = `Endpoint=${server.url};AccessKey=${kKey};Version=1.0;`;
  service = new WebPubSubServiceClient(connectionString, kHub, {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
  const more = '[hub_defaults.coalesce]\nenabled = false\n';
  awpsd = await startAwpsd({ connectionString, hub: kHub, more });
  producer = await Producer.connect(awpsd.socketPath);
});

afterEach(() => server.takeAll());

after(async () => {
  producer?.close();
  await awpsd?.stop();
  server?.stop();
});

function onlyRequest() {
  const requests = server.takeAll();
  assert.equal(requests.length, 1, 'requests that arrived');
  return requests[0];
}

async function requestOfSdk(action) {
  await carryOut(service, action);
  return onlyRequest();
}

async function requestOfAwpsd(line) {
  const reply = await producer.send(line);
  assert.equal(reply.status, 'delivered', JSON.stringify(reply));
  assert.equal(reply.attempts, 1);
  return onlyRequest();
}

function checkToken(request, audience) {
  const claims = claimsOf(request, kKey);
  const now = Date.now() / 1000;
  assert.equal(claims.aud, audience);
  assert.ok(claims.exp > now && claims.exp <= now + kTokenSeconds + kSkewSeconds, 'exp');
  assert.ok(claims.iat <= now && claims.iat >= claims.exp - kTokenSeconds - kSkewSeconds, 'iat');
  assert.ok(claims.nbf === undefined || claims.nbf <= now, 'nbf');
}

/** The service compares the audience with the path as it decoded it: all but %2F. */
function audiencePathOf(path) {
  if (!path.includes('%2F')) return path;
  return path.split('%2F').map(decodeURIComponent).join('%2F');
}

/** Both send the action; their requests mean the same. */
async function compare(action, line = asLine(action)) {
  const sdk = await requestOfSdk(action);
  const ours = await requestOfAwpsd(line);
  assert.deepEqual(meaningOf(ours), meaningOf(sdk));
  // Both audiences are taken by the service; the one without query serves a path's every request.
  checkToken(sdk, server.url + sdk.target);
  checkToken(ours, server.url + audiencePathOf(ours.target.split('?')[0]));
  assert.match(ours.headers['x-ms-client-request-id'], /^[0-9a-f-]{36}$/);
  return { sdk, ours };
}

const kNames = {
  plain: 'device-7_x.y~z',
  blanks: ' two  words ',
  'double quotes': 'say "hi"',
  'single quotes': "o'k ''",
  percent: '50%',
  'percent-encoded': 'a%20b%2Fc',
  'question mark': 'who?x=1',
  'number sign': 'a#b',
  plus: 'a+b + c',
  ampersand: 'a&excluded=b',
  'equals and semicolon': 'a=b;c',
  'é': 'é',
  'combining é': 'e\u0301',
  'Unicode beyond the first plane': '日本😀',
  slash: 'a/b//c/',
  'dots and slash': '../x',
  'dots in a name': 'a..b',
  backslash: 'a\\b',
  colon: ':send',
  brackets: '[x]{y}<z>',
  'what the SDK leaves raw': "!*'()",
  'other marks': '|^`$,@',
  controls: 'a\r\nb\tc\u007f',
  long: 'n'.repeat(1000),
};

/** Every action with every field that it may have, all names made of `name`. */
function actionsOf(name) {
  const options = {
    excluded: [name, 'other'],
    filter: `userId eq '${name.replaceAll("'", "''")}' or 'g' in groups`,
    messageTtlSeconds: 60,
  };
  const { excluded, filter, messageTtlSeconds } = options;
  const [group, userId, connectionId, reason, targetName] = Array(5).fill(name);
  const text = { data: name, dataType: 'text' };
  return [
    { actionName: 'sendToAll', ...text, ...options },
    { actionName: 'sendToGroup', group, ...text, ...options },
    { actionName: 'sendToUser', userId, ...text, filter, messageTtlSeconds },
    { actionName: 'sendToConnection', connectionId, ...text, messageTtlSeconds },
    { actionName: 'addUserToGroup', userId, group },
    { actionName: 'removeUserFromGroup', userId, group },
    { actionName: 'removeUserFromAllGroups', userId },
    { actionName: 'addConnectionToGroup', connectionId, group },
    { actionName: 'removeConnectionFromGroup', connectionId, group },
    { actionName: 'closeAllConnections', excluded, reason },
    { actionName: 'closeClientConnection', connectionId, reason },
    { actionName: 'closeGroupConnections', group, excluded, reason },
    { actionName: 'grantPermission', connectionId, permission: 'sendToGroup', targetName },
    { actionName: 'revokePermission', connectionId, permission: 'joinLeaveGroup', targetName },
    { actionName: 'closeUserConnections', userId, excluded, reason },
    { actionName: 'removeConnectionFromAllGroups', connectionId },
    { actionName: 'addConnectionsToGroups', groups: [name, 'other'], filter },
    { actionName: 'removeConnectionsFromGroups', groups: ['other', name], filter },
  ];
}

const kRequired = ['actionName', 'group', 'userId', 'connectionId', 'permission', 'data', 'groups'];

function withoutOptions(action) {
  const isNeeded = (key) => kRequired.includes(key) || (action.groups && key === 'filter');
  return Object.fromEntries(Object.entries(action).filter(([key]) => isNeeded(key)));
}

describe('awkward names', () => {
  for (const [name, value] of Object.entries(kNames)) {
    for (const action of actionsOf(value)) {
      test(`${action.actionName}, ${name}`, () => compare(action));
    }
  }
});

describe('without options', () => {
  for (const action of actionsOf('n').map(withoutOptions)) {
    test(action.actionName, () => compare(action));
  }
});

const kOptionRows = [
  ['no excluded', { actionName: 'sendToAll', data: 'x', excluded: [] }],
  ['excluded twice', { actionName: 'sendToAll', data: 'x', excluded: ['c', 'c'] }],
  ['excluded . and ..', { actionName: 'sendToAll', data: 'x', excluded: ['.', '..'] }],
  ['excluded of a group', { actionName: 'sendToGroup', group: 'g', data: 'x', excluded: ['c'] }],
  ['filter alone', { actionName: 'sendToAll', data: 'x', filter: "startswith(userId,'a')" }],
  ['time to live 0', { actionName: 'sendToAll', data: 'x', messageTtlSeconds: 0 }],
  ['time to live 300', { actionName: 'sendToAll', data: 'x', messageTtlSeconds: 300 }],
  ['empty reason', { actionName: 'closeAllConnections', reason: '' }],
  ['excluded at close', { actionName: 'closeAllConnections', excluded: ['a', 'b', 'c'] }],
  ['empty reason, group', { actionName: 'closeGroupConnections', group: 'g', reason: '' }],
  ['empty reason, user', { actionName: 'closeUserConnections', userId: 'u', reason: '' }],
  ['empty reason, client', { actionName: 'closeClientConnection', connectionId: 'c', reason: '' }],
  [
    'empty targetName',
    { actionName: 'grantPermission', connectionId: 'c', permission: 'sendToGroup', targetName: '' },
  ],
  [
    'the other permission',
    { actionName: 'grantPermission', connectionId: 'c', permission: 'joinLeaveGroup' },
  ],
  [
    'the other permission revoked',
    { actionName: 'revokePermission', connectionId: 'c', permission: 'sendToGroup' },
  ],
];

describe('options', () => {
  for (const [name, action] of kOptionRows) test(name, () => compare(action));
});

const kAllBytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

const kData = {
  'empty text': ['text', ''],
  text: ['text', 'Hello'],
  'text with all kinds of characters': ['text', 'a"b\\c\nd\r\te\u0000f é 日本😀\u2028'],
  'text that looks like JSON': ['text', '{"a":1}'],
  'text of 1 MiB': ['text', 'x'.repeat(1024 * 1024)],
  'JSON object': ['json', { a: 1, b: [true, null, 1.5e-7], 'é"': '日本😀', c: { d: {} } }],
  'JSON array': ['json', [1, 'two', [3], {}]],
  'empty JSON array': ['json', []],
  'JSON string': ['json', 'Hello "you"\n'],
  'empty JSON string': ['json', ''],
  'JSON number': ['json', -0.5],
  'JSON true': ['json', true],
  'JSON false': ['json', false],
  'JSON null': ['json', null],
  'empty binary': ['binary', Buffer.alloc(0)],
  'binary of every byte': ['binary', kAllBytes],
  'binary of 300,000 bytes': ['binary', Buffer.alloc(300_000, kAllBytes)],
};

const kTargets = [
  { actionName: 'sendToAll' },
  { actionName: 'sendToGroup', group: 'g' },
  { actionName: 'sendToUser', userId: 'u' },
  { actionName: 'sendToConnection', connectionId: 'c' },
];

describe('data', () => {
  for (const [name, [dataType, data]] of Object.entries(kData)) {
    for (const target of kTargets) {
      test(`${target.actionName}, ${name}`, () => compare({ ...target, dataType, data }));
    }
  }
});

const kBytes = { dataType: 'binary', data: Buffer.from([0, 255, 62]) };

const kSpellings = [
  ['binary as base64', kBytes, { dataType: 'binary', data: 'AP8+' }],
  [
    'binary as a Buffer of base64',
    kBytes,
    { dataType: 'binary', data: { type: 'Buffer', data: 'AP8+' } },
  ],
  ['json as text', { dataType: 'json', data: [1] }, { dataType: 'json', data: '[1]' }],
  [
    'json as a Buffer',
    { dataType: 'json', data: { a: 'é' } },
    { dataType: 'json', data: Buffer.from('{"a":"é"}') },
  ],
  ['text as a Buffer', { data: 'é' }, { dataType: 'text', data: Buffer.from('é') }],
  ['text by default', { data: 'x' }, { data: 'x' }],
  ['keys and types in any case', { data: 'x' }, { DATATYPE: 'Text', Data: 'x' }],
  ['dataType as a number', { dataType: 'json', data: { a: 1 } }, { dataType: 1, data: { a: 1 } }],
  ['excluded as a string', { data: 'x', excluded: ['c'] }, { data: 'x', excluded: 'c' }],
];

const kBulk = { actionName: 'addConnectionsToGroups', groups: ['g', 'h'], filter: "userId eq 'a'" };

describe('other spellings of a bulk change', () => {
  test('a group that stands there twice', () =>
    compare(kBulk, { ...kBulk, groups: ['g', 'h', 'g'] }));
  test('one group as a string', () =>
    compare({ ...kBulk, groups: ['g'] }, { ...kBulk, groups: 'g' }));
  test('1,000 groups', () =>
    compare({ ...kBulk, groups: Array.from({ length: 1000 }, (_, i) => `group ${i}`) }));
  test('a filter that no URL would carry', () =>
    compare({ ...kBulk, filter: `userId in (${Array(2000).fill("'someone'").join(',')})` }));
});

describe('other spellings for a producer', () => {
  const actionName = 'sendToAll';
  for (const [name, action, line] of kSpellings) {
    test(name, () => compare({ actionName, ...action }, { actionName, ...line }));
  }
});

describe('differences on purpose', () => {
  test("awpsd encodes !*'(), which the SDK leaves raw in the path", async () => {
    const { sdk, ours } = await compare({ actionName: 'sendToUser', userId: "!*'()", data: 'x' });
    assert.match(sdk.target, /\/users\/!\*'\(\)\/:send/);
    assert.match(ours.target, /\/users\/%21%2A%27%28%29\/:send/);
  });

  test("awpsd encodes !*'(), which the SDK leaves raw but for ' in the query", async () => {
    const { sdk, ours } = await compare({ actionName: 'closeAllConnections', reason: "!*'()" });
    assert.match(sdk.target, /reason=!\*%27\(\)$/);
    assert.match(ours.target, /reason=%21%2A%27%28%29$/);
  });

  for (const name of ['.', '..', '', 'a\u0000b']) {
    for (const action of actionsOf('n')) {
      for (const field of ['group', 'userId', 'connectionId']) {
        if (action[field] === undefined) continue;
        test(`${action.actionName} refuses the ${field} ${JSON.stringify(name)}`, () =>
          refuses({ ...action, [field]: name }, new RegExp(`'${field}'`)));
      }
    }
  }

  test('the SDK makes a broadcast of a message to the user ..', async () => {
    const request = await requestOfSdk({ actionName: 'sendToUser', userId: '..', data: 'x' });
    assert.deepEqual(meaningOf(request).path, ['', 'api', 'hubs', kHub, ':send']);
  });

  const kRefused = [
    ['an empty filter, which the SDK sends', { filter: '' }, /'filter'/],
    ['a time to live of 301 s, which the SDK sends', { messageTtlSeconds: 301 }, /messageTtl/],
    ['more than 1 MiB, which the SDK sends', { data: 'x'.repeat(1024 * 1024 + 1) }, /1048576/],
  ];
  for (const [name, fields, pattern] of kRefused) {
    test(`awpsd refuses ${name}`, async () => {
      const action = { actionName: 'sendToAll', data: 'x', ...fields };
      await requestOfSdk(action);
      await refuses(action, pattern);
    });
  }

  for (const filter of ['', ' ']) {
    test(`awpsd refuses the filter '${filter}' of a bulk change`, async () => {
      const action = { ...kBulk, filter };
      await requestOfSdk(action);
      await refuses(action, /'filter'.*everybody/);
    });
  }
});

async function refuses(action, pattern) {
  const reply = await producer.send(action);
  assert.equal(reply.status, 'rejected', JSON.stringify(reply));
  assert.match(reply.error.message, pattern);
  // A request that started all the same would be out before that of a later action is answered.
  const after = await requestOfAwpsd({ actionName: 'sendToAll', data: 'after' });
  assert.equal(after.body.toString(), 'after');
}
