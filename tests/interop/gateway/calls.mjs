// Every call that the official SDKs offer, as data: each runner (an SDK, or a replay of one)
// carries it out in its own way. A value that begins with '$' names a client of the scene, and
// stands for its connection id. `world.mjs` says who these clients are.

const kText = { dataType: 'text', data: 'Hello, é 日本😀 "quoted"\n' };
const kFilter = "userId eq 'ann' or 'g' in groups";

/** [name, call]; `call.method` is the JavaScript SDK's name of it. */
export const kCalls = [
  // Messages: each target with each kind of data, and with all of its options.
  ['sendToAll, text', { method: 'sendToAll', ...kText }],
  ['sendToAll, json', { method: 'sendToAll', dataType: 'json', data: { a: [1, null], é: 'x' } }],
  ['sendToAll, json string', { method: 'sendToAll', dataType: 'json', data: 'a "string"' }],
  ['sendToAll, json null', { method: 'sendToAll', dataType: 'json', data: null }],
  ['sendToAll, json number', { method: 'sendToAll', dataType: 'json', data: -0.5 }],
  ['sendToAll, binary', { method: 'sendToAll', dataType: 'binary', data: [0, 1, 127, 128, 255] }],
  ['sendToAll, empty text', { method: 'sendToAll', dataType: 'text', data: '' }],
  ['sendToAll, excluded', { method: 'sendToAll', ...kText, excluded: ['$bob', 'nobody'] }],
  ['sendToAll, filter', { method: 'sendToAll', ...kText, filter: kFilter }],
  ['sendToAll, time to live', { method: 'sendToAll', ...kText, messageTtlSeconds: 300 }],
  [
    'sendToAll, 200,000 characters',
    { method: 'sendToAll', dataType: 'text', data: 'é'.repeat(200_000) },
  ],
  ['sendToUser, text', { method: 'sendToUser', userId: 'ann', ...kText }],
  ['sendToUser, json', { method: 'sendToUser', userId: 'ann', dataType: 'json', data: [1, {}] }],
  ['sendToUser, binary', { method: 'sendToUser', userId: 'ann', dataType: 'binary', data: [9] }],
  [
    'sendToUser, options',
    { method: 'sendToUser', userId: 'ann', ...kText, filter: kFilter, messageTtlSeconds: 1 },
  ],
  ['sendToUser, nobody', { method: 'sendToUser', userId: 'nobody', ...kText }],
  ['sendToUser, awkward name', { method: 'sendToUser', userId: "50% a+b o'k?é", ...kText }],
  ['sendToUser, slash', { method: 'sendToUser', userId: 'a/b', ...kText }],
  ['sendToConnection, text', { method: 'sendToConnection', connectionId: '$ann', ...kText }],
  [
    'sendToConnection, time to live',
    { method: 'sendToConnection', connectionId: '$ann', ...kText, messageTtlSeconds: 60 },
  ],
  ['sendToConnection, nobody', { method: 'sendToConnection', connectionId: 'nobody', ...kText }],
  ['sendToGroup, text', { method: 'sendToGroup', group: 'g', ...kText }],
  ['sendToGroup, json', { method: 'sendToGroup', group: 'g', dataType: 'json', data: true }],
  [
    'sendToGroup, options',
    {
      method: 'sendToGroup',
      group: 'g',
      ...kText,
      excluded: ['$ann'],
      filter: "userId ne 'x'",
      messageTtlSeconds: 0,
    },
  ],
  ['sendToGroup, nobody', { method: 'sendToGroup', group: 'empty', ...kText }],
  ['sendToGroup, awkward name', { method: 'sendToGroup', group: ' two  words &=', ...kText }],

  // Memberships.
  ['addUserToGroup', { method: 'addUserToGroup', group: 'new', userId: 'ann' }],
  ['addUserToGroup, nobody', { method: 'addUserToGroup', group: 'new', userId: 'nobody' }],
  ['removeUserFromGroup', { method: 'removeUserFromGroup', group: 'g', userId: 'ann' }],
  ['removeUserFromGroup, nobody', { method: 'removeUserFromGroup', group: 'g', userId: 'nobody' }],
  ['removeUserFromAllGroups', { method: 'removeUserFromAllGroups', userId: 'ann' }],
  ['addConnectionToGroup', { method: 'addConnectionToGroup', group: 'new', connectionId: '$bob' }],
  [
    'addConnectionToGroup, nobody',
    { method: 'addConnectionToGroup', group: 'new', connectionId: 'nobody' },
  ],
  [
    'removeConnectionFromGroup',
    { method: 'removeConnectionFromGroup', group: 'g', connectionId: '$ann' },
  ],
  [
    'removeConnectionFromGroup, nobody',
    { method: 'removeConnectionFromGroup', group: 'g', connectionId: 'nobody' },
  ],
  [
    'removeConnectionFromAllGroups',
    { method: 'removeConnectionFromAllGroups', connectionId: '$ann' },
  ],
  [
    'addConnectionsToGroups',
    { method: 'addConnectionsToGroups', groups: ['new', 'newer'], filter: "userId eq 'ann'" },
  ],
  [
    'addConnectionsToGroups, nobody',
    { method: 'addConnectionsToGroups', groups: ['new'], filter: "userId eq 'nobody'" },
  ],
  [
    'removeConnectionsFromGroups',
    { method: 'removeConnectionsFromGroups', groups: ['g', 'other'], filter: "'g' in groups" },
  ],

  // Closes.
  ['closeConnection', { method: 'closeConnection', connectionId: '$bob', reason: "so & 'so'" }],
  ['closeConnection, nobody', { method: 'closeConnection', connectionId: 'nobody' }],
  ['closeAllConnections', { method: 'closeAllConnections' }],
  [
    'closeAllConnections, options',
    { method: 'closeAllConnections', excluded: ['$ann'], reason: 'maintenance' },
  ],
  ['closeUserConnections', { method: 'closeUserConnections', userId: 'ann' }],
  [
    'closeUserConnections, options',
    { method: 'closeUserConnections', userId: 'ann', excluded: ['$plain'], reason: 'é' },
  ],
  [
    'closeGroupConnections',
    { method: 'closeGroupConnections', group: 'g', excluded: ['$ann'], reason: 'r' },
  ],

  // Permissions.
  [
    'grantPermission',
    {
      method: 'grantPermission',
      connectionId: '$ann',
      permission: 'sendToGroup',
      targetName: 'g',
    },
  ],
  [
    'grantPermission, nobody',
    {
      method: 'grantPermission',
      connectionId: 'nobody',
      permission: 'joinLeaveGroup',
      targetName: 'g',
    },
  ],
  [
    'grantPermission without target',
    { method: 'grantPermission', connectionId: '$ann', permission: 'sendToGroup' },
  ],
  [
    'revokePermission',
    {
      method: 'revokePermission',
      connectionId: '$bob',
      permission: 'sendToGroup',
      targetName: 'g',
    },
  ],

  // Reads.
  ['connectionExists', { method: 'connectionExists', connectionId: '$ann' }],
  ['connectionExists, nobody', { method: 'connectionExists', connectionId: 'nobody' }],
  ['userExists', { method: 'userExists', userId: 'ann' }],
  ['userExists, nobody', { method: 'userExists', userId: 'no/body' }],
  ['groupExists', { method: 'groupExists', group: 'g' }],
  ['groupExists, nobody', { method: 'groupExists', group: 'no body' }],
  [
    'hasPermission',
    { method: 'hasPermission', connectionId: '$bob', permission: 'sendToGroup', targetName: 'g' },
  ],
  [
    'hasPermission, no',
    { method: 'hasPermission', connectionId: '$ann', permission: 'sendToGroup', targetName: 'g' },
  ],
  ['listConnections', { method: 'listConnections', group: 'g' }],
  ['listConnections, top', { method: 'listConnections', group: 'g', top: 2 }],
  ['listConnections in pages', { method: 'listConnections', group: 'g', maxPageSize: 1 }],
  ['listConnections, nobody', { method: 'listConnections', group: 'empty' }],
  [
    'getClientAccessToken',
    { method: 'getClientAccessToken', userId: 'u', roles: ['webpubsub.sendToGroup.g'] },
  ],

  // The service's mistakes.
  ['a filter that is none', { method: 'sendToAll', ...kText, filter: 'nonsense(' }],
  ['a filter that is not bool', { method: 'sendToUser', userId: 'ann', ...kText, filter: '1' }],
  [
    'a bad filter of many',
    { method: 'addConnectionsToGroups', groups: ['g'], filter: "userId eq 'open" },
  ],
  // What awpsd refuses before the service sees it.
  ['a blank filter', { method: 'sendToAll', ...kText, filter: '' }],
  ['a blank filter of many', { method: 'addConnectionsToGroups', groups: ['g'], filter: '' }],
  ['a time to live of 301', { method: 'sendToAll', ...kText, messageTtlSeconds: 301 }],
  ['a group of 1,025 characters', { method: 'sendToGroup', group: 'g'.repeat(1025), ...kText }],
  ['a message above 1 MiB', { method: 'sendToAll', dataType: 'text', data: 'x'.repeat(1048577) }],
];

/** The same, and what the service takes from identities alone; over TLS only: SDKs insist on it. */
export const kEntraCalls = [
  ['Entra: sendToUser', { method: 'sendToUser', userId: 'ann', ...kText }],
  ['Entra: closeUserConnections', { method: 'closeUserConnections', userId: 'ann' }],
  ['Entra: userExists', { method: 'userExists', userId: 'ann' }],
  ['Entra: listConnections', { method: 'listConnections', group: 'g', maxPageSize: 2 }],
  [
    'Entra: getClientAccessToken',
    { method: 'getClientAccessToken', userId: 'u 1', roles: ['webpubsub.sendToGroup'] },
  ],
].map(([name, call]) => [name, { ...call, isEntra: true }]);

/** The call with connection ids in the place of names. */
export function withIds(call, idOf) {
  const replaced = (value) => {
    if (Array.isArray(value)) return value.map(replaced);
    return typeof value === 'string' && value.startsWith('$') ? idOf(value.slice(1)) : value;
  };
  const named = ['connectionId', 'excluded'];
  return Object.fromEntries(
    Object.entries(call).map(([key, value]) => [
      key,
      named.includes(key) ? replaced(value) : value,
    ]),
  );
}
