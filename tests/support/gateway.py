"""What the scenes of the gateway share: an awpsd that listens, requests as bytes, and answers."""

import json
import os
import random
import socket
import ssl
import time
import uuid
from urllib.parse import quote

from admin import Admin
from client_token import parse_connection_string, sign
from scenario import Scenario

VERSION = "api-version=2024-12-01"
LIFETIME_SECONDS = 300
DEADLINE_SECONDS = 20
OWN_PORTS = (20000, 32000)
PATIENT = 'gateway.answer_within = "30s"\n'
# A service in trouble that is not said to be throttled: retries come soon.
QUICK = 'hub_defaults.retry.base = "5ms"\nhub_defaults.retry.max = "50ms"\n'


def free_port():
    """Below those that the kernel gives away: else another test may have it a moment later."""
    while True:
        port = random.randrange(*OWN_PORTS)
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Answer:
    """Of one request; header names are in lower case."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def outcome(self):
        return self.headers.get("x-awpsd-outcome")

    @property
    def code(self):
        """Of the service's flat error."""
        return json.loads(self.body)["code"]

    def __repr__(self):
        return f"{self.status} {self.headers} {self.body[:200]!r}"


class Wire:
    """A connection to the gateway, as bytes. `to` is its address: (host, port), or a path."""

    def __init__(self, to, context=None, seconds=DEADLINE_SECONDS):
        if isinstance(to, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(seconds)
            self.socket.connect(to)
        else:
            self.socket = socket.create_connection(to, timeout=seconds)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self, is_head=False):
        """The next final answer, without those of 1xx."""
        while True:
            status, headers = self._head()
            if status >= 200:
                break
        if is_head or status == 204:
            return Answer(status, headers, b"")
        return Answer(status, headers, self._take(int(headers.get("content-length", 0))))

    def interim(self):
        """The status of an answer that another follows."""
        return self._head()[0]

    def is_ended(self, seconds=DEADLINE_SECONDS):
        """The other side closes, and says no more before it does."""
        self.socket.settimeout(seconds)
        try:
            return not self.buffer and self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def is_silent(self, seconds):
        """No answer comes meanwhile, and the connection lives."""
        self.socket.settimeout(seconds)
        try:
            self.buffer += self.socket.recv(1)
            return False
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(DEADLINE_SECONDS)

    def reset(self):
        """As a process that is killed leaves it, with something unread."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self):
        self.socket.close()

    def _more(self):
        data = self.socket.recv(64 * 1024)
        if not data:
            raise EOFError(f"the connection ended after {self.buffer!r}")
        self.buffer += data

    def _head(self):
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        pairs = (line.split(":", 1) for line in lines)
        return int(first.split(" ")[1]), {name.lower(): value.strip() for name, value in pairs}

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data


class Caller:
    """Makes requests with tokens by one key for one address, as the SDKs do."""

    def __init__(self, to, endpoint, key, hub="chat", context=None):
        self.to, self.endpoint, self.key, self.hub = to, endpoint, key, hub
        self.context = context

    def wire(self):
        return Wire(self.to, self.context)

    def token(self, target, key=None, **claims):
        """A claim that is None is left out."""
        claims = {"aud": self.endpoint + target, "exp": int(time.time()) + LIFETIME_SECONDS,
                  **claims}
        return sign({name: value for name, value in claims.items() if value is not None},
                    key or self.key)

    def request(self, method, below, body=None, headers=(), token=None, target=None):
        """Bytes; `below` is the path below the hub, with its query. `headers`: more lines as
        (name, value); a value None takes the usual one away. `token` "": none.
        """
        target = target or f"/api/hubs/{self.hub}{below}"
        if token is None:
            token = self.token(target)
        lines = {"Host": self.endpoint.split("//")[1]}
        if token:
            lines["Authorization"] = f"Bearer {token}"
        if body is not None:
            body = body.encode() if isinstance(body, str) else body
            lines["Content-Type"] = "text/plain"
            lines["Content-Length"] = str(len(body))
        more = []
        for name, value in headers:
            usual = next((each for each in lines if each.lower() == name.lower()), None)
            if usual is not None and (value is None or usual == name):
                del lines[usual]
            if value is not None:
                more.append((name, value))
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in [*lines.items(), *more])
        return head.encode() + b"\r\n" + (body or b"")

    def message(self, text, user="u", **more):
        """A sendToUser with an id of its own, as of the JavaScript SDK."""
        headers = [("x-ms-client-request-id", str(uuid.uuid4())), *more.pop("headers", ())]
        return self.request("POST", f"/users/{quote(user, safe='')}/:send?{VERSION}", text,
                            headers=headers, **more)

    def ask(self, *arguments, **more):
        """The answer on a connection of its own."""
        wire = self.wire()
        try:
            wire.send(self.request(*arguments, **more))
            return wire.answer(is_head=arguments[0] == "HEAD")
        finally:
            wire.close()


class GatewayScenario(Scenario):
    """Each scene has an emulator, and a gateway on a loopback port with the service's key."""

    def start_gateway(self, emulator, config="", **options):
        """(daemon, caller)"""
        daemon, caller = self.make_gateway(emulator, config, **options)
        daemon.start()
        return daemon, caller

    def make_gateway(self, emulator, config="", **options):
        port = free_port()
        listen = f'gateway.listen = "127.0.0.1:{port}"\n'
        if "drain_timeout" not in config:
            listen += 'drain_timeout = "500ms"\n'  # many scenes end with a service in trouble
        daemon = self.make_daemon(emulator.connection, listen + config, **options)
        parts = parse_connection_string(emulator.connection)
        caller = Caller(("127.0.0.1", port), f"http://127.0.0.1:{port}", parts["accesskey"])
        return daemon, caller

    def wire(self, caller):
        wire = caller.wire()
        self.addCleanup(wire.close)
        return wire

    @staticmethod
    def actions(daemon, hub="chat"):
        """Its counts of what became of the hub's actions."""
        return Admin(daemon.admin_path).hub(hub)["actions"]

    @staticmethod
    def bodies(emulator):
        """Of what took effect, in order of arrival. awpsd asks for the service's health, too."""
        return [entry["body"] for entry in emulator.log()
                if entry["tookEffect"] and entry["operation"] != "health"]

    @staticmethod
    def write_pem(path, certificate, key):
        """Chain and key in one file, for nobody else; it appears at once."""
        text = certificate.read_text() + key.read_text()
        descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        os.rename(f"{path}.new", path)

    @staticmethod
    def trusting(authority):
        return ssl.create_default_context(cafile=str(authority.path))
