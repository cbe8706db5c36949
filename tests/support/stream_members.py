"""Several daemons of one group, and a load that is written while a scene waits."""

import time
from pathlib import Path

from admin import Admin
from programs import Awpsd
from scenario import message, wait_until
from stream_judge import Judge
from stream_scenario import StreamScenario

SOCKET_ACTIONS = 20  # that see_a_socket_served() sends


class Member:
    """A daemon on its own, and what it says of its stream."""

    def __init__(self, name, daemon):
        self.name, self.daemon = name, daemon
        self.admin = Admin(daemon.admin_path)

    def stream(self):
        stream, = self.admin.get("/status")["streams"]
        return stream

    def owned(self):
        return len(self.stream()["partitions"])

    def oldest(self):
        """What is not settled yet of each partition."""
        nothing = {"why": "", "seconds": 0}
        return [each.get("oldest") or nothing for each in self.stream()["partitions"]]

    def lost(self):
        return self.stream()["rebalances"]["lost"]

    def not_ready(self):
        """What /readyz says of it; empty: it is ready."""
        status, text = self.admin.ask("GET", "/readyz")
        return "" if status == 200 else text

    def delivered(self, hub="chat"):
        return self.admin.hub(hub)["actions"]["delivered"]

    def waiting(self, hub="chat"):
        actions = self.admin.hub(hub)["actions"]
        return actions["queued"] + actions["active"] + actions["deferred"]

    def part(self):
        """Of the fleet's limits, as its one endpoint has it."""
        endpoint, = self.admin.get("/status")["endpoints"]
        return endpoint["sharedBy"]["part"]

    def state(self):
        """(state, cause)"""
        stream = self.stream()
        return stream["state"], stream["cause"]


class MembersScenario(StreamScenario):
    """`members`: those that were started, by name. Their judge expects that nothing comes twice,
    unless a scene sets `is_shared`."""

    def start_members(self, topic, *names, lines="", before=""):
        self.emulator = self.start_service()
        self.judge = Judge(topic, self.emulator)
        self.members = {name: self.start_member(topic, name, lines, before) for name in names}
        self.wait_for_shares(topic.partitions)
        return self.members.values()

    def start_service(self):
        return self.start_emulator("--delay", "1")

    def way_to(self, name):
        """A command that ends by running the member of that name: on another host."""
        del name
        return ()

    def start_member(self, topic, name, lines="", before=""):
        folder = Path(self.folder, name)
        folder.mkdir()
        daemon = Awpsd(folder, self.emulator.connection, self.stream_config(topic, lines, before))
        self.addCleanup(daemon.close)
        self.daemons.append(daemon)
        return Member(name, daemon.start(through=self.way_to(name)))

    def wait_for_shares(self, partitions, seconds=30):
        """Each has as many as the others; one more or less."""
        least = partitions // len(self.members)
        def is_shared():
            owned = [member.owned() for member in self.members.values()]
            return sum(owned) == partitions and min(owned) >= least
        wait_until(is_shared, "each member to have its part", seconds)

    def see_a_socket_served(self, member):
        producer = self.connect(member.daemon, ack="delivered")
        for number in range(SOCKET_ACTIONS):
            producer.send(message(f"socket{number}", f"s{number}"))
        counts = self.outcomes(producer, SOCKET_ACTIONS).counts
        self.assertEqual(counts["delivered"], SOCKET_ACTIONS)

    def stream_or_why(self):
        return {name: member.state() for name, member in self.members.items()}


class SteadyLoad:
    """Writes `rate` records a second to `groups` groups, as far as turn() is called."""

    def __init__(self, topic, rate, groups):
        self.writer = topic.writer()
        self.rate, self.groups = rate, groups
        self.written = 0
        self.begun = time.monotonic()

    def turn(self):
        """Writes what is due. False, so that a wait may begin with it."""
        due = int((time.monotonic() - self.begun) * self.rate)
        for number in range(self.written, max(due, self.written)):
            self.writer.send(f"g{number % self.groups}", number)
        self.written = max(due, self.written)
        self.writer.producer.poll(0)
        return False

    def wait_until(self, condition, what, seconds=60.0):
        return wait_until(lambda: self.turn() or condition(), what, seconds)

    def end(self):
        self.writer.flush()

    def go_on(self):
        """As if no time had passed since the last turn."""
        self.begun = time.monotonic() - self.written / self.rate
