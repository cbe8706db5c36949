"""awpsctl against a daemon that only talks: what each command asks for, shows, and ends with."""

import json
import os
import socket
import unittest
from pathlib import Path

import control_tool
from control_tool import CONFIG, DENIED, NO, NOT_NOW, OK, UNREACHABLE, USAGE, Fake
from fake_admin import FakeDaemon, full_status, histogram, hub_status
from programs import temporary_folder


class Status(Fake):
    def test_shows_hubs_and_what_to_know(self):
        self.daemon.status = full_status(
            hub_status("chat", actions={"delivered": 12345, "queued": 3},
                       requests={"started": 1000}, latency={"delivery": histogram(b10=100)},
                       queue={"waitingLanes": [{"target": "group g", "waiting": 120}]}))
        self.expect(self.run_tool("status"), OK, "12,345", "12.3", "group g: 120 wait",
                    "conflationKey", "running")

    def trouble(self):
        endpoint, = self.daemon.status["endpoints"]
        endpoint["suspects"] = {"count": 9, "named": [
            {"target": "sendToGroup in group 'sick'", "cause": "500 Oops", "seconds": 200.0}]}
        endpoint["learnt"] = ["fan_out: off: such requests fail; tried again in 60 s"]
        return endpoint

    def test_says_what_fails_and_what_is_learnt(self):
        self.trouble()
        for command, code in (("status", OK), ("check", OK)):
            ended = self.run_tool(command)
            self.expect(ended, code)
            text = " ".join(ended.out.split())
            for words in ("9 targets fail while others are answered", "group 'sick' for 3 min",
                          "500 Oops", "8 more", "dead-letters list --hub chat",
                          "fan_out: off: such requests fail; tried again in 60 s"):
                self.assertIn(words, text)

    def test_says_why_an_endpoint_is_held_and_what_to_do(self):
        self.trouble().update(state="held", hold="unreachable", reason="service unreachable",
                              cause="could not resolve host", remedy="check DNS", secondsLeft=4)
        for command, code in (("status", OK), ("check", NO)):
            ended = self.run_tool(command)
            self.expect(ended, code)
            text = " ".join(ended.out.split())
            for words in ("held: service unreachable (could not resolve host); it is asked again "
                          "in 4.0s", "check DNS; `awpsctl reload` asks again at once"):
                self.assertIn(words, text)

    def test_json_is_what_the_daemon_said(self):
        self.assertEqual(self.run_tool("status", "--json").json, self.daemon.status)

    def test_of_one_hub(self):
        self.two_hubs()
        ended = self.run_tool("status", "--hub", "news")
        self.expect(ended, OK, "news")
        self.assertNotIn("\nchat", ended.out)
        self.expect(self.run_tool("status", "--hub", "nowhere"), USAGE, "chat, news")

    def test_json_of_one_hub(self):
        self.daemon.status = full_status(
            hub_status("chat", endpoint="http://127.0.0.1:1"), hub_status("news"), future=[1.5])
        found = self.run_tool("status", "--hub", "news", "--json").json
        self.assertEqual(found, {**self.daemon.status, "hubs": self.daemon.status["hubs"][1:],
                                 "endpoints": self.daemon.status["endpoints"][1:]})
        for more in ([], ["--watch"]):
            ended = self.run_tool("status", "--hub", "nowhere", "--json", *more)
            self.expect(ended, USAGE, "chat, news")

    def test_names_alone(self):
        self.two_hubs()
        self.assertEqual(self.run_tool("hubs", "--names").out, "chat\nnews\n")
        self.expect(self.run_tool("hubs"), OK, "http://127.0.0.1:8090")
        self.assertEqual([hub["name"] for hub in self.run_tool("hubs", "--json").json["hubs"]],
                         ["chat", "news"])

    def test_no_colours_without_a_terminal(self):
        self.assertNotIn("\x1b", self.run_tool("status").out)

    def test_of_an_older_daemon_is_what_it_says(self):
        self.daemon.status = {"version": "0.0.9", "hubs": [{"name": "chat"}]}
        self.expect(self.run_tool("status"), OK, "0.0.9", "chat")

    def test_of_something_else_is_refused(self):
        self.answer("GET", "/status", 200, "<html>")
        self.expect(self.run_tool("status"), UNREACHABLE, "no awpsd", "--admin")


class Tap(Fake):
    RECORD = {"hub": "chat", "action": {"actionName": "sendToGroup", "group": "g", "data": "hi"},
              "outcome": "delivered", "httpStatus": 202, "attempts": 1, "carriedBy": "merge",
              "message": "", "ageSeconds": 0.01}

    def test_shows_actions_with_their_fate(self):
        self.answer("GET", "/tap", "stream", [self.RECORD, {"leftOut": 7}, self.RECORD])
        ended = self.run_tool("tap", "--hub", "chat", "--rate", "20", "--count", "2")
        self.expect(ended, OK, "sendToGroup g", "delivered 202", "merge", "7 actions more")
        self.assertEqual(self.daemon.asked("GET", "/tap")[0]["query"],
                         {"hub": "chat", "perSecond": "20"})

    def test_json_is_a_record_a_line(self):
        self.answer("GET", "/tap", "stream", [self.RECORD, {"leftOut": 7}, self.RECORD])
        self.assertEqual(self.run_tool("tap", "--count", "2", "--json").json_lines,
                         [self.RECORD, {"leftOut": 7}, self.RECORD])

    def test_says_that_the_daemon_ended_it(self):
        self.answer("GET", "/tap", "stream", [self.RECORD])
        self.expect(self.run_tool("tap"), UNREACHABLE, "ended the tap")

    def test_an_unknown_hub(self):
        self.answer("GET", "/tap", 404,
                    {"error": {"code": "unknown_hub", "message": "there is no hub 'x'"}})
        self.expect(self.run_tool("tap", "--hub", "x"), USAGE, "there is no hub 'x'")


class Control(Fake):
    def test_pause_and_resume(self):
        for command in ("pause", "resume"):
            self.answer("POST", "/" + command, 200, {})
            self.expect(self.run_tool(command, "chat"), OK, "hub chat")
            self.expect(self.run_tool(command), OK, "all hubs")
            asked = self.daemon.asked("POST", "/" + command)
            self.assertEqual([request["body"] for request in asked], [{"hub": "chat"}, {}])
            self.assertEqual(asked[0]["headers"]["Content-Type"], "application/json")

    def test_an_empty_name_is_no_hub(self):
        commands = [("pause", ""), ("resume", ""), ("drain", ""), ("status", "--hub", ""),
                    ("tap", "--hub", ""), ("token", "--hub", ""), ("bench", "--hub", ""),
                    ("send", "--hub", "", "--all", "--data", "x"), ("send", "-", "--hub", ""),
                    ("dead-letters", "list", "--hub", ""),
                    ("dead-letters", "show", "--hub", "", "1"),
                    ("dead-letters", "redrive", "--hub", "", "--all", "--yes"),
                    ("dead-letters", "purge", "--hub", "", "--all", "--yes"),
                    ("dead-letters", "export", "--hub", "")]
        for command in commands:
            with self.subTest(command):
                self.expect(self.run_tool(*command), USAGE, "'' is no hub")
        self.assertEqual(self.daemon.requests, [])

    def test_a_hub_may_be_named_like_a_command(self):
        self.answer("POST", "/pause", 200, {})
        self.expect(self.run_tool("pause", "log"), OK, "hub log")

    def test_an_unknown_hub(self):
        self.answer("POST", "/pause", 404,
                    {"error": {"code": "unknown_hub", "message": "there is no hub 'x'"}})
        ended = self.run_tool("pause", "x", "--json")
        self.expect(ended, USAGE)
        self.assertEqual(json.loads(ended.err)["error"]["code"], "unknown_hub")

    def test_drain_waits_until_nothing_is_left(self):
        left = [3, 3, 2, 0]  # the first is asked for before anything is begun

        def status(query, body):
            waiting = left.pop(0) if len(left) > 1 else left[0]
            return 200, full_status(hub_status(
                "chat", state="draining" if waiting else "drained", actions={"queued": waiting}))
        self.answer("POST", "/drain", 200, {})
        self.daemon.answers[("GET", "/status")] = status
        self.expect(self.run_tool("drain", "chat"), OK, "chat: 3 left", "drained")

    def test_drain_begins_nothing_whose_end_it_cannot_see(self):
        self.answer("POST", "/drain", 200, {})
        self.expect(self.run_tool("drain", "nowhere"), USAGE, "nowhere")
        self.answer("GET", "/status", 503, {"error": {"code": "unavailable", "message": "busy"}})
        self.expect(self.run_tool("drain"), NOT_NOW, "busy")
        self.assertEqual(self.daemon.asked("POST", "/drain"), [])

    def test_a_hub_in_another_spelling(self):
        for command in ("pause", "drain"):
            self.answer("POST", "/" + command, 200, {})
        self.daemon.status = full_status(hub_status("chat", state="drained"))
        self.expect(self.run_tool("pause", "Chat"), OK, "hub chat")
        self.expect(self.run_tool("drain", "CHAT"), OK, "hub chat: drained")
        self.expect(self.run_tool("status", "--hub", "CHAT"), OK)
        asked = self.daemon.asked("POST", "/pause") + self.daemon.asked("POST", "/drain")
        self.assertEqual([request["body"] for request in asked], [{"hub": "chat"}] * 2)

    def test_drain_gives_up_waiting(self):
        self.answer("POST", "/drain", 200, {})
        self.daemon.status = full_status(hub_status("chat", state="draining",
                                                    actions={"queued": 5}))
        self.expect(self.run_tool("drain", "--timeout", "100ms"), NOT_NOW, "5 actions left",
                    "awpsctl resume")


class Configuration(Fake):
    CHANGES = {"changes": [
        {"key": "log.level", "before": "info", "after": "debug", "atNextStart": False},
        {"key": "socket.path", "before": "/a", "after": "/b", "atNextStart": True}]}
    INVALID = {"error": {"code": "invalid_config", "message": "awpsd.toml:3: unknown key 'x'"}}

    def test_reload(self):
        self.answer("POST", "/reload", 200, self.CHANGES)
        self.expect(self.run_tool("reload"), OK, "log.level", "1 change waits")
        self.answer("POST", "/reload", 200, {"changes": []})
        self.expect(self.run_tool("reload"), OK, "nothing had changed")
        self.answer("POST", "/reload", 422, self.INVALID)
        self.expect(self.run_tool("reload"), CONFIG, "awpsd.toml:3")

    def test_diff(self):
        self.expect(self.run_tool("config", "diff"), OK, "runs what its files say")
        self.answer("GET", "/config/diff", 200, self.CHANGES)
        self.expect(self.run_tool("config", "diff"), NO, "socket.path", "at the next start")
        self.assertEqual(self.run_tool("config", "diff", "--json").json, self.CHANGES)

    def test_log(self):
        self.answer("POST", "/log", 200, {})
        self.expect(self.run_tool("log", "debug", "--for", "2m"), OK, "debug for 120s")
        self.expect(self.run_tool("log", "info"), OK, "until the next reload")
        self.assertEqual([request["body"] for request in self.daemon.asked("POST", "/log")],
                         [{"level": "debug", "seconds": 120}, {"level": "info"}])
        self.expect(self.run_tool("log", "loud"), USAGE, "loud")
        for length in ("soon", "0", "25h"):
            self.expect(self.run_tool("log", "debug", "--for", length), USAGE, length)

    def test_token(self):
        self.answer("POST", "/token", 200, {"url": "wss://x/client/hubs/chat?access_token=t"})
        ended = self.run_tool("token", "--user", "ann", "--role", "a", "--role", "b", "--group",
                              "g", "--minutes", "5")
        self.assertEqual(ended.out, "wss://x/client/hubs/chat?access_token=t\n")
        self.assertEqual(self.daemon.asked("POST", "/token")[0]["body"],
                         {"userId": "ann", "roles": ["a", "b"], "groups": ["g"], "minutes": 5})


class Check(Fake):
    def test_all_is_well(self):
        ended = self.run_tool("check")
        self.expect(ended, OK, "every delivery loop turns", "takes producers", "hub chat")
        self.assertNotIn("bad", ended.out)

    def test_finds_what_is_bad(self):
        self.answer("GET", "/readyz", 503, "hub chat: the service answers 401\n")
        self.answer("GET", "/config/diff", 422, Configuration.INVALID)
        ended = self.run_tool("check", "--socket", str(self.folder / "none.sock"))
        self.expect(ended, NO, "hub chat: the service answers 401", "none.sock", "awpsd.toml:3",
                    "--check-config")
        found = self.run_tool("check", "--json")
        self.assertFalse(found.json["ok"])
        self.assertIn("bad", [finding["result"] for finding in found.json["findings"]])


class Reaching(Fake):
    """Every way not to reach the daemon, and what is said then."""

    def test_not_running(self):
        for command in (["status"], ["check"], ["pause"], ["tap"], ["status", "--watch"]):
            with self.subTest(command):
                ended = control_tool.run(str(self.folder / "none.sock"), *command)
                self.expect(ended, UNREACHABLE, "not running", "none.sock", "systemctl",
                            "reset-failed")

    def test_a_socket_that_another_run_left(self):
        path = str(self.folder / "left.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as left:
            left.bind(path)
        self.expect(control_tool.run(path, "status"), UNREACHABLE, "nobody listens")
        self.expect(self.run_tool("send", "--socket", path, "--all", "--data", "x"), UNREACHABLE,
                    "nobody listens")

    def test_no_permission(self):
        # As somebody who is not root, to whom nothing is closed.
        is_root = os.geteuid() == 0
        user = {"user": 65534, "group": 65534, "extra_groups": []} if is_root else {}
        self.folder.chmod(0o755)
        rows = [("nobody", 0, 0o000, "alone", "adduser")]
        if is_root:
            rows += [("another group", 1, 0o060, " daemon` and log in again", "alone"),
                     ("the group of root", 0, 0o060, "alone", "adduser"),
                     ("a group that may only read", 1, 0o040, "alone", "adduser")]
        for name, group, mode, said, not_said in rows:
            with self.subTest(name):
                if is_root:
                    os.chown(self.daemon.admin_path, 0, group)
                os.chmod(self.daemon.admin_path, mode)
                ended = control_tool.finish(control_tool.command(self.daemon.admin_path, "status"),
                                            control_tool.environment(), input="", **user)
                self.expect(ended, DENIED, "no permission", said, "sudo")
                self.assertNotIn(not_said, ended.err)

    def test_the_environment_names_it(self):
        ended = control_tool.run_default("hubs", "--names", AWPSD_ADMIN=self.daemon.admin_path)
        self.expect(ended, OK, "chat")

    def test_an_older_daemon(self):
        self.expect(self.run_tool("reload"), UNREACHABLE, "older", "/reload")

    def test_errors_of_the_daemon(self):
        for status, code in [(400, USAGE), (401, DENIED), (403, DENIED), (409, NOT_NOW),
                             (503, NOT_NOW), (422, CONFIG), (500, UNREACHABLE)]:
            with self.subTest(status):
                self.answer("GET", "/config/diff", status,
                            {"error": {"code": "c", "message": f"number {status}"}})
                self.expect(self.run_tool("config", "diff"), code, f"number {status}")

    def test_usage(self):
        for arguments, text in [(["nonsense"], "'nonsense' is no command"), ([], "subcommand"),
                                (["dead-letters"], "subcommand"), (["status", "--wat"], "--wat"),
                                (["status", "--watch", "1ms"], "100ms"),
                                (["tap", "--rate", "0"], "--rate"),
                                (["dead-letters", "export", "f.ndjson"], "--output"),
                                (["dead-letters", "show", "0"], "'0' is no number"),
                                (["--admin", "10.0.0.1:1", "status"], "ssh")]:
            with self.subTest(arguments):
                self.expect(self.run_tool(*arguments), USAGE, text)


class Tcp(unittest.TestCase):
    def test_sends_the_token(self):
        with temporary_folder() as folder:
            daemon = FakeDaemon(folder, tcp=True)
            self.addCleanup(daemon.close)
            token = Path(folder) / "token"
            token.write_text("secret\n")
            address = f"127.0.0.1:{daemon.port}"
            ended = control_tool.run(address, "hubs", "--names", "--token-file", str(token))
            self.assertEqual((ended.code, ended.out), (OK, "chat\n"), ended.err)
            self.assertEqual(daemon.requests[0]["headers"]["Authorization"], "Bearer secret")
            ended = control_tool.run(address, "hubs", AWPSD_TOKEN_FILE=str(token))
            self.assertEqual(ended.code, OK, ended.err)
            self.assertEqual(daemon.requests[1]["headers"]["Authorization"], "Bearer secret")
            token.write_text("")
            ended = control_tool.run(address, "hubs", "--token-file", str(token))
            self.assertEqual(ended.code, USAGE)

    @unittest.skipUnless(os.geteuid() == 0, "root gives the file away")
    def test_a_token_that_may_not_be_read(self):
        with temporary_folder() as folder:
            Path(folder).chmod(0o755)
            token = Path(folder) / "token"
            token.write_text("secret\n")
            token.chmod(0o640)
            ended = control_tool.finish(
                control_tool.command("127.0.0.1:1", "hubs", "--token-file", str(token)),
                control_tool.environment(), input="", user=65534, group=65534, extra_groups=[])
            self.assertEqual(ended.code, DENIED)
            self.assertIn(f"chgrp GROUP {token}", ended.err)

    def test_at_the_end_of_a_tunnel_there_is_no_socket_of_this_machine(self):
        with temporary_folder() as folder:
            daemon = FakeDaemon(folder, tcp=True)
            self.addCleanup(daemon.close)
            for arguments in (["send", "--all", "--data", "x"], ["bench", "--seconds", "1"]):
                with self.subTest(arguments):
                    ended = control_tool.run(f"127.0.0.1:{daemon.port}", *arguments)
                    self.assertNotEqual(ended.code, OK)
                    self.assertIn("not to be seen on this machine", ended.err)
            self.assertEqual(daemon.line_bytes, [])

    def test_a_unix_socket_needs_no_token(self):
        with temporary_folder() as folder:
            daemon = FakeDaemon(folder)
            self.addCleanup(daemon.close)
            ended = control_tool.run(daemon.admin_path, "hubs", AWPSD_TOKEN_FILE="/no/such/file")
            self.assertEqual(ended.code, OK, ended.err)
            self.assertNotIn("Authorization", daemon.requests[0]["headers"])

    def test_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            ended = control_tool.run(f"127.0.0.1:{free.getsockname()[1]}", "status")
        self.assertEqual(ended.code, UNREACHABLE)
        self.assertIn("admin.listen", ended.err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
