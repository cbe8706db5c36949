"""Started without standard input, output or error: nothing that is opened later gets their place,
so that no log line goes into a socket.
"""

import itertools
import os
import subprocess

from admin import Admin
from programs import binary
from scenario import Scenario, main, message, wait_until

NAMES = ("<&-", ">&-", "2>&-")


def closing(files):
    return ("sh", "-c", f'exec "$@" {" ".join(files)}', "sh")


def combinations():
    for count in range(1, len(NAMES) + 1):
        yield from itertools.combinations(NAMES, count)


class ClosedFiles(Scenario):
    def test_the_daemon_delivers_and_its_log_goes_nowhere_else(self):
        emulator = self.start_emulator()
        for files in combinations():
            with self.subTest(files):
                daemon = self.make_daemon(emulator.connection, log_level="debug")
                daemon.start(through=closing(files))
                admin = Admin(daemon.admin_path)
                with self.connect(daemon, ack="delivered") as producer:
                    for number in range(20):
                        producer.send(message("g", number))
                    self.assertEqual(20, self.outcomes(producer, 20).counts["delivered"])
                self.assertEqual(200, admin.ask("POST", "/reload", {})[0])
                dropped = admin.get("/status")["logLinesDropped"]
                self.assertEqual("2>&-" in files, dropped > 0)
                if os.geteuid() == 0:  # of a process that leaves no core, for root alone
                    self.assert_null(daemon.process.pid, files)
                self.assertEqual(0, daemon.close())

    def test_the_emulator_serves(self):
        for files in combinations():
            with self.subTest(files):
                path = self.folder + "/emulator.log"
                with open(path, "wb") as log, subprocess.Popen(
                        [*closing(files), binary("awpsd-emulator"), "--listen", "127.0.0.1:0"],
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
                    try:
                        wait_until(lambda: self.sockets_of(process.pid), "it to listen")
                        self.assert_null(process.pid, files)
                    finally:
                        process.terminate()

    def test_the_tool_says_that_it_cannot_write(self):
        daemon = self.start_daemon(self.start_emulator().connection)
        ended = subprocess.run([*closing([">&-"]), binary("awpsctl"), "--admin",
                                "unix:" + daemon.admin_path, "status"],
                               stderr=subprocess.PIPE, check=False)
        self.assertEqual(74, ended.returncode)
        self.assertIn(b"standard output", ended.stderr)

    def assert_null(self, pid, files):
        for number, name in enumerate(NAMES):
            if name in files:
                self.assertEqual("/dev/null", os.readlink(f"/proc/{pid}/fd/{number}"))

    @staticmethod
    def sockets_of(pid):
        folder = f"/proc/{pid}/fd"
        try:
            return [fd for fd in os.listdir(folder)
                    if os.readlink(f"{folder}/{fd}").startswith("socket:")]
        except FileNotFoundError:
            return []  # it has just closed one


if __name__ == "__main__":
    main()
