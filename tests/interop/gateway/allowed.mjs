// What may differ between a call straight at the service and the same call through awpsd's gateway.
// Nothing else may. Each entry is written in lib/SDK.md under the same name, and is needed: a test
// fails if one was not used.
//
// `concerns` says of a call, its way and the SDK whether the entry is for it. `settle` takes the
// difference out of both results, or throws if it is not exactly the one that is allowed.

import assert from 'node:assert/strict';

const kHasBody = /^\{"code":"[^"]+","message":".+/s;

/** A refusal of awpsd's own: the service was not asked, and says the same status. */
function refusedBefore(status) {
  return ({ straight, through }) => {
    assert.equal(through.answers.length, 1);
    assert.equal(through.answers[0].status, status);
    assert.match(through.answers[0].body, kHasBody);
    assert.deepEqual(through.effects.asked, [], 'the service was asked');
    assert.ok(through.error, 'no error');
    for (const side of [straight, through]) {
      for (const key of ['answers', 'error', 'value']) delete side[key];
    }
    straight.effects.asked = [];
  };
}

export const kAllowed = [
  {
    name: 'Client URLs of a replaced endpoint',
    concerns: (call, { way }) =>
      call.method === 'getClientAccessToken' && !call.isEntra && way === 'endpoint',
    settle: ({ straight, through, sides }) => {
      const of = (value, side) =>
        JSON.stringify(value)
          .replaceAll(side.endpoint.replace(/^http/, 'ws'), 'ws://HOST')
          .replaceAll(side.endpoint, 'http://HOST');
      assert.notDeepEqual(straight.value, through.value);
      straight.value = of(straight.value, sides.straight);
      through.value = of(through.value, sides.through);
    },
  },
  {
    name: 'Client URLs of a replaced endpoint, with an identity',
    concerns: (call, { way }) =>
      call.method === 'getClientAccessToken' && call.isEntra && way === 'endpoint',
    settle: ({ straight, through, sides }) => {
      const of = ({ baseUrl, url, ...rest }, side) => {
        const base = side.endpoint.replace(/^http/, 'ws');
        return { ...rest, baseUrl: baseUrl.replace(base, ''), url: url.replace(base, '') };
      };
      assert.notDeepEqual(straight.value, through.value);
      straight.value = of(straight.value, sides.straight);
      through.value = of(through.value, sides.through);
    },
  },
  {
    name: 'Links to the next page',
    concerns: (call) => call.method === 'listConnections' && call.maxPageSize !== undefined,
    settle: ({ straight, through, sides }) => {
      const origin = /"nextLink":"https?:\/\/[^/]+/;
      for (const { body } of through.answers) assert.doesNotMatch(body, origin);
      assert.ok(straight.answers.some(({ body }) => origin.test(body)));
      for (const answer of straight.answers) {
        answer.body = answer.body.replace(origin, '"nextLink":"');
      }
    },
  },
  {
    name: 'Blank filters',
    concerns: (call) => call.filter === '',
    settle: (results) => {
      // The service takes it as everybody.
      assert.ok(results.straight.error === undefined);
      refusedBefore(400)(results);
      delete results.straight.effects;
      delete results.through.effects;
    },
  },
  {
    name: 'Words of refusals',
    // Python's SDK sends nothing for None, which is no JSON.
    concerns: (call, mode, sdk) =>
      call.messageTtlSeconds > 300 ||
      call.group?.length > 1024 ||
      call.data?.length > 1024 * 1024 ||
      (sdk === 'python' && call.data === null),
    settle: (results) => {
      const { straight } = results;
      assert.ok([400, 413].includes(straight.answers[0].status));
      const isTooLarge = results.call.data?.length > 1024 * 1024;
      refusedBefore(isTooLarge ? 413 : 400)(results);
    },
  },
];

/** Settles what may differ, and keeps which entries were of use. */
export class Allowances {
  #used = new Set();

  settle({ call, mode, sdk }, results) {
    for (const entry of kAllowed) {
      if (!entry.concerns(call, mode, sdk)) continue;
      entry.settle({ ...results, call });
      this.#used.add(entry.name);
    }
  }

  unused() {
    return kAllowed.map(({ name }) => name).filter((name) => !this.#used.has(name));
  }
}
