"""Some targets, and some forms of request, fail for good: whoever else is served as if they were
not there, and what cannot be delivered ends as a dead letter.
"""

import json

from admin import Admin
from load import Load
from scenario import Scenario, main, message, wait_until

ROUND_TRIP = {"name": "round trip", "delayMs": 20, "continues": True}
QUICK_STOP = 'drain_timeout = "100ms"\n'
FEW_ATTEMPTS = ('hub_defaults.retry.max_attempts = 3\nhub_defaults.retry.base = "50ms"\n'
                'hub_defaults.retry.max = "1s"\n')
HEALTHY, RATE = 200, 50
# Of a healthy send: its round trip, and what a busy machine adds.
IN_TIME_SECONDS = 1.0
# A first burst of sick targets may look like an outage that long.
TELL_SECONDS = 5.0
# Of a sick one: what is charged, and what was not since it looked like an outage.
MOST_ATTEMPTS = 3 + 2


class PartialFaults(Scenario):
    def start(self, rule, config=FEW_ATTEMPTS):
        self.emulator = self.start_emulator()
        self.emulator.set_faults([rule, ROUND_TRIP])
        self.daemon = self.start_daemon(self.emulator.connection, QUICK_STOP + config)

    def start_load(self, make_line, **options):
        load = Load(self.daemon.socket_path, make_line, **options)
        self.addCleanup(load.stop)
        return load

    def expect_healthy(self):
        """Once the trouble is told from an outage: all delivered, and none late."""
        first = self.start_load(to_user, rate=RATE)
        wait_until(lambda: first.settled() >= RATE // 2, "healthy ones beside the first burst",
                   TELL_SECONDS + 1)
        load = self.start_load(to_user, rate=RATE, count=HEALTHY)
        wait_until(load.is_settled, "the healthy ones' outcomes", HEALTHY / RATE + 5)
        self.assertEqual(load.statuses(), {"delivered": HEALTHY})
        self.assertLess(load.latencies(0, float("inf")).quantile(1), IN_TIME_SECONDS)
        first.stop()
        self.assertEqual(set(first.statuses()), {"delivered"})

    def test_twenty_sick_groups_beside_healthy_users(self):
        self.start({"name": "sick", "match": {"group": "bad*"}, "status": 500})
        sick = self.start_load(lambda number: line(message(f"bad{number}", number)), rate=1e6,
                               count=20)
        self.expect_healthy()
        wait_until(sick.is_settled, "the sick ones' outcomes", 5)
        self.assertEqual(sick.statuses(), {"dead_lettered": 20})
        letters = Admin(self.daemon.admin_path).dead_letters("chat")
        self.assertEqual({letter["httpStatus"] for letter in letters}, {500})
        self.assertLessEqual(self.emulator.fault_counts()["sick"], 20 * MOST_ATTEMPTS)

    def test_one_group_is_always_throttled(self):
        """It pauses alone once that is shown; until then its answers speak of the rate."""
        self.start({"name": "busy", "match": {"group": "busy"}, "status": 429,
                    "headers": {"Retry-After": 1}}, config="")
        busy = self.start_load(lambda number: line(message("busy", number)), rate=1e6, count=5)
        self.start_load(to_user, rate=RATE)  # others are answered in between
        wait_until(lambda: self.emulator.fault_counts()["busy"] >= 4, "four of its attempts", 15)
        self.expect_healthy()
        self.assertNotIn("delivered", busy.statuses())

    def test_a_name_that_is_refused(self):
        """401 for one name: not the credential's fault, since others are answered."""
        self.start({"name": "name", "match": {"user": "a%2Fb?c"}, "status": 401})
        odd = self.start_load(lambda _: line({"actionName": "sendToUser", "userId": "a/b?c",
                                              "data": "x"}), rate=1e6, count=1)
        self.expect_healthy()
        wait_until(odd.is_settled, "its outcome", 5)
        self.assertEqual(odd.statuses(), {"dead_lettered": 1})
        self.assertGreater(self.emulator.fault_counts()["name"], 0)

    def test_a_coalesced_form_that_fails_is_taken_apart(self):
        """The pace holds them back, so that they are coalesced at all."""
        self.start({"name": "filter", "match": {"query": {"filter": "*"}}, "status": 500},
                   FEW_ATTEMPTS + "service.requests_per_second = 50\n")
        alike = self.start_load(lambda number: line({"actionName": "sendToUser", "data": "same",
                                                     "userId": f"u{number}"}), rate=1e6, count=120)
        wait_until(alike.is_settled, "their outcomes", 15)
        self.assertEqual(alike.statuses(), {"delivered": 120})
        self.assertGreater(self.emulator.fault_counts()["filter"], 0)


def line(action):
    return json.dumps(action)


def to_user(number):
    return line({"actionName": "sendToUser", "userId": f"u{number % 100}", "data": str(number)})


if __name__ == "__main__":
    main()
