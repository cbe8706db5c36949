// An HTTP server that keeps what arrives as it arrived, and gives the service's success answer.

import { createServer } from 'node:http';
import { once } from 'node:events';

function successOf(method, target) {
  const path = target.split('?')[0];
  if (method === 'PUT' || /\/:(addToGroups|removeFromGroups)$/.test(path)) return 200;
  return path.endsWith('/:send') ? 202 : 204;
}

export class CaptureServer {
  #server;
  #requests = [];

  static async start() {
    const server = new CaptureServer();
    server.#server = createServer((request, response) => server.#take(request, response));
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.url = `http://127.0.0.1:${server.#server.address().port}`;
    return server;
  }

  /** All requests since the last call: {method, target, headers, body}. */
  takeAll() {
    return this.#requests.splice(0);
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url: target, headers } = request;
    this.#requests.push({ method, target, headers, body: Buffer.concat(chunks) });
    response.writeHead(successOf(method, target)).end();
  }
}
