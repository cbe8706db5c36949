#!/usr/bin/env python3
"""By hand: a hundred thousand dead letters over a kill: how long the start takes, what memory they
take, and that they are listed, sent again in order, and purged.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support bench/letters_restart.py [LETTERS]

The status is 1 if something is missing or out of order.
"""

import signal
import subprocess
import sys
import time

import control_tool
from admin import Admin
from durable_outage import resident_mebibytes
from limits_table import Table
from producer import Producer, Replies
from programs import Awpsd, Emulator, binary, temporary_folder
from scenario import REFUSED, messages_by_target
from waiting import wait_until

LETTERS = 100_000
GROUPS = 100
BLOCK = 1000
PAGE = 1000
REFUSE = [{"match": {"pathContains": "/groups/"}, "status": 400, "body": REFUSED}]
CONFIG = """spool.min_free_bytes = 0
hub_defaults.dead_letters.max_count = {most}
hub_defaults.dead_letters.max_bytes = "1GiB"
"""


def give_up(daemon, count):
    """Seconds until so many actions are dead letters."""
    replies, sent, begin = Replies(), 0, time.monotonic()
    with Producer(daemon.socket_path, {"ack": "delivered", "producer": "bench"}) as producer:
        while replies.settled() < count:
            if sent < count and sent - replies.settled() < 10 * BLOCK and not producer.unsent:
                producer.write("\n".join(
                    f'{{"actionName":"sendToGroup","group":"g{number % GROUPS}",'
                    f'"data":"{number // GROUPS}"}}' for number in range(sent, sent + BLOCK)))
                sent += BLOCK
            replies.take(producer.pump(0.1))
    return time.monotonic() - begin


def letters(daemon):
    return Admin(daemon.admin_path).hub("chat")["deadLetters"]


def awpsctl(daemon, *arguments):
    done = control_tool.run(daemon.admin_path, "dead-letters", *arguments, "--hub", "chat",
                            "--json")
    if done.code != 0:
        raise AssertionError(done.err)
    return done.json


def list_all(daemon):
    """Their numbers."""
    numbers = [0]
    while True:
        page = awpsctl(daemon, "list", "--limit", str(PAGE), "--after", str(numbers[-1]))
        numbers += [letter["number"] for letter in page["deadLetters"]]
        if len(page["deadLetters"]) < PAGE:
            return numbers[1:]


def kill_and_start(table, daemon, count):
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    begin = time.monotonic()
    daemon.start()
    table.row("ready after a kill, s", f"{time.monotonic() - begin:.2f}")
    table.row("memory after it, MiB", f"{resident_mebibytes(daemon):.0f}")
    table.exactly("letters after it", letters(daemon)["count"], count)


def main(count):
    table = Table()
    table.title(f"{count:,} dead letters")
    with (temporary_folder() as folder,
          Emulator("--log-entries", str(2 * count)) as emulator,
          Awpsd(folder, emulator.connection, CONFIG.format(most=2 * count)) as daemon):
        daemon.start()
        table.row("memory before, MiB", f"{resident_mebibytes(daemon):.0f}")
        emulator.set_faults(REFUSE)
        table.row("given up a second", f"{count / give_up(daemon, count):,.0f}")
        wait_until(lambda: letters(daemon)["unwritten"] == 0, "the letters to be on disk", 60)
        table.row("memory with them, MiB", f"{resident_mebibytes(daemon):.0f}")
        kill_and_start(table, daemon, count)
        begin = time.monotonic()
        listed = list_all(daemon)
        table.row("listed by awpsctl in pages of 1,000, s", f"{time.monotonic() - begin:.1f}")
        table.exactly("different numbers", len(set(listed)), count)
        table.exactly("in ascending order", int(listed == sorted(listed)), 1)
        emulator.set_faults([])
        begin = time.monotonic()
        awpsctl(daemon, "redrive", "--all")
        wait_until(lambda: Admin(daemon.admin_path).hub("chat")["actions"]["delivered"] == count,
                   "all to be delivered", 300)
        table.row("sent again and delivered, s", f"{time.monotonic() - begin:.1f}")
        arrived = messages_by_target([entry for entry in emulator.log() if entry["tookEffect"]])
        in_order = sum(numbers == list(range(count // GROUPS)) for numbers in arrived.values())
        table.exactly("groups that got all of theirs once, in order", in_order, GROUPS)
        kill_and_start_with_none(table, daemon)
        emulator.set_faults(REFUSE)
        give_up(daemon, count)
        wait_until(lambda: letters(daemon)["unwritten"] == 0, "the letters to be on disk", 60)
        begin = time.monotonic()
        awpsctl(daemon, "purge", "--all", "--yes")
        table.row("purged, s", f"{time.monotonic() - begin:.2f}")
        kill_and_start_with_none(table, daemon)
    print("\nfailed" if table.missed else "\nOK")
    return 1 if table.missed else 0


def kill_and_start_with_none(table, daemon):
    wait_until(lambda: disk_is_settled(daemon), "the disk to know it", 30)
    kill_and_start(table, daemon, 0)


def disk_is_settled(daemon):
    """What was sent again or purged has gone from the disk."""
    checked = subprocess.run([binary("awpsd"), "--check-spool", "--config", daemon.config_path],
                             capture_output=True, text=True, env=daemon.environment, check=False)
    lines = [line.split() for line in checked.stdout.splitlines()]
    return sum(int(words[1]) for words in lines if words[:1] == ["letters"]) == 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LETTERS))
