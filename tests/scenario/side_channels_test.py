"""Who does not read what the daemon says beside its work, its log or its service manager, delays
nothing: deliveries, reloads, operators and the stop go on.
"""

import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

from admin import Admin
from programs import binary
from scenario import Scenario, main, message, wait_until

BAD_CONFIG = "".join(f"no_such_option_number_{number} = 1\n" for number in range(500))
DROPPED = re.compile(r"^awpsd_log_lines_dropped_total (\d+)$", re.MULTILINE)
STOP_SECONDS = 10  # a second for each reader who does not read, and some for a busy machine


class FullPipe:
    """A pipe that takes nothing until read() is called."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        fcntl.fcntl(self.writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(self.writer, False)
        try:
            while True:
                os.write(self.writer, b"x" * 4096)
        except BlockingIOError:
            os.set_blocking(self.writer, True)
        os.set_inheritable(self.writer, True)

    def read_on(self, until, seconds=20.0):
        """What comes, until that stands in it."""
        os.set_blocking(self.reader, False)
        text = b""

        def take():
            nonlocal text
            try:
                text += os.read(self.reader, 1 << 20)
            except BlockingIOError:
                pass
            return until in text
        wait_until(take, f"{until} to be written", seconds)
        return text.decode()

    def close(self):
        os.close(self.reader)
        os.close(self.writer)


class UnreadSocket:
    """A service manager that reads nothing: its queue is full."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
            other.setblocking(False)
            try:
                while True:
                    other.sendto(b"x", self.path)
            except BlockingIOError:
                pass

    def read(self):
        """All that comes until the daemon says that it is ready."""
        self.socket.settimeout(20)
        while not self.socket.recv(64 * 1024).startswith(b"READY=1"):
            pass


def listens(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as producer:
        return producer.connect_ex(path) == 0


class SideChannels(Scenario):
    def start_through(self, *through, config="", **options):
        self.emulator = self.start_emulator()
        self.daemon = self.make_daemon(self.emulator.connection, config, log_level="debug")
        self.daemon.launch(through=through, **options)
        wait_until(lambda: listens(self.daemon.socket_path), "awpsd to listen")
        self.admin = Admin(self.daemon.admin_path)

    def assert_delivers(self, count=100):
        with self.connect(self.daemon, ack="delivered") as producer:
            for number in range(count):
                producer.send(message(f"g{number % 10}", number))
            self.assertEqual(count, self.outcomes(producer, count).counts["delivered"])

    def assert_stops(self):
        begin = time.monotonic()
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(0, self.daemon.wait(60))
        self.assertLess(time.monotonic() - begin, STOP_SECONDS)

    def lines_dropped(self):
        return int(DROPPED.search(self.admin.text("/metrics")).group(1))

    def start_with_a_full_pipe(self):
        pipe = FullPipe()
        self.addCleanup(pipe.close)
        self.start_through("sh", "-c", f'exec "$@" 2>&{pipe.writer}', "sh",
                           pass_fds=(pipe.writer,))
        return pipe

    def test_a_log_that_nobody_reads_delays_nothing(self):
        pipe = self.start_with_a_full_pipe()
        self.assert_delivers()
        self.daemon.write_config(BAD_CONFIG)
        while self.lines_dropped() == 0:
            self.assertEqual(422, self.admin.ask("POST", "/reload", {})[0])
        self.daemon.signal(signal.SIGHUP)
        self.assert_delivers()
        self.assertGreater(self.admin.get("/status")["logLinesDropped"], 0)
        # The reader is back: it is told what it missed, and the last lines come.
        self.daemon.signal(signal.SIGTERM)
        said = pipe.read_on(b"info: stopped: ")
        self.assertRegex(said, r" warning: \d+ log lines (?:was|were) dropped: ")
        self.assertEqual(0, self.daemon.wait())

    def test_a_log_that_nobody_ever_reads_does_not_hold_up_the_stop(self):
        self.start_with_a_full_pipe()
        self.assert_delivers()
        self.assert_stops()

    def test_a_journal_that_nobody_reads_delays_nothing(self):
        if os.geteuid() != 0:
            self.skipTest("it takes root to put a socket in the place of journald's")
        folder = Path(self.folder, "journal")
        folder.mkdir()
        journal = UnreadSocket(folder / "socket")
        self.addCleanup(journal.socket.close)
        place = "/run/systemd/journal"
        run = ("mount -t tmpfs none /run && mkdir -p {0} && mount --bind {1} {0} && "
               'exec env JOURNAL_STREAM="$(stat -L -c %d:%i /dev/stderr)" "$@"')
        self.start_through("unshare", "--mount", "sh", "-c", run.format(place, folder), "sh")
        self.assert_delivers()
        self.daemon.write_config(BAD_CONFIG)
        self.assertEqual(422, self.admin.ask("POST", "/reload", {})[0])
        self.assertEqual("", self.daemon.log(), "it does not go to the journal")
        self.assert_stops()

    def test_check_says_that_lines_were_dropped(self):
        self.start_through("sh", "-c", 'exec "$@" 2>/dev/full', "sh")
        self.assert_delivers(10)
        wait_until(lambda: self.lines_dropped() >= 10, "lines to be dropped")
        ended = subprocess.run([binary("awpsctl"), "--admin", "unix:" + self.daemon.admin_path,
                                "check", "--json"], stdout=subprocess.PIPE, check=True)
        finding, = (one for one in json.loads(ended.stdout)["findings"]
                    if one["subject"] == "log")
        self.assertEqual("warning", finding["result"])
        self.assertRegex(finding["text"], r"\d+ lines dropped since the start")
        self.assert_stops()

    def test_every_line_comes_where_somebody_reads(self):
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, log_level="debug")
        self.admin = Admin(self.daemon.admin_path)
        self.assert_delivers(100)
        self.assertEqual(0, self.lines_dropped())
        self.assert_stops()
        lines = self.daemon.log().splitlines()
        self.assertEqual(self.emulator.requests(), sum(" request hub=" in line for line in lines))
        self.assertIn(" info: stopped: ", lines[-1])

    def test_a_service_manager_that_does_not_read_delays_nothing(self):
        manager = UnreadSocket(self.folder + "/manager.sock")
        self.addCleanup(manager.socket.close)
        self.start_through("env", f"NOTIFY_SOCKET={manager.path}", "WATCHDOG_USEC=200000")
        self.assert_delivers()
        self.assertEqual(200, self.admin.ask("POST", "/reload", {})[0])
        self.daemon.signal(signal.SIGHUP)
        wait_until(lambda: self.daemon.log().count("reload: nothing has changed") == 2,
                   "the second reload")
        self.assert_delivers()
        self.assert_stops()

    def test_a_service_manager_that_reads_again_hears_that_the_daemon_is_ready(self):
        manager = UnreadSocket(self.folder + "/manager.sock")
        self.addCleanup(manager.socket.close)
        self.start_through("env", f"NOTIFY_SOCKET={manager.path}", "WATCHDOG_USEC=200000")
        self.assert_delivers()
        manager.read()
        self.assert_stops()

    def test_a_service_manager_that_is_gone_delays_nothing(self):
        manager = UnreadSocket(self.folder + "/manager.sock")
        manager.socket.close()
        self.start_through("env", f"NOTIFY_SOCKET={manager.path}", "WATCHDOG_USEC=200000")
        self.assert_delivers()
        self.assert_stops()


if __name__ == "__main__":
    main()
