"""A full queue slows its producer down, or refuses, as when_full says; others go on."""

from scenario import Replies, Scenario, main, message, messages_by_target, wait_until

STALL = [{"name": "stall", "stall": True, "match": {"pathContains": "slow"}}]
ACTIONS = 5000
CHARGE_BYTES = 128  # at least, of each action in the queue
BUDGET = "hub_defaults.max_queued_bytes = \"32KiB\"\nhub_defaults.max_producer_share = 0.5\n"
SHARE_BYTES = 16 * 1024


class Backpressure(Scenario):
    def start(self, config):
        self.emulator = self.start_emulator()
        self.emulator.set_faults(STALL)
        self.daemon = self.start_daemon(self.emulator.connection,
                                        BUDGET + config + 'service.timeout = "1s"\n')

    def fill(self, ack):
        producer = self.connect(self.daemon, ack=ack)
        for number in range(ACTIONS):
            producer.send(message("slow", number, data=f"{number:0200}"))
        return producer

    def test_a_blocked_producer_is_not_read_and_loses_nothing(self):
        self.start('hub_defaults.when_full = "block"\n')
        producer = self.fill("delivered")
        replies = Replies()
        replies.keep_each = True
        self.pump_until_stuck(producer, replies)
        self.assertGreater(len(producer.unsent), 0)
        waiting = self.daemon.status()["actions waiting"]
        self.assertGreater(waiting, 0)
        self.assertLessEqual(waiting * (200 + CHARGE_BYTES), SHARE_BYTES)
        self.another_is_served()
        self.emulator.set_faults([])
        self.read_into(replies, producer, lambda: replies.settled() >= ACTIONS)
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, ACTIONS + 1), "delivered"))
        self.assertEqual(replies.rejected, 0)
        self.assertEqual(messages_by_target(self.emulator.log())["slow"], list(range(ACTIONS)))

    def pump_until_stuck(self, producer, replies):
        """Until what is unsent stays the same while awpsd answers others."""
        def is_stuck():
            before = len(producer.unsent)
            replies.take(producer.pump(0.05))
            self.daemon.status()
            return len(producer.unsent) == before
        wait_until(is_stuck, "back-pressure")

    def another_is_served(self):
        with self.connect(self.daemon, ack="delivered") as other:
            other.send(message("quick", 1))
            self.assertEqual(self.outcomes(other, 1).counts["delivered"], 1)

    def test_a_full_queue_refuses_and_says_so(self):
        self.start('hub_defaults.when_full = "reject"\n')
        producer = self.fill("delivered")
        replies = Replies()
        replies.keep_each = True
        self.read_into(replies, producer, lambda: not producer.unsent and replies.rejected > 0)
        self.emulator.set_faults([])
        self.read_into(replies, producer, lambda: replies.settled() + replies.rejected == ACTIONS)
        self.assertEqual({reply["error"]["code"] for reply in replies.other}, {"queue_full"})
        refused = {reply["seq"] for reply in replies.other}
        self.assertEqual(refused & set(replies.by_seq), set())
        self.assertEqual(set(replies.by_seq.values()), {"delivered"})
        arrived = messages_by_target(self.emulator.log())["slow"]
        self.assertEqual(arrived, sorted(seq - 1 for seq in replies.by_seq))


if __name__ == "__main__":
    main()
