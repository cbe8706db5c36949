"""A daemon with nothing to do sleeps."""

import time
from pathlib import Path

from scenario import Scenario, main, message, wait_until

SECONDS = 12.0  # two periods of a worker's longest sleep
WINDOWS = 4
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
        # What the deliveries left to do, and a thread that waits for a page of a busy machine's
        # disk, soon end: what is awake for good shows in each window.
        counts = []
        while len(counts) < WINDOWS and (not counts or counts[-1] > MOST_PER_HUB * hubs * SECONDS):
            counts.append(self.wake_ups_in(SECONDS))
        told = ", ".join(f"{count / SECONDS / hubs:.2f}" for count in counts)
        print(f"{hubs} hubs: {told} wake-ups per hub and second")
        self.assertLessEqual(counts[-1], MOST_PER_HUB * hubs * SECONDS)
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
