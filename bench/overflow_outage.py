#!/usr/bin/env python3
"""By hand: five million actions over a memory budget of 32 MiB while the service is away, measured.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/overflow_outage.py [ACTIONS]

The service resets each connection. A hub in memory that has room for all of it shows how fast the
producer is; then a hub that overflows to disk takes all of it, is stopped and started again in the
middle of the outage, and delivers everything by a merge rule to a WebSocket client, which checks
that each group's messages come once and in order. The status is 1 if a bound is missed.
"""

import json
import sys
import time

import websockets
from admin import Admin
from clients import Client, Clients
from durable_outage import BLOCK, Memory, disk_mebibytes, send, waiting
from limits_table import Table
from producer import Producer, Replies
from programs import OF_ACTIONS, Awpsd, Emulator, temporary_folder
from waiting import wait_until

ACTIONS = 5_000_000
LINE_BYTES = 150
GROUPS = 50
IN_MEMORY = 1_000_000  # of the hub in memory, to know the producer's rate
DOWN = [{"name": "down", "match": OF_ACTIONS, "reset": "before"}]
COMMON = """spool.min_free_bytes = 0
spool.max_bytes = "64GiB"
drain_timeout = "100ms"
hub_defaults.max_producer_share = 1.0
"""
MEMORY = COMMON + 'hub_defaults.max_queued_bytes = "8GiB"\n'
OVERFLOW = COMMON + """hub_defaults.durability = "overflow"
hub_defaults.max_queued_bytes = "32MiB"
[hubs.chat]
[[hubs.chat.merge]]
groups = "g*"
format = "lines"
"""
# Bounds.
RATE_PART = 0.5       # of the rate into memory
MEMORY_MIB = 200      # of the daemon: the budget, what its actions take in all, and its doors
DISK_LEFT_MIB = 1


def group_names():
    return [f"g{number:02}" for number in range(GROUPS)]


class Lines:
    """Blocks of lines, numbered in each group."""

    def __init__(self):
        self.number = 0

    def next(self):
        lines = []
        for number in range(self.number, self.number + BLOCK):
            opening = f'{{"actionName":"sendToGroup","group":"g{number % GROUPS:02}","data":"'
            place = str(number // GROUPS)
            lines.append(opening + place.rjust(LINE_BYTES - len(opening) - 3) + '"}\n')
        self.number += BLOCK
        return "".join(lines).encode()


class Reader(Client):
    """Checks the order as the messages come, and keeps none."""

    def __init__(self, user):
        super().__init__(user)
        self.next_of = dict.fromkeys(group_names(), 0)
        self.count = 0
        self.mistakes = 0

    async def receive(self):
        try:
            async for text in self.socket:
                frame = json.loads(text)
                if frame["type"] == "message":
                    self.take(frame)
        except websockets.ConnectionClosed:
            pass
        self.has_ended = True

    def take(self, frame):
        for place in frame["data"].split("\n"):
            if place:
                self.mistakes += int(place) != self.next_of[frame["group"]]
                self.next_of[frame["group"]] = int(place) + 1
                self.count += 1


def join_all(daemon, user):
    """While the service is there."""
    with Producer(daemon.socket_path, {"ack": "delivered"}) as producer:
        producer.write("\n".join(
            json.dumps({"actionName": "addUserToGroup", "userId": user, "group": group})
            for group in group_names()))
        replies = Replies()
        wait_until(lambda: replies.take(producer.pump(0.1)) or replies.settled() >= GROUPS,
                   "the groups to be joined")


def rate_into_memory(emulator):
    with temporary_folder() as folder, Awpsd(folder, emulator.connection, MEMORY) as daemon:
        daemon.start()
        seconds = send(daemon, IN_MEMORY, Lines().next)
        daemon.process.kill()
    return IN_MEMORY / seconds


def take_all(table, daemon, count, in_memory):
    memory = Memory(daemon)
    lines = Lines()
    rates = []
    for _ in range(5):
        rates.append(count / 5 / send(daemon, count // 5, lines.next))
    seen = memory.stop()
    table.row("accepted a second, by a hub in memory with room for all", f"{in_memory:,.0f}")
    table.row("accepted a second, each fifth", ", ".join(f"{rate:,.0f}" for rate in rates))
    table.at_least("the slowest fifth, of that into memory", min(rates) / in_memory, RATE_PART,
                   "{:.2f}")
    table.at_most("memory, MiB at most", max(seen), MEMORY_MIB)
    table.row("on disk, MiB", f"{disk_mebibytes(daemon.spool):,.0f}")
    table.exactly("actions that wait", waiting(daemon), count)


def stop_and_start(table, daemon, count):
    begin = time.monotonic()
    daemon.process.terminate()
    daemon.wait()
    table.row("a stop, s", f"{time.monotonic() - begin:.1f}")
    begin = time.monotonic()
    daemon.start()
    table.row("the next start, s", f"{time.monotonic() - begin:.1f}")
    table.exactly("actions that wait after a stop and a start", waiting(daemon), count)


def drain(table, daemon, emulator, reader, count):
    memory, begin = Memory(daemon), time.monotonic()
    emulator.set_faults([])
    wait_until(lambda: waiting(daemon) == 0, "everything to be delivered", 900)
    table.row("delivered a second, merged", f"{count / (time.monotonic() - begin):,.0f}")
    wait_until(lambda: reader.count >= count, "the client to have it", 60)
    table.at_most("memory meanwhile, MiB at most", max(memory.stop()), MEMORY_MIB)
    table.exactly("messages that the client has", reader.count, count)
    table.exactly("of them not in order", reader.mistakes, 0)
    wait_until(lambda: disk_mebibytes(daemon.spool) <= DISK_LEFT_MIB, "the disk to be given back",
               60)
    accepted = Admin(daemon.admin_path).hub("chat")["actions"]
    table.exactly("accepted in the second life", accepted["accepted"], count)


def main(count):
    table = Table()
    table.title(f"{count:,} actions of {LINE_BYTES} bytes over 32 MiB while the service is away")
    with (temporary_folder() as folder,
          Emulator("--log-entries", "0") as emulator,
          Awpsd(folder, emulator.connection, OVERFLOW) as daemon,
          Clients(emulator.connection, "chat", ["reader"], make=Reader) as readers):
        daemon.start()
        join_all(daemon, "reader")
        emulator.set_faults(DOWN)
        in_memory = rate_into_memory(emulator)
        take_all(table, daemon, count, in_memory)
        stop_and_start(table, daemon, count)
        drain(table, daemon, emulator, readers.all[0], count)
    print("\nbounds missed" if table.missed else "\nOK")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ACTIONS))
