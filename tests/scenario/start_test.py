"""A start that cannot succeed says why and what to do, and its exit status tells systemd so."""

import os
import socket
import subprocess

from programs import binary
from scenario import Scenario, main, message

CONNECTION = "Endpoint=http://127.0.0.1:9;AccessKey=0123456789abcdef0123456789abcdef;Version=1.0;"
CONFIG_ERROR, ANOTHER_RUNS = 78, 75


class Start(Scenario):
    def fails(self, daemon, status):
        """What it says."""
        daemon.launch()
        self.assertEqual(daemon.wait(20), status, daemon.log())
        self.assertFalse(daemon.notify.has("READY"))
        return daemon.log()

    def test_mistakes_name_file_line_key_and_remedy(self):
        rows = [('an unknown key', 'log.levle = "info"', ["log.levle", "level"]),
                ('a wrong sort', 'socket.threads = "two"', ["socket.threads", "number"]),
                ('a bad duration', 'service.timeout = "10 parsecs"', ["service.timeout", "ms"]),
                ('a word too few', 'hub_defaults.ordering = "tight"',
                 ["hub_defaults.ordering", "strict"]),
                ('no TOML', 'drain_timeout = ', [])]
        for name, line, words in rows:
            with self.subTest(name):
                daemon = self.make_daemon(CONNECTION, line + "\n")
                said = self.fails(daemon, CONFIG_ERROR)
                place = daemon.preset.count("\n") + 1
                for word in [f"{daemon.config_path}:{place}", *words]:
                    self.assertIn(word, said)
                daemon.close()

    def test_all_mistakes_are_told_at_once(self):
        daemon = self.make_daemon(CONNECTION, 'log.levle = "info"\nspool.max_bites = 3\n')
        said = self.fails(daemon, CONFIG_ERROR)
        self.assertIn("levle", said)
        self.assertIn("max_bites", said)

    def test_bounds_beyond_the_memory_are_a_warning(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection,
                                   'hub_defaults.max_queued_bytes = "900GiB"\n')
        self.assertIn("of memory", daemon.log())
        daemon.status()  # by a reload
        self.assertIn("warning: reload: the hubs' max_queued_bytes", daemon.log())
        checked = subprocess.run([binary("awpsd"), "--config", str(daemon.config_path),
                                  "--check-config"], env=daemon.environment, text=True,
                                 capture_output=True, check=True)
        self.assertIn("of memory", checked.stdout)
        self.assertIn("the configuration is good", checked.stdout)

    def test_a_missing_connection_names_the_setting(self):
        said = self.fails(self.make_daemon(None), CONFIG_ERROR)
        self.assertIn("WebPubSubConnectionString", said)
        self.assertIn("environment variable", said)

    def test_an_access_key_is_never_shown(self):
        said = self.fails(self.make_daemon("Endpoint=gopher://x;AccessKey=SECRET;"), CONFIG_ERROR)
        self.assertNotIn("SECRET", said)

    def test_no_hub_says_how_to_name_one(self):
        said = self.fails(self.make_daemon(CONNECTION, hub=""), CONFIG_ERROR)
        self.assertIn("WebPubSubHub", said)

    def test_a_socket_in_use_is_left_alone(self):
        emulator = self.start_emulator()
        first = self.start_daemon(emulator.connection)
        second = self.make_daemon(emulator.connection)
        said = self.fails(second, ANOTHER_RUNS)
        self.assertIn(first.socket_path, said)
        with self.connect(first, ack="delivered") as producer:
            producer.send(message("g", 1))
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)

    def test_a_stale_socket_is_replaced(self):
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection)
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(daemon.socket_path)
        self.assertTrue(os.path.exists(daemon.socket_path))
        daemon.start()
        with self.connect(daemon, ack="delivered") as producer:
            producer.send(message("g", 1))
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
        self.assertEqual(daemon.close(), 0)
        self.assertFalse(os.path.exists(daemon.socket_path))

    def test_a_file_in_the_place_of_the_socket_is_kept(self):
        daemon = self.make_daemon(CONNECTION)
        with open(daemon.socket_path, "w") as file:
            file.write("precious")
        said = self.fails(daemon, 73)
        self.assertIn(daemon.socket_path, said)
        with open(daemon.socket_path) as file:
            self.assertEqual(file.read(), "precious")


if __name__ == "__main__":
    main()
