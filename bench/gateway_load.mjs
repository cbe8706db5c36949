// The programs of bench/gateway_rate.py: one JSON object on stdin says what to do, one on stdout
// what came of it.
//   {"kind":"sdk", connection, proxy?, requests, atOnce}      → {seconds, cpuSeconds}
//   {"kind":"paced", url, key, audience, rate, requests}      → {latenciesMs}
// `sdk` sends by Microsoft's SDK, `paced` at a rate over connections that stay open, as an open
// loop: a late answer delays no other request, and counts from when its request was due.

import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(new URL('../tests/interop/package.json', import.meta.url));

const kUsers = 1000;
const kBodyBytes = 128;
const kWarmUp = 200;

/** All different, so that coalescing has nothing in common to find. */
function bodyOf(number) {
  return `${number} `.padEnd(kBodyBytes, 'x');
}

/** action(0) … action(count - 1), so many at once. */
async function run(count, atOnce, action) {
  let next = 0;
  const one = async () => {
    while (next < count) await action(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function bySdk({ connection, proxy, requests, atOnce }) {
  const { WebPubSubServiceClient } = require('@azure/web-pubsub');
  const client = new WebPubSubServiceClient(connection, 'chat', {
    allowInsecureConnection: true,
    reverseProxyEndpoint: proxy,
  });
  const send = (number) =>
    client.sendToUser(`user${number % kUsers}`, bodyOf(number), { contentType: 'text/plain' });
  await run(kWarmUp, atOnce, send);
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  await run(requests, atOnce, send);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  const { user, system } = process.cpuUsage(cpu);
  return { seconds, cpuSeconds: (user + system) / 1e6 };
}

function tokenFor(path, { audience, key }) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = { aud: audience + path, exp: Math.floor(Date.now() / 1000) + 3600 };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function sendRaw(agent, { url, path, token, body }) {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'text/plain',
      'Content-Length': body.length,
      Authorization: `Bearer ${token}`,
    };
    const target = `${url}${path}?api-version=2024-12-01`;
    const asked = request(target, { method: 'POST', headers, agent }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 202) resolve();
        else reject(new Error(`${response.statusCode}`));
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** Spins for the last millisecond: a timer is too coarse. */
async function until(moment) {
  while (performance.now() < moment) {
    const left = moment - performance.now();
    await new Promise((resolve) => {
      if (left > 2) setTimeout(resolve, left - 2);
      else setImmediate(resolve);
    });
  }
}

async function paced(plan) {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const pathOf = (user) => `/api/hubs/chat/users/user${user}/:send`;
  const paths = Array.from({ length: kUsers }, (_, user) => pathOf(user));
  const tokens = paths.map((path) => tokenFor(path, plan));
  const send = (number) => {
    const user = number % kUsers;
    const body = bodyOf(number);
    return sendRaw(agent, { url: plan.url, path: paths[user], token: tokens[user], body });
  };
  await run(kWarmUp, 8, send);
  const latenciesMs = [];
  const begin = performance.now() + 10;
  const all = [];
  for (let number = 0; number < plan.requests; ++number) {
    const due = begin + (number * 1000) / plan.rate;
    await until(due);
    all.push(send(number).then(() => latenciesMs.push(performance.now() - due)));
  }
  await Promise.all(all);
  agent.destroy();
  return { latenciesMs };
}

const plan = JSON.parse(await text(process.stdin));
const result = plan.kind === 'sdk' ? await bySdk(plan) : await paced(plan);
process.stdout.write(JSON.stringify(result) + '\n');
