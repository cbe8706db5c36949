"""The gateway among those who mean ill, or are broken: what could be read in two ways ends the
connection unread, nothing costs without bound, and nobody else feels it.
"""

import socket
import threading
import time

from admin import Admin
from gateway import VERSION, Caller, GatewayScenario, Wire
from scenario import main, wait_until

SEND = f"/:send?{VERSION}"
STRANGER_SECONDS, HEAD_SECONDS, BODY_SECONDS = 5, 10, 30  # the first: without a token yet
SLACK_SECONDS = 6
FLOOD = 300


class Smuggling(GatewayScenario):
    """Behind each bad head stands a good request. It must never be carried out: whoever reads the
    first in another way takes the second for a part of it, or the other way round.
    """

    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon, self.caller = self.start_gateway(self.emulator)
        self.hidden = self.caller.request("POST", SEND, "hidden")

    def assert_refused(self, data, statuses=(400,)):
        wire = self.wire(self.caller)
        wire.send(data + self.hidden)
        answer = wire.answer()
        self.assertIn(answer.status, statuses, answer)
        self.assertEqual(answer.headers.get("connection", "").lower(), "close", answer)
        self.assertTrue(wire.is_ended(), "it reads on")

    def test_heads_that_can_be_read_in_two_ways(self):
        def changed(*headers, body="x"):
            return self.caller.request("POST", SEND, body, headers=headers)

        good = changed()
        chunked = ("Transfer-Encoding", "chunked")
        rows = {
            "length with chunks": changed(chunked),
            "two lengths": changed(("content-length", "1")),
            "two different lengths": changed(("content-length", "2")),
            "a list of lengths": changed(("Content-Length", "1, 1")),
            "a signed length": changed(("Content-Length", "+1")),
            "a negative length": changed(("Content-Length", "-1")),
            "a hexadecimal length": changed(("Content-Length", "0x1")),
            "a length beyond all": changed(("Content-Length", "1" + "0" * 30)),
            "an empty length": changed(("Content-Length", "")),
            "another coding": changed(("Content-Length", None), ("Transfer-Encoding", "gzip")),
            "chunks and another coding": changed(("Content-Length", None),
                                                 ("Transfer-Encoding", "gzip, chunked")),
            "chunked twice": changed(("Content-Length", None), chunked, chunked),
            "an almost chunked": changed(("Content-Length", None),
                                         ("Transfer-Encoding", "xchunked")),
            "bare LF": good.replace(b"\r\n", b"\n"),
            "one bare LF": good.replace(b"\r\nContent-Type", b"\nContent-Type", 1),
            "bare CR": good.replace(b"\r\nContent-Type", b"\rContent-Type", 1),
            "a CR in a value": changed(("X-Note", "a\rb")),
            "a folded line": changed(("X-Note", "a\r\n b")),
            "a blank before the colon": changed(("X-Note ", "a")),
            "a line without a colon": good.replace(b"\r\n", b"\r\nnonsense\r\n", 1),
            "a name that is none": changed(("X(Note)", "a")),
            "a NUL": changed(("X-Note", "a\0b")),
            "two of Host": changed(("host", "other.test")),
            "no Host": changed(("Host", None)),
            "two of Authorization": changed(("authorization", "Bearer x")),
            "two request ids": changed(("x-ms-client-request-id", "a"),
                                       ("x-ms-client-request-id", "a")),
            "two of our own": changed(("x-awpsd-ttl-seconds", "1"), ("X-AWPSD-TTL-Seconds", "1")),
            "absolute form": good.replace(b"POST /", b"POST http://elsewhere.test/", 1),
            "an upgrade": changed(("Connection", "upgrade"), ("Upgrade", "websocket")),
            "an upgrade to HTTP/2": changed(("Connection", "Upgrade, HTTP2-Settings"),
                                            ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABk")),
            "CONNECT": b"CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: elsewhere.test:443\r\n\r\n",
            "two blanks in the first line": good.replace(b"POST /", b"POST  /", 1),
            "a control in the target": good.replace(b"/:send", b"/\x01:send", 1),
        }
        for name, data in rows.items():
            with self.subTest(name):
                self.assert_refused(data)
        self.assertEqual(self.emulator.requests(), 0)

    def test_bodies_that_can_be_read_in_two_ways(self):
        head = self.caller.request("POST", SEND, "", headers=[
            ("Content-Length", None), ("Transfer-Encoding", "chunked")])
        rows = {
            "a size that is none": b"x\r\n",
            "a signed size": b"+1\r\na\r\n0\r\n\r\n",
            "a size beyond all": b"1" + b"0" * 20 + b"\r\n",
            "a chunk that is longer than it says": b"1\r\nab\r\n0\r\n\r\n",
            "bare LF after a size": b"1\na\r\n0\r\n\r\n",
            "bare LF after a chunk": b"1\r\na\n0\r\n\r\n",
            "a bomb of extensions": b"1;" + b"x" * 300 + b"\r\na\r\n0\r\n\r\n",
            "a bomb of trailers": b"1\r\na\r\n0\r\nX: " + b"x" * 300 + b"\r\n\r\n",
        }
        for name, body in rows.items():
            with self.subTest(name):
                self.assert_refused(head + body)
        self.assertEqual(self.emulator.requests(), 0)

    def test_a_body_where_none_belongs(self):
        for method, below in (("HEAD", f"/users/u?{VERSION}"),
                              ("GET", f"/groups/g/connections?{VERSION}")):
            with self.subTest(method):
                wire = self.wire(self.caller)
                wire.send(self.caller.request(method, below, self.hidden))
                self.assertEqual(wire.answer(is_head=method == "HEAD").status, 400)
                self.assertTrue(wire.is_ended())
        self.assertEqual(self.emulator.requests(), 0)

    def test_what_belongs_to_another_protocol(self):
        rows = {"HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/0.9": b"GET /\r\n",
                "HTTP/3": self.hidden.replace(b"HTTP/1.1", b"HTTP/3.0", 1),
                "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 600}
        for name, data in rows.items():
            with self.subTest(name):
                wire = self.wire(self.caller)
                wire.send(data + b"\r\n\r\n")
                try:
                    self.assertIn(wire.answer().status, (400, 505))
                except EOFError:
                    pass  # it may have nothing to say to it
                self.assertTrue(wire.is_ended())
        self.assertEqual(self.emulator.requests(), 0)

    def test_the_largest_head_and_one_more(self):
        for count, status in ((12 * 1024, 202), (17 * 1024, 431)):
            wire = self.wire(self.caller)
            wire.send(self.caller.request("POST", SEND, "x", headers=[("X-Note", "x" * count)]))
            self.assertEqual(wire.answer().status, status)
        many = [(f"X-Note-{number}", "x") for number in range(1500)]
        self.assertEqual(self.caller.ask("POST", SEND, "x", headers=many).status, 431)
        wire = self.wire(self.caller)
        wire.send(b"POST /" + b"x" * 20_000)  # a line without an end
        self.assertIn(wire.answer().status, (414, 431))
        self.assertTrue(wire.is_ended())


class Browsers(GatewayScenario):
    def test_a_page_of_the_web_reaches_nothing(self):
        emulator = self.start_emulator()
        _, caller = self.start_gateway(emulator, 'gateway.allow_hosts = ["gateway.test"]\n')
        port = caller.to[1]
        for value in ("https://evil.test", "null"):
            answer = caller.ask("POST", SEND, "x", headers=[("Origin", value)])
            self.assertEqual(answer.status, 403, answer)
            self.assertNotIn("access-control-allow-origin", answer.headers)
        rows = {"evil.test": 403, f"evil.test:{port}": 403, f"127.0.0.1.evil.test:{port}": 403,
                f"gateway.test:{port}": 202, f"localhost:{port}": 202}
        for host, status in rows.items():
            with self.subTest(host):
                named = Caller(caller.to, f"http://{host}", caller.key)
                self.assertEqual(named.ask("POST", SEND, "x").status, status)
        empty = caller.ask("POST", SEND, "x", headers=[("Host", "")])
        self.assertIn(empty.status, (400, 403))
        preflight = caller.ask("OPTIONS", SEND, headers=[
            ("Origin", "https://evil.test"), ("Access-Control-Request-Method", "POST")], token="")
        self.assertIn(preflight.status, (403, 405))
        self.assertEqual(emulator.requests(), 2)


class Floods(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def open(self, caller, count):
        """Connections that say nothing; as many as are taken."""
        wires = []
        for _ in range(count):
            wire = Wire(caller.to)
            wires.append(wire)
            self.addCleanup(wire.close)
        return wires

    def test_a_flood_without_tokens_is_answered_and_the_others_are_served(self):
        _, caller = self.start_gateway(self.emulator)
        stop = threading.Event()
        seen = []

        def flood():
            while not stop.is_set():
                seen.append(caller.ask("POST", SEND, "x" * 1000, token="").status)

        threads = [threading.Thread(target=flood) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(seen) > 50, "the flood")
            for number in range(20):
                begin = time.monotonic()
                self.assertEqual(caller.ask("POST", SEND, str(number)).status, 202)
                self.assertLess(time.monotonic() - begin, 5)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(seen), {401})
        self.assertEqual(self.emulator.requests(), 20)

    def test_without_a_token_no_body_is_read(self):
        """The refusal comes after the head, though the body never does."""
        _, caller = self.start_gateway(self.emulator)
        wire = self.wire(caller)
        wire.send(caller.request("POST", SEND, "", token="",
                                 headers=[("Content-Length", "1000000")]))
        self.assertEqual(wire.answer().status, 401)
        self.assertTrue(wire.is_ended())

    def test_idle_connections_make_room(self):
        """Beyond the bound a new one waits, and the oldest idle one goes."""
        _, caller = self.start_gateway(self.emulator, "gateway.max_connections = 16\n")
        idle = self.open(caller, 16)
        for wire in idle:
            wire.send(caller.request("POST", SEND, "x"))
            self.assertEqual(wire.answer().status, 202)
        for number in range(40):
            self.assertEqual(caller.ask("POST", SEND, "x").status, 202, number)

    def test_who_showed_no_token_makes_room_for_who_has_one(self):
        _, caller = self.start_gateway(self.emulator, "gateway.max_connections = 16\n")
        half = caller.request("POST", SEND, "x")[:30]
        for wire in self.open(caller, 64):
            try:
                wire.send(half)
            except OSError:
                pass  # it has made room already
        begin = time.monotonic()
        self.assertEqual(caller.ask("POST", SEND, "x").status, 202)
        self.assertLess(time.monotonic() - begin, 2 * HEAD_SECONDS)

    def test_slow_heads_and_bodies_end_in_time(self):
        """All at once, since each takes its time. Whoever has shown a token may be idle."""
        daemon, caller = self.start_gateway(self.emulator)
        request = caller.request("POST", SEND, "x" * 1000)
        begin = time.monotonic()
        silent, head, body, known = self.open(caller, 4)
        self.assertEqual(known.send(request).answer().status, 202)
        head.send(request[:50])
        body.send(request[:-500])
        ends = {}
        drip = threading.Thread(target=self.drip, args=(head, request[50:], begin, ends))
        drip.start()
        self.assertTrue(body.is_silent(HEAD_SECONDS + SLACK_SECONDS), "a body has longer")
        self.assertTrue(silent.is_ended(1), "nobody says nothing for so long")
        self.assertTrue(self.ends(body, BODY_SECONDS + SLACK_SECONDS - (time.monotonic() - begin)))
        self.assertGreater(time.monotonic() - begin, BODY_SECONDS - 1)
        drip.join()
        self.assertTrue(STRANGER_SECONDS - 1 < ends["head"] < HEAD_SECONDS + SLACK_SECONDS, ends)
        self.assertEqual(known.send(request).answer().status, 202)
        self.assertEqual(self.actions(daemon)["accepted"], 2)

    @staticmethod
    def ends(wire, seconds):
        """Within that time, with a 408 or without a word."""
        wire.socket.settimeout(seconds)
        try:
            return wire.answer().status == 408
        except EOFError:
            return True
        except TimeoutError:
            return False

    @staticmethod
    def drip(wire, data, begin, ends):
        """A byte now and then, until the other side has enough."""
        for place in range(len(data)):
            wire.socket.settimeout(0.5)
            try:
                wire.socket.sendall(data[place:place + 1])
                if wire.socket.recv(1) == b"":
                    break
                if b"408" in wire.socket.recv(100):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        ends["head"] = time.monotonic() - begin

    def test_a_client_that_reads_nothing_holds_little(self):
        """It asks and asks, and takes no answer: it is not read beyond a bound."""
        daemon, caller = self.start_gateway(self.emulator)
        wire = self.wire(caller)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        request = caller.request("POST", SEND, "x")
        wire.socket.settimeout(1)
        sent = 0
        try:
            while sent < 50_000:
                wire.socket.sendall(request)
                sent += 1
        except (TimeoutError, ConnectionError):
            pass
        self.assertLess(sent, 50_000, "it was read without bound")
        wire.close()
        self.assertEqual(caller.ask("POST", SEND, "last").status, 202)
        self.assertLess(memory_bytes(daemon), 150 * 1024 * 1024)

    def test_many_at_once_are_all_answered(self):
        _, caller = self.start_gateway(self.emulator)
        wires = self.open(caller, FLOOD)
        for number, wire in enumerate(wires):
            wire.send(caller.message(str(number), user=f"u{number}"))
        self.assertEqual([wire.answer().status for wire in wires], [202] * FLOOD)
        self.assertEqual(sorted(map(int, self.bodies(self.emulator))), list(range(FLOOD)))

    def test_what_it_refused_is_counted(self):
        daemon, caller = self.start_gateway(self.emulator)
        caller.ask("POST", SEND, "x", token="")
        caller.ask("POST", SEND, "x")
        metrics = Admin(daemon.admin_path).text("/metrics")
        self.assertIn('awpsd_gateway_requests_total{route="sendToAll",status="202"} 1', metrics)
        self.assertIn('awpsd_gateway_refused_total{', metrics)


def memory_bytes(daemon):
    for line in open(f"/proc/{daemon.process.pid}/status", encoding="ascii"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


if __name__ == "__main__":
    main()
