#!/usr/bin/env python3
"""By hand: what awpsd makes of limits and failures, in figures; the bounds are of DESIGN.md §5.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/limits.py [--quick] [PART…]

--help names the PARTs; all by default. --quick takes a sixth of the time. --before BIN_DIR runs an
older awpsd first, beside today's emulator. The status is 1 if a bound is missed.
"""

import argparse
import os
import socket
import sys
import time

import fault_run
import limits_learners
import limits_repro
import limits_targets
from admin import Admin
from limits_table import NS, ONE_BY_ONE, Table, percent, wait
from paced import Flood, group_line, send_paced
from programs import OF_ACTIONS, Awpsd, Emulator, temporary_folder
from waiting import wait_until

ROUND_TRIPS_MS = (0, 25)


def known(status):
    """All that awpsd has accepted, by its status line."""
    return sum(number for name, number in status.items() if name != "hubs")


def kept(daemon):
    return sum(len(path.read_text().splitlines()) for path in daemon.undelivered_files())


# ---- a service that takes 1,000 requests a second, and is offered 5,000


PERMITTED, OFFERED = 1000, 5000


def throttle(table, seconds):
    for round_trip in ROUND_TRIPS_MS:
        for retry_after, used in (("none", 97), ("1", 90)):
            table.title(f"{OFFERED:,} actions/s for {seconds:g} s to a service that takes "
                        f"{PERMITTED:,}; Retry-After: {retry_after}; round trip {round_trip} ms")
            throttle_one(table, seconds, round_trip, retry_after, used)


def throttle_one(table, seconds, round_trip, retry_after, used_bound):
    with (temporary_folder() as folder,
          Emulator("--log-entries", "0", "--delay", str(round_trip), "--retry-after", retry_after,
                   "--requests-per-second", str(PERMITTED)) as emulator,
          Awpsd(folder, emulator.connection, ONE_BY_ONE + 'drain_timeout = "100ms"\n') as daemon):
        daemon.start()
        flood = Flood(daemon.socket_path, {}, groups=1000, rate=OFFERED)
        wait_until(lambda: emulator.requests() > 0, "the first request")
        begin = time.monotonic()
        halfway, used = None, []
        before = emulator.counters()
        while (passed := time.monotonic() - begin) < seconds:
            wait(0.5)
            now = emulator.counters()
            used.append(now["tookEffect"] - before["tookEffect"])
            before = now
            halfway = halfway or (now if passed > seconds / 2 else None)
        length = time.monotonic() - begin
        flood.stop()
        daemon.process.terminate()
        daemon.wait()
        end = emulator.counters()
        refused, asked = before["throttled"], before["requests"]
        table.at_least("of the permitted rate used, %",
                       percent(before["tookEffect"], PERMITTED * length), used_bound)
        table.at_most("of the requests answered 429, %", percent(refused, asked),
                      1 if retry_after == "none" else 100, "{:.2f}")
        late = percent(refused - halfway["throttled"], asked - halfway["requests"])
        table.row("  in the second half, %", f"{late:.2f}")
        table.row("requests a second, least and most in 0.5 s", f"{2 * min(used)}–{2 * max(used)}")
        lost = flood.sent - end["tookEffect"] - kept(daemon)
        table.at_most("lost (what was under way at the end is kept)", lost, 0, "{:,}")


# ---- Retry-After: 5


UNDER_WAY_SECONDS = 0.1  # beyond the round trip: written before the answer was read


def pause(table, seconds):
    for round_trip in ROUND_TRIPS_MS:
        table.title(f"429 with Retry-After: 5 under load; round trip {round_trip} ms")
        with (temporary_folder() as folder,
              Emulator("--log-entries", "1000000", "--delay", str(round_trip)) as emulator,
              Awpsd(folder, emulator.connection, ONE_BY_ONE + 'drain_timeout = "100ms"\n')
              as daemon):
            daemon.start()
            emulator.set_faults([{"name": "pause", "skip": 2000, "count": 1, "status": 429,
                                  "headers": {"Retry-After": "5"}}])
            flood = Flood(daemon.socket_path, {}, groups=1000, rate=OFFERED)
            wait_until(lambda: emulator.fault_counts()["pause"] > 0, "the pause")
            wait(min(seconds, 10))
            flood.stop()
            daemon.process.terminate()
            daemon.wait()
            log = list(emulator.log())
        answered, = (entry["arrivedNs"] + round_trip * NS // 1000 for entry in log
                     if entry["fault"] == "pause")
        late = [(entry["arrivedNs"] - answered) / NS for entry in log
                if entry["arrivedNs"] > answered + UNDER_WAY_SECONDS * NS]
        table.exactly("requests inside the pause", sum(moment < 5 for moment in late), 0)
        table.at_most("first request after the answer, s", min(late, default=99), 5.5, "{:.2f}")
        table.row("requests in the first second after it",
                  f"{sum(moment < late[0] + 1 for moment in late):,}" if late else "none")


# ---- an outage


RATE, LIMIT = 10_000, 12_000
BUDGET_MIB = 64
STEP_SECONDS = 0.25


def outage(table, seconds):
    table.title(f"the service is away for {seconds:g} s; {RATE:,} actions/s, a limit of "
                f"{LIMIT:,} requests/s, a budget of {BUDGET_MIB} MiB")
    config = (ONE_BY_ONE + f"service.requests_per_second = {LIMIT}\n"
              f'hub_defaults.max_queued_bytes = "{BUDGET_MIB}MiB"\n'
              "hub_defaults.max_producer_share = 1.0\n")
    with (temporary_folder() as folder,
          Emulator("--log-entries", "1000000") as emulator,
          Awpsd(folder, emulator.connection, config) as daemon):
        daemon.start()
        flood = Flood(daemon.socket_path, {}, groups=1000, rate=RATE)
        wait(2)
        full = rate_over(emulator, 3)
        base = resident_mebibytes(daemon, "VmRSS")
        emulator.kill()
        wait(seconds)
        waiting = daemon.status()["actions waiting"]
        emulator.restart()
        recovered, returned = seconds_until_rate(emulator, 0.9 * full), time.monotonic()
        most = resident_mebibytes(daemon, "VmHWM")
        wait(max(0.0, 5 - (time.monotonic() - returned)))
        flood.stop()
        wait_until(lambda: daemon.status()["actions waiting"] == 0, "the backlog's end", 300)
        status = daemon.status()
        arrivals = [entry["arrivedNs"] for entry in emulator.log()]
    table.row("full rate before it, requests/s", f"{full:,.0f}")
    table.row("waiting at its end", f"{waiting:,}")
    table.at_most("back to 90 % of the full rate after, s", recovered, 5)
    # The burst is 100 ms' worth; what arrives is not as even as what is sent.
    table.at_most("most requests in any second after it", most_in(arrivals, NS),
                  LIMIT * 1.1 * 1.01, "{:,.0f}")
    table.at_most("resident at most, MiB", most, base + 1.5 * BUDGET_MIB)
    table.exactly("delivered", status["delivered"], flood.sent)
    table.exactly("dead letters", status["dead letters"], 0)


def rate_over(emulator, seconds):
    before, begin = emulator.requests(), time.monotonic()
    wait(seconds)
    return (emulator.requests() - before) / (time.monotonic() - begin)


def seconds_until_rate(emulator, rate):
    """From now until a step in which that rate is reached."""
    begin = time.monotonic()
    while time.monotonic() - begin < 60:
        if rate_over(emulator, STEP_SECONDS) >= rate:
            return time.monotonic() - begin
    return float("inf")


def most_in(times, length):
    most = first = 0
    for place, moment in enumerate(times):
        while moment - times[first] >= length:
            first += 1
        most = max(most, place - first + 1)
    return most


def resident_mebibytes(daemon, which):
    with open(f"/proc/{daemon.process.pid}/status") as file:
        line = next(line for line in file if line.startswith(which + ":"))
    return int(line.split()[1]) / 1024


# ---- neighbours


QUIET_RATE, HUB_RATE = 20, 1000
NOISE_MS = 5  # of a machine of two cores


def hubs(table, seconds):
    for name in ("refuses connections", "never answers"):
        table.title(f"two hubs, the service of one {name}; {HUB_RATE:,} actions/s to the other")
        with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
              Emulator() as other,
              Awpsd(folder, emulator.connection,
                    'drain_timeout = "100ms"\nservices.other.connection = "OtherConnection"\n'
                    'hubs.chat.service = ""\nhubs.lost.service = "other"\n',
                    environment={"OtherConnection": other.connection}) as daemon):
            other.kill()
            daemon.start()
            alone = paced(daemon, HUB_RATE, seconds / 3)
            with socket.socket() as mute:
                mute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                mute.bind(("127.0.0.1", other.port))
                if name == "never answers":
                    mute.listen(1000)
                flood = Flood(daemon.socket_path, {"hub": "lost"}, rate=HUB_RATE)
                wait(2)
                among = paced(daemon, HUB_RATE, seconds / 3)
                flood.stop()
            daemon.process.kill()
        compare(alone, among)
        table.at_most("p99 above alone, ms", 1e3 * (among[0].quantile(0.99) -
                                                    alone[0].quantile(0.99)), 1)
        table.at_least("throughput, % of alone", percent(among[1], alone[1]), 99)


def producers(table, seconds):
    table.title(f"a hub of 2,000 requests/s; a producer of {QUIET_RATE} actions/s beside one that "
                f"offers {1000 * QUIET_RATE:,}")
    with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection,
                ONE_BY_ONE + 'drain_timeout = "100ms"\nhub_defaults.requests_per_second = 2000\n'
                f'hub_defaults.max_queued_bytes = "{BUDGET_MIB // 8}MiB"\n') as daemon):
        daemon.start()
        alone = paced(daemon, QUIET_RATE, seconds)
        flood = Flood(daemon.socket_path, {"producer": "noisy"}, rate=1000 * QUIET_RATE)
        wait(1)
        filling = paced(daemon, QUIET_RATE, seconds / 3)
        wait_until(lambda: is_blocked(flood), "a full share", 60)
        full = paced(daemon, QUIET_RATE, seconds)
        table.row("actions of the noisy one that wait", f"{daemon.status()['actions waiting']:,}")
        daemon.process.kill()
        flood.stop()
    for name, among in (("while the share fills", filling), ("when the share is full", full)):
        compare(alone, among)
        table.at_most(f"p99 {name}, ms", 1e3 * among[0].quantile(0.99),
                      2e3 * alone[0].quantile(0.99) + NOISE_MS)


def is_blocked(flood):
    before = flood.sent
    wait(0.3)
    return flood.sent == before


def paced(daemon, rate, seconds):
    """(latencies, actions delivered a second)"""
    begin = time.monotonic()
    latencies = send_paced(daemon.socket_path, {"hub": "chat"},
                           lambda number: group_line(f"g{number % 100}", number), rate, seconds)
    return latencies, len(latencies.seconds) / (time.monotonic() - begin)


def compare(alone, among):
    print(f"  alone: {alone[0]}; among neighbours: {among[0]}")


# ---- faults of all kinds


ALL_FAULTS = [{"match": OF_ACTIONS, **rule} for rule in (
    {"name": "reset before", "probability": 0.01, "reset": "before"},
    {"name": "reset after", "probability": 0.01, "reset": "after"},
    {"name": "500", "probability": 0.01, "status": 500},
    {"name": "500 after", "probability": 0.01, "status": 500, "effect": True},
    {"name": "502 after", "probability": 0.005, "status": 502, "effect": True},
    {"name": "503", "probability": 0.02, "status": 503},
    {"name": "503 early", "probability": 0.005, "status": 503, "earlyAnswer": True},
    {"name": "504 after", "probability": 0.005, "status": 504, "effect": True},
    {"name": "408", "probability": 0.01, "status": 408},
    {"name": "slow", "probability": 0.015, "delayMs": 20},
    {"name": "stall", "probability": 0.0001, "stall": True},
    {"name": "429", "every": 50_000, "status": 429, "headers": {"retry-after-ms": "20"}})]
# After these nothing has happened, or the answer says what did.
CERTAIN = ("503", "503 early", "429", "slow")
UNANSWERED = ("reset after", "500 after", "502 after", "504 after")


def faults(table, seconds):
    actions = 1_000_000 if seconds >= 60 else 100_000
    table.title(f"{actions:,} actions under 10 % random faults of all kinds")
    with (temporary_folder() as folder,
          Emulator("--log-entries", str(actions + actions // 5)) as emulator,
          # Long, so that a busy machine makes no timeouts of its own: each is a repeat, too.
          Awpsd(folder, emulator.connection, fault_run.CONFIG + 'service.timeout = "10s"\n')
          as daemon):
        emulator.set_faults(ALL_FAULTS)
        daemon.start()
        begin = time.monotonic()
        total = fault_run.send_all(daemon.socket_path, actions)
        table.row("actions a second", f"{actions / (time.monotonic() - begin):,.0f}")
        arrivals = fault_run.Arrivals(emulator.log(), UNANSWERED)
        applied = emulator.fault_counts()
        counted = Admin(daemon.admin_path).hub("chat")["requests"]["ambiguousRetries"]
    share = percent(sum(applied.values()), arrivals.requests)
    table.row("requests with a fault, %", f"{share:.1f}")
    table.exactly("delivered", total["delivered"], actions)
    table.exactly("other outcomes", sum(total.values()) - total["delivered"], 0)
    table.exactly("messages out of order or missing", len(arrivals.mistakes) + sum(
        arrivals.next_number[lane] != count
        for lane, count in arrivals.lanes_of(actions).items()), 0)
    table.exactly("messages that took effect again", arrivals.repeats, arrivals.effects_unanswered)
    table.exactly("  of them although they were answered", len(arrivals.unexplained), 0)
    ambiguous = sum(count for name, count in applied.items() if name not in CERTAIN)
    table.exactly("retries that the daemon counts as ambiguous", counted, ambiguous)


# ---- a fault harms only what it touches; see the modules


PARTS = {part.__name__: part for part in (
    throttle, pause, outage, hubs, producers, faults, limits_targets.sick, limits_learners.shares,
    limits_learners.unrelated, limits_learners.quick, limits_learners.at_once,
    limits_repro.poisoned, limits_repro.moved, limits_repro.few_sick, limits_repro.throttled_group,
    limits_repro.one_in_a_hundred, limits_repro.odd_name, limits_repro.empty_broadcast,
    limits_repro.gateway_timeout, limits_repro.expiring, limits_repro.forms,
    limits_repro.wrong_address, limits_repro.kind_hold, limits_repro.learnt_bound,
    limits_repro.many_rules, limits_repro.parked_filter)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="10 s instead of 60")
    parser.add_argument("--before", metavar="BIN_DIR",
                        help="run each part with that folder's awpsd first, and show both figures")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    arguments = parser.parse_args()
    unknown = [name for name in arguments.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part '{unknown[0]}', only {', '.join(PARTS)}")
    seconds = 10.0 if arguments.quick else 60.0
    missed = []
    for name in arguments.parts or PARTS:
        before = None
        if arguments.before:
            before = run_part(Table(is_silent=True), name, seconds, arguments.before).kept
        if run_part(Table(before), name, seconds).missed:
            missed.append(name)
    print(f"\nbounds missed in: {', '.join(missed)}" if missed else "\nOK")
    return 1 if missed else 0


def run_part(table, name, seconds, folder=None):
    """With the awpsd of that folder; an old one may not get through."""
    environment = dict(os.environ)
    if folder is not None:
        os.environ["AWPS_DAEMON_BUILD"] = folder
    try:
        PARTS[name](table, seconds)
    except (AssertionError, RuntimeError, OSError) as error:
        table.failed(error)
    finally:
        os.environ.clear()
        os.environ.update(environment)
    return table


if __name__ == "__main__":
    sys.exit(main())
