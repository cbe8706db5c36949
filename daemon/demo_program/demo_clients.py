"""WebSocket clients of the demo, many in one process: they receive, measure and keep account.

Talks to the main process by a pipe: ("ready",), then ("report", …) now and then; when it gets
("verify", expected) it answers ("verdict", …) and ends.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict

import websockets
from client_token import client_url
from demo_plan import PLAIN, RELIABLE, is_ordered, latency_bucket, read_json, read_text
from demo_repeats import Repeats
from intervals import Received, Verdict
from programs import become_child

REPORT_SECONDS = 0.25
ACKNOWLEDGE_EVERY = 50  # messages, of the reliable protocol
CONNECT_SECONDS = 30
GUEST_TEXT_CHARACTERS = 60


class Inbox:
    """What one client has received, by lane."""

    def __init__(self, client, progress):
        self.client = client
        self.lanes = defaultdict(Received)
        self.repeats = Repeats(progress.shared)
        self.progress = progress
        self.last_sequence = 0
        self.close_reason = None

    def take(self, frame):
        """One frame from the service."""
        if self.client.protocol == PLAIN:
            return self._take_message(self._plain(frame), frame)
        envelope = json.loads(frame)
        if envelope.get("type") != "message":
            self.progress.note_system(self, envelope)
            return None
        self.last_sequence = envelope.get("sequenceId", 0)
        data = envelope["data"]
        read = read_json(data) if envelope["dataType"] == "json" else read_text(data)
        if read and (envelope["from"] == "group") != (envelope.get("group") == read[0]):
            self.progress.mistakes.append(f"{self.client.name}: a wrong envelope: {frame}")
        return self._take_message(read, data)

    def _plain(self, frame):
        if not isinstance(frame, str):
            return None
        if not frame.startswith("{"):
            return read_text(frame)
        try:
            return read_json(json.loads(frame))
        except ValueError:
            return None

    def _take_message(self, read, content):
        if read is None:
            self.progress.guests[str(content)[:GUEST_TEXT_CHARACTERS]] += 1
            return
        lane, number, sent = read
        self.repeats.take(self.lanes[lane], lane, number, sent)
        self.progress.count(sent)


class Progress:
    """Counts since the start, and latencies since the last report."""

    def __init__(self, shared, place):
        self.received = 0
        self.latencies = Counter()
        self.guests = Counter()  # what others sent by the socket: text -> receivers
        self.mistakes = []
        self.shared = shared
        self.place = place

    def count(self, sent_ns):
        self.received += 1
        self.shared.received[self.place] += 1
        self.latencies[latency_bucket(time.monotonic_ns() - sent_ns)] += 1

    def note_system(self, inbox, envelope):
        if envelope.get("event") == "disconnected":
            inbox.close_reason = envelope.get("message")

    def report(self):
        report = {"received": self.received, "latencies": self.latencies, "guests": self.guests,
                  "mistakes": self.mistakes}
        self.latencies, self.guests, self.mistakes = Counter(), Counter(), []
        return report


async def open_client(connection, client):
    subprotocols = [client.protocol] if client.protocol != PLAIN else None
    url = client_url(connection, client.hub, client.user, client.groups)
    # The queue has no bound: the account must be whole, and the producers wait for the slowest.
    socket = await websockets.connect(url, subprotocols=subprotocols, compression=None,
                                      ping_interval=None, max_queue=None, close_timeout=2,
                                      open_timeout=CONNECT_SECONDS)
    if client.protocol != PLAIN:
        welcome = json.loads(await socket.recv())
        assert welcome["event"] == "connected" and welcome["userId"] == client.user, welcome
    return socket


async def receive(socket, inbox):
    is_reliable = inbox.client.protocol == RELIABLE
    acknowledged = 0
    try:
        async for frame in socket:
            inbox.take(frame)
            if is_reliable and inbox.last_sequence >= acknowledged + ACKNOWLEDGE_EVERY:
                acknowledged = inbox.last_sequence
                await socket.send(json.dumps({"type": "sequenceAck", "sequenceId": acknowledged}))
    except websockets.ConnectionClosed:
        pass
    inbox.progress.mistakes.append(
        f"{inbox.client.name} ({inbox.client.user} of hub {inbox.client.hub}) was disconnected: "
        f"{inbox.close_reason or 'no reason given'} ({socket.close_code})")


def verify(inboxes, expected):
    """By hub: a Verdict; by lane: the missing messages; and each mistake in words. The last is how
    often a kill explains what came again, and how long before it the oldest had come first (ns).
    """
    verdicts = defaultdict(Verdict)
    again = oldest = 0
    missing = defaultdict(list)
    details = []
    for inbox in inboxes:
        wanted = expected.get(inbox.client.name, {})
        for lane in sorted(set(wanted) | set(inbox.lanes)):
            verdict = Verdict()
            repeats, extra = inbox.repeats.settle(inbox.lanes[lane], lane, wanted.get(lane, []))
            again += repeats
            missing[lane] += verdict.judge(inbox.lanes[lane], wanted.get(lane, []),
                                           is_ordered(lane))
            verdict.unexpected -= extra
            verdict.received -= extra
            verdicts[inbox.client.hub].add(verdict)
            if verdict.mistakes():
                details.append(f"{inbox.client.name} ({inbox.client.user}), lane {lane}: "
                               f"{verdict.missing} missing, {verdict.unexpected} unexpected, "
                               f"{verdict.duplicates} twice, {verdict.out_of_order} out of order")
        oldest = max(oldest, inbox.repeats.oldest_ns)
    return dict(verdicts), dict(missing), details, (again, oldest)


async def serve(connection, clients, pipe, progress):
    inboxes = [Inbox(client, progress) for client in clients]
    sockets = [await open_client(connection, client) for client in clients]
    readers = [asyncio.create_task(receive(socket, inbox))
               for socket, inbox in zip(sockets, inboxes)]
    pipe.send(("ready",))
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    loop.add_reader(pipe.fileno(), asked.set)
    while not asked.is_set():
        try:
            await asyncio.wait_for(asked.wait(), REPORT_SECONDS)
        except asyncio.TimeoutError:
            pass
        pipe.send(("report", progress.report()))
    loop.remove_reader(pipe.fileno())
    for reader in readers:
        reader.cancel()
    _, expected = pipe.recv()
    pipe.send(("verdict", *verify(inboxes, expected), progress.report()))
    await asyncio.gather(*readers, *(socket.close() for socket in sockets),
                         return_exceptions=True)


def run(connection, clients, pipe, shared, place):
    """The process's main function."""
    become_child()
    try:
        asyncio.run(serve(connection, clients, pipe, Progress(shared, place)))
    except Exception as error:  # whatever it is, the main process says it
        pipe.send(("failed", f"clients: {type(error).__name__}: {error}"))
