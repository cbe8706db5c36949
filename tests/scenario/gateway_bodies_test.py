"""Bodies on the gateway's wire: in one piece, in chunks, byte by byte, announced, pipelined; and
those that are too large.
"""

import hashlib
import random

from gateway import VERSION, GatewayScenario
from scenario import main

SEND = f"/:send?{VERSION}"
MIB = 1024 * 1024
CHUNKED = [("Content-Length", None), ("Transfer-Encoding", "chunked")]
PIPELINED = 32


def chunks(*pieces, extension=b"", trailer=b""):
    data = b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return data + b"0\r\n" + trailer + b"\r\n"


class Bodies(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon, self.caller = self.start_gateway(self.emulator)

    def chunked(self, data, **more):
        """A request whose body is `data`, as it stands."""
        head = self.caller.request("POST", SEND, "", headers=CHUNKED)
        return head + data

    def test_chunks(self):
        wire = self.wire(self.caller)
        rows = [chunks(b"one"), chunks(b"o", b"n", b"e"), chunks(b"one", extension=b";a=b"),
                chunks(b"one", trailer=b"X-Note: x\r\n"), chunks(b"o" * 1) + b"",
                b"0003\r\none\r\n000\r\n\r\n", chunks(b"A" * 200_000, b"B" * 200_000), chunks()]
        for data in rows:
            self.assertEqual(wire.send(self.chunked(data)).answer().status, 202, data[:40])
        arrived = [entry["bodyBytes"] for entry in self.emulator.log()]
        self.assertEqual(arrived, [3, 3, 3, 3, 1, 3, 400_000, 0])

    def test_any_cut_is_as_good_as_another(self):
        """Seeded: requests in a row, in pieces of any size; all arrive as they were sent."""
        for seed in range(5):
            with self.subTest(seed=seed):
                before = len(list(self.emulator.log()))
                choose = random.Random(seed)
                bodies = [bytes(choose.randrange(97, 123) for _ in range(choose.randrange(200)))
                          for _ in range(20)]
                stream = b"".join(
                    self.caller.request("POST", SEND, body) if choose.random() < 0.5
                    else self.chunked(chunks(*([body] if body else [])))
                    for body in bodies)
                wire = self.wire(self.caller)
                while stream:
                    size = choose.choice((1, 2, 7, 50, 500))
                    wire.send(stream[:size])
                    stream = stream[size:]
                self.assertEqual([wire.answer().status for _ in bodies], [202] * 20)
                arrived = [entry["body"].encode() for entry in self.emulator.log()][before:]
                self.assertEqual(arrived, bodies)

    def test_bytes_arrive_as_they_were(self):
        data = bytes(range(256)) * 4000
        answer = self.caller.ask("POST", SEND, data,
                                 headers=[("Content-Type", "application/octet-stream")])
        self.assertEqual(answer.status, 202)
        entry, = self.emulator.log()
        self.assertEqual(entry["bodySha256"], hashlib.sha256(data).hexdigest())

    def test_the_largest_body_and_one_more(self):
        self.assertEqual(self.caller.ask("POST", SEND, "x" * MIB).status, 202)
        answer = self.caller.ask("POST", SEND, "x" * (MIB + 1))
        self.assertEqual(answer.status, 413)
        self.assertIn("message", answer.body.decode())
        self.assertEqual(self.emulator.requests(), 1)

    def test_too_much_is_refused_before_it_comes(self):
        announced = self.caller.request("POST", SEND, "", headers=[("Content-Length", "9999999")])
        in_chunks = self.chunked(b"ffffff\r\nxxx")
        for data in (announced, in_chunks):
            wire = self.wire(self.caller)
            self.assertEqual(wire.send(data).answer().status, 413)
            self.assertTrue(wire.is_ended())
        wire = self.wire(self.caller)
        wire.send(self.chunked(b""))
        statuses = []
        try:
            for _ in range(20):
                wire.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        except OSError:
            pass
        statuses.append(wire.answer().status)
        self.assertEqual(statuses, [413])

    def test_a_body_that_is_announced(self):
        """100 when the body may come; the refusal at once when it may not."""
        expecting = [("Expect", "100-continue"), ("Content-Length", "3")]
        wire = self.wire(self.caller)
        wire.send(self.caller.request("POST", SEND, "", headers=expecting))
        self.assertEqual(wire.interim(), 100)
        self.assertEqual(wire.send(b"abc").answer().status, 202)
        self.assertEqual(self.bodies(self.emulator), ["abc"])
        wire = self.wire(self.caller)
        wire.send(self.caller.request("POST", SEND, "", headers=expecting, token=""))
        self.assertEqual(wire.answer().status, 401)
        wire = self.wire(self.caller)
        wire.send(self.caller.request("POST", SEND, "",
                                      headers=[expecting[0], ("Content-Length", "9999999")]))
        self.assertEqual(wire.answer().status, 413)

    def test_pipelined_requests_are_answered_in_their_order(self):
        """The first answer is slow, and reads and refusals stand between the writes."""
        self.emulator.set_faults([{"name": "slow", "match": {"user": "slow"}, "delayMs": 500}])
        requests = [(self.caller.message("slow", user="slow"), 202, False),
                    (self.caller.message("quick"), 202, False),
                    (self.caller.request("HEAD", f"/users/u?{VERSION}"), 404, True),
                    (self.caller.request("POST", f"{SEND}&filter=%20", "x"), 400, False),
                    (self.caller.request("DELETE", f"/connections/c?{VERSION}"), 204, False),
                    (self.caller.request("PUT", f"/users/nobody/groups/g?{VERSION}", b""), 404,
                     False)]
        wire = self.wire(self.caller)
        wire.send(b"".join(data for data, _, _ in requests))
        for _, status, is_head in requests:
            self.assertEqual(wire.answer(is_head).status, status)

    def test_a_pipeline_of_any_length_is_answered(self):
        """No more than so many are read ahead; the rest waits on the wire."""
        count = 5 * PIPELINED
        wire = self.wire(self.caller)
        wire.send(b"".join(self.caller.message(str(number)) for number in range(count)))
        self.assertEqual([wire.answer().status for _ in range(count)], [202] * count)
        self.assertEqual(self.bodies(self.emulator), [str(number) for number in range(count)])

    def test_a_connection_goes_on_and_ends_as_it_is_asked(self):
        wire = self.wire(self.caller)
        for _ in range(50):
            self.assertEqual(wire.send(self.caller.message("x")).answer().status, 202)
        wire.send(self.caller.message("x", headers=[("Connection", "close")]))
        self.assertEqual(wire.answer().status, 202)
        self.assertTrue(wire.is_ended())
        old = self.caller.message("x").replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        wire = self.wire(self.caller)
        self.assertIn(wire.send(old).answer().status, (202, 400, 505))
        self.assertTrue(wire.is_ended())

    def test_a_caller_that_hangs_up_changes_nothing(self):
        self.emulator.set_delay(300)
        for number in range(10):
            wire = self.wire(self.caller)
            wire.send(self.caller.message(str(number), user=f"u{number}"))
            wire.reset() if number % 2 else wire.close()
        self.assertEqual(self.caller.ask("POST", SEND, "last").status, 202)
        arrived = set(self.bodies(self.emulator)) - {"last"}
        # What was reset before it was read may be missing, but nothing comes in part or twice.
        self.assertLessEqual(arrived, {str(number) for number in range(10)})
        self.assertLessEqual({str(number) for number in range(0, 10, 2)}, arrived)
        self.assertEqual(len(self.bodies(self.emulator)), len(arrived) + 1)

    def test_a_body_that_never_ends_is_no_action(self):
        wire = self.wire(self.caller)
        wire.send(self.caller.request("POST", SEND, "x" * 1000)[:-1])
        wire.close()
        wire = self.wire(self.caller)
        wire.send(self.chunked(b"3\r\none\r\n"))
        wire.close()
        self.assertEqual(self.caller.ask("POST", SEND, "last").status, 202)
        self.assertEqual(self.bodies(self.emulator), ["last"])


if __name__ == "__main__":
    main()
