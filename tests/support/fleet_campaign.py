"""A fleet under load: its members join, are terminated, killed and put to sleep, and what that
repeats is counted event by event: see FleetJudge.
"""

import signal
from collections import Counter

from programs import OF_ACTIONS
from scenario import wait_until
from stream_judge import Judge
from stream_members import MembersScenario, SteadyLoad
from stream_scenario import SESSION_SECONDS

PARTITIONS = 12
GROUPS = 120
RATE = 1000  # records a second
MAX_AHEAD = 500
MAX_IN_FLIGHT = 64  # the default of a service
MUCH_WAITS = 10 * MAX_IN_FLIGHT
STALE_SECONDS = 1
TERMINATED_REPEATS = 50
# Of a partition that is given back amid a backlog: its groups do not advance in step. (Where the
# member is killed instead, a hundred.)
BACKLOG_REPEATS = 40
SOME = 500  # records, between an event and the next
SLOWEST_MS = 20
DELAYS = {"name": "delay", "match": OF_ACTIONS, "delayMs": 0, "delayToMs": SLOWEST_MS,
          "continues": True}
# Amid a backlog, so that the groups of a partition drift apart little, and it lasts.
EVEN_DELAYS = {**DELAYS, "delayMs": 15}


class FleetJudge(Judge):
    """A life is what lies between one event and the next. What comes again must not have been
    committed at the look before, whoever sends it; only a member that wakes up may not know that
    yet. What it sends of such records is `stale`: seconds after it was woken.
    """

    def __init__(self, topic, emulator):
        super().__init__(topic, emulator)
        self.is_shared = True
        self.stale = []
        self._woken_ns = None

    def look(self):
        super().look()
        self._committed = self._seen

    def begin_event(self):
        self.look()
        self.life += 1
        self.steps_back = Counter()

    def begin_waking(self):
        """Just before it: the emulator's own clock says when."""
        self.look()
        self.emulator.mark(self.life)
        self.read_log()
        self._woken_ns = self.last_ns

    def repeats_of(self, partitions):
        """Since the event."""
        return sum(self.repeats[self.life, each] for each in partitions)

    def _take_late_repeat(self, partition, offset):
        if self._woken_ns is None:
            super()._take_late_repeat(partition, offset)
        else:
            self.stale.append((self.last_ns - self._woken_ns) / 1e9)


class FleetScenario(MembersScenario):
    has_backlog = False

    def start_fleet(self, *names, partitions=PARTITIONS, rate=RATE):
        self.topic = self.make_topic(partitions)
        self.lines = f"max_ahead = {MAX_AHEAD}\n"
        self.start_members(self.topic, *names, lines=self.lines)
        self.emulator.set_faults([DELAYS])
        self.judge = FleetJudge(self.topic, self.emulator)
        self.load = SteadyLoad(self.topic, rate, GROUPS)
        self.wait_for_more()

    def start_service(self):
        return self.start_emulator(log_entries=500_000)

    def wait_for_more(self, count=SOME):
        enough = len(self.judge.arrived) + count
        self.load.wait_until(lambda: self.judge.look() or len(self.judge.arrived) >= enough,
                             "more to arrive")

    def wait_for_shares(self, partitions, seconds=30):
        """Under load, once there is one."""
        if not hasattr(self, "load"):
            super().wait_for_shares(partitions, seconds)
            return
        least = partitions // len(self.members)

        def is_shared():
            self.judge.look()
            owned = [member.owned() for member in self.members.values()]
            return sum(owned) == partitions and min(owned) >= least
        self.load.wait_until(is_shared, "each member to have its part", seconds)

    def write_backlog(self, count):
        """At once, at the next turn."""
        self.has_backlog = True
        self.emulator.set_faults([EVEN_DELAYS])
        self.load.begun -= count / self.load.rate

    def partitions_of(self, member):
        return [each["number"] for each in member.stream()["partitions"]]

    def changes(self):
        """How often each member that is awake has given partitions back, or lost them."""
        found = {name: member.stream()["rebalances"] for name, member in self.members.items()}
        return Counter({name: each["revoked"] + each["lost"] for name, each in found.items()})

    def begin_event(self):
        self.judge.begin_event()
        self.before = self.changes()

    def end_event(self, what, partitions=(), most=None):
        """Once all have their parts and the load goes on. `partitions` were those of the member
        that it happened to."""
        self.wait_for_shares(self.topic.partitions)
        self.wait_for_more()
        repeats = self.judge.repeats_of(partitions)
        others = self.judge.repeats_of(range(self.topic.partitions)) - repeats
        steps = max(self.judge.steps_back.values(), default=0)
        print(f"{what}: {repeats} of its {len(partitions)} partitions came again, {others} of the "
              f"others; a group went back {steps} times at most")
        if most is not None:
            self.assertLessEqual(repeats, most)
        # The others give back all that they have, too, before each has its new part.
        self.assertLessEqual(others, self.most_given_back(len(self.members), self.topic.partitions))
        # A group begins again with an ownership alone: also with that which the event has ended.
        changes = self.changes() - self.before
        self.assertLessEqual(steps, max(changes.values(), default=0) + 1)

    def most_given_back(self, members, partitions):
        """What comes again of partitions that so many members have given back in order."""
        if self.has_backlog:
            return BACKLOG_REPEATS * partitions
        return TERMINATED_REPEATS * members

    def join(self, name):
        self.begin_event()
        self.members[name] = self.start_member(self.topic, name, self.lines)
        self.end_event(f"'{name}' joins")

    def terminate(self, name):
        member = self.members[name]
        owned = self.partitions_of(member)
        self.begin_event()
        del self.members[name]
        member.daemon.signal(signal.SIGTERM)
        self.load.wait_until(member.daemon.has_ended, f"'{name}' to end")
        self.assertEqual(member.daemon.wait(), 0)
        self.assertEqual(member.daemon.undelivered_files(), [])
        # Whoever ends in order is replaced at once, not when its session is over.
        self.load.wait_until(lambda: self.topic.members() == len(self.members),
                             f"'{name}' to have left its group", SESSION_SECONDS / 2)
        self.end_event(f"'{name}' is terminated", owned,
                       self.most_given_back(1, len(owned)))

    def kill(self, name):
        member = self.members[name]
        owned = self.partitions_of(member)
        self.begin_event()
        del self.members[name]
        member.daemon.signal(signal.SIGKILL)
        member.daemon.wait()
        self.end_event(f"'{name}' is killed", owned, MAX_AHEAD * len(owned))

    def sleep_and_wake(self, name):
        """Longer than the session; meanwhile the others take over and deliver what it had."""
        member = self.members[name]
        owned = self.partitions_of(member)
        self.begin_event()
        del self.members[name]
        member.daemon.signal(signal.SIGSTOP)
        self.end_event(f"'{name}' sleeps", owned, MAX_AHEAD * len(owned))
        self.wait_for_more(2 * RATE)  # what it had open is committed by others
        self.begin_event()
        self.wake(member)
        self.members[name] = member
        self.end_event(f"'{name}' wakes up", owned,
                       self.most_given_back(len(self.members), self.topic.partitions))
        self.judge_stale()
        self.assertEqual(member.lost(), 1)

    def wake(self, member):
        self.judge.begin_waking()
        member.daemon.signal(signal.SIGCONT)

    def judge_stale(self):
        stale = self.judge.stale
        print(f"{len(stale)} records were sent though others had delivered them, the last "
              f"{max(stale, default=0):.3f} s after the waking")
        self.assertLessEqual(len(stale), MAX_IN_FLIGHT)
        self.assertLess(max(stale, default=0), STALE_SECONDS)

    def end_load(self):
        self.load.end()
        self.wait_for_all(120)

    def stop_all(self):
        """Terminated at once: each ends in order, and all is committed."""
        for member in self.members.values():
            member.daemon.signal(signal.SIGTERM)
        for name, member in self.members.items():
            self.assertEqual((name, member.daemon.wait()), (name, 0))
        wait_until(self.judge.has_all, "all to be committed still")

    def sleep_alone(self, name):
        """The others deliver all there is before it wakes up: whatever comes then is stale."""
        member = self.members.pop(name)
        self.load.wait_until(lambda: member.waiting() > MUCH_WAITS, "much to wait in it")
        member.daemon.signal(signal.SIGSTOP)
        self.wait_for_shares(self.topic.partitions, 5 * SESSION_SECONDS)
        self.end_load()
        self.emulator.set_faults([])  # who sends on when it wakes up sends much
        self.judge.begin_event()
        self.wake(member)
        self.members[name] = member
