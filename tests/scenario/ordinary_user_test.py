"""A start by an ordinary user, on a machine where nobody made /run/awpsd."""

import os
import subprocess
import unittest

from scenario import Scenario, main, message, wait_until

NOBODY = 65534
FORBIDDEN = 77
# An empty /run of its own, and then the user.
EMPTY_RUN = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o mode=755 none /run && exec "$@"',
             "sh")
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")


def may_unshare():
    return os.geteuid() == 0 and subprocess.run(("unshare", "--mount", "true"), check=False,
                                                stderr=subprocess.DEVNULL).returncode == 0


@unittest.skipUnless(may_unshare(), "only root can become another user, with a /run of its own")
class OrdinaryUser(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        os.chmod(self.folder, 0o777)

    def launch(self, config, through):
        daemon = self.make_daemon(self.emulator.connection, config, preset=False)
        daemon.environment["WebPubSubHub"] = "chat"
        daemon.launch(through=through)
        os.chmod(daemon.notify.path, 0o777)
        return daemon

    def test_what_to_do_is_said_where_run_is_closed(self):
        daemon = self.launch("", EMPTY_RUN + AS_NOBODY)
        self.assertEqual(daemon.wait(20), FORBIDDEN, daemon.log())
        for word in ("/run/awpsd", "Permission denied", "socket.path", "XDG_RUNTIME_DIR"):
            self.assertIn(word, daemon.log())

    def test_a_folder_of_its_own_is_made(self):
        run = f"{self.folder}/run"
        daemon = self.launch(f'socket.path = "{run}/awpsd.sock"\n'
                             f'admin.listen = "unix:{run}/admin.sock"\n'
                             f'spool.path = "{self.folder}/spool"\n', EMPTY_RUN + AS_NOBODY)
        daemon.socket_path = f"{run}/awpsd.sock"
        wait_until(lambda: "listens on " + daemon.socket_path in daemon.log(), "the start")
        self.assertEqual(os.stat(run).st_mode & 0o777, 0o755)
        producer = self.connect(daemon, ack="delivered")
        producer.send(message("g", 1))
        producer.read_until(lambda reply: reply["status"] == "delivered")

    def test_root_needs_no_settings_at_all(self):
        daemon = self.launch(f'spool.path = "{self.folder}/spool"\n', EMPTY_RUN)
        wait_until(lambda: "listens on /run/awpsd/awpsd.sock" in daemon.log(), "the start")
        self.assertNotIn("no admin interface", daemon.log())


if __name__ == "__main__":
    main()
