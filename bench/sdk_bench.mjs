// How many requests a second does Microsoft's JavaScript SDK send, and at what CPU time each? And
// how many actions a second where the service permits 1,000 requests? To the emulator as a process
// of its own, 64 at once: node bench/sdk_bench.mjs [BUILD-FOLDER] [REQUESTS] (npm ci --prefix
// tests/interop first). The figures of awpsd beside it: bench/delivery_bench, bench/coalesce_bench.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(new URL("../tests/interop/package.json", import.meta.url));
const { WebPubSubServiceClient } = require("@azure/web-pubsub");

const build = process.argv[2] ?? "build/release";
const requests = Number(process.argv[3] ?? 10000);
const atOnce = 64;
const limit = 1000; // requests a second
const limitedActions = 4000;

async function startEmulator(...options) {
  const emulator = spawn(
    `${build}/daemon/awpsd-emulator`,
    ["--listen", "127.0.0.1:0", "--log-entries", "0", ...options],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
  const connection = (await lines.next()).value;
  const endpoint = /Endpoint=([^;]+);/.exec(connection)[1];
  return {
    client: new WebPubSubServiceClient(connection, "bench", { allowInsecureConnection: true }),
    counters: async () => (await fetch(`${endpoint}/_emulator/counters`)).json(),
    setDelay: (milliseconds) =>
      fetch(`${endpoint}/_emulator/delay`, {
        method: "POST",
        body: JSON.stringify({ milliseconds }),
      }),
    stop: () => emulator.kill(),
  };
}

/** Runs action(0) … action(count - 1), so many at once; seconds. */
async function run(count, action) {
  let next = 0;
  const one = async () => {
    while (next < count) await action(next++);
  };
  const begin = process.hrtime.bigint();
  await Promise.all(Array.from({ length: atOnce }, one));
  return Number(process.hrtime.bigint() - begin) / 1e9;
}

async function unlimited() {
  const emulator = await startEmulator();
  const body = "x".repeat(128);
  const send = (number) =>
    emulator.client.sendToUser(`user${number % 1000}`, body, { contentType: "text/plain" });
  await run(500, send); // connections are open, the code is compiled
  const rounds = [];
  for (let round = 0; round < 5; ++round) {
    const cpu = process.cpuUsage();
    const wall = await run(requests / 5, send);
    const used = process.cpuUsage(cpu);
    rounds.push({ rate: requests / 5 / wall, cpu: (used.user + used.system) / (requests / 5) });
  }
  const median = (key) => rounds.map((r) => r[key]).sort((a, b) => a - b)[2];
  const [rate, cpu] = [median("rate").toFixed(0), median("cpu").toFixed(1)];
  console.log(`requests_per_second=${rate} cpu_us=${cpu}`);
  emulator.stop();
}

// The traffic of coalesce_bench, as an application sends it by the SDK: one call an action.
const traffic = {
  notifications: (client) => (number) =>
    client.sendToUser(`user${number}`, "Maintenance begins at 22:00; please save your work.", {
      contentType: "text/plain",
    }),
  // Removals, since the users have no connections here and an add would be answered 404.
  memberships_of_few: (client) => (number) =>
    client.group(`room${number % 10}`).removeUser(`user${Math.floor(Math.random() * 200)}`),
  telemetry: (client) => (number) =>
    client.group(`device-${number % 50}`).sendToAll({
      n: number, at: "2026-01-31T12:00:00.000Z", sensor: "boiler", celsius: 71.25, bar: 1.013,
      ok: true,
    }),
};

async function limited(name, roundTrip) {
  const emulator = await startEmulator("--requests-per-second", `${limit}`);
  await emulator.setDelay(roundTrip);
  const action = traffic[name](emulator.client);
  let failed = 0;
  const wall = await run(limitedActions, (number) => action(number).catch(() => ++failed));
  const { throttled, tookEffect } = await emulator.counters();
  if (tookEffect + failed !== limitedActions) {
    throw new Error(`${name}: ${tookEffect} took effect, ${failed} failed of ${limitedActions}`);
  }
  console.log(
    `${name} rtt_ms=${roundTrip} actions_per_second=${(tookEffect / wall).toFixed(0)} ` +
      `failed=${failed} throttled=${throttled}`,
  );
  emulator.stop();
}

await unlimited();
for (const name of Object.keys(traffic)) {
  for (const roundTrip of [0, 25]) await limited(name, roundTrip);
}
