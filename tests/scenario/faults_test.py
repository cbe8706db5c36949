"""1 % of the requests are reset, 5 % answered 503: every action has its outcome, each group's order
holds, and a message shows twice only where its answer was lost.
"""

import os

from admin import Admin
from fault_run import CONFIG, RULES, Arrivals, send_all
from scenario import Scenario, main

ACTIONS = int(os.environ.get("AWPS_SCENARIO_ACTIONS", "20000"))


class Faults(Scenario):
    def test_every_action_is_accounted_for(self):
        emulator = self.start_emulator(log_entries=2 * ACTIONS)
        emulator.set_faults(RULES)
        daemon = self.start_daemon(emulator.connection, CONFIG)
        total = send_all(daemon.socket_path, ACTIONS)
        self.assertEqual({name: count for name, count in total.items() if count},
                         {"delivered": ACTIONS})
        status = daemon.status()
        self.assertEqual((status["delivered"], status["actions waiting"], status["dead letters"]),
                         (ACTIONS, 0, 0))
        arrivals = Arrivals(emulator.log())
        self.assertEqual(arrivals.requests, emulator.requests())
        self.assertEqual(arrivals.mistakes, [])
        self.assertEqual(dict(arrivals.next_number), arrivals.lanes_of(ACTIONS))
        self.assertEqual(arrivals.repeats, arrivals.effects_unanswered)
        self.assertEqual(arrivals.effects, ACTIONS + arrivals.repeats)
        applied = emulator.fault_counts()
        self.assertEqual(arrivals.effects_unanswered, applied["reset after"])
        self.assertEqual(arrivals.requests, ACTIONS + sum(applied.values()))
        self.assertGreater(min(applied.values()), 0)
        # What may have arrived is known: each such attempt was repeated once, and counted.
        requests = Admin(daemon.admin_path).hub("chat")["requests"]
        self.assertEqual(requests["ambiguousRetries"],
                         applied["reset before"] + applied["reset after"])


if __name__ == "__main__":
    main()
