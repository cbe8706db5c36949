// The two addresses of one service: the emulator's own, and that of awpsd's gateway before it. SDKs
// are pointed at them in the two ways that there are, plain and over TLS:
//   endpoint       the endpoint of the SDK is the address itself
//   reverse proxy  the endpoint stays the service's, chat.test; the address is the SDK's option
// With TLS the emulator, which has none, stands behind a front.

import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';

import { startAwpsd, startEmulator } from '../helpers/programs.mjs';

export const kHub = 'chat';
export const kWays = [
  { way: 'endpoint', isTls: false },
  { way: 'endpoint', isTls: true },
  { way: 'reverse proxy', isTls: false },
  { way: 'reverse proxy', isTls: true },
];

export function nameOf({ way, isTls }) {
  return `${way}, ${isTls ? 'TLS' : 'plain'}`;
}

/** A certificate for localhost that signs itself: {path of chain and key, text}. */
function makeCertificate(folder) {
  const [certificate, key, both] = ['cert.pem', 'key.pem', 'gateway.pem'].map((name) =>
    join(folder, name),
  );
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, '-days', '60', ...names], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const text = readFileSync(certificate, 'utf8');
  writeFileSync(both, text + readFileSync(key, 'utf8'), { mode: 0o600 });
  return { path: both, certificatePath: certificate, text, key: readFileSync(key, 'utf8') };
}

/** TLS before a plain port that is set later. */
class TlsFront {
  targetPort = 0;
  #server;
  #sockets = new Set();

  static async start(certificate) {
    const front = new TlsFront();
    const context = { cert: certificate.text, key: certificate.key };
    front.#server = createTlsServer(context, (outer) => front.#take(outer));
    front.#server.on('tlsClientError', () => {});
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    front.port = front.#server.address().port;
    return front;
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #take(outer) {
    const inner = connect(this.targetPort, '127.0.0.1');
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ]) {
      this.#sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}

/** A port that nobody has, below those that the kernel gives away: another test may get these. */
export async function freePort() {
  for (;;) {
    const port = 20000 + Math.floor(Math.random() * 12000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await Promise.race([
      once(server, 'listening').then(() => true),
      once(server, 'error').then(() => false),
    ]);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** As Entra makes them, for who does not look at the signature. */
function entraToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { aud: 'https://webpubsub.azure.com', iat: now, nbf: now, exp: now + 3600 };
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', 'entra').update(signed).digest('base64url')}`;
}

export class Stage {
  #folder;
  #front;
  #awpsd;

  /**
   * `straight` and `through` are sides: how an SDK is pointed at the address. `more` is appended to
   * awpsd's configuration, where the table is [gateway].
   */
  static async start(mode, more = '') {
    const stage = new Stage();
    try {
      await stage.#start(mode, more);
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return stage;
  }

  async #start({ way, isTls }, more) {
    this.#folder = await mkdtemp(join(tmpdir(), 'awpsd-gateway-'));
    const certificate = makeCertificate(this.#folder);
    if (isTls) this.#front = await TlsFront.start(certificate);
    const front = isTls ? `https://localhost:${this.#front.port}` : undefined;
    const isProxied = way === 'reverse proxy';
    const publicUrl = isProxied ? `${isTls ? 'https' : 'http'}://chat.test` : front;
    const entra = entraToken();
    this.emulator = await startEmulator(
      ...['--entra-token', entra],
      ...(publicUrl === undefined ? [] : ['--public-url', publicUrl]),
    );
    if (isTls) this.#front.targetPort = Number(new URL(this.emulator.url).port);
    const serviceUrl = isProxied ? publicUrl : undefined;
    const gateway = await this.#startAwpsd(serviceUrl, isTls ? certificate : undefined, more);
    const key = this.emulator.accessKey;
    const sideOf = (name, address) => {
      const endpoint = isProxied ? publicUrl : address;
      return {
        name,
        hub: kHub,
        endpoint,
        proxy: isProxied ? address : undefined,
        accessKey: key,
        connectionString: `Endpoint=${endpoint};AccessKey=${key};Version=1.0;`,
        isTls,
        ca: isTls ? certificate.text : undefined,
        caPath: isTls ? certificate.certificatePath : undefined,
        entraToken: entra,
        address,
      };
    };
    this.straight = sideOf('straight', front ?? this.emulator.url);
    this.through = sideOf('through', gateway);
  }

  async #startAwpsd(publicUrl, certificate, more) {
    const port = await freePort();
    const key = this.emulator.accessKey;
    const isProxied = publicUrl !== undefined;
    const isTls = certificate !== undefined;
    this.#awpsd = await startAwpsd({
      connectionString: isProxied
        ? `Endpoint=${publicUrl};AccessKey=${key};Version=1.0;`
        : this.emulator.connectionString,
      hub: kHub,
      service: isProxied
        ? `reverse_proxy = "${this.emulator.url}"\nallow_plain_http = ["chat.test"]\n`
        : '',
      more: `
[gateway]
listen = "127.0.0.1:${port}"
${isTls ? `tls_certificate = "${certificate.path}"\nallow_entra = "loopback"` : ''}
${more}`,
    });
    return isTls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`;
  }

  async stop() {
    try {
      await this.#awpsd?.stop();
    } finally {
      await this.emulator?.stop();
      this.#front?.stop();
      await rm(this.#folder, { recursive: true });
    }
  }
}
