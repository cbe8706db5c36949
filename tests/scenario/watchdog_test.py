"""A delivery loop that hangs: systemd's watchdog is fed no more, although the process lives."""

import ctypes
import os
import signal
import unittest
from pathlib import Path

from admin import Admin
from scenario import Scenario, main, message, wait_until

PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WALL = 0x40000000


class StoppedThread:
    """One thread of a child, which ptrace(2) stops while the others run on."""

    def __init__(self, process, name):
        threads = Path(f"/proc/{process.pid}/task").iterdir()
        self.number, = (int(thread.name) for thread in threads
                        if (thread / "comm").read_text().strip() == name)
        self.libc = ctypes.CDLL(None, use_errno=True)

    def __enter__(self):
        self._ptrace(PTRACE_SEIZE)
        self._ptrace(PTRACE_INTERRUPT)
        os.waitpid(self.number, WALL)
        return self

    def __exit__(self, *unused):
        self._ptrace(PTRACE_DETACH)

    def _ptrace(self, request):
        if self.libc.ptrace(ctypes.c_long(request), ctypes.c_long(self.number), None, None) != 0:
            raise OSError(ctypes.get_errno(), "ptrace", str(self.number))


@unittest.skipIf(os.geteuid() != 0, "only root can trace a process that leaves no core")
class Watchdog(Scenario):
    def test_it_is_fed_by_delivery_loops_that_turn(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection,
                                   environment={"WATCHDOG_USEC": "400000"})  # every 200 ms
        admin = Admin(daemon.admin_path)
        notified = daemon.notify.messages
        wait_until(lambda: daemon.notify.has("WATCHDOG"), "the watchdog to be fed")
        with self.connect(daemon, ack="delivered") as producer:
            with StoppedThread(daemon.process, "hub/chat"):
                producer.send(message("g", 1))
                producer.flush()
                wait_until(lambda: admin.ask("GET", "/livez")[0] == 503, "it not to be alive")
                self.assertIn("hub chat: its delivery loop has not turned", admin.text("/livez"))
                self.assertIn("restart the daemon", admin.text("/readyz"))
                before = len(notified)
                daemon.status()  # by a reload: a turn of the loop that feeds the watchdog
                self.assertFalse(daemon.notify.has("WATCHDOG", before))
            wait_until(lambda: daemon.notify.has("WATCHDOG", before),
                       "the watchdog to be fed again")
            self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
        self.assertEqual(200, admin.ask("GET", "/livez")[0])

    def test_a_stop_that_hangs_asks_systemd_for_no_more_time(self):
        daemon = self.start_daemon(self.start_emulator().connection)
        admin = Admin(daemon.admin_path)
        with StoppedThread(daemon.process, "hub/chat"):
            daemon.signal(signal.SIGTERM)
            wait_until(lambda: daemon.notify.has("EXTEND_TIMEOUT_USEC"), "time to be asked for")
            wait_until(lambda: admin.ask("GET", "/livez")[0] == 503, "it not to be alive")
            before = len(daemon.notify.messages)
            daemon.signal(signal.SIGTERM)  # a turn of the loop that asks for time
            wait_until(lambda: "a second signal came" in daemon.log(), "that turn")
            self.assertFalse(daemon.notify.has("EXTEND_TIMEOUT_USEC", before))
        self.assertEqual(0, daemon.wait())


if __name__ == "__main__":
    main()
