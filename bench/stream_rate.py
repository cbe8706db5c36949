"""What does a record of a stream cost, against a line of the socket? The same actions by both ways,
in turn, from the broker or the producer to the last outcome; and memory with 64 partitions.

    AWPS_BUILD=build/release/daemon PYTHONPATH=tests/support /usr/bin/python3 bench/stream_rate.py
        [--quick] [rate] [memory]

Each part checks its result before it says a figure; the exit status is 1 if a bar is missed.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

from admin import Admin
from producer import Producer
from programs import Awpsd, Emulator, temporary_folder
from stream_topic import Topic, kafka
from waiting import STEP_SECONDS, wait_until

PARTITIONS = 8
GROUPS = 1000
BAR = 0.5  # records a second of a core, against lines of the socket
MEMORY_PARTITIONS = 64
BACKLOG_BYTES = 2000  # of each record of the backlog
# By both ways, since a request costs as much as many records: of live values whoever takes longer
# sends more of them, which is not what a record costs.
PERMITTED = "service.requests_per_second = 1000\n"
STREAM = """[streams.orders]
brokers = "{address}"
topic = "{topic}"
group = "{topic}"
"""
STALL = [{"name": "stall", "stall": True}]
TICKS = os.sysconf("SC_CLK_TCK")
# Traffic, by how much of it becomes a request.
SINGLE = ("a request each", 20_000, "", "")
LIVE = ("live values", 400_000, ',"conflationKey":"v"', PERMITTED)


def actions(count, fields):
    for number in range(count):
        yield (number % GROUPS, f'{{"actionName":"sendToGroup","group":"g{number % GROUPS}",'
               f'"data":"{number:0100}"{fields}}}')


class Run:
    """An emulator and an awpsd, and what the latter has used of a processor."""

    def __init__(self, config="", **emulator):
        self.folder = temporary_folder()
        self.emulator = Emulator("--log-entries", "0", *emulator.get("arguments", ()))
        self.daemon = Awpsd(self.folder.name, self.emulator.connection, config)

    def __enter__(self):
        self.daemon.start()
        self.admin = Admin(self.daemon.admin_path)
        return self

    def __exit__(self, *unused):
        self.daemon.close()
        self.emulator.close()
        self.folder.cleanup()

    def cpu_seconds(self):
        stat = Path(f"/proc/{self.daemon.process.pid}/stat").read_text()
        fields = stat.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mib(self):
        status = Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def most_resident_mib(self):
        """Once it has not grown for a while."""
        most, calm = 0.0, 0
        while calm < 100:  # looks at no more than there was
            now = self.resident_mib()
            calm = calm + 1 if now <= most + 0.5 else 0
            most = max(most, now)
            time.sleep(STEP_SECONDS)
        return most

    def held_mib(self):
        """By the hub."""
        return self.admin.hub("chat")["queue"]["heldBytes"] / (1 << 20)

    def settled(self):
        of_hub = self.admin.hub("chat")["actions"]
        if of_hub["deadLettered"] + of_hub["expired"]:
            raise RuntimeError(f"not all are delivered: {of_hub}")
        return of_hub["delivered"] + of_hub["superseded"]

    def wait(self, count, begun):
        """(records a second of a core, records a second), once all are settled."""
        wait_until(lambda: self.settled() >= count, f"{count} outcomes", 300)
        seconds, cpu = time.monotonic() - begun, self.cpu_seconds()
        if self.settled() != count:
            raise RuntimeError(f"{self.settled()} outcomes of {count} actions")
        return count / cpu, count / seconds


def by_socket(count, fields, config):
    text = "".join(line + "\n" for _, line in actions(count, fields)).encode()
    with Run(config) as run, Producer(run.daemon.socket_path, {"ack": "none"}) as producer:
        begun = time.monotonic()
        producer.unsent += text
        producer.flush(300)
        return run.wait(count, begun)


def by_stream(topic, count, config):
    """The backlog is there: what the broker's clients cost is not ours."""
    with Run(config + STREAM.format(address=topic.broker.address, topic=topic.name)) as run:
        found = run.wait(count, time.monotonic())
        wait_until(lambda: topic.committed() == topic.ends(), "the offsets")
        return found


def rate(broker, quick):
    is_good = True
    for name, count, fields, config in (SINGLE, LIVE):
        count //= 4 if quick else 1
        found = {"socket": [], "stream": []}
        for turn in range(1 if quick else 3):
            found["socket"].append(by_socket(count, fields, config))
            topic = Topic(broker, f"{name.replace(' ', '-')}-{turn}", PARTITIONS)
            writer = topic.writer()
            for group, line in actions(count, fields):
                writer.write(f"chat/g/g{group}", line)
            writer.flush()
            found["stream"].append(by_stream(topic, count, config))
        ratios = [mine[0] / theirs[0] for mine, theirs in zip(found["stream"], found["socket"])]
        for way, rates in found.items():
            core, wall = (statistics.median(column) for column in zip(*rates))
            print(f"{name}, {way}: {core:,.0f}/s of a core, {wall:,.0f}/s")
        ratio = statistics.median(ratios)
        print(f"{name}: stream against socket {ratio:.2f} of a core (bar {BAR})", flush=True)
        is_good &= ratio >= BAR
    return is_good


def memory(broker, quick):
    """64 partitions, each with more than is ready of it; the service answers nobody."""
    each = 500 if quick else 2000
    topic = Topic(broker, "memory", MEMORY_PARTITIONS)
    with Run() as run:
        none = run.resident_mib()
    with Run(STREAM.format(address=broker.address, topic=topic.name)) as run:
        wait_until(lambda: len(run.admin.get("/status")["streams"][0]["partitions"])
                   == MEMORY_PARTITIONS, "the partitions")
        idle = run.resident_mib()
        run.emulator.set_faults(STALL)
        writer = topic.writer()
        for number in range(each * MEMORY_PARTITIONS):
            writer.write(None, f'{{"actionName":"sendToGroup","group":"g{number}",'
                         f'"data":"{"x" * BACKLOG_BYTES}"}}', partition=number % MEMORY_PARTITIONS)
        writer.flush()
        most, held = run.most_resident_mib(), run.held_mib()
    print(f"memory: {none:.0f} MiB without a stream, {idle:.0f} with {MEMORY_PARTITIONS} idle "
          f"partitions, {most:.0f} with {each * MEMORY_PARTITIONS * BACKLOG_BYTES >> 20} MiB "
          f"behind a service that is silent ({held:.0f} MiB are the hub's)")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("parts", nargs="*", choices=["rate", "memory", []], default=[])
    options = parser.parse_args()
    parts = {"rate": rate, "memory": memory}
    with kafka.Broker() as broker:
        results = [parts[name](broker, options.quick) for name in options.parts or parts]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
