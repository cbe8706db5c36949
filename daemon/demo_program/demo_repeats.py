"""What one client receives because awpsd was killed: messages that were sent before the kill and
came after it.

awpsd sends again what it had not yet noted as delivered, and a producer what it was not told to be
accepted. A client that has it gets it twice; one that has joined the group since gets it, too.
"""

import time
from collections import Counter, OrderedDict, defaultdict

from intervals import contains

KEPT_NS = 5_000_000_000  # so long it is remembered when a message came


class Repeats:
    def __init__(self, shared):
        self.shared = shared
        self.came = OrderedDict()       # (lane, number) -> when, of the last seconds
        self.twice = Counter()          # lane -> how many
        self.behind = defaultdict(set)  # lane -> numbers that came after greater ones
        self.old = defaultdict(set)     # lane -> numbers that were waiting, or are of a repeat
        self.oldest_ns = 0              # of what came twice, from a first receipt before the kill

    def take(self, received, lane, number, sent_ns):
        """Adds the number to what was received, unless a kill explains it."""
        killed = self.shared.killed_ns.value
        if sent_ns >= killed:
            received.add(number)
            self._remember((lane, number))
        elif received.has(number):
            self.twice[lane] += 1
            first = self.came.get((lane, number), killed - KEPT_NS)
            self.oldest_ns = max(self.oldest_ns, killed - first)
        elif received.is_behind(number):
            self.behind[lane].add(number)
        else:
            received.add(number)
            self.old[lane].add(number)
            self._remember((lane, number))

    def settle(self, received, lane, expected):
        """At the end: what was expected did come late. (How often something came again, how many of
        these are in `received`)
        """
        for number in sorted(self.behind[lane]):
            if contains(expected, number):
                self.behind[lane].discard(number)
                received.add(number)
        extra = sum(not contains(expected, number) for number in self.old[lane])
        return self.twice[lane] + len(self.behind[lane]) + extra, extra

    def _remember(self, key):
        if not self.shared.is_durable:
            return  # nobody is killed
        now = time.monotonic_ns()
        self.came[key] = now
        while now - next(iter(self.came.values())) > KEPT_NS:
            self.came.popitem(last=False)
