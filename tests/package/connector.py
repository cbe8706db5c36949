"""Connects to awpsd's socket again and again, as producers would who know nothing of its restarts,
and counts what became of each attempt.
"""

import json
import socket
import threading
import time

LINES = b"".join(json.dumps(line).encode() + b"\n" for line in (
    {"hello": {"ack": "delivered"}}, {"actionName": "sendToAll", "data": "from a connector"}))
DEADLINE_SECONDS = 30


class Connector:
    """Threads from `with` to its end. An attempt is refused if connect() fails; a connection that
    was cut after it was accepted is no lost attempt: its producer knows, and begins anew.
    """

    THREADS = 4

    def __init__(self, path):
        self.path = str(path)
        self.served = 0
        self.cut = 0
        self.refused = []
        self.longest = 0.0
        self.is_ending = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, daemon=True)
                        for _ in range(self.THREADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.is_ending = True
        for thread in self.threads:
            thread.join(DEADLINE_SECONDS)

    def __str__(self):
        return (f"{self.served} connections served, {self.cut} cut by a kill or a stop, "
                f"{len(self.refused)} refused; the longest took {self.longest * 1e3:.0f} ms")

    def _run(self):
        while not self.is_ending:
            begin = time.monotonic()
            try:
                is_served = self._attempt()
            except OSError as error:
                self.refused.append(str(error))
                continue
            with self.lock:
                self.served += is_served
                self.cut += not is_served
                self.longest = max(self.longest, time.monotonic() - begin)

    def _attempt(self):
        """Was it delivered?"""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(DEADLINE_SECONDS)
            connection.connect(self.path)
            try:
                connection.sendall(LINES)
                connection.shutdown(socket.SHUT_WR)
                replies = b"".join(iter(lambda: connection.recv(65536), b""))
            except ConnectionError:
                return False
            return b'"status":"delivered"' in replies
