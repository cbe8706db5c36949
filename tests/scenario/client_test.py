"""The producer library before a daemon that dies under load, or is restarted: everything arrives,
in each group's order, and what arrives twice is only what a killed daemon could not confirm.
"""

import os
import subprocess
from pathlib import Path

from programs import ROOT, end, start
from scenario import Scenario, main, messages_by_target, wait_until

BUILD = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon")).parent
PROGRAM = BUILD / "lib/client/awps_send_example"
ACTIONS = 6000
GROUPS = 20
ENDS = 3
# A small part of the actions, so that the client still has most of them when the daemon ends.
QUEUE = 'hub_defaults.max_queued_bytes = "64KiB"\nhub_defaults.when_full = "block"\n'


class Client(Scenario):
    def start(self, config=""):
        self.emulator = self.start_emulator()
        self.emulator.set_delay(5)
        self.daemon = self.start_daemon(self.emulator.connection, config)
        path = Path(self.folder) / "lines"
        path.write_text("".join(f"g{number % GROUPS} {number}\n" for number in range(ACTIONS)))
        with open(path, "rb") as lines:
            self.client = start([PROGRAM, self.daemon.socket_path], stdin=lines,
                                stderr=subprocess.PIPE)
        self.addCleanup(end, self.client)

    def end_of_client(self):
        _, notices = self.client.communicate(timeout=120)
        self.assertEqual(self.client.returncode, 0, notices.decode())
        return notices.decode()

    def await_share(self, share):
        wait_until(lambda: self.emulator.requests() > share * ACTIONS or self.client.poll(),
                   f"{share:.0%} of the requests", 60)
        self.assertIsNone(self.client.poll(), "the client has ended too early")

    def first_arrivals(self):
        """Checks that each group got all of its numbers, in order where one disregards repeats;
        returns how many repeats there were."""
        repeats = 0
        for group, numbers in messages_by_target(self.emulator.log()).items():
            first = list(dict.fromkeys(numbers))
            self.assertEqual(first, list(range(int(group[1:]), ACTIONS, GROUPS)))
            repeats += len(numbers) - len(first)
        return repeats

    def test_a_daemon_that_is_killed_under_load(self):
        self.start()
        for number in range(ENDS):
            self.await_share((number + 0.5) / (ENDS + 1))
            self.daemon.process.kill()
            self.daemon.wait()
            self.daemon.launch()
        notices = self.end_of_client()
        self.assertEqual(notices.count("connected to awpsd"), ENDS + 1, notices)
        self.assertIn("actions are sent again", notices)
        # Of each group at most one request was under way, and one answered but not yet told.
        self.assertLess(self.first_arrivals(), ACTIONS / 10)

    def test_a_daemon_that_is_restarted_under_load(self):
        self.start(QUEUE)
        self.await_share(0.3)
        self.assertEqual(self.daemon.process.poll(), None)
        end(self.daemon.process)
        self.daemon.launch()
        notices = self.end_of_client()
        self.assertEqual(notices.count("connected to awpsd"), 2, notices)
        self.assertIn("actions are sent again", notices)  # those that the daemon had not read
        self.assertEqual(self.first_arrivals(), 0)


if __name__ == "__main__":
    main()
