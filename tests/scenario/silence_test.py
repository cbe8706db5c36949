"""An endpoint that answers nothing is told of within 5 s; a slow one is not, nor a sick target."""

import time

from admin import Admin
from scenario import Scenario, main, message, wait_until

STALL = {"name": "stall", "stall": True}


class Silence(Scenario):
    def begin(self, *arguments):
        self.emulator = self.start_emulator(*arguments)
        self.daemon = self.start_daemon(self.emulator.connection)
        self.admin = Admin(self.daemon.admin_path)
        self.producer = self.connect(self.daemon, ack="delivered")

    def is_ready(self):
        return self.admin.ask("GET", "/readyz")[0] == 200

    def end(self):
        self.daemon.process.kill()  # it would wait for an answer

    def test_a_black_hole_is_told_within_five_seconds(self):
        self.begin()
        self.emulator.set_faults([STALL])
        self.producer.send(message("g", 1))
        self.producer.flush()
        wait_until(lambda: self.emulator.fault_counts()["stall"] > 0, "the request")
        began = time.monotonic()
        self.assertTrue(self.is_ready())
        wait_until(lambda: not self.is_ready(), "readyz to say so")
        self.assertLess(time.monotonic() - began, 5.5)
        self.assertIn("has answered nothing for 4 s", self.admin.text("/readyz"))
        self.assertGreater(self.admin.get("/status")["endpoints"][0]["silentSeconds"], 4)
        wait_until(lambda: "has answered nothing for" in self.daemon.log(), "the log", 2)
        self.emulator.set_faults([])
        self.producer.send(message("other", 2))  # is answered
        self.producer.flush()
        wait_until(self.is_ready, "an answer")
        wait_until(lambda: "answers again" in self.daemon.log(), "the log")
        self.end()

    def test_round_trips_of_four_seconds_are_usual(self):
        self.begin("--delay", "4000")
        for number in range(3):
            self.producer.send(message(f"g{number}", number))
            self.producer.flush()
            received = []

            def is_answered(received=received):
                self.assertTrue(self.is_ready())
                received += [reply for reply in self.producer.pump(0.05)
                             if reply.get("status") == "delivered"]
                return received
            wait_until(is_answered, "the answer")

    def test_one_sick_target_of_two_is_no_silence(self):
        self.begin()
        self.emulator.set_faults([STALL | {"match": {"pathContains": "/groups/sick/"}}])
        self.producer.send(message("sick", 0))
        until = time.monotonic() + 7
        number = 0
        while time.monotonic() < until:
            number += 1
            self.producer.send(message("well", number))
            self.producer.flush()
            wait_until(lambda n=number: self.admin.hub("chat")["actions"]["delivered"] >= n,
                       "the well one")
            self.assertTrue(self.is_ready())
        self.assertGreater(self.emulator.fault_counts()["stall"], 0)
        self.end()


if __name__ == "__main__":
    main()
