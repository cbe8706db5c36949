"""An admin server as lib/ADMIN.md has it, whose daemon is made up: for the live page and its tests.

Its numbers move with the time: what is accepted is delivered, unless a hub is paused or its
endpoint held. As a program it serves the page while it is being written:

    python3 tests/support/admin_mock.py [--port 8099] [--scene SCENE]

Scenes: calm, busy, many, held, suspects, letters, gone, token.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from admin_mock_daemon import ENDPOINT, MockDaemon

GATE_SECONDS = 60.0
SECOND_ENDPOINT = "https://second.webpubsub.azure.com"
OWN_TROUBLE = "its delivery loop does not turn: restart the daemon"
STATES = {"/pause": "paused", "/resume": "running", "/drain": "draining"}
PAGE = Path(__file__).resolve().parents[2] / "lib/admin/page"


def page_text():
    """As lib/admin/page/embed.cmake joins it: for a line @name@ the file of that name."""
    return re.sub(r"^@(\S+)@\n", lambda match: (PAGE / match[1]).read_text(encoding="utf-8"),
                  (PAGE / "index.html").read_text(encoding="utf-8"), flags=re.MULTILINE)


def content_security_policy(page):
    """What the server sends with the page: its own style and script, by their hashes, no more."""
    def hash_of(element):
        text, = re.findall(rf"<{element}>(.*?)</{element}>", page, re.DOTALL)
        return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
    return ("default-src 'none'; connect-src 'self'; img-src data:; "
            f"style-src {hash_of('style')}; script-src {hash_of('script')}; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'")


def is_chosen(number, request):
    if "numbers" in request:
        return number in request["numbers"]
    return request["all"] and number <= request["upTo"]  # the page says both


class Refused(Exception):
    """What the daemon answers instead: status, code, message."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self):
        super().setup()
        self.server.connections.append(self.connection)

    def do_GET(self):
        self.answer_with(self.get)

    def do_POST(self):
        self.answer_with(self.post)

    def answer_with(self, act):
        mock = self.server.mock
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        mock.requests.append((self.command, self.path, dict(self.headers), body))
        if self.path.startswith("/dead-letters?"):
            mock.gate.wait(GATE_SECONDS)
        if self.path == "/status":
            mock.status_gate.wait(GATE_SECONDS)
        try:
            with mock.lock:
                answer = act(mock, body)
        except Refused as refused:
            status, code, message = refused.args
            self.send(status, json.dumps({"error": {"code": code, "message": message}}))
            return
        if mock.is_cut_off and self.command == "POST":
            self.close_connection = True
            return
        if answer is not None:
            self.send(200, json.dumps(answer))

    def get(self, mock, _):
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/":
            page = page_text()
            self.send(200, page, "text/html; charset=utf-8",
                      {"Content-Security-Policy": content_security_policy(page)})
            return None
        self.check_token(mock)
        if path == "/status":
            if mock.status_refusal:
                raise Refused(*mock.status_refusal)
            return mock.daemon.status()
        if path == "/config/diff":
            return {"changes": mock.daemon.changes}
        if path == "/dead-letters":
            if mock.letters_refusal:
                raise Refused(*mock.letters_refusal)
            first, limit = int(query["after"][0]), int(query["limit"][0])
            later = [letter for letter in mock.hub_named(query["hub"][0]).letters
                     if letter["number"] > first]
            return {"deadLetters": later[:limit],
                    "nextAfter": later[limit - 1]["number"] if len(later) > limit else 0}
        raise Refused(404, "not_found", f"there is no {path}")

    def post(self, mock, body):
        self.check_token(mock)
        if self.headers.get("Content-Type") != "application/json":
            raise Refused(400, "invalid_request", "send Content-Type: application/json")
        if mock.refusal:
            raise Refused(*mock.refusal)
        request = json.loads(body)
        if self.path == "/reload":
            changes, mock.daemon.changes = mock.daemon.changes, []
            return {"changes": changes}
        hub = mock.hub_named(request["hub"])
        if self.path in STATES:
            hub.state = STATES[self.path]
            return {}
        chosen = [letter for letter in hub.letters if is_chosen(letter["number"], request)]
        hub.letters = [letter for letter in hub.letters if letter not in chosen]
        if self.path == "/dead-letters/redrive":
            return {"redriven": len(chosen), "warnings": mock.warnings}
        return {"purged": len(chosen)}

    def check_token(self, mock):
        if mock.token and self.headers.get("Authorization") != f"Bearer {mock.token}":
            raise Refused(401, "unauthorized", "send Authorization: Bearer TOKEN")

    def send(self, status, text, content_type="application/json", headers=None):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format, *arguments):  # noqa: the base class calls it so
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    connections = ()

    def handle_error(self, request, client_address):
        """A browser that went away is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class AdminMock:
    """Listens at `url` from the start on. `requests`: (method, path, headers, body) of each."""

    def __init__(self, port=0):
        self.lock = threading.RLock()  # of the daemon's state
        self.daemon = MockDaemon()
        self.token = ""
        self.refusal = None   # of every POST: status, code, message
        self.letters_refusal = None   # the same of GET /dead-letters
        self.status_refusal = None    # the same of GET /status
        self.status_gate = threading.Event()  # while it is not set, GET /status waits
        self.status_gate.set()
        self.is_cut_off = False  # a POST is carried out, and the connection ends without an answer
        self.gate = threading.Event()  # while it is not set, GET /dead-letters waits
        self.gate.set()
        self.warnings = []    # of a redrive
        self.requests = []
        self.server = None
        self.port = port
        self.listen()
        self.url = f"http://127.0.0.1:{self.port}/"

    def hub_named(self, name):
        hub = self.daemon.hubs.get(name)
        if hub is None:
            raise Refused(404, "unknown_hub", f"there is no hub {name}")
        return hub

    def posts(self, path):
        return [json.loads(body) for method, asked, _, body in list(self.requests)
                if (method, asked) == ("POST", path)]

    def listen(self):
        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.mock, self.server.connections = self, []
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def vanish(self):
        """As a process that was killed: nobody listens, and open connections end."""
        self.server.shutdown()
        self.server.server_close()
        for connection in self.server.connections:
            try:
                connection.shutdown(2)
            except OSError:
                continue  # it has ended by itself

    close = vanish

    def add_many(self):
        with self.lock:
            add_many(self.daemon)

    def restart(self):
        with self.lock:
            self.daemon.restart()


def add_many(daemon):
    """A hundred hubs of two endpoints, some of them in trouble, with names of every length."""
    for number in range(1, 100):
        name = f"hub-{number}"
        if number % 10 == 0:
            name = f"a_hub_with_a_long_name_{number}_".ljust(128, "x")
        daemon.add_hub(name, rate=3.0 * number, ratio=2.0)
        daemon.hubs[name].endpoint = SECOND_ENDPOINT if number % 3 == 0 else ENDPOINT
    daemon.hold("credential refused", "401 Unauthorized: the access key was refused")
    daemon.held_url = SECOND_ENDPOINT
    daemon.hubs["hub-64"].not_ready = OWN_TROUBLE
    daemon.hubs["hub-71"].state = "paused"
    daemon.hubs["hub-73"].state = "paused"
    daemon.hubs["hub-76"].failed = 2.0
    daemon.hubs["hub-79"].answers = False
    daemon.add_letters("hub-82", 3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8099)
    parser.add_argument("--scene", default="busy")
    arguments = parser.parse_args()
    mock = AdminMock(arguments.port)
    play(mock, arguments.scene)
    print(mock.url, flush=True)
    threading.Event().wait()  # until it is interrupted


def play(mock, scene):
    """What the page is to be looked at with."""
    if scene in ("busy", "held", "suspects", "letters"):
        mock.daemon.wave = 0.3
        mock.daemon.add_hub("telemetry", rate=12_400.0, ratio=31.0)
    if scene == "many":
        add_many(mock.daemon)
    if scene == "held":
        mock.daemon.hold("credential refused", "GET https://… 401: the access key was refused")
    if scene == "suspects":
        mock.daemon.suspect(7, unnamed=1200)
        mock.daemon.learnt = ["fan_out: off: such requests fail while single ones succeed; "
                              "tried again in 60 s"]
    if scene == "letters":
        mock.daemon.add_letters("chat", 34)
    if scene == "gone":
        threading.Timer(8, mock.vanish).start()
    if scene == "token":
        mock.token = "a-token-of-this-mock"


if __name__ == "__main__":
    main()
