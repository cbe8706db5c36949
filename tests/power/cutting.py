"""Cuts of the power while producers send, and what the service got of it: see Cutting.

The lanes of a producer: its action n goes to the group n % GROUPS. What a lane got is told by runs,
one from each start of awpsd to its end.
"""

import random
import signal
import time
import urllib.request
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from admin import is_drained
from producer import Producer, Replies
from waiting import wait_until

GROUPS = 8
HUBS = ("chat", "other")
PRODUCERS = 4
RATE = 5000  # actions a second of all
LONGEST_LOAD = 0.5  # seconds
LAST_BURST = 150    # lines of each producer that are on the way at the cut, at most
LAST_MOMENTS = 0.003
LONGEST_RECOVERY = 0.2
ON_THE_WAY = 0.02   # until the service has taken what was sent to it before the cut
PADDING = 2000
DELAYS = (0, 2, 20)  # of the service, in ms: more or less waits at the cut
LONG_DELAY = (50,)   # most of it waits, and is on disk alone

# What does not fit into the memory of "other" is read from its disk.
CONFIG = """hub_defaults.durability = "durable"
spool.segment_bytes = "1MiB"
spool.min_free_bytes = 0
[hubs.chat]
[hubs.other]
max_queued_bytes = "128KiB"
"""


class Source:
    """One producer, over all its connections."""

    def __init__(self, number, dice):
        self.name = f"p{number}"
        self.hub = HUBS[number % len(HUBS)]
        self.dice = dice
        self.sent = 0  # in all
        self.connect_to = None

    def open(self, path):
        self.base = self.sent
        self.replies = Replies()
        self.connection = Producer(path, {"hub": self.hub, "ack": "accepted"})

    def write(self, count):
        lines = []
        for number in range(self.sent, self.sent + count):
            data = f"{number} {'x' * self.dice.randrange(PADDING)}"
            lines.append(f'{{"actionName":"sendToGroup","group":"{self.name}-{number % GROUPS}",'
                         f'"data":"{data}"}}')
        if lines:
            self.connection.write("\n".join(lines))
        self.sent += count

    def pump(self, seconds=0.0):
        self.replies.take(self.connection.pump(seconds))

    def accepted(self):
        """The first number that is not."""
        return self.base + self.replies.accepted_to

    def close(self):
        self.connection.close()


@dataclass
class Tally:
    cuts: int = 0          # those that count: something was sent and not yet accepted
    second_cuts: int = 0   # of cut_twice(); they are not among `cuts`
    others: int = 0        # with nothing under way
    losing: int = 0        # of `cuts`: they lost what was accepted
    lost: int = 0
    disorder: int = 0      # places where the order of a lane is broken, or one is missing
    duplicates: int = 0
    oldest_duplicate: float = 0.0  # seconds from its arrival to the cut
    actions: int = 0
    mistakes: list = field(default_factory=list)

    def __str__(self):
        return (f"{self.cuts} cuts (besides {self.second_cuts} of a recovery and {self.others} "
                f"with nothing under way), {self.actions:,} actions arrived; {self.losing} cuts "
                f"lost {self.lost:,} that were accepted; out of order {self.disorder}; "
                f"{self.duplicates:,} duplicates, the oldest {self.oldest_duplicate:.2f} s before "
                "the cut")


class Lanes:
    """What the service got: each lane's numbers in the order in which they first came."""

    def __init__(self, tally):
        self.tally = tally
        self.places = defaultdict(dict)  # lane -> number -> place
        self.newest = {}                 # lane -> the last number that came for the first time
        self.last_arrival = {}           # (lane, number) -> its time
        self.run = {}                    # lane -> the place of its last arrival in this run
        self.arrived = defaultdict(set)  # producer -> numbers since the last judgement

    def begin_run(self, cut_at):
        """`cut_at`: when the run before ended."""
        self.run, self.cut_at = {}, cut_at

    def take(self, entry):
        if entry["operation"] != "sendToGroup" or not entry["tookEffect"]:
            return
        lane, number = entry["target"], int(entry["body"].split(" ", 1)[0])
        places = self.places[lane]
        place = places.get(number)
        if place is None:
            if number < self.newest.get(lane, 0):
                self.mistake(f"{lane}: {number} came first after {self.newest[lane]}")
            place = places[number] = len(places)
            self.newest[lane] = number
            self.tally.actions += 1
        else:
            self.tally.duplicates += 1
            age = (self.cut_at - self.last_arrival[lane, number]) / 1e9
            self.tally.oldest_duplicate = max(self.tally.oldest_duplicate, age)
        before = self.run.get(lane)
        if before is not None and place != before + 1:
            self.mistake(f"{lane}: {number}, place {place}, came after place {before}")
        self.run[lane] = place
        self.last_arrival[lane, number] = entry["arrivedNs"]
        self.arrived[lane.split("-")[0]].add(number)

    def mistake(self, what):
        self.tally.disorder += 1
        self.tally.mistakes.append(what)

    def judge(self, source):
        """Of what it sent on its last connection: how many are lost that were accepted."""
        got = {number for number in self.arrived[source.name] if number >= source.base}
        accepted = range(source.base, source.accepted_at_cut)
        lost = [number for number in accepted if number not in got]
        for number in range(source.base, max(got, default=-1)):
            if number not in got and number not in accepted:
                self.mistake(f"{source.name}: {number} is missing before {max(got)}")
                break
        self.arrived[source.name] = set()
        if lost:
            self.tally.mistakes.append(f"{source.name}: {lost[0]} and {len(lost) - 1} more of "
                                       f"{len(accepted)} accepted are lost")
        return len(lost)


class Cutting:
    """cut() loads the daemon, cuts the power at a random moment, starts the daemon again on what is
    left, and waits until it has delivered everything. The next cut hits that daemon.

    The daemon is stopped before the cut, as its processor would be: what it was told afterwards (a
    file system that is shut down may call a sync good that it gave up) it cannot tell any more. A
    call that it was in goes on. All acknowledgements up to the stop count.
    """

    def __init__(self, disk, emulator, daemon, seed, delays=DELAYS):
        self.disk, self.emulator, self.daemon = disk, emulator, daemon
        self.delays = delays
        self.random = random.Random(seed)
        self.tally = Tally()
        self.lanes = Lanes(self.tally)
        self.lanes.begin_run(0)
        self.sources = [Source(number, self.random) for number in range(PRODUCERS)]
        self.read_to = 0
        self.daemon.start()
        self.clock_offset = self.measure_clock()

    def measure_clock(self):
        """From this process's monotonic time to that of the emulator's log, in ns."""
        before = time.monotonic_ns()
        urllib.request.urlopen(urllib.request.Request(
            f"{self.emulator.endpoint}/api/health", method="HEAD"), timeout=10).close()
        entry = list(self.emulator.log())[-1]
        return entry["arrivedNs"] - before

    def cut(self):
        self.load_and_cut()
        self.verify()

    def cut_twice(self):
        """The second time while what was left is being delivered and released."""
        self.load_and_cut()
        self.restart()
        wait_until_passed(self.random.uniform(0, LONGEST_RECOVERY))
        self.stop_daemon()
        self.stop_disk()
        self.tally.second_cuts += 1
        self.verify()

    def load_and_cut(self):
        self.emulator.set_delay(self.random.choice(self.delays))
        self.load(self.random.uniform(0.02, LONGEST_LOAD))
        self.send_the_last()
        self.cut_power()

    def load(self, seconds):
        for source in self.sources:
            source.open(self.daemon.socket_path)
        begin = time.monotonic()
        written = 0
        while (elapsed := time.monotonic() - begin) < seconds:
            due = (int(elapsed * RATE) - written) // PRODUCERS
            for source in self.sources:
                if not source.connection.unsent:
                    source.write(due)
                    written += due
                source.pump(0.001)

    def send_the_last(self):
        """So much that it is under way at the cut, in one state or another."""
        for source in self.sources:
            source.write(self.random.randrange(1, LAST_BURST))
        until = time.monotonic() + self.random.uniform(0, LAST_MOMENTS)
        while time.monotonic() < until or any(s.connection.unsent for s in self.sources):
            for source in self.sources:
                source.pump()

    def cut_power(self):
        self.stop_daemon()
        for source in self.sources:
            source.pump()
            source.accepted_at_cut = source.accepted()
        self.counts = any(source.accepted_at_cut < source.sent for source in self.sources)
        self.stop_disk()
        for source in self.sources:
            if source.replies.other or source.connection.ended:
                raise AssertionError(f"{source.name} was refused: {source.replies.other[:3]}\n"
                                     f"{self.daemon.log()[-2000:]}")
            source.close()

    def stop_daemon(self):
        self.daemon.signal(signal.SIGSTOP)
        tasks = Path(f"/proc/{self.daemon.process.pid}/task")
        wait_until(lambda: {state_of(task) for task in tasks.iterdir()} <= {"T", "D"},
                   "awpsd to stop")

    def stop_disk(self):
        """And what the daemon was, as its computer would forget it."""
        cut_at = time.monotonic_ns() + self.clock_offset
        self.disk.cut(self.random)
        self.daemon.process.kill()
        self.daemon.process.wait()
        wait_until_passed(ON_THE_WAY + max(self.delays) / 1000)
        self.read_log()
        self.lanes.begin_run(cut_at)

    def restart(self):
        self.disk.restore()
        self.daemon.start()

    def verify(self):
        self.restart()
        self.emulator.set_delay(0)
        wait_until(lambda: is_drained(self.daemon), "everything to be delivered", 60)
        self.read_log()
        lost = sum(self.lanes.judge(source) for source in self.sources)
        self.tally.lost += lost
        if self.counts:
            self.tally.cuts += 1
            self.tally.losing += 1 if lost else 0
        else:
            self.tally.others += 1

    def read_log(self):
        for entry in self.emulator.log(since=self.read_to):
            self.read_to = entry["sequence"]
            self.lanes.take(entry)


def state_of(task):
    """"R", "S", "D", "T", …"""
    return (task / "stat").read_text().rsplit(")", 1)[1].split()[0]


def wait_until_passed(seconds):
    until = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= until, "the moment of the cut")
