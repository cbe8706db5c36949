// Microsoft's JavaScript SDK as a peer of bench/peers.py: one JSON object on stdin says what to do,
// one on stdout what came of it.
//   {"kind":"all", connection, file, atOnce}     → {seconds, cpuSeconds}
//   {"kind":"paced", connection, file, rate}     → {startsNs, failed}
//   {"kind":"waiting", connection, file}         → {bytes}: resident bytes that all calls took
// `file` is what bench/bare_sender.cc reads: a line for each send, URL, TAB, token, TAB, body. The
// SDK signs its own tokens. It has no queue; a call that waits for its answer is what waits.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { setTimeout as passed } from 'node:timers/promises';

const require = createRequire(new URL('../tests/interop/package.json', import.meta.url));
const { WebPubSubServiceClient } = require('@azure/web-pubsub');

const kWarmUp = 200;
const kGroup = /groups\/([^/]+)\//;

function readSends(file) {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => {
    const [url, , body] = line.split('\t');
    return { group: kGroup.exec(url)[1], body };
  });
}

/** Sends all, so many at once. */
async function all(sends, atOnce, send) {
  let next = 0;
  const one = async () => {
    while (next < sends.length) await send(sends[next++]);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function timed({ atOnce }, sends, send) {
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  await all(sends, atOnce, send);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

/** An open loop: a call that takes long delays no other one. */
async function paced({ rate }, sends, send) {
  const startsNs = [];
  const calls = [];
  let failed = 0;
  const begin = performance.now();
  while (startsNs.length < sends.length) {
    const due = Math.floor(((performance.now() - begin) / 1000) * rate) + 1;
    while (startsNs.length < Math.min(due, sends.length)) {
      const call = sends[startsNs.length];
      startsNs.push(Number(process.hrtime.bigint()));
      calls.push(send(call).catch(() => ++failed));
    }
    await passed(1);
  }
  await Promise.all(calls);
  return { startsNs, failed };
}

/** The service is silent: no call comes back. */
async function waiting(_, sends, send) {
  const before = process.memoryUsage.rss();
  let ended = 0;
  for (const call of sends) send(call).then(() => ++ended, () => ++ended);
  await passed(2000); // all of them have been signed and wait for an answer
  if (ended) throw new Error(`${ended} calls came back`);
  return { bytes: process.memoryUsage.rss() - before };
}

const plan = JSON.parse(await text(process.stdin));
const client = new WebPubSubServiceClient(plan.connection, 'chat', {
  allowInsecureConnection: true,
});
const sends = readSends(plan.file);
const send = ({ group, body }) =>
  client.group(group).sendToAll(body, { contentType: 'text/plain' });
const warmUp = Array(kWarmUp).fill({ group: 'warm-up', body: 'warm-up' });
if (plan.kind !== 'waiting') await all(warmUp, 64, send);
const result = await { all: timed, paced, waiting }[plan.kind](plan, sends, send);
// Calls that still wait are not waited for.
process.stdout.write(JSON.stringify(result) + '\n', () => process.exit(0));
