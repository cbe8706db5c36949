// The official Python SDK carries out a call of calls.mjs, in a process of its own. It is in the
// virtual environment that tests/run makes in tests/interop.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Mailbox } from '../helpers/events.mjs';

const kProgram = fileURLToPath(new URL('python_calls.py', import.meta.url));
export const kPython =
  process.env.AWPS_INTEROP_PYTHON ?? fileURLToPath(new URL('../.venv/bin/python', import.meta.url));
const kLacking = ['addConnectionsToGroups', 'removeConnectionsFromGroups'];

export class PythonSdk {
  name = 'python';
  #process = null;
  #results = new Mailbox('a result of the Python SDK');

  /** Its release 1.3.0 has no calls of many groups, and no size of a list's page. */
  can(call) {
    return !kLacking.includes(call.method) && call.maxPageSize === undefined;
  }

  run(side, call) {
    this.#process ??= this.#start();
    this.#process.stdin.write(JSON.stringify({ side, call }) + '\n');
    return this.#results.next();
  }

  stop() {
    this.#process?.stdin.end();
  }

  static isInstalled() {
    return existsSync(kPython);
  }

  /** {all, tried}: names of its methods. */
  static methods() {
    return JSON.parse(execFileSync(kPython, ['-B', kProgram, '--methods']));
  }

  #start() {
    const child = spawn(kPython, ['-B', kProgram], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.#results.put(JSON.parse(line)),
    );
    const failed = (how) => this.#results.fail(new Error(`the Python SDK ended: ${how}`));
    child.once('error', failed);
    child.once('close', failed);
    return child;
  }
}
