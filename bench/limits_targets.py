"""Half of all targets sick for good: what the healthy half gets, and what becomes of the sick."""

import json
import time
from dataclasses import dataclass

from limits_table import ONE_BY_ONE, QUICK_STOP, percent, wait, wait_while
from load import Load, is_in_fraction
from programs import Awpsd, Emulator, temporary_folder

TARGETS = 1000
HEALTHY, SICK = [], []
for _number in range(TARGETS):
    (SICK if is_in_fraction(f"g{_number}", 0.5) else HEALTHY).append(f"g{_number}")

PACE = 2000
ATTEMPTS = 3
ROUND_TRIP_MS = 5
# Until those of the sick that were sent have their outcome, above the run.
GRACE_SECONDS = 30
CONFIG = (ONE_BY_ONE + QUICK_STOP + f"service.requests_per_second = {PACE}\n"
          'service.timeout = "1s"\n'
          f"hub_defaults.retry.max_attempts = {ATTEMPTS}\nhub_defaults.retry.base = \"50ms\"\n"
          'hub_defaults.retry.max = "1s"\n')


@dataclass
class Way:
    name: str
    fault: dict
    actions: int = 500   # of the sick, one for each of so many targets
    settles: bool = True  # within the grace; False: its Retry-After is longer than that


# Where each attempt takes long, fewer of them: suspects have a tenth of the permits in all.
WAYS = [
    Way("500, fast", {"status": 500}),
    Way("500 after 200 ms", {"status": 500, "delayMs": 200}, actions=150),
    Way("reset before the effect", {"reset": "before"}),
    Way("reset after the effect", {"reset": "after"}),
    Way("timeout (1 s)", {"stall": True}, actions=40),
    Way("429, Retry-After: 1", {"status": 429, "headers": {"Retry-After": 1}}, actions=100),
    Way("429, Retry-After: 0", {"status": 429, "headers": {"Retry-After": 0}}, actions=100),
    Way("429, Retry-After: 30", {"status": 429, "headers": {"Retry-After": 30}}, actions=100,
        settles=False),
    Way("403 with HTML", {"status": 403, "shape": "html"}),
    Way("404", {"status": 404}),
    Way("400 of the old shape", {"status": 400, "shape": "aspnet"}),
]


@dataclass
class Run:
    throughput: float  # healthy ones delivered a second
    p99: float
    requests: float    # a second, all
    statuses: dict     # of the sick ones


def sick(table, seconds):
    """The part: every way after a run without the sick ones."""
    length = max(12.0, seconds / 3)
    table.title(f"{len(HEALTHY)} healthy groups in closed loops, pace {PACE:,}/s, {length:g} s")
    alone = run(None, length)
    table.row("alone: delivered a second", f"{alone.throughput:,.0f}")
    table.row("alone: p99, ms", f"{1e3 * alone.p99:.0f}")
    table.at_least("alone: requests a second, % of the pace", percent(alone.requests, PACE), 95)
    for way in WAYS:
        table.title(f"{len(SICK)} of {TARGETS:,} groups sick for good ({way.actions} actions): "
                    f"{way.name}")
        among = run(way, length)
        table.at_least("healthy throughput, % of alone",
                       percent(among.throughput, alone.throughput), 95)
        table.at_most("healthy p99, × alone", among.p99 / alone.p99, 2, "{:.2f}")
        table.at_least("requests a second, % of the pace", percent(among.requests, PACE), 90)
        dead = percent(among.statuses["dead_lettered"], way.actions)
        if way.settles:
            table.at_least("sick ones settled as dead letters, %", dead, 100)
        else:
            table.row("sick ones settled as dead letters, %", f"{dead:.1f}")


def run(way, seconds):
    with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection, CONFIG) as daemon):
        rules = [{"name": "round trip", "delayMs": ROUND_TRIP_MS, "continues": True}]
        if way is not None:
            rules.append({"name": "sick", **way.fault,
                          "match": {"operation": "sendToGroup", "targetFraction": 0.5}})
        emulator.set_faults(rules)
        daemon.start()
        with Load(daemon.socket_path, lambda slot: line(HEALTHY[slot]), slots=len(HEALTHY)) as load:
            wait(2)
            # They come at once, from a producer of their own.
            ill = way and Load(daemon.socket_path, lambda number: line(SICK[number % len(SICK)]),
                               rate=1e6, count=way.actions)
            begin, before = time.monotonic(), emulator.requests()
            wait(seconds)
            end, after = time.monotonic(), emulator.requests()
            result = Run(load.delivered_between(begin, end) / (end - begin),
                         load.latencies(begin, end).quantile(0.99),
                         (after - before) / (end - begin), {})
            if ill:
                wait_while(lambda: not ill.is_settled(), GRACE_SECONDS if way.settles else 0)
                ill.stop()
                result.statuses = ill.statuses()
        daemon.process.kill()
    return result


def line(group):
    return json.dumps({"actionName": "sendToGroup", "group": group, "data": "x"})
