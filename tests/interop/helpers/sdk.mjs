// One action in two forms: as a producer writes it, and as a call of the official service client.
// Here an action's data is what a JavaScript program has: a string for text, any value for json, a
// Buffer for binary.

import { Buffer } from 'node:buffer';

/** As a line of the producers' protocol. A Buffer becomes the protocol's Buffer by its toJSON(). */
export function asLine(action) {
  const isJsonText = typeof action.data === 'string' || action.data === null;
  if (action.dataType !== 'json' || !isJsonText) return action;
  return { ...action, data: JSON.stringify(action.data) };
}

function sendOptions(action) {
  return {
    ...(Buffer.isBuffer(action.data) || action.dataType === 'json'
      ? {}
      : { contentType: 'text/plain' }),
    excludedConnections: action.excluded,
    filter: action.filter,
    messageTtlSeconds: action.messageTtlSeconds,
  };
}

const kCalls = {
  sendToAll: (service, a) => service.sendToAll(a.data, sendOptions(a)),
  sendToGroup: (service, a) => service.group(a.group).sendToAll(a.data, sendOptions(a)),
  sendToUser: (service, a) => service.sendToUser(a.userId, a.data, sendOptions(a)),
  sendToConnection: (service, a) =>
    service.sendToConnection(a.connectionId, a.data, sendOptions(a)),
  addUserToGroup: (service, a) => service.group(a.group).addUser(a.userId),
  removeUserFromGroup: (service, a) => service.group(a.group).removeUser(a.userId),
  removeUserFromAllGroups: (service, a) => service.removeUserFromAllGroups(a.userId),
  addConnectionToGroup: (service, a) => service.group(a.group).addConnection(a.connectionId),
  removeConnectionFromGroup: (service, a) =>
    service.group(a.group).removeConnection(a.connectionId),
  closeAllConnections: (service, { excluded, reason }) =>
    service.closeAllConnections({ excluded, reason }),
  closeClientConnection: (service, { connectionId, reason }) =>
    service.closeConnection(connectionId, { reason }),
  closeGroupConnections: (service, { group, excluded, reason }) =>
    service.group(group).closeAllConnections({ excluded, reason }),
  closeUserConnections: (service, { userId, excluded, reason }) =>
    service.closeUserConnections(userId, { excluded, reason }),
  removeConnectionFromAllGroups: (service, a) =>
    service.removeConnectionFromAllGroups(a.connectionId),
  addConnectionsToGroups: (service, a) => service.addConnectionsToGroups(a.groups, a.filter),
  removeConnectionsFromGroups: (service, a) =>
    service.removeConnectionsFromGroups(a.groups, a.filter),
  grantPermission: (service, { connectionId, permission, targetName }) =>
    service.grantPermission(connectionId, permission, { targetName }),
  revokePermission: (service, { connectionId, permission, targetName }) =>
    service.revokePermission(connectionId, permission, { targetName }),
};

export function carryOut(service, action) {
  return kCalls[action.actionName](service, action);
}
