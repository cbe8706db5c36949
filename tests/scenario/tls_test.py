"""TLS: a certificate that is not right holds the endpoint, says why, and costs nothing; once it is
exchanged, everything is delivered in order.
"""

import socket

from certificates import Authority, serve_tls_1_1
from fronts import TlsFront
from programs import end
from scenario import Scenario, main, message, messages_by_target, wait_until

ACTIONS = 60
GROUPS = 3
QUICK = 'hub_defaults.retry.base = "5ms"\nhub_defaults.retry.max = "50ms"\ndrain_timeout = "1s"\n'


class Tls(Scenario):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.emulator = self.start_emulator()

    def open_front(self, context):
        self.front = TlsFront(self.emulator, context)
        self.addCleanup(self.front.close)

    def send_all(self):
        self.daemon = self.start_daemon(
            self.front.connection(), f'service.ca_file = "{self.authority.path}"\n' + QUICK)
        self.producer = self.connect(self.daemon, ack="delivered")
        for number in range(ACTIONS):
            self.producer.send(message(f"g{number % GROUPS}", number))
        self.producer.flush()

    def await_all_in_order(self):
        replies = self.outcomes(self.producer, ACTIONS)
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, ACTIONS + 1), "delivered"))
        log = list(self.emulator.log())
        self.assertEqual(len(log), ACTIONS)
        for group, numbers in messages_by_target(log).items():
            self.assertEqual(numbers, list(range(int(group[1:]), ACTIONS, GROUPS)))
        self.assertEqual(self.daemon.status()["dead letters"], 0)

    def await_hold(self, cause):
        wait_until(lambda: "is held" in self.daemon.log(), "the hold")
        held = next(line for line in self.daemon.log().splitlines() if "is held" in line)
        self.assertIn(f"https://localhost:{self.front.port}", held)
        self.assertIn(cause, held)
        self.assertEqual(self.emulator.requests(), 0)
        status = self.daemon.status()
        self.assertEqual((status["actions waiting"], status["delivered"], status["dead letters"]),
                         (ACTIONS, 0, 0))

    def held_until_exchanged(self, context, cause):
        self.open_front(context)
        self.send_all()
        self.await_hold(cause)
        self.front.show(self.authority.context("localhost"))
        self.await_all_in_order()

    def test_ca_file_is_trusted(self):
        self.open_front(self.authority.context("localhost"))
        self.send_all()
        self.await_all_in_order()

    def test_expired(self):
        self.held_until_exchanged(self.authority.context("localhost", days=-1),
                                  "certificate has expired")

    def test_wrong_host_name(self):
        self.held_until_exchanged(self.authority.context("elsewhere.test"),
                                  "no alternative certificate subject name matches")

    def test_unknown_authority(self):
        stranger = Authority(self.folder, "stranger")
        self.held_until_exchanged(stranger.context("localhost"),
                                  "unable to get local issuer certificate")

    def test_a_server_of_tls_1_1(self):
        self.open_front(self.authority.context("localhost"))
        self.front.go()
        old = serve_tls_1_1(self.front.port, *self.authority.issue("localhost"))
        self.addCleanup(end, old)
        wait_until(lambda: is_listening(self.front.port), "the old server")
        self.send_all()
        self.await_hold("alert protocol version")
        end(old)
        self.front.come()
        self.await_all_in_order()


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
