"""The pauses that a service asks for, in every spelling: no request starts inside one, and the
first after it goes alone, until it is answered.
"""

import time
from email.utils import formatdate

from scenario import Scenario, main, message, messages_by_target

ACTIONS = 200
GROUPS = 20
ROUND_TRIP_MS = 30
UNDER_WAY_NS = 150_000_000  # what was sent before the answer was read arrives within that
NS = 1_000_000_000

# name, status, headers, seconds of the pause at least and at most
ROWS = [
    ("Retry-After", 429, {"Retry-After": "1"}, 1, 2),
    ("retry-after-ms", 429, {"retry-after-ms": "700"}, 0.7, 1.7),
    ("x-ms-retry-after-ms", 429, {"x-ms-retry-after-ms": "600"}, 0.6, 1.6),
    ("milliseconds before seconds", 429, {"Retry-After": "9", "retry-after-ms": "500"}, 0.5, 1.5),
    ("503", 503, {"Retry-After": "1"}, 1, 2),
    ("longer than retry_after_max", 429, {"Retry-After": "3600"}, 1.2, 2.2),
]


class Pauses(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator("--delay", str(ROUND_TRIP_MS))
        daemon = self.start_daemon(self.emulator.connection, 'service.retry_after_max = "1200ms"\n')
        self.producer = self.connect(daemon, ack="delivered")

    def deliver(self, status, headers):
        """Sends ACTIONS, of which one request is refused so; the log of that."""
        last = max((entry["sequence"] for entry in self.emulator.log()), default=0)
        self.emulator.set_faults([{"name": "pause", "skip": ACTIONS // 4, "count": 1,
                                   "status": status, "headers": headers}])
        for number in range(ACTIONS):
            self.producer.send(message(f"g{number % GROUPS}", number))
        self.assertEqual(self.outcomes(self.producer, ACTIONS).counts["delivered"], ACTIONS)
        log = [entry for entry in self.emulator.log() if entry["sequence"] > last]
        for group, numbers in messages_by_target(log).items():
            self.assertEqual(numbers, list(range(int(group[1:]), ACTIONS, GROUPS)))
        self.assertEqual(len(log), ACTIONS + 1)
        return log

    def assert_pause(self, log, least, most):
        refused, = (entry["arrivedNs"] for entry in log if entry["fault"] == "pause")
        after = [entry["arrivedNs"] for entry in log
                 if entry["arrivedNs"] > refused + UNDER_WAY_NS]
        self.assertGreater(len(after), ACTIONS // 4)
        self.assertGreaterEqual(after[0] - refused, least * NS)
        self.assertLess(after[0] - refused, most * NS)
        self.assertGreaterEqual(after[1] - after[0], 0.8 * ROUND_TRIP_MS * NS / 1000, "one probe")

    def test_each_spelling(self):
        for name, status, headers, least, most in ROWS:
            with self.subTest(name):
                self.assert_pause(self.deliver(status, headers), least, most)

    def test_an_http_date(self):
        # Whole seconds: between 1 and 2 of them from now, or 2, if the answer's date is rounded.
        date = formatdate(int(time.time()) + 2, usegmt=True)
        self.assert_pause(self.deliver(429, {"Retry-After": date}), 0.5, 3.5)


if __name__ == "__main__":
    main()
