"""awpsctl's commands that handle actions: send, bench and dead-letters, against a daemon that only
talks.
"""

import os
import signal
import socket
import threading
import time
import unittest

import control_tool
from control_tool import DATA, DENIED, NO, NOT_NOW, NO_INPUT, OK, USAGE, Fake
from fake_admin import dead_letter, full_status, hub_status, letter_of_record
from programs import end, start

ACTION = '{"actionName":"sendToAll","data":"hi"}\n'
BIG = '{"actionName":"sendToAll","dataType":"json","data":{"n":123456789012345678901234567890}}'


class Send(Fake):
    def send(self, text, *arguments, **options):
        file = self.folder / "lines.ndjson"
        file.write_text(text)
        return self.run_tool("send", str(file), *arguments, **options)

    def test_a_file(self):
        self.expect(self.send(ACTION * 3), OK, "3 actions: 3 delivered")
        self.assertEqual(len(self.daemon.actions), 3)
        self.assertEqual(self.daemon.hellos[0]["ack"], "delivered")

    def test_standard_input(self):
        self.expect(self.run_tool("send", "-", text=ACTION * 2), OK, "2 actions: 2 delivered")

    def test_names_lines_that_fail(self):
        ended = self.send(ACTION + "\nnonsense\n[" + ACTION.strip() + ", 5]\n")
        self.expect(ended, NO, "line 3: rejected (invalid_json)", "line 4[2]: rejected",
                    "4 actions: 2 delivered, 2 rejected")

    def test_json_has_the_places(self):
        found = self.send(ACTION + "nonsense\n", "--json").json
        self.assertEqual((found["delivered"], found["rejected"]), (1, 1))
        self.assertEqual(found["failures"][0]["place"], "line 2")

    def test_dead_letters_are_told(self):
        self.daemon.fate = lambda action, seq: {
            "status": "dead_lettered", "error": {"code": "refused", "message": "HTTP 400"}}
        self.expect(self.send(ACTION), NO, "line 1: dead_lettered (refused): HTTP 400")

    def test_what_passes_is_told_apart(self):
        self.daemon.fate = lambda action, seq: {
            "status": "rejected", "error": {"code": "queue_full", "message": "full"}}
        self.expect(self.send(ACTION), NOT_NOW, "queue_full")

    def test_accepted_is_enough(self):
        self.daemon.fate = lambda action, seq: {"status": "accepted"}
        self.expect(self.send(ACTION * 2, "--ack", "accepted"), OK, "2 actions: 2 accepted")
        self.assertEqual(self.daemon.hellos[0]["ack"], "accepted")

    def test_the_files_hello_names_the_hub(self):
        hello = '{"hello":{"hub":"news","ack":"none"}}\n'
        self.expect(self.send(hello + ACTION + "nonsense\n"), NO, "line 3: rejected")
        self.expect(self.run_tool("send", "-", text=hello + ACTION), OK)
        self.assertEqual([said["hub"] for said in self.daemon.hellos], ["news", "news"])

    def test_a_bad_hello_sends_nothing(self):
        self.expect(self.send('{"hello":{"hb":"news"}}\n' + ACTION), DATA, "line 1", "hb")
        self.assertEqual(self.daemon.actions, [])

    def test_an_end_before_all_answers(self):
        self.daemon.fate = lambda action, seq: "close" if seq == 2 else {
            "status": "delivered", "httpStatus": 202}
        self.expect(self.send(ACTION * 3), NOT_NOW, "without an answer", "line 2", "send these")

    def test_a_time_limit(self):
        self.daemon.hold_end = threading.Event()
        self.addCleanup(self.daemon.hold_end.set)
        self.daemon.fate = lambda action, seq: None
        self.expect(self.send(ACTION, "--timeout", "200ms"), NOT_NOW, "--timeout is over",
                    "the daemon goes on")

    def test_the_time_limit_is_for_everything(self):
        release = threading.Event()
        self.addCleanup(release.set)
        slow = "/slow.sock"
        rows = [
            ("the status", ("send", "--all", "--data", "x"), lambda: self.hold_status(release)),
            ("the hello", ("send", "--all", "--data", "x", "--socket", str(self.folder) + slow),
             lambda: self.listen_and_say_nothing(str(self.folder) + slow)),
            ("the first line", ("send", "/dev/stdin"), lambda: None)]
        for name, arguments, prepare in rows:
            with self.subTest(name):
                prepare()
                reader, writer = os.pipe()
                self.addCleanup(os.close, writer)
                begin = time.monotonic()
                ended = self.run_tool(*arguments, "--timeout", "300ms", stdin=reader)
                os.close(reader)
                self.expect(ended, NOT_NOW)
                self.assertLess(time.monotonic() - begin, 5)

    def hold_status(self, release):
        def status(_query, _body):
            release.wait(20)
            return 200, self.daemon.status
        self.daemon.answers[("GET", "/status")] = status

    def listen_and_say_nothing(self, path):
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(path)
        listener.listen()

    def test_a_line_that_is_too_long_is_one_that_was_refused(self):
        self.daemon.max_line_bytes = 4096
        long = ACTION.replace("hi", "x" * 1_000_000)
        ended = self.send(ACTION + long + ACTION)
        self.expect(ended, NO, "line 2: rejected", "3 actions: 2 delivered, 1 rejected")
        self.assertEqual(max(self.daemon.line_bytes), 4096 + 1)

    def test_a_hub_in_another_spelling(self):
        self.expect(self.send(ACTION, "--hub", "CHAT"), OK)
        ended = self.send('{"hello":{"hub":"Chat"}}\n' + ACTION, "--hub", "chat")
        self.expect(ended, OK)
        self.assertNotIn("that counts", ended.err)
        self.assertEqual([said["hub"] for said in self.daemon.hellos], ["chat", "chat"])

    def test_options_that_are_no_utf8(self):
        for option in ("--data", "--group", "--id", "--filter", "--excluded", "--hub"):
            with self.subTest(option):
                ended = self.run_tool("send", "--user", "ann", option, b"\xff\xfe")
                self.expect(ended, USAGE, "\\xff", "UTF-8")
        self.assertEqual(self.daemon.actions, [])

    def test_a_refused_connection(self):
        self.daemon.refuse_hello = {"code": "unknown_hub", "message": "there is no hub 'x'"}
        self.expect(self.send(ACTION, "--hub", "x"), USAGE, "there is no hub 'x'")
        self.daemon.refuse_hello = {"code": "forbidden", "message": "not yours"}
        self.expect(self.send(ACTION), DENIED, "not yours")

    def test_a_failed_status_leads_to_no_other_socket(self):
        self.answer("GET", "/status", 503, {"error": {"code": "unavailable", "message": "busy"}})
        ended = self.send(ACTION)
        self.expect(ended, NOT_NOW, "busy", "--socket")
        self.assertNotIn("/run/awpsd", ended.err)
        self.expect(self.send(ACTION, "--socket", self.daemon.socket_path), OK, "1 delivered")

    def test_one_action(self):
        self.expect(self.run_tool("send", "--group", "g", "--data", "hi", "--hub", "news"), OK)
        self.assertEqual(self.daemon.actions,
                         [{"actionName": "sendToGroup", "group": "g", "data": "hi"}])
        self.assertEqual(self.daemon.hellos[0]["hub"], "news")

    def test_mistakes(self):
        for arguments, code, text in [
                ((), USAGE, "FILE of protocol lines"),
                (("--data", "x"), USAGE, "--group"),
                (("/nonexistent",), NO_INPUT, "/nonexistent"),
                (("-", "--group", "g"), USAGE, "not both"),
                (("-", "--remove"), USAGE, "for files"),
                (("--all", "--data", "x", "--remove"), USAGE, "for files"),
                (("-", "--ack", "never"), USAGE, "accepted")]:
            with self.subTest(arguments=arguments):
                self.expect(self.run_tool("send", *arguments), code, text)

    def test_many_lines(self):
        self.expect(self.send(ACTION * 20_000), OK, "20,000 actions: 20,000 delivered")


class Bench(Fake):
    def test_reports_outcomes_and_latency(self):
        ended = self.run_tool("bench", "--rate", "400", "--seconds", "0.5", "--connections", "3",
                              "--actions", "sendToGroup=3,addUserToGroup=1")
        self.expect(ended, OK, "200 delivered", "p50", "p99.9")
        self.assertEqual({action["actionName"] for action in self.daemon.actions},
                         {"sendToGroup", "addUserToGroup"})
        self.assertEqual(len(self.daemon.hellos), 3)

    def test_json(self):
        found = self.run_tool("bench", "--rate", "100", "--seconds", "0.1", "--json").json
        self.assertEqual((found["delivered"], found["open"]), (10, 0))
        self.assertGreater(found["latencySeconds"]["p99"], 0)

    def test_what_is_not_settled_is_no_success(self):
        self.daemon.fate = lambda action, seq: None
        self.daemon.hold_end = threading.Event()
        self.addCleanup(self.daemon.hold_end.set)
        self.expect(self.run_tool("bench", "--rate", "10", "--seconds", "0.1", "--wait", "0.1"),
                    NO, "1 without an outcome")

    def test_spares_a_real_service(self):
        self.daemon.status = full_status(
            hub_status("chat", endpoint="https://contoso.webpubsub.azure.com"),
            socket_path=self.daemon.socket_path)
        self.expect(self.run_tool("bench", "--seconds", "0.1"), USAGE, "contoso",
                    "--yes-real-service")
        self.assertEqual(self.daemon.actions, [])
        self.expect(self.run_tool("bench", "--rate", "10", "--seconds", "0.1",
                                  "--yes-real-service"), OK, "1 delivered")

    def test_spares_a_service_that_it_does_not_know(self):
        self.answer("GET", "/status", 503, {"error": {"code": "unavailable", "message": "busy"}})
        self.expect(self.run_tool("bench", "--socket", self.daemon.socket_path), NOT_NOW,
                    "--yes-real-service")
        self.assertEqual(self.daemon.actions, [])

    def test_spares_a_socket_whose_service_it_does_not_know(self):
        self.daemon.status["socket"] = str(self.folder / "elsewhere.sock")
        bench = ("bench", "--rate", "10", "--seconds", "0.1", "--socket", self.daemon.socket_path)
        self.expect(self.run_tool(*bench), USAGE, "elsewhere.sock", "--yes-real-service")
        self.assertEqual(self.daemon.actions, [])
        self.expect(self.run_tool(*bench, "--yes-real-service"), OK, "1 delivered")
        self.daemon.status["socket"] = self.daemon.socket_path
        self.expect(self.run_tool(*bench), OK, "1 delivered")


class DeadLetters(Fake):
    def setUp(self):
        super().setUp()
        self.daemon.letters = {
            "chat": [(number, dead_letter(number, action=BIG)) for number in range(1, 131)],
            "news": [(7, dead_letter(7, hub="news"))]}

    def test_list(self):
        ended = self.run_tool("dead-letters", "list", "--limit", "2")
        self.expect(ended, OK, "refused", "HTTP 400", "--after 2")
        found = self.run_tool("dead-letters", "list", "--after", "100", "--json").json
        self.assertEqual(found["deadLetters"][0]["number"], 101)
        self.assertEqual(found["nextAfter"], {})
        self.daemon.letters = {}
        self.expect(self.run_tool("dead-letters", "list"), OK, "no dead letters")

    def test_list_of_several_hubs(self):
        self.two_hubs()
        self.daemon.letters["news"] = [(number, dead_letter(number, hub="news"))
                                       for number in (7, 8, 9)]
        ended = self.run_tool("dead-letters", "list", "--limit", "2")
        self.expect(ended, OK, "--hub chat --after 2", "--hub news --after 8")
        found = self.run_tool("dead-letters", "list", "--limit", "2", "--json").json
        self.assertEqual(found["nextAfter"], {"chat": 2, "news": 8})
        self.expect(self.run_tool("dead-letters", "list", "--after", "2"), USAGE, "--hub",
                    "chat, news")
        self.expect(self.run_tool("dead-letters", "list", "--hub", "news", "--after", "8"), OK)

    def test_show(self):
        self.expect(self.run_tool("dead-letters", "show", "3"), OK,
                    "123456789012345678901234567890", "billing")
        self.expect(self.run_tool("dead-letters", "show", "3", "999"), NO, "no dead letter 999")
        self.two_hubs()
        self.expect(self.run_tool("dead-letters", "show", "3"), USAGE, "--hub", "chat, news")

    def test_show_prints_an_answer_of_many_lines_as_lines(self):
        letter = dead_letter(1, body="<html>\n\x1b[2J</html>\n")
        self.daemon.letters = {"chat": [(1, letter)]}
        shown = self.run_tool("dead-letters", "show", "1").out
        self.assertIn("answer        <html>\n              \\x1b[2J</html>\n", shown)

    def test_records_of_streams_are_shown_and_not_exported(self):
        self.daemon.letters = {"chat": [(1, dead_letter(1)), (2, letter_of_record(2))]}
        self.expect(self.run_tool("dead-letters", "list"), OK, "sendToAll",
                    "record 17 element 2 of orders/3: {\"action", "invalid_json")
        shown = self.run_tool("dead-letters", "show", "2").out
        self.assertIn('record        {"stream": "orders"', shown)
        self.assertIn("producer      orders/3\n", shown)
        self.assertIn("refused       2026-01-02T03:04:06.000Z\n", shown)
        for word in ("action ", "attempts", "status", "accepted"):
            self.assertNotIn("\n" + word, shown)
        exported = self.run_tool("dead-letters", "export")
        self.expect(exported, OK, "1 dead letter left out")
        self.assertEqual(len(exported.out.splitlines()), 1)
        self.expect(self.run_tool("dead-letters", "export", "2"), NO, "1 dead letter left out")

    def test_export_is_byte_for_byte_and_can_be_sent(self):
        self.two_hubs()
        file = self.folder / "dead.ndjson"
        self.expect(self.run_tool("dead-letters", "export", "--output", str(file)), OK, "131")
        lines = file.read_text().splitlines()
        self.assertEqual(len(lines), 131)
        self.assertEqual(lines[0], '{"hub":"chat",' + BIG[1:])
        self.assertIn('"hub":"news"', lines[-1])
        self.expect(self.run_tool("send", str(file)), OK, "131 delivered")
        ended = self.run_tool("dead-letters", "export", "--output", str(file))
        self.expect(ended, 73, "does not exist yet")
        ended = self.run_tool("dead-letters", "export", "--hub", "chat", "2", "3")
        self.assertEqual(len(ended.out.splitlines()), 2)

    def test_export_leaves_no_part_of_a_file(self):
        file = self.folder / "dead.ndjson"
        arguments = ("dead-letters", "export", "--hub", "chat", "--output", str(file))
        pages = self.daemon.answers[("GET", "/dead-letters")]

        def failing(query, body):
            if query["after"] == "0":
                return pages(query, body)
            self.assertTrue(file.exists())
            return 503, {"error": {"code": "unavailable", "message": "busy"}}
        self.daemon.answers[("GET", "/dead-letters")] = failing
        self.expect(self.run_tool(*arguments), NOT_NOW, "busy")
        self.assertFalse(file.exists())

        asked, held = threading.Event(), threading.Event()
        self.addCleanup(held.set)

        def holding(query, body):
            asked.set()
            held.wait(20)
            return pages(query, body)
        self.daemon.answers[("GET", "/dead-letters")] = holding
        process = start(control_tool.command(self.daemon.admin_path, *arguments),
                        stderr=-3, env=control_tool.environment())
        self.addCleanup(end, process)
        self.assertTrue(asked.wait(20))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), NOT_NOW)
        self.assertFalse(file.exists())

    def test_all_are_those_that_were_there(self):
        chat, news, old = (hub_status(name, deadLetters=numbers) for name, numbers in [
            ("chat", {"lastNumber": 130}), ("news", {"lastNumber": 0}), ("old", {})])
        self.daemon.status = full_status(chat, news, old)
        for command, key, more in [("redrive", "redriven", ()), ("purge", "purged", ("--yes",))]:
            path = "/dead-letters/" + command
            self.answer("POST", path, 200, {key: 2, "warnings": []})
            self.expect(self.run_tool("dead-letters", command, "--all", *more), OK, "4 dead")
            self.expect(self.run_tool("dead-letters", command, "--all", "--hub", "CHAT", *more), OK)
            self.expect(self.run_tool("dead-letters", command, "--all", "--hub", "x", *more), USAGE,
                        "chat, news, old")
            up_to = {"hub": "chat", "all": True, "upTo": 130}
            self.assertEqual([request["body"] for request in self.daemon.asked("POST", path)],
                             [up_to, {"hub": "old", "all": True}, up_to])

    def test_all_of_a_hub_that_does_not_say_what_it_has_is_not_asked_for(self):
        silent = hub_status("news")
        del silent["deadLetters"]
        self.daemon.status = full_status(hub_status("chat"), silent)
        self.expect(self.run_tool("dead-letters", "purge", "--all", "--yes"), NOT_NOW,
                    "hub news does not say", "nothing was done")
        self.assertEqual([], self.daemon.asked("POST", "/dead-letters/purge"))

    def test_redrive(self):
        self.answer("POST", "/dead-letters/redrive", 200,
                    {"redriven": 2, "warnings": ["ann was removed since"]})
        self.expect(self.run_tool("dead-letters", "redrive", "1", "2"), OK, "2 dead letters",
                    "ann was removed since")
        self.expect(self.run_tool("dead-letters", "redrive", "1", "2", "3"), NO, "1 of 3",
                    "a warning says why")
        self.two_hubs()
        self.expect(self.run_tool("dead-letters", "redrive", "--all"), OK, "4 dead letters")
        asked = self.daemon.asked("POST", "/dead-letters/redrive")
        self.assertEqual(asked[0]["body"], {"hub": "chat", "numbers": [1, 2]})
        self.assertEqual([request["body"] for request in asked[-2:]],
                         [{"hub": "chat", "all": True}, {"hub": "news", "all": True}])
        self.expect(self.run_tool("dead-letters", "redrive"), USAGE, "--all")

    def test_purge_asks(self):
        self.answer("POST", "/dead-letters/purge", 200, {"purged": 1})
        self.expect(self.run_tool("dead-letters", "purge", "1"), USAGE, "--yes", "export")
        self.assertEqual(self.daemon.asked("POST", "/dead-letters/purge"), [])
        self.expect(self.run_tool("dead-letters", "purge", "1", "--yes"), OK, "1 dead letter")
        self.assertEqual(
            self.run_tool("dead-letters", "purge", "1", "--yes", "--json").json, {"purged": 1})


if __name__ == "__main__":
    unittest.main(verbosity=2)
