"""The operator of the demo: short-lived clients in a hub of their own, and the actions about
single connections, users and many groups. Each round connects five clients, permits, moves,
addresses and closes them, and checks that each received exactly what it should and was closed for
the reason given.
"""

import asyncio
import json
import time
from collections import Counter

import websockets
from client_token import client_url
from demo_plan import JSON, LOBBY
from producer import Producer, Replies
from programs import become_child

ROUND_SECONDS = 1.0
ANSWER_SECONDS = 20


class Guest:
    """A client in the lobby: what it received, and why it was closed."""

    def __init__(self, socket, identity):
        self.socket = socket
        self.id = identity
        self.texts = []
        self.acks = asyncio.Queue()
        self.reason = None
        self.reader = asyncio.create_task(self._read())

    async def _read(self):
        try:
            async for frame in self.socket:
                message = json.loads(frame)
                if message["type"] == "message":
                    self.texts.append(message["data"])
                elif message["type"] == "ack":
                    self.acks.put_nowait(message["success"])
                elif message.get("event") == "disconnected":
                    self.reason = message.get("message", "").rpartition("Reason: ")[2]
        except websockets.ConnectionClosed:
            pass

    async def send_to_group(self, group, text, number):
        await self.socket.send(json.dumps({"type": "sendToGroup", "group": group, "ackId": number,
                                           "noEcho": True, "dataType": "text", "data": text}))
        return await asyncio.wait_for(self.acks.get(), ANSWER_SECONDS)

    async def closed_for(self):
        await asyncio.wait_for(self.reader, ANSWER_SECONDS)
        return self.reason


class Operator:
    """One connection to awpsd with ack = delivered: a step goes on when its actions are done."""

    def __init__(self, connection, path):
        self.connection = connection
        self.path = path
        self.reach()
        self.replies = Replies()
        self.sent = Counter()
        self.received = 0
        self.expected = 0
        self.rounds = 0
        self.mistakes = []

    def reach(self):
        self.producer = Producer(self.path,
                                 {"hub": LOBBY, "ack": "delivered", "producer": "operator"})

    async def rest(self, shared):
        """While awpsd is killed. It may do again what it did just before, and closing all of a hub
        would hit those who came since.
        """
        shared.at_rest_ns.value = time.monotonic_ns()
        while shared.hold.value:
            self.replies.take(self.producer.pump(0))
            await asyncio.sleep(0.02)
        shared.at_rest_ns.value = 0
        if self.producer.ended:
            self.reach()

    async def do(self, *actions):
        for name, fields in actions:
            self.producer.send({"actionName": name, **fields})
            self.sent[name] += 1
        wanted = sum(self.sent.values())
        deadline = time.monotonic() + ANSWER_SECONDS
        while self.replies.settled() + self.replies.rejected < wanted:
            if time.monotonic() > deadline or self.producer.ended:
                raise TimeoutError(f"no outcome of {actions}")
            self.replies.take(self.producer.pump(0))
            await asyncio.sleep(0.002)

    async def connect(self, user="guest"):
        socket = await websockets.connect(client_url(self.connection, LOBBY, user),
                                          subprotocols=[JSON], compression=None,
                                          ping_interval=None, close_timeout=2)
        return Guest(socket, json.loads(await socket.recv())["connectionId"])

    def check(self, what, found, expected):
        if found != expected:
            self.mistakes.append(f"operator, round {self.rounds}: {what}: expected {expected}, "
                                 f"found {found}")

    async def round(self):
        self.rounds += 1
        guests = [*[await self.connect() for _ in range(4)], await self.connect("leaver")]
        a, b, c, d, e = guests
        group = f"table-{self.rounds}"
        permission = {"connectionId": a.id, "permission": "sendToGroup", "targetName": group}
        await self.do(("grantPermission", permission),
                      *(("addConnectionToGroup", {"connectionId": guest.id, "group": group})
                        for guest in (a, b, c)))
        self.check("permitted", await a.send_to_group(group, "permitted", 1), True)
        await self.do(("revokePermission", permission))
        self.check("revoked", await a.send_to_group(group, "not permitted", 2), False)
        await self.do(("sendToConnection", {"connectionId": b.id, "data": "for you"}),
                      ("removeConnectionFromGroup", {"connectionId": c.id, "group": group}),
                      ("sendToGroup", {"group": group, "data": "without c"}))
        tables = {"groups": [f"{group}-{side}" for side in ("left", "right")],
                  "filter": "userId eq 'leaver'"}
        left, right = tables["groups"]
        await self.do(("addConnectionsToGroups", tables),
                      ("sendToGroup", {"group": left, "data": "left"}),
                      ("removeConnectionsFromGroups", {**tables, "groups": left}),
                      ("sendToGroup", {"group": left, "data": "not left"}),
                      ("removeConnectionFromAllGroups", {"connectionId": e.id}),
                      ("sendToGroup", {"group": right, "data": "not right"}))
        await self.do(("closeUserConnections", {"userId": "leaver", "reason": "user"}))
        await self.do(("closeClientConnection", {"connectionId": b.id, "reason": "one"}))
        await self.do(("closeGroupConnections", {"group": group, "reason": "group"}))
        await self.do(("closeAllConnections", {"reason": "all"}))
        reasons = [await guest.closed_for() for guest in guests]
        self.check("reasons", reasons, ["group", "one", "all", "all", "user"])
        texts = [sorted(guest.texts) for guest in guests]
        wanted = [["without c"], ["for you", "permitted", "without c"], ["permitted"], [],
                  ["left"]]
        self.check("messages", texts, wanted)
        self.received += sum(map(len, texts))
        self.expected += sum(map(len, wanted))

    def result(self):
        return {"sent": self.sent, "messages": self.expected, "received": self.received,
                "ack": "delivered", "replies": self.replies.counts,
                "rejected": self.replies.rejected, "accepted_to": 0, "rounds": self.rounds,
                "other": self.replies.other[:3], "mistakes": self.mistakes, "expected": {}}


async def serve(connection, path, pipe, shared):
    operator = Operator(connection, path)
    pipe.send(("ready",))
    pipe.recv()
    while not shared.stop.value:
        begin = time.monotonic()
        await operator.round()
        while not shared.stop.value and time.monotonic() < begin + ROUND_SECONDS:
            await asyncio.sleep(0.02)
        if shared.hold.value:
            await operator.rest(shared)
    operator.replies.take(operator.producer.read_all())
    pipe.send(("done", operator.result()))


def run(connection, path, pipe, shared):
    """The process's main function: ("done", result) or ("failed", why) at its end."""
    become_child()
    try:
        asyncio.run(serve(connection, path, pipe, shared))
    except Exception as error:  # whatever it is, the main process says it
        pipe.send(("failed", f"operator: {type(error).__name__}: {error}"))
