"""The demo's stream: a topic of a real Apache Kafka, which awpsd reads, and its producer. At the
end another client asks the broker how far awpsd has come.
"""

import json

from demo_plan import ORDERS, order_rooms, order_users
from demo_producers import Chat, Loop, Pace
from programs import ROOT, become_child
from waiting import DeadlineError, wait_until

TOPIC = "awps-actions"
PARTITIONS = 4
KAFKA = ROOT / "tests/support/kafka"
SETTLED_SECONDS = 15  # awpsd commits once a second
# It has a name in its group, so that it need not wait for its session after a kill.
CONFIG = """[streams.orders]
brokers = "{address}"
topic = "{topic}"
group = "{topic}"
hub = "{hub}"
[streams.orders.properties]
"group.instance.id" = "demo"
"""


def missing():
    """What the machine lacks for it, or None."""
    try:
        import kafka
        import confluent_kafka as _  # its place is said by kafka
    except ImportError:
        return f"there is no confluent-kafka in {KAFKA / '.venv'}: see install_kafka in setup.sh"
    return None if kafka.jars_are_there() else "there is no Kafka: tests/support/kafka.py --fetch"


class Stream:
    """The broker, its topic, and who looks at them."""

    def __init__(self):
        from stream_topic import Topic, kafka
        self.broker = kafka.Broker()
        try:
            self.topic = Topic(self.broker, TOPIC, PARTITIONS)
        except BaseException:
            self.broker.close()
            raise

    def place(self):
        return f"{self.broker.address} {TOPIC}"

    def config(self):
        return CONFIG.format(address=self.broker.address, topic=TOPIC, hub=ORDERS)

    def settled(self):
        """(What is committed, mistakes)"""
        ends = self.topic.ends()
        try:
            wait_until(lambda: self.topic.committed() == ends, "all to be committed",
                       SETTLED_SECONDS)
        except DeadlineError:
            pass  # the figures say it
        committed = self.topic.committed()
        words = (f"{sum(ends.values()):,} records in {PARTITIONS} partitions, "
                 f"{sum(committed.values()):,} of them committed, as the broker says")
        return words, [] if committed == ends else [f"of {ends} records, {committed} are committed"]

    def close(self):
        self.broker.close()


class Orders(Chat):
    """Sends and memberships of groups: each has its group's key, and so its group's order."""

    HUB, ACK = ORDERS, "none"
    JOINS, LEAVES, LEAVES_ALL = 0.06, 0.03, 0  # what leaves all groups has no key that is right

    def __init__(self, clients, seed):
        super().__init__(clients, 0, seed)
        self.rooms, self.users = order_rooms(), order_users()


class StreamConnection:
    """A topic's writer, as Loop takes it. There are no replies."""

    ended = False

    def __init__(self, topic):
        self.writer = topic.writer()
        self.unsent = self.writer.producer  # its length is that of its queue

    def write(self, lines):
        from stream_topic import group_key
        for line in lines.split("\n"):
            self.writer.write(group_key(json.loads(line)["group"], ORDERS), line)

    def pump(self, seconds):
        self.writer.producer.poll(seconds)
        return []

    def read_all(self, seconds):
        del seconds
        self.writer.flush()
        return []


def run(topic, seed, rate, clients, pipe, shared, place):
    """The process's main function: ("done", result) or ("failed", why) at its end."""
    become_child()
    try:
        loop = Loop(Orders(clients, seed), StreamConnection(topic), shared)
        pipe.send(("ready",))
        pipe.recv()  # the start, once all clients are there
        loop.run(Pace(rate), place)
        pipe.send(("done", loop.result()))
    except Exception as error:  # whatever it is, the main process says it
        pipe.send(("failed", f"stream: {type(error).__name__}: {error}"))
