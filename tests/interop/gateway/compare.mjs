// The comparison: each call of an SDK straight at the service and through the gateway, each with a
// scene of its own; result, answers and effects are the same, but for what allowed.mjs allows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { Allowances } from './allowed.mjs';
import { kCalls, kEntraCalls, withIds } from './calls.mjs';
import { kWays, nameOf, Stage } from './stage.mjs';
import { World } from './world.mjs';

const kReads = [
  'connectionExists',
  'userExists',
  'groupExists',
  'hasPermission',
  'listConnections',
  'getClientAccessToken',
];
const kTimes = ['iat', 'exp', 'nbf'];

/** Tokens, which hold times, become what they claim. */
function withoutTokens(value) {
  if (value === undefined) return undefined;
  const claimed = (token) => {
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    return JSON.stringify({
      ...Object.fromEntries(Object.entries(claims).filter(([key]) => !kTimes.includes(key))),
      lifetime: claims.exp - claims.iat,
    });
  };
  return JSON.parse(JSON.stringify(value), (_, each) =>
    typeof each === 'string'
      ? each.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, claimed)
      : each,
  );
}

/** What came of the call in this world. */
async function resultOf(world, sdk, side, call) {
  await world.begin();
  const result = await sdk.run(side, withIds(call, (name) => world.idOf(name)));
  const effects = await world.effects();
  const { value, error, answers } = withoutTokens(world.named(result));
  return { value, error, answers, effects };
}

async function inWorld(stage, work) {
  const world = await World.open(stage.emulator);
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

/** Of a read both ask in one world, since the order of a list is that of random ids. */
async function resultsOf(stage, sdk, call) {
  const { straight, through } = stage;
  const of = (side) => (world) => resultOf(world, sdk, side, call);
  if (!kReads.includes(call.method)) {
    return [await inWorld(stage, of(straight)), await inWorld(stage, of(through))];
  }
  return inWorld(stage, async (world) => [await of(straight)(world), await of(through)(world)]);
}

/** The tests of `sdk` in every way. `mayBeUnused`: allowances that its calls cannot need. */
export function compareAll(sdk, { mayBeUnused = [] } = {}) {
  const allowances = new Allowances();
  after(() => sdk.stop());

  for (const mode of kWays) {
    describe(`${sdk.name}, ${nameOf(mode)}`, () => {
      let stage;
      before(async () => {
        stage = await Stage.start(mode);
      });
      after(() => stage?.stop());
      for (const [name, call] of mode.isTls ? [...kCalls, ...kEntraCalls] : kCalls) {
        if (!sdk.can(call, mode)) continue;
        test(name, async () => {
          const [straight, through] = await resultsOf(stage, sdk, call);
          // Two sides that let nobody in would be alike.
          assert.ok(straight.answers.every(({ status }) => status !== 401));
          const sides = { straight: stage.straight, through: stage.through };
          allowances.settle({ call, mode, sdk: sdk.name }, { straight, through, sides });
          assert.deepEqual(through, straight);
        });
      }
    });
  }

  test(`${sdk.name}: each allowance is needed`, () => {
    const unused = allowances.unused().filter((name) => !mayBeUnused.includes(name));
    assert.deepEqual(unused, []);
  });
}
