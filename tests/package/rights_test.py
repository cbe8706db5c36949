"""Who may do what on a Debian 12 with a real systemd: `alice` may send, `carol` may steer, `bob`
may do neither. The users, the groups and the files are those of the package.
"""

import json
import select
import subprocess

import debs
from installed import CONFIG, SEND, SOCKET, Installed, main

ADMIN_SOCKET = "/run/awpsd/admin.sock"
DENIED, OK = 77, 0
# What every right ends with: to see what others send, to stop it, to be somebody else.
STEER = (["status"], ["hubs"], ["tap", "--count", "1"], ["pause"], ["pause", "chat"], ["resume"],
         ["drain", "--timeout", "1s"], ["reload"], ["config", "diff"], ["log", "debug"],
         ["token", "--user", "mallory"], ["dead-letters", "list"],
         ["dead-letters", "redrive", "--all"], ["dead-letters", "purge", "--all", "--yes"])


class Rights(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.install(*debs.debs().values())
        cls.configure()
        cls.machine.run(["useradd", "--create-home", "--groups", "awpsd-admin", "carol"])

    def setUp(self):
        self.start_afresh()

    def tool(self, *arguments, user):
        return self.machine.try_run(["awpsctl", *arguments], user=user)

    def add(self, user, group):
        """Until the test ends."""
        self.machine.run(["usermod", "--append", "--groups", group, user])
        self.addCleanup(self.machine.run, ["gpasswd", "--delete", user, group])

    def reload(self, config):
        self.machine.write(CONFIG, config)
        self.systemctl("reload", "awpsd.service")

    def owner(self, path):
        return self.machine.run(["stat", "--format=%A %U:%G", path]).strip()

    def test_the_sockets_belong_to_two_groups(self):
        self.assertEqual(self.owner(SOCKET), "srw-rw---- awpsd:awpsd")
        self.assertEqual(self.owner(ADMIN_SOCKET), "srw-rw---- awpsd:awpsd-admin")
        self.assertNotIn("warning", self.journal())

    def test_whoever_may_send_may_not_steer(self):
        self.assert_sends("from alice")
        sent = self.tool("send", "--all", "--data", "with the tool", user="alice")
        self.assertEqual(sent.returncode, OK, sent.stderr)
        for command in STEER:
            with self.subTest(command):
                refused = self.tool(*command, user="alice")
                self.assertEqual(refused.returncode, DENIED, refused.stdout + refused.stderr)
                self.assertIn("`sudo adduser alice awpsd-admin` and log in again", refused.stderr)
        self.assert_sends("which nothing has paused")

    def test_whoever_may_steer_may_not_send(self):
        for command in (["status"], ["pause"], ["resume"], ["token"], ["reload"],
                        ["dead-letters", "list"]):
            done = self.tool(*command, user="carol")
            self.assertEqual(done.returncode, OK, done.stderr)
        self.assertIn("Permission denied", self.machine.try_run(SEND, user="carol").stderr)

    def test_whoever_is_in_neither_group_may_do_nothing(self):
        self.assertIn("Permission denied", self.machine.try_run(SEND, user="bob").stderr)
        for command in (*STEER, ["send", "--all", "--data", "x"]):
            self.assertEqual(self.tool(*command, user="bob").returncode, DENIED, command)

    def test_who_joins_the_group_may_from_the_next_login_on(self):
        self.assertEqual(self.tool("status", user="bob").returncode, DENIED)
        self.add("bob", "awpsd-admin")
        self.assertEqual(self.tool("status", user="bob").returncode, OK)

    def test_a_reload_takes_another_group_and_says_what_is_missing(self):
        self.machine.run(["groupadd", "--force", "ops"])
        self.add("bob", "ops")
        self.reload('admin.group = "ops"\n')
        # The daemon's user is not in it, and cannot give the socket away.
        self.assertIn("sudo adduser awpsd ops", self.journal())
        self.assertEqual(self.owner(ADMIN_SOCKET), "srw------- awpsd:awpsd-admin")
        for user in ("alice", "bob", "carol"):
            self.assertEqual(self.tool("status", user=user).returncode, DENIED, user)
        self.assertEqual(self.tool("status", user="root").returncode, OK)
        self.add("awpsd", "ops")
        self.systemctl("restart", "awpsd.service")
        self.assertEqual(self.owner(ADMIN_SOCKET), "srw-rw---- awpsd:ops")
        self.assertEqual(self.tool("status", user="bob").returncode, OK)
        self.assertEqual(self.tool("status", user="carol").returncode, DENIED)
        self.assert_sends("all the same")

    def test_without_a_group_root_steers_and_systemd_reloads(self):
        self.reload('admin.group = ""\n')
        self.assertEqual(self.owner(ADMIN_SOCKET)[:10], "srw-------")
        refused = self.tool("status", user="carol")
        self.assertEqual(refused.returncode, DENIED)
        self.assertIn("admin.group", refused.stderr)
        self.assertEqual(self.tool("status", user="root").returncode, OK)
        self.reload("")  # which the daemon's own user does
        self.assertEqual(self.tool("status", user="carol").returncode, OK)

    def test_a_reload_ends_the_tap_of_one_who_may_not_any_more(self):
        with Running(self.machine, "carol", "awpsctl", "tap", "--json") as tap:
            self.wait(lambda: self.assert_sends("to be seen") or tap.has_said(), "a line of it")
            self.reload('admin.group = ""\n')
            self.assertIn("ended the tap", tap.end())

    def test_a_hubs_own_list_refuses_members_of_the_sockets_group(self):
        self.add("bob", "awpsd")
        self.reload('[hubs.chat]\nallow_users = ["alice"]\n')
        self.assert_sends("from alice")
        line = json.dumps({"actionName": "sendToAll", "data": "x"}) + "\n"
        self.assertIn('"forbidden"', self.machine.try_run(SEND, user="bob", text=line).stdout)

    def test_a_hub_that_is_withdrawn_is_refused_on_an_open_connection(self):
        self.reload('[hubs.chat]\nallow_users = ["alice"]\n')
        line = json.dumps({"actionName": "sendToAll", "data": "x"}) + "\n"
        with Running(self.machine, "alice", "nc", "-U", SOCKET) as alice:
            self.assertIn("ready", alice.say('{"hello":{"ack":"delivered"}}\n'))
            self.assertIn("delivered", alice.say(line))
            self.reload('[hubs.chat]\nallow_users = ["root"]\n')
            self.assertIn("forbidden", alice.say(line))


class Running:
    """A command of a user of the machine, while it runs."""

    def __init__(self, machine, user, *command):
        self.process = subprocess.Popen(
            ["nsenter", f"--target={machine.leader}", "--all", "runuser", "-u", user, "--",
             *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)

    def has_said(self):
        return bool(select.select([self.process.stdout], [], [], 0.1)[0])

    def say(self, line):
        """What is answered."""
        self.process.stdin.write(line)
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def end(self):
        """Waits for its own end; what it said of it."""
        return self.process.communicate(timeout=20)[1]

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        # nsenter alone: what it runs ends with the pipes, or with the machine.
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


if __name__ == "__main__":
    main()
