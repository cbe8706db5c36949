"""The packages' life on a Debian 12 with a real systemd: installed, upgraded under traffic from
0.1, removed, purged. The tests go in the order of their names, each on what the one before left.
"""

import re

import debs
from connector import Connector
from installed import SOCKET, Installed, main

CONFIG = "/etc/awpsd/awpsd.toml"
UNITS = ["awpsd.socket", "awpsd.service"]
ADMIN_SOCKET = "/run/awpsd/admin.sock"
SYSUSERS = "/usr/lib/sysusers.d/awpsd.conf"
NEWS = "/usr/share/doc/awpsd/NEWS.Debian.gz"
# Where a running system writes all the time.
BUSY = ("/dev", "/proc", "/sys", "/run", "/tmp", "/var/log", "/var/tmp", "/var/lib/dpkg",
        "/var/lib/systemd", "/var/cache", "/root", "/home", "/oldroot", "/var/mail")
# What a purge leaves: the user, whose number must not become another's, and the settings.
LEFT = {"/etc/credstore", "/etc/credstore/WebPubSubConnectionString",
        "/etc/credstore/WebPubSubHub"}


class Life(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.before = cls.files()
        cls.all = debs.debs()
        # As 0.1 was: it knew no group that steers.
        cls.first = debs.other_version(cls.all["awpsd"], "0.1.0", cls.folder, {
            CONFIG: lambda text: re.sub(r'(?m)^(group = "awpsd-admin"|proxy_credentials =).*\n',
                                        "", text),
            SYSUSERS: lambda text: re.sub(r"(?m)^.*awpsd-admin.*\n", "", text)})

    @classmethod
    def files(cls):
        found = cls.machine.run(["find", "/", "-xdev"]).splitlines()
        return {path for path in found if not path.startswith(BUSY)}

    def later(self, version, change):
        return debs.other_version(self.all["awpsd"], version, self.folder, {CONFIG: change})

    def version_that_is_made(self):
        return debs.field(self.all["awpsd"], "Version")

    def may_steer(self, user):
        return self.machine.try_run(["awpsctl", "status"], user=user).returncode == 0

    def states(self, what):
        return self.machine.try_run(["systemctl", what, *UNITS]).stdout.split()

    def version(self):
        return self.machine.run(["dpkg-query", "--show", "--showformat=${Version}", "awpsd"])

    def test_1_an_installation_starts_nothing(self):
        self.install(self.first, self.all["awpsd-emulator"], self.all["libawps-dev"])
        self.assertEqual(self.version(), "0.1.0")
        self.assertNotIn("awpsd-admin", self.machine.path("/etc/group").read_text())
        self.assertEqual(self.states("is-active"), ["inactive", "inactive"])
        self.assertEqual(self.states("is-enabled"), ["disabled", "disabled"])
        self.assertEqual(self.machine.run(["id", "--name", "--user", "awpsd"]).strip(), "awpsd")
        for program in ("awpsd", "awpsctl", "awpsd-emulator"):
            self.assertIn(self.version_that_is_made(), self.machine.run([program, "--version"]))

    def test_2_enabled_it_serves(self):
        self.configure()
        self.systemctl("enable", "--now", "awpsd.service")
        self.assertEqual(self.states("is-active"), ["active", "active"])
        self.assertEqual(self.states("is-enabled"), ["enabled", "enabled"])
        self.assert_sends("installed")

    def test_3_an_upgrade_restarts_it_and_turns_no_producer_away(self):
        before = self.property("MainPID")
        with Connector(self.machine.path(SOCKET)) as connector:
            self.wait(lambda: connector.served > 20, "traffic")
            self.install(self.all["awpsd"])
            served = connector.served
            self.wait(lambda: connector.served > served + 20, "traffic")
        print(connector)
        self.assertEqual(connector.refused, [])
        self.assertNotIn(self.property("MainPID"), ("0", before))
        self.assertEqual(self.version(), self.version_that_is_made())

    def test_3a_after_it_steering_is_a_right_of_its_own(self):
        """Of an awpsd.toml that nobody had changed."""
        self.assertIn('group = "awpsd-admin"', self.machine.path(CONFIG).read_text())
        owner = self.machine.run(["stat", "--format=%A %U:%G", ADMIN_SOCKET]).strip()
        self.assertEqual(owner, "srw-rw---- awpsd:awpsd-admin")
        self.assert_sends("alice may still")
        self.assertFalse(self.may_steer("alice"))
        self.machine.run(["usermod", "--append", "--groups", "awpsd-admin", "alice"])
        self.assertTrue(self.may_steer("alice"))
        self.machine.run(["gpasswd", "--delete", "alice", "awpsd-admin"])

    def test_3b_the_news_tell_it(self):
        news = self.machine.run(["zcat", NEWS])
        self.assertTrue(news.startswith(f"awpsd ({self.version_that_is_made()}) "), news)
        self.assertIn("awpsd-admin", news)

    def test_3c_an_upgrade_keeps_an_older_file_that_was_changed_and_root_alone_steers(self):
        self.machine.run(["dpkg", "--purge", "awpsd"])
        self.install(self.first)
        self.configure()
        file = self.machine.path(CONFIG)
        mine = file.read_text().replace('level = "info"', 'level = "warning"')
        file.write_text(mine)
        self.systemctl("enable", "--now", "awpsd.service")
        self.install(self.all["awpsd"])
        self.assertEqual(file.read_text(), mine)
        owner = self.machine.run(["stat", "--format=%A", ADMIN_SOCKET]).strip()
        self.assertEqual(owner, "srw-------")
        self.assert_sends("alice may still")
        self.assertFalse(self.may_steer("alice"))
        self.assertTrue(self.may_steer("root"))
        # As the news say.
        file.write_text(mine.replace("[admin]\n", '[admin]\ngroup = "awpsd-admin"\n'))
        self.systemctl("reload", "awpsd.service")
        self.machine.run(["usermod", "--append", "--groups", "awpsd-admin", "alice"])
        self.assertTrue(self.may_steer("alice"))
        self.machine.run(["gpasswd", "--delete", "alice", "awpsd-admin"])

    def test_4_an_upgrade_keeps_what_the_administrator_changed(self):
        file = self.machine.path(CONFIG)
        mine = file.read_text().replace('level = "info"', 'level = "warning"')
        file.write_text(mine)
        self.install(self.later("99+2", lambda text: text + "# of version 99+2\n"))
        self.assertEqual(self.version(), "99+2")
        self.assertEqual(file.read_text(), mine)
        self.assert_sends("after the upgrade")

    def test_5_an_upgrade_starts_nothing_that_was_stopped(self):
        self.systemctl("disable", "--now", "awpsd.service", "awpsd.socket")
        self.install(self.later("99+3", lambda text: text))
        self.assertEqual(self.states("is-active"), ["inactive", "inactive"])
        self.assertEqual(self.states("is-enabled"), ["disabled", "disabled"])
        self.systemctl("enable", "--now", "awpsd.service")

    def test_6_a_removal_stops_it_and_keeps_configuration_and_state(self):
        self.machine.write("/var/lib/awpsd/undelivered-x.ndjson", "{}\n")
        self.machine.run(["dpkg", "--remove", "awpsd"])
        self.assertFalse(self.machine.path(SOCKET).exists())
        self.assertEqual(self.machine.try_run(["pgrep", "-x", "awpsd"]).stdout, "")
        for path in (CONFIG, "/var/lib/awpsd/undelivered-x.ndjson"):
            self.assertTrue(self.machine.path(path).exists(), path)

    def test_7_installed_again_it_is_enabled_as_it_was(self):
        self.install(self.all["awpsd"])
        self.assertEqual(self.states("is-enabled"), ["enabled", "enabled"])

    def test_8_a_purge_leaves_nothing_but_the_user_and_the_settings(self):
        self.machine.run(["dpkg", "--purge", *self.all])
        self.assertEqual(self.files() - self.before, LEFT)
        self.assertIn("awpsd", self.machine.path("/etc/passwd").read_text())
        self.assertFalse(self.machine.path("/run/awpsd").exists())
        self.systemctl("daemon-reload")
        self.assertEqual(self.property("LoadState"), "not-found")


if __name__ == "__main__":
    main()
