"""What the scenarios share: a folder, an emulator, awpsd, and how to read the emulator's log."""

import sys
import unittest
from collections import defaultdict

from producer import Producer, Replies
from programs import Awpsd, Emulator, temporary_folder
from waiting import wait_until

__all__ = ["REFUSED", "Producer", "Replies", "Scenario", "main", "message",
           "messages_by_target", "wait_until", "without_repeats"]

# The body of a refusal in the service's own words: nobody else's gives an action up.
REFUSED = '{"code":"Error.BadRequest","message":"refused"}'


class Scenario(unittest.TestCase):
    """Everything that it starts ends with the test; awpsd's log is shown if the test fails."""

    def setUp(self):
        folder = temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.daemons = []

    def start_emulator(self, *arguments, log_entries=100_000, **place):
        emulator = Emulator("--log-entries", str(log_entries), *arguments, **place)
        self.addCleanup(emulator.close)
        return emulator

    def make_daemon(self, connection, config="", **options):
        daemon = Awpsd(self.folder, connection, config, **options)
        self.addCleanup(daemon.close)
        self.daemons.append(daemon)
        return daemon

    def start_daemon(self, connection, config="", **options):
        return self.make_daemon(connection, config, **options).start()

    def connect(self, daemon, **hello):
        producer = Producer(daemon.socket_path, hello)
        self.addCleanup(producer.close)
        return producer

    def outcomes(self, producer, count, seconds=60.0):
        """Reads until `count` actions have an outcome or are refused."""
        replies = Replies()
        replies.keep_each = True
        self.read_into(replies, producer, lambda: replies.settled() + replies.rejected >= count,
                       seconds)
        return replies

    def read_into(self, replies, producer, is_enough, seconds=60.0):
        def turn():
            replies.take(producer.pump(0.05))
            return is_enough() or producer.ended
        wait_until(turn, f"replies; there are {replies.counts}", seconds)
        self.assertTrue(is_enough(), f"the connection ended early: {replies.counts}")

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            for daemon in self.daemons:
                print(f"--- log of awpsd in {self.id()}:\n{daemon.kept_log}", file=sys.stderr)


def message(group, number, **rest):
    return {"actionName": "sendToGroup", "group": group, "data": str(number), **rest}


def messages_by_target(log):
    """target -> the numbers that took effect there, in order of arrival."""
    targets = defaultdict(list)
    for entry in log:
        if entry["tookEffect"] and entry["body"].isdigit():
            targets[entry["target"]].append(int(entry["body"]))
    return targets


def without_repeats(numbers):
    """A send whose answer was lost may stand twice, one behind the other; no further apart."""
    return [number for place, number in enumerate(numbers)
            if place == 0 or numbers[place - 1] != number]


def main():
    unittest.main(verbosity=2)
