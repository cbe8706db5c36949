// The official JavaScript SDK carries out a call of calls.mjs.

import { WebPubSubServiceClient } from '../helpers/packages.mjs';

function sendOptions({ dataType, excluded, filter, messageTtlSeconds }) {
  return {
    ...(dataType === 'text' ? { contentType: 'text/plain' } : {}),
    excludedConnections: excluded,
    filter,
    messageTtlSeconds,
  };
}

function dataOf({ dataType, data }) {
  return dataType === 'binary' ? Buffer.from(data) : data;
}

async function listed(asked) {
  const all = [];
  for await (const connection of await asked) all.push(connection);
  return all;
}

/** method → its call; the first part are those of the hub, the second those of a group. */
export const kHubMethods = {
  sendToAll: (service, c) => service.sendToAll(dataOf(c), sendOptions(c)),
  sendToUser: (service, c) => service.sendToUser(c.userId, dataOf(c), sendOptions(c)),
  sendToConnection: (service, c) =>
    service.sendToConnection(c.connectionId, dataOf(c), sendOptions(c)),
  connectionExists: (service, c) => service.connectionExists(c.connectionId),
  userExists: (service, c) => service.userExists(c.userId),
  groupExists: (service, c) => service.groupExists(c.group),
  hasPermission: (service, { connectionId, permission, targetName }) =>
    service.hasPermission(connectionId, permission, { targetName }),
  grantPermission: (service, { connectionId, permission, targetName }) =>
    service.grantPermission(connectionId, permission, { targetName }),
  revokePermission: (service, { connectionId, permission, targetName }) =>
    service.revokePermission(connectionId, permission, { targetName }),
  closeConnection: (service, { connectionId, reason }) =>
    service.closeConnection(connectionId, { reason }),
  closeAllConnections: (service, { excluded, reason }) =>
    service.closeAllConnections({ excluded, reason }),
  closeUserConnections: (service, { userId, excluded, reason }) =>
    service.closeUserConnections(userId, { excluded, reason }),
  removeUserFromAllGroups: (service, c) => service.removeUserFromAllGroups(c.userId),
  removeConnectionFromAllGroups: (service, c) =>
    service.removeConnectionFromAllGroups(c.connectionId),
  addConnectionsToGroups: (service, c) => service.addConnectionsToGroups(c.groups, c.filter),
  removeConnectionsFromGroups: (service, c) =>
    service.removeConnectionsFromGroups(c.groups, c.filter),
  getClientAccessToken: (service, { userId, roles }) =>
    service.getClientAccessToken({ userId, roles }),
};
export const kGroupMethods = {
  sendToGroup: ['sendToAll', (group, c) => group.sendToAll(dataOf(c), sendOptions(c))],
  addUserToGroup: ['addUser', (group, c) => group.addUser(c.userId)],
  removeUserFromGroup: ['removeUser', (group, c) => group.removeUser(c.userId)],
  addConnectionToGroup: ['addConnection', (group, c) => group.addConnection(c.connectionId)],
  removeConnectionFromGroup: [
    'removeConnection',
    (group, c) => group.removeConnection(c.connectionId),
  ],
  closeGroupConnections: [
    'closeAllConnections',
    (group, { excluded, reason }) => group.closeAllConnections({ excluded, reason }),
  ],
  listConnections: [
    'listConnections',
    (group, { top, maxPageSize }) => listed(group.listConnections({ top, maxPageSize })),
  ],
};

/** How a call's error looks to a program; without the answer's other headers in its details. */
function seen(error) {
  const { name, code, statusCode, message } = error;
  const { errorCode, target, innererror } = error.details ?? {};
  return { name, code, statusCode, message, details: { errorCode, target, innererror } };
}

export class JavaScriptSdk {
  name = 'javascript';
  #clients = new WeakMap();

  can() {
    return true;
  }

  /** {value | error, answers}: what the program got, and each answer on the wire. */
  async run(side, call) {
    const answers = [];
    const service = this.#client(side, call.isEntra ?? false, answers);
    try {
      return { value: await this.#call(service, call), answers };
    } catch (error) {
      if (error.statusCode === undefined) throw error;
      return { error: seen(error), answers };
    }
  }

  stop() {}

  #call(service, call) {
    const ofHub = kHubMethods[call.method];
    if (ofHub) return ofHub(service, call);
    return kGroupMethods[call.method][1](service.group(call.group), call);
  }

  #client(side, isEntra, answers) {
    if (!this.#clients.has(side)) this.#clients.set(side, {});
    const ofSide = this.#clients.get(side);
    const client = (ofSide[isEntra] ??= this.#made(side, isEntra));
    client.answers = answers;
    return client.service;
  }

  #made(side, isEntra) {
    const client = { answers: [] };
    const policy = {
      name: 'answers',
      sendRequest: async (request, next) => {
        const response = await next(request);
        client.answers.push({
          status: response.status,
          contentType: response.headers.get('content-type'),
          errorCode: response.headers.get('x-ms-error-code'),
          authenticate: response.headers.get('www-authenticate'),
          retryAfter: response.headers.get('retry-after'),
          outcome: response.headers.get('x-awpsd-outcome'),
          body: response.bodyAsText ?? '',
        });
        return response;
      },
    };
    const options = {
      allowInsecureConnection: !side.isTls,
      reverseProxyEndpoint: side.proxy,
      tlsOptions: { ca: side.ca },
      retryOptions: { maxRetries: 0 },
      additionalPolicies: [{ policy, position: 'perRetry' }],
    };
    const credential = {
      getToken: async () => ({ token: side.entraToken, expiresOnTimestamp: Date.now() + 3.6e6 }),
    };
    client.service = isEntra
      ? new WebPubSubServiceClient(side.endpoint, credential, side.hub, options)
      : new WebPubSubServiceClient(side.connectionString, side.hub, options);
    return client;
  }
}
