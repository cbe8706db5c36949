// What a captured request means to the service, so that two spellings of one request are equal, and
// what its token claims.

import { createHmac } from 'node:crypto';

function decodedPath(path) {
  return path.split('/').map(decodeURIComponent);
}

/** {name: [values]}; a raw '+' would be read as a blank by one server and as a plus by another. */
function decodedQuery(query) {
  if (query.includes('+')) throw new Error(`a raw '+' in the query: ${query}`);
  const values = {};
  for (const part of query.split('&')) {
    const equals = part.indexOf('=');
    const name = decodeURIComponent(part.slice(0, equals));
    (values[name] ??= []).push(decodeURIComponent(part.slice(equals + 1)));
  }
  return values;
}

export function meaningOf({ method, target, headers, body }) {
  const [path, query, ...more] = target.split('?');
  if (query === undefined || more.length > 0) throw new Error(`not one query in ${target}`);
  return {
    method,
    path: decodedPath(path),
    query: decodedQuery(query),
    body: body.toString('latin1'),
    contentType: headers['content-type'],
    contentLength: headers['content-length'],
    transferEncoding: headers['transfer-encoding'],
    expect: headers.expect,
    host: headers.host,
  };
}

/** The claims of the request's token, whose signature by `key` was checked. */
export function claimsOf({ headers }, key) {
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization);
  const [header, claims, signature] = token.split('.');
  const expected = createHmac('sha256', key).update(`${header}.${claims}`).digest('base64url');
  if (signature !== expected) throw new Error(`the token is not signed by the key: ${token}`);
  const { alg } = JSON.parse(Buffer.from(header, 'base64url'));
  if (alg !== 'HS256') throw new Error(`the token's alg is ${alg}`);
  return JSON.parse(Buffer.from(claims, 'base64url'));
}
