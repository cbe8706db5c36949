"""Producers that ask for deduplication send everything again, over kills and stops of the daemon:
each action has one effect. Who does not ask is not deduplicated.
"""

import random
import signal

from admin import Admin
from scenario import Replies, Scenario, main, message, messages_by_target, wait_until

DURABLE = 'spool.min_free_bytes = 0\nhub_defaults.durability = "durable"\n'
DOWN = [{"name": "down", "reset": "before"}]
ASKS = {"producer": "billing", "deduplicate": True}
GROUPS = 7


class Deduplication(Scenario):
    def actions_of(self, daemon):
        return Admin(daemon.admin_path).hub("chat")["actions"]

    def ask(self, daemon, **hello):
        """A producer, and the `ready` that it got."""
        producer = self.connect(daemon, **{**ASKS, **hello})
        ready, = producer.read_until(lambda reply: reply["status"] == "ready")
        return producer, ready

    def send(self, producer, numbers):
        for number in numbers:
            producer.send(message(f"g{number % GROUPS}", number, id=f"n-{number}"))

    def send_all(self, daemon, numbers, **hello):
        """Their outcomes, by how many there are of each."""
        producer, _ = self.ask(daemon, ack="delivered", **hello)
        self.send(producer, numbers)
        counts = self.outcomes(producer, len(numbers)).counts
        producer.close()
        return {status: count for status, count in counts.items() if count > 0}

    def effects(self, emulator):
        return sorted(number for numbers in messages_by_target(emulator.log()).values()
                      for number in numbers)

    def kill(self, daemon):
        daemon.signal(signal.SIGKILL)
        daemon.wait()

    def test_all_is_sent_again_over_kills_and_has_one_effect(self):
        choices = random.Random()
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)  # so that no kill makes the daemon itself repeat what was sent
        daemon = self.make_daemon(emulator.connection, DURABLE)
        lives, each = 6, 150
        for life in range(1, lives + 1):
            daemon.start()
            producer, ready = self.ask(daemon, ack="accepted")
            self.assertEqual(ready["dedupeWindowSeconds"], 120)
            self.send(producer, range(each * life))
            # It dies with some of it accepted, and with some on the way.
            enough = choices.randrange(1, each * life)
            replies = Replies()
            self.read_into(replies, producer, lambda: replies.accepted_to >= enough)
            self.kill(daemon)
            producer.close()
        emulator.set_faults([])
        daemon.start()
        told = self.send_all(daemon, range(each * lives))
        self.assertEqual(set(told) - {"delivered"}, {"duplicate"})
        wait_until(lambda: len(self.effects(emulator)) >= each * lives, "all to arrive")
        wait_until(lambda: self.actions_of(daemon)["queued"] == 0, "all to be settled")
        self.assertEqual(self.effects(emulator), list(range(each * lives)))
        actions = self.actions_of(daemon)
        self.assertEqual(actions["duplicates"], told["duplicate"])
        self.assertEqual(actions["accepted"], each * lives)

    def test_ids_outlive_what_became_of_them_and_a_stop(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.assertEqual(self.send_all(daemon, range(100)), {"delivered": 100})
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        daemon.start()
        self.assertEqual(self.send_all(daemon, range(120)), {"duplicate": 100, "delivered": 20})
        self.assertEqual(self.effects(emulator), list(range(120)))

    def test_a_hub_in_memory_knows_them_as_long_as_it_runs(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection)
        self.assertEqual(self.send_all(daemon, range(50)), {"delivered": 50})
        self.assertEqual(self.send_all(daemon, range(60)), {"duplicate": 50, "delivered": 10})
        self.assertEqual(self.send_all(daemon, range(60), producer="orders"), {"delivered": 60})
        self.assertEqual(self.actions_of(daemon)["duplicates"], 50)
        self.assertEqual(len(self.effects(emulator)), 120)

    def test_without_the_key_nothing_is_known(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection)
        self.send_all(daemon, range(5))
        self.assertEqual(self.send_all(daemon, range(5), deduplicate=False), {"delivered": 5})
        producer, ready = self.ask(daemon, deduplicate=False)
        self.assertNotIn("dedupeWindowSeconds", ready)
        self.assertEqual(ready["features"], ["deduplicate"])
        producer.close()

    def test_a_hub_that_refuses_says_so(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, 'hub_defaults.dedupe_window = "0s"\n')
        producer, ready = self.ask(daemon)
        self.assertEqual(ready["dedupeWindowSeconds"], 0)
        producer.close()
        for _ in range(2):
            self.assertEqual(self.send_all(daemon, range(5)), {"delivered": 5})


if __name__ == "__main__":
    main()
