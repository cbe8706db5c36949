"""A disk that does not answer any more: a stop ends all the same, says what it could not write, and
leaves whatever the disk had. So does a stop in the midst of a start or a reload.
"""

import signal
import subprocess
import time
from pathlib import Path

from programs import binary, library
from scenario import REFUSED, main, message, wait_until
from spool_scenario import SpoolScenario

COMMON = 'spool.min_free_bytes = 0\ndrain_timeout = "200ms"\n'
DURABLE = COMMON + 'hub_defaults.durability = "durable"\n'
STALL = [{"name": "stall", "stall": True}]
REFUSE = [{"match": {"pathContains": "/groups/"}, "status": 400, "body": REFUSED}]
ANSWER = 20  # seconds that a stop waits for one answer of the disk
UNDELIVERED, IO_ERROR = 1, 74


class HangingDisk(SpoolScenario):
    def start(self, config, calls="sync", at="spool"):
        self.when = Path(self.folder) / "hangs"
        self.emulator = self.start_emulator()
        self.config = config
        self.environment = {"LD_PRELOAD": library("hanging"), "AWPS_HANGING_CALLS": calls,
                            "AWPS_HANGS_WHEN": str(self.when), "AWPS_HANGS_AT": at}
        self.daemon = self.start_daemon(self.emulator.connection, config,
                                        environment=self.environment)

    def hang(self):
        self.when.touch()

    def stop(self, most):
        """The exit status, within so many seconds."""
        began = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        status = self.daemon.wait(most + 20)
        self.assertLess(time.monotonic() - began, most, self.daemon.log())
        return status

    def restart(self):
        self.when.unlink()
        self.emulator.set_faults([])
        return self.start_daemon(self.emulator.connection, self.config,
                                 environment=self.environment)

    def test_what_a_durable_hub_has_stays_in_its_log(self):
        self.start(DURABLE)
        self.emulator.set_faults(STALL)
        waits = self.connect(self.daemon, ack="delivered")
        for number in range(3):
            waits.send(message(f"g{number}", number))
        waits.flush()
        wait_until(lambda: self.hub(self.daemon)["actions"]["accepted"] == 3, "all to be accepted")
        held = self.hub(self.daemon)["queue"]["heldBytes"]
        self.hang()
        unsure = self.connect(self.daemon, ack="accepted")
        unsure.send(message("g0", 3))
        unsure.flush()
        wait_until(lambda: self.hub(self.daemon)["queue"]["heldBytes"] > held, "it to come")
        self.assertEqual(0, self.stop(most=ANSWER + 15))
        # Nobody is left without an answer that could be given.
        self.assertEqual(3, self.outcomes(waits, 3).counts["abandoned"])
        lines = [line for line in self.daemon.log().splitlines() if "has not answered" in line]
        self.assertEqual(1, len(lines), self.daemon.log())
        self.assertIn("hub chat: the disk has not answered for", lines[0])
        self.assertIn("3 accepted actions stay in its log", lines[0])
        self.assertEqual([], self.daemon.undelivered_files())
        self.restart()
        wait_until(lambda: self.arrived(self.emulator) >= 3, "what was accepted to arrive")

    def test_letters_and_what_only_memory_had_are_said_to_be_lost(self):
        self.start(COMMON + "[hubs.chat]\n[hubs.letters]\n")
        self.emulator.set_faults(REFUSE)
        self.hang()
        producer = self.connect(self.daemon, ack="delivered", hub="letters")
        producer.send(message("g0", 0))
        self.assertEqual(1, self.outcomes(producer, 1).counts["dead_lettered"])
        self.emulator.set_faults(STALL)
        self.accept(self.daemon, 5)
        self.assertEqual(IO_ERROR, self.stop(most=ANSWER + 15))
        log = self.daemon.log()
        self.assertRegex(log, r"hub chat: the disk has not answered for \d+ s, and the stop waits "
                              r"no longer: 5 accepted actions may be lost")
        self.assertRegex(log, r"hub letters: 1 dead letter could not be written to disk, and may "
                              r"be lost: the disk has not answered for \d+ s")
        self.assertIn("stopped: ", log)
        # systemd was to wait for the letters as well.
        said = int(self.daemon.notify.last("EXTEND_TIMEOUT_USEC"))
        self.assertGreater(said, ANSWER * 1_000_000)
        # What the disk had taken without a word is there.
        (file,) = self.daemon.undelivered_files()
        self.assertEqual(5, len(file.read_text().splitlines()))

    def test_more_signals_postpone_nothing(self):
        self.start(COMMON)
        self.emulator.set_faults(STALL)
        self.hang()
        self.accept(self.daemon, 5)
        began = time.monotonic()
        while not self.has_ended(within=1):
            self.assertLess(time.monotonic() - began, ANSWER + 15, self.daemon.log())
            self.daemon.signal(signal.SIGTERM)
        self.assertEqual(IO_ERROR, self.daemon.wait())

    def has_ended(self, within):
        try:
            self.daemon.wait(within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def test_what_a_log_that_hangs_does_not_take_goes_into_the_file(self):
        self.start(COMMON + 'hub_defaults.durability = "overflow"\n', at="spool/spool/chat")
        self.emulator.set_faults(STALL)
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(100):
            producer.send(message(f"g{number % 3}", number))
        producer.flush()
        wait_until(lambda: self.hub(self.daemon)["actions"]["accepted"] == 100, "all to come")
        self.hang()
        self.assertEqual(UNDELIVERED, self.stop(most=ANSWER + 15))
        (file,) = self.daemon.undelivered_files()
        self.assertEqual(100, len(file.read_text().splitlines()))
        self.assertEqual(100, self.outcomes(producer, 100).counts["abandoned"])
        self.assertIn("hub chat: the disk has not answered for", self.daemon.log())
        self.assertIn("start awpsd again first", self.daemon.log())

    def test_a_start_that_reads_the_disk_is_stopped_at_once(self):
        self.start(DURABLE, calls="read")
        self.emulator.set_faults(STALL)
        self.accept(self.daemon, 10)
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(0, self.daemon.wait())
        self.hang()
        self.daemon.launch()
        wait_until(lambda: self.is_reading(), "the start to read the disk")
        self.assertEqual(0, self.stop(most=5))
        self.assertIn("stopped while the disk was read", self.daemon.log())
        self.restart()
        wait_until(lambda: self.arrived(self.emulator) == 10, "what was accepted to arrive")

    def is_reading(self):
        tasks = Path(f"/proc/{self.daemon.process.pid}/task").glob("*/comm")
        return any(task.read_text().strip() == "start" for task in tasks)

    def test_a_reload_that_tries_the_disk_holds_up_nobody(self):
        self.start(COMMON)
        self.hang()
        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.notify.has("RELOADING"), "the reload to begin")
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("g0", 0))
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
        self.assertEqual(0, self.stop(most=15))

    def test_a_reload_that_an_operator_asked_for_holds_up_no_stop(self):
        self.start(COMMON)
        self.hang()
        reload = subprocess.Popen([binary("awpsctl"), "--admin", f"unix:{self.daemon.admin_path}",
                                   "reload"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(reload.wait)
        self.addCleanup(reload.kill)
        wait_until(lambda: self.daemon.notify.has("RELOADING"), "the reload to begin")
        self.assertEqual(0, self.stop(most=15))
        self.assertIn("stopped: ", self.daemon.log())
        self.assertEqual([], list(self.daemon.spool.glob(".trial-*")))


if __name__ == "__main__":
    main()
