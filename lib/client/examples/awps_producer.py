"""A producer that reconnects, of the standard library alone: copy this file into your program.

    with Producer(hub="chat") as producer:
        future = producer.send({"actionName": "sendToGroup", "group": "g", "data": "hi"})
        print(future.result())  # {"status": "delivered", …}

Each action has one outcome: the daemon's reply, a dictionary whose "status" is delivered,
superseded, expired, dead_lettered, abandoned, rejected or duplicate. It is "unconfirmed" if close()
did not wait long enough. PROTOCOL.md §6 says what to do after each.

At least once: what has no outcome when a connection ends is sent again on the next one, in the
order of the calls. Any thread may call send() and close(). After a fork, open another producer.

With deduplicate=True each action gets an id, if it has none. The daemon carries it out once, for as
long as it knows the id (its dedupe_window): a repeat becomes "duplicate". An older daemon cannot do
it; then a warning says so once.
"""

import collections
import concurrent.futures
import itertools
import json
import logging
import queue
import random
import secrets
import selectors
import socket
import threading
import time

CHUNK_BYTES = 64 * 1024
BACK_OFF_SECONDS = (0.05, 2.0)  # the first at most, and the longest
OUTCOMES = ("delivered", "superseded", "expired", "dead_lettered", "abandoned", "rejected",
            "duplicate")
_log = logging.getLogger("awps")
_Entry = collections.namedtuple("_Entry", "number line future")


class Producer:
    def __init__(self, path="/run/awpsd/awpsd.sock", *, hub=None, name="python",
                 max_buffered_bytes=16 * 1024 * 1024, deduplicate=False):
        self._path = path
        self._hello = {"ack": "delivered", "producer": name, **({"hub": hub} if hub else {})}
        self._deduplicates = deduplicate
        # No two producers share an id: not after a restart, not after a fork.
        self._id_start = f"{time.time_ns() // 1_000_000}.{secrets.token_hex(4)}"
        self._ids = itertools.count(1)
        self._lacks_window = False  # and a warning has said so
        self._max_bytes = max_buffered_bytes
        self._changed = threading.Condition()  # guards what follows
        self._pending = {}  # number -> entry without outcome, in the order of the calls
        self._unwritten = collections.deque()  # those that this connection was not given yet
        self._bytes = 0  # of the lines of _pending
        self._numbers = itertools.count(1)
        self._is_closed = False  # for send()
        self._is_ended = threading.Event()  # for the thread
        self._sleeper, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        self._thread = threading.Thread(target=self._run, name="awps", daemon=True)
        self._thread.start()

    def send(self, action, timeout=None):
        """A concurrent.futures.Future of the outcome. While max_buffered_bytes have no outcome it
        waits, and raises queue.Full after `timeout` seconds; in a callback of a future, at once.
        """
        if not isinstance(action, dict) or any(str(key).lower() == "batch" for key in action):
            raise TypeError("send() takes one action, a dictionary with 'actionName'")
        line = json.dumps(self._with_id(action), allow_nan=False).encode() + b"\n"
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        if threading.current_thread() is self._thread:
            timeout = 0  # nobody else would make room
        with self._changed:
            if not self._changed.wait_for(self._may_take, timeout):
                raise queue.Full(f"{self._bytes} bytes have no outcome yet")
            if self._is_closed:
                raise RuntimeError("the producer is closed")
            entry = _Entry(next(self._numbers), line, future)
            self._pending[entry.number] = entry
            self._unwritten.append(entry)
            self._bytes += len(line)
        self._wake()
        return future

    def close(self, timeout=5.0):
        """Takes no more, and waits for the outcomes (None: as long as it takes). The rest becomes
        "unconfirmed": it may have arrived, or not. Returns how many these are.
        """
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._pending, timeout)
        self._is_ended.set()
        self._wake()
        self._thread.join()
        self._sleeper.close()
        self._waker.close()
        left, self._pending = self._pending, {}
        for entry in left.values():
            entry.future.set_result({"status": "unconfirmed"})
        return len(left)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _with_id(self, action):
        has_id = any(str(key).lower() == "id" and action[key] is not None for key in action)
        if has_id or not self._deduplicates:
            return action
        rest = {key: value for key, value in action.items() if str(key).lower() != "id"}
        return {**rest, "id": f"{self._id_start}-{next(self._ids)}"}

    def _may_take(self):
        return self._is_closed or self._bytes < self._max_bytes

    def _wake(self):
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # it is as awake as it can be, or another thread has closed the producer

    # The thread.

    def _run(self):
        failures, told, asks = 0, "", self._deduplicates
        while not self._is_ended.is_set():
            connection = _Connection(self)
            hello = {**self._hello, **({"deduplicate": True} if asks else {})}
            try:
                connection.serve(self._path, json.dumps({"hello": hello}).encode() + b"\n",
                                 self._sleeper)
                problem = connection.problem or "awpsd closed the connection"
            except (OSError, ValueError, KeyError, TypeError) as error:
                problem = f"{type(error).__name__}: {error}"
            if self._is_ended.is_set():
                return
            if asks and connection.is_hello_refused:
                asks = False  # an older daemon: once more, at once and without the key
                continue
            asks = self._deduplicates
            if problem != told or connection.is_ready:  # once, not at each attempt
                _log.warning("%s: %s; actions are kept, and it is tried again", self._path, problem)
            told = problem
            failures = 0 if connection.has_settled else failures + 1
            first, longest = BACK_OFF_SECONDS
            self._is_ended.wait(random.uniform(0, min(longest, first * 2 ** min(failures, 20))))

    def begin_connection(self, window):
        lacks = self._deduplicates and not window
        if lacks and not self._lacks_window:
            _log.warning("awpsd at %s does not deduplicate: it is older, or its dedupe_window is "
                         "0s; an action that is sent again may be carried out twice", self._path)
        self._lacks_window = lacks
        with self._changed:
            self._unwritten = collections.deque(self._pending.values())

    def next_entry(self):
        with self._changed:
            return self._unwritten.popleft() if self._unwritten else None

    def settle(self, entries, outcome):
        with self._changed:
            for entry in entries:
                del self._pending[entry.number]
                self._bytes -= len(entry.line)
            self._changed.notify_all()
        for entry in entries:  # without the lock: a callback may send
            entry.future.set_result(outcome)


class _Connection:
    """One connection, from the hello to the end. Reads while it writes, as PROTOCOL.md asks."""

    def __init__(self, producer):
        self.producer = producer
        self.given = {}  # seq -> entry without outcome
        self.seq = 0
        self.is_ready = False
        self.is_hello_refused = False
        self.may_write = True
        self.has_settled = False
        self.problem = ""

    def serve(self, path, hello, sleeper):
        with socket.socket(socket.AF_UNIX) as link, selectors.DefaultSelector() as selector:
            link.setblocking(False)  # a full queue of connections is an error, not a wait
            link.connect(path)
            selector.register(link, selectors.EVENT_READ)
            selector.register(sleeper, selectors.EVENT_READ)
            unsent, unread = bytearray(hello), b""
            while not self.producer._is_ended.is_set():
                self.gather(unsent)
                writes = selectors.EVENT_WRITE if unsent and self.may_write else 0
                selector.modify(link, selectors.EVENT_READ | writes)
                events = {key.fileobj: mask for key, mask in selector.select()}
                if sleeper in events:
                    sleeper.recv(CHUNK_BYTES)
                if events.get(link, 0) & selectors.EVENT_READ:
                    data = link.recv(CHUNK_BYTES)
                    if not data:
                        return
                    *lines, unread = (unread + data).split(b"\n")
                    for line in lines:
                        self.take(json.loads(line))
                if events.get(link, 0) & selectors.EVENT_WRITE and self.may_write:
                    self.write(link, unsent)

    def gather(self, unsent):
        while self.is_ready and self.may_write and len(unsent) < CHUNK_BYTES:
            entry = self.producer.next_entry()
            if entry is None:
                return
            self.seq += 1
            self.given[self.seq] = entry
            unsent += entry.line

    def write(self, link, unsent):
        try:
            del unsent[:link.send(unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self.may_write = False  # there may still be replies to read

    def take(self, reply):
        status = reply["status"]
        if status == "ready":
            self.is_ready = True
            self.producer.begin_connection(reply.get("dedupeWindowSeconds"))
        elif status == "warning":
            _log.warning("awpsd warns: %s", reply["message"])
        elif status == "rejected" and reply["seq"] == 0:
            self.may_write = False  # awpsd reads nothing more; replies may still come
            self.is_hello_refused = not self.is_ready and reply["error"]["code"] == "invalid_action"
            self.problem = f"{reply['error']['code']}: {reply['error']['message']}"
        elif status in OUTCOMES and reply.get("error", {}).get("code") != "lost":
            first, last = (reply[key] if key in reply else reply["seq"] for key in ("from", "to"))
            settled = [self.given.pop(seq) for seq in range(first, last + 1) if seq in self.given]
            self.has_settled = True
            self.producer.settle(settled, reply)
        # A lost action keeps its place without an outcome, so that it is sent again.
