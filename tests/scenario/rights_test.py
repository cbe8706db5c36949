"""Who may steer: real users, who are in groups or not, on the daemon's own sockets. Whoever may
send may not steer, and a reload of the right reaches connections that are open.
"""

import grp
import http.client
import json
import os
import socket
import subprocess
import sys
import time
import unittest
from pathlib import Path

import control_tool
from admin import UnixConnection
from control_tool import DENIED, OK
from programs import binary
from scenario import Scenario, main, wait_until

NOBODY = 65534
# Groups that every Debian has; nobody of this machine is asked whether they are in them.
SENDERS, STEERERS, OTHERS = 60, 50, 40  # games, staff, src
TOKEN = "a-token-of-more-than-16-letters"
SKIPPED = 77


def name_of(group):
    return grp.getgrgid(group).gr_name


def as_user(*groups):
    """Options of subprocess: somebody with these groups, the first one primary."""
    return {"user": NOBODY, "group": groups[0], "extra_groups": list(groups[1:])}


def connected_as(path, *groups):
    """A connection of somebody with these groups: the kernel notes at connect() who it is."""
    ours, theirs = socket.socketpair()
    script = ("import array, socket, sys\n"
              "pipe = socket.socket(fileno=int(sys.argv[2]))\n"
              "made = socket.socket(socket.AF_UNIX)\n"
              "made.connect(sys.argv[1])\n"
              "pipe.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,"
              " array.array('i', [made.fileno()]))])\n")
    with ours, theirs:
        subprocess.run([sys.executable, "-c", script, path, str(theirs.fileno())], check=True,
                       pass_fds=[theirs.fileno()], **as_user(*groups))
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    return socket.socket(fileno=descriptors[0])


class Client(UnixConnection):
    """A connection to the admin socket that is kept."""

    def __init__(self, connection):
        super().__init__("", 10.0)
        self.sock = connection

    def connect(self):
        raise AssertionError("the daemon closed the connection")

    def ask(self, method, target):
        headers = {"Content-Type": "application/json"} if method == "POST" else {}
        self.request(method, target, "{}" if method == "POST" else None, headers)
        response = self.getresponse()
        return response.status, response.read().decode()


class Rights(Scenario):
    def setUp(self):
        super().setUp()
        os.chmod(self.folder, 0o755)
        self.emulator = self.start_emulator()
        self.senders = f'socket.group = "{name_of(SENDERS)}"\n'
        self.config = self.senders + f'admin.group = "{name_of(STEERERS)}"\n'
        self.daemon = self.start_daemon(self.emulator.connection, self.config)

    def run_tool(self, *arguments, groups):
        return control_tool.finish(control_tool.command(self.daemon.admin_path, *arguments),
                                   control_tool.environment(), input="", **as_user(*groups))

    def reload(self, config):
        self.daemon.write_config(config)
        self.daemon.status()

    def client(self, *groups):
        client = Client(connected_as(self.daemon.admin_path, *groups))
        self.addCleanup(client.close)
        return client

    def test_whoever_may_send_may_not_steer(self):
        hub = ["--hub", "chat"]
        for command in (["status"], ["hubs"], ["check"], ["tap"], ["pause"], ["resume"], ["drain"],
                        ["reload"], ["config", "diff"], ["log", "debug"], ["token", *hub],
                        ["dead-letters", "list", *hub],
                        ["dead-letters", "redrive", "--all", *hub],
                        ["dead-letters", "purge", "--all", "--yes", *hub]):
            with self.subTest(command):
                ended = self.run_tool(*command, groups=(SENDERS,))
                self.assertEqual(ended.code, DENIED, ended.out + ended.err)
                said = " ".join((ended.out + ended.err).split())
                self.assertIn(f"`sudo adduser nobody {name_of(STEERERS)}` and log in again", said)
        sent = self.run_tool("send", "--all", "--data", "x", "--socket", self.daemon.socket_path,
                             groups=(SENDERS,))
        self.assertEqual(sent.code, OK, sent.err)

    def test_members_of_the_group_may_steer_whichever_of_their_groups_it_is(self):
        for groups in ((STEERERS,), (OTHERS, SENDERS, STEERERS)):
            for command in (["status"], ["pause"], ["resume"], ["token"]):
                ended = self.run_tool(*command, groups=groups)
                self.assertEqual(ended.code, OK, ended.err)

    def test_whoever_may_steer_may_not_send(self):
        sent = self.run_tool("send", "--all", "--data", "x", groups=(STEERERS,))
        self.assertEqual(sent.code, DENIED, sent.err)
        self.assertIn(name_of(SENDERS), sent.err)

    def test_a_reload_reaches_connections_that_are_open(self):
        client = self.client(STEERERS)
        self.assertEqual(client.ask("GET", "/status")[0], 200)
        self.reload(self.senders + f'admin.group = "{name_of(OTHERS)}"\n')
        for method, target in (("GET", "/livez"), ("POST", "/pause"), ("GET", "/status")):
            status, text = client.ask(method, target)
            self.assertEqual((status, json.loads(text)["error"]["code"]), (403, "forbidden"))
            self.assertIn(f"adduser USER {name_of(OTHERS)}", text)
        self.assertEqual(self.run_tool("status", groups=(OTHERS,)).code, OK)
        self.assertEqual(self.run_tool("status", groups=(STEERERS,)).code, DENIED)
        self.reload(self.config)
        self.assertEqual(client.ask("GET", "/status")[0], 200)

    def test_a_reload_ends_a_tap(self):
        client = self.client(STEERERS)
        client.request("GET", "/tap")
        tap = client.getresponse()
        self.reload(self.senders)
        self.assertEqual(tap.read(), b"")  # which ends

    def test_without_a_group_root_alone_steers(self):
        self.reload(self.senders)
        self.assertEqual(os.stat(self.daemon.admin_path).st_mode & 0o777, 0o600)
        refused = self.run_tool("status", groups=(STEERERS,))
        self.assertEqual(refused.code, DENIED)
        self.assertIn("admin.group", refused.err)
        self.assertEqual(control_tool.run(self.daemon.admin_path, "status").code, OK)

    def test_a_group_that_does_not_exist_changes_nothing(self):
        before = self.daemon.log()
        self.reload(self.senders + 'admin.group = "no-such-group"\n')
        said = self.daemon.log()[len(before):]
        self.assertIn("admin.group", said)
        self.assertIn("nothing was changed", said)
        self.assertEqual(self.run_tool("status", groups=(STEERERS,)).code, OK)

    def test_a_hub_withdrawn_by_a_reload_is_refused_on_open_connections(self):
        allow = f'[hubs.chat]\nallow_groups = ["{name_of(SENDERS)}"]\n'
        self.reload(self.config + allow)
        action = {"actionName": "sendToAll", "data": "x"}
        kinds = [({}, action), ({"hub": "chat"}, action), ({}, {**action, "hub": "chat"}),
                 ({"hub": "chat"}, {"batch": [action], "ordered": True})]
        producers = []
        for hello, line in kinds:
            producer = connected_as(self.daemon.socket_path, SENDERS)
            self.addCleanup(producer.close)
            producer.settimeout(10)
            replies = producer.makefile("rb")
            self.addCleanup(replies.close)
            text = json.dumps(line).encode() + b"\n"
            producer.sendall(json.dumps({"hello": {"ack": "delivered", **hello}}).encode() + b"\n"
                             + text)
            self.assertIn(b"ready", replies.readline())
            self.assertIn(b"delivered", replies.readline())
            producers.append((producer, replies, text))
        self.reload(self.config + allow.replace(name_of(SENDERS), name_of(OTHERS)))
        for producer, replies, text in producers:
            producer.sendall(text)
            self.assertIn(b"forbidden", replies.readline())


class OfADaemonThatIsNotRoot(Scenario):
    """Which may give its socket only to groups that it is in."""

    def start_as(self, *groups, config):
        os.chmod(self.folder, 0o755)
        os.chown(self.folder, NOBODY, NOBODY)
        daemon = self.make_daemon(self.start_emulator().connection, config)
        return daemon.start(**as_user(*groups))

    def test_it_serves_a_group_that_it_is_in(self):
        daemon = self.start_as(NOBODY, STEERERS, config=f'admin.group = "{name_of(STEERERS)}"\n')
        status = os.stat(daemon.admin_path)
        self.assertEqual((status.st_mode & 0o777, status.st_gid), (0o660, STEERERS))
        self.assertNotIn("warning", daemon.log())

    def test_it_delivers_without_and_says_what_to_do(self):
        daemon = self.start_as(NOBODY, config=f'admin.group = "{name_of(STEERERS)}"\n')
        self.assertEqual(os.stat(daemon.admin_path).st_mode & 0o777, 0o600)
        self.assertIn(f"sudo adduser awpsd {name_of(STEERERS)}", daemon.log())
        sent = control_tool.run(daemon.admin_path, "send", "--all", "--data", "x")
        self.assertEqual(sent.code, OK, sent.err)


class Crowd(Scenario):
    """Whoever has no token crowds out nobody who has."""

    STRANGERS = 200

    def setUp(self):
        super().setUp()
        file = Path(self.folder, "token")
        file.write_text(TOKEN)
        file.chmod(0o600)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = probe.getsockname()
        host, port = self.address
        self.daemon = self.start_daemon(
            self.start_emulator().connection,
            f'admin.listen = "{host}:{port}"\nadmin.token_file = "{file}"\n')

    def scrape(self):
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
            response = connection.getresponse()
            return response.status, len(response.read())
        finally:
            connection.close()

    def check_crowd(self, says):
        crowd = []
        for _ in range(self.STRANGERS):
            stranger = socket.create_connection(self.address, timeout=10)
            self.addCleanup(stranger.close)
            stranger.setblocking(False)
            crowd.append(stranger)
            try:
                stranger.send(says)
            except OSError:
                pass  # it was closed already
        for _ in range(5):
            begin = time.monotonic()
            status, size = self.scrape()
            self.assertEqual(status, 200)
            self.assertGreater(size, 1000)
            # Whoever waited for a place of theirs would wait for five seconds.
            self.assertLess(time.monotonic() - begin, 3.0)

    def test_of_silent_ones(self):
        self.check_crowd(b"")

    def test_of_those_that_stop_in_their_head(self):
        self.check_crowd(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")

    def test_of_those_that_pipeline_without_a_token(self):
        self.check_crowd(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)

    def test_of_those_that_read_no_page(self):
        # Which needs no token, and is more than a socket's buffers take.
        self.check_crowd(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)

    def test_of_those_that_upload_without_a_token(self):
        self.check_crowd(b"POST /pause HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 60000\r\n"
                         b"\r\n" + b" " * 50_000)

    def test_the_unix_socket_and_tcp_serve_side_by_side(self):
        self.daemon.close()
        host, port = self.address
        self.daemon = self.start_daemon(
            self.start_emulator().connection,
            f'admin.listen = ["unix:{self.daemon.admin_path}", "{host}:{port}"]\n'
            f'admin.token_file = "{Path(self.folder, "token")}"\n')
        self.assertEqual(control_tool.run(self.daemon.admin_path, "status").code, OK)
        self.check_crowd(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 500)
        self.assertEqual(control_tool.run(self.daemon.admin_path, "status").code, OK)
        refused = http.client.HTTPConnection(*self.address, timeout=10)
        self.addCleanup(refused.close)
        refused.request("GET", "/status")
        self.assertEqual(refused.getresponse().status, 401)

    def test_a_refusal_is_an_answer_although_more_was_sent(self):
        for head in (b"POST /pause HTTP/1.1\r\nContent-Length: 999999\r\n",
                     b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n",
                     b"POST /pause HTTP/1.1\r\nConnection: close\r\nContent-Length: 9\r\n"):
            with socket.create_connection(self.address, timeout=10) as client:
                client.sendall(head + b"Host: 127.0.0.1\r\n\r\n" + b"x" * 200_000)
                answer = client.makefile("rb").read()
                self.assertRegex(answer[:12], rb"HTTP/1.1 4\d\d", head[:20])


if __name__ == "__main__":
    if os.geteuid() != 0:
        print("SKIPPED: other users need root")
        sys.exit(SKIPPED)
    assert os.access(binary("awpsctl"), os.X_OK)
    main()
