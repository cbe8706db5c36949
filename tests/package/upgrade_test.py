"""The packages' life on a Debian 12 with a real systemd: installed, upgraded under traffic,
removed, purged. The tests go in the order of their names, each on what the one before has left.
"""

import debs
from connector import Connector
from installed import SOCKET, Installed, main

CONFIG = "/etc/awpsd/awpsd.toml"
UNITS = ["awpsd.socket", "awpsd.service"]
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

    @classmethod
    def files(cls):
        found = cls.machine.run(["find", "/", "-xdev"]).splitlines()
        return {path for path in found if not path.startswith(BUSY)}

    def later(self, version, change):
        return debs.later_version(self.all["awpsd"], version, self.folder, {CONFIG: change})

    def states(self, what):
        return self.machine.try_run(["systemctl", what, *UNITS]).stdout.split()

    def version(self):
        return self.machine.run(["dpkg-query", "--show", "--showformat=${Version}", "awpsd"])

    def test_1_an_installation_starts_nothing(self):
        self.install(*self.all.values())
        self.assertEqual(self.states("is-active"), ["inactive", "inactive"])
        self.assertEqual(self.states("is-enabled"), ["disabled", "disabled"])
        self.assertEqual(self.machine.run(["id", "--name", "--user", "awpsd"]).strip(), "awpsd")
        for program in ("awpsd", "awpsctl", "awpsd-emulator"):
            self.assertIn("0.1.0", self.machine.run([program, "--version"]))

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
            self.install(self.later("0.1.0+1", lambda text: text + "# of version 0.1.0+1\n"))
            served = connector.served
            self.wait(lambda: connector.served > served + 20, "traffic")
        print(connector)
        self.assertEqual(connector.refused, [])
        self.assertNotIn(self.property("MainPID"), ("0", before))
        self.assertEqual(self.version(), "0.1.0+1")
        self.assertIn("# of version 0.1.0+1", self.machine.path(CONFIG).read_text())

    def test_4_an_upgrade_keeps_what_the_administrator_changed(self):
        file = self.machine.path(CONFIG)
        mine = file.read_text().replace('level = "info"', 'level = "warning"')
        file.write_text(mine)
        self.install(self.later("0.1.0+2", lambda text: text + "# of version 0.1.0+2\n"))
        self.assertEqual(self.version(), "0.1.0+2")
        self.assertEqual(file.read_text(), mine)
        self.assert_sends("after the upgrade")

    def test_5_an_upgrade_starts_nothing_that_was_stopped(self):
        self.systemctl("disable", "--now", "awpsd.service", "awpsd.socket")
        self.install(self.later("0.1.0+3", lambda text: text))
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
