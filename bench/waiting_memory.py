#!/usr/bin/env python3
"""How much memory does an action take that waits? Measured while the service is away.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/waiting_memory.py
        [--quick] [--actions N] [--json]

One producer sends lines of 150 bytes to 5,000 groups in turn, into a hub in memory that has room
for all of them, while the service refuses connections. The figure is what the process's resident
memory has grown by once all are accepted and wait, for each of them. AWPS_DAEMON_BUILD names the
folder of another awpsd, such as an older one.
"""

import argparse
import itertools
import json
import sys

from durable_outage import BLOCK, send, waiting
from programs import Awpsd, Emulator, temporary_folder
from waiting import wait_until
from whole_daemon import machine, settled_bytes

ACTIONS = 2_000_000
GROUPS = 5000
LINE_BYTES = 150
CONFIG = ('hub_defaults.max_queued_bytes = "8GiB"\nhub_defaults.max_producer_share = 1.0\n'
          'drain_timeout = "1ms"\n')


def blocks():
    """Blocks of lines to all groups in turn, endless."""
    numbers = itertools.cycle(range(GROUPS))
    while True:
        lines = []
        for number in itertools.islice(numbers, BLOCK):
            opening = f'{{"actionName":"sendToGroup","group":"group-{number:04}","data":"'
            lines.append(opening + "x" * (LINE_BYTES - len(opening) - 3) + '"}\n')
        yield "".join(lines).encode()


def measure(count):
    """(bytes for each action, seconds until all were accepted)."""
    with (temporary_folder() as folder,
          Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection, CONFIG) as daemon):
        daemon.start()
        emulator.kill()
        before = settled_bytes(daemon.process)
        seconds = send(daemon, count, blocks().__next__)
        wait_until(lambda: waiting(daemon) == count, "all of them to wait in the hub", 60)
        after = settled_bytes(daemon.process)
        daemon.process.kill()  # nothing is to be written for those that wait
    return (after - before) / count, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="200,000 actions")
    parser.add_argument("--actions", type=int, help=f"a multiple of {BLOCK:,}")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    count = options.actions or (ACTIONS // 10 if options.quick else ACTIONS)
    if count % BLOCK:
        parser.error(f"--actions takes a multiple of {BLOCK:,}")
    where = machine()
    size, seconds = measure(count)
    if options.json:
        print(json.dumps({"bytes": size, "seconds": seconds}))
        return
    print(f"{count:,} actions of {LINE_BYTES} bytes to {GROUPS:,} groups wait; {where}")
    print(f"  {size:.0f} resident bytes each, accepted at {count / seconds:,.0f}/s")


if __name__ == "__main__":
    sys.exit(main())
