"""The packages on a Debian 12 with a real systemd: who may send, what the sandbox leaves possible,
reloads, faults, stops.
"""

import os

import debs
from certificates import Authority
from connector import Connector
from exposure import MAX_EXPOSURE, exposure_in
from fronts import TlsFront
from installed import CONFIG, SEND, SOCKET, Installed, main

TOKEN_FILE = "/etc/awpsd/admin.token"
IMPATIENT = "[Service]\nWatchdogSec=3s\nTimeoutAbortSec=200ms\n"
MAX_START_MILLISECONDS = 5000


class Service(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install(*debs.debs().values())
        cls.configure()

    def setUp(self):
        self.start_afresh()

    def main_pid(self):
        return int(self.property("MainPID"))

    def kill(self, name):
        self.systemctl("kill", "--kill-who=main", f"--signal={name}", "awpsd.service")

    def test_it_is_ready_within_a_moment_and_says_what_it_does(self):
        self.systemctl("restart", "awpsd.service")
        begin, end = (int(self.property(f"{name}TimestampMonotonic"))
                      for name in ("InactiveExit", "ActiveEnter"))
        print(f"from exec to READY: {(end - begin) / 1000:.1f} ms")
        self.assertLess((end - begin) / 1000, MAX_START_MILLISECONDS)
        self.assertRegex(self.property("StatusText"), r"^1 hub, 0 actions waiting")
        self.assertEqual(self.property("User"), "awpsd")

    def test_members_of_the_group_may_send_and_others_may_not(self):
        self.assert_sends("from alice")
        refused = self.machine.try_run(SEND, user="bob")
        self.assertIn("Permission denied", refused.stderr)
        mode = self.machine.run(["stat", "--format=%A %U:%G", SOCKET]).strip()
        self.assertEqual(mode, "srw-rw---- awpsd:awpsd")

    def test_producers_are_known_by_their_user_inside_the_sandbox(self):
        self.machine.write(CONFIG, 'socket.allow_users = ["alice"]\n')
        self.systemctl("restart", "awpsd.service")
        self.assert_sends("allowed")
        self.machine.run(["usermod", "--append", "--groups", "awpsd", "bob"])
        self.addCleanup(self.machine.run, ["gpasswd", "--delete", "bob", "awpsd"])
        # Without a line: nc would end over the closed connection before it reads the answer.
        refused = self.machine.try_run(SEND, user="bob")
        self.assertIn('"forbidden"', refused.stdout)

    def test_exposure_is_low(self):
        said = self.machine.run(["systemd-analyze", "security", "--no-pager", "awpsd.service"])
        print(f"exposure: {exposure_in(said)}")
        self.assertLessEqual(exposure_in(said), MAX_EXPOSURE)

    def test_tls_by_the_machines_own_authorities(self):
        authority = Authority(self.folder)
        front = TlsFront(self.emulator, authority.context("localhost"))
        self.addCleanup(front.close)
        # The bundle itself, since update-ca-certificates takes half a minute on a busy computer.
        with self.machine.path("/etc/ssl/certs/ca-certificates.crt").open("a") as bundle:
            bundle.write(authority.path.read_text())
        self.configure(front.connection())
        self.addCleanup(self.configure)
        self.systemctl("restart", "awpsd.service")
        self.assert_sends("over TLS")
        self.assertGreater(front.connections, 0)

    def test_a_credential_is_read_anew_by_a_restart(self):
        self.configure("Endpoint=http://127.0.0.1:1;AccessKey=a-key-of-more-than-32-characters-x;"
                       "Version=1.0;")
        self.systemctl("restart", "awpsd.service")
        self.assertIn("http://127.0.0.1:1", self.journal())
        self.configure()
        self.systemctl("restart", "awpsd.service")
        self.assert_sends("to the right one again")

    def test_without_a_setting_it_says_which_and_is_not_started_again(self):
        setting = self.machine.path("/etc/credstore/WebPubSubConnectionString")
        setting.unlink()
        self.addCleanup(self.configure)
        self.assertNotEqual(self.machine.try_run(["systemctl", "restart", "awpsd"]).returncode, 0)
        self.assertEqual(self.property("ExecMainStatus"), "78")
        self.assertEqual(self.property("NRestarts"), "0")
        self.assertIn("WebPubSubConnectionString", self.journal())

    def test_a_reload_takes_a_good_configuration(self):
        before = self.main_pid()
        self.machine.write(CONFIG, 'log.level = "debug"\n')
        self.systemctl("reload", "awpsd.service")
        self.wait(lambda: "log.level" in self.journal(), "the change in the journal")
        self.assertEqual(self.main_pid(), before)
        self.assert_sends("after the reload")

    def test_a_reload_refuses_a_bad_configuration_and_says_why(self):
        before = self.main_pid()
        self.machine.write(CONFIG, 'log.levle = "debug"\n')
        reload = self.machine.try_run(["systemctl", "reload", "awpsd.service"])
        self.assertNotEqual(reload.returncode, 0)
        self.wait(lambda: "levle" in self.journal(), "the mistake in the journal")
        self.assertEqual((self.main_pid(), self.property("ActiveState")), (before, "active"))
        self.assert_sends("as before")

    def test_a_reload_reaches_another_admin_address_by_a_drop_in(self):
        # Of the daemon's own user, who reads it for both.
        self.machine.run(["install", "-m", "640", "-g", "awpsd", "/dev/stdin", TOKEN_FILE],
                         text="a-token-of-more-than-16-letters\n")
        self.addCleanup(self.machine.path(TOKEN_FILE).unlink)
        config = f'admin.listen = "127.0.0.1:9464"\nadmin.token_file = "{TOKEN_FILE}"\n'
        self.machine.write(CONFIG, config)
        self.systemctl("restart", "awpsd.service")
        reload = ["systemctl", "reload", "awpsd.service"]
        self.assertNotEqual(self.machine.try_run(reload).returncode, 0)
        self.wait(lambda: "AWPSD_ADMIN" in self.journal(), "the remedy in the journal")
        self.drop_in("[Service]\nEnvironment=AWPSD_ADMIN=http://127.0.0.1:9464\n"
                     f"Environment=AWPSD_TOKEN_FILE={TOKEN_FILE}\n")
        self.systemctl("restart", "awpsd.service")
        self.machine.write(CONFIG, config + 'log.level = "debug"\n')
        self.machine.run(reload)
        self.wait(lambda: "log.level" in self.journal(), "the change in the journal")

    def test_a_mistake_at_the_start_leaves_the_socket_open(self):
        self.machine.write(CONFIG, 'log.levle = "debug"\n')
        self.assertNotEqual(self.machine.try_run(["systemctl", "restart", "awpsd"]).returncode, 0)
        self.assertEqual(self.property("ActiveState", "awpsd.socket"), "active")
        self.machine.path(CONFIG).unlink()
        self.assert_sends("which starts it")
        self.assertEqual(self.property("ActiveState"), "active")

    def test_where_it_falls_for_good_systemd_gives_up_and_it_can_be_mended(self):
        self.machine.write(CONFIG, 'log.levle = "debug"\n')
        self.machine.try_run(["systemctl", "restart", "awpsd"])
        self.machine.try_run(["timeout", "20", "nc", "-U", SOCKET], user="alice", text="\n")
        self.wait(lambda: self.property("Result", "awpsd.socket") == "service-start-limit-hit",
                  "systemd to give up")
        self.machine.path(CONFIG).unlink()
        self.systemctl("reset-failed", "awpsd.service", "awpsd.socket")
        self.systemctl("start", "awpsd.service")
        self.assert_sends("mended")

    def test_the_watchdog_restarts_one_that_hangs(self):
        self.drop_in(IMPATIENT)
        self.systemctl("restart", "awpsd.service")
        before = self.main_pid()
        self.kill("SIGSTOP")
        self.wait(lambda: self.main_pid() not in (0, before), "another daemon")
        self.assertIn("Watchdog timeout", self.journal())
        self.assert_sends("to the next one")

    def test_killed_and_restarted_it_loses_no_connection_attempt(self):
        with Connector(self.machine.path(SOCKET)) as connector:
            for turn in range(6):
                self.wait(lambda n=connector.served: connector.served > n + 20, "traffic")
                if turn % 2 == 0:
                    before = self.main_pid()
                    self.kill("SIGKILL")
                    self.wait(lambda b=before: self.main_pid() not in (0, b), "another daemon")
                else:
                    self.systemctl("restart", "awpsd.service")
            self.wait(lambda n=connector.served: connector.served > n + 20, "traffic")
        print(connector)
        self.assertEqual(connector.refused, [])

    def test_what_a_stop_cannot_deliver_is_kept(self):
        self.stop_in_vain("200ms")
        files = self.machine.run(["find", "/var/lib/awpsd", "-name", "undelivered-*.ndjson",
                                  "-printf", "%m %u %p\\n"]).split()
        self.assertEqual(files[:2], ["600", "awpsd"])
        self.assertIn("kept", self.machine.path(files[2]).read_text())

    def test_what_a_stop_kept_is_told_to_the_group_and_sent_by_root(self):
        left = ["find", "/var/lib/awpsd", "-name", "undelivered-*.ndjson"]
        self.machine.run([*left, "-delete"])
        self.machine.run(["usermod", "--append", "--groups", "awpsd-admin", "alice"])
        self.stop_in_vain("200ms")
        self.doCleanups()  # the service is back
        self.addCleanup(self.machine.run, ["gpasswd", "--delete", "alice", "awpsd-admin"])
        self.systemctl("start", "awpsd.service")
        self.wait(lambda: "1 file with 1 action" in self.journal(), "the warning")
        command = "awpsctl send --remove /var/lib/awpsd`"
        checked = self.machine.try_run(["env", "COLUMNS=300", "awpsctl", "check"], user="alice")
        self.assertIn("`sudo " + command, checked.stdout)
        send = ["awpsctl", "send", "--remove", "/var/lib/awpsd"]
        refused = self.machine.try_run(send, user="alice")
        self.assertEqual(refused.returncode, 66)
        self.assertIn("`sudo " + command, refused.stderr)
        self.assertIn("1 action: 1 delivered", self.machine.run(send))
        self.assertEqual(self.machine.run(left), "")
        self.assertIn("no files of earlier stops", self.machine.run(["awpsctl", "check"]))

    def test_a_stop_is_given_its_drain_timeout(self):
        self.drop_in("[Service]\nTimeoutStopSec=1s\n")
        self.stop_in_vain("4s")
        self.assertEqual(self.property("Result"), "exit-code")  # not "timeout"

    def stop_in_vain(self, drain_timeout):
        """With an action that nobody takes."""
        self.machine.write(CONFIG, f'drain_timeout = "{drain_timeout}"\n')
        self.systemctl("restart", "awpsd.service")
        self.emulator.kill()
        self.addCleanup(self.emulator.restart)
        self.assertEqual(self.send("kept", ack="accepted"), ["ready", "accepted"])
        self.systemctl("stop", "awpsd.socket", "awpsd.service")
        self.assertEqual(self.property("ExecMainStatus"), "1")

    def test_a_stop_of_the_service_leaves_the_socket_where_it_is(self):
        self.systemctl("stop", "awpsd.service")
        self.assertTrue(os.path.exists(self.machine.path(SOCKET)))
        self.assert_sends("which starts it")

    def test_with_the_socket_masked_the_daemon_makes_its_own(self):
        self.systemctl("stop", "awpsd.socket", "awpsd.service")
        self.systemctl("mask", "--runtime", "awpsd.socket")
        self.addCleanup(self.systemctl, "unmask", "--runtime", "awpsd.socket")
        self.systemctl("start", "awpsd.service")
        self.assert_sends("through its own")
        self.assertEqual(self.property("ActiveState", "awpsd.socket"), "inactive")


if __name__ == "__main__":
    main()
