"""Two daemons share one limit by their parts of a stream's partitions: half each, and all of it for
the one that is left. What the service gets follows.
"""

import subprocess
import time
from pathlib import Path

from admin import Admin
from control_tool import command
from paced import Flood
from programs import Awpsd
from scenario import main, wait_until
from stream_scenario import StreamScenario

PARTITIONS = 8
LIMIT = 200
SECONDS = 3
# As much waits as a flood may keep full, and a stop does not last long for it.
CONFIG = f"""drain_timeout = "1s"
service.requests_per_second = {LIMIT}
service.shared_by = "orders"
[hubs.chat]
coalesce.enabled = false
max_queued_bytes = "256KiB"
"""


def sum_in_words(owned):
    here = LIMIT * owned // PARTITIONS
    return f'{here}/s = {LIMIT}/s × {owned} of {PARTITIONS} partitions of "orders"'


class FleetLimit(StreamScenario):
    def test_a_limit_follows_the_partitions(self):
        topic = self.make_topic(PARTITIONS)
        self.start_stream(topic, before=CONFIG)
        first = self.daemon
        self.flood(first)
        self.wait_for_part(first, PARTITIONS)
        self.see_what_operators_see(first)
        self.see_rate()

        second = self.second_daemon(topic)
        self.flood(second)
        for daemon in (first, second):
            self.wait_for_part(daemon, PARTITIONS // 2)
        self.see_rate()

        second.signal(15)
        second.wait()
        self.wait_for_part(first, PARTITIONS)
        self.see_rate()

    def second_daemon(self, topic):
        folder = Path(self.folder) / "second"
        folder.mkdir()
        daemon = Awpsd(folder, self.emulator.connection, self.stream_config(topic, before=CONFIG))
        self.addCleanup(daemon.close)
        self.daemons.append(daemon)
        return daemon.start()

    def flood(self, daemon):
        flood = Flood(daemon.socket_path, {"hub": "chat"})
        self.addCleanup(flood.process.terminate)

    def endpoint(self, daemon):
        return Admin(daemon.admin_path).get("/status")["endpoints"][0]

    def wait_for_part(self, daemon, owned):
        wait_until(lambda: self.endpoint(daemon)["pace"]["reason"] == sum_in_words(owned),
                   sum_in_words(owned), 30)

    def see_what_operators_see(self, daemon):
        self.assertEqual(self.endpoint(daemon)["sharedBy"],
                         {"stream": "orders", "owned": PARTITIONS, "all": PARTITIONS, "part": 1})
        shown = subprocess.run(command("unix:" + daemon.admin_path, "status"), timeout=20,
                               capture_output=True, text=True, check=False).stdout
        self.assertIn("pace " + sum_in_words(PARTITIONS), " ".join(shown.split()))
        self.assertIn(f'awpsd_endpoint_shared_part{{endpoint="{self.emulator.endpoint}"}} 1\n',
                      Admin(daemon.admin_path).text("/metrics"))

    def see_rate(self):
        """Never more than is permitted, but for what the buckets hold; and all of it, in some
        seconds in which the machine has the time for it."""
        def is_used_up():
            least, most = self.measure_rate()
            self.assertLess(least, 1.1 * LIMIT)
            return most > 0.9 * LIMIT
        wait_until(is_used_up, "all that is permitted to be used", 10 * SECONDS)

    def measure_rate(self):
        """At least, and at most: how long the emulator took to answer is not known."""
        asked = time.monotonic()
        before = self.emulator.requests()
        begin = time.monotonic()
        wait_until(lambda: time.monotonic() >= begin + SECONDS, "some seconds of requests")
        end = time.monotonic()
        requests = self.emulator.requests() - before
        return requests / (time.monotonic() - asked), requests / (end - begin)


if __name__ == "__main__":
    main()
