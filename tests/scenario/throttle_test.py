"""A service that answers 429 with Retry-After: awpsd is silent during each pause, and delivers
all.
"""

from scenario import Scenario, main, message, messages_by_target

GROUPS = 10
PAUSE_NS = 1_000_000_000  # the emulator's Retry-After: 1


class Throttle(Scenario):
    def run_through(self, actions, config):
        emulator = self.start_emulator("--requests-per-second", "100", "--retry-after", "1")
        daemon = self.start_daemon(emulator.connection, config)
        producer = self.connect(daemon, ack="delivered")
        for number in range(actions):
            producer.send(message(f"g{number % GROUPS}", number))
        replies = self.outcomes(producer, actions)
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, actions + 1), "delivered"))
        log = list(emulator.log())
        for group, numbers in messages_by_target(log).items():
            self.assertEqual(numbers, list(range(int(group[1:]), actions, GROUPS)))
        throttled = [entry for entry in log if entry["throttled"]]
        self.assertGreater(len(throttled), 0)
        self.assertEqual(daemon.status()["dead letters"], 0)
        return log, throttled

    def test_no_request_comes_inside_a_pause(self):
        # With one request in flight none can be on its way when the pause begins.
        log, throttled = self.run_through(35, "hub_defaults.max_in_flight = 1\n")
        arrivals = [entry["arrivedNs"] for entry in log]
        for entry in throttled:
            end = entry["arrivedNs"] + PAUSE_NS
            inside = [time for time in arrivals if entry["arrivedNs"] < time < end]
            self.assertEqual(inside, [], "requests within the pause")

    def test_a_pause_costs_at_most_what_was_in_flight(self):
        in_flight = GROUPS  # one to each group
        _, throttled = self.run_through(100, "")
        begins = [entry["arrivedNs"] for entry in throttled]
        pauses = 1 + sum(1 for before, time in zip(begins, begins[1:])
                         if time > before + PAUSE_NS / 2)
        self.assertLessEqual(len(throttled), pauses * in_flight)


if __name__ == "__main__":
    main()
