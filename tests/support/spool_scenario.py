"""Scenes of hubs that have a log on disk."""

import signal

from admin import Admin
from scenario import Replies, Scenario, message, messages_by_target, wait_until


class SpoolScenario(Scenario):
    def hub(self, daemon, name="chat"):
        return Admin(daemon.admin_path).hub(name)

    def accept(self, daemon, count, groups=3, first=0, **hello):
        """A producer that was told that `count` actions are accepted."""
        producer = self.connect(daemon, ack="accepted", **hello)
        for number in range(first, first + count):
            producer.send(message(f"g{number % groups}", number))
        replies = Replies()
        self.read_into(replies, producer, lambda: replies.accepted_to >= count)
        return producer

    def assert_all_in_order(self, emulator, count, groups=3):
        """Each message took effect, those of a group in order; what was in flight may repeat."""
        wait_until(lambda: self.arrived(emulator) >= count, "all to arrive", 60)
        for target, numbers in messages_by_target(emulator.log()).items():
            first_time = list(dict.fromkeys(numbers))
            self.assertEqual(first_time, list(range(int(target[1:]), count, groups)), target)

    @staticmethod
    def arrived(emulator):
        return sum(len(set(numbers)) for numbers in messages_by_target(emulator.log()).values())

    def killed(self, daemon):
        daemon.signal(signal.SIGKILL)
        daemon.wait()
