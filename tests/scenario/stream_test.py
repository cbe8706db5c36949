"""Records of a real Apache Kafka are delivered in the order of their keys, and committed once they
are settled. Another client reads the offsets at the broker.
"""

import json
import os
import subprocess
import sys

from scenario import main, wait_until
from stream_scenario import StreamScenario
from stream_topic import group_key, kafka, send

KEYS = json.loads((kafka.HERE.parent / "stream_keys.json").read_text())
RECORDS = 10_000
GROUPS = 40
PARTITIONS = 8
LANGUAGES = {
    "Java": [*kafka.JAVA, "-cp", f"{kafka.JARS}/*", kafka.HERE / "producers/Keys.java"],
    "kafka-python": [sys.executable, "-B", kafka.HERE / "producers/keys.py"]}


class Stream(StreamScenario):
    def test_each_key_is_in_order_and_no_offset_is_ahead(self):
        topic = self.make_topic(PARTITIONS)
        self.start_stream(topic)
        writer = topic.writer()
        for number in range(RECORDS):
            writer.send(f"g{number * 7 % GROUPS}", number)
            if number % 1000 == 0:
                self.judge.look()
        writer.flush()
        self.wait_for_all()
        self.assertEqual(topic.committed(), topic.ends())
        self.assertEqual(len(topic.committed()), PARTITIONS, "partitions with records")
        self.see_that_it_is_all_told()
        self.start_again_behind_a_stop()

    def see_that_it_is_all_told(self):
        wait_until(lambda: all(each["lag"] == 0 and each["ahead"] == 0
                               for each in self.stream()["partitions"]), "a lag of 0")
        stream = self.stream()
        self.assertEqual((stream["state"], stream["records"]), ("running", RECORDS))
        self.assertEqual(self.admin.hub("chat")["actions"]["fromStreams"], RECORDS)
        self.assertIn(f'awpsd_stream_records_total{{stream="orders"}} {RECORDS}\n',
                      self.admin.text("/metrics"))

    def start_again_behind_a_stop(self):
        """Nothing comes again."""
        self.assertEqual(self.stop_daemon(), 0)
        self.judge.end_in_order()
        self.daemon.start()
        topic = self.judge.topic
        writer = topic.writer()
        for number in range(RECORDS, RECORDS + 100):
            writer.send(f"g{number % GROUPS}", number)
        writer.flush()
        self.wait_for_all()
        self.assertEqual(self.judge.repeats, {})

    def test_a_backlog_is_older_than_its_reader(self):
        """What was written before the first start is read; records of an array and of a batch
        count once for their offset; what is over its time is not sent."""
        topic = self.make_topic()
        writer = topic.writer()
        hour = 3600
        now = int(kafka.time.time())
        stale = {"timestamp": (now - hour) * 1000}
        writer.write(group_key("g"), send("g", 9_001, ttlSeconds=60), name=9_001, **stale)
        writer.write(group_key("g"), send("g", 1, ttlSeconds=2 * hour), name=1, **stale)
        array = "[" + ",".join(send("g", number) for number in (2, 3)) + "]"
        writer.write(group_key("g"), array, name=2)
        batch = json.dumps({"ordered": True, "batch": [json.loads(send(f"g{number}", number))
                                                         for number in (4, 5)]})
        writer.write(group_key("g4"), batch, name=5)
        writer.write(None, send("g", 6, ttlSeconds=60), name=6,
                     timestamp=(now + hour) * 1000)  # from the future
        writer.flush()
        self.start_stream(topic)
        self.judge.settled_otherwise = {9_001}
        self.wait_for_all()
        self.assertEqual(sorted(self.judge.arrived), [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.admin.hub("chat")["actions"]["expired"], 1)

    def test_tombstones_and_a_compacted_topic_have_gaps(self):
        topic = self.make_topic(cleanup_policy="compact", segment_ms=100,
                                min_cleanable_dirty_ratio=0.001, max_compaction_lag_ms=100)
        writer = topic.writer()
        for number in range(1000):
            group = f"g{number % 10}"
            writer.send(group, number)
            if number % 100 == 99:
                writer.write(group_key("gone"), None)
        writer.flush()
        self.wait_for_compaction(topic, writer)
        writer.write(group_key("gone"), None)
        writer.flush()
        left = {int(json.loads(record.value())["data"]) for record in topic.read()
                if record.value() is not None}
        self.start_stream(topic)
        self.judge.settled_otherwise = set(self.judge.written()) - left
        self.wait_for_all()
        wait_until(lambda: topic.committed() == topic.ends(), "the tombstones to be committed")
        self.assertEqual(set(self.judge.arrived), left)
        self.assertEqual(self.admin.dead_letters("chat"), [])

    def wait_for_compaction(self, topic, writer):
        """A segment is compacted once it is not the last one; another record ends it."""
        extra = iter(range(1000, 100_000))

        def is_compacted():
            number = next(extra)
            writer.send(f"more-{number}", number)
            writer.flush()
            return len(topic.read()) < topic.ends()[0] - 500
        wait_until(is_compacted, "the topic to be compacted", 60)

    def test_transactions_have_gaps(self):
        topic = self.make_topic()
        writer = topic.writer(transactional_id="writer of transactions")
        writer.producer.init_transactions(30)
        aborted = []
        for first in range(0, 100, 10):
            writer.producer.begin_transaction()
            for number in range(first, first + 10):
                writer.send("g", number)
            writer.flush()
            if first % 20 == 0:
                writer.producer.abort_transaction(30)
                aborted += range(first, first + 10)
            else:
                writer.producer.commit_transaction(30)
        self.start_stream(topic)
        self.judge.settled_otherwise = set(aborted)
        self.wait_for_all()
        self.assertEqual(sorted(self.judge.arrived), sorted(set(range(100)) - set(aborted)))
        self.assertGreaterEqual(topic.ends()[0], 110, "records and ends of transactions")

    def test_other_languages_choose_the_same_partitions(self):
        topic = self.make_topic(PARTITIONS)
        keys = [each["key"].encode() for each in KEYS["keys"]]
        keys += [bytes.fromhex(each["hex"]) for each in KEYS["bytes"] if each["hex"]]
        said = [each["partitions"][str(PARTITIONS)] for each in KEYS["keys"] + KEYS["bytes"]
                if each.get("hex") != ""]
        for language, command in LANGUAGES.items():
            ran = subprocess.run([*command, self.broker.address, topic.name], capture_output=True,
                                 input="".join(key.hex() + "\n" for key in keys), timeout=60,
                                 env={**os.environ, "PYTHONPATH": str(kafka.PACKAGES)}, text=True,
                                 check=False)
            self.assertEqual(ran.returncode, 0, f"{language}: {ran.stderr}")
            self.assertEqual([int(line) for line in ran.stdout.split()], said, language)
        self.assertEqual({record.key(): record.partition() for record in topic.read()},
                         dict(zip(keys, said)))
        writer = topic.writer()
        for key in keys:
            writer.write(key, "")
        writer.flush()
        places = {(record.key(), record.partition()) for record in topic.read()}
        self.assertEqual(places, set(zip(keys, said)), "this test's own writer")


if __name__ == "__main__":
    main()
