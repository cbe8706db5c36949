// The emulator as a child process, and words that the interop tests share. Nothing here sleeps:
// every wait is for an event, with a deadline.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import path from "node:path";

export const kDeadlineMs = 20_000;

const here = path.dirname(fileURLToPath(import.meta.url));
const programs = process.env.AWPS_BUILD ?? path.join(here, "../../build/release/daemon");

/** Rejects when `promise` takes longer than the deadline; `what` names what was waited for. */
export function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited in vain for ${what}`)), kDeadlineMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Starts awpsd-emulator on a free port; resolves when it has said its connection string. */
export async function startEmulator(...options) {
  const program = path.join(programs, "awpsd-emulator");
  const child = spawn(program, ["--listen", "127.0.0.1:0", ...options], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const failed = new Promise((_, reject) => {
    child.once("error", (error) => reject(new Error(`start '${program}': ${error.message}`)));
    child.once("exit", (code) => reject(new Error(`'${program}' ended with ${code}`)));
  });
  failed.catch(() => {}); // the end of the test ends the child, too
  const lines = createInterface({ input: child.stdout });
  const first = new Promise((resolve) => lines.once("line", resolve));
  const connectionString = await within(Promise.race([first, failed]), "the connection string");
  const endpoint = /Endpoint=([^;]+);/.exec(connectionString)[1];
  return {
    connectionString,
    endpoint,
    async control(method, name, body) {
      const init = { method, body: body === undefined ? undefined : JSON.stringify(body) };
      const response = await fetch(`${endpoint}/_emulator/${name}`, init);
      if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
      return response.text();
    },
    async log(since = 0) {
      const text = await this.control("GET", `log?since=${since}`);
      return text.split("\n").filter(Boolean).map((line) => JSON.parse(line));
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      return within(ended, "the emulator's end");
    },
  };
}

/** Values that arrive one by one, and can be awaited one by one. */
export class Inbox {
  #values = [];
  #takers = [];

  put(value) {
    const taker = this.#takers.shift();
    if (taker) taker(value);
    else this.#values.push(value);
  }
  take(what = "a message") {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift());
    return within(new Promise((resolve) => this.#takers.push(resolve)), what);
  }
  get size() {
    return this.#values.length;
  }
}
