// What a producer sends through awpsd reaches real clients: the official client with both of its
// JSON protocols, and plain WebSockets. Messages, their options and names, order and replies;
// memberships, closes and permissions are in awpsd_management.test.mjs.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { kHub, Scene } from './helpers/scene.mjs';

let scene;

before(async () => {
  scene = await Scene.start();
});

afterEach(() => scene.reset());

after(() => scene?.stop());

const kData = {
  text: ['text', 'Hello, é 日本😀 "quoted"\n'],
  'empty text': ['text', ''],
  'JSON object': ['json', { a: 1, 'é"': [true, null, '日本😀'], nested: { x: {} } }],
  'JSON string': ['json', 'Hello "you"'],
  'JSON number': ['json', -0.5],
  binary: ['binary', Buffer.from([0, 1, 127, 128, 254, 255])],
  'text of 200,000 characters': ['text', 'é'.repeat(200_000)],
};

const kTargets = {
  sendToAll: () => ({}),
  sendToGroup: () => ({ group: 'g' }),
  sendToUser: ({ userId }) => ({ userId }),
  sendToConnection: ({ connectionId }) => ({ connectionId }),
};

/** The message that a client of this protocol sees. */
function seen(protocol, group, dataType, data) {
  if (protocol !== 'plain') {
    return { from: group ? 'group' : 'server', ...(group ? { group } : {}), dataType, data };
  }
  if (dataType === 'json') return { dataType: 'text', data: JSON.stringify(data) };
  return { dataType, data };
}

describe('messages', () => {
  for (const protocol of ['reliable', 'json', 'plain']) {
    for (const [actionName, targetOf] of Object.entries(kTargets)) {
      test(`${actionName} to a ${protocol} client`, async () => {
        const client = await scene.connect({ protocol, groups: ['g'] });
        const other = await scene.connect();
        for (const [name, [dataType, data]] of Object.entries(kData)) {
          const target = targetOf(client);
          await scene.deliver({ actionName, ...target, dataType, data });
          const [messages, others] = await scene.messagesOf(client, other);
          assert.deepEqual(messages, [seen(protocol, target.group, dataType, data)], name);
          assert.equal(others.length, actionName === 'sendToAll' ? 1 : 0, `${name}: the other`);
        }
      });
    }
  }

  test('every connection of a user gets its messages', async () => {
    const userId = 'ann';
    const clients = [await scene.connect({ userId }), await scene.connect({ userId })];
    await scene.deliver({ actionName: 'sendToUser', userId, data: 'hi' });
    assert.deepEqual(await scene.textsOf(...clients), [['hi'], ['hi']]);
  });

  // Not more: the service drops a client that leaves 1,000 messages unacknowledged.
  test('five hundred to one group arrive in order', async () => {
    const client = await scene.connect({ groups: ['g'] });
    const texts = Array.from({ length: 500 }, (_, i) => String(i));
    const actions = texts.map((data) => ({ actionName: 'sendToGroup', group: 'g', data }));
    const replies = await scene.producer.sendArray(actions);
    assert.ok(replies.every(({ status }) => status === 'delivered'));
    assert.deepEqual(await scene.textsOf(client), [texts]);
  });
});

describe('options', () => {
  for (const target of [{ actionName: 'sendToAll' }, { actionName: 'sendToGroup', group: 'g' }]) {
    test(`${target.actionName} leaves out the excluded`, async () => {
      const groups = ['g'];
      const [a, b, c] = await Promise.all([1, 2, 3].map(() => scene.connect({ groups })));
      const excluded = [a.connectionId, 'nobody', c.connectionId];
      await scene.deliver({ ...target, data: 'hi', excluded });
      assert.deepEqual(await scene.textsOf(a, b, c), [[], ['hi'], []]);
    });

    test(`${target.actionName} reaches those whom the filter selects`, async () => {
      const a = await scene.connect({ userId: "o'hara 日本", groups: ['g', 'vip'] });
      const b = await scene.connect({ userId: "o'hara 日本", groups: ['g'] });
      const c = await scene.connect({ groups: ['g', 'vip'] });
      const filter = "userId eq 'o''hara 日本' and 'vip' in groups";
      await scene.deliver({ ...target, data: 'hi', filter });
      assert.deepEqual(await scene.textsOf(a, b, c), [['hi'], [], []]);
    });
  }

  test("sendToUser reaches the user's connections that the filter selects", async () => {
    const userId = 'bob';
    const clients = [await scene.connect({ userId }), await scene.connect({ userId })];
    const filter = `connectionId ne '${clients[0].connectionId}'`;
    await scene.deliver({ actionName: 'sendToUser', userId, data: 'hi', filter });
    assert.deepEqual(await scene.textsOf(...clients), [[], ['hi']]);
  });

  for (const [actionName, targetOf] of Object.entries(kTargets)) {
    test(`${actionName} with a time to live`, async () => {
      const client = await scene.connect({ groups: ['g'] });
      const since = await scene.emulator.lastSequence();
      const options = { data: 'hi', messageTtlSeconds: 7 };
      await scene.deliver({ actionName, ...targetOf(client), ...options });
      const [{ query }] = await scene.emulator.log(since);
      assert.match(query, /(^|&)messageTtlSeconds=7($|&)/);
      assert.deepEqual(await scene.textsOf(client), [['hi']]);
    });
  }
});

const kNames = {
  blanks: ' two  words ',
  'double quotes': 'say "hi"',
  'single quotes': "o'k",
  percent: '50%',
  'percent-encoded': 'a%20b',
  'question mark': 'who?x=1&y',
  'number sign': 'a#b',
  plus: 'a+b',
  colon: ':send',
  brackets: '[x]{y}<z>',
  'dots in a name': 'a..b',
  backslash: 'a\\b',
  'é': 'é',
  'Unicode beyond the first plane': '日本😀',
  long: 'n'.repeat(1000),
};

describe('names', () => {
  for (const [name, value] of Object.entries(kNames)) {
    test(`${name}: user and group`, async () => {
      const [userId, group] = [value, value];
      const named = await scene.connect({ userId });
      const other = await scene.connect();
      await scene.deliver({ actionName: 'sendToUser', userId, data: 'user' });
      const added = await scene.deliver({ actionName: 'addUserToGroup', userId, group });
      assert.equal(added.targetGone, undefined);
      await scene.deliver({ actionName: 'sendToGroup', group, data: 'group' });
      await scene.deliver({ actionName: 'removeUserFromGroup', userId, group });
      await scene.deliver({ actionName: 'sendToGroup', group, data: 'no longer' });
      const [messages, others] = await scene.messagesOf(named, other);
      assert.deepEqual(messages, [
        { from: 'server', dataType: 'text', data: 'user' },
        { from: 'group', group, dataType: 'text', data: 'group' },
      ]);
      assert.deepEqual(others, []);
    });
  }

  test('a user with / is not reached by path, the literal %2F is', async () => {
    const slash = await scene.connect({ userId: 'a/b' });
    const literal = await scene.connect({ userId: 'a%2Fb' });
    await scene.deliver({ actionName: 'sendToUser', userId: 'a/b', data: 'to a/b' });
    await scene.deliver({ actionName: 'sendToAll', filter: "userId eq 'a/b'", data: 'filtered' });
    assert.deepEqual(await scene.textsOf(slash, literal), [['filtered'], ['to a/b']]);
  });

  test('a group with / is not reached by path, the literal %2F is', async () => {
    const slash = await scene.connect({ groups: ['g/h'] });
    const literal = await scene.connect({ groups: ['g%2Fh'] });
    await scene.deliver({ actionName: 'sendToGroup', group: 'g/h', data: 'to g/h' });
    assert.deepEqual(await scene.textsOf(slash, literal), [[], ['to g/h']]);
  });

  test('the names . and .. are refused, and reach nobody', async () => {
    const client = await scene.connect();
    for (const userId of ['.', '..']) {
      const reply = await scene.producer.send({ actionName: 'sendToUser', userId, data: 'x' });
      assert.equal(reply.status, 'rejected');
      assert.equal(reply.error.code, 'invalid_action');
    }
    assert.deepEqual(await scene.textsOf(client), [[]]);
  });
});

describe('order', () => {
  const kDelayMilliseconds = 25;
  const actions = ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
    { actionName: 'sendToUser', userId: name, data: name },
    { actionName: 'removeUserFromGroup', userId: name, group: name },
    { actionName: 'sendToGroup', group: name, data: name },
  ]);

  test('an ordered batch is carried out strictly one after another', async () => {
    const since = await scene.emulator.lastSequence();
    await scene.emulator.setDelay(kDelayMilliseconds);
    const replies = await scene.producer.sendOrdered(actions);
    assert.ok(replies.every(({ status }) => status === 'delivered'));
    const log = await scene.emulator.log(since);
    assert.deepEqual(
      log.map(({ operation, target }) => [operation, target]),
      actions.map((action) => [action.actionName, action.userId ?? action.group]),
    );
    for (let i = 1; i < log.length; ++i) {
      const gap = (log[i].arrivedNs - log[i - 1].arrivedNs) / 1e6;
      assert.ok(gap >= kDelayMilliseconds, `request ${i} came ${gap} ms after the one before`);
    }
  });

  test('an array starts actions of other targets while the first waits', async () => {
    const match = { pathContains: '/users/a/:send' };
    await scene.emulator.setFaults([{ match, delayMs: 2000 }]);
    const settled = [];
    const sent = actions.map(async (action) => {
      await scene.deliver(action);
      settled.push(action);
    });
    await Promise.all(sent);
    assert.equal(settled.at(-1), actions[0]);
  });

  test('a refused element does not stop an ordered batch', async () => {
    const replies = await scene.producer.sendOrdered([
      { actionName: 'sendToAll', data: '1' },
      { actionName: 'sendToAll' },
      { actionName: 'sendToAll', data: '3' },
    ]);
    const expected = ['delivered', 'rejected', 'delivered'];
    assert.deepEqual(replies.map(({ status }) => status), expected);
  });
});

describe('replies', () => {
  test('delivered, with status and attempts', async () => {
    const { status, httpStatus, attempts } = await scene.producer.send({
      actionName: 'sendToAll',
      data: 'x',
    });
    assert.deepEqual({ status, httpStatus, attempts }, {
      status: 'delivered',
      httpStatus: 202,
      attempts: 1,
    });
  });

  test('delivered after a retry, with two attempts, and once to the client', async () => {
    const client = await scene.connect();
    await scene.emulator.setFaults([{ count: 1, status: 503 }]);
    const { attempts } = await scene.deliver({ actionName: 'sendToAll', data: 'again' });
    assert.equal(attempts, 2);
    assert.deepEqual(await scene.textsOf(client), [['again']]);
  });

  test('dead_lettered, with what the service said', async () => {
    const filter = 'userId foo';
    const reply = await scene.producer.send({ actionName: 'sendToAll', data: 'x', filter });
    assert.equal(reply.status, 'dead_lettered', JSON.stringify(reply));
    assert.equal(reply.httpStatus, 400);
    assert.match(reply.error.message, /Invalid syntax/);
  });

  test('nothing under ack none, but refusals; the end comes all the same', async () => {
    const client = await scene.connect();
    const producer = await scene.newProducer(null);
    producer.write({ actionName: 'sendToAll', data: 'silent' });
    producer.write({ actionName: 'sendToAl', data: 'x' });
    await producer.finish();
    const replies = producer.replies.takeAll();
    assert.deepEqual(replies.map(({ status, seq, line }) => [status, seq, line]), [
      ['rejected', 2, 2],
    ]);
    assert.match(replies[0].error.message, /sendToAll/);
    assert.equal((await client.messages.next()).data, 'silent');
  });

  test('accepted is cumulative', async () => {
    const producer = await scene.newProducer('accepted');
    producer.write([1, 2, 3].map((data) => ({ actionName: 'sendToAll', data: String(data) })));
    await producer.finish();
    const last = producer.replies.takeAll().at(-1);
    assert.deepEqual(last, { status: 'accepted', seq: 3 });
  });

  test('runs without id cover every seq once; the end comes when all is settled', async () => {
    const client = await scene.connect({ groups: ['g'] });
    const producer = await scene.newProducer('delivered');
    const texts = Array.from({ length: 20 }, (_, i) => String(i));
    producer.write(texts.map((data) => ({ actionName: 'sendToGroup', group: 'g', data })));
    await producer.finish();
    const covered = producer.replies.takeAll().flatMap(({ status, seq, from = seq, to = seq }) => {
      assert.equal(status, 'delivered');
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
    assert.deepEqual(covered.sort((a, b) => a - b), texts.map((_, i) => i + 1));
    assert.deepEqual(await scene.textsOf(client), [texts]);
  });

  test('an unknown hub is refused', async () => {
    const action = { actionName: 'sendToAll', data: 'x', hub: `${kHub}2` };
    const reply = await scene.producer.send(action);
    assert.equal(reply.error?.code, 'unknown_hub', JSON.stringify(reply));
  });
});
