"""The pace: learnt from 429 where the service says no more than that, and kept after an outage."""

from scenario import Replies, Scenario, main, message, messages_by_target, wait_until

GROUPS = 100
NS = 1_000_000_000
ONE_BY_ONE = "hub_defaults.coalesce.enabled = false\n"


class Pace(Scenario):
    def send(self, daemon, actions):
        producer = self.connect(daemon, ack="delivered")
        for number in range(actions):
            producer.send(message(f"g{number % GROUPS}", number))
        replies = Replies()
        replies.take(producer.flush())
        return producer, replies

    def assert_delivered(self, emulator, producer, replies, actions):
        self.read_into(replies, producer, lambda: replies.settled() >= actions)
        self.assertEqual(replies.counts["delivered"], actions)
        for group, numbers in messages_by_target(emulator.log()).items():
            self.assertEqual(numbers, list(range(int(group[1:]), actions, GROUPS)))

    def test_it_is_learnt_from_429(self):
        permitted, actions = 200, 1000
        emulator = self.start_emulator("--requests-per-second", str(permitted),
                                       "--retry-after", "none")
        daemon = self.start_daemon(emulator.connection, ONE_BY_ONE)
        self.assert_delivered(emulator, *self.send(daemon, actions), actions)
        log = list(emulator.log())
        seconds = (log[-1]["arrivedNs"] - log[0]["arrivedNs"]) / NS
        used = actions / seconds / permitted
        refused = sum(entry["throttled"] for entry in log) / len(log)
        self.assertGreater(used, 0.7, f"{seconds:.1f} s")
        self.assertLess(refused, 0.2)

    def test_no_storm_follows_an_outage(self):
        limit, actions = 400, 1200
        emulator = self.start_emulator()
        emulator.kill()
        daemon = self.start_daemon(emulator.connection,
                                   ONE_BY_ONE + f"service.requests_per_second = {limit}\n")
        producer, replies = self.send(daemon, actions)
        wait_until(lambda: "is held" in daemon.log(), "the hold")
        emulator.restart()
        self.assert_delivered(emulator, producer, replies, actions)
        arrivals = [entry["arrivedNs"] for entry in emulator.log()]
        burst = limit // 10
        for first, moment in enumerate(arrivals):
            within = sum(moment <= other < moment + NS for other in arrivals[first:])
            self.assertLessEqual(within, (limit + burst) * 1.05)


if __name__ == "__main__":
    main()
