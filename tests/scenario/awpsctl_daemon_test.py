"""awpsctl against awpsd itself, and the emulator as the service."""

import json
import re
import signal
import threading
import time
from pathlib import Path

import control_tool
from admin import Admin
from control_tool import CONFIG, NO, NOT_NOW, OK, UNREACHABLE
from programs import start, temporary_folder
from scenario import REFUSED, Scenario, main, message, messages_by_target, wait_until

ACTION = '{"actionName":"sendToGroup","group":"g","data":"hi"}\n'
REFUSE = {"name": "refuse", "match": {"pathContains": "/groups/poison"}, "status": 400,
          "body": REFUSED}


class Awpsctl(Scenario):
    def begin(self, config=""):
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, config)
        self.admin = self.daemon.admin_path

    def tool(self, *arguments, **options):
        return control_tool.run(self.admin, *arguments, **options)

    def expect(self, ended, code, *texts):
        everything = ended.out + ended.err
        self.assertEqual(ended.code, code, everything)
        for text in texts:
            self.assertIn(text, everything)
        return ended

    def hub(self):
        return self.tool("status", "--json").json["hubs"][0]

    def test_sends_and_shows_it(self):
        self.begin()
        self.expect(self.tool("send", "--group", "g", "--data", "hi"), OK, "1 delivered")
        self.expect(self.tool("send", "-", text=ACTION * 500), OK, "500 delivered")
        self.expect(self.tool("send", "-", "--ack", "accepted", text=ACTION), OK, "1 accepted")
        self.expect(self.tool("send", "-", text=ACTION + "nonsense\n[5]\n"), NO, "line 2: rejected",
                    "line 3: rejected")
        self.expect(self.tool("status"), OK, "chat", "running")
        self.expect(self.tool("hubs", "--names"), OK, "chat\n")
        self.assertGreaterEqual(self.hub()["actions"]["delivered"], 502)

    def test_sends_by_an_admin_address_of_this_machine_on_tcp(self):
        with temporary_folder() as folder:
            token = Path(folder, "token")
            token.touch(mode=0o600)
            token.write_text("a-token-of-more-than-16-letters\n")
            self.begin(f'admin.listen = "127.0.0.1:0"\nadmin.token_file = "{token}"\n')
            self.admin, = re.findall(r"on (127\S+) for operators", self.daemon.log())
            self.expect(self.tool("send", "--all", "--data", "x", "--token-file", str(token)), OK,
                        "1 delivered")
            self.expect(self.tool("check", "--token-file", str(token)), OK, "takes producers")

    def test_all_is_well(self):
        self.begin()
        ended = self.expect(self.tool("check"), OK, "takes producers")
        self.assertNotIn("bad", ended.out)

    def test_pause_holds_and_drain_ends(self):
        self.begin()
        self.expect(self.tool("pause", "chat"), OK)
        self.expect(self.tool("send", "-", "--ack", "accepted", text=ACTION * 5), OK)
        wait_until(lambda: self.hub()["actions"]["queued"] == 5, "five actions to wait")
        self.assertEqual(self.hub()["state"], "paused")
        self.expect(self.tool("status"), OK, "awpsctl resume chat")
        self.expect(self.tool("resume"), OK)
        wait_until(lambda: self.hub()["actions"]["delivered"] == 5, "them to be delivered")
        self.expect(self.tool("drain", "--timeout", "20s"), OK, "drained")
        self.expect(self.tool("resume", "chat"), OK)
        self.expect(self.tool("send", "-", text=ACTION), OK)

    def test_drain_gives_up_waiting(self):
        self.begin()
        self.emulator.set_delay(2000)
        self.expect(self.tool("send", "-", "--ack", "accepted", text=ACTION * 3), OK)
        self.expect(self.tool("drain", "--timeout", "200ms"), NOT_NOW, "awpsctl resume")

    def test_dead_letters(self):
        self.begin()
        self.emulator.set_faults([REFUSE])
        poison = ACTION.replace('"g"', '"poison"')
        self.expect(self.tool("send", "-", text=poison * 2), NO, "line 1: dead_lettered")
        self.expect(self.tool("dead-letters", "list"), OK, "sendToGroup poison", "400")
        numbers = [letter["number"] for letter in
                   self.tool("dead-letters", "list", "--json").json["deadLetters"]]
        self.expect(self.tool("dead-letters", "show", str(numbers[0])), OK, "poison")
        exported = self.tool("dead-letters", "export").out.splitlines()
        self.assertEqual([json.loads(line)["group"] for line in exported], ["poison"] * 2)
        self.emulator.set_faults([])
        self.expect(self.tool("dead-letters", "redrive", str(numbers[0])), OK, "1 dead letter")
        self.expect(self.tool("dead-letters", "purge", "--all", "--yes"), OK, "1 dead letter")
        self.expect(self.tool("dead-letters", "list"), OK, "no dead letters")

    def test_tap(self):
        self.begin()
        stop = threading.Event()

        def send():
            while not stop.is_set():
                self.tool("send", "-", text=ACTION * 20)
        sender = threading.Thread(target=send)
        sender.start()
        try:
            records = self.tool("tap", "--count", "3", "--rate", "100", "--json").json_lines
        finally:
            stop.set()
            sender.join()
        shown = [record for record in records if "leftOut" not in record]
        self.assertEqual([record["action"]["group"] for record in shown], ["g"] * 3)
        self.assertEqual({record["outcome"] for record in shown}, {"delivered"})

    def test_bench(self):
        self.begin()
        found = self.expect(self.tool("bench", "--rate", "500", "--seconds", "1", "--actions",
                                      "sendToGroup=3,sendToUser=1", "--json"), OK).json
        self.assertEqual(found["delivered"], 500)
        self.assertLessEqual(found["requests"], 500)

    def test_configuration(self):
        self.begin()
        self.expect(self.tool("config", "diff"), OK)
        self.daemon.config_path.write_text(self.daemon.config_path.read_text().replace(
            'log.level = "info"', 'log.level = "warning"'))
        self.expect(self.tool("config", "diff"), NO, "log.level", "warning")
        self.expect(self.tool("reload"), OK, "log.level")
        self.expect(self.tool("config", "diff"), OK)
        self.expect(self.tool("log", "debug", "--for", "60s"), OK)
        self.assertEqual(self.tool("status", "--json").json["logLevel"], "debug")
        self.daemon.config_path.write_text("nonsense = 1\n")
        self.expect(self.tool("reload"), CONFIG, "nonsense")
        self.expect(self.tool("check"), NO, "nonsense", "--check-config")
        # Each mistake is a line.
        self.daemon.config_path.write_text("nonsense = 1\nrubbish = 2\n")
        checked = self.tool("check")
        self.expect(checked, NO, "nonsense", "rubbish")
        self.assertNotIn("\\x0a", checked.out)
        self.assertEqual([line for line in checked.out.splitlines()
                          if "nonsense" in line and "rubbish" in line], [])

    def test_token(self):
        self.begin()
        url = self.expect(self.tool("token", "--user", "ann", "--minutes", "5"), OK).out
        self.assertTrue(url.startswith("ws"), url)
        self.assertIn("access_token=", url)

    def test_what_a_stop_left_can_be_sent(self):
        self.begin("drain_timeout = '100ms'\n")
        self.emulator.set_delay(5000)  # so that nothing is delivered before the stop
        self.expect(self.tool("send", "-", "--ack", "accepted", text=ACTION * 7), OK)
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait()
        self.expect(self.tool("status"), UNREACHABLE)
        self.emulator.set_delay(0)
        [left] = self.daemon.undelivered_files()
        self.daemon.start()
        self.expect(self.tool("send", str(left)), OK, "7 delivered")

    def test_what_stops_left_is_told_of_until_it_is_sent(self):
        self.begin("drain_timeout = '100ms'\n")
        self.expect(self.tool("check"), OK, "no files of earlier stops")
        self.leave(range(300))
        self.wait_for_another_second()
        self.daemon.start()
        self.leave(range(300, 586))
        files = self.daemon.undelivered_files()
        self.assertEqual(len(files), 2)
        self.daemon.new_log_lines()
        self.daemon.start()

        [warning] = [line for line in self.daemon.new_log_lines() if "earlier stops" in line]
        self.assertIn(f"2 files with 586 actions under '{self.daemon.spool}'", warning)
        self.assertIn(f"awpsctl send --remove {self.daemon.spool}`", warning)
        told = self.tool("status", "--json").json["spool"]["undelivered"]
        self.assertEqual((told["files"], told["actions"], told["atLeast"]), (2, 586, False))
        metrics = Admin(self.daemon.admin_path).text("/metrics")
        self.assertIn("\nawpsd_undelivered_files 2\n", metrics)
        self.assertIn("\nawpsd_undelivered_actions 586\n", metrics)
        for command in ("check", "status"):
            self.expect(self.tool(command, COLUMNS="400"), OK,
                        "earlier stops left 2 files with 586 actions",
                        f"awpsctl send --remove {self.daemon.spool}")

        self.emulator.set_faults([])
        self.expect(self.tool("send", "--remove", str(self.daemon.spool)), OK,
                    "in total 2 files, 586 actions: 586 delivered")
        numbers = messages_by_target(self.emulator.log())["g"]
        self.assertEqual(numbers, list(range(586)))
        self.assertEqual(self.daemon.undelivered_files(), [])
        self.expect(self.tool("check"), OK, "no files of earlier stops")
        self.assertIn("\nawpsd_undelivered_files 0\n",
                      Admin(self.daemon.admin_path).text("/metrics"))

    def leave(self, numbers):
        """A stop that leaves these, undelivered."""
        self.emulator.set_faults([{"name": "stall", "stall": True}])
        lines = "".join(json.dumps(message("g", number)) + "\n" for number in numbers)
        self.expect(self.tool("send", "-", "--ack", "accepted", text=lines), OK)
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(self.daemon.wait(), 1, self.daemon.log())

    def wait_for_another_second(self):
        """The name of a stop's file has its second."""
        [name] = [path.name for path in self.daemon.undelivered_files()]
        wait_until(lambda: time.strftime("undelivered-%Y%m%dT%H%M%SZ.ndjson", time.gmtime()) > name,
                   "the next second")

    def test_a_second_run_says_itself_that_it_is_ready(self):
        self.begin()
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait()
        self.daemon.config_path.write_text("nonsense = 1\n")
        with self.assertRaisesRegex(RuntimeError, "nonsense"):
            self.daemon.start()

    def test_watch_follows(self):
        self.begin()
        before = self.tool("status", "--json").json["uptimeSeconds"]
        process = start(control_tool.command(self.admin, "status", "--watch", "200ms", "--json"),
                        stdout=-1, stdin=-3, env=control_tool.environment())
        self.addCleanup(process.stdout.close)
        first = control_tool.read_json_until(
            process, lambda status: status["uptimeSeconds"] > before, "a reading")
        control_tool.read_json_until(
            process, lambda status: status["uptimeSeconds"] > first["uptimeSeconds"],
            "a reading after the first")
        process.terminate()
        self.assertEqual(process.wait(20), OK)


if __name__ == "__main__":
    main()
