// Microsoft's official clients judge the emulator: the service client drives every operation, the
// client library speaks both JSON protocols, and `ws` is a plain client. Run: npm ci && npm test,
// with AWPS_BUILD naming the folder that holds awpsd-emulator (by default build/release/daemon).

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { WebPubSubServiceClient, odata } from "@azure/web-pubsub";
import { WebPubSubClient, WebPubSubJsonProtocol } from "@azure/web-pubsub-client";
import WebSocket from "ws";
import { Inbox, startEmulator, within } from "./emulator_process.mjs";

const kText = { contentType: "text/plain" };
const kEntraToken = "an-entra-token";

let emulator;
let service;
const open = [];

before(async () => {
  emulator = await startEmulator("--entra-token", kEntraToken);
  service = new WebPubSubServiceClient(emulator.connectionString, "interop", {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  });
});
afterEach(async () => {
  for (const close of open.splice(0)) close();
  await service.closeAllConnections();
  await emulator.control("POST", "reset");
});
after(async () => {
  assert.equal(await emulator.stop(), 0);
});

/** A plain WebSocket client; its frames are text or Buffers. */
async function plainClient(tokenOptions = {}, protocol = undefined) {
  const { url } = await service.getClientAccessToken(tokenOptions);
  const socket = new WebSocket(url, protocol);
  const inbox = new Inbox();
  const closed = new Inbox();
  socket.on("message", (data, isBinary) => inbox.put(isBinary ? data : data.toString()));
  socket.on("close", (code, reason) => closed.put({ code, reason: reason.toString() }));
  open.push(() => socket.terminate());
  await within(new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject)),
    "the upgrade");
  return { socket, inbox, closed };
}

/** Microsoft's client, connected; its events are in inboxes. */
async function sdkClient(tokenOptions = {}, options = {}) {
  const { url } = await service.getClientAccessToken(tokenOptions);
  const client = new WebPubSubClient(url, {
    messageRetryOptions: { maxRetries: 0 },
    autoReconnect: false,
    ...options,
  });
  const events = {};
  for (const name of ["connected", "disconnected", "stopped", "server-message", "group-message"]) {
    events[name] = new Inbox();
    client.on(name, (event) => events[name].put(event));
  }
  open.push(() => client.stop());
  await within(client.start(), "the client's start");
  const { connectionId, userId } = await events.connected.take("connected");
  return { client, events, connectionId, userId };
}

const kProtocols = [
  ["json.reliable.webpubsub.azure.v1", {}],
  ["json.webpubsub.azure.v1", { protocol: WebPubSubJsonProtocol() }],
];

describe("sends", () => {
  test("reach a plain client as text, JSON and bytes", async () => {
    const { inbox } = await plainClient({ userId: "u" });
    await service.sendToAll("text ü", kText);
    assert.equal(await inbox.take(), "text ü");
    await service.sendToAll({ a: [1, null, "x"] });
    assert.equal(await inbox.take(), '{"a":[1,null,"x"]}');
    await service.sendToAll("bare");
    assert.equal(await inbox.take(), '"bare"');
    await service.sendToAll(Buffer.from([0, 1, 255]));
    assert.deepEqual(await inbox.take(), Buffer.from([0, 1, 255]));
  });

  test("reach users, groups and connections, with filters and exclusions", async () => {
    const alice = await sdkClient({ userId: "alice" });
    const bob = await sdkClient({ userId: "bob" });
    const names = ["g 1/ü'", "plain"];
    await service.group(names[1]).addUser("alice");
    await service.group(names[1]).addConnection(bob.connectionId);

    await service.sendToUser("alice", "to user", kText);
    assert.equal((await alice.events["server-message"].take()).message.data, "to user");
    await service.sendToUser("alice", "filtered away", {
      ...kText, filter: odata`'nowhere' in groups`,
    });
    await service.sendToConnection(bob.connectionId, { to: "connection" });
    const received = await bob.events["server-message"].take();
    assert.deepEqual(received.message.data, { to: "connection" });
    await service.group(names[1]).sendToAll("to group", {
      ...kText, excludedConnections: [bob.connectionId],
    });
    assert.equal((await alice.events["group-message"].take()).message.data, "to group");
    await service.sendToAll("to bob", {
      ...kText, filter: odata`userId in ('bob','eve') and ${names[1]} in groups`,
      messageTtlSeconds: 60,
    });
    assert.equal((await bob.events["server-message"].take()).message.data, "to bob");
    assert.equal(alice.events["server-message"].size, 0);
    assert.equal(bob.events["group-message"].size, 0);
  });

  test("to those who are not there are accepted", async () => {
    await service.sendToUser("nobody", "x", kText);
    await service.sendToConnection("nobody", "x", kText);
    await service.group("nobody").sendToAll("x", kText);
  });

  test("with a bad filter are refused", async () => {
    const refused = service.sendToAll("x", { ...kText, filter: "invalid filter" });
    await assert.rejects(refused, (error) => {
      assert.equal(error.statusCode, 400);
      assert.match(error.message, /Syntax error at position 14 in 'invalid filter'/);
      return true;
    });
  });
});

describe("names", () => {
  for (const name of ["a b", "50%", "a%2Fb", "a?b", "a#b", "o'k", 'q"q', "日本😀", "a..b", "a+b", "&=",
    "!*()'~", "<>", "\\", "|^`", "$,;"]) {
    test(`the user ${JSON.stringify(name)} is reached`, async () => {
      const { inbox } = await plainClient({ userId: name });
      assert.equal(await service.userExists(name), true);
      await service.sendToUser(name, "x", kText);
      assert.equal(await inbox.take(), "x");
    });
  }

  test("with a slash are not reached by path, but by filter", async () => {
    const { inbox } = await plainClient({ userId: "a/b" });
    assert.equal(await service.userExists("a/b"), false);
    await service.sendToUser("a/b", "by path", kText);
    await service.sendToAll("by filter", { ...kText, filter: odata`userId eq ${"a/b"}` });
    assert.equal(await inbox.take(), "by filter");
  });
});

describe("groups", () => {
  test("are changed by user, connection and filter", async () => {
    const { connectionId } = await sdkClient({ userId: "u" });
    const group = service.group("g");
    assert.equal(await service.groupExists("g"), false);
    await group.addUser("u");
    assert.equal(await service.groupExists("g"), true);
    await group.removeUser("u");
    assert.equal(await service.groupExists("g"), false);
    await group.addConnection(connectionId);
    assert.equal(await service.groupExists("g"), true);
    await group.removeConnection(connectionId);
    assert.equal(await service.groupExists("g"), false);
    await service.addConnectionsToGroups(["g", "h"], odata`userId eq ${"u"}`);
    assert.equal(await service.groupExists("h"), true);
    await service.removeConnectionsFromGroups(["g"], odata`'h' in groups`);
    assert.equal(await service.groupExists("g"), false);
    await service.removeUserFromAllGroups("u");
    assert.equal(await service.groupExists("h"), false);
    await group.addUser("u");
    await service.removeConnectionFromAllGroups(connectionId);
    assert.equal(await service.groupExists("g"), false);
  });

  test("answer 404 to an add of who is not there", async () => {
    const missing = (error) => error.statusCode === 404 && /NotExisted$/.test(error.code);
    await assert.rejects(service.group("g").addUser("nobody"), missing);
    await assert.rejects(service.group("g").addConnection("nobody"), missing);
    await service.group("g").removeUser("nobody");
    await service.group("g").removeConnection("nobody");
  });

  test("list their members in pages", async () => {
    for (let i = 0; i < 5; ++i) await plainClient({ userId: `u${i}`, groups: ["g"] });
    const listed = [];
    const pages = (await service.group("g").listConnections({ maxPageSize: 2 })).byPage();
    for await (const page of pages) {
      assert.ok(page.length <= 2);
      listed.push(...page);
    }
    assert.deepEqual(listed.map((member) => member.userId).sort(), ["u0", "u1", "u2", "u3", "u4"]);
  });
});

describe("permissions", () => {
  test("are granted, checked and revoked", async () => {
    const { client, connectionId } = await sdkClient();
    const target = { targetName: "g" };
    await assert.rejects(client.sendToGroup("g", "x", "text"),
      (error) => error.errorDetail?.name === "Forbidden");
    for (const permission of ["sendToGroup", "joinLeaveGroup"]) {
      assert.equal(await service.hasPermission(connectionId, permission, target), false);
      await service.grantPermission(connectionId, permission, target);
      assert.equal(await service.hasPermission(connectionId, permission, target), true);
    }
    await client.joinGroup("g");
    await client.sendToGroup("g", "x", "text");
    await service.revokePermission(connectionId, "sendToGroup", target);
    await assert.rejects(client.sendToGroup("g", "x", "text"));
  });

  test("need a target, and a connection to be granted", async () => {
    await assert.rejects(service.grantPermission("nobody", "sendToGroup"), { statusCode: 400 });
    await assert.rejects(service.grantPermission("nobody", "sendToGroup", { targetName: "g" }),
      { statusCode: 404 });
  });
});

for (const [name, options] of kProtocols) {
  describe(`a client of ${name}`, () => {
    const kRoles = { userId: "u", roles: ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"] };

    test("joins, sends, receives and leaves", async () => {
      const { client, events, userId } = await sdkClient(kRoles, options);
      assert.equal(userId, "u");
      assert.equal((await client.joinGroup("g")).isDuplicated, false);
      await client.sendToGroup("g", { a: 1 }, "json");
      const { message } = await events["group-message"].take();
      assert.deepEqual(message.data, { a: 1 });
      assert.equal(message.fromUserId, "u");
      assert.equal(message.group, "g");
      await client.sendToGroup("g", new Uint8Array([1, 2]).buffer, "binary");
      const binary = await events["group-message"].take();
      assert.deepEqual(Buffer.from(binary.message.data), Buffer.from([1, 2]));
      await client.sendToGroup("g", "echo-less", "text", { noEcho: true });
      await client.sendToGroup("g", "last", "text", { fireAndForget: true });
      assert.equal((await events["group-message"].take()).message.data, "last");
      await client.leaveGroup("g");
      assert.equal(await service.groupExists("g"), false);
    });

    test("is told that an ack id was used", async () => {
      const { client } = await sdkClient(kRoles, options);
      assert.equal((await client.joinGroup("g", { ackId: 900 })).isDuplicated, false);
      assert.equal((await client.joinGroup("g", { ackId: 900 })).isDuplicated, true);
    });

    test("fails an event that nobody handles, and stays", async () => {
      const { client } = await sdkClient(kRoles, options);
      await assert.rejects(client.sendEvent("e", "x", "text"), (error) => {
        assert.equal(error.errorDetail?.name, "InternalServerError");
        return true;
      });
      await client.joinGroup("g");
    });

    test("is told the reason of its close", async () => {
      const { events, connectionId } = await sdkClient(kRoles, options);
      assert.equal(await service.connectionExists(connectionId), true);
      await service.closeConnection(connectionId, { reason: "maintenance" });
      const { message } = await events.disconnected.take("disconnected");
      const expected = "Application server closed the connection. Reason: maintenance";
      assert.equal(message.message, expected);
      assert.equal(await service.connectionExists(connectionId), false);
    });
  });
}

describe("the reliable client", () => {
  test("gets what it missed when its line broke", async () => {
    const { client, events } = await sdkClient({ userId: "u" }, { autoReconnect: true });
    await service.sendToUser("u", "before", kText);
    assert.equal((await events["server-message"].take()).message.data, "before");
    client._wsClient._socket.terminate();
    await service.sendToUser("u", "while away", kText);
    assert.equal((await events["server-message"].take()).message.data, "while away");
    assert.equal(events.connected.size, 0); // recovered, not new
    const counters = JSON.parse(await emulator.control("GET", "counters"));
    assert.equal(counters.connectionsRecovered, 1);
  });

  test("starts anew after a close by the service", async () => {
    const { events, connectionId } = await sdkClient({ userId: "u" }, { autoReconnect: true });
    await service.closeConnection(connectionId);
    const again = await events.connected.take("a new connection");
    assert.notEqual(again.connectionId, connectionId);
  });
});

describe("closes", () => {
  test("reach hub, user and group, but not the excluded", async () => {
    const kept = await sdkClient({ userId: "u", groups: ["g"] });
    const excluded = [kept.connectionId];
    for (const close of [
      () => service.closeUserConnections("u", { excluded, reason: "r" }),
      () => service.group("g").closeAllConnections({ excluded, reason: "r" }),
      () => service.closeAllConnections({ excluded, reason: "r" }),
    ]) {
      const { closed } = await plainClient({ userId: "u", groups: ["g"] });
      await close();
      assert.deepEqual(await closed.take("the close"), { code: 1000, reason: "" });
    }
    assert.equal(await service.connectionExists(kept.connectionId), true);
  });
});

describe("a plain client", () => {
  test("is dropped for an event that nobody handles", async () => {
    const { socket, closed } = await plainClient({ userId: "u" });
    socket.send("hello");
    assert.equal((await closed.take("the close")).code, 1000);
  });

  test("of a JSON protocol is closed for what is no JSON", async () => {
    const { socket, inbox, closed } = await plainClient({}, "json.webpubsub.azure.v1");
    assert.equal(socket.protocol, "json.webpubsub.azure.v1");
    assert.match(await inbox.take(), /"event":"connected"/);
    socket.send("{");
    assert.equal((await closed.take("the close")).code, 1007);
  });

  test("without a token is refused before the upgrade", async () => {
    const socket = new WebSocket(`${emulator.endpoint.replace("http", "ws")}/client/hubs/interop`);
    const refused = new Promise((resolve) => {
      socket.on("unexpected-response", (_, response) => resolve(response.statusCode));
    });
    assert.equal(await within(refused, "the refusal"), 401);
    socket.on("error", () => {});
    socket.terminate();
  });
});

describe("generateToken", () => {
  // The service client refuses Entra credentials over plain http, so the request is made by hand.
  test("makes a token that opens a connection", async () => {
    const response = await fetch(
      `${emulator.endpoint}/api/hubs/interop/:generateToken?api-version=2024-12-01&userId=u%201`,
      { method: "POST", headers: { Authorization: `Bearer ${kEntraToken}` } });
    assert.equal(response.status, 200);
    const { token } = await response.json();
    const socket = new WebSocket(
      `${emulator.endpoint.replace("http", "ws")}/client/hubs/interop?access_token=${token}`);
    await within(new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject)),
      "the upgrade");
    assert.equal(await service.userExists("u 1"), true);
    socket.terminate();
  });
});

describe("faults", () => {
  const retrying = () => new WebPubSubServiceClient(emulator.connectionString, "interop", {
    allowInsecureConnection: true, retryOptions: { maxRetries: 2, retryDelayInMs: 1 },
  });

  test("are retried by the official client, with one request id", async () => {
    await emulator.control("POST", "faults", [{ status: 503, headers: { "retry-after-ms": "1" },
      count: 1 }]);
    await retrying().sendToAll("x", kText);
    const log = await emulator.log();
    assert.deepEqual(log.map((entry) => entry.status), [503, 202]);
    assert.equal(log[0].clientRequestId, log[1].clientRequestId);
  });

  test("show what an ambiguous failure does to a send", async () => {
    const { inbox } = await plainClient({ userId: "u" });
    await emulator.control("POST", "faults", [{ reset: "after", count: 1 }]);
    await retrying().sendToAll("twice", kText);
    assert.equal(await inbox.take(), "twice");
    assert.equal(await inbox.take(), "twice");
  });
});
