"""A producer in a thread that keeps sending whatever becomes of it, and what each action got: for
the runs where some are expected to fail, to wait for ever, or to be refused.
"""

import hashlib
import threading
import time
from collections import Counter

from paced import Latencies, seqs
from producer import Producer

TICK_SECONDS = 0.02
FINAL = ("delivered", "superseded", "dead_lettered", "expired", "abandoned", "rejected")


def is_in_fraction(target, fraction, seed=1):
    """As the emulator chooses them (lib/emulator/FAULTS.md, targetFraction)."""
    digest = hashlib.sha256(f"{seed}:{target}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < fraction


class Load:
    """Sends make_line(slot) until it is stopped, as a thread with a connection of its own.

    With `rate`: so many a second, slot is their number. With `slots`: a closed loop, the next one
    of a slot as soon as the one before has its outcome. `count`: no more than these in all.
    """

    def __init__(self, path, make_line, *, rate=None, slots=None, count=None, hello=None):
        self.make_line = make_line
        self.rate, self.slots, self.count = rate, slots, count
        self.begins = []    # of action seq: begins[seq - 1]
        self.places = []    # its slot
        self.outcomes = {}  # seq -> (its time, status)
        self.ended = False  # the daemon closed the connection, or the thread had a mistake
        self.stopping = threading.Event()
        self.producer = Producer(path, {**(hello or {}), "ack": "delivered"})
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.begun = time.monotonic()
        self.thread.start()

    def stop(self):
        """No more sending and no more reading."""
        self.stopping.set()
        self.thread.join()
        self.producer.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def statuses(self):
        return Counter(status for _, status in list(self.outcomes.values()))

    def settled(self):
        return len(self.outcomes)

    def is_settled(self):
        """All of `count`."""
        return len(self.outcomes) >= self.count

    def delivered_between(self, begin, end):
        return sum(begin <= moment < end and status == "delivered"
                   for moment, status in list(self.outcomes.values()))

    def latencies(self, begin, end):
        """Of those settled then; those that still wait at `end` count with their age."""
        outcomes = dict(self.outcomes)
        ages = []
        for place, begun in enumerate(list(self.begins)):
            moment, _ = outcomes.get(place + 1, (end, ""))
            if begun < end and moment >= begin:
                ages.append(min(moment, end) - begun)
        return Latencies(ages or [0.0])

    def _run(self):
        try:
            if self.slots is not None:
                for slot in range(self.slots):
                    self._send(slot)
            while not self.stopping.is_set() and not self.producer.ended:
                self._send_what_is_due()
                replies = self.producer.pump(TICK_SECONDS if self.rate is None else 0.002)
                for reply in replies:
                    self._take(reply)
        finally:
            self.ended = True

    def _send_what_is_due(self):
        if self.rate is None:
            return
        due = int((time.monotonic() - self.begun) * self.rate) + 1
        while len(self.begins) < due and self._may_send():
            self._send(len(self.begins))

    def _may_send(self):
        return self.count is None or len(self.begins) < self.count

    def _send(self, slot):
        self.begins.append(time.monotonic())
        self.places.append(slot)
        self.producer.write(self.make_line(slot))

    def _take(self, reply):
        if reply["status"] not in FINAL:
            return
        now = time.monotonic()
        for seq in seqs(reply):
            self.outcomes[seq] = (now, reply["status"])
            if self.slots is not None and self._may_send():
                self._send(self.places[seq - 1])
