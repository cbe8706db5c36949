"""A client of awpsd's admin interface (lib/ADMIN.md) on its Unix socket."""

import http.client
import json
import socket


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, seconds):
        super().__init__("localhost", timeout=seconds)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Admin:
    def __init__(self, path, seconds=10.0):
        self.path = str(path)
        self.seconds = seconds

    def ask(self, method, target, body=None):
        """(status, text)"""
        connection = UnixConnection(self.path, self.seconds)
        try:
            headers = {} if body is None else {"Content-Type": "application/json"}
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def get(self, target, expect=200):
        return self._json(expect, *self.ask("GET", target))

    def post(self, target, body=None, expect=200):
        return self._json(expect, *self.ask("POST", target, body or {}))

    def text(self, target):
        return self.ask("GET", target)[1]

    def hubs(self):
        return {hub["name"]: hub for hub in self.get("/status")["hubs"]}

    def hub(self, name):
        return self.hubs()[name]

    def dead_letters(self, hub):
        return self.get(f"/dead-letters?hub={hub}")["deadLetters"]

    @staticmethod
    def _json(expect, status, text):
        if status != expect:
            raise AssertionError(f"HTTP {status}, not {expect}: {text}")
        return json.loads(text)


def is_drained(daemon):
    """Every accepted action has its outcome."""
    for hub in Admin(daemon.admin_path).hubs().values():
        actions = hub["actions"]
        if actions["queued"] + actions["active"] + actions["deferred"] > 0:
            return False
    return True
