"""Dead letters on disk: a restart brings them back, also behind a kill, and what operators did to
them holds.
"""

import signal
import subprocess

import control_tool
from admin import Admin
from programs import Awpsd, binary, temporary_folder
from scenario import REFUSED, Scenario, main, message, messages_by_target, wait_until

ROOM = "spool.min_free_bytes = 0\n"
DURABLE = ROOM + 'hub_defaults.durability = "durable"\n'
REFUSE = [{"match": {"pathContains": "/groups/"}, "status": 400, "body": REFUSED}]
STALL = [{"name": "stall", "stall": True}]
GROUPS = 3


class Letters(Scenario):
    def start(self, config=ROOM, **options):
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, config, **options)
        self.admin = Admin(self.daemon.admin_path)

    def give_up(self, count, first=0):
        """So many dead letters of groups g0, g1, g2."""
        self.emulator.set_faults(REFUSE)
        producer = self.connect(self.daemon, ack="delivered", producer="test")
        for number in range(first, first + count):
            producer.send(message(f"g{number % GROUPS}", number))
        self.assertEqual(count, self.outcomes(producer, count).counts["dead_lettered"])
        producer.close()
        self.emulator.set_faults([])

    def letters(self):
        return self.admin.hub("chat")["deadLetters"]

    def wait_until_written(self):
        wait_until(lambda: self.letters()["unwritten"] == 0, "the letters to be written")

    def numbers(self):
        return [letter["number"] for letter in self.admin.dead_letters("chat")]

    def kill(self):
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()

    def kill_and_start(self):
        self.kill()
        self.daemon.start()

    def on_disk(self):
        """How many letters the disk has, as --check-spool says."""
        checked = subprocess.run([binary("awpsd"), "--check-spool", "--config",
                                  self.daemon.config_path], capture_output=True, text=True,
                                 env=self.daemon.environment, check=False)
        lines = [line.split() for line in checked.stdout.splitlines()]
        return sum(int(words[1]) for words in lines if words[:1] == ["letters"])

    def delivered(self):
        return self.admin.hub("chat")["actions"]["delivered"]

    def test_a_killed_daemon_has_its_letters_back_and_sends_them_again_in_order(self):
        self.kill_and_send_again(ROOM)

    def test_so_has_one_of_a_durable_hub(self):
        self.kill_and_send_again(DURABLE)

    def kill_and_send_again(self, config):
        self.start(config)
        self.give_up(30)
        before = self.admin.dead_letters("chat")
        self.wait_until_written()
        self.daemon.new_log_lines()
        self.kill_and_start()
        after = self.admin.dead_letters("chat")
        for letter in before + after:
            letter.pop("ageSeconds", None)
        self.assertEqual([letter["action"] for letter in before],
                         [letter["action"] for letter in after])
        self.assertEqual(list(range(1, 31)), [letter["number"] for letter in after])
        self.assertEqual({(400, 1, "refused", "test")},
                         {(letter["httpStatus"], letter["attempts"], letter["code"],
                           letter["producer"]) for letter in after})
        answer = self.admin.post("/dead-letters/redrive", {"hub": "chat", "all": True})
        self.assertEqual({"redriven": 30, "warnings": []}, answer)
        wait_until(lambda: self.delivered() == 30, "all to arrive")
        for group in range(GROUPS):
            self.assertEqual(list(range(group, 30, GROUPS)),
                             messages_by_target(self.emulator.log())[f"g{group}"])
        wait_until(lambda: self.on_disk() == 0, "the letters to leave the disk")
        self.assertNotIn("became dead letters", "".join(self.daemon.new_log_lines()))
        self.kill_and_start()
        self.assertEqual([], self.numbers())
        self.assertEqual(30, self.letters()["lastNumber"])

    def test_awpsctl_finds_them_after_a_kill(self):
        self.start()
        self.give_up(4)
        self.wait_until_written()
        self.kill_and_start()
        listed = control_tool.run(self.daemon.admin_path, "dead-letters", "list", "--json")
        self.assertEqual(0, listed.code, listed)
        self.assertEqual([1, 2, 3, 4], [one["number"] for one in listed.json["deadLetters"]])
        purged = control_tool.run(self.daemon.admin_path, "dead-letters", "purge", "2", "--yes")
        self.assertEqual(0, purged.code, purged)
        redriven = control_tool.run(self.daemon.admin_path, "dead-letters", "redrive", "3")
        self.assertEqual(0, redriven.code, redriven)
        wait_until(lambda: self.on_disk() == 2, "two of them to leave the disk")
        self.kill_and_start()
        self.assertEqual([1, 4], self.numbers())
        self.give_up(1)
        self.assertEqual([1, 4, 5], self.numbers())

    def test_a_stop_writes_the_last_ones(self):
        self.start()
        self.give_up(7)
        self.daemon.signal(signal.SIGTERM)
        self.assertEqual(0, self.daemon.wait())
        self.daemon.start()
        self.assertEqual(list(range(1, 8)), self.numbers())

    def test_nothing_is_made_before_the_first_letter(self):
        self.start()
        self.assertFalse((self.daemon.spool / "spool").exists())
        self.assertEqual("disk", self.letters()["store"])
        self.give_up(1)
        self.wait_until_written()
        names = [path.name for path in (self.daemon.spool / "spool" / "chat").iterdir()]
        self.assertEqual(["letters-0000000000000001.seg"], names)

    def test_in_memory_alone_nothing_is_written(self):
        self.start(ROOM + 'hub_defaults.dead_letters.store = "memory"\n')
        self.give_up(3)
        self.assertEqual(("memory", 0), (self.letters()["store"], self.letters()["unwritten"]))
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait()
        self.assertFalse((self.daemon.spool / "spool").exists())

    def test_a_kill_while_a_letter_is_sent_again_brings_it_back(self):
        self.start()
        self.give_up(1)
        self.wait_until_written()
        self.emulator.set_faults(STALL)
        self.admin.post("/dead-letters/redrive", {"hub": "chat", "all": True})
        wait_until(lambda: self.admin.hub("chat")["actions"]["active"] == 1, "it to be under way")
        self.assertEqual([], self.numbers())
        self.kill_and_start()
        self.assertEqual([1], self.numbers())

    def test_a_durable_hub_sends_it_again_over_a_kill(self):
        self.start(DURABLE)
        self.give_up(1)
        self.wait_until_written()
        self.emulator.set_faults(STALL)
        self.admin.post("/dead-letters/redrive", {"hub": "chat", "all": True})
        wait_until(lambda: self.admin.hub("chat")["actions"]["active"] == 1, "it to be under way")
        self.emulator.set_faults([])
        self.kill_and_start()
        wait_until(lambda: self.delivered() == 1, "it to arrive")
        self.assertEqual([], self.numbers())

    def test_a_second_daemon_keeps_its_letters_in_memory(self):
        self.start()
        folder = temporary_folder()
        self.addCleanup(folder.cleanup)
        other = Awpsd(folder.name, self.emulator.connection, ROOM, spool=self.daemon.spool)
        self.addCleanup(other.close)
        other.start()
        admin = Admin(other.admin_path)
        self.assertEqual("memory", admin.hub("chat")["deadLetters"]["store"])
        self.assertIn("dead letters stay in memory", other.log())

    # A kill at each place between the two: the letter's action is neither lost nor sent by itself.

    def test_a_kill_behind_the_letter(self):
        self.kill_at("letter_synced:1")

    def test_a_kill_before_its_place_is_released(self):
        self.kill_at("before_release_write:1")

    def test_a_kill_behind_the_release(self):
        self.kill_at("after_release_sync:1")

    def kill_at(self, point):
        self.start(DURABLE, program="awpsd-fault")
        self.restart_with(point)
        self.emulator.set_faults(REFUSE)
        producer = self.connect(self.daemon, ack="accepted")
        producer.send(message("g0", 0))
        producer.flush()
        self.assertEqual(-signal.SIGKILL, self.daemon.wait())
        self.emulator.set_faults([])
        self.restart_with("")
        self.assertEqual([1], self.numbers())
        self.assertEqual({}, messages_by_target(self.emulator.log()))
        wait_until(lambda: self.admin.hub("chat")["spool"]["records"] == 0, "its place to go")

    def test_a_kill_before_a_letter_is_released(self):
        self.start(DURABLE, program="awpsd-fault")
        self.give_up(1)
        self.wait_until_written()
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait()
        self.restart_with("letter_released:1")
        self.admin.ask("POST", "/dead-letters/purge", {"hub": "chat", "all": True})
        self.assertEqual(-signal.SIGKILL, self.daemon.wait())
        self.restart_with("")
        self.assertEqual([], self.numbers())
        self.assertEqual(1, self.letters()["lastNumber"])

    def restart_with(self, point):
        if self.daemon.process.poll() is None:
            self.daemon.signal(signal.SIGTERM)
            self.daemon.wait()
        self.daemon.environment.pop("AWPSD_FAULT", None)
        if point:
            self.daemon.environment["AWPSD_FAULT"] = point
        self.daemon.start()


if __name__ == "__main__":
    main()
