"""What do partitions cost a daemon, and how many records does it take from them?"""

import time

from fleet_daemons import Table
from stream_rate import LIVE, STALL, STREAM, Run, actions
from stream_topic import Topic
from waiting import wait_until

IDLE_SECONDS = 5
BYTES = 2000          # of each record that waits
WAITING_EACH = 500    # in each partition


def idle(topic):
    """(seconds until all partitions are read, MiB, a core's part) of a daemon alone."""
    begin = time.monotonic()
    with Run(stream_of(topic)) as run:
        wait_until(lambda: len(owned(run)) == topic.partitions, "the partitions", 60)
        seconds = time.monotonic() - begin
        before, since = run.cpu_seconds(), time.monotonic()
        time.sleep(IDLE_SECONDS)
        part = (run.cpu_seconds() - before) / (time.monotonic() - since)
        return seconds, run.resident_mib(), part


def stream_of(topic):
    return STREAM.format(address=topic.broker.address, topic=topic.name)


def owned(run):
    return run.admin.get("/status")["streams"][0]["partitions"]


def backlog(topic):
    """(MiB, of them the hub's), with all that is taken ahead, while nobody is answered."""
    writer = topic.writer()
    for number in range(WAITING_EACH * topic.partitions):
        writer.write(None, f'{{"actionName":"sendToGroup","group":"g{number}",'
                     f'"data":"{"x" * BYTES}"}}', partition=number % topic.partitions)
    writer.flush()
    run = Run(stream_of(topic))
    run.emulator.set_faults(STALL)
    with run:
        found = run.most_resident_mib(), run.held_mib()
        run.daemon.process.kill()  # nobody waits for what a stop would deliver
    return found


def rates(topic, count, fields):
    """(records a second of a core, records a second) of a backlog."""
    writer = topic.writer()
    for group, line in actions(count, fields):
        writer.write(None, line, partition=group % topic.partitions)
    writer.flush()
    with Run(stream_of(topic)) as run:
        return run.wait(count, time.monotonic())


def size(broker, is_quick):
    """The part of fleet.py."""
    count = 40_000 if is_quick else 400_000
    print(f"\nOne daemon. Backlog: {WAITING_EACH} records of {BYTES:,} bytes a partition, behind a "
          f"service that is silent. Records: {count:,} latest values of 1,000, and "
          f"{count // 20:,} that become a request each")
    table = Table("partitions", "read after", "memory idle", "of a core, idle",
                  "memory with a backlog", "of it the hub's", "latest values/s of a core",
                  "by the clock", "requests/s of a core", "by the clock")
    for partitions in (8, 64) if is_quick else (8, 64, 256):
        seconds, mebibytes, part = idle(Topic(broker, f"idle-{partitions}", partitions))
        most, held = backlog(Topic(broker, f"backlog-{partitions}", partitions))
        latest = rates(Topic(broker, f"latest-{partitions}", partitions), count, LIVE[2])
        single = rates(Topic(broker, f"single-{partitions}", partitions), count // 20, "")
        table.line(partitions, f"{seconds:.1f} s", f"{mebibytes:.0f} MiB", f"{100 * part:.1f} %",
                   f"{most:.0f} MiB", f"{held:.0f} MiB",
                   *(f"{rate:,.0f}" for rate in (*latest, *single)))
    return True
