"""A producer: one connection to awpsd's socket, which reads its replies while it writes."""

import json
import select
import socket
import time

READ_BYTES = 256 * 1024
CHUNK_BYTES = 64 * 1024


class Producer:
    """Lines are queued by write() and leave in pump(), which also returns the replies."""

    def __init__(self, path, hello=None):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.socket.setblocking(False)
        self.unsent = bytearray()
        self.ended = False  # the daemon has closed its side
        self.unread = b""
        self.is_closing = False
        if hello is not None:
            self.write(json.dumps({"hello": hello}))

    def write(self, line):
        self.unsent += line.encode() if isinstance(line, str) else line
        self.unsent += b"\n"

    def send(self, action):
        self.write(json.dumps(action))

    def close_input(self):
        """No more lines: once the queue is empty the daemon sees the end, and closes in its turn
        when all replies that it owes are written."""
        self.is_closing = True
        self._close_when_sent()

    def pump(self, seconds):
        """Writes and reads for at most `seconds`; returns as soon as there are replies."""
        if self.ended:
            return []
        wanted = [self.socket] if self.unsent else []
        readable, writable, _ = select.select([self.socket], wanted, [], max(0.0, seconds))
        if writable:
            self._write_some()
        return self._read_some() if readable else []

    def read_until(self, is_last, seconds=20.0):
        """All replies up to the one that is_last() accepts; that one included."""
        replies = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.ended:
            for reply in self.pump(deadline - time.monotonic()):
                replies.append(reply)
                if is_last(reply):
                    return replies
        raise AssertionError(f"the reply did not come, only {replies[-5:]}")

    def read_all(self, seconds=30.0):
        """Closes the input and reads all replies until the daemon closes."""
        self.close_input()
        replies = []
        deadline = time.monotonic() + seconds
        while not self.ended:
            if time.monotonic() >= deadline:
                raise AssertionError(f"no end of connection after {seconds:g} s")
            replies += self.pump(deadline - time.monotonic())
        return replies

    def flush(self, seconds=30.0):
        """Writes all that is queued; the replies that came meanwhile."""
        replies = []
        deadline = time.monotonic() + seconds
        while self.unsent and not self.ended:
            if time.monotonic() >= deadline:
                raise AssertionError(f"{len(self.unsent)} bytes unwritten after {seconds:g} s")
            replies += self.pump(deadline - time.monotonic())
        return replies

    def close(self):
        self.socket.close()
        self.ended = True

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _write_some(self):
        try:
            while self.unsent:
                written = self.socket.send(self.unsent[:CHUNK_BYTES])
                del self.unsent[:written]
        except BlockingIOError:
            pass
        except (BrokenPipeError, ConnectionResetError):
            self.unsent.clear()  # what is to be read tells why
        self._close_when_sent()

    def _close_when_sent(self):
        if self.is_closing and not self.unsent and not self.ended:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the daemon was faster

    def _read_some(self):
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            data = b""
        if not data:
            self.close()
            return []
        *lines, self.unread = (self.unread + data).split(b"\n")
        return [json.loads(line) for line in lines]


class Replies:
    """What a producer was told, counted; every action that has an outcome is counted once."""

    OUTCOMES = ("delivered", "superseded", "dead_lettered", "expired", "abandoned", "duplicate")

    def __init__(self):
        self.accepted_to = 0  # cumulative, of ack = accepted
        self.rejected = 0
        self.counts = dict.fromkeys(self.OUTCOMES, 0)
        self.target_gone = 0
        self.by_seq = {}  # of those with an outcome: seq -> status; only where keep_each is asked
        self.keep_each = False
        self.abandoned = []
        self.other = []

    def take(self, replies):
        for reply in replies:
            self._take_one(reply)

    def settled(self):
        return sum(self.counts.values())

    def _take_one(self, reply):
        status = reply.get("status")
        if status in self.counts:
            first = reply.get("from", reply.get("seq"))
            last = reply.get("to", reply.get("seq"))
            self.counts[status] += last - first + 1
            if status == "abandoned":
                self.abandoned.append(reply)
            self.target_gone += 1 if reply.get("targetGone") else 0
            if self.keep_each:
                for seq in range(first, last + 1):
                    self._settle(seq, status)
        elif status == "accepted":
            self.accepted_to = reply["seq"]
        elif status == "rejected":
            self.rejected += 1
            self.other.append(reply)
        elif status != "ready":
            self.other.append(reply)

    def _settle(self, seq, status):
        if seq in self.by_seq:
            raise AssertionError(f"action {seq} is {status}, after it was {self.by_seq[seq]}")
        self.by_seq[seq] = status
