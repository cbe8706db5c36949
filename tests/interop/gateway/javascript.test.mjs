// The official JavaScript SDK, through the gateway and straight. No method of it is left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { WebPubSubServiceClient } from '../helpers/packages.mjs';
import { kCalls } from './calls.mjs';
import { compareAll } from './compare.mjs';
import { JavaScriptSdk, kGroupMethods, kHubMethods } from './javascript_sdk.mjs';

function methodsOf(value) {
  const all = Object.getOwnPropertyNames(Object.getPrototypeOf(value));
  return all.filter((name) => typeof value[name] === 'function' && name !== 'constructor').sort();
}

test('no method of the SDK is left out', () => {
  const service = new WebPubSubServiceClient('Endpoint=https://a.test;AccessKey=k', 'chat');
  const tried = (names) => names.filter((name) => kCalls.some(([, c]) => c.method === name));
  assert.deepEqual(tried(Object.keys(kHubMethods)).sort(), without(methodsOf(service), ['group']));
  const ofGroup = tried(Object.keys(kGroupMethods)).map((name) => kGroupMethods[name][0]);
  assert.deepEqual(ofGroup.sort(), methodsOf(service.group('g')));
});

function without(names, some) {
  return names.filter((name) => !some.includes(name));
}

compareAll(new JavaScriptSdk());
