// What README.md and lib/SDK.md say of the gateway is so: their snippets send through it, and every
// allowance of allowed.mjs is written there.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { WebPubSubServiceClient } from '../helpers/packages.mjs';
import { kAllowed } from './allowed.mjs';
import { kPython, PythonSdk } from './python_sdk.mjs';
import { Stage } from './stage.mjs';

const kReadme = textOf('../../../README.md');
const kSdk = textOf('../../../lib/SDK.md');
const kModules = fileURLToPath(new URL('../node_modules', import.meta.url));
const run = promisify(execFile);

function textOf(path) {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

/** The first block of this language in the section about SDKs. */
function snippet(language) {
  const section = kReadme.split('## Using an SDK')[1].split('\n## ')[0];
  return section.split('```' + language + '\n')[1].split('```')[0];
}

test('every allowance is written in lib/SDK.md', () => {
  const section = kSdk.split('## 9.')[1];
  const written = [...section.matchAll(/^- \*\*(.+)\.\*\*/gm)].map(([, name]) => name);
  const allowed = kAllowed.map(({ name }) => name);
  assert.deepEqual(written, allowed);
});

for (const isTls of [true, false]) {
  describe(`snippets, ${isTls ? 'TLS' : 'plain'}`, () => {
    let stage;
    let folder;
    before(async () => {
      stage = await Stage.start({ way: 'reverse proxy', isTls });
      folder = await mkdtemp(join(tmpdir(), 'awpsd-snippets-'));
      await symlink(kModules, join(folder, 'node_modules'));
    });
    after(async () => {
      await stage?.stop();
      await rm(folder, { recursive: true });
    });

    async function sends(program, name, text) {
      const side = stage.through;
      await writeFile(join(folder, name), text);
      const since = await stage.emulator.lastSequence();
      const env = {
        PATH: process.env.PATH,
        WebPubSubConnectionString: side.connectionString,
        NODE_EXTRA_CA_CERTS: side.caPath ?? '',
        REQUESTS_CA_BUNDLE: side.caPath ?? '',
      };
      await run(program, [join(folder, name)], { env, timeout: 60_000 });
      const sent = await stage.emulator.log(since);
      assert.deepEqual(
        sent.map(({ operation, target, body }) => ({ operation, target, body })),
        [{ operation: 'sendToUser', target: 'ann', body: 'hi' }],
      );
    }

    test('JavaScript', { skip: !isTls && 'it keeps the endpoint’s https' }, async () => {
      const text = snippet('js').replace('https://localhost:8089', stage.through.address);
      const head = 'import { WebPubSubServiceClient } from "@azure/web-pubsub";\n';
      await sends(process.execPath, 'snippet.mjs', head + text);
    });

    test('Python', { skip: !PythonSdk.isInstalled() && 'it is not installed' }, async () => {
      const text = snippet('python').replace('http://127.0.0.1:8089', stage.through.address);
      const head =
        'import os\nfrom azure.messaging.webpubsubservice import WebPubSubServiceClient\n';
      await sends(kPython, 'snippet.py', head + text);
    });

    test('headers in JavaScript', async () => {
      const side = stage.through;
      const service = new WebPubSubServiceClient(side.connectionString, side.hub, {
        allowInsecureConnection: true,
        reverseProxyEndpoint: side.proxy,
        tlsOptions: { ca: side.ca },
      });
      const options = /requestOptions: (\{.+?\} \})/.exec(kSdk)[0].split(': ').slice(1).join(': ');
      const requestOptions = JSON.parse(options.replace('customHeaders', '"customHeaders"'));
      const name = Object.keys(requestOptions.customHeaders)[0];
      await service.sendToAll('x', { contentType: 'text/plain', requestOptions });
      requestOptions.customHeaders[name] = 'nonsense';
      await assert.rejects(
        service.sendToAll('x', { contentType: 'text/plain', requestOptions }),
        (error) => error.statusCode === 400 && error.message.includes(name),
      );
    });
  });
}
