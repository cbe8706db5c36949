"""Connections that fail in every way: nothing is lost, nothing is sent twice unless the answer is
lost, and what is sent twice is what awpsd counts.
"""

import socket

from certificates import Authority
from fronts import ForwardProxy, TlsFront
from programs import OF_ACTIONS
from scenario import (REFUSED, Scenario, main, message, messages_by_target, wait_until,
                      without_repeats)

ACTIONS = 60
GROUPS = 3
QUICK = 'hub_defaults.retry.base = "5ms"\nhub_defaults.retry.max = "50ms"\ndrain_timeout = "1s"\n'
KEY = "AccessKey=0123456789abcdef0123456789abcdef;Version=1.0;"
NO_NAME = "n" * 64  # too long for a label: the resolver refuses it without asking anybody
AT_MOST_ONCE = 'hub_defaults.ambiguous = "give_up"\n'


class Scene(Scenario):
    def send_all(self, connection, config="", **options):
        self.daemon = self.start_daemon(connection, QUICK + config, **options)
        self.producer = self.connect(self.daemon, ack="delivered")
        for number in range(ACTIONS):
            self.producer.send(message(f"g{number % GROUPS}", number))
        self.producer.flush()

    def await_hold(self, cause):
        wait_until(lambda: "is held" in self.daemon.log(), "the hold")
        held = next(line for line in self.daemon.log().splitlines() if "is held" in line)
        self.assertIn(cause, held)
        status = self.daemon.status()
        self.assertEqual((status["actions waiting"], status["dead letters"]), (ACTIONS, 0))

    def await_delivered(self, emulator):
        """Everything, in order; the repeats of each group."""
        replies = self.outcomes(self.producer, ACTIONS)
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, ACTIONS + 1), "delivered"))
        repeats = 0
        for group, numbers in messages_by_target(emulator.log()).items():
            once = without_repeats(numbers)
            repeats += len(numbers) - len(once)
            self.assertEqual(once, list(range(int(group[1:]), ACTIONS, GROUPS)))
        self.assertEqual(self.daemon.status()["dead letters"], 0)
        return repeats

    def requests_logged(self):
        """What awpsd says that it has sent; log_level = "debug", and below 100 a second."""
        return sum(" request hub=" in line for line in self.daemon.log().splitlines())


class NoConnection(Scene):
    def test_a_name_that_does_not_resolve(self):
        self.send_all(f"Endpoint=https://{NO_NAME}.invalid;{KEY}")
        self.await_hold(NO_NAME)
        self.daemon.close()
        path, = self.daemon.undelivered_files()
        self.assertEqual(len(path.read_text().splitlines()), ACTIONS)

    def test_refused_and_then_up(self):
        emulator = self.start_emulator()
        emulator.kill()
        self.send_all(emulator.connection, AT_MOST_ONCE)
        self.await_hold("Failed to connect")
        emulator.restart()
        self.assertEqual(self.await_delivered(emulator), 0)
        self.assertEqual(emulator.requests(), ACTIONS)


class LostAnswers(Scene):
    def mute_server(self):
        """Accepts in the kernel's backlog and says nothing; its emulator, to come in its place."""
        emulator = self.start_emulator()
        emulator.kill()
        server = socket.create_server(("127.0.0.1", emulator.port))
        self.addCleanup(server.close)
        return server, emulator

    def test_a_server_that_accepts_and_never_answers(self):
        server, emulator = self.mute_server()
        self.send_all(emulator.connection, 'service.timeout = "200ms"\n')
        self.await_hold("no answer in time")
        server.close()
        emulator.restart()
        self.assertEqual(self.await_delivered(emulator), 0)

    def test_at_most_once_gives_up_what_was_written_and_nothing_else(self):
        server, emulator = self.mute_server()
        self.send_all(emulator.connection, 'service.timeout = "200ms"\n' + AT_MOST_ONCE)
        wait_until(lambda: "is held" in self.daemon.log(), "the hold")
        server.close()
        emulator.restart()
        replies = self.outcomes(self.producer, ACTIONS)
        given_up = {seq for seq, status in replies.by_seq.items() if status == "dead_lettered"}
        delivered = {seq for seq, status in replies.by_seq.items() if status == "delivered"}
        self.assertEqual(len(given_up) + len(delivered), ACTIONS)
        self.assertGreaterEqual(len(given_up), 2)  # that told of the trouble
        arrived = [number + 1 for numbers in messages_by_target(emulator.log()).values()
                   for number in numbers]
        self.assertEqual(sorted(arrived), sorted(delivered))

    def test_a_reset_after_the_request_is_no_silent_second_request(self):
        # libcurl would send it again by itself where a connection that it had used before dies.
        emulator = self.start_emulator()
        emulator.set_faults([{"name": "reset after", "match": OF_ACTIONS, "every": 4,
                              "reset": "after"}])
        self.send_all(emulator.connection, log_level="debug")
        repeats = self.await_delivered(emulator)
        resets = emulator.fault_counts()["reset after"]
        self.assertGreater(resets, ACTIONS // 5)
        self.assertEqual(repeats, resets)
        self.assertEqual(emulator.requests(), ACTIONS + resets)
        self.assertEqual(self.requests_logged(), emulator.requests())

    def test_only_sends_are_given_up_for_a_lost_answer(self):
        emulator = self.start_emulator()
        emulator.set_faults([{"name": "reset after", "count": 4, "reset": "after"}])
        daemon = self.start_daemon(emulator.connection, QUICK + AT_MOST_ONCE)
        producer = self.connect(daemon, ack="delivered")
        for number in range(2):
            producer.send(message(f"g{number}", number))
            producer.send({"actionName": "removeUserFromGroup", "userId": f"u{number}",
                           "group": "g"})
        replies = self.outcomes(producer, 4)
        self.assertEqual(replies.by_seq, {1: "dead_lettered", 2: "delivered",
                                          3: "dead_lettered", 4: "delivered"})
        self.assertEqual(emulator.requests(), 6)


class EarlyAnswers(Scene):
    def test_an_answer_before_the_body_was_read_is_heard(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, QUICK)
        producer = self.connect(daemon, ack="delivered")
        for status in (413, 400):
            with self.subTest(status):
                emulator.set_faults([{"match": {"pathContains": "large"}, "earlyAnswer": True,
                                      "status": status, "body": REFUSED}])
                before = emulator.requests()
                producer.send(message("large", 1, data="x" * 900_000))
                producer.send(message("small", 1))
                replies = self.outcomes(producer, 2)
                self.assertEqual(sorted(replies.by_seq.values()), ["dead_lettered", "delivered"])
                self.assertEqual(emulator.requests() - before, 2)


class Proxy(Scene):
    HOST = "service.invalid"  # a name that the proxy alone knows

    def setUp(self):
        super().setUp()
        authority = Authority(self.folder)
        self.emulator = self.start_emulator()
        self.front = TlsFront(self.emulator, authority.context(self.HOST))
        self.addCleanup(self.front.close)
        self.proxy = ForwardProxy(self.front.port)
        self.addCleanup(self.proxy.close)
        self.config = (f'service.proxy = "{self.proxy.url()}"\n'
                       f'service.ca_file = "{authority.path}"\n')

    def send_through(self):
        self.send_all(self.front.connection(self.HOST), self.config)

    def test_a_proxy_that_dies_and_comes_back(self):
        self.emulator.set_delay(20)
        self.send_through()
        wait_until(lambda: self.emulator.requests() > ACTIONS // 10, "some requests")
        self.proxy.go()
        wait_until(lambda: "is held" in self.daemon.log(), "the hold")
        self.assertLess(self.emulator.requests(), ACTIONS)
        self.proxy.come()
        self.await_delivered(self.emulator)
        for head in self.proxy.heads:
            self.assertTrue(head.startswith(f"CONNECT {self.HOST}:{self.front.port} "), head)
            self.assertNotIn("uthorization", head)

    def test_a_proxy_that_refuses(self):
        self.proxy.answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
        self.send_through()
        self.await_hold("502")
        self.proxy.answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
        self.assertEqual(self.await_delivered(self.emulator), 0)
        self.assertEqual(self.emulator.requests(), ACTIONS)


if __name__ == "__main__":
    main()
