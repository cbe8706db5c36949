// How many requests a second does Microsoft's JavaScript SDK send, and at what CPU time each? To
// the emulator as a process of its own: node bench/sdk_bench.mjs [BUILD-FOLDER] [REQUESTS] (npm ci
// --prefix tests/interop first). The figures of awpsd beside it: bench/delivery_bench.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(new URL("../tests/interop/package.json", import.meta.url));
const { WebPubSubServiceClient } = require("@azure/web-pubsub");

const build = process.argv[2] ?? "build/release";
const requests = Number(process.argv[3] ?? 10000);
const atOnce = 64;

const emulator = spawn(
  `${build}/daemon/awpsd-emulator`,
  ["--listen", "127.0.0.1:0", "--log-entries", "0"],
  { stdio: ["ignore", "pipe", "inherit"] },
);
const lines = createInterface({ input: emulator.stdout })[Symbol.asyncIterator]();
const connection = (await lines.next()).value;
const client = new WebPubSubServiceClient(connection, "bench", { allowInsecureConnection: true });
const body = "x".repeat(128);

async function send(count) {
  let next = 0;
  const one = async () => {
    while (next < count) {
      await client.sendToUser(`user${next++ % 1000}`, body, { contentType: "text/plain" });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

await send(500); // connections are open, the code is compiled
const rounds = [];
for (let round = 0; round < 5; ++round) {
  const cpu = process.cpuUsage();
  const begin = process.hrtime.bigint();
  await send(requests / 5);
  const wall = Number(process.hrtime.bigint() - begin) / 1e9;
  const used = process.cpuUsage(cpu);
  rounds.push({ rate: requests / 5 / wall, cpu: (used.user + used.system) / (requests / 5) });
}
const median = (key) => rounds.map((r) => r[key]).sort((a, b) => a - b)[2];
console.log(`requests_per_second=${median("rate").toFixed(0)} cpu_us=${median("cpu").toFixed(1)}`);
emulator.kill();
