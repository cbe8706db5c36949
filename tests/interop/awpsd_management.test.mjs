// Memberships, closes and permissions sent through awpsd have their effect on real clients.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import { within } from './helpers/events.mjs';
import { Scene } from './helpers/scene.mjs';

let scene;

before(async () => {
  scene = await Scene.start();
});

afterEach(() => scene.reset());

after(() => scene?.stop());

function endOf(client) {
  return within(client.ended, 'end of a client');
}

describe('memberships', () => {
  test('addUserToGroup and removeUserFromGroup concern all connections of the user', async () => {
    const member = { userId: 'ann', group: 'g 1' };
    const { userId, group } = member;
    const a = await scene.connect({ userId });
    const b = await scene.connect({ userId, protocol: 'plain' });
    const other = await scene.connect();
    assert.deepEqual(await scene.areMembers(group, a, b, other), [false, false, false]);
    const added = await scene.deliver({ actionName: 'addUserToGroup', ...member });
    assert.deepEqual([added.httpStatus, added.targetGone], [200, undefined]);
    assert.deepEqual(await scene.areMembers(group, a, b, other), [true, true, false]);
    const removed = await scene.deliver({ actionName: 'removeUserFromGroup', ...member });
    assert.equal(removed.httpStatus, 204);
    assert.deepEqual(await scene.areMembers(group, a, b, other), [false, false, false]);
  });

  test('addConnectionToGroup and removeConnectionFromGroup concern one connection', async () => {
    const userId = 'bob';
    const group = 'g 1';
    const a = await scene.connect({ userId });
    const b = await scene.connect({ userId });
    const { connectionId } = a;
    await scene.deliver({ actionName: 'addConnectionToGroup', connectionId, group });
    assert.deepEqual(await scene.areMembers(group, a, b), [true, false]);
    await scene.deliver({ actionName: 'removeConnectionFromGroup', connectionId, group });
    assert.deepEqual(await scene.areMembers(group, a, b), [false, false]);
  });

  test('removeUserFromAllGroups takes all connections out of all groups', async () => {
    const userId = 'cyd';
    const groups = ['g1', 'g2'];
    const clients = [
      await scene.connect({ userId, groups }),
      await scene.connect({ userId, groups: ['g2'] }),
      await scene.connect({ groups }),
    ];
    assert.deepEqual(await scene.areMembers('g1', ...clients), [true, false, true]);
    assert.deepEqual(await scene.areMembers('g2', ...clients), [true, true, true]);
    await scene.deliver({ actionName: 'removeUserFromAllGroups', userId });
    assert.deepEqual(await scene.areMembers('g1', ...clients), [false, false, true]);
    assert.deepEqual(await scene.areMembers('g2', ...clients), [false, false, true]);
  });

  test('removeConnectionFromAllGroups takes one connection out of all groups', async () => {
    const userId = 'dan';
    const groups = ['g1', 'g2'];
    const a = await scene.connect({ userId, groups });
    const b = await scene.connect({ userId, groups });
    const { connectionId } = a;
    const removal = { actionName: 'removeConnectionFromAllGroups', connectionId };
    assert.equal((await scene.deliver(removal)).httpStatus, 204);
    assert.deepEqual(await scene.areMembers('g1', a, b), [false, true]);
    assert.deepEqual(await scene.areMembers('g2', a, b), [false, true]);
  });

  test('changes of many memberships concern whom a filter selects', async () => {
    const [a, b] = [await scene.connect({ groups: ['vip'] }), await scene.connect()];
    const bulk = { groups: ['g 1', 'g 2'], filter: "'vip' in groups" };
    const added = await scene.deliver({ actionName: 'addConnectionsToGroups', ...bulk });
    assert.equal(added.httpStatus, 200);
    assert.deepEqual(await scene.areMembers('g 1', a, b), [true, false]);
    assert.deepEqual(await scene.areMembers('g 2', a, b), [true, false]);
    const one = { ...bulk, groups: 'g 2' };
    const removed = await scene.deliver({ actionName: 'removeConnectionsFromGroups', ...one });
    assert.equal(removed.httpStatus, 200);
    assert.deepEqual(await scene.areMembers('g 1', a, b), [true, false]);
    assert.deepEqual(await scene.areMembers('g 2', a, b), [false, false]);
  });

  test('bulk changes come between the group messages before and after them', async () => {
    const client = await scene.connect();
    const filter = `connectionId eq '${client.connectionId}'`;
    const [to, from] = ['addConnectionsToGroups', 'removeConnectionsFromGroups'];
    const replies = await scene.producer.sendArray([
      { actionName: 'sendToGroup', group: 'g', data: 'before' },
      { actionName: to, groups: ['g', 'h'], filter },
      { actionName: 'sendToGroup', group: 'g', data: 'in g' },
      { actionName: from, groups: 'g', filter },
      { actionName: 'sendToGroup', group: 'g', data: 'out of g' },
      { actionName: 'removeConnectionFromAllGroups', connectionId: client.connectionId },
      { actionName: 'sendToGroup', group: 'h', data: 'out of all' },
    ]);
    assert.ok(replies.every(({ status }) => status === 'delivered'), JSON.stringify(replies));
    assert.deepEqual(await scene.textsOf(client), [['in g']]);
  });

  test('an array of add, send, remove, send is carried out in this order', async () => {
    const { userId, ...client } = await scene.connect();
    const group = 'g';
    const replies = await scene.producer.sendArray([
      { actionName: 'addUserToGroup', userId, group },
      { actionName: 'sendToGroup', group, data: 'in' },
      { actionName: 'removeUserFromGroup', userId, group },
      { actionName: 'sendToGroup', group, data: 'out' },
      { actionName: 'addUserToGroup', userId, group },
      { actionName: 'removeUserFromAllGroups', userId },
      { actionName: 'sendToGroup', group, data: 'out of all' },
    ]);
    // removeUserFromAllGroups makes the add before it void, if that still waits.
    const isSettled = ({ status }, i) =>
      status === 'delivered' || (i === 4 && status === 'superseded');
    assert.ok(replies.every(isSettled), JSON.stringify(replies));
    assert.deepEqual(await scene.textsOf(client), [['in']]);
  });

  const kMissing = [
    { actionName: 'addUserToGroup', userId: 'nobody', group: 'g' },
    { actionName: 'addConnectionToGroup', connectionId: 'nobody', group: 'g' },
    {
      actionName: 'grantPermission',
      connectionId: 'nobody',
      permission: 'sendToGroup',
      targetName: 'g',
    },
  ];
  for (const action of kMissing) {
    test(`${action.actionName} for nobody is delivered, and says so`, async () => {
      const { httpStatus, targetGone } = await scene.deliver(action);
      assert.deepEqual({ httpStatus, targetGone }, { httpStatus: 404, targetGone: true });
    });
  }
});

describe('closes', () => {
  const kSaid = 'Application server closed the connection.';
  const reason = 'too "old": 50% & é 日本😀';

  for (const protocol of ['reliable', 'json']) {
    test(`closeClientConnection tells a ${protocol} client the reason`, async () => {
      const { connectionId, ...closed } = await scene.connect({ protocol });
      const other = await scene.connect({ protocol });
      await scene.deliver({ actionName: 'closeClientConnection', connectionId, reason });
      assert.equal(await endOf(closed), `${kSaid} Reason: ${reason}`);
      assert.deepEqual(await scene.textsOf(other), [[]]);
    });
  }

  test('closeClientConnection without a reason', async () => {
    const { connectionId, ...closed } = await scene.connect();
    await scene.deliver({ actionName: 'closeClientConnection', connectionId });
    assert.equal(await endOf(closed), kSaid);
  });

  test('closeClientConnection closes a plain client with 1000', async () => {
    const { connectionId, ...closed } = await scene.connect({ protocol: 'plain' });
    await scene.deliver({ actionName: 'closeClientConnection', connectionId, reason });
    assert.deepEqual(await endOf(closed), { code: 1000, reason: '' });
  });

  test('closeGroupConnections closes the members but for the excluded', async () => {
    const group = 'g 1';
    const groups = [group];
    const [a, b, spared] = await Promise.all([1, 2, 3].map(() => scene.connect({ groups })));
    const outsider = await scene.connect();
    const excluded = [spared.connectionId];
    await scene.deliver({ actionName: 'closeGroupConnections', group, excluded, reason });
    assert.equal(await endOf(a), `${kSaid} Reason: ${reason}`);
    assert.equal(await endOf(b), `${kSaid} Reason: ${reason}`);
    assert.deepEqual(await scene.textsOf(spared, outsider), [[], []]);
    assert.deepEqual(await areConnected(a, b, spared, outsider), [false, false, true, true]);
  });

  test('closeUserConnections closes the connections of the user but for the excluded', async () => {
    const userId = 'eve';
    const [a, b, spared] = await Promise.all([1, 2, 3].map(() => scene.connect({ userId })));
    const other = await scene.connect();
    const excluded = [spared.connectionId];
    await scene.deliver({ actionName: 'closeUserConnections', userId, excluded, reason });
    assert.equal(await endOf(a), `${kSaid} Reason: ${reason}`);
    assert.equal(await endOf(b), `${kSaid} Reason: ${reason}`);
    assert.deepEqual(await scene.textsOf(spared, other), [[], []]);
    assert.deepEqual(await areConnected(a, b, spared, other), [false, false, true, true]);
  });

  test('closeUserConnections comes behind the messages to its user', async () => {
    const client = await scene.connect();
    const { userId } = client;
    await scene.producer.sendArray([
      { actionName: 'sendToUser', userId, data: 'first' },
      { actionName: 'closeUserConnections', userId },
      { actionName: 'sendToUser', userId, data: 'never' },
    ]);
    await endOf(client);
    assert.deepEqual(client.messages.takeAll().map(({ data }) => data), ['first']);
  });

  test('closeAllConnections closes everybody but the excluded', async () => {
    const [a, spared] = [await scene.connect(), await scene.connect({ protocol: 'json' })];
    const plain = await scene.connect({ protocol: 'plain' });
    const excluded = [spared.connectionId, 'nobody'];
    await scene.deliver({ actionName: 'closeAllConnections', excluded, reason });
    assert.equal(await endOf(a), `${kSaid} Reason: ${reason}`);
    assert.deepEqual(await endOf(plain), { code: 1000, reason: '' });
    assert.deepEqual(await scene.textsOf(spared), [[]]);
    assert.deepEqual(await areConnected(a, plain, spared), [false, false, true]);
  });

  test('closeAllConnections comes between what was accepted before and after it', async () => {
    const client = await scene.connect({ groups: ['g'] });
    const { userId, connectionId } = client;
    const replies = await scene.producer.sendArray([
      { actionName: 'sendToAll', data: 'all' },
      { actionName: 'sendToGroup', group: 'g', data: 'group' },
      { actionName: 'sendToUser', userId, data: 'user' },
      { actionName: 'sendToConnection', connectionId, data: 'connection' },
      { actionName: 'closeAllConnections' },
      { actionName: 'addUserToGroup', userId, group: 'g' },
    ]);
    await endOf(client);
    const texts = client.messages.takeAll().map(({ data }) => data);
    assert.deepEqual(texts.sort(), ['all', 'connection', 'group', 'user']);
    assert.equal(replies.at(-1).targetGone, true);
  });

  /** For each client: does the service know its connection? */
  async function areConnected(...clients) {
    const known = (await scene.emulator.connections()).map(({ connectionId }) => connectionId);
    return clients.map(({ connectionId }) => known.includes(connectionId));
  }
});

describe('permissions', () => {
  const kCalls = {
    sendToGroup: (client, group) => client.sendToGroup(group, 'x'),
    joinLeaveGroup: (client, group) => client.joinGroup(group),
  };
  const targetName = 'g & "1"';

  for (const protocol of ['reliable', 'json']) {
    for (const [permission, call] of Object.entries(kCalls)) {
      test(`${permission} granted to and revoked from a ${protocol} client`, async () => {
        const client = await scene.connect({ protocol });
        const { connectionId } = client;
        const about = { connectionId, permission, targetName };
        assert.equal(await call(client, targetName), 'Forbidden');
        await scene.deliver({ actionName: 'grantPermission', ...about });
        assert.equal(await call(client, targetName), 'ok');
        assert.equal(await call(client, 'another group'), 'Forbidden');
        await scene.deliver({ actionName: 'revokePermission', ...about });
        assert.equal(await call(client, targetName), 'Forbidden');
      });
    }
  }

  test('one permission is not the other', async () => {
    const client = await scene.connect();
    const { connectionId } = client;
    const permission = 'joinLeaveGroup';
    await scene.deliver({ actionName: 'grantPermission', connectionId, permission, targetName });
    assert.equal(await client.sendToGroup(targetName, 'x'), 'Forbidden');
    assert.equal(await client.joinGroup(targetName), 'ok');
  });

  test('revokePermission prevails over a role', async () => {
    const client = await scene.connect({ roles: ['webpubsub.sendToGroup'] });
    const { connectionId } = client;
    const permission = 'sendToGroup';
    assert.equal(await client.sendToGroup(targetName, 'x'), 'ok');
    await scene.deliver({ actionName: 'revokePermission', connectionId, permission, targetName });
    assert.equal(await client.sendToGroup(targetName, 'x'), 'Forbidden');
  });

  test('without targetName the dead letter says what the service wants', async () => {
    const { connectionId } = await scene.connect();
    const action = { actionName: 'grantPermission', connectionId, permission: 'sendToGroup' };
    const reply = await scene.producer.send(action);
    assert.equal(reply.status, 'dead_lettered', JSON.stringify(reply));
    assert.equal(reply.httpStatus, 400);
    assert.match(reply.error.message, /targetName/);
  });
});
