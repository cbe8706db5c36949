"""Few open files: producers never take those that delivery and operators need."""

import resource
import time

from scenario import Scenario, main, message, wait_until

FILES = 64
PRODUCERS = 60


class Files(Scenario):
    def start_with(self, files):
        self.emulator = self.start_emulator()
        self.daemon = self.make_daemon(self.emulator.connection)
        return self.daemon.launch(through=("prlimit", f"--nofile={files}:{files}"))

    def test_producers_that_stay_hold_up_nobody(self):
        daemon = self.start_with(FILES)
        wait_until(lambda: daemon.notify.has("READY"), "awpsd to be ready")
        producers = [self.connect(daemon) for _ in range(PRODUCERS)]
        for number, producer in enumerate(producers):
            producer.send(message(f"g{number}", number))
        greeted = 0
        replies = []

        def is_told():
            nonlocal greeted
            for producer in producers:
                for reply in producer.pump(0):
                    greeted += reply["status"] == "ready"
                    replies.extend([reply] if reply["status"] == "rejected" else [])
            return greeted + len(replies) == PRODUCERS
        wait_until(is_told, "a word for each")
        served = PRODUCERS - len(replies)
        self.assertGreater(served, 2)
        self.assertTrue(all(reply["error"]["code"] == "queue_full" for reply in replies))
        self.assertIn("limit of open files", replies[0]["error"]["message"])
        wait_until(lambda: self.emulator.requests() == served, "delivery")
        self.assertEqual(daemon.status()["actions waiting"], 0)
        self.assertEqual(daemon.log().count("refused"), 1, daemon.log())
        self.assertIn("raise LimitNOFILE", daemon.log())
        for producer in producers:
            producer.close()
        again = self.connect(daemon)
        again.send(message("g", 1))
        self.assertEqual([reply["status"] for reply in again.read_all()], ["ready"])
        wait_until(lambda: self.emulator.requests() == served + 1, "delivery")
        self.assertIn("accepted again", daemon.log())

    def test_too_few_for_one_hub_are_said_at_the_start(self):
        daemon = self.start_with(30)
        self.assertEqual(daemon.wait(), 71)
        self.assertIn("the limit of open files is 30", daemon.log())
        self.assertIn("LimitNOFILE", daemon.log())

    def test_no_file_left_costs_no_processor_time(self):
        """Whoever takes the files behind our back: accepting pauses, and goes on."""
        daemon = self.start_with(FILES)
        wait_until(lambda: daemon.notify.has("READY"), "awpsd to be ready")
        pid = daemon.process.pid
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (8, FILES))
        producer = self.connect(daemon)
        producer.send(message("g", 1))
        wait_until(lambda: "accepting producers pauses" in daemon.log(), "the pause")
        before = processor_seconds(pid)
        start = time.monotonic()
        wait_until(lambda: time.monotonic() - start > 1, "a second")
        self.assertLess(processor_seconds(pid) - before, 0.3)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (FILES, FILES))
        self.assertEqual([reply["status"] for reply in producer.read_all()], ["ready"])
        self.assertEqual(daemon.log().count("accepting producers pauses"), 1)
        self.assertIn("producers are accepted again", daemon.log())


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


if __name__ == "__main__":
    main()
