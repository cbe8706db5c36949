"""Who may send: by any of a user's groups, and no longer than the configuration says."""

import json
import os
import subprocess
import unittest

from scenario import Scenario, main, message, wait_until

NOBODY, ADM, STAFF = 65534, 4, 50


class Access(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def send_as(self, daemon, *groups):
        """What nobody of these supplementary groups is told."""
        sent = subprocess.run(
            ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
             "--groups=" + ",".join(map(str, groups)), "timeout", "20", "nc", "-U", "-N",
             daemon.socket_path),
            input=json.dumps(message("g", 1)) + "\n", capture_output=True, text=True, check=False)
        self.assertEqual((sent.returncode, sent.stderr), (0, ""))
        return sent.stdout

    def test_withdrawn_rights_reach_open_connections(self):
        mine = f'hubs.chat.allow_users = ["{os.getuid()}"]\n'
        daemon = self.start_daemon(self.emulator.connection, mine)
        producer = self.connect(daemon, ack="delivered")
        producer.send(message("g", 1))
        producer.read_until(lambda reply: reply["status"] == "delivered")
        daemon.write_config(f'hubs.chat.allow_users = ["{os.getuid() + 1}"]\n')
        daemon.status()  # by a reload
        producer.send(message("g", 2))
        refused = producer.read_until(lambda reply: reply["status"] == "rejected")[-1]
        self.assertEqual((refused["seq"], refused["error"]["code"]), (2, "forbidden"))
        daemon.write_config(mine)
        daemon.status()
        producer.send(message("g", 3))
        producer.read_until(lambda reply: reply["status"] == "delivered")
        self.assertEqual(self.emulator.requests(), 2)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become another user")
    def test_supplementary_groups_count_and_refusals_are_read_and_logged_once(self):
        os.chmod(self.folder, 0o755)
        daemon = self.start_daemon(self.emulator.connection,
                                   f'socket.mode = "0666"\nsocket.allow_groups = ["{ADM}"]\n')
        self.assertEqual(self.send_as(daemon, STAFF, ADM), "")
        wait_until(lambda: self.emulator.requests() == 1, "delivery")
        for _ in range(10):
            self.assertIn("forbidden", self.send_as(daemon, STAFF))
        self.assertEqual(daemon.log().count(f"user id {NOBODY}"), 1, daemon.log())
        self.assertEqual(self.emulator.requests(), 1)


if __name__ == "__main__":
    main()
