"""A durable hub: accepted means on disk. Whatever ends the daemon, what was accepted is delivered
after the next start, in its order.
"""

import json
import os
import signal
import subprocess

from admin import Admin
from programs import binary
from scenario import (Replies, main, message, messages_by_target, wait_until, without_repeats)
from spool_scenario import SpoolScenario

DURABLE = 'spool.min_free_bytes = 0\nhub_defaults.durability = "durable"\n'
SHORT = 'drain_timeout = "100ms"\n'
STALL = [{"name": "stall", "stall": True}]
DOWN = [{"name": "down", "reset": "before"}]
HELD, BAD_CONFIG = 75, 78
NOBODY = 65534


class Durable(SpoolScenario):
    def left_on_disk(self, count, config="", **hello):
        """The emulator of a daemon that has ended with `count` accepted actions in its log."""
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, DURABLE + SHORT + config)
        self.accept(daemon, count, **hello)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)
        emulator.set_faults([])
        return emulator

    # What a producer is told.

    def test_accepted_is_on_disk(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.assertFalse((daemon.spool / "spool").exists(), "nothing is made before it is needed")
        self.accept(daemon, 1)
        # At once, so that nobody else has time to write it.
        self.killed(daemon)
        segments = list((daemon.spool / "spool" / "chat").glob("log-*.seg"))
        self.assertTrue(any(b"sendToGroup" in path.read_bytes() or b"g0" in path.read_bytes()
                            for path in segments), segments)

    def test_a_killed_daemon_delivers_all_in_order_after_the_next_start(self):
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.accept(daemon, 500)
        self.killed(daemon)
        self.assertEqual(self.arrived(emulator), 0)
        emulator.set_faults([])
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.assert_all_in_order(emulator, 500)
        wait_until(lambda: self.hub(daemon)["spool"]["records"] == 0, "all to be settled")
        hub = self.hub(daemon)
        self.assertEqual(hub["spool"]["recovered"], 500)
        self.assertEqual(hub["actions"]["accepted"], 500)
        # systemd was told how far it was, and waited for it.
        said = [each for each in daemon.notify.messages if "EXTEND_TIMEOUT_USEC" in each]
        self.assertRegex(said[-1]["STATUS"], r"^recovering chat \d+ %$")
        self.assertLess(daemon.notify.messages.index(said[-1]),
                        next(place for place, each in enumerate(daemon.notify.messages)
                             if "READY" in each))
        self.assertIn("the last run left 500 actions on disk", daemon.log())

    def test_kills_while_it_delivers_lose_nothing(self):
        emulator = self.start_emulator("--delay", "5")
        daemon = self.make_daemon(emulator.connection, DURABLE)
        for life in range(5):
            daemon.start()
            producer = self.accept(daemon, 200, groups=1, first=200 * life)
            self.killed(daemon)
            producer.close()
        daemon.start()
        self.assert_all_in_order(emulator, 1000, groups=1)

    def test_what_is_settled_is_not_sent_again(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.accept(daemon, 300)
        wait_until(lambda: self.hub(daemon)["actions"]["delivered"] == 300, "all to be delivered")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.assertEqual(self.hub(daemon)["actions"]["accepted"], 0)
        self.accept(daemon, 3, first=300)
        self.assert_all_in_order(emulator, 303)
        self.assertEqual(emulator.requests(), 303)

    def test_a_stop_leaves_the_rest_in_the_log(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, DURABLE + SHORT)
        producer = self.connect(daemon, ack="delivered")
        for number in range(50):
            producer.send(message("g0", number))
        replies = Replies()
        replies.take(producer.flush())
        wait_until(lambda: self.hub(daemon)["actions"]["accepted"] == 50, "all to be accepted")
        daemon.signal(signal.SIGTERM)
        replies.take(producer.read_all())
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertEqual(replies.counts["abandoned"], 50)
        self.assertEqual({each["error"]["code"] for each in replies.abandoned}, {"kept"})
        self.assertEqual(daemon.undelivered_files(), [])
        self.assertIn("50 actions stay in the log; they are delivered after the next start",
                      daemon.log())
        emulator.set_faults([])
        self.start_daemon(emulator.connection, DURABLE)
        self.assert_all_in_order(emulator, 50, groups=1)

    # Several hubs.

    def test_a_durable_hub_beside_one_in_memory(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        config = (SHORT + 'spool.min_free_bytes = 0\n[hubs.news]\n'
                  '[hubs.chat]\ndurability = "durable"\n')
        daemon = self.start_daemon(emulator.connection, config)
        self.accept(daemon, 5)
        self.accept(daemon, 7, hub="news")
        hubs = Admin(daemon.admin_path).hubs()
        self.assertEqual(hubs["chat"]["spool"]["records"], 5)
        self.assertNotIn("spool", hubs["news"])
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 1, daemon.log())
        self.assertIn("5 actions stay in the log", daemon.log())
        path, = daemon.undelivered_files()
        kept = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual([each["hub"] for each in kept], ["news"] * 7)

    def test_a_log_that_is_not_ours_refuses_its_hub_alone(self):
        emulator = self.start_emulator()
        config = DURABLE + "[hubs.chat]\n[hubs.news]\n"
        daemon = self.start_daemon(emulator.connection, config)
        self.accept(daemon, 1)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0)
        (daemon.spool / "spool" / "chat").mkdir(exist_ok=True)
        os.chmod(daemon.spool / "spool" / "chat", 0o777)
        daemon = self.start_daemon(emulator.connection, config)
        producer = self.connect(daemon, ack="accepted")
        producer.send(message("g0", 1))
        refused, = [each for each in producer.read_all() if each["status"] == "rejected"]
        self.assertEqual(refused["error"]["code"], "storage_failed")
        self.accept(daemon, 3, hub="news")
        admin = Admin(daemon.admin_path)
        self.assertEqual(admin.hub("chat")["spool"]["state"], "failed")
        ready, cause = admin.ask("GET", "/readyz")
        self.assertEqual(ready, 503)
        self.assertIn("storage_failed", cause)
        self.assertIn("/spool/chat", cause)
        self.assertTrue(admin.hub("news")["ready"])

    def test_another_service_gets_nothing_until_it_is_resumed(self):
        emulator = self.left_on_disk(20)
        before = emulator.requests()
        other = emulator.connection.replace("127.0.0.1", "localhost")
        self.assertNotEqual(other, emulator.connection)
        daemon = self.start_daemon(other, DURABLE + 'drain_timeout = "60s"\n')
        admin = Admin(daemon.admin_path)
        self.assertEqual(admin.hub("chat")["state"], "paused")
        self.assertIn("accepted for another service", admin.hub("chat")["notReady"])
        self.assertIn("awpsctl resume chat", admin.ask("GET", "/readyz")[1])
        self.accept(daemon, 4, first=20)
        # A stop does not send it either, and does not wait for it.
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(10), 0)
        self.assertEqual(emulator.requests(), before)
        # Nor does another start, although some of it was accepted for this service.
        daemon = self.start_daemon(other, DURABLE)
        admin = Admin(daemon.admin_path)
        self.assertEqual(admin.hub("chat")["state"], "paused")
        # That it is resumed holds over a crash.
        emulator.set_faults(STALL)
        admin.post("/resume", {"hub": "chat"})
        wait_until(lambda: emulator.requests() > before, "what is held to be sent")
        daemon.process.kill()
        daemon.wait()
        emulator.set_faults([])
        daemon = self.start_daemon(other, DURABLE)
        self.assert_all_in_order(emulator, 24)
        self.assertTrue(Admin(daemon.admin_path).hub("chat")["ready"])

    def test_a_hub_that_is_in_memory_now_delivers_what_it_had_on_disk_first(self):
        emulator = self.left_on_disk(20)
        daemon = self.start_daemon(emulator.connection, "spool.min_free_bytes = 0\n")
        self.accept(daemon, 4, first=20)
        self.assert_all_in_order(emulator, 24)
        chat = daemon.spool / "spool" / "chat"
        wait_until(lambda: list(chat.glob("log-*")) == [], "the log to go", 40)

    def test_what_a_hub_had_that_is_not_configured_is_kept_and_told(self):
        emulator = self.left_on_disk(6, "[hubs.old]\n", hub="old")
        daemon = self.start_daemon(emulator.connection, DURABLE)
        warning, = [line for line in daemon.new_log_lines() if "that are not configured" in line]
        self.assertIn("'old'", warning)
        # And delivered by a reload that configures it again.
        daemon.write_config(DURABLE + "[hubs.old]\n")
        Admin(daemon.admin_path).post("/reload")
        self.assert_all_in_order(emulator, 6)

    def test_a_hub_that_a_reload_takes_out_ends_when_its_log_is_empty(self):
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)
        daemon = self.start_daemon(emulator.connection, DURABLE + "[hubs.old]\n")
        self.accept(daemon, 6, hub="old")
        daemon.write_config(DURABLE)
        admin = Admin(daemon.admin_path)
        admin.post("/reload")
        self.assertEqual(admin.hub("old")["state"], "draining")
        emulator.set_faults([])
        wait_until(lambda: "old" not in admin.hubs(), "the hub to end", 40)
        self.assert_all_in_order(emulator, 6)
        old = daemon.spool / "spool" / "old"
        wait_until(lambda: not list(old.glob("log-*")), "what is left of its log to go", 10)

    def test_a_hub_that_a_reload_brings_delivers_what_it_has_on_disk_first(self):
        emulator = self.left_on_disk(200, "[hubs.old]\n", hub="old", groups=1)
        daemon = self.start_daemon(emulator.connection, DURABLE)
        daemon.write_config(DURABLE + "[hubs.old]\n")
        admin = Admin(daemon.admin_path)
        admin.post("/reload")
        # While it reads, and afterwards: what comes now waits, and is not refused.
        self.accept(daemon, 5, groups=1, first=200, hub="old")
        self.assert_all_in_order(emulator, 205, groups=1)
        hub = admin.hub("old")
        self.assertTrue(hub["ready"])
        self.assertEqual(hub["spool"]["recovered"], 200)

    # The spool.

    def test_two_daemons_do_not_share_a_spool(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, DURABLE)
        second = self.make_daemon(
            emulator.connection,
            DURABLE + f'socket.path = "{self.folder}/second.sock"\n', preset=False)
        second.config_path.write_text(
            f'service.hub = "chat"\nsocket.path = "{self.folder}/second.sock"\n'
            f'admin.listen = "unix:{self.folder}/second-admin.sock"\n'
            f'spool.path = "{daemon.spool}"\n' + DURABLE)
        second.launch()
        self.assertEqual(second.wait(), HELD)
        self.assertIn(f"pid {daemon.process.pid}", second.log())
        self.accept(daemon, 3)
        # One whose hubs are in memory needs none.
        second.config_path.write_text(second.config_path.read_text().replace(
            'durability = "durable"', 'durability = "memory"').replace('"chat"', '"other"'))
        second.start()

    def test_what_is_on_disk_is_shown_and_exported(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, DURABLE)
        self.accept(daemon, 4, groups=1)
        shown = self.check_spool(daemon)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn(f"a daemon runs (pid {daemon.process.pid}", shown.stdout)
        self.assertIn("  live        4", shown.stdout)
        self.killed(daemon)
        lines = f"{self.folder}/lines"
        shown = self.check_spool(daemon, "--hub", "chat", "--export", lines)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertNotIn("a daemon runs", shown.stdout)
        with open(lines, encoding="utf-8") as file:
            self.assertEqual([int(json.loads(line)["data"]) for line in file], [0, 1, 2, 3])
        self.assertEqual(self.check_spool(daemon, "--hub", "nobody").returncode, BAD_CONFIG)

    def test_who_looks_changes_nothing(self):
        """Also beside a daemon, whose next segment has no header yet, and as root."""
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, DURABLE)
        chat = daemon.spool / "spool" / "chat"
        producer = self.connect(daemon, ack="accepted")
        for number in range(600):
            producer.send(message("g0", str(number).rjust(1000)))
        replies = Replies()
        self.read_into(replies, producer, lambda: replies.accepted_to >= 600)
        wait_until(lambda: len(list(chat.iterdir())) == 2, "the next segment to be made")
        before = sorted(os.listdir(chat))
        for _ in range(2):
            checked = self.check_config(daemon)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertNotIn("would refuse", checked.stdout + checked.stderr)
            shown = self.check_spool(daemon)
            self.assertEqual(shown.returncode, 0, shown.stdout + shown.stderr)
            self.assertEqual(sorted(os.listdir(chat)), before)
            if os.geteuid() != 0:
                break
            self.killed(daemon)
            for path in [daemon.spool, *daemon.spool.rglob("*")]:
                os.chown(path, NOBODY, NOBODY)

    def check_spool(self, daemon, *arguments):
        return self.look(daemon, "--check-spool", *arguments)

    def check_config(self, daemon):
        return self.look(daemon, "--check-config")

    @staticmethod
    def look(daemon, *arguments):
        return subprocess.run(
            [binary("awpsd"), "--config", str(daemon.config_path), *arguments],
            env=daemon.environment, text=True, capture_output=True, check=False)

    def test_a_folder_that_cannot_be_written_to_is_a_mistake(self):
        emulator = self.start_emulator()
        blocked = f"{self.folder}/file"
        with open(blocked, "w", encoding="utf-8") as file:
            file.write("no folder")
        daemon = self.make_daemon(emulator.connection, preset=False, config=(
            f'service.hub = "chat"\nsocket.path = "{self.folder}/a.sock"\n'
            f'admin.listen = "unix:{self.folder}/b.sock"\n'
            f'spool.path = "{blocked}/spool"\n' + DURABLE))
        daemon.launch()
        self.assertEqual(daemon.wait(), BAD_CONFIG)
        self.assertIn("spool.path", daemon.log())
        checked = self.check_config(daemon)
        self.assertEqual(checked.returncode, BAD_CONFIG, checked.stdout + checked.stderr)
        self.assertIn("spool.path", checked.stderr)


if __name__ == "__main__":
    main()
