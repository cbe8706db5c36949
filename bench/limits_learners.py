"""What the daemon learns from answers, and whether one kind of answer spoils it: fair shares of
daemons on one service, 429s that have nothing to do with the rate, quick answers of another kind.
"""

import json
import time
from collections import Counter
from contextlib import ExitStack

from limits_table import ONE_BY_ONE, QUICK_STOP, percent, wait
from load import Load
from producer import Producer
from programs import Awpsd, Emulator, temporary_folder

# ---- daemons that share one service


DAEMONS, SERVICE_RATE = 10, 300
FEED_SECONDS = 0.05


def shares(table, seconds):
    """The part: each daemon has a hub of its own, by which its requests are told apart."""
    warm, length = max(20.0, seconds), max(10.0, seconds / 3)
    table.title(f"{DAEMONS} daemons on a service of {SERVICE_RATE} requests/s, Retry-After: 1, "
                f"each offered twice its share; after {warm:g} s")
    entries = share_of(warm, length, daemons=DAEMONS, rate=SERVICE_RATE, retry_after="1")
    done = report_shares(table, entries, length, SERVICE_RATE, DAEMONS)
    table.at_most("answered 429, %", percent(len(entries) - sum(done.values()), len(entries)), 3,
                  "{:.2f}")
    table.title(f"5 daemons told 20/s each on a service of 100/s, Retry-After: 1; after {warm:g} s")
    entries = share_of(warm, length, daemons=5, rate=100, retry_after="1",
                       config="service.requests_per_second = 20\n")
    report_shares(table, entries, length, 100, 5)


def report_shares(table, entries, length, rate, daemons):
    done = Counter(entry["hub"] for entry in entries if entry["status"] < 300)
    each = rate * length / daemons
    least = min(done.get(f"d{number}", 0) for number in range(daemons)) / each
    squares = sum(count ** 2 for count in done.values())
    table.at_least("least share (1: what is fair)", least, 0.5, "{:.2f}")
    table.at_least("use of the service's rate, %", percent(sum(done.values()), rate * length), 90)
    table.row("Jain's index", f"{sum(done.values()) ** 2 / (daemons * squares or 1):.2f}")
    return done


def share_of(warm, length, *, daemons, rate, retry_after, config=""):
    """What arrived in the last `length` seconds."""
    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator(
            "--requests-per-second", str(rate), "--retry-after", retry_after, "--delay", "5",
            "--log-entries", str(int(3 * rate * (warm + length)))))
        paths = []
        for number in range(daemons):
            daemon = stack.enter_context(Awpsd(
                stack.enter_context(temporary_folder()), emulator.connection,
                ONE_BY_ONE + QUICK_STOP + config, hub=f"d{number}"))
            paths.append(daemon.start().socket_path)
        feed(paths, 2 * rate / daemons, warm + length)
        entries = list(emulator.log())
    end = max(entry["arrivedNs"] for entry in entries)
    return [entry for entry in entries if entry["arrivedNs"] > end - length * 1e9]


def feed(paths, rate, seconds):
    """So many actions a second to each of the sockets."""
    producers = [Producer(path, {}) for path in paths]
    begin, written = time.monotonic(), 0
    while (passed := time.monotonic() - begin) < seconds:
        due = int(passed * rate)
        for producer in producers:
            for number in range(written, due):
                producer.write(send_line(f"g{number % 100}"))
            producer.flush()
        written = due
        wait(FEED_SECONDS)
    for producer in producers:
        producer.close()


def send_line(group):
    return json.dumps({"actionName": "sendToGroup", "group": group, "data": "x"})


# ---- 429 that is not of the rate


CAPACITY = 750


def unrelated(table, seconds):
    length = max(10.0, seconds / 3)
    for share, bound in ((0.005, 90), (0.001, 90)):
        table.title(f"{100 * share:g} % of 429 that have nothing to do with the rate; a pace of "
                    f"{CAPACITY}/s, offered more; {length:g} s")
        with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
              Awpsd(folder, emulator.connection, ONE_BY_ONE + QUICK_STOP +
                    f"service.requests_per_second = {CAPACITY}\n") as daemon):
            emulator.set_faults([{"name": "round trip", "delayMs": 5, "continues": True},
                                 {"name": "429", "probability": share, "status": 429}])
            daemon.start()
            with Load(daemon.socket_path, lambda slot: send_line(f"g{slot}"), slots=400):
                wait(length / 2)
                before, begin = emulator.counters()["tookEffect"], time.monotonic()
                wait(length / 2)
                done = emulator.counters()["tookEffect"] - before
                used = percent(done, CAPACITY * (time.monotonic() - begin))
            daemon.process.kill()
        table.at_least("of the capacity used in the second half, %", used, bound)


# ---- quick answers of another kind among slow ones


QUICK, QUICK_PRODUCERS = 300, 10


def quick(table, _):
    """From producers of their own, so that for a moment nearly all answers are the quick ones."""
    bad_request = {"status": 400, "shape": "service", "errorCode": "Error.BadRequest"}
    for name, fault in (("400", bad_request), ("204 after 1 ms", {"delayMs": 1})):
        table.title(f"{QUICK} removes answered {name} among sends answered after 50–60 ms")
        with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
              Awpsd(folder, emulator.connection, ONE_BY_ONE + QUICK_STOP) as daemon):
            emulator.set_faults([
                {"name": "quick", "match": {"operation": "removeUserFromGroup"}, **fault},
                {"name": "slow", "delayMs": 50, "delayToMs": 60}])
            daemon.start()
            with Load(daemon.socket_path, lambda slot: send_line(f"g{slot}"), slots=400) as load:
                wait(4)
                before = rate_of(load, 3)
                remove_all(daemon.socket_path)
                wait(5)
                after = rate_of(load, 3)
            daemon.process.kill()
        table.row("sends a second before", f"{before:,.0f}")
        table.row("sends a second, 5 s after", f"{after:,.0f}")
        table.at_least("of the throughput after 5 s, %", percent(after, before), 90)


def rate_of(load, seconds):
    begin = time.monotonic()
    wait(seconds)
    return load.delivered_between(begin, time.monotonic()) / seconds


def remove_all(path):
    producers = [Producer(path, {}) for _ in range(QUICK_PRODUCERS)]
    for number in range(QUICK):
        producers[number % QUICK_PRODUCERS].write(remove_line(number))
    for producer in producers:
        producer.flush()
        producer.close()


def remove_line(number):
    return json.dumps({"actionName": "removeUserFromGroup", "userId": f"u{number}", "group": "r"})


# ---- 503 that says "at once"


def at_once(table, _):
    table.title("50 sends, each answered 503 with Retry-After: 0, for 5 s")
    for name, headers in (("with the header", {"Retry-After": 0}), ("without it", {})):
        with (temporary_folder() as folder, Emulator("--log-entries", "0") as emulator,
              Awpsd(folder, emulator.connection, ONE_BY_ONE + QUICK_STOP) as daemon):
            emulator.set_faults([{"name": "503", "match": {"operation": "send*"}, "status": 503,
                                  "headers": headers}])
            daemon.start()
            with Load(daemon.socket_path, lambda number: send_line(f"g{number}"), rate=1e6,
                      count=50):
                wait(5)
                requests = emulator.requests()
            daemon.process.kill()
        table.at_most(f"requests {name}", requests, 250, "{:,}")
