#!/usr/bin/env python3
"""By hand: ten million actions that wait on disk while the service is away, measured.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/durable_outage.py [ACTIONS]

The service refuses connections, and one producer goes on. Then awpsd is killed and started again,
the service comes back, and a part is delivered one by one, the rest with a merge rule, which is
quicker. It takes some GiB of disk in /tmp. The status is 1 if a bound is missed.
"""

import os
import sys
import threading
import time

from admin import Admin
from limits_table import MEBIBYTE, Table, wait
from producer import Producer, Replies
from programs import Awpsd, Emulator, temporary_folder
from waiting import wait_until

ACTIONS = 10_000_000
LINE_BYTES = 150
GROUPS = 1000
BLOCK = 10_000       # lines that are queued at once
IN_FLIGHT = 400_000  # lines that are not accepted yet, at most
NORMAL = 300_000     # actions that are delivered to know the rate; they fit into memory
RATE_SECONDS = 10
DURABLE = """spool.min_free_bytes = 0
spool.max_bytes = "64GiB"
hub_defaults.durability = "durable"
hub_defaults.max_producer_share = 1.0
drain_timeout = "100ms"
"""
ONE_BY_ONE = DURABLE + "hub_defaults.coalesce.enabled = false\n"
MERGED = DURABLE + """[hubs.chat]
[[hubs.chat.merge]]
groups = "g*"
format = "lines"
"""
# Bounds.
START_SECONDS = 5
RATE_PART = 0.9
MEMORY_MIB = 500     # max_queued_bytes is 256 MiB; what its actions take in all
DISK_LEFT_MIB = 1
GIVEN_BACK_SECONDS = 30
FLAT_PART = 1.2      # of memory at the end to memory at a quarter


def block():
    """Of lines of one length, to all groups in turn."""
    lines = []
    for number in range(BLOCK):
        opening = f'{{"actionName":"sendToGroup","group":"g{number % GROUPS + 1000}","data":"'
        lines.append(opening + "x" * (LINE_BYTES - len(opening) - 3) + '"}\n')
    return "".join(lines).encode()


class Memory:
    """A thread that looks at what a process takes."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.seen = []  # MiB, each 100 ms
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def stop(self):
        self.stopping.set()
        self.thread.join()
        return self.seen

    def _look(self):
        while not self.stopping.wait(0.1):
            self.seen.append(resident_mebibytes(self.daemon))


def resident_mebibytes(daemon):
    with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("VmRSS:")).split()[1]) / 1024


def disk_mebibytes(folder):
    blocks = sum(os.lstat(os.path.join(path, name)).st_blocks
                 for path, _, names in os.walk(folder) for name in names)
    return blocks * 512 / MEBIBYTE


def forget(folder):
    """Of its files nothing stays in the page cache."""
    for path, _, names in os.walk(folder):
        for name in names:
            file = os.open(os.path.join(path, name), os.O_RDONLY)
            os.fdatasync(file)
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(file)


def send(daemon, count, next_block):
    """Seconds until all are accepted."""
    replies = Replies()
    begin = time.monotonic()
    with Producer(daemon.socket_path, {"ack": "accepted"}) as producer:
        sent = 0
        while replies.accepted_to < count:
            if not producer.unsent and sent < count and sent - replies.accepted_to < IN_FLIGHT:
                producer.unsent += next_block()
                sent += BLOCK
            replies.take(producer.pump(0.1))
            if replies.rejected or producer.ended:
                raise AssertionError(f"refused: {replies.other[:2]}")
    return time.monotonic() - begin


def delivered(daemon):
    return Admin(daemon.admin_path).hub("chat")["actions"]["delivered"]


def waiting(daemon):
    actions = Admin(daemon.admin_path).hub("chat")["actions"]
    return actions["queued"] + actions["active"] + actions["deferred"]


def rate(daemon, most):
    """Delivered a second, once it goes, until `most` are or the time is over."""
    wait_until(lambda: delivered(daemon) > most / 10, "the first to be delivered", 60)
    first, begin = delivered(daemon), time.monotonic()
    wait_until(lambda: time.monotonic() - begin > RATE_SECONDS or delivered(daemon) > 0.9 * most,
               "the rate", 60)
    return (delivered(daemon) - first) / (time.monotonic() - begin)


def normal_rate(table, daemon, lines):
    """Without an outage: all of it is in memory as well."""
    send(daemon, NORMAL, lambda: lines)
    normal = rate(daemon, NORMAL)
    wait_until(lambda: waiting(daemon) == 0, "the rest", 120)
    table.row("delivered a second without an outage", f"{normal:,.0f}")
    return normal


def spool(table, daemon, count, lines):
    memory = Memory(daemon)
    seconds = send(daemon, count, lambda: lines)
    seen = memory.stop()
    quarter = max(seen[:max(1, len(seen) // 4)])
    table.row("accepted a second", f"{count / seconds:,.0f}")
    table.row("on disk, MiB", f"{disk_mebibytes(daemon.spool):,.0f}")
    table.row("on disk, bytes an action",
              f"{disk_mebibytes(daemon.spool) * MEBIBYTE / count:.0f}")
    table.at_most("memory, MiB at most", max(seen), MEMORY_MIB)
    table.at_most("memory at the end, of that in the first quarter", seen[-1] / quarter, FLAT_PART,
                  "{:.2f}")
    if waiting(daemon) != count:
        raise AssertionError(f"{waiting(daemon):,} wait, not {count:,}")


def start_after_a_kill(table, daemon, count):
    daemon.process.kill()
    daemon.process.wait()
    forget(daemon.spool)
    begin = time.monotonic()
    daemon.start()
    table.at_most("ready after a kill, read from the disk, s", time.monotonic() - begin,
                  START_SECONDS)
    table.at_most("memory after it, MiB", resident_mebibytes(daemon), MEMORY_MIB)
    table.exactly("actions that wait", waiting(daemon), count)


def drain(table, daemon, emulator, normal):
    emulator.restart()
    table.at_least("delivered a second after it, of without", rate(daemon, NORMAL * 4) / normal,
                   RATE_PART, "{:.2f}")
    left = waiting(daemon)
    daemon.process.terminate()
    daemon.wait()
    daemon.write_config(MERGED)
    memory, begin = Memory(daemon.start()), time.monotonic()
    wait_until(lambda: waiting(daemon) == 0, "everything to be delivered", 600)
    table.row("the rest with a merge rule, actions a second",
              f"{left / (time.monotonic() - begin):,.0f}")
    table.at_most("memory meanwhile, MiB at most", max(memory.stop()), MEMORY_MIB)
    wait_until(lambda: disk_mebibytes(daemon.spool) <= DISK_LEFT_MIB, "the disk to be given back",
               GIVEN_BACK_SECONDS)
    table.at_most("on disk after it, MiB", disk_mebibytes(daemon.spool), DISK_LEFT_MIB)


def main(count):
    table = Table()
    table.title(f"{count:,} actions of {LINE_BYTES} bytes while the service refuses connections")
    lines = block()
    with (temporary_folder() as folder,
          Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection, ONE_BY_ONE) as daemon):
        daemon.start()
        normal = normal_rate(table, daemon, lines)
        emulator.kill()
        wait(1)  # what has just been delivered is released
        spool(table, daemon, count, lines)
        start_after_a_kill(table, daemon, count)
        drain(table, daemon, emulator, normal)
    print("\nbounds missed" if table.missed else "\nOK")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ACTIONS))
