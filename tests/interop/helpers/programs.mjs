// awpsd and awpsd-emulator as processes of a test. They are killed by the kernel if the test's
// process dies in whatever way, and a stop that is not clean fails the test with their output.
//
// The programs are in the folder AWPS_BUILD, by default build/release/daemon of this repository.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { WebPubSubServiceClient } from './packages.mjs';
import { within } from './events.mjs';

const kDefaultFolder = fileURLToPath(new URL('../../../build/release/daemon', import.meta.url));
const kKeptOutputBytes = 16 * 1024;

function pathOf(name) {
  const path = join(process.env.AWPS_BUILD ?? kDefaultFolder, name);
  if (existsSync(path)) return path;
  throw new Error(`${path} does not exist: build it, or name its folder in AWPS_BUILD`);
}

class Program {
  #name;
  #process;
  #exited;
  #output = '';

  constructor(name, args, env) {
    this.#name = name;
    const command = ['--pdeathsig', 'KILL', '--', pathOf(name), ...args];
    this.#process = spawn('setpriv', command, { env: { PATH: process.env.PATH, ...env } });
    this.#process.stdin.end();
    this.#exited = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(String(error)));
      this.#process.once('close', (code, signal) => resolve(signal ?? code));
    });
  }

  /** The first line of stdout or stderr that matches. */
  firstLine(pattern) {
    const found = new Promise((resolve, reject) => {
      for (const stream of [this.#process.stdout, this.#process.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#output = (this.#output + line + '\n').slice(-kKeptOutputBytes);
          if (pattern.test(line)) resolve(line);
        });
      }
      this.#exited.then((how) =>
        reject(new Error(`${this.#name} ended at once (${how}):\n${this.#output}`)),
      );
    });
    return within(found, `start of ${this.#name}`);
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  async stop() {
    this.#process.kill('SIGTERM');
    try {
      const how = await within(this.#exited, `stop of ${this.#name}`);
      if (how !== 0) throw new Error(`${this.#name} ended with ${how}:\n${this.#output}`);
    } finally {
      this.kill();
    }
  }
}

async function started(program, pattern) {
  try {
    return await program.firstLine(pattern);
  } catch (error) {
    program.kill();
    throw error;
  }
}

class Emulator {
  #program;
  #url;

  constructor(program, connectionString) {
    this.#program = program;
    this.connectionString = connectionString;
    this.#url = /Endpoint=([^;]+)/.exec(connectionString)[1].replace(/\/$/, '');
  }

  get url() {
    return this.#url;
  }

  get accessKey() {
    return /AccessKey=([^;]+)/.exec(this.connectionString)[1];
  }

  /** The official service client of a hub. */
  service(hub) {
    return new WebPubSubServiceClient(this.connectionString, hub, {
      allowInsecureConnection: true,
    });
  }

  async connections() {
    return (await this.#control('GET', 'connections')).json();
  }

  /** The requests that arrived after the log entry `since`, oldest first. */
  async log(since = 0) {
    const text = await (await this.#control('GET', `log?since=${since}`)).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  }

  async lastSequence() {
    return (await this.log()).at(-1)?.sequence ?? 0;
  }

  setFaults(rules) {
    return this.#control('POST', 'faults', rules);
  }

  setDelay(milliseconds) {
    return this.#control('POST', 'delay', { milliseconds });
  }

  stop() {
    return this.#program.stop();
  }

  async #control(method, path, body) {
    const response = await fetch(`${this.#url}/_emulator/${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    if (response.ok) return response;
    throw new Error(`${method} /_emulator/${path}: ${response.status} ${await response.text()}`);
  }
}

export async function startEmulator(...args) {
  const program = new Program('awpsd-emulator', ['--listen', '127.0.0.1:0', ...args], {});
  return new Emulator(program, await started(program, /^Endpoint=/));
}

class Daemon {
  #program;
  #folder;

  constructor(program, folder, socketPath) {
    this.#program = program;
    this.#folder = folder;
    this.socketPath = socketPath;
  }

  async stop() {
    try {
      await this.#program.stop();
    } finally {
      await rm(this.#folder, { recursive: true });
    }
  }
}

/**
 * awpsd for one hub, in a folder of its own; `service` is appended to the table of that name, and
 * `more` to its configuration.
 */
export async function startAwpsd({ connectionString, hub, service = '', more = '' }) {
  const folder = await mkdtemp(join(tmpdir(), 'awpsd-interop-'));
  const socketPath = join(folder, 'awpsd.sock');
  const file = join(folder, 'awpsd.toml');
  const text = (value) => JSON.stringify(value); // a TOML string, too
  const config = `
[service]
hub = ${text(hub)}
${service}
[socket]
path = ${text(socketPath)}
[admin]
listen = ${text(`unix:${join(folder, 'admin.sock')}`)}
[spool]
path = ${text(join(folder, 'spool'))}
${more}`;
  try {
    await writeFile(file, config);
    const env = { WebPubSubConnectionString: connectionString };
    const program = new Program('awpsd', ['--config', file], env);
    await started(program, /listens on/);
    return new Daemon(program, folder, socketPath);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}
