"""What does the gateway cost, and what does it give? Microsoft's SDK straight at the service and
through the gateway, in turn; the latency that it adds; and coalescing, where few requests are
permitted.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support /usr/bin/python3 bench/gateway_rate.py
        [--quick] [rate] [latency] [coalescing]

Each part checks its result before it says a figure; the exit status is 1 if a bar is missed.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

from client_token import parse_connection_string
from gateway import VERSION, Caller, Wire, free_port
from programs import Awpsd, Emulator, temporary_folder

LOAD = Path(__file__).resolve().parent / "gateway_load.mjs"
AT_ONCE = 64
DELAYS_MS = (25, 0)  # only the first has a bar: four processes share two cores
RATE_BAR = 0.95
LATENCY_RATE = 500
P50_BAR_MS, P99_BAR_MS = 1.0, 5.0
PERMITTED = 100  # requests a second
PIPELINED = 25
LOAD_SECONDS = 600


class Stage:
    """An emulator, and an awpsd with a gateway before it."""

    def __init__(self, *emulator, config=""):
        self.folder = temporary_folder()
        self.emulator = Emulator(*emulator)
        port = free_port()
        self.daemon = Awpsd(self.folder.name, self.emulator.connection,
                            f'gateway.listen = "127.0.0.1:{port}"\n' + config)
        self.daemon.start()
        self.key = parse_connection_string(self.emulator.connection)["accesskey"]
        self.urls = {"straight": self.emulator.endpoint, "through": f"http://127.0.0.1:{port}"}
        self.caller = Caller(("127.0.0.1", port), self.urls["through"], self.key)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.daemon.close()
        self.emulator.close()
        self.folder.cleanup()


def load(plan):
    run = subprocess.run(["node", LOAD], input=json.dumps(plan), capture_output=True, text=True,
                         timeout=LOAD_SECONDS, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"{plan}: {run.stderr}")
    return json.loads(run.stdout)


def rates(stage, rounds, requests):
    """way -> requests a second, one of each round."""
    found = {"straight": [], "through": []}
    for _ in range(rounds):
        for way, url in stage.urls.items():
            before = stage.emulator.counters()["tookEffect"]
            connection = f"Endpoint={url};AccessKey={stage.key};Version=1.0;"
            result = load({"kind": "sdk", "connection": connection, "requests": requests,
                           "atOnce": AT_ONCE})
            effects = stage.emulator.counters()["tookEffect"] - before
            if effects < requests:
                raise RuntimeError(f"{way}: {effects} of {requests} took effect")
            found[way].append(requests / result["seconds"])
    return found


def rate(quick):
    """The SDK, 64 at once; the median of the rounds' ratios."""
    is_good = True
    with Stage("--log-entries", "0") as stage:
        for delay in DELAYS_MS:
            stage.emulator.set_delay(delay)
            found = rates(stage, 2 if quick else 7, 1000 if quick else 4000)
            ratio = statistics.median(through / straight for straight, through in
                                      zip(found["straight"], found["through"]))
            bar = f" (bar {RATE_BAR})" if delay else ""
            print(f"rate, {delay} ms: straight {statistics.median(found['straight']):.0f}/s, "
                  f"through {statistics.median(found['through']):.0f}/s, {ratio:.2f}{bar}")
            is_good &= not delay or ratio >= RATE_BAR
    return is_good


def latency(quick):
    """500 requests a second, an open loop; what the gateway adds to each quantile."""
    rounds, requests = (1, 1000) if quick else (5, 5000)
    with Stage("--log-entries", "0") as stage:
        added = {0.5: [], 0.99: []}
        shown = {}
        for _ in range(rounds):
            for way, url in stage.urls.items():
                result = load({"kind": "paced", "url": url, "audience": url, "key": stage.key,
                               "rate": LATENCY_RATE, "requests": requests})
                shown[way] = sorted(result["latenciesMs"])
            for quantile, values in added.items():
                values.append(at(shown["through"], quantile) - at(shown["straight"], quantile))
    p50, p99 = (statistics.median(values) for values in added.values())
    print(f"latency at {LATENCY_RATE}/s: added p50 {p50:.2f} ms (bar {P50_BAR_MS}), "
          f"p99 {p99:.2f} ms (bar {P99_BAR_MS})")
    return p50 <= P50_BAR_MS and p99 <= P99_BAR_MS


def at(values, quantile):
    return values[min(len(values) - 1, int(len(values) * quantile))]


def coalescing(quick):
    """One notification for each of so many users, all asked for at once."""
    users = 1000 if quick else 10_000
    for name, enabled in (("with", "true"), ("without", "false")):
        config = ('gateway.answer_within = "5m"\n'
                  f"hub_defaults.requests_per_second = {PERMITTED}\n"
                  f"hub_defaults.coalesce.enabled = {enabled}\n")
        with Stage("--requests-per-second", str(PERMITTED), "--log-entries", "100000",
                   config=config) as stage:
            begin = time.monotonic()
            notify(stage.caller, users)
            seconds = time.monotonic() - begin
            log = list(stage.emulator.log())
        reached = [user for entry in log if entry["tookEffect"] for user in users_of(entry)]
        if sorted(reached) != sorted(f"user{number}" for number in range(users)):
            raise RuntimeError(f"{len(reached)} of {users} were reached")
        print(f"coalescing, {users} users, {PERMITTED} requests/s permitted, {name}: "
              f"{len(log)} requests, the last answer after {seconds:.1f} s")
    return True


def notify(caller, users):
    """A request for each user, pipelined over many connections; each is answered 202."""
    texts = [caller.message("Maintenance begins at 22:00.", user=f"user{number}")
             for number in range(users)]
    wires = []
    for place in range(0, users, PIPELINED):
        wire = Wire(caller.to, seconds=LOAD_SECONDS)
        wire.send(b"".join(texts[place:place + PIPELINED]))
        wires.append((wire, len(texts[place:place + PIPELINED])))
    for wire, count in wires:
        for _ in range(count):
            answer = wire.answer()
            if (answer.status, answer.outcome) != (202, None):
                raise RuntimeError(f"answered {answer}")
        wire.close()


def users_of(entry):
    """Whom a request addressed: one user, or those of its filter."""
    if entry["operation"] == "sendToUser":
        return [entry["target"]]
    return re.findall(r"'(user\d+)'", unquote(entry["query"]))


PARTS = {"rate": rate, "latency": latency, "coalescing": coalescing}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer rounds, for a first look")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}")
    good = [part(options.quick) for name, part in PARTS.items()
            if not options.parts or name in options.parts]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
