"""A producer's connection that outlives awpsd: it is made again, and what awpsd has not said to
have is sent again, in order. So it sends twice what was on disk when awpsd died before saying so.
"""

from collections import deque

from producer import Producer
from waiting import wait_until

START_SECONDS = 30


class LastingConnection:
    """Of a Producer what the demo uses; `ack` is "accepted". A reply's `seq` counts on."""

    ended = False

    def __init__(self, path, hello):
        self.path, self.hello = path, hello
        self.owed = deque()   # lines that were neither accepted nor refused
        self.answered = 0     # before this connection: its first line is the next one
        self.told = 0
        self.repeated = 0     # lines that were sent more than once
        self.producer = Producer(path, hello)

    @property
    def unsent(self):
        return self.producer.unsent

    def write(self, lines):
        self.owed.extend(lines.split("\n"))
        self.producer.write(lines)

    def pump(self, seconds):
        replies = self._take(self.producer.pump(seconds))
        if self.producer.ended:
            self._connect_again()
        return replies

    def read_all(self, seconds):
        return self._take(self.producer.read_all(seconds))

    def close(self):
        self.producer.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _take(self, replies):
        for reply in replies:
            if "seq" in reply:
                reply["seq"] += self.answered
                if reply["status"] == "accepted":
                    self._forget(reply["seq"])
        return replies

    def _forget(self, seq):
        for _ in range(seq - self.told):
            self.owed.popleft()
        self.told = seq

    def _connect_again(self):
        self.answered = self.told
        self.producer.close()

        def is_there():
            try:
                self.producer = Producer(self.path, self.hello)
            except (ConnectionError, FileNotFoundError):
                return False
            return True
        wait_until(is_there, "awpsd to be there again", START_SECONDS)
        self.repeated += len(self.owed)
        if self.owed:
            self.producer.write("\n".join(self.owed))
