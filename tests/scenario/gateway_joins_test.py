"""Retries that join: an SDK that got no answer sends the same request again, and it has one effect.
A request that was answered is a new one, whatever its id.
"""

import random
import signal
import threading
import uuid

from gateway import PATIENT, QUICK, VERSION, GatewayScenario
from programs import OF_ACTIONS
from scenario import main, wait_until

SEND = f"/:send?{VERSION}"
ID = "x-ms-client-request-id"
DURABLE = 'hub_defaults.durability = "durable"\nspool.min_free_bytes = 0\n'
STALL = [{"name": "stall", "match": OF_ACTIONS, "stall": True}]
STORM_CALLERS = 8
STORM_EACH = 40
STORM_TRIES = 200
PATIENCE_SECONDS = (0.01, 0.05, 0.3)  # of a caller, until it tries again


class Joins(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def identified(self, caller, text="x", identity=None, **more):
        """A broadcast with this id, or a new one. Each has its own token, as of most SDKs."""
        headers = [(ID, identity or str(uuid.uuid4())), *more.pop("headers", ())]
        return caller.request("POST", more.pop("below", SEND), text, headers=headers, **more)

    def accepted(self, daemon):
        return self.actions(daemon)["accepted"]

    def test_a_retry_while_the_first_waits_joins_it(self):
        daemon, caller = self.start_gateway(self.emulator)
        self.emulator.set_delay(4000)  # both are here long before
        first, second = self.wire(caller), self.wire(caller)
        first.send(self.identified(caller, identity="a"))
        wait_until(lambda: self.accepted(daemon) == 1, "acceptance")
        second.send(self.identified(caller, identity="a"))
        self.assertEqual([first.answer().status, second.answer().status], [202, 202])
        self.assertEqual(self.bodies(self.emulator), ["x"])
        self.assertEqual(self.accepted(daemon), 1)

    def test_a_retry_after_a_lost_connection_joins(self):
        """Both if the action is under way still, and if it is over."""
        daemon, caller = self.start_gateway(self.emulator)
        for delay, identity in ((1000, "under way"), (0, "over")):
            with self.subTest(identity):
                before = self.actions(daemon)
                self.emulator.set_delay(delay)
                wire = self.wire(caller)
                wire.send(self.identified(caller, identity, identity))
                wait_until(lambda: self.accepted(daemon) == before["accepted"] + 1, "acceptance")
                if not delay:
                    wait_until(lambda: self.actions(daemon)["delivered"] > before["delivered"],
                               "delivery")
                wire.reset()
                again = self.wire(caller)
                again.send(self.identified(caller, identity, identity))
                self.assertEqual(again.answer().status, 202)
        self.assertEqual(self.bodies(self.emulator), ["under way", "over"])

    def test_equal_requests_with_one_id_on_a_living_connection_are_two(self):
        """.NET can give one id to a whole scope. The answers came, so these are no retries."""
        daemon, caller = self.start_gateway(self.emulator)
        one, other = self.wire(caller), self.wire(caller)
        for wire in (one, one, other):
            wire.send(self.identified(caller, "tick", "scope"))
            self.assertEqual(wire.answer().status, 202)
        self.assertEqual(self.bodies(self.emulator), ["tick"] * 3)
        self.assertEqual(self.accepted(daemon), 3)
        ids = {entry["clientRequestId"] for entry in self.emulator.log()}
        self.assertEqual(len(ids), 3, "each message is a request of its own to the service")

    def test_whatever_differs_does_not_join(self):
        daemon, caller = self.start_gateway(self.emulator)
        self.emulator.set_delay(700)
        requests = [
            self.identified(caller, identity="a"),
            self.identified(caller, identity="b"),
            self.identified(caller, identity="a", text="y"),
            self.identified(caller, identity="a", below=f"{SEND}&messageTtlSeconds=1"),
            self.identified(caller, identity="a", below=f"/users/u/:send?{VERSION}"),
            self.identified(caller, identity="a",
                            headers=[("Content-Type", "application/octet-stream")]),
            self.identified(caller, identity="a", headers=[("x-awpsd-ttl-seconds", "60")]),
            caller.request("POST", SEND, "x"),  # without an id
            caller.request("POST", SEND, "x"),
        ]
        wires = [self.wire(caller).send(data) for data in requests]
        self.assertEqual([wire.answer().status for wire in wires], [202] * len(requests))
        self.assertEqual(self.accepted(daemon), len(requests))

    def test_a_refusal_is_no_answer_to_join(self):
        """What was not accepted is tried anew."""
        daemon, caller = self.start_gateway(self.emulator)
        wire = self.wire(caller)
        wire.send(self.identified(caller, identity="a", below=f"{SEND}&filter=%20"))
        self.assertEqual(wire.answer().status, 400)
        self.assertEqual(self.wire(caller).send(self.identified(caller, identity="a"))
                         .answer().status, 202)
        self.assertEqual(self.accepted(daemon), 1)

    def test_a_joined_retry_gets_the_failure_of_the_first(self):
        config = QUICK + PATIENT + "hub_defaults.retry.max_attempts = 3\n"
        daemon, caller = self.start_gateway(self.emulator, config)
        well = 0
        self.emulator.set_faults([
            {"name": "sick", "match": {"user": "sick"}, "status": 500, "delayMs": 300}])
        wires = [self.wire(caller) for _ in range(3)]
        for wire in wires:
            wire.send(self.identified(caller, identity="a", below=f"/users/sick/:send?{VERSION}"))
        while not self.actions(daemon)["deadLettered"]:  # others are served: it is its own fault
            self.assertEqual(caller.ask("POST", SEND, "x").status, 202)
            well += 1
        answers = [wire.answer() for wire in wires]
        self.assertEqual([(answer.status, answer.code) for answer in answers],
                         [(409, "Error.awpsd.NotDelivered")] * 3)
        self.assertEqual(self.accepted(daemon), 1 + well)

    def test_a_retry_after_a_kill_joins_in_a_durable_hub(self):
        """The action is on disk, with the key of its request."""
        self.emulator.set_faults(STALL)
        daemon, caller = self.start_gateway(self.emulator, DURABLE)
        data = self.identified(caller, identity="a")
        wire = self.wire(caller)
        wire.send(data)
        wait_until(lambda: self.accepted(daemon) == 1, "acceptance")
        daemon.signal(signal.SIGKILL)
        daemon.wait()
        self.assertTrue(wire.is_ended())
        self.emulator.set_faults([])
        daemon.start()
        for _ in range(3):
            again = self.wire(caller)
            self.assertEqual(again.send(data).answer().status, 202)
            again.reset()
        wait_until(lambda: self.actions(daemon)["queued"] == 0, "all to be settled")
        effects = [entry for entry in self.emulator.log() if entry["tookEffect"]]
        self.assertEqual([entry["body"] for entry in effects], ["x"])
        self.assertEqual(self.wire(caller).send(self.identified(caller, "new")).answer().status,
                         202)

    def test_a_storm_of_retries_has_one_effect_per_operation(self):
        """The service fails in every way that leaves no doubt; callers lose patience, their
        connections are cut, and they try again until they have an answer, as SDKs do.
        """
        self.emulator.set_faults([{"match": OF_ACTIONS, **rule} for rule in (
            {"name": "reset", "probability": 0.1, "reset": "before"},
            {"name": "503", "probability": 0.2, "status": 503},
            {"name": "slow", "probability": 0.3, "delayMs": 20, "delayToMs": 400})])
        daemon, caller = self.start_gateway(self.emulator, QUICK)
        results = [[] for _ in range(STORM_CALLERS)]
        threads = [threading.Thread(target=storm, args=(caller, place, results[place]))
                   for place in range(STORM_CALLERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        operations = STORM_CALLERS * STORM_EACH
        answers = [status for result in results for status, _ in result]
        self.assertEqual(answers, [202] * operations)
        tries = sum(count for result in results for _, count in result)
        self.assertGreater(tries, operations + 50, "it was no storm")
        wait_until(lambda: self.actions(daemon)["queued"] == 0, "all to be settled")
        bodies = self.bodies(self.emulator)
        self.assertEqual(len(set(bodies)), operations)
        self.assertEqual(len(bodies), operations, "something took effect twice")
        self.assertEqual(self.accepted(daemon), operations)


def storm(caller, place, result):
    """Appends (last status, tries) for each operation."""
    choose = random.Random(place)
    for number in range(STORM_EACH):
        data = caller.message(f"{place}-{number}", user=f"u{place}")
        for tries in range(1, STORM_TRIES):
            wire = caller.wire()
            wire.socket.settimeout(choose.choice(PATIENCE_SECONDS))
            try:
                wire.send(data)
                if choose.random() < 0.2:
                    raise ConnectionError("cut by itself")
                status = wire.answer().status
                break
            except (TimeoutError, OSError, EOFError):
                status = 0
            finally:
                wire.reset() if choose.random() < 0.5 else wire.close()
        result.append((status, tries))


if __name__ == "__main__":
    main()
