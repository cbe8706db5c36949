"""How late are messages where each daemon has a backlog of its own for each group, and how late
where a stream gives each group to one daemon?
"""

import contextlib
import json
import random
import statistics
import time

from fleet_daemons import Clock, Fleet, Table, each_due
from producer import Producer
from programs import Emulator
from stream_topic import Topic, group_key
from waiting import wait_until

RATE, GROUPS, LIMIT = 2000, 50, 100
PARTITIONS = 80
SETTLE_SECONDS = 60
MERGE = '[[hubs.chat.merge]]\ngroups = "*"\nformat = "json_array"\n'
VALUE = ',"conflationKey":"v"'
FLAT = 2.0  # the median of ten daemons on a stream, times that of one


def line(number, fields):
    return (f'{{"actionName":"sendToGroup","group":"g{number % GROUPS}","dataType":"json",'
            f'"data":{number}{fields}}}')


class Sockets:
    """A producer at each daemon, as of programs on ten machines: a message of any group comes from
    any of them."""

    def __init__(self, fleet):
        self.producers = [Producer(daemon.socket_path, {"ack": "none"})
                          for daemon in fleet.daemons]
        self.random = random.Random(1)

    def write(self, number, fields):
        self.random.choice(self.producers).write(line(number, fields))

    def flush(self):
        for producer in self.producers:
            producer.flush()

    def close(self):
        for producer in self.producers:
            producer.close()


class Records:
    """The same into a topic."""

    def __init__(self, fleet):
        self.writer = fleet.topic.writer()

    def write(self, number, fields):
        self.writer.write(group_key(f"g{number % GROUPS}"), line(number, fields))

    def flush(self):
        self.writer.producer.poll(0)

    def close(self):
        self.writer.flush()


class Arrivals:
    """What the service got. Messages before `first` count as the time until it runs evenly."""

    def __init__(self, log, clock, begin, first):
        self.delays = []
        self.numbers = set()
        self.steps_back = 0  # messages behind a later one of their group
        self.last = {}       # group -> the number that came last
        newest = {}
        for entry in log:
            if not entry["tookEffect"] or entry["operation"] == "health":
                continue
            body = json.loads(entry["body"])
            for number in body if isinstance(body, list) else [body]:
                group = number % GROUPS
                self.numbers.add(number)
                self.last[group] = number
                self.steps_back += number < newest.get(group, -1)
                newest[group] = max(number, newest.get(group, -1))
                if number >= first:
                    self.delays.append(clock.arrived(entry) - begin - number / RATE)
        self.delays.sort()

    def quantile(self, part):
        return self.delays[int(part * (len(self.delays) - 1))]


def run(broker, daemons, seconds, *, is_stream, is_merge):
    """(arrivals, the fleet's superseded, requests)"""
    count = int(RATE * seconds)
    fields = "" if is_merge else VALUE
    kind = "merge" if is_merge else "values"
    with contextlib.ExitStack() as stack:
        # The service permits more, so that no 429 is in the way: the limit is the daemons'.
        emulator = stack.enter_context(Emulator("--log-entries", str(count), "--delay", "5"))
        clock = Clock(emulator)
        topic = Topic(broker, f"{kind}-{daemons}", PARTITIONS) if is_stream else None
        limit = (f'service.requests_per_second = {LIMIT}\nservice.shared_by = "orders"\n'
                 if is_stream else f"service.requests_per_second = {LIMIT / daemons:g}\n")
        fleet = Fleet(stack, emulator, daemons, config=limit,
                      tables=MERGE if is_merge else "", topic=topic).wait_for_parts()
        way = stack.enter_context(contextlib.closing((Records if is_stream else Sockets)(fleet)))
        begin = time.monotonic()
        for number in each_due(count, RATE, begin):
            if number is None:
                way.flush()
            else:
                way.write(number, fields)
        way.flush()
        wait_until(lambda: fleet.outcomes("delivered") + fleet.outcomes("superseded") >= count,
                   "all outcomes", SETTLE_SECONDS)
        found = Arrivals(emulator.log(), clock, begin, first=count // 3)
        superseded = fleet.outcomes("superseded")
        if is_merge and len(found.numbers) != count:
            raise RuntimeError(f"{len(found.numbers)} of {count} messages arrived")
        return found, superseded, emulator.requests()


def staleness(broker, is_quick):
    """The part of fleet.py."""
    seconds = 12 if is_quick else 20
    missed = 0
    for is_merge in (True,) if is_quick else (True, False):
        kind = "`merge`" if is_merge else "values with a `conflationKey`"
        print(f"\n{RATE:,} messages/s into {GROUPS} groups, {LIMIT} requests/s permitted to all "
              f"daemons together, {kind}, {seconds} s, delays of the last two thirds")
        table = Table("daemons", "way", "median", "p99", "delivered", "superseded", "requests",
                      "behind a later one", "groups that end with an old value")
        medians = {}
        for daemons in (1, 10) if is_quick else (1, 2, 5, 10):
            for is_stream in (False, True):
                found, superseded, requests = run(broker, daemons, seconds,
                                                  is_stream=is_stream, is_merge=is_merge)
                medians[daemons, is_stream] = statistics.median(found.delays)
                old = sum(number < RATE * seconds - GROUPS for number in found.last.values())
                table.line(daemons, "stream" if is_stream else "own backlog",
                           f"{medians[daemons, is_stream]:.2f} s", f"{found.quantile(0.99):.2f} s",
                           f"{len(found.numbers):,}", f"{superseded:,}", f"{requests:,}",
                           f"{found.steps_back:,}", old)
                table.bar(not is_stream or not found.steps_back, "order across daemons")
        table.bar(medians[10, True] <= FLAT * medians[1, True], "flat on a stream")
        missed += table.missed
    return missed == 0
