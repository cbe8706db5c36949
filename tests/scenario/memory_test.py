"""Resident memory stays below a base and 1.5 times what is held, whatever holds it, and goes back.

The base is the idle daemon and, where a line is long, the parser's scratch for one of the longest.
"""

import json
import time

from admin import is_drained
from scenario import Scenario, main, message, wait_until

MIB = 1 << 20
BUDGET_MIB = 24
INPUT_MIB = 32  # max_partial_bytes
SCRATCH_MIB = 110  # of a line of max_line_bytes
SLACK_MIB = 4  # reading buffers, logs, what the allocator rounds up
CONFIG = ('drain_timeout = "1ms"\n'
          f'hub_defaults.max_queued_bytes = "{BUDGET_MIB}MiB"\n'
          "hub_defaults.max_producer_share = 1.0\n"
          f'socket.max_partial_bytes = "{INPUT_MIB}MiB"\n')
TARGETS = 1000
LINE_BYTES = 8 * MIB - 100


class Memory(Scenario):
    def start(self, config=CONFIG, *, is_down=True):
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, config)
        if is_down:
            self.emulator.kill()
        self.base = self.read("VmRSS")

    def read(self, key):
        """In MiB."""
        with open(f"/proc/{self.daemon.process.pid}/status", encoding="ascii") as status:
            line, = (line for line in status if line.startswith(key + ":"))
        return int(line.split()[1]) / 1024

    def assert_grown_less(self, mib):
        self.assertLess(self.read("VmRSS") - self.base, mib + SLACK_MIB)

    def assert_peak_less(self, mib):
        self.assertLess(self.read("VmHWM") - self.base, mib + SLACK_MIB)

    def wait_for_base(self):
        """Once all is gone, nearly all memory goes back within ten seconds, or on a machine that
        has more to do, when there is a turn for it."""
        wait_until(lambda: is_drained(self.daemon), "all to be delivered", 60)
        most = 1.2 * self.base + 1
        wait_until(lambda: self.read("VmRSS") < most, f"less than {most:.1f} MiB", 40)

    def push(self, producers, seconds=0.5):
        """Until for so long nobody was read any more."""
        since = time.monotonic()

        def is_stuck():
            nonlocal since
            before = sum(len(producer.unsent) for producer in producers)
            for producer in producers:
                if producer.unsent:
                    producer._write_some()  # pylint: disable=protected-access
            if before != sum(len(producer.unsent) for producer in producers):
                since = time.monotonic()
            return time.monotonic() - since > seconds
        wait_until(is_stuck, "back-pressure", 60)

    # Accepted actions.

    def fill(self, make_action):
        """Until the daemon reads no more; how much its memory has grown, in MiB."""
        self.start()
        producer = self.connect(self.daemon)
        numbers = iter(range(10_000_000))

        def is_stuck():
            if len(producer.unsent) < MIB:
                for _ in range(2000):
                    producer.send(make_action(next(numbers)))
            before = len(producer.unsent)
            producer.pump(0.05)
            return len(producer.unsent) == before and before > 0
        wait_until(is_stuck, "back-pressure")
        self.assertGreater(self.daemon.status()["actions waiting"], 500)
        return self.read("VmRSS") - self.base

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

    def test_ordered_batches(self):
        """Each element waits for the one before."""
        self.start()
        producer = self.connect(self.daemon)
        batch = json.dumps({"batch": [message("g", number) for number in range(10_000)],
                            "ordered": True})
        for _ in range(20):
            producer.write(batch)
        self.push([producer])
        self.assertGreater(self.daemon.status()["actions waiting"], 10_000)
        self.assert_grown_less(1.5 * BUDGET_MIB + len(batch) / MIB)

    def test_two_outages(self):
        """What a backlog needed goes back after it, and the second needs no more than the first."""
        self.start(is_down=False)
        for _ in range(2):
            self.emulator.kill()
            producer = self.connect(self.daemon)
            for number in range(50_000):
                producer.send(message(f"g{number % TARGETS}", number))
            producer.read_all()
            self.assert_peak_less(1.5 * BUDGET_MIB)
            self.emulator.restart()
            wait_until(lambda: self.daemon.status()["actions waiting"] == 0, "delivery", 60)
            self.wait_for_base()

    def test_actions_of_a_kind_that_is_forbidden(self):
        self.start(is_down=False)
        self.emulator.set_faults([{"name": "forbidden", "match": {"operation": "addUserToGroup"},
                                   "status": 403,
                                   "headers": {"x-ms-error-code": "Error.Forbidden"}}])
        producer = self.connect(self.daemon)
        for number in range(60_000):
            producer.send({"actionName": "addUserToGroup", "userId": f"u{number}", "group": "g"})
        self.push([producer], 2)
        self.assertGreater(self.daemon.status()["actions waiting"], 10_000)
        self.assert_grown_less(1.5 * BUDGET_MIB)

    # What was read, or is arriving.

    def test_refused_elements_that_nobody_reads(self):
        self.start(is_down=False)
        producer = self.connect(self.daemon, ack="accepted")
        producer.write(b"[" + b"0," * (LINE_BYTES // 2 - 2) + b"0]")
        self.push([producer])
        self.assertFalse(producer.unsent)
        self.assert_peak_less(SCRATCH_MIB)
        self.assert_grown_less(1.5 * (LINE_BYTES / MIB))
        producer.close()
        self.wait_for_base()

    def test_arrays_of_producers_that_left(self):
        """They count as read, and wait for room within the bound."""
        self.start(CONFIG.replace(f"{BUDGET_MIB}MiB", "1MiB"))
        element = json.dumps(message("g", 1, data="x" * 100))
        array = "[" + ",".join([element] * (LINE_BYTES // (len(element) + 1))) + "]"
        producers = [self.connect(self.daemon) for _ in range(40)]
        for producer in producers:
            producer.write(array)
        self.push(producers)
        self.assertTrue(any(producer.unsent for producer in producers))
        self.assert_peak_less(1.5 * (1 + INPUT_MIB) + SCRATCH_MIB)
        self.assert_grown_less(1.5 * (1 + INPUT_MIB))
        for producer in producers:
            producer.close()
        self.push([])
        self.assert_grown_less(1.5 * (1 + INPUT_MIB))

    def test_arrays_that_are_delivered_in_the_end(self):
        self.start(CONFIG.replace(f"{BUDGET_MIB}MiB", "1MiB"), is_down=False)
        element = json.dumps({"actionName": "sendToAll", "data": "x" * 5000, "unordered": True})
        array = "[" + ",".join([element] * 100) + "]"
        producers = [self.connect(self.daemon) for _ in range(40)]
        for producer in producers:
            producer.write(array)
        for producer in producers:
            self.assertEqual([reply["status"] for reply in producer.read_all(60)], ["ready"])
        wait_until(lambda: self.daemon.status()["actions waiting"] == 0, "delivery", 60)
        self.assertEqual(self.emulator.requests(), 4000)
        self.wait_for_base()

    def test_half_lines(self):
        self.start(is_down=False)
        producers = [self.connect(self.daemon) for _ in range(100)]
        for producer in producers:
            producer.unsent += b'{"actionName":"sendToAll","data":"' + b"x" * (MIB // 2)
        self.push(producers, 3)
        self.assert_grown_less(1.5 * INPUT_MIB)
        for producer in producers:
            producer.close()
        self.wait_for_base()

    def test_many_small_lines_that_wait(self):
        self.start(CONFIG.replace(f"{BUDGET_MIB}MiB", "1MiB"))
        producers = [self.connect(self.daemon) for _ in range(100)]
        lines = b"".join(json.dumps(message("g", number)).encode() + b"\n"
                         for number in range(10_000))
        for producer in producers:
            producer.unsent += lines
        self.push(producers)
        self.assert_grown_less(1.5 * (1 + INPUT_MIB))

    def test_outcomes_that_nobody_reads(self):
        self.start(is_down=False)
        producers = [self.connect(self.daemon, ack="delivered") for _ in range(10)]
        for producer in producers:
            for number in range(20_000):
                producer.send(message(f"g{number % TARGETS}", number, id=number))
        self.push(producers)
        self.assert_grown_less(1.5 * (BUDGET_MIB + INPUT_MIB))
        for producer in producers:
            producer.close()
        self.wait_for_base()


if __name__ == "__main__":
    main()
