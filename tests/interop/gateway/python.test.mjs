// The official Python SDK, through the gateway and straight. No method of it is left out.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compareAll } from './compare.mjs';
import { PythonSdk } from './python_sdk.mjs';

test('no method of the SDK is left out', () => {
  const { all, tried } = PythonSdk.methods();
  assert.deepEqual(tried, all);
});

compareAll(new PythonSdk(), { mayBeUnused: ['Links to the next page'] });
