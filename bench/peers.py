#!/usr/bin/env python3
"""awpsd beside others that send the same messages to the same server: one run, one table.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/peers.py
        [--quick] [--only NAME] [rate] [waiting] [latency] [outage]

The server is awpsd-emulator as a process of its own, on the same machine. Each message is 128 bytes
of text, different from all others, to a group of its own. The peers, and how each is set up, stand
in bench/peers_senders.py; one that is not installed is left out and named.

- rate: messages delivered a second, and for each second of the sender's CPU (medians);
- waiting: while the service does not answer, how fast messages are accepted, and what each that
  waits takes of resident memory;
- latency: at 500 messages a second, from handing over to the arrival at the service, and how much
  more that is than by the bare loop;
- outage: 500 messages a second while the service is away for 20 s. In its first 100 ms requests
  take effect, but their answers are lost; then each connection is reset.

Each part checks its answer before it tells a figure.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time

from peers_senders import ALL, BareLoop
from programs import Emulator
from waiting import DeadlineError, wait_until
from whole_daemon import Requests, body_of, machine

BODY_BYTES = 128
RATE = 500  # messages a second, of latency and outage
MAY_MISS = 0.01  # of the messages of a round of latency
LATE_NS = 200_000_000  # a message that took longer was held up by the outage
MS = 1_000_000
LOST_ANSWERS_MS = 100
CALM_SECONDS = 12  # without a request: nobody repeats anything any more
LOG_ENTRIES = "200000"
CLOCK_QUESTIONS = 20


class Sizes:
    """Of a whole run, or of a quick look."""

    def __init__(self, is_quick):
        self.is_quick = is_quick
        self.rounds = 1 if is_quick else 5
        self.delivered = 15_000 if is_quick else 100_000
        self.slow_delivered = 2000 if is_quick else 10_000  # of a slow peer
        self.waiting = 100_000 if is_quick else 1_000_000
        self.latency_seconds = 3 if is_quick else 6
        self.latency_rounds = 1 if is_quick else 5
        self.outage_seconds = 4 if is_quick else 20
        self.around_seconds = 2 if is_quick else 5  # before an outage, and after it


class Stage:
    """A server, a load for it, and checks of what arrived."""

    def __init__(self, count, is_quick, log_entries="0"):
        self.count, self.is_quick = count, is_quick
        self.emulator = Emulator("--log-entries", log_entries)
        self.connection, self.endpoint = self.emulator.connection, self.emulator.endpoint
        self.began_ns = 0 if log_entries == "0" else self._began_ns()

    def _began_ns(self):
        """When the emulator's clock began, by ours: as the question that took least time tells."""
        asked = []
        for number in range(CLOCK_QUESTIONS):
            before = time.monotonic_ns()
            self.emulator.mark(number)
            asked.append((time.monotonic_ns() - before, before))
        times = [entry["arrivedNs"] for entry in self.emulator.log()]
        taken, before, arrived = min((*one, at) for one, at in zip(asked, times))
        return before + taken // 2 - arrived

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.emulator.close()

    def load(self):
        return ((f"group-{number}", body_of(number, BODY_BYTES)) for number in range(self.count))

    def file(self):
        """The load as bare_sender reads it."""
        file = tempfile.NamedTemporaryFile("w")
        Requests(self.connection).write(file, self.load())
        return file

    def effects(self):
        return self.emulator.counters()["tookEffect"]

    def wait_for_effects(self, count):
        wait_until(lambda: self.effects() >= count, f"{count} messages to arrive", 300)

    def check_effects(self, count):
        if self.effects() < count:
            raise RuntimeError(f"{self.effects()} of {count} messages took effect")

    def wait_until_calm(self):
        """All has arrived, or nothing comes any more."""
        last, since = -1, time.monotonic()

        def is_calm():
            nonlocal last, since
            now = self.effects()
            if now != last:
                last, since = now, time.monotonic()
            return now >= self.count or time.monotonic() - since > CALM_SECONDS
        try:
            wait_until(is_calm, "the last message", 180)
        except DeadlineError:
            pass  # what did not arrive until then is lost

    def arrivals(self, since_ns):
        """number -> when it took effect, each time, by our monotonic clock."""
        found = {}
        for entry in self.emulator.log():
            arrived = entry["arrivedNs"] + self.began_ns
            number = entry.get("body", "").split(" ")[0]
            if entry["tookEffect"] and number.isdigit() and arrived >= since_ns - MS:
                found.setdefault(int(number), []).append(arrived)
        return found


class Outage(threading.Thread):
    """The service goes away after a while, and comes back."""

    def __init__(self, emulator, sizes):
        super().__init__(daemon=True)
        self.emulator, self.sizes, self.ended_ns = emulator, sizes, None

    def run(self):
        time.sleep(self.sizes.around_seconds)
        self.emulator.set_faults([
            {"name": "lost answer", "reset": "after", "fromMs": 0, "untilMs": LOST_ANSWERS_MS},
            {"name": "away", "reset": "before"}])
        time.sleep(self.sizes.outage_seconds)
        self.ended_ns = time.monotonic_ns()
        self.emulator.set_faults([])


class Comparison:
    """Each part: what it has found of one peer, by the rows of the table."""

    def __init__(self, sizes):
        self.sizes = sizes

    def rate(self, peer):
        """The medians of the rounds."""
        count = self.sizes.slow_delivered if peer.is_slow else self.sizes.delivered
        wall, core = [], []
        for _ in range(self.sizes.rounds):
            with Stage(count, self.sizes.is_quick) as stage:
                seconds, cpu, requests = peer.deliver(stage)
            wall.append(requests / seconds)
            core.append(requests / cpu)
        return {"delivered/s": f"{statistics.median(wall):,.0f}",
                "per core": f"{statistics.median(core):,.0f}"}

    def waiting(self, peer):
        if peer.wait is None:
            return {}
        with Stage(self.sizes.waiting, self.sizes.is_quick) as stage:
            accepted, size = peer.wait(stage)
        return {"accepted/s": "–" if accepted is None else f"{accepted:,.0f}",
                "bytes waiting": f"{size:,.0f}"}

    def latency(self, peer):
        """The medians of the rounds, in each of which the bare loop has a turn, too."""
        if peer.paced is None:
            return {}
        is_bare = isinstance(peer, BareLoop)
        ours, bare = [], []
        for _ in range(self.sizes.latency_rounds):
            ours.append(self._latencies(peer))
            bare.append(ours[-1] if is_bare else self._latencies(BareLoop()))
        found, added = [], []
        for one, other in zip(zip(*ours), zip(*bare)):  # p50, then p99
            found.append(statistics.median(one))
            added.append(statistics.median(mine - its for mine, its in zip(one, other)))
        told = {"p50, p99 ms": "{:.2f}, {:.2f}".format(*found)}
        return told if is_bare else told | {"added": "{:.2f}, {:.2f}".format(*added)}

    def _latencies(self, peer):
        """(p50, p99) in milliseconds, of what comes after the first tenth."""
        count = RATE * self.sizes.latency_seconds
        with Stage(count, self.sizes.is_quick, LOG_ENTRIES) as stage:
            starts = peer.paced(stage, RATE)
            arrivals = stage.arrivals(starts[0])
        # Who answers nothing may lose some.
        if len(arrivals) < (1 - MAY_MISS) * count:
            raise RuntimeError(f"{len(arrivals)} of {count} messages arrived")
        taken = sorted((arrivals[number][0] - starts[number]) / MS
                       for number in range(count // 10, count) if number in arrivals)
        return tuple(taken[int(part * len(taken))] for part in (0.5, 0.99))

    def outage(self, peer):
        if peer.paced is None:
            return {}
        count = RATE * (self.sizes.outage_seconds + 2 * self.sizes.around_seconds)
        with Stage(count, self.sizes.is_quick, LOG_ENTRIES) as stage:
            away = Outage(stage.emulator, self.sizes)
            away.start()
            starts = peer.paced(stage, RATE)
            away.join()
            arrivals = stage.arrivals(starts[0])
        if not arrivals:
            raise RuntimeError("no message arrived")
        late = [times[-1] for number, times in arrivals.items()
                if times[-1] - starts[number] > LATE_NS]
        recovered = (max(late, default=away.ended_ns) - away.ended_ns) / MS / 1000
        return {"lost": f"{count - len(arrivals):,}",
                "twice": f"{sum(len(times) - 1 for times in arrivals.values()):,}",
                "recovered s": f"{max(0.0, recovered):.1f}"}


PARTS = ("rate", "waiting", "latency", "outage")
# The rows of the table, by the keys of what a part has found.
ROWS = {"accepted/s": "accepted per second, the service away",
        "delivered/s": "delivered per second",
        "per core": "delivered per second of CPU",
        "bytes waiting": "bytes of memory for each that waits",
        "p50, p99 ms": "latency, p50 and p99, ms",
        "added": "more than bare libcurl's, ms",
        "lost": "lost in the outage",
        "twice": "delivered twice",
        "recovered s": "recovered after, s"}


def print_table(found):
    """As Markdown takes it: a column for each peer."""
    print("\n| | " + " | ".join(peer.name for peer in found) + " |")
    print("|---" * (len(found) + 1) + "|")
    for key, name in ROWS.items():
        print(f"| {name} | " + " | ".join(row.get(key, "–") for row in found.values()) + " |")


def installed(only):
    """The peers that can be measured; names those that cannot."""
    found = []
    for peer in ALL:
        if only and not any(name in peer.name for name in only):
            continue
        needed = peer.missing()
        if needed:
            print(f"left out: {peer.name}; it needs {needed}", flush=True)
        else:
            found.append(peer)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, for a first look")
    parser.add_argument("--only", action="append", metavar="NAME", help="of these peers alone")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(unknown)}")
    print(machine(), flush=True)
    comparison = Comparison(Sizes(options.quick))
    table = {peer: {} for peer in installed(options.only)}
    for name in options.parts or PARTS:
        for peer, row in table.items():
            found = getattr(comparison, name)(peer)
            row |= found
            told = ", ".join(f"{key} {value}" for key, value in found.items())
            print(f"{name}: {peer.name}: {told or 'not measured'}", flush=True)
    print_table(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
