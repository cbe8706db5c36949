"""Neighbours in trouble are not felt: a dead service of another hub, a poisoned group, a producer
that sends as fast as it can. The bounds are loose, since other tests run at the same time.
"""

import socket
import time

from paced import Flood, group_line, send_paced
from scenario import Scenario, main, message, wait_until

RATE = 200
SECONDS = 1.0
GROUPS = 20
BURST = 2000
MANY = 5000
QUICK_STOP = 'drain_timeout = "100ms"\n'


def line(number):
    return group_line(f"g{number % GROUPS}", number)


class Isolation(Scenario):
    def paced(self, rate=RATE, **hello):
        return send_paced(self.daemon.socket_path, hello, line, rate, SECONDS)

    def assert_as_alone(self, alone, among, factor=3, seconds=0.01):
        self.assertLessEqual(among.quantile(0.95), factor * alone.quantile(0.95) + seconds,
                             f"alone {alone}; among neighbours {among}")


class DeadService(Isolation):
    def setUp(self):
        super().setUp()
        self.emulator, self.other = self.start_emulator(), self.start_emulator()
        self.other.kill()
        self.daemon = self.start_daemon(
            self.emulator.connection,
            QUICK_STOP + 'services.other.connection = "OtherConnection"\n'
            'services.other.timeout = "300ms"\n'
            'hubs.chat.service = ""\nhubs.lost.service = "other"\n',
            environment={"OtherConnection": self.other.connection})

    def burst(self):
        """Seconds until BURST actions are delivered."""
        with self.connect(self.daemon, hub="chat", ack="delivered") as producer:
            begin = time.monotonic()
            for number in range(BURST):
                producer.write(line(number))
            self.assertEqual(self.outcomes(producer, BURST).counts["delivered"], BURST)
            return time.monotonic() - begin

    def assert_not_felt(self):
        alone, burst_alone = self.paced(hub="chat"), self.burst()
        lost = self.connect(self.daemon, hub="lost")
        for number in range(MANY):
            lost.send(message(f"g{number % 100}", number))
        lost.flush()
        wait_until(lambda: "lost: http" in self.daemon.log() and "is held" in self.daemon.log(),
                   "the hold")
        self.assert_as_alone(alone, self.paced(hub="chat"))
        self.assertLessEqual(self.burst(), 2 * burst_alone + 0.2)
        status = self.daemon.status()
        self.assertEqual((status["actions waiting"], status["dead letters"]), (MANY, 0))

    def test_that_refuses_connections(self):
        self.assert_not_felt()

    def test_that_never_answers(self):
        with socket.create_server(("127.0.0.1", self.other.port)):
            self.assert_not_felt()


class PoisonedGroup(Isolation):
    def test_others_go_on_and_it_is_given_up(self):
        emulator = self.start_emulator()
        emulator.set_faults([{"match": {"pathContains": "poison"}, "status": 500}])
        self.daemon = self.start_daemon(emulator.connection,
                                        "hub_defaults.retry.max_attempts = 3\n")
        alone = self.paced()
        poisoned = self.connect(self.daemon, ack="delivered")
        for number in range(3):
            poisoned.send(message("poison", number))
        poisoned.flush()
        self.assert_as_alone(alone, self.paced())
        self.assertEqual(self.keep_alive_until(poisoned, 3), {1, 2, 3})
        self.assertNotIn("is held", self.daemon.log())

    def keep_alive_until(self, poisoned, count):
        """Attempts are charged only while others are answered well."""
        given_up = set()
        with self.connect(self.daemon, ack="delivered") as other:
            def turn():
                other.write(line(0))
                other.pump(0.01)
                given_up.update(reply["seq"] for reply in poisoned.pump(0)
                                if reply["status"] == "dead_lettered")
                return len(given_up) == count
            wait_until(turn, "the poisoned ones to be given up")
        return given_up


class NoisyProducer(Isolation):
    def test_the_quiet_one_is_served_in_its_turn(self):
        emulator = self.start_emulator(log_entries=0)
        self.daemon = self.start_daemon(
            emulator.connection,
            QUICK_STOP + "hub_defaults.requests_per_second = 1000\n"
            'hub_defaults.max_queued_bytes = "4MiB"\n'
            "hub_defaults.coalesce.enabled = false\n")
        quiet_rate = 50
        alone = self.paced(quiet_rate)
        flood = Flood(self.daemon.socket_path, {"producer": "noisy"})
        try:
            wait_until(lambda: flood.sent > MANY, "the flood")
            self.assert_as_alone(alone, self.paced(quiet_rate), factor=2, seconds=0.02)
            self.assertGreater(flood.sent, MANY)
        finally:
            flood.stop()


if __name__ == "__main__":
    main()
