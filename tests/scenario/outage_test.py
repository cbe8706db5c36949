"""The service is away while thousands of actions wait: nothing is lost, nothing is given up,
and each group's order holds over the outage.
"""

from scenario import (Replies, Scenario, main, message, messages_by_target, wait_until,
                      without_repeats)

ACTIONS = 5000
GROUPS = 25


class Outage(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection)
        self.producer = self.connect(self.daemon, ack="delivered")
        self.replies = Replies()
        self.replies.keep_each = True

    def send(self, first, end):
        for number in range(first, end):
            self.producer.send(message(f"g{number % GROUPS}", number))
        self.replies.take(self.producer.flush())

    def await_delivered(self, count):
        self.read_into(self.replies, self.producer, lambda: self.replies.settled() >= count)
        self.assertEqual(self.replies.by_seq, dict.fromkeys(range(1, count + 1), "delivered"))
        self.assertEqual(self.daemon.status()["dead letters"], 0)

    def test_what_comes_during_an_outage_is_delivered_after_it(self):
        self.send(0, 100)
        self.await_delivered(100)
        self.emulator.kill()
        self.send(100, ACTIONS)
        wait_until(lambda: self.daemon.status()["actions waiting"] == ACTIONS - 100, "acceptance")
        self.emulator.restart()
        self.await_delivered(ACTIONS)
        after = messages_by_target(self.emulator.log())
        for group in range(GROUPS):
            self.assertEqual(after[f"g{group}"], list(range(100 + group, ACTIONS, GROUPS)))
        self.assertIn("is held: service unreachable", self.daemon.log())

    def test_an_outage_in_full_flight_loses_nothing(self):
        self.emulator.set_delay(5)
        self.send(0, ACTIONS)
        wait_until(lambda: self.emulator.requests() > ACTIONS // 20, "some requests")
        self.emulator.kill()
        wait_until(lambda: "is held" in self.daemon.log(), "the hold")
        self.read_into(self.replies, self.producer,
                       lambda: self.replies.settled() == self.daemon.status()["delivered"])
        before = {seq - 1 for seq in self.replies.by_seq}
        self.assertLess(len(before), ACTIONS)
        self.emulator.restart()
        self.await_delivered(ACTIONS)
        after = messages_by_target(self.emulator.log())
        for group in range(GROUPS):
            numbers = without_repeats(after[f"g{group}"])
            self.assertEqual(numbers, list(range(numbers[0], ACTIONS, GROUPS)))
            settled_before = [number for number in before if number % GROUPS == group]
            self.assertEqual(numbers[0], max(settled_before, default=group - GROUPS) + GROUPS)


if __name__ == "__main__":
    main()
