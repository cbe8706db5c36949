"""A topic of the tests' broker: who writes it, and what another client than awpsd reads at the
broker: offsets that are committed, ends of partitions, records.
"""

import functools
import json
from collections import defaultdict

import kafka  # before Confluent's: it says where that is
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

__all__ = ["OtherMember", "Topic", "Writer", "group_key", "kafka", "send"]

SECONDS = 30
NO_COORDINATOR = (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
                  KafkaError.COORDINATOR_NOT_AVAILABLE)
IN_THE_WRITER = 50_000  # records that Confluent's producer holds at most


def group_key(group, hub="chat"):
    """Of records whose actions are for a group: see stream_keys.json."""
    return f"{hub}/g/{group}"


def send(group, number, **rest):
    """A record's value."""
    return json.dumps({"actionName": "sendToGroup", "group": group, "data": str(number), **rest})


class Writer:
    """Confluent's producer with Java's partitioner. It keeps the order also where the broker makes
    it write again, and remembers where each record went."""

    def __init__(self, topic, **settings):
        self.topic = topic
        self.producer = Producer(topic.broker.client(
            partitioner="murmur2_random", linger_ms=5, enable_idempotence=True, **settings))
        self.mistakes = []

    def write(self, key, value, name=None, **rest):
        """`name` for the topic's `places`; None: nobody asks for it."""
        while len(self.producer) > IN_THE_WRITER:
            self.producer.poll(0.1)

        def written(error, record):
            if error:
                self.mistakes.append(str(error))
            elif name is not None:
                self.topic.places[record.partition()].append((record.offset(), name))
                self.topic.partition_of[name] = record.partition()
        self.producer.produce(self.topic.name, value, key, on_delivery=written, **rest)
        self.producer.poll(0)

    def send(self, group, number, **rest):
        self.write(group_key(group), send(group, number, **rest), name=number)

    def flush(self):
        left = self.producer.flush(SECONDS)
        if left or self.mistakes:
            raise AssertionError(f"{left} records were not written: {self.mistakes[:3]}")


class Topic:
    """Made at once. The group whose offsets are looked at has its name."""

    def __init__(self, broker, name, partitions=1, **settings):
        self.broker, self.name, self.group = broker, name, name
        self.partitions = partitions
        self.places = defaultdict(list)  # partition -> (offset, name) of what was written, in order
        self.partition_of = {}           # name -> its partition
        broker.create_topic(name, partitions, **settings)

    @functools.cached_property
    def admin(self):
        return AdminClient(self.broker.client())

    def writer(self, **settings):
        return Writer(self, **settings)

    @functools.cached_property
    def _reader_of_offsets(self):
        """It asks in the group's name, and is no member of it."""
        return Consumer(self.broker.client(group_id=self.group, enable_auto_commit="false"))

    def committed(self):
        """partition -> the offset that the broker has for the group"""
        asked = [TopicPartition(self.name, number) for number in range(self.partitions)]
        try:
            found = self._reader_of_offsets.committed(asked, timeout=SECONDS)
        except KafkaException as error:
            if error.args[0].code() in NO_COORDINATOR:
                return {}  # the first group has only just begun; nothing is committed yet
            raise
        return {each.partition: each.offset for each in found if each.offset >= 0}

    def members(self):
        """How many the group has."""
        found = self.admin.describe_consumer_groups([self.group])
        return len(found[self.group].result(SECONDS).members)

    def ends(self):
        """partition -> the offset of the next record"""
        asked = {TopicPartition(self.name, number): OffsetSpec.latest()
                 for number in range(self.partitions)}
        found = self.admin.list_offsets(asked)
        return {each.partition: future.result(SECONDS).offset for each, future in found.items()}

    def is_settled(self):
        """All that was written is committed. (Behind the last record of a transaction, its end
        has an offset, too, which is nobody's record.)"""
        committed = self.committed()
        return all(committed.get(number, 0) > places[-1][0]
                   for number, places in self.places.items() if places)

    def read(self, **settings):
        """All records, of each partition in order."""
        consumer = Consumer(self.broker.client(
            group_id="reader of " + self.name, enable_partition_eof="true",
            enable_auto_commit="false", **settings))
        consumer.assign([TopicPartition(self.name, number, 0)
                         for number in range(self.partitions)])
        records, ended = [], set()
        while len(ended) < self.partitions:
            record = consumer.poll(SECONDS)
            if record is None:
                raise AssertionError(f"'{self.name}' has no end")
            if record.error():
                ended.add(record.partition())
            else:
                records.append(record)
        consumer.close()
        return records


class OtherMember:
    """Of the topic's group, beside awpsd; what it reads it neither delivers nor commits."""

    def __init__(self, topic, session_seconds=6):
        self.consumer = Consumer(topic.broker.client(
            group_id=topic.group, enable_auto_commit="false",
            partition_assignment_strategy="range",  # as awpsd's
            session_timeout_ms=session_seconds * 1000))
        self.consumer.subscribe([topic.name])

    def owns(self):
        """So many partitions; to be asked again and again."""
        self.consumer.poll(0.05)
        return len(self.consumer.assignment())

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.consumer.close()
