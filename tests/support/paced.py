"""A producer that sends at a rate, and how long each of its actions took; and one that sends as
much as it is let, in a process of its own.
"""

import json
import multiprocessing
import time

from producer import Producer

LINES_AT_ONCE = 200
TICK_SECONDS = 0.005


class Latencies:
    """Seconds from an action's sending to its outcome, sorted."""

    def __init__(self, seconds):
        self.seconds = sorted(seconds)

    def quantile(self, part):
        return self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]

    def __str__(self):
        return ", ".join(f"{name} {self.quantile(part) * 1e3:.1f} ms"
                         for name, part in (("p50", 0.5), ("p99", 0.99), ("most", 1)))


def send_paced(path, hello, make_line, rate, seconds):
    """Sends make_line(number) `rate` times a second; waits for the outcomes; their Latencies.

    Raises if an action was not delivered.
    """
    count = round(rate * seconds)
    begins, taken = [], []
    with Producer(path, {**hello, "ack": "delivered"}) as producer:
        producer.read_until(lambda reply: reply["status"] == "ready")
        begin = time.monotonic()
        deadline = begin + seconds + 30
        while len(taken) < count:
            now = time.monotonic()
            while len(begins) < count and begin + len(begins) / rate <= now:
                producer.write(make_line(len(begins)))
                begins.append(now)
            due = begin + len(begins) / rate if len(begins) < count else now + 1
            replies = producer.pump(due - now)
            now = time.monotonic()
            for reply in replies:
                if reply["status"] != "delivered":
                    raise AssertionError(f"not delivered: {reply}")
                taken += [now - begins[seq - 1] for seq in seqs(reply)]
            if now > deadline or producer.ended:
                raise AssertionError(f"{len(taken)} of {count} actions have an outcome")
    return Latencies(taken)


def seqs(reply):
    first = reply.get("from", reply.get("seq"))
    return range(first, reply.get("to", first) + 1)


def group_line(group, number):
    return json.dumps({"actionName": "sendToGroup", "group": group, "data": str(number)})


class Flood:
    """A process that writes lines to `groups` groups of its own until it is stopped: `rate` of them
    a second, or as many as the daemon reads; `sent` is how many it has handed to the daemon.
    """

    def __init__(self, path, hello, groups=100, rate=None):
        context = multiprocessing.get_context("fork")
        self.stopping = context.Event()
        self.count = context.Value("q", 0)
        self.process = context.Process(target=self._run, args=(path, hello, groups, rate),
                                       daemon=True)
        self.process.start()

    @property
    def sent(self):
        return self.count.value

    def stop(self):
        """Returns when all that it has begun to write is written."""
        self.stopping.set()
        self.process.join()

    def _run(self, path, hello, groups, rate):
        lines = [group_line(f"flood{number}", number) for number in range(groups)]
        written, begin = 0, time.monotonic()
        with Producer(path, hello) as producer:
            while not producer.ended and (producer.unsent or not self.stopping.is_set()):
                if not producer.unsent:
                    self.count.value = written
                    due = written + LINES_AT_ONCE
                    if rate is not None:
                        due = min(due, int((time.monotonic() - begin) * rate))
                    for number in range(written, due):
                        producer.write(lines[number % groups])
                    written = max(written, due)
                if not producer.unsent:
                    self.stopping.wait(TICK_SECONDS)
                producer.pump(0.1 if producer.unsent else 0)
            self.count.value = written
