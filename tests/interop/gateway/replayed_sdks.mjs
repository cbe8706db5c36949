// Requests of SDKs that cannot be run here, byte for byte as they would send them: how they escape
// paths, order and escape queries, sign, and name what they send. .NET and Java as read in their
// sources; Go by the rules of its azcore.

import { createHmac, randomUUID } from 'node:crypto';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

import { within } from '../helpers/events.mjs';

const kUnescapedByJava = "-._~!$&'()*+,;=:@";
const kUnescapedByGo = '-_.~$&+=:@';

function escaped(text, unescaped) {
  return [...Buffer.from(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      if (/[A-Za-z0-9]/.test(char) || unescaped.includes(char)) return char;
      return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}

/** What an SDK is known by. `query` orders the parts, `claims` are those of a token made now. */
const kDialects = {
  dotnet: {
    agent: 'azsdk-net-Messaging.WebPubSub/1.6.0 (.NET 8.0.11; Debian GNU/Linux 12 (bookworm))',
    header: { alg: 'HS256', typ: 'JWT' },
    claims: (aud, now) => ({ nbf: now, exp: now + 300, iat: now, aud }),
    path: (text) => escaped(text, '-._~'),
    order: ['excluded', 'reason', 'api-version', 'filter', 'messageTtlSeconds'],
    version: '2024-12-01',
    headers: () => ({
      'x-ms-client-request-id': randomUUID(),
      'x-ms-return-client-request-id': 'true',
      traceparent: `00-${randomUUID().replaceAll('-', '')}-0123456789abcdef-00`,
    }),
  },
  java: {
    agent: 'azsdk-java-azure-messaging-webpubsub/1.3.0 (17.0.15; Linux; 6.1.0)',
    header: { alg: 'HS256' },
    claims: (aud, now) => ({ aud, exp: now + 3600 }),
    path: (text) => escaped(text, kUnescapedByJava),
    order: ['api-version'],
    version: '2021-10-01',
    headers: () => ({ 'x-ms-client-request-id': randomUUID(), Date: new Date().toUTCString() }),
  },
  go: {
    agent: 'azsdk-go-azwebpubsub/v0.1.0 (go1.23.4; linux)',
    header: { alg: 'HS256', typ: 'JWT' },
    claims: (aud, now) => ({ aud: [aud], exp: now + 3600, iat: now }),
    path: (text) => escaped(text, kUnescapedByGo),
    order: ['api-version', 'excluded', 'filter', 'messageTtlSeconds', 'reason', 'targetName'],
    version: '2024-01-01',
    headers: () => ({ 'Accept-Encoding': 'gzip' }), // and no request id
  },
};

const kTypes = {
  text: 'text/plain',
  json: 'application/json',
  binary: 'application/octet-stream',
};

function messageOf({ dataType, data }) {
  if (dataType === 'binary') return Buffer.from(data);
  return Buffer.from(dataType === 'json' ? JSON.stringify(data) : data);
}

function send(c) {
  return { type: kTypes[c.dataType], body: messageOf(c) };
}

function many({ groups, filter }) {
  return { type: 'application/json', body: Buffer.from(JSON.stringify({ groups, filter })) };
}

const kEmpty = { body: Buffer.alloc(0) };

/** method → [verb, path's segments below the hub, body]. */
const kRequests = {
  sendToAll: (c) => ['POST', [':send'], send(c)],
  sendToUser: (c) => ['POST', ['users', c.userId, ':send'], send(c)],
  sendToConnection: (c) => ['POST', ['connections', c.connectionId, ':send'], send(c)],
  sendToGroup: (c) => ['POST', ['groups', c.group, ':send'], send(c)],
  addUserToGroup: (c) => ['PUT', ['users', c.userId, 'groups', c.group], kEmpty],
  removeUserFromGroup: (c) => ['DELETE', ['users', c.userId, 'groups', c.group]],
  removeUserFromAllGroups: (c) => ['DELETE', ['users', c.userId, 'groups']],
  addConnectionToGroup: (c) => ['PUT', ['groups', c.group, 'connections', c.connectionId], kEmpty],
  removeConnectionFromGroup: (c) => ['DELETE', ['groups', c.group, 'connections', c.connectionId]],
  removeConnectionFromAllGroups: (c) => ['DELETE', ['connections', c.connectionId, 'groups']],
  addConnectionsToGroups: (c) => ['POST', [':addToGroups'], many(c)],
  removeConnectionsFromGroups: (c) => ['POST', [':removeFromGroups'], many(c)],
  closeConnection: (c) => ['DELETE', ['connections', c.connectionId]],
  closeAllConnections: () => ['POST', [':closeConnections'], kEmpty],
  closeUserConnections: (c) => ['POST', ['users', c.userId, ':closeConnections'], kEmpty],
  closeGroupConnections: (c) => ['POST', ['groups', c.group, ':closeConnections'], kEmpty],
  grantPermission: (c) => ['PUT', permissionPath(c), kEmpty],
  revokePermission: (c) => ['DELETE', permissionPath(c)],
  hasPermission: (c) => ['HEAD', permissionPath(c)],
  connectionExists: (c) => ['HEAD', ['connections', c.connectionId]],
  userExists: (c) => ['HEAD', ['users', c.userId]],
  groupExists: (c) => ['HEAD', ['groups', c.group]],
};

function permissionPath({ permission, connectionId }) {
  return ['permissions', permission, 'connections', connectionId];
}

const kInQuery = ['excluded', 'reason', 'filter', 'messageTtlSeconds', 'targetName'];

function queryOf(dialect, call) {
  const isMany = call.groups !== undefined; // whose filter is in the body
  const isInQuery = (name) => call[name] !== undefined && !(isMany && name === 'filter');
  const names = kInQuery.filter(isInQuery);
  const place = (name) => {
    const found = dialect.order.indexOf(name);
    return found < 0 ? dialect.order.length : found;
  };
  const all = ['api-version', ...names].sort((a, b) => place(a) - place(b));
  const valueOf = (name) => (name === 'api-version' ? dialect.version : call[name]);
  const part = (name, value) => `${name}=${escaped(`${value}`, '-._~')}`;
  return all.flatMap((name) => [valueOf(name)].flat().map((each) => part(name, each))).join('&');
}

function signed(dialect, audience, key) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = dialect.claims(audience, Math.floor(Date.now() / 1000));
  const text = `${part(dialect.header)}.${part(claims)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

/** The answer to one request whose target is sent as it stands. */
export async function answered({ side, method, target, headers, body }) {
  const { protocol, hostname, port } = new URL(side.address);
  const request = protocol === 'https:' ? tlsRequest : plainRequest;
  const options = { hostname, port, path: target, method, headers, ca: side.ca, agent: false };
  const answer = new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve([response, Buffer.concat(chunks).toString()]));
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });
  const [response, text] = await within(answer, `${method} ${target}`);
  const given = {
    status: response.statusCode,
    contentType: response.headers['content-type'],
    errorCode: response.headers['x-ms-error-code'],
    authenticate: response.headers['www-authenticate'],
    retryAfter: response.headers['retry-after'],
    outcome: response.headers['x-awpsd-outcome'],
    body: text,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

export class ReplayedSdk {
  #dialect;

  constructor(name) {
    this.name = name;
    this.#dialect = kDialects[name];
  }

  can(call) {
    if (call.isEntra || kRequests[call.method] === undefined) return false;
    // Before their api-version the service knew neither.
    const isOld = this.#dialect.version === '2021-10-01';
    return !(isOld && (call.groups || call.filter !== undefined || call.messageTtlSeconds));
  }

  async run(side, call) {
    const dialect = this.#dialect;
    const [method, segments, sent] = kRequests[call.method](call);
    const path = segments.map((each) => (each.startsWith(':') ? each : dialect.path(each)));
    const target = `/api/hubs/${side.hub}/${path.join('/')}?${queryOf(dialect, call)}`;
    const headers = {
      ...(sent?.type === undefined ? {} : { 'Content-Type': sent.type }),
      ...(sent === undefined ? {} : { 'Content-Length': sent.body.length }),
      Accept: 'application/json',
      'User-Agent': dialect.agent,
      Authorization: `Bearer ${signed(dialect, side.endpoint + target, side.accessKey)}`,
      ...dialect.headers(),
    };
    const answer = await answered({ side, method, target, headers, body: sent?.body });
    return answer.status < 300 || (method === 'HEAD' && answer.status === 404)
      ? { value: answer.status, answers: [answer] }
      : { error: { statusCode: answer.status }, answers: [answer] };
  }

  stop() {}
}
