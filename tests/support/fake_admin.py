"""A daemon that only talks: the admin interface (lib/ADMIN.md) over a Unix socket or loopback TCP,
and the producers' socket (lib/PROTOCOL.md), both as the test sets them up.
"""

import json
import socket
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

BOUNDS = [mantissa * 10.0 ** exponent for exponent in range(-4, 2)
          for mantissa in (1, 1.5, 2, 3, 5, 7)] + [100.0]
OUTCOME_KEYS = ["delivered", "superseded", "deadLettered", "expired", "abandoned", "returned"]


def histogram(**buckets):
    """histogram(b5=3): three in the bucket that ends at BOUNDS[5]."""
    counts = [0] * (len(BOUNDS) + 1)
    for name, count in buckets.items():
        counts[int(name[1:])] = count
    return {"boundsSeconds": BOUNDS, "counts": counts, "sumSeconds": 0.0}


def hub_status(name="chat", **changes):
    """A hub's part of the status; `changes` of nested parts are dictionaries."""
    hub = {
        "name": name, "endpoint": "http://127.0.0.1:8090", "state": "running", "ready": True,
        "notReady": "",
        "actions": {"accepted": 0, "queued": 0, "active": 0, "deferred": 0, "delivered": 0,
                    "superseded": 0, "deadLettered": 0, "expired": 0, "abandoned": 0,
                    "returned": 0, "fromStreams": 0, "targetGone": 0, "conflated": 0,
                    "fannedOut": 0, "bulkChanged": 0, "merged": 0, "redriven": 0,
                    "duplicates": 0},
        "requests": {"started": 0, "inFlight": 0, "answers2xx": 0, "answersThrottled": 0,
                     "answers4xx": 0, "answers5xx": 0, "answersOther": 0, "transportErrors": 0,
                     "fanOuts": 0, "bulkChanges": 0, "merges": 0, "splits": 0, "retries": 0,
                     "ambiguousRetries": 0, "chargedAnswered": 0, "chargedHealthy": 0,
                     "healthProbes": 0},
        "limits": {"concurrency": 16, "maxInFlight": 64, "concurrencyReason": "",
                   "requestsPerSecond": 0, "kindsHeld": []},
        "queue": {"heldBytes": 0, "maxBytes": 268435456, "lanes": 0, "blockedLanes": 0,
                  "waitingLanes": []},
        "latency": {"delivery": histogram(), "request": histogram()},
        "deadLetters": {"count": 0, "bytes": 0, "dropped": 0, "last": ""},
        "busySeconds": 0.0}
    merge(hub, changes)
    actions = hub["actions"]
    waiting = actions["queued"] + actions["active"] + actions["deferred"]
    if "accepted" not in changes.get("actions", {}):
        actions["accepted"] = waiting + sum(actions[key] for key in OUTCOME_KEYS)
    return hub


def full_status(*hubs, socket_path="", **changes):
    hubs = hubs or (hub_status(),)
    status = {
        "protocol": 1, "version": "0.1.0", "pid": 71, "startedAt": "2026-01-02T03:04:05.678Z",
        "now": "2026-01-02T12:37:53.000Z", "uptimeSeconds": 100.0, "state": "running",
        "ready": True, "notReady": [], "logLevel": "info", "logLinesDropped": 0,
        "socket": socket_path, "pendingRestart": [],
        "intake": {"producers": 3, "connections": 9, "connectionsRefused": 0, "bytes": 1000,
                   "lines": 10, "actions": 10, "rejected": 0, "warnings": 0, "repliesDropped": 0,
                   "pausedReads": 0},
        "endpoints": [{"url": url, "hubs": [hub["name"] for hub in hubs if hub["endpoint"] == url],
                       "state": "open", "hold": "", "reason": "", "cause": "", "remedy": "",
                       "secondsLeft": 0,
                       "pace": {"requestsPerSecond": 0, "configured": 0, "learnt": False,
                                "reason": ""},
                       "suspects": {"count": 0, "named": []}, "learnt": [], "rulesOff": []}
                      for url in sorted({hub["endpoint"] for hub in hubs})],
        "hubs": list(hubs)}
    merge(status, changes)
    return status


def merge(to, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(to.get(key), dict):
            merge(to[key], value)
        else:
            to[key] = value


def dead_letter(number, hub="chat", action='{"actionName":"sendToAll","data":"hi"}', **changes):
    """JSON text, with the action's own bytes."""
    letter = {"number": number, "hub": hub, "producer": "billing", "code": "refused",
              "reason": "HTTP 400 Error.BadRequest", "body": "no", "httpStatus": 400,
              "attempts": 1, "acceptedAt": "2026-01-02T03:04:05.000Z",
              "givenUpAt": "2026-01-02T03:04:06.000Z", **changes}
    return json.dumps(letter)[:-1] + ', "action": ' + action + "}"


def letter_of_record(number, hub="chat", text='{"action', code="invalid_json"):
    """JSON text of a dead letter of a record of a stream, which has no action."""
    record = {"stream": "orders", "topic": "awps-actions", "partition": 3, "offset": 17,
              "key": None, "element": 2, "text": text, "bytes": len(text)}
    return json.dumps({"number": number, "hub": hub, "record": record, "producer": "orders/3",
                       "code": code, "reason": "the line is no JSON", "body": "", "httpStatus": 0,
                       "attempts": 0, "acceptedAt": "2026-01-02T03:04:06.000Z",
                       "givenUpAt": "2026-01-02T03:04:06.000Z"})


class AdminServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, path, daemon):
        self.fake = daemon
        if path is None:
            self.address_family = socket.AF_INET
            super().__init__(("127.0.0.1", 0), AdminHandler)
        else:
            self.address_family = socket.AF_UNIX
            super().__init__(path, AdminHandler)

    def server_bind(self):
        if self.address_family == socket.AF_UNIX:
            socketserver.TCPServer.server_bind(self)
            self.server_name, self.server_port = "localhost", 0
        else:
            super().server_bind()

    def handle_error(self, request, client_address):
        pass  # a client that leaves a tap


class AdminHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "local"

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        self.handle_request("")

    def do_POST(self):
        self.handle_request(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

    def handle_request(self, body):
        fake = self.server.fake
        url = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        fake.requests.append({"method": self.command, "path": url.path, "query": query,
                              "body": json.loads(body) if body else None,
                              "headers": dict(self.headers)})
        answer = fake.answers.get((self.command, url.path))
        if answer is None:
            answer = (404, {"error": {"code": "not_found", "message": "no such resource"}})
        if callable(answer):
            answer = answer(query, json.loads(body) if body else None)
        status, content = answer
        if status == "stream":
            self.stream(content)
            return
        data = content if isinstance(content, str) else json.dumps(content)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data.encode())))
        self.end_headers()
        self.wfile.write(data.encode())

    def stream(self, lines):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in lines:
            data = (line if isinstance(line, str) else json.dumps(line)).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")


class ProducersServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def __init__(self, path, daemon):
        self.fake = daemon
        super().__init__(path, ProducersHandler)

    def handle_error(self, request, client_address):
        pass  # a producer that leaves


class ProducersHandler(socketserver.StreamRequestHandler):
    """Answers the hello, and each action as `FakeDaemon.fate` says."""

    def handle(self):
        fake = self.server.fake
        seq, default = 0, "chat"
        for number, line in enumerate(self.rfile, 1):
            fake.line_bytes.append(len(line.rstrip(b"\n")))
            text = line.decode().strip()
            if not text:
                continue
            value = parsed(text)
            if number == 1 and isinstance(value, dict) and "hello" in value:
                if fake.refuse_hello:
                    self.reply({"status": "rejected", "seq": 0, "line": 1,
                                "error": fake.refuse_hello})
                    return
                fake.hellos.append(value["hello"])
                default = value["hello"].get("hub", default)
                self.reply({"status": "ready", "protocol": 1, "version": "0.1.0", "hub": default,
                            "ack": value["hello"]["ack"], "maxLineBytes": fake.max_line_bytes,
                            "maxMessageBytes": 1048576})
                continue
            for action in elements(value):
                seq += 1
                fake.actions.append(action)
                reply = fake.fate(action, seq)
                if reply == "close":
                    return
                if reply is not None:
                    reply = {"seq": seq, **reply}
                    if reply["status"] == "rejected":
                        reply["line"] = number
                    self.reply(reply)
        if fake.hold_end is not None:
            fake.hold_end.wait(20)

    def reply(self, value):
        self.wfile.write(json.dumps(value, separators=(",", ":")).encode() + b"\n")


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def elements(value):
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and value.get("ordered") is True and "batch" in value:
        return value["batch"]
    return [value]


def delivered(action, _seq):
    if not isinstance(action, dict):
        return {"status": "rejected", "error": {"code": "invalid_json", "message": "no JSON"}}
    return {"status": "delivered", "httpStatus": 202, "attempts": 1}


class FakeDaemon:
    """Both sockets; what they answer is set on the object, what they were asked is kept on it."""

    def __init__(self, folder, tcp=False):
        self.admin_path = str(Path(folder) / "admin.sock")
        self.socket_path = str(Path(folder) / "awpsd.sock")
        self.requests, self.actions, self.hellos, self.line_bytes = [], [], [], []
        self.max_line_bytes = 8388608
        self.fate = delivered
        self.refuse_hello = None
        self.hold_end = None  # an Event: connections stay open until it is set
        self.status = full_status(socket_path=self.socket_path)
        self.letters = {}  # hub: [(number, JSON text)]
        self.answers = {
            ("GET", "/status"): lambda query, body: (200, self.status),
            ("GET", "/livez"): (200, "ok\n"),
            ("GET", "/readyz"): (200, "ready\n"),
            ("GET", "/config/diff"): (200, {"changes": []}),
            ("GET", "/dead-letters"): self.page,
        }
        self.servers = [AdminServer(None if tcp else self.admin_path, self),
                        ProducersServer(self.socket_path, self)]
        self.port = self.servers[0].server_address[1] if tcp else None
        self.threads = [threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
                        for server in self.servers]
        for thread in self.threads:
            thread.start()

    def page(self, query, _body):
        letters = [(number, text) for number, text in self.letters.get(query["hub"], [])
                   if number > int(query["after"])]
        shown = letters[:int(query["limit"])]
        after = shown[-1][0] if len(letters) > len(shown) else 0
        return 200, ('{"deadLetters":[' + ",".join(text for _, text in shown) +
                     f'],"nextAfter":{after}}}')

    def asked(self, method, path):
        """What was asked for there, in order."""
        return [request for request in self.requests
                if (request["method"], request["path"]) == (method, path)]

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()
        for thread in self.threads:
            thread.join()
