"""Disks in trouble: full, failing, read-only. What was accepted is delivered in the end, the hub
refuses what it cannot keep, a memory hub beside it does not notice, and nothing needs deleting.
"""

import os
import signal
import sys
import time
from pathlib import Path

from admin import Admin, is_drained
from disks import MIB, NOT_RUN, LoopDisk, VolatileDisk, isolate_mounts, missing_for_disks
from producer import Producer, Replies
from programs import library
from scenario import Scenario, main, message, wait_until

CONFIG = """drain_timeout = "500ms"
service.timeout = "1s"
spool.segment_bytes = "1MiB"
spool.min_free_bytes = {min_free}
hub_defaults.when_full = "reject"
[hubs.chat]
durability = "durable"
[hubs.memory]
durability = "memory"
service = "steady"
[services.steady]
connection = "SteadyConnection"
"""
GROUPS = 8
LINE_BYTES = 1000
SOME = 200
HELD_SECONDS = 10   # a group that cannot be written is refused after this
RETRY_SECONDS = 30  # the disk is tried again at least so often
FAILURES = 12
STALL = [{"match": {"operation": "send*", "hub": "chat"}, "stall": True}]


class Chat:
    """One connection to the durable hub, and what it was told of each action."""

    def __init__(self, path, first=0):
        self.sent = self.first = first
        self.replies = Replies()
        self.rejected = {}  # number -> code
        self.connection = Producer(path, {"hub": "chat", "ack": "accepted"})

    def send(self, count):
        for number in range(self.sent, self.sent + count):
            self.connection.send(message(f"g{number % GROUPS}", f"{number} {'x' * LINE_BYTES}"))
        self.sent += count

    def pump(self):
        replies = self.connection.pump(0.02)
        self.replies.take(replies)
        for reply in replies:
            if reply["status"] == "rejected":
                self.rejected[self.first + reply["seq"] - 1] = reply["error"]["code"]

    def is_told(self):
        """Of everything that was sent."""
        self.pump()
        return all(number in self.rejected
                   for number in range(self.first + self.replies.accepted_to, self.sent))

    def accepted(self):
        """The numbers."""
        return set(range(self.first, self.first + self.replies.accepted_to)) - set(self.rejected)


class Troubles(Scenario):
    def begin(self, disk, min_free=0, **environment):
        self.disk = disk
        self.addCleanup(disk.close)
        self.emulator, steady = self.start_emulator(), self.start_emulator()
        self.daemon = self.make_daemon(
            self.emulator.connection, CONFIG.format(min_free=min_free), spool=disk.path / "spool",
            environment={"SteadyConnection": steady.connection, **environment})
        self.addCleanup(self.daemon.close)
        self.daemon.start()
        self.chats = []
        self.next_number = 0

    def chat(self):
        """A new connection, whose numbers go on."""
        if self.chats:
            self.next_number = self.chats[-1].sent
        chat = Chat(self.daemon.socket_path, self.next_number)
        self.addCleanup(chat.connection.close)
        self.chats.append(chat)
        return chat

    def send_and_await(self, chat, count, seconds=20.0):
        chat.send(count)
        wait_until(chat.is_told, "every action to be accepted or refused", seconds)

    def assert_works(self, chat):
        self.send_and_await(chat, SOME)
        self.assertEqual({}, chat.rejected)

    def assert_memory_hub_goes_on(self):
        with self.connect(self.daemon, hub="memory", ack="delivered") as producer:
            begin = time.monotonic()
            for number in range(SOME):
                producer.send(message(f"m{number % GROUPS}", number))
            self.assertEqual(self.outcomes(producer, SOME).counts["delivered"], SOME)
            self.assertLess(time.monotonic() - begin, 5)

    def failing_hubs(self):
        """The lines of /readyz that say so."""
        text = Admin(self.daemon.admin_path).text("/readyz")
        return [line for line in text.splitlines() if "storage_failed" in line]

    def status_error(self):
        return Admin(self.daemon.admin_path).hub("chat")["spool"]["error"]

    def metric(self, name):
        text = Admin(self.daemon.admin_path).text("/metrics")
        line, = (line for line in text.splitlines() if line.startswith(f'{name}{{hub="chat"}} '))
        return float(line.split()[1])

    def await_failure(self):
        wait_until(self.failing_hubs, "the failure to be seen")
        line, = self.failing_hubs()
        self.assertIn("hub chat: ", line)
        self.assertIn(str(self.daemon.spool), line)
        self.assertEqual(self.metric("awpsd_spool_failed"), 1)

    def assert_storage_fails(self, chat):
        """A first group is held for a while; what comes later is refused at once."""
        chat.send(1)
        chat.pump()
        self.await_failure()
        late = self.chat()
        late.send(SOME)
        wait_until(lambda: late.pump() or late.rejected, "the refusal", 3)
        self.assert_memory_hub_goes_on()
        for each in (chat, late):
            wait_until(each.is_told, "what was held to be refused", HELD_SECONDS + 5)
            self.assertEqual({"storage_failed"}, set(each.rejected.values()))
        self.assertEqual(set(), late.accepted())

    def await_recovery(self):
        """The disk is tried again also if nobody sends anything."""
        wait_until(lambda: not self.failing_hubs() and not self.status_error(),
                   "the hub to work again", RETRY_SECONDS + 10)
        self.assert_works(self.chat())

    def assert_nothing_is_lost(self):
        accepted = set().union(*(chat.accepted() for chat in self.chats))
        wait_until(lambda: is_drained(self.daemon), "everything to be delivered", 60)
        arrived, newest = set(), {}
        for entry in self.emulator.log():
            if entry["hub"] == "chat" and entry["tookEffect"]:
                number = int(entry["body"].split(" ")[0])
                if number not in arrived:
                    self.assertLess(newest.get(entry["target"], -1), number, "order")
                    newest[entry["target"]] = number
                arrived.add(number)
        self.assertEqual(set(), accepted - arrived)

    def restart(self):
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait(30)
        self.disk.restore()
        self.daemon.start()


class Full(Troubles):
    def begin_full(self, **options):
        """The service does not answer, so that what is accepted stays on disk."""
        self.begin(LoopDisk(f"{self.folder}/disk", mib=32), **options)
        self.emulator.set_faults(STALL)
        return self.chat()

    def fill_up(self, chat):
        """Sends until it is refused. What was taken in when it became full waits for room."""
        def is_refused():
            chat.send(SOME)
            until = time.monotonic() + 1
            wait_until(lambda: chat.is_told() or time.monotonic() > until, "replies")
            return chat.rejected
        wait_until(is_refused, "the disk to be full", 60)
        self.assertEqual({"queue_full"}, set(chat.rejected.values()))
        self.assertIn("its disk is full", self.daemon.log())
        wait_until(lambda: "its disk is full" in self.status_error(), "the status to say so")

    def await_room(self, chat):
        wait_until(chat.is_told, "what waited to be accepted", RETRY_SECONDS)
        self.assertEqual({"queue_full"}, set(chat.rejected.values()))
        self.await_recovery()

    def test_a_full_disk_refuses_what_is_new_until_there_is_room(self):
        chat = self.begin_full()
        self.assert_works(chat)
        ballast = self.disk.path / "ballast"
        fill(ballast)
        self.fill_up(chat)
        self.assert_memory_hub_goes_on()
        ballast.unlink()
        self.await_room(chat)
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()

    def test_a_full_disk_is_left_by_what_is_delivered(self):
        """Its room is given back without room for anything new, also after a kill."""
        chat = self.begin_full()
        self.fill_up(chat)
        fill(self.disk.path / "ballast")
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.start()
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()
        self.await_recovery()
        self.assert_nothing_is_lost()

    def test_what_is_left_to_others_is_not_taken(self):
        chat = self.begin_full(min_free='"10MiB"')
        self.fill_up(chat)
        numbers = os.statvfs(self.disk.path)
        self.assertGreaterEqual(numbers.f_bavail * numbers.f_frsize, 10 * MIB)
        self.assert_memory_hub_goes_on()
        self.emulator.set_faults([])
        self.await_room(chat)
        self.assert_nothing_is_lost()


class Failing(Troubles):
    def begin_read_only_for_a_while(self):
        """The file that says when."""
        when = Path(self.folder) / "read-only"
        self.begin(LoopDisk(f"{self.folder}/disk"), LD_PRELOAD=library("read_only"),
                   AWPS_READ_ONLY_WHEN=str(when))
        self.emulator.set_faults(STALL)
        return when

    def begin_failing(self):
        """On a disk that ext4 makes read-only once it fails."""
        self.begin(VolatileDisk(f"{self.folder}/disk", options="errors=remount-ro"))
        self.emulator.set_faults(STALL)
        chat = self.chat()
        self.assert_works(chat)
        self.disk.fail()
        self.assert_storage_fails(chat)

    def test_one_failed_write_is_made_good_elsewhere(self):
        """On a file system without a journal, which goes on after it."""
        self.begin(VolatileDisk(f"{self.folder}/disk", options="errors=continue",
                                mkfs=("-O", "^has_journal")))
        chat = self.chat()
        self.assert_works(chat)
        for count in range(FAILURES):
            self.disk.fail(1)
            self.send_and_await(chat, count + 1)
        self.assertEqual(FAILURES, self.disk.heal())
        self.assertEqual({}, chat.rejected)
        self.assert_nothing_is_lost()
        self.assertEqual([], self.failing_hubs())

    def test_a_disk_that_fails_is_used_again_once_it_is_mounted_anew(self):
        """ext4 makes a disk read-only whose journal it cannot write."""
        self.begin_failing()
        self.disk.heal()
        self.restart()
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()
        self.assert_works(self.chat())
        self.assert_nothing_is_lost()

    def test_what_is_in_memory_is_delivered_from_a_disk_that_fails(self):
        self.begin_failing()
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()

    def test_a_read_only_disk_at_the_start_costs_its_hubs_alone(self):
        self.begin(LoopDisk(f"{self.folder}/disk"))
        self.emulator.set_faults(STALL)
        self.assert_works(self.chat())
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.remount("ro")
        self.daemon.start()
        self.assert_memory_hub_goes_on()
        line, = self.failing_hubs()
        self.assertIn("hub chat: ", line)
        late = self.chat()
        self.send_and_await(late, 1)
        self.assertEqual({"storage_failed"}, set(late.rejected.values()))
        self.daemon.signal(signal.SIGTERM)
        self.daemon.wait(30)
        self.remount("rw")
        self.emulator.set_faults([])
        self.daemon.start()
        self.assert_nothing_is_lost()
        self.assert_works(self.chat())

    def remount(self, options):
        self.disk.options = options
        self.disk.restore()

    def test_a_file_system_that_is_read_only_for_a_while(self):
        when = self.begin_read_only_for_a_while()
        chat = self.chat()
        self.assert_works(chat)
        when.touch()
        self.assert_storage_fails(chat)
        when.unlink()
        self.await_recovery()
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()

    def test_what_is_held_is_accepted_if_the_disk_is_well_in_time(self):
        when = self.begin_read_only_for_a_while()
        chat = self.chat()
        self.assert_works(chat)
        when.touch()
        chat.send(1)
        chat.pump()
        self.await_failure()
        when.unlink()
        wait_until(chat.is_told, "it to be accepted", HELD_SECONDS)
        self.assertEqual({}, chat.rejected)
        self.emulator.set_faults([])
        self.assert_nothing_is_lost()


def fill(path, leave=0):
    """Until no more than `leave` bytes are free."""
    with open(path, "wb", buffering=0) as file:
        numbers = os.statvfs(path)
        free = numbers.f_bfree * numbers.f_frsize - leave
        try:
            os.posix_fallocate(file.fileno(), 0, max(free, 4096))
        except OSError:
            pass  # then by the block
        try:
            while leave == 0:
                file.write(b"x" * 4096)
                os.fsync(file.fileno())
        except OSError:
            pass


if __name__ == "__main__":
    if reason := missing_for_disks():
        print(f"SKIPPED: {reason}")
        sys.exit(NOT_RUN)
    isolate_mounts()
    main()
