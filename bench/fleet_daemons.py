"""What the parts of fleet.py share: daemons of one fleet beside an emulator, and its tables."""

import contextlib
import time

from admin import Admin
from programs import Awpsd, temporary_folder
from waiting import wait_until

SESSION_SECONDS = 6
JOIN_SECONDS = 60
STREAM = """[streams.orders]
brokers = "{address}"
topic = "{topic}"
group = "{topic}"
session_timeout = "{session}s"
"""


class Fleet:
    """So many daemons of one service. With a topic they are members of its group; make_fleet() says
    when each has its part. `hubs`: of each daemon; one hub for all, if it is one name."""

    def __init__(self, stack, emulator, count, *, config="", tables="", topic=None, hubs="chat"):
        self.topic = topic
        self.hubs = [hubs] * count if isinstance(hubs, str) else hubs
        if topic is not None:
            tables += STREAM.format(address=topic.broker.address, topic=topic.name,
                                    session=SESSION_SECONDS)
        self.daemons = [stack.enter_context(Awpsd(
            stack.enter_context(temporary_folder()), emulator.connection, config + tables,
            hub=hub)) for hub in self.hubs]
        for daemon in self.daemons:
            daemon.launch()
        for daemon in self.daemons:
            wait_until(lambda daemon=daemon: daemon.notify.has("READY") or daemon.has_ended(),
                       "a daemon to be ready")
            if daemon.has_ended():
                raise RuntimeError(f"a daemon ended: {daemon.log()}")
        self.admins = [Admin(daemon.admin_path) for daemon in self.daemons]

    def wait_for_parts(self):
        """Every partition has an owner, and nobody has more than one above another."""
        if self.topic is not None:
            wait_until(self._is_shared, "the daemons to share the partitions", JOIN_SECONDS)
        return self

    def owned(self):
        """Partitions of each daemon."""
        return [len(admin.get("/status")["streams"][0]["partitions"]) for admin in self.admins]

    def outcomes(self, name):
        """Of the actions of all: "delivered", "superseded"…"""
        return sum(admin.hub(hub)["actions"][name] for admin, hub in zip(self.admins, self.hubs))

    def _is_shared(self):
        owned = self.owned()
        return sum(owned) == self.topic.partitions and max(owned) - min(owned) <= 1


class Clock:
    """Turns times of the emulator's log into those of time.monotonic()."""

    def __init__(self, emulator):
        begin = time.monotonic()
        emulator.mark(1)
        self.beyond = (begin + time.monotonic()) / 2 - self._marked(emulator)

    def arrived(self, entry):
        return entry["arrivedNs"] / 1e9 + self.beyond

    @staticmethod
    def _marked(emulator):
        *_, last = (entry for entry in emulator.log() if entry["operation"] == "health")
        return last["arrivedNs"] / 1e9


class Table:
    """Of Markdown, line by line as the figures come; `missed` counts bars that are not met."""

    def __init__(self, *columns):
        self.missed = 0
        print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)

    def line(self, *cells):
        print(f"| {' | '.join(str(cell) for cell in cells)} |", flush=True)

    def bar(self, is_met, what):
        if not is_met:
            self.missed += 1
            print(f"\nMISSED: {what}\n", flush=True)


def each_due(count, rate, begin, step=0.01):
    """Numbers from 0 to `count`, each when it is due; None where there is time to write."""
    for number in range(count):
        while (ahead := begin + number / rate - time.monotonic()) > 0:
            yield None
            time.sleep(min(step, ahead))
        yield number


@contextlib.contextmanager
def ended_at_once(fleet):
    """What is still waiting interests nobody: a stop would try to deliver it."""
    try:
        yield fleet
    finally:
        for daemon in fleet.daemons:
            daemon.process.kill()
