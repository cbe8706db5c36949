"""A machine with our packages installed, an emulator for it to send to, and users: `alice` is of
the group that may send, `bob` is not.
"""

import json
import sys
import tempfile
import unittest
from pathlib import Path

import debs
import machine
from programs import Emulator
from waiting import wait_until

NO_MACHINE = 77  # what ctest calls skipped
SOCKET = "/run/awpsd/awpsd.sock"
CONFIG = "/etc/awpsd/conf.d/90-test.toml"
DROP_IN = "/run/systemd/system/awpsd.service.d/90-test.conf"
SEND = ["timeout", "20", "nc", "-U", "-N", SOCKET]


class Installed(unittest.TestCase):
    """Each class has a machine of its own, each test an awpsd that was started for it."""

    cursor = None  # of the journal, where the test at hand begins

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="awps-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.emulator = Emulator("--log-entries", "100000")
        cls.addClassCleanup(cls.emulator.close)
        cls.machine = machine.Machine(root())
        cls.addClassCleanup(cls.machine.close)
        for user in ("alice", "bob"):
            cls.machine.run(["useradd", "--create-home", user])

    @classmethod
    def install(cls, *files):
        """As an administrator would; returns what dpkg said."""
        for file in files:
            cls.machine.path(f"/root/{file.name}").write_bytes(file.read_bytes())
        return cls.machine.run(["dpkg", "--install", "--force-confold", "--force-confdef",
                                "--force-unsafe-io", *(f"/root/{file.name}" for file in files)])

    @classmethod
    def configure(cls, connection=None):
        """The settings, and alice into the group."""
        credentials = {"WebPubSubConnectionString": connection or cls.emulator.connection,
                       "WebPubSubHub": "chat"}
        for name, text in credentials.items():
            cls.machine.run(["install", "-m", "600", "/dev/stdin", f"/etc/credstore/{name}"],
                            text=text + "\n")
        cls.machine.run(["usermod", "--append", "--groups", "awpsd", "alice"])

    def systemctl(self, *arguments):
        return self.machine.run(["systemctl", *arguments])

    def property(self, name, unit="awpsd.service"):
        return self.systemctl("show", f"--property={name}", "--value", unit).strip()

    def start_afresh(self):
        """Without what an earlier test has said."""
        for path in (CONFIG, DROP_IN):
            self.machine.path(path).unlink(missing_ok=True)
        self.systemctl("daemon-reload")
        self.systemctl("stop", "awpsd.socket", "awpsd.service")
        self.machine.try_run(["systemctl", "reset-failed", "awpsd.socket", "awpsd.service"])
        self.cursor = self.end_of_journal()
        self.systemctl("start", "awpsd.service")

    def drop_in(self, text):
        self.machine.write(DROP_IN, text)
        self.systemctl("daemon-reload")

    def journal(self):
        """Of awpsd, since the test began: the words of earlier tests prove nothing."""
        since = [f"--after-cursor={self.cursor}"] if self.cursor else []
        return self.machine.run(["journalctl", "--unit=awpsd.service", "--output=cat",
                                 "--no-pager", *since])

    def end_of_journal(self):
        self.machine.run(["journalctl", "--sync"])
        said = self.machine.run(["journalctl", "--lines=1", "--show-cursor", "--output=cat",
                                 "--no-pager"])
        return said.splitlines()[-1].removeprefix("-- cursor: ")

    def send(self, data, user="alice", ack="delivered"):
        """The statuses that nc is answered with."""
        lines = [{"hello": {"ack": ack}}, {"actionName": "sendToAll", "data": data}]
        said = self.machine.run(SEND, user=user, text="".join(json.dumps(line) + "\n"
                                                              for line in lines))
        return [json.loads(line)["status"] for line in said.splitlines()]

    def assert_sends(self, data):
        self.assertEqual(self.send(data), ["ready", "delivered"])

    def wait(self, condition, what, seconds=20.0):
        return wait_until(condition, what, seconds)

    def run(self, result=None):
        before = len(result.failures) + len(result.errors) if result else 0
        super().run(result)
        if result and len(result.failures) + len(result.errors) > before:
            print(f"--- journal of awpsd in {self.id()}:\n{self.journal()}", file=sys.stderr)


def root():
    needed = [name for deb in debs.debs().values() for name in debs.depends(deb)]
    return machine.prepare_root(needed)


def main():
    """Ends with NO_MACHINE, and says why, where a machine is not to be had."""
    reason = machine.missing_for_machines()
    if not reason and not machine.has_root() and not machine.mirror_answers():
        reason = f"there is no root in {machine.CACHE} yet, and {machine.mirror()} does not answer"
    if reason:
        print(f"SKIPPED: this needs a machine with a systemd of its own: {reason}")
        sys.exit(NO_MACHINE)
    root()
    machine.isolate_network()
    unittest.main(verbosity=2)
