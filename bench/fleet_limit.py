"""How well do daemons use a limit that they share by a stream, and how evenly? Each has a hub of
its own, by which its requests are told apart; all have more to send than they may.
"""

import contextlib

from fleet_daemons import Fleet, Table, ended_at_once
from limits_table import ONE_BY_ONE, wait
from programs import Emulator
from stream_topic import Topic, send
from waiting import wait_until

LIMIT = 300
PARTITIONS_EACH = 8
GROUPS_EACH = 4       # of a partition
DEMAND = 1.5          # of the limit, so that no partition is empty before the end
SHORT_OF = 0.7        # what a service permits that is 30 % below the limit
SHARED = f'service.requests_per_second = {LIMIT}\nservice.shared_by = "orders"\n'
LEARNT = ""
WAYS = (("shared, service at the limit", SHARED, 1.0),
        ("shared, service 30 % below", SHARED, SHORT_OF),
        ("only learnt from 429", LEARNT, 1.0))
# (use, part of 429, Jain's index, least share): of 429 at most, of the others at least. Below the
# limit the daemons learn, each for itself, and fairness comes with time.
BARS = {1.0: (0.97, 0.005, 0.99, 0.9), SHORT_OF: (0.90, 0.05, 0.90, 0.5)}


def fill(topic, count):
    """As many records in each partition, so that the parts alone decide."""
    writer = topic.writer()
    for number in range(count):
        partition = number % topic.partitions
        group = f"p{partition}-{number // topic.partitions % GROUPS_EACH}"
        writer.write(None, send(group, number), partition=partition)
    writer.flush()


class Shares:
    """What the service answered in a time, by daemon."""

    def __init__(self, entries, parts, permitted):
        """`parts` of the whole, one a daemon; `permitted` requests in all."""
        done = [0] * len(parts)
        self.refused = self.asked = 0
        for entry in entries:
            self.asked += 1
            if entry["status"] == 429:
                self.refused += 1
            elif entry["tookEffect"]:
                done[int(entry["hub"][1:])] += 1
        ratios = [count / (part * permitted) for count, part in zip(done, parts)]
        self.use = sum(done) / permitted
        self.least = min(ratios)
        squares = sum(ratio ** 2 for ratio in ratios)
        self.jain = sum(ratios) ** 2 / (len(ratios) * squares) if squares else 0.0

    def refused_part(self):
        return self.refused / self.asked if self.asked else 1.0


# The service counts by the second. With less, a machine that stalls for 100 ms sends in a burst
# what was even, and each 429 costs a daemon the second that it is told to wait.
def measure(broker, way, daemons, warm, length):
    name, config, part = way
    permitted = LIMIT * part
    with contextlib.ExitStack() as stack:
        topic = Topic(broker, f"{name.replace(' ', '-').replace(',', '').replace('%', '')}-"
                              f"{daemons}", PARTITIONS_EACH * daemons)
        emulator = stack.enter_context(Emulator(
            "--requests-per-second", f"{permitted:g}", "--burst", f"{permitted:g}",
            "--delay", "5",
            "--log-entries", str(int(3 * LIMIT * (warm + length)))))
        fleet = stack.enter_context(ended_at_once(Fleet(
            stack, emulator, daemons, config=ONE_BY_ONE + config, topic=topic,
            hubs=[f"d{number}" for number in range(daemons)])))
        fleet.wait_for_parts()
        fill(topic, int(DEMAND * LIMIT * (warm + length)))
        wait_until(lambda: emulator.requests() > 0, "the first request")
        wait(warm + length)
        entries = [entry for entry in emulator.log() if entry["operation"] != "health"]
        owned = fleet.owned()
        if sum(owned) != topic.partitions:
            raise RuntimeError(f"the partitions moved: {owned}")
    end = max(entry["arrivedNs"] for entry in entries)
    return Shares([entry for entry in entries if entry["arrivedNs"] > end - length * 1e9],
                  [each / topic.partitions for each in owned], permitted * length)


def limit(broker, is_quick):
    """The part of fleet.py."""
    warm, length = (6, 8) if is_quick else (15, 20)
    print(f"\n{LIMIT} requests/s, demand {DEMAND:g} times that, {PARTITIONS_EACH} partitions a "
          f"daemon, Retry-After: 1; {length} s after {warm} s")
    table = Table("limit", "daemons", "use", "answered 429", "Jain's index", "least share")
    for way in WAYS[:2] if is_quick else WAYS:
        for daemons in (2, 10):
            found = measure(broker, way, daemons, warm, length)
            table.line(way[0], daemons, f"{found.use:.3f}", f"{100 * found.refused_part():.2f} %",
                       f"{found.jain:.3f}", f"{found.least:.2f}")
            if way[1] == SHARED:
                use, refused, jain, least = BARS[way[2]]
                table.bar(found.use >= use and found.refused_part() <= refused and
                          found.jain >= jain and found.least >= least,
                          f"use ≥ {use}, 429 ≤ {refused}, Jain ≥ {jain}, least ≥ {least}")
    return table.missed == 0
