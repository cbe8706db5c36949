"""Which signals stop the daemon, and that no other one does; what a limit does; and that no core
holds its secrets.
"""

import os
import resource
import signal
import subprocess

from admin import Admin
from scenario import Scenario, main, message, wait_until

STOPS = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGXCPU}
CANNOT_BE_CAUGHT = {signal.SIGKILL, signal.SIGSTOP}
# A fault of the program itself raises them.
FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGSYS,
          signal.SIGTRAP, signal.SIGABRT}
OTHERS = [number for number in range(1, 65)
          if number not in STOPS | CANNOT_BE_CAUGHT | FAULTS]
HELD = 20


class Signals(Scenario):
    def start_holding(self, config=""):
        """A daemon that holds actions, since its service is gone; their producer."""
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, config)
        self.emulator.kill()
        self.admin = Admin(self.daemon.admin_path)
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(HELD):
            producer.send(message("g", number))
        producer.flush()
        wait_until(lambda: self.admin.hub("chat")["actions"]["accepted"] == HELD, "all to wait")
        return producer

    def test_no_other_signal_ends_it(self):
        producer = self.start_holding()
        for number in OTHERS:
            self.daemon.signal(number)
            self.daemon.signal(signal.SIGCONT)  # some stop a process for a while
            self.assertFalse(self.daemon.has_ended(), f"signal {number} has ended it")
        wait_until(lambda: "reload: " in self.daemon.log(), "SIGHUP to be heard")
        self.assertEqual(200, self.admin.ask("GET", "/livez")[0])
        self.emulator.restart()
        self.assertEqual(HELD, self.outcomes(producer, HELD).counts["delivered"])
        self.assertEqual(0, self.daemon.close())

    def test_each_of_these_stops_it_and_loses_nothing(self):
        for number in sorted(STOPS):
            with self.subTest(signal.Signals(number).name):
                self.start_holding('drain_timeout = "1ms"\n')
                self.daemon.signal(number)
                self.assertEqual(1, self.daemon.wait(), "something is undelivered")
                file = self.daemon.undelivered_files()[-1]
                self.assertEqual(HELD, len(file.read_text().splitlines()))
                file.unlink()
                self.daemon.close()

    def test_a_limit_of_file_sizes_costs_log_lines_and_no_more(self):
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection, log_level="debug")
        daemon.start(through=("sh", "-c", 'ulimit -f 0; exec "$@"', "sh"))
        with self.connect(daemon, ack="delivered") as producer:
            for number in range(HELD):
                producer.send(message("g", number))
            self.assertEqual(HELD, self.outcomes(producer, HELD).counts["delivered"])
        self.assertGreater(Admin(daemon.admin_path).get("/status")["logLinesDropped"], 0)
        self.assertEqual(0, daemon.close())

    def test_a_fault_leaves_no_core(self):
        """A core would hold the access key."""
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        with subprocess.Popen(["sleep", "60"], cwd=self.folder) as other:
            if self.end_by_fault(other) != os.CLD_DUMPED:
                self.skipTest("this machine makes no cores")
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection)
        daemon.start(cwd=self.folder)
        self.assertEqual(os.CLD_KILLED, self.end_by_fault(daemon.process))

    @staticmethod
    def end_by_fault(process):
        process.send_signal(signal.SIGABRT)
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT).si_code


if __name__ == "__main__":
    main()
