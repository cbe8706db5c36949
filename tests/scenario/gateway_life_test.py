"""The gateway's life: TLS and its renewal, reloads and stops; and that a sick target harms nobody
else.
"""

import signal
import socket
import ssl
import threading
import time

from admin import Admin
from certificates import Authority
from client_token import parse_connection_string
from gateway import QUICK, VERSION, Caller, GatewayScenario, free_port
from programs import OF_ACTIONS
from scenario import main, wait_until

SEND = f"/:send?{VERSION}"
STALL = [{"name": "stall", "match": OF_ACTIONS, "stall": True}]
RENEWAL_SECONDS = 90  # a changed file is taken within a minute
PROGRAMS = 100
SICK_SECONDS = 3


class Tls(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.authority = Authority(self.folder)
        self.pem = f"{self.folder}/gateway.pem"

    def start_with_tls(self, config="", **options):
        self.write_pem(self.pem, *self.authority.issue("localhost"))
        port = free_port()
        listen = (f'gateway.listen = "127.0.0.1:{port}"\n'
                  f'gateway.tls_certificate = "{self.pem}"\n')
        daemon = self.start_daemon(self.emulator.connection, listen + config, **options)
        key = parse_connection_string(self.emulator.connection)["accesskey"]
        return daemon, Caller(("127.0.0.1", port), f"https://localhost:{port}", key,
                              context=self.trusting(self.authority))

    def test_sends_over_tls(self):
        _, caller = self.start_with_tls()
        self.assertEqual(caller.ask("POST", SEND, "x").status, 202)
        with self.assertRaises((EOFError, OSError, AssertionError)):
            Caller(caller.to, caller.endpoint, caller.key).ask("POST", SEND, "plain")
        self.assertEqual(self.bodies(self.emulator), ["x"])

    def test_old_protocols_are_refused(self):
        _, caller = self.start_with_tls()
        old = self.trusting(self.authority)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
        caller.context = old
        self.assertEqual(caller.ask("POST", SEND, "x").status, 202)
        with self.assertWarns(DeprecationWarning):
            old.minimum_version = ssl.TLSVersion.TLSv1_1
        with self.assertWarns(DeprecationWarning):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(OSError):
            caller.wire()

    def test_half_a_handshake_keeps_nobody_out(self):
        _, caller = self.start_with_tls()
        silent = [socket.create_connection(caller.to) for _ in range(50)]
        for each in silent:
            self.addCleanup(each.close)
            each.sendall(b"\x16\x03\x01\x02\x00")
        self.assertEqual(caller.ask("POST", SEND, "x").status, 202)

    def test_a_renewed_certificate_is_taken_without_a_reload(self):
        """Open connections go on; a file that is none is logged, and the old one stays."""
        daemon, caller = self.start_with_tls()
        wire = self.wire(caller)
        self.assertEqual(wire.send(caller.request("POST", SEND, "x")).answer().status, 202)
        with open(self.pem, "w", encoding="ascii") as file:
            file.write("nonsense")
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: self.pem in daemon.log() or "certificate" in daemon.log(), "a complaint")
        self.assertEqual(caller.ask("POST", SEND, "x").status, 202)
        successor = Authority(self.folder, "successor")
        self.write_pem(self.pem, *successor.issue("localhost"))
        renewed = Caller(caller.to, caller.endpoint, caller.key, context=self.trusting(successor))
        wait_until(lambda: is_trusted(renewed), "the new certificate", RENEWAL_SECONDS)
        self.assertEqual(renewed.ask("POST", SEND, "x").status, 202)
        self.assertFalse(is_trusted(caller))
        self.assertEqual(wire.send(caller.request("POST", SEND, "x")).answer().status, 202)

    def test_a_file_that_others_may_read_is_not_taken(self):
        self.write_pem(self.pem, *self.authority.issue("localhost"))
        (self.authority.folder / "gateway.pem").chmod(0o644)
        daemon = self.make_daemon(self.emulator.connection,
                                  f'gateway.listen = "127.0.0.1:{free_port()}"\n'
                                  f'gateway.tls_certificate = "{self.pem}"\n')
        with self.assertRaisesRegex(RuntimeError, "gateway.pem"):
            daemon.start()

    def test_plain_is_for_this_machine(self):
        daemon = self.make_daemon(self.emulator.connection,
                                  f'gateway.listen = "0.0.0.0:{free_port()}"\n')
        with self.assertRaisesRegex(RuntimeError, "gateway.listen"):
            daemon.start()


class Life(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def test_a_reload_takes_what_it_may_and_costs_no_connection(self):
        port = free_port()
        listen = f'gateway.listen = "127.0.0.1:{port}"\n'
        daemon = self.start_daemon(self.emulator.connection, listen)
        key = parse_connection_string(self.emulator.connection)["accesskey"]
        caller = Caller(("127.0.0.1", port), f"http://127.0.0.1:{port}", key)
        wire = self.wire(caller)
        self.assertIsNone(wire.send(caller.request("POST", SEND, "x")).answer().outcome)
        daemon.write_config(listen + 'gateway.answer = "accepted"\ngateway.reads = "refuse"\n')
        daemon.status()  # by a reload
        self.assertEqual(wire.send(caller.request("POST", SEND, "x")).answer().outcome, "accepted")
        read = caller.request("HEAD", f"/users/u?{VERSION}")
        self.assertEqual(wire.send(read).answer(is_head=True).status, 501)
        daemon.write_config(listen + 'gateway.allow_keys = []\n')
        daemon.status()
        self.assertEqual(wire.send(caller.request("POST", SEND, "x")).answer().status, 401)

    def test_a_stop_answers_everybody(self):
        """What waits is answered; whoever comes later finds nobody; the rest is in the file."""
        config = 'drain_timeout = "500ms"\n'
        daemon, caller = self.start_gateway(self.emulator, config)
        self.emulator.set_faults(STALL)
        wires = [self.wire(caller) for _ in range(20)]
        for number, wire in enumerate(wires):
            wire.send(caller.message(str(number), user=f"u{number}"))
        idle = self.wire(caller)
        wait_until(lambda: self.actions(daemon)["accepted"] == 20, "acceptance")
        daemon.signal(signal.SIGTERM)
        answers = [wire.answer() for wire in wires]
        self.assertEqual({(answer.status, answer.outcome) for answer in answers},
                         {(202, "accepted")})
        self.assertTrue(all(wire.is_ended() for wire in wires))
        self.assertTrue(idle.is_ended())
        daemon.wait()
        with self.assertRaises(ConnectionRefusedError):
            caller.wire()
        path, = daemon.undelivered_files()
        self.assertEqual(len(path.read_text().splitlines()), 20)

    def test_a_stop_lets_finish_what_is_under_way(self):
        daemon, caller = self.start_gateway(self.emulator, 'drain_timeout = "20s"\n')
        self.emulator.set_delay(500)
        wires = [self.wire(caller) for _ in range(10)]
        for number, wire in enumerate(wires):
            wire.send(caller.message(str(number), user=f"u{number}"))
        wait_until(lambda: self.actions(daemon)["accepted"] == 10, "acceptance")
        daemon.signal(signal.SIGTERM)
        self.assertEqual([(wire.answer().status, wire.is_ended()) for wire in wires],
                         [(202, True)] * 10)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertEqual(len(self.bodies(self.emulator)), 10)

    def test_starts_and_stops_under_load_lose_nothing(self):
        """A durable hub; programs try again until they are answered 202, as SDKs do."""
        config = ('hub_defaults.durability = "durable"\nspool.min_free_bytes = 0\n'
                  'drain_timeout = "200ms"\n')
        daemon, caller = self.start_gateway(self.emulator, config)
        done, stop = [], threading.Event()
        threads = [threading.Thread(target=insist, args=(caller, place, done, stop))
                   for place in range(4)]
        for thread in threads:
            thread.start()
        for life in range(3):
            wait_until(lambda: len(done) > 30 * (life + 1), "some answers")
            daemon.signal(signal.SIGTERM if life % 2 else signal.SIGKILL)
            daemon.wait()
            daemon.start()
        stop.set()
        for thread in threads:
            thread.join()
        wait_until(lambda: set(done) <= set(self.bodies(self.emulator)), "all to arrive", 30)

    def test_a_sick_target_harms_nobody_else(self):
        """Of many programs one sends to a target that always fails; the others do not feel it."""
        _, caller = self.start_gateway(self.emulator, QUICK + 'gateway.answer_within = "8s"\n')
        self.emulator.set_faults([{"name": "sick", "match": {"user": "sick"}, "status": 500}])
        wires = [self.wire(caller) for _ in range(PROGRAMS)]
        sick = self.wire(caller)
        sick.send(b"".join(caller.message("x", user="sick") for _ in range(20)))
        begin, rounds = time.monotonic(), 0
        while rounds < 3 or time.monotonic() - begin < SICK_SECONDS:
            for place, wire in enumerate(wires):
                wire.send(caller.message("x", user=f"u{place}"))
            answers = {(answer.status, answer.outcome) for answer in [w.answer() for w in wires]}
            self.assertEqual(answers, {(202, None)}, "delivered, within answer_within")
            rounds += 1
        answers = [sick.answer() for _ in range(20)]
        self.assertLessEqual({answer.status for answer in answers}, {202, 409})

    def test_a_producer_is_seen_by_its_user_agent(self):
        daemon, caller = self.start_gateway(self.emulator)
        wire = self.wire(caller)
        wire.send(caller.request("POST", SEND, "x", headers=[("User-Agent", "azsdk-js/1.2 (x)")]))
        self.assertEqual(wire.answer().status, 202)
        gateway = Admin(daemon.admin_path).get("/status")["gateway"]
        self.assertIn(str(caller.to[1]), gateway["listen"])
        self.assertEqual(gateway["connections"], 1)


def is_trusted(caller):
    try:
        caller.wire().close()
        return True
    except ssl.SSLError:
        return False


def insist(caller, place, done, stop):
    """Sends one message after another; each until it is accepted."""
    number = 0
    while not stop.is_set():
        text = f"{place}-{number}"
        data = caller.message(text, user=f"u{place}")
        while not stop.is_set():
            try:
                wire = caller.wire()
                try:
                    status = wire.send(data).answer().status
                finally:
                    wire.close()
                if status == 202:
                    done.append(text)
                    number += 1
                    break
            except (OSError, EOFError):
                stop.wait(0.02)


if __name__ == "__main__":
    main()
