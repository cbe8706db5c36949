"""The producer library and a daemon that deduplicates: what is sent again after a lost connection,
or after the death of a daemon with a durable hub, is carried out once.

Not run yet: the daemon does not deduplicate. When it does, rename this file to
client_dedupe_test.py; the build then finds it by itself.
"""

import os
import socket
import subprocess
import threading
from pathlib import Path

from programs import ROOT, end, start
from scenario import Scenario, main, messages_by_target, wait_until

BUILD = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon")).parent
PROGRAM = BUILD / "lib/client/awps_send_example"
ACTIONS = 3000
GROUPS = 20
CUTS = 4
CHUNK = 65536
KEY = b',"deduplicate":true'
DURABLE = 'spool.min_free_bytes = 0\nhub_defaults.durability = "durable"\n'
# A kill repeats what the daemon settled in the last `release_interval`, and what was under way. So
# that this is little beside what the client sends again:
# So that it does not end before it is killed.
SLOW = 'hub_defaults.requests_per_second = 1500\n'
RELEASES = 'spool.release_interval = "10ms"\n'


class Relay:
    """Between client and daemon. It swallows the replies of the first CUTS connections but `ready`,
    and cuts each of them once the daemon has been given a share of the actions: the client sends
    again what the daemon has accepted.
    """

    def __init__(self, path, daemon_path, keeps_key=True):
        self.path, self.daemon_path, self.keeps_key = str(path), daemon_path, keeps_key
        self.cuts = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def _run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as daemon:
                daemon.connect(self.daemon_path)
                try:
                    self._serve(client, daemon)
                except OSError:
                    pass  # one of them has ended the connection; the client makes another

    def _serve(self, client, daemon):
        hello = client.makefile("rb", buffering=0).readline()
        daemon.sendall(hello if self.keeps_key else hello.replace(KEY, b""))
        ready = daemon.makefile("rb", buffering=0).readline()
        client.sendall(ready)
        if b'"ready"' not in ready:
            return
        cuts = self.cuts < CUTS
        replies = threading.Thread(target=self._copy, args=(daemon, client, cuts))
        replies.start()
        if cuts:
            self.cuts += 1
            self._copy_lines(client, daemon, ACTIONS // (CUTS + 1) * self.cuts)
        else:
            self._copy(client, daemon, False)
        # The daemon takes what it was given to its end. It ends the connection when all of that is
        # settled, but by then the client is told nothing any more.
        daemon.shutdown(socket.SHUT_WR)
        replies.join()

    @staticmethod
    def _copy(source, target, swallows):
        try:
            while data := source.recv(CHUNK):
                if not swallows:
                    target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other one has ended the connection

    @staticmethod
    def _copy_lines(source, target, count):
        lines = source.makefile("rb")
        for _ in range(count):
            target.sendall(lines.readline())


class Client:
    """The example in C++, which sends each of `lines`; its notices are kept as they come."""

    def __init__(self, path, lines):
        with open(lines, "rb") as given:
            self.process = start([PROGRAM, path], stdin=given, stderr=subprocess.PIPE, text=True)
        self.notices = ""
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def close(self):
        end(self.process)
        self.thread.join()
        self.process.stderr.close()

    def _read(self):
        for line in self.process.stderr:
            self.notices += line


class ClientDedupe(Scenario):
    def start(self, config=""):
        self.emulator = self.start_emulator()
        self.emulator.set_delay(5)
        self.daemon = self.start_daemon(self.emulator.connection, config)

    def send(self, path):
        """The client begins to send all actions to that socket."""
        lines = Path(self.folder) / "lines"
        lines.write_text("".join(f"g{number % GROUPS} {number}\n" for number in range(ACTIONS)))
        client = Client(path, lines)
        self.addCleanup(client.close)
        return client

    def relay(self, **options):
        relay = Relay(Path(self.folder) / "relay", self.daemon.socket_path, **options)
        self.addCleanup(relay.close)
        return relay

    def notices_of(self, client):
        status = client.process.wait(120)
        client.thread.join()
        self.assertEqual(status, 0, client.notices)
        return client.notices

    def repeats(self):
        """Checks that each group got all of its numbers, in order where one disregards repeats."""
        # For a duplicate the client does not wait until the first one is delivered.
        wait_until(lambda: sum(len(set(numbers)) for numbers in
                               messages_by_target(self.emulator.log()).values()) == ACTIONS,
                   "all to arrive", 60)
        repeats = 0
        for group, numbers in messages_by_target(self.emulator.log()).items():
            first = list(dict.fromkeys(numbers))
            self.assertEqual(first, list(range(int(group[1:]), ACTIONS, GROUPS)))
            repeats += len(numbers) - len(first)
        return repeats

    def test_lost_connections_repeat_nothing(self):
        self.start()
        relay = self.relay()
        notices = self.notices_of(self.send(relay.path))
        self.assertEqual(relay.cuts, CUTS)
        self.assertIn("actions are sent again", notices)
        self.assertNotIn("does not deduplicate", notices)
        self.assertEqual(self.repeats(), 0)

    def test_without_the_key_lost_connections_repeat_actions(self):
        """What shows that the scene above would see a repeat."""
        self.start()
        relay = self.relay(keeps_key=False)
        notices = self.notices_of(self.send(relay.path))
        self.assertEqual(notices.count("does not deduplicate"), 1, notices)
        self.assertGreater(self.repeats(), ACTIONS // (CUTS + 1))

    def test_a_durable_hub_knows_the_ids_after_it_was_killed(self):
        self.start(DURABLE + RELEASES + SLOW)
        client = self.send(self.daemon.socket_path)
        wait_until(lambda: self.emulator.requests() > ACTIONS / 8, "requests", 60)
        self.assertIsNone(client.process.poll(), "the client has ended too early")
        self.daemon.process.kill()
        self.daemon.wait()
        self.daemon.launch()
        # What the daemon has in its log by now it knows at once, when it is sent again.
        notices = self.notices_of(client)
        self.assertEqual(notices.count("connected to awpsd"), 2, notices)
        self.assertIn("actions are sent again", notices)
        self.assertNotIn("does not deduplicate", notices)
        # Without deduplication nearly each action would be carried out twice: once from the log,
        # and once for the client.
        self.assertLess(self.repeats(), ACTIONS / 10)

    def test_a_window_of_zero_is_told(self):
        self.start('hub_defaults.dedupe_window = "0s"\n')
        notices = self.notices_of(self.send(self.daemon.socket_path))
        self.assertEqual(notices.count("does not deduplicate"), 1, notices)
        self.assertIn('dedupe_window = "0s"', notices)


if __name__ == "__main__":
    main()
