"""awpsctl's live view, on a terminal and without one, against a daemon that only talks."""

import json
import os
import signal
import threading
import unittest
from pathlib import Path

import control_tool
from control_tool import OK, Fake
from fake_admin import full_status, hub_status
from programs import end, start
from waiting import wait_until


def state_of(pid):
    """As ps(1) shows it: "T" is stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


class Watch(Fake):
    """The view on a terminal: the test holds its other end."""

    def moving(self, query, body):
        self.asked += 1
        return 200, full_status(
            hub_status("chat", actions={"delivered": 500 * self.asked},
                       requests={"started": 50 * self.asked}),
            uptimeSeconds=100.0 + self.asked)

    def setUp(self):
        super().setUp()
        self.asked = 0
        self.daemon.answers[("GET", "/status")] = self.moving

    def test_without_a_terminal_prints_blocks(self):
        process = start(control_tool.command(self.daemon.admin_path, "status", "--watch", "100ms"),
                        stdout=-1, stdin=-3, env=control_tool.environment())
        text = ""
        while text.count("\n\n") < 6:
            text += os.read(process.stdout.fileno(), 65536).decode()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), OK)
        process.stdout.close()
        self.assertNotIn("\x1b", text)
        self.assertIn("500", text)
        self.assertIn("10.0", text)  # actions a request

    def test_json_is_a_reading_a_line(self):
        process = start(control_tool.command(self.daemon.admin_path, "status", "--watch", "100ms",
                                             "--json"),
                        stdout=-1, stdin=-3, env=control_tool.environment(), text=True)
        readings = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.terminate()
        self.assertEqual(process.wait(20), OK)
        process.stdout.close()
        self.assertEqual([reading["uptimeSeconds"] for reading in readings], [101, 102, 103])

    def on_terminal(self, stdin=None, **more):
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        process = start(control_tool.command(self.daemon.admin_path, "status", "--watch", "100ms"),
                        stdin=slave if stdin is None else stdin, stdout=slave, stderr=slave,
                        env=control_tool.environment(TERM="xterm", **more))
        self.addCleanup(end, process)
        os.close(slave)
        return master, process

    def read_until(self, master, wanted, seen=""):
        while wanted not in seen:
            try:
                seen += os.read(master, 65536).decode(errors="replace")
            except OSError:
                break
        self.assertIn(wanted, seen)
        return seen

    def test_restores_the_terminal_however_it_ends(self):
        for name, finish in [("interrupted", lambda m, p: p.send_signal(signal.SIGINT)),
                             ("terminated", lambda m, p: p.terminate()),
                             ("q", lambda m, p: os.write(m, b"q"))]:
            with self.subTest(name):
                master, process = self.on_terminal()
                seen = self.read_until(master, "\x1b[?1049h")
                self.read_until(master, "10.0", seen)
                finish(master, process)
                self.read_until(master, "\x1b[?25h\x1b[?1049l")
                self.assertEqual(process.wait(20), OK)

    def test_goes_on_whatever_comes_during_the_first_reading(self):
        rows = [("a resize", [signal.SIGWINCH]), ("going on", [signal.SIGCONT]),
                ("a stop", [signal.SIGTSTP, signal.SIGCONT])]
        for name, signals in rows:
            with self.subTest(name):
                held = threading.Event()
                self.addCleanup(held.set)
                self.asked = 0

                def status(query, body, held=held):
                    answer = self.moving(query, body)
                    if self.asked == 1:
                        held.wait(20)
                    return answer
                self.daemon.answers[("GET", "/status")] = status
                master, process = self.on_terminal()
                wait_until(lambda: self.asked == 1, "the first reading")
                for number in signals:
                    process.send_signal(number)
                    if number == signal.SIGTSTP:
                        wait_until(lambda p=process: state_of(p.pid) == "T", "the stop")
                wait_until(lambda: self.asked > 1, "the first reading to be asked for again")
                self.read_until(master, "10.0")
                os.write(master, b"q")
                self.assertEqual(process.wait(20), OK)

    def test_goes_on_without_keys(self):
        with open("/dev/null", "rb") as nothing:
            master, process = self.on_terminal(stdin=nothing)
        seen = self.read_until(master, "10.0")
        self.assertNotIn("q or", self.read_until(master, "Ctrl-C: end", seen))
        before = self.asked
        wait_until(lambda: self.asked > before + 3, "readings that follow")
        process.send_signal(signal.SIGINT)
        self.read_until(master, "\x1b[?1049l")
        self.assertEqual(process.wait(20), OK)

    def test_colours_only_if_wanted(self):
        master, process = self.on_terminal()
        self.read_until(master, "\x1b[32m")
        process.terminate()
        process.wait(20)
        master, process = self.on_terminal(NO_COLOR="1")
        seen = self.read_until(master, "10.0")
        process.terminate()
        process.wait(20)
        self.assertNotIn("\x1b[32m", seen)

    def test_says_when_the_daemon_is_gone_and_comes_back(self):
        master, process = self.on_terminal()
        self.read_until(master, "10.0")
        self.answer("GET", "/status", 503, {"error": {"code": "unavailable", "message": "busy"}})
        self.read_until(master, "busy; try again")
        self.daemon.answers[("GET", "/status")] = self.moving
        self.read_until(master, "ready")
        process.terminate()
        self.assertEqual(process.wait(20), OK)


if __name__ == "__main__":
    unittest.main(verbosity=2)
