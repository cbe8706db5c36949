"""A stop loses nothing silently: it delivers within drain_timeout, or keeps the rest in a file."""

import calendar
import json
import signal
import stat
import subprocess
import time

from admin import Admin
from programs import binary
from scenario import (Producer, Replies, Scenario, main, message, messages_by_target, wait_until,
                      without_repeats)

LOST = 74
STALL = [{"name": "stall", "stall": True}]


class Drain(Scenario):
    def queue(self, daemon, emulator, count, groups):
        """A producer whose actions are accepted, the first of them under way."""
        producer = self.connect(daemon, ack="delivered")
        for number in range(count):
            producer.send(message(f"g{number % groups}", number))
        replies = Replies()
        replies.keep_each = True
        replies.take(producer.flush())
        wait_until(lambda: accepted(daemon) == count, "all to be accepted")
        wait_until(lambda: emulator.requests() > 0, "a request")
        return producer, replies

    def read_rest(self, producer, replies):
        replies.take(producer.read_all())

    def test_a_stop_delivers_what_was_accepted(self):
        emulator = self.start_emulator("--delay", "20")
        daemon = self.start_daemon(emulator.connection)
        producer, replies = self.queue(daemon, emulator, 1000, groups=20)
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, 1001), "delivered"))
        for target, numbers in messages_by_target(emulator.log()).items():
            self.assertEqual(numbers, list(range(int(target[1:]), 1000, 20)))
        self.assertEqual(daemon.undelivered_files(), [])
        states = [key for each in daemon.notify.messages for key in each if key != "STATUS"]
        self.assertEqual(states[0], "READY")
        self.assertIn("STOPPING", states)
        self.assertNotIn("READY", states[states.index("STOPPING"):])

    def test_lines_after_the_stop_are_refused(self):
        emulator = self.start_emulator("--delay", "300")
        daemon = self.start_daemon(emulator.connection)
        producer, replies = self.queue(daemon, emulator, 5, groups=1)
        daemon.signal(signal.SIGTERM)
        self.read_into(replies, producer, lambda: replies.other)
        producer.send(message("g0", 99))
        self.read_rest(producer, replies)
        self.assertEqual([(reply["error"]["code"], reply["seq"]) for reply in replies.other],
                         [("shutting_down", 0)])
        self.assertEqual(replies.counts["delivered"], 5)
        self.assertEqual(daemon.wait(), 0)
        self.assertEqual(messages_by_target(emulator.log())["g0"], list(range(5)))

    def test_an_ordered_batch_is_kept_whole(self):
        emulator = self.start_emulator()
        emulator.set_faults([{"name": "stall", "stall": True, "skip": 5}])
        daemon = self.start_daemon(emulator.connection, 'drain_timeout = "100ms"\n')
        producer = self.connect(daemon, ack="delivered")
        elements = [message("g", number) for number in range(100)]
        producer.send({"batch": elements, "ordered": True})
        replies = Replies()
        replies.take(producer.flush())
        wait_until(lambda: emulator.requests() == 6, "the sixth, which stalls")
        began = int(time.time())
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(), 1)
        self.assertEqual(replies.counts["delivered"], 5)
        path, = daemon.undelivered_files()
        stopped = calendar.timegm(time.strptime(path.name, "undelivered-%Y%m%dT%H%M%SZ.ndjson"))
        self.assertGreaterEqual(stopped, began)
        line, = path.read_text().splitlines()
        batch = json.loads(line)
        self.assertTrue(batch["ordered"])
        self.assertEqual([int(each["data"]) for each in batch["batch"]], list(range(5, 100)))
        self.assertEqual({each["hub"] for each in batch["batch"]}, {"chat"})
        self.assertIn("95 actions were not delivered", daemon.log())
        emulator.set_faults([])
        again = self.start_daemon(emulator.connection)
        with Producer(again.socket_path, {"ack": "delivered"}) as producer:
            producer.unsent += path.read_bytes()
            self.assertEqual(self.outcomes(producer, 95).counts["delivered"], 95)
        numbers = messages_by_target(emulator.log())["g"]
        self.assertEqual(without_repeats(numbers), list(range(100)))

    def test_a_stop_is_not_steered(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, 'drain_timeout = "60s"\n[hubs.idle]\n')
        producer, replies = self.queue(daemon, emulator, 10, groups=1)
        admin = Admin(daemon.admin_path)
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: daemon.notify.has("STOPPING"), "STOPPING")
        for target in ("/pause", "/resume", "/reload"):
            error = admin.post(target, expect=409)["error"]
            self.assertEqual("conflict", error["code"])
            self.assertIn("stopping", error["message"])
        wait_until(lambda: admin.hub("idle")["state"] == "drained", "the idle hub to end")
        self.assertEqual(503, admin.ask("GET", "/readyz")[0])
        self.assertIn("hub chat: the daemon stops", admin.text("/readyz"))
        self.assertEqual(10, admin.hub("chat")["actions"]["accepted"])
        wait_until(lambda: daemon.notify.has("EXTEND_TIMEOUT_USEC"), "systemd to be asked for time")
        refused = admin.post("/dead-letters/purge", {"hub": "idle", "all": True}, expect=503)
        self.assertIn("has ended", refused["error"]["message"])
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(), 1)

    def test_a_second_signal_keeps_the_rest_in_a_file(self):
        emulator = self.start_emulator("--delay", "50")
        daemon = self.start_daemon(emulator.connection, 'drain_timeout = "60s"')
        producer, replies = self.queue(daemon, emulator, 1000, groups=4)
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: daemon.notify.has("STOPPING"), "STOPPING")
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(), 1)
        self.assert_all_kept(daemon, replies, 1000)
        self.deliver_the_file(emulator, daemon, 1000, groups=4)

    def test_drain_timeout_keeps_the_rest_in_a_file(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, 'drain_timeout = "500ms"')
        producer, replies = self.queue(daemon, emulator, 300, groups=3)
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(10), 1)
        self.assertEqual(replies.counts["delivered"], 0)
        self.assert_all_kept(daemon, replies, 300)
        emulator.set_faults([])
        self.deliver_the_file(emulator, daemon, 300, groups=3)

    def test_what_cannot_be_kept_is_told_as_lost(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.make_daemon(emulator.connection, 'drain_timeout = "100ms"\n')
        daemon.spool.write_text("a file where the folder should be")
        checked = subprocess.run([binary("awpsd"), "--check-config", "--config",
                                  daemon.config_path], env=daemon.environment, text=True,
                                 capture_output=True, timeout=20)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertIn(f"warning: spool.path '{daemon.spool}'", checked.stdout)
        daemon.start()
        self.assertIn("would be lost", daemon.log())
        admin = Admin(daemon.admin_path)
        self.assertIn("would be lost", admin.get("/status")["spool"]["error"])
        self.assertIn("awpsd_spool_writable 0", admin.text("/metrics"))
        producer, replies = self.queue(daemon, emulator, 20, groups=2)
        daemon.signal(signal.SIGTERM)
        self.read_rest(producer, replies)
        self.assertEqual(daemon.wait(10), LOST)
        self.assertEqual(replies.counts["abandoned"], 20)
        self.assertEqual({reply["error"]["code"] for reply in replies.abandoned}, {"lost"})
        self.assertIn("20 actions were not delivered and are lost: spool.path", daemon.log())

    def test_a_folder_that_was_mended_is_found_by_a_reload(self):
        emulator = self.start_emulator()
        daemon = self.make_daemon(emulator.connection)
        daemon.spool.write_text("a file where the folder should be")
        daemon.start()
        daemon.spool.unlink()
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: "spool.path can be written to again" in daemon.log(), "the trial")
        self.assertEqual(Admin(daemon.admin_path).get("/status")["spool"]["error"], "")

    def test_a_stop_with_a_dead_service_ends_in_time(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, 'drain_timeout = "1s"')
        emulator.kill()
        with self.connect(daemon, ack="delivered") as producer:
            for number in range(300):
                producer.send(message(f"g{number % 50}", number))
            producer.flush()
            wait_until(lambda: accepted(daemon) == 300, "all to be accepted")
            daemon.signal(signal.SIGTERM)
            self.assertEqual(daemon.wait(10), 1)
            replies = Replies()
            replies.keep_each = True
            self.read_rest(producer, replies)
        self.assert_all_kept(daemon, replies, 300)

    def test_a_reload_with_a_mistake_changes_nothing(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection)
        daemon.config_path.write_text(daemon.preset + 'log.levle = "debug"\n')
        daemon.signal(signal.SIGHUP)
        line = daemon.preset.count('\n') + 1
        wait_until(lambda: "levle" in daemon.log(), "the mistake in the log")
        self.assertIn("nothing was changed", daemon.log())
        self.assertIn(f"{daemon.config_path}:{line}", daemon.log())
        with self.connect(daemon, ack="delivered") as producer:
            producer.send(message("g", 1))
            self.assertEqual(self.outcomes(producer, 1).counts["delivered"], 1)
        self.assertFalse(daemon.has_ended())

    def assert_all_kept(self, daemon, replies, count):
        """What was not delivered was abandoned, and is in the file, in order of acceptance."""
        self.assertEqual(sorted(replies.by_seq), list(range(1, count + 1)))
        kept = [seq for seq, status in sorted(replies.by_seq.items()) if status == "abandoned"]
        self.assertEqual(len(kept), count - replies.counts["delivered"])
        self.assertGreater(len(kept), 0)
        path, = daemon.undelivered_files()
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(path.parent.stat().st_mode), 0o700)
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual([int(line["data"]) + 1 for line in lines], kept)
        self.assertEqual({line["hub"] for line in lines}, {"chat"})
        self.assertIn(f"{len(kept)} actions were not delivered", daemon.log())

    def deliver_the_file(self, emulator, daemon, count, groups):
        """Sent again as it is, it completes what was delivered, in order."""
        path, = daemon.undelivered_files()
        daemon.close()
        emulator.set_delay(0)
        again = self.start_daemon(emulator.connection)
        with Producer(again.socket_path, {"ack": "delivered"}) as producer:
            producer.unsent += path.read_bytes()
            expected = len(path.read_text().splitlines())
            replies = self.outcomes(producer, expected)
            self.assertEqual((replies.counts["delivered"], replies.rejected), (expected, 0))
        for target, numbers in messages_by_target(emulator.log()).items():
            expected = list(range(int(target[1:]), count, groups))
            self.assertEqual(without_repeats(numbers), expected)


def accepted(daemon):
    return sum(number for name, number in daemon.status().items() if name != "hubs")


if __name__ == "__main__":
    main()
