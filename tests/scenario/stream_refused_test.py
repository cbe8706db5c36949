"""Records that are refused, and those that a service refuses, become dead letters: in the daemon's
own store, or in a topic. They stop neither their partition nor its offset.
"""

import json

import control_tool
from control_tool import NO, OK
from scenario import REFUSED, main, wait_until
from stream_scenario import StreamScenario
from stream_topic import group_key, send

VALID = 500
DEAD = "dead"  # the group that the service refuses
LONG = "x" * 100_000
KEPT = 64 << 10
# name, value, code
POISON = [
    ("no JSON", b"nonsense", "invalid_json"),
    ("no UTF-8", b"\xff\xfe{}", None),
    ("two bytes of white space and more", b" \t x", "invalid_json"),
    ("an unknown action", b'{"actionName":"dance"}', None),
    ("a hello", b'{"hello":{"ack":"delivered"}}', None),
    ("another hub", send("g", 0, hub="other").encode(), "forbidden"),
    ("no target", b'{"actionName":"sendToGroup","data":"x"}', None),
    ("long nonsense", LONG.encode(), "invalid_json"),
    ("two lines", (send("g", 0) + "\n" + send("g", 1)).encode(), None),
    ("an array that is half right", b'[' + send("half", 9_999).encode() + b',{"actionName":"x"}]',
     None)]


class StreamRefused(StreamScenario):
    def write_all(self, topic):
        """Poison among good records, all of one partition; what the service refuses, too."""
        writer = topic.writer()
        places = {}
        for number in range(VALID):
            writer.send(f"g{number % 5}", number)
            if number % (VALID // len(POISON)) == 0:
                name, value, _ = POISON[number // (VALID // len(POISON))]
                writer.write(b"key of \xff " + name.encode(), value, name=name)
        writer.send(DEAD, 7_777)
        writer.write(None, b"", name="empty")  # as an empty line of the socket
        writer.flush()
        for offset, name in topic.places[0]:
            places[name] = offset
        self.places = places

    def start(self, topic, lines="", before=""):
        self.start_stream(topic, lines, before + 'hub_defaults.retry.base = "5ms"\n')
        self.emulator.set_faults([{"match": {"group": DEAD}, "status": 400, "body": REFUSED}])
        self.refused = {name for name, *_ in POISON} | {7_777}
        self.judge.settled_otherwise = self.refused | {"empty"}

    def test_they_become_dead_letters(self):
        topic = self.make_topic()
        self.start(topic)
        self.write_all(topic)
        self.wait_for_all()
        wait_until(lambda: topic.committed() == topic.ends(), "all to be committed")
        self.assertEqual(set(self.judge.arrived), {*range(VALID), 9_999})
        letters = self.admin.dead_letters("chat")
        records = {letter["record"]["offset"]: letter for letter in letters if "record" in letter}
        self.assertEqual(len(records), len(POISON))
        for name, value, code in POISON:
            self.see_letter(records[self.places[name]], topic, name, value, code)
        self.assertEqual([letter["action"]["group"] for letter in letters
                          if "record" not in letter], [DEAD])
        self.see_redrive()
        self.see_restart()

    def see_letter(self, letter, topic, name, value, code):
        with self.subTest(name):
            record = letter["record"]
            self.assertEqual((record["stream"], record["topic"], record["partition"],
                              record["bytes"]), ("orders", topic.name, 0, len(value)))
            if code is not None:
                self.assertEqual(letter["code"], code)
            self.assertNotEqual(letter["reason"], "")
            if "text" in record:
                self.assertEqual(record["text"].encode(), value[:KEPT])

    def see_redrive(self):
        """What is an action is sent again; records are left where they are."""
        self.emulator.set_faults([])
        self.admin.post("/dead-letters/redrive", {"hub": "chat", "all": True})
        self.judge.settled_otherwise.discard(7_777)
        self.wait_for_all()
        wait_until(lambda: len(self.admin.dead_letters("chat")) == len(POISON), "the redrive")

    def see_restart(self):
        """Letters stay, nothing comes again."""
        numbers = [letter["number"] for letter in self.admin.dead_letters("chat")]
        self.assertEqual(self.stop_daemon(), 0)
        self.judge.end_in_order()
        self.daemon.start()
        topic = self.judge.topic
        topic.writer().send("g", 10_000)
        self.wait_for_all()
        self.assertEqual([letter["number"] for letter in self.admin.dead_letters("chat")], numbers)
        self.assertEqual(self.judge.repeats, {})

    def test_awpsctl_handles_them_over_restarts(self):
        """list, show, redrive and purge, before and after a stop and a kill."""
        topic = self.make_topic()
        self.start(topic)
        writer = topic.writer()
        for number, value in enumerate((b"nonsense", b"\xff", send("g", 0, hub="other").encode())):
            writer.write(b"key", value, name=f"bad {number}")
        writer.send(DEAD, 7_777)
        writer.send("g", 1)
        writer.flush()
        self.judge.settled_otherwise = {"bad 0", "bad 1", "bad 2", 7_777}
        self.wait_for_all()
        before = self.letters("list").out
        for words in ("record 0 of orders/0: nonsense", "record 1 of orders/0 ", "forbidden",
                      f"sendToGroup {DEAD}"):
            self.assertIn(words, before)
        shown = self.letters("show", "1", "2").out
        self.assertIn('"key":"key"', shown)
        self.assertIn('"base64":"/w=="', shown)
        self.assertEqual(self.stop_daemon(), 0)
        self.judge.end_in_order()
        self.daemon.start()
        self.assertEqual(self.letters("list").out, before)
        self.assertEqual(self.letters("show", "1", "2").out, shown)
        left = self.letters("redrive", "1", "4", code=NO)
        self.assertIn("1 dead letter sent again", left.out)
        self.assertIn("dead letter 1 was not sent again: it is a record of a stream", left.out)
        wait_until(lambda: len(self.admin.dead_letters("chat")) == 4 and
                   self.letters("list").out.count(DEAD) == 1, "the action to be refused again")
        self.assertIn("1 dead letter purged", self.letters("purge", "--yes", "2").out)
        self.assertEqual(self.stop_daemon(), 0)
        for _ in range(2):  # behind a stop, and behind a kill
            self.daemon.start()
            self.assertEqual([letter["number"] for letter in self.admin.dead_letters("chat")],
                             [1, 3, 5])
            self.daemon.process.kill()
            self.daemon.wait()
        self.daemon.start()
        self.assertIn("3 dead letters purged", self.letters("purge", "--yes", "--all").out)
        self.assertEqual(self.stop_daemon(), 0)
        self.daemon.start()
        self.assertIn("no dead letters", self.letters("list").out)

    def letters(self, *arguments, code=OK):
        ended = control_tool.run(f"unix:{self.daemon.admin_path}", "dead-letters", *arguments)
        self.assertEqual(ended.code, code, ended.err)
        return ended

    def test_a_topic_takes_them(self):
        topic = self.make_topic()
        dead = self.make_topic(3, "-dead")
        self.start(topic, f'dead_letters = "{dead.name}"\n')
        self.write_all(topic)
        self.wait_for_all()
        wait_until(lambda: topic.committed() == topic.ends(), "all to be committed")
        written = {record.value(): record for record in topic.read()}
        letters = {}
        for record in dead.read():
            headers = dict(record.headers())
            self.assertEqual(headers["awpsd-topic"].decode(), topic.name)
            self.assertEqual(headers["awpsd-partition"], b"0")
            letters[int(headers["awpsd-offset"])] = (record, headers)
        self.assertEqual(set(letters), {self.places[name] for name in self.refused})
        for record, headers in letters.values():
            self.assertEqual(record.key(), written[record.value()].key())
            for name in ("code", "message", "http-status", "element"):
                self.assertIn("awpsd-" + name, headers)
        _, headers = letters[self.places["no JSON"]]
        self.assertEqual(headers["awpsd-code"], b"invalid_json")
        _, headers = letters[self.places[7_777]]
        self.assertEqual(headers["awpsd-http-status"], b"400")
        _, headers = letters[self.places["an array that is half right"]]
        self.assertEqual(headers["awpsd-element"], b"1")
        self.assertEqual(self.admin.dead_letters("chat"), [])

    def test_a_topic_that_is_away_holds_the_offset_back(self):
        """Until it is there, the partition goes on to max_ahead."""
        topic = self.make_topic()
        self.start(topic, f'dead_letters = "{topic.name}-dead"\nmax_ahead = 100\n')
        writer = topic.writer()
        writer.write(b"", b"nonsense", name="no JSON")
        for number in range(300):
            writer.send("g", number)
        writer.flush()
        wait_until(lambda: len(self.judge.arrived) or self.judge.look(), "what can be delivered")
        wait_until(lambda: (self.partition() or {}).get("wait") in ("ahead", "letters"), "a wait")
        self.assertLessEqual(topic.committed().get(0, 0), 0)
        self.make_topic(1, "-dead")
        self.wait_for_all()


if __name__ == "__main__":
    main()
