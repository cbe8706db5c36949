"""A daemon with nothing to do sleeps."""

import time
from pathlib import Path

from scenario import Scenario, main, message, wait_until

SECONDS = 12.0  # two periods of a worker's longest sleep
MOST_PER_HUB = 0.5  # wake-ups in a second


class Idle(Scenario):
    def wake_ups(self):
        """How often a thread of the daemon has waited for something, since its start."""
        total = 0
        for thread in Path(f"/proc/{self.daemon.process.pid}/task").iterdir():
            for line in (thread / "status").read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches:"):
                    total += int(line.split()[1])
        return total

    def wake_ups_in(self, seconds):
        begin = time.monotonic()
        before = self.wake_ups()
        wait_until(lambda: time.monotonic() - begin >= seconds, "the time to pass")
        return self.wake_ups() - before

    def measure(self, hubs):
        names = [f"h{number}" for number in range(hubs)]
        emulator = self.start_emulator()
        self.daemon = self.start_daemon(emulator.connection,
                                        "".join(f"[hubs.{name}]\n" for name in names), hub="h0")
        with self.connect(self.daemon, ack="delivered") as producer:
            for name in names:
                producer.send(message("g", 1, hub=name))
            self.assertEqual(hubs, self.outcomes(producer, hubs).counts["delivered"])
        # After work awpsd looks each second, for 15 s, whether it has memory to give back. It takes
        # that up within 6 s, so no window of 12 s passes before it is over.
        most = MOST_PER_HUB * hubs * SECONDS
        wait_until(lambda: self.wake_ups_in(SECONDS) <= most, "it to be idle", 60)
        count = self.wake_ups_in(SECONDS)
        print(f"{hubs} hubs: {count / SECONDS / hubs:.2f} wake-ups per hub and second")
        self.assertLessEqual(count, most)
        # It is awake at once.
        with self.connect(self.daemon, ack="delivered") as producer:
            begin = time.monotonic()
            producer.send(message("g", 2, hub=names[-1]))
            self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
            self.assertLess(time.monotonic() - begin, 1)

    def test_with_one_hub(self):
        self.measure(1)

    def test_with_a_hundred_hubs(self):
        self.measure(100)


if __name__ == "__main__":
    main()
