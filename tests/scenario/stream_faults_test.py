"""A stream in trouble: its broker away, one target stuck, the service away. What can go on does.
Once the trouble is over, nothing is missing, late or twice.
"""

from scenario import main, message, wait_until
from stream_scenario import StreamScenario

STUCK = "stuck"
BEHIND = 10_000  # records behind the stuck one
AHEAD = 2_000
QUICK = ('hub_defaults.retry.base = "5ms"\nhub_defaults.retry.max = "100ms"\n'
         "hub_defaults.retry.max_attempts = 100000\n")
REFUSED = [{"name": "stuck", "match": {"group": STUCK}, "status": 500}]
AWAY = [{"name": "away", "reset": "before"}]
SILENT = [{"name": "stuck", "match": {"group": STUCK}, "stall": True}]


class StreamFaults(StreamScenario):
    def is_ready(self):
        return self.admin.ask("GET", "/readyz")

    def write(self, topic, first, count, groups=10):
        writer = topic.writer()
        for number in range(first, first + count):
            writer.send(f"g{number % groups}", number)
        writer.flush()

    # ---- the broker

    def start_and_deliver(self, topic, count):
        self.start_stream(topic, "max_ahead = 1000\n", emulator=("--delay", "1"))
        self.write(topic, 0, count)
        wait_until(lambda: self.judge.look() or len(self.judge.arrived) > count // 10,
                   "some to be delivered")

    def see_others_go_on(self):
        """A producer at the socket is served."""
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(100):
            producer.send(message("socket", f"s{number}"))
        self.assertEqual(self.outcomes(producer, 100).counts["delivered"], 100)

    def test_a_broker_that_is_killed_comes_back(self):
        """If it is away for longer than the session, the group forgets who owned what, and what was
        not committed comes again."""
        topic = self.make_topic(4)
        self.start_and_deliver(topic, 3000)
        self.judge.is_shared = True
        self.broker.kill()
        try:
            self.see_others_go_on()
            wait_until(lambda: self.stream()["state"] == "troubled", "the stream to say it", 30)
            self.assertNotEqual(self.stream()["cause"], "")
            status, text = self.is_ready()
            self.assertEqual(status, 503)
            self.assertIn("orders", text)
        finally:
            self.broker.restart()
        self.write(topic, 3000, 1000)
        self.wait_for_all()
        wait_until(lambda: self.is_ready()[0] == 200, "ready again")
        self.assertEqual(self.stream()["state"], "running")
        self.assertLessEqual(self.judge.most_repeats(), 1000)
        self.assertLessEqual(max(self.judge.steps_back.values(), default=0),
                             self.stream()["rebalances"]["lost"])

    def test_a_broker_that_hangs_comes_back(self):
        """For less than the session: nothing is given to others, so nothing comes again."""
        topic = self.make_topic(4)
        self.start_and_deliver(topic, 3000)
        self.broker.pause()
        try:
            self.see_others_go_on()
            wait_until(self.has_delivered_what_it_read, "what was read to be delivered")
        finally:
            self.broker.resume()
        self.write(topic, 3000, 1000)
        self.wait_for_all()
        self.assertEqual(self.judge.repeats, {})

    def has_delivered_what_it_read(self):
        actions = self.admin.hub("chat")["actions"]
        return actions["queued"] + actions["active"] + actions["deferred"] == 0

    # ---- a stuck head

    def test_records_behind_one_that_is_refused_go_on_to_max_ahead(self):
        self.see_stuck(REFUSED, "500")

    def test_records_behind_one_that_is_never_answered_go_on(self):
        self.see_stuck(SILENT, "")

    def see_stuck(self, fault, why):
        topic = self.make_topic(2)
        self.start_stream(topic, f"max_ahead = {AHEAD}\n", QUICK + 'service.timeout = "1s"\n')
        self.emulator.set_faults(fault)
        writer = topic.writer()
        writer.send(STUCK, 0)
        writer.flush()
        (stuck, ((offset, _),)), = topic.places.items()
        for number in range(1, BEHIND + 1):
            writer.write(None, self.value(number), name=number, partition=number % 2)
        writer.flush()
        other = 1 - stuck
        wait_until(lambda: self.judge.look() or
                   topic.committed().get(other) == topic.ends()[other], "the other partition", 60)
        wait_until(lambda: self.partition(stuck)["wait"] == "ahead", "the partition to stop", 60)
        wait_until(lambda: self.judge.look() or self.arrived_of(stuck) == AHEAD - 1,
                   "all up to max_ahead to arrive")
        state = self.partition(stuck)
        self.assertEqual((state["settledOffset"], state["ahead"]), (offset, AHEAD))
        self.assertEqual(topic.committed().get(stuck, 0), offset)
        self.assertEqual((state["oldest"]["offset"], state["oldest"]["action"]),
                         (offset, "sendToGroup"))
        wait_until(lambda: why in self.partition(stuck)["oldest"]["why"] != "", "the reason")
        self.emulator.set_faults([])
        self.wait_for_all()
        self.assertEqual(self.judge.repeats, {})

    def arrived_of(self, partition):
        return sum(self.judge.topic.partition_of[number] == partition
                   for number in self.judge.arrived)

    @staticmethod
    def value(number):
        return f'{{"actionName":"sendToGroup","group":"g{number % 50}","data":"{number}"}}'

    def test_a_stuck_one_is_given_up_in_time(self):
        """What is answered, but always refused, ends by retry.max_age. Its partition goes on."""
        topic = self.make_topic()
        self.start_stream(topic, "max_ahead = 100\n",
                          QUICK + 'hub_defaults.retry.max_age = "3s"\n')
        self.emulator.set_faults(REFUSED)
        writer = topic.writer()
        writer.send(STUCK, 0)
        for number in range(1, 1001):
            writer.send(f"g{number % 10}", number)
        writer.flush()
        self.judge.settled_otherwise = {0}
        self.wait_for_all()
        letter, = self.admin.dead_letters("chat")
        self.assertEqual(letter["action"]["group"], STUCK)

    # ---- the service

    def test_a_service_that_is_away_costs_nothing(self):
        """Records wait at the broker, also longer than the retries last; a stop gives them back."""
        topic = self.make_topic(4)
        self.start_stream(topic, "max_ahead = 100\n",
                          QUICK + 'hub_defaults.retry.max_age = "2s"\n')
        self.emulator.set_faults(AWAY)
        self.write(topic, 0, 2000)
        wait_until(lambda: all((self.partition(number) or {}).get("wait") == "ahead"
                               for number in range(4)), "all partitions to stop")
        wait_until(lambda: self.stream()["partitions"][0]["oldest"]["seconds"] > 3, "three seconds")
        self.assertEqual(self.admin.dead_letters("chat"), [])
        self.assertEqual(self.stop_daemon(), 0)
        self.judge.end_in_order()
        self.assertEqual(self.daemon.undelivered_files(), [])
        self.emulator.set_faults([])
        self.daemon.start()
        self.wait_for_all()
        self.assertEqual(self.judge.repeats, {})


if __name__ == "__main__":
    main()
