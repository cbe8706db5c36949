"""Resident memory stays below a base and 1.5 times the budget, in an outage of any length."""

from scenario import Scenario, main, message, wait_until

BUDGET_MIB = 24
CONFIG = ('drain_timeout = "1ms"\n'
          f'hub_defaults.max_queued_bytes = "{BUDGET_MIB}MiB"\n'
          "hub_defaults.max_producer_share = 1.0\n")
TARGETS = 1000


class Memory(Scenario):
    def resident_mib(self):
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as status:
            line, = (line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def fill(self, make_action):
        """Until the daemon reads no more; how much its memory has grown, in MiB."""
        emulator = self.start_emulator()
        self.daemon = self.start_daemon(emulator.connection, CONFIG)
        emulator.kill()
        base = self.resident_mib()
        producer = self.connect(self.daemon)
        numbers = iter(range(10_000_000))

        def is_stuck():
            if len(producer.unsent) < 1 << 20:
                for _ in range(2000):
                    producer.send(make_action(next(numbers)))
            before = len(producer.unsent)
            producer.pump(0.05)
            return len(producer.unsent) == before and before > 0
        wait_until(is_stuck, "back-pressure")
        self.assertGreater(self.daemon.status()["actions waiting"], 500)
        return self.resident_mib() - base

    def test_small_actions(self):
        grown = self.fill(lambda number: message(f"g{number % TARGETS}", number))
        self.assertLess(grown, 1.5 * BUDGET_MIB)

    def test_to_a_target_each(self):
        grown = self.fill(lambda number: {"actionName": "sendToUser", "userId": f"u{number}",
                                          "data": "x"})
        self.assertLess(grown, 1.5 * BUDGET_MIB)

    def test_memberships(self):
        grown = self.fill(lambda number: {"actionName": "addUserToGroup", "userId": f"u{number}",
                                          "group": f"g{number % TARGETS}"})
        self.assertLess(grown, 1.5 * BUDGET_MIB)

    def test_large_actions(self):
        grown = self.fill(lambda number: message(f"g{number % TARGETS}", number, data="x" * 20_000))
        self.assertLess(grown, 1.5 * BUDGET_MIB)

    def test_values_of_many_keys(self):
        """What stays of many that were superseded pins no memory of theirs."""
        grown = self.fill(lambda number: message(f"g{number % TARGETS}", number,
                                                 conflationKey=f"k{number * 7919 % 90_000}"))
        self.assertLess(grown, 1.5 * BUDGET_MIB)


if __name__ == "__main__":
    main()
