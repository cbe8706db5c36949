#!/usr/bin/env python3
"""A real Apache Kafka for tests: KRaft, plain text on the loopback, ready in 5 s. One node, or a
cluster of three (kafka_cluster.py). It may listen elsewhere, too, and ask there who one is
(kafka_doors.py).

    kafka.py [--topic NAME]... [--partitions N]   prints its address, and runs until it is killed
    kafka.py --fetch                              only fetches the jars (kafka/pom.xml) with maven

The jars lie in build/kafka (AWPS_KAFKA names another folder). The client that looks at the broker
is Confluent's, from kafka/.venv (kafka/requirements.txt; tests/run makes it).
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from programs import ROOT, end, start
from waiting import wait_until

HERE = Path(__file__).resolve().parent / "kafka"
JARS = Path(os.environ.get("AWPS_KAFKA", ROOT / "build/kafka"))
PACKAGES = HERE / (".venv/lib/python{}.{}/site-packages".format(*sys.version_info[:2]))
if str(PACKAGES) not in sys.path:
    sys.path.append(str(PACKAGES))

PORTS = range(20000, 32000)  # below those that the kernel gives away
CLUSTER = "awpsd-tests-awpsd-test"  # an id has 22 characters
START_SECONDS = 60
# The compiler that starts soonest, and a heap that fits beside the other tests.
JAVA = ("java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true")
SETTINGS = """process.roles=broker,controller
node.id={place.node}
controller.quorum.voters={place.voters}
listeners=PLAINTEXT://127.0.0.1:{place.port},CONTROLLER://127.0.0.1:{place.controller}{listeners}
advertised.listeners=PLAINTEXT://127.0.0.1:{place.port}{advertised}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT{protocols}
log.dirs={folder}/data
auto.create.topics.enable=false
default.replication.factor={place.copies}
min.insync.replicas={place.least_copies}
offsets.topic.replication.factor={place.copies}
offsets.topic.num.partitions=1
transaction.state.log.replication.factor={place.copies}
transaction.state.log.min.isr={place.least_copies}
transaction.state.log.num.partitions=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.backoff.ms=100
broker.heartbeat.interval.ms=200
broker.session.timeout.ms={place.session_ms}
"""


def jars_are_there():
    """The pom's copy, written last, says so."""
    copy = JARS / "pom.xml"
    return copy.exists() and copy.read_text() == (HERE / "pom.xml").read_text()


def fetch():
    """The jars of the pom, unless they are there. A folder of others' is not emptied."""
    if jars_are_there():
        return
    if "AWPS_KAFKA" in os.environ and JARS.exists() and not (JARS / "pom.xml").exists():
        raise SystemExit(f"AWPS_KAFKA: {JARS} is there, and has no jars of ours: name a new folder")
    shutil.rmtree(JARS, ignore_errors=True)
    subprocess.run(["mvn", "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
                    f"-DoutputDirectory={JARS}"], check=True, stdout=sys.stderr)
    shutil.copy(HERE / "pom.xml", JARS)


def free_ports(count):
    """Held all at once, so that they differ."""
    held = []
    try:
        while len(held) < count:
            listener = socket.socket()
            try:
                listener.bind(("127.0.0.1", random.choice(PORTS)))
                held.append(listener)
            except OSError:
                listener.close()
        return [listener.getsockname()[1] for listener in held]
    finally:
        for listener in held:
            listener.close()


@dataclass(frozen=True)
class Place:
    """Of a node in its cluster. By default it is alone."""

    port: int
    controller: int  # the port
    node: int = 1
    voters: str = ""
    copies: int = 1
    least_copies: int = 1  # those that a write waits for
    session_ms: int = 1500  # so long a node may be silent

    @staticmethod
    def alone():
        port, controller = free_ports(2)
        return Place(port, controller, voters=f"1@127.0.0.1:{controller}")


class Brokers:
    """One or several, at `address`."""

    address = ""

    def client(self, **more):
        """Settings of a client of Confluent's: a_b becomes a.b."""
        return {"bootstrap.servers": self.address, "reconnect.backoff.max.ms": 200, "log_level": 0,
                **{name.replace("_", "."): value for name, value in more.items()}}

    def create_topic(self, name, partitions=1, **settings):
        from confluent_kafka.admin import AdminClient, NewTopic
        config = {key.replace("_", "."): str(value) for key, value in settings.items()}
        admin = AdminClient(self.client())
        made = admin.create_topics([NewTopic(name, partitions, config=config)])
        made[name].result(20)
        wait_until(lambda: self.has_leaders(admin, name, partitions), f"leaders of '{name}'")
        return name

    @staticmethod
    def has_leaders(admin, name, partitions):
        topic = admin.list_topics(name, timeout=5).topics[name]
        return len(topic.partitions) == partitions and all(
            part.leader >= 0 and part.error is None for part in topic.partitions.values())

    def close(self):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Broker(Brokers):
    """Runs from its making to close(), kill() or stop(); restart() keeps address and data. `doors`:
    where it listens beside its `address`.
    """

    def __init__(self, settings="", doors=(), place=None):
        self.place = place or Place.alone()
        fetch()
        self.folder = Path(tempfile.mkdtemp(prefix="awps-kafka-"))
        self.port = self.place.port
        self.address = f"127.0.0.1:{self.port}"
        self.log_path = self.folder / "broker.log"
        self.process = None
        (self.folder / "settings").write_text(
            SETTINGS.format(place=self.place, folder=self.folder,
                            listeners="".join(f",{door.listener()}" for door in doors),
                            advertised="".join(f",{door.advertised()}" for door in doors),
                            protocols="".join(f",{door.name}:{door.protocol}" for door in doors))
            + "".join(door.settings for door in doors) + settings)
        subprocess.run([*self._java("kafka.tools.StorageTool"), "format", "-t", CLUSTER, "-c",
                        self.folder / "settings"], check=True, stdout=subprocess.DEVNULL)
        if place is None:
            self.restart()  # a cluster starts its nodes together

    def restart(self):
        self.launch()
        self.wait_for_answers()

    def launch(self):
        with open(self.log_path, "ab") as log:
            self.process = start([*self._java("kafka.Kafka"), self.folder / "settings"],
                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait_for_answers(self):
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kafka did not start: {self.log()[-4000:]}")

    def answers(self):
        """Whether it tells its topics."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import AdminClient
        try:
            wait_until(self._listens, "a listener", 0.5)
            return bool(AdminClient(self.client()).list_topics(timeout=2).brokers)
        except (KafkaException, AssertionError):
            return False

    def pause(self):
        """It answers no more, but its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """In order, as an operator would."""
        return end(self.process)

    def log(self):
        return self.log_path.read_text() if self.log_path.exists() else ""

    def close(self):
        if self.process is not None:
            self.kill()  # nobody needs what it has
        shutil.rmtree(self.folder, ignore_errors=True)

    def _listens(self):
        with socket.socket() as probe:
            return (probe.connect_ex(("127.0.0.1", self.port)) == 0 or
                    self.process.poll() is not None)

    def _java(self, program):
        return [*JAVA, "-cp", f"{JARS}/*", program]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topic", action="append", default=[])
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--fetch", action="store_true")
    arguments = parser.parse_args()
    if arguments.fetch:
        fetch()
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Broker() as broker:
        for topic in arguments.topic:
            broker.create_topic(topic, arguments.partitions)
        print(broker.address, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
