"""Many durable hubs on one machine: what they take of its disk and of its descriptors, and that
they give it back when they are idle.
"""

import os
from pathlib import Path

from admin import Admin
from scenario import (Replies, Scenario, main, message, messages_by_target, wait_until,
                      without_repeats)

MIB = 1 << 20
HUBS = [f"h{number}" for number in range(500)]
PRODUCERS = 10
EACH = 3  # actions to each hub
ALL = EACH * len(HUBS)
# A hub's first segment, which is allocated whole, and its folder.
MOST_MIB_EACH = 1 + 1 / 64
MOST_DESCRIPTORS = 50  # of 500 durable hubs more than of 500 in memory
CONFIG = ('spool.min_free_bytes = 0\nservice.timeout = "2s"\ndrain_timeout = "100ms"\n'
          + "".join(f"[hubs.{name}]\n" for name in HUBS))
DURABLE = 'hub_defaults.durability = "durable"\n'
STALL = [{"name": "stall", "stall": True}]


class DurableMany(Scenario):
    def start(self, config):
        self.emulator = self.start_emulator()
        self.emulator.set_faults(STALL)
        self.daemon = self.start_daemon(self.emulator.connection, config, hub=HUBS[0])

    def accept(self):
        """Each producer sends to some of the hubs; all of it is accepted, nothing delivered."""
        for first in range(PRODUCERS):
            hubs = HUBS[first::PRODUCERS]
            producer = self.connect(self.daemon, ack="accepted")
            for number in range(EACH):
                for name in hubs:
                    producer.send(message(name, number, hub=name))
            replies = Replies()
            self.read_into(replies, producer,
                           lambda: replies.accepted_to >= EACH * len(hubs))  # pylint: disable=W0640
            producer.close()

    def deliver(self):
        """All arrive, in the order of each hub."""
        self.emulator.set_faults([])
        wait_until(lambda: self.daemon_delivered() == ALL, "all to be delivered", 60)
        arrived = messages_by_target(self.emulator.log())
        self.assertEqual(sorted(arrived), sorted(HUBS))
        for name, numbers in arrived.items():
            self.assertEqual(without_repeats(numbers), list(range(EACH)), name)

    def daemon_delivered(self):
        hubs = Admin(self.daemon.admin_path).hubs()
        return sum(hub["actions"]["delivered"] for hub in hubs.values())

    def disk_mib(self):
        """What is allocated, not what is written."""
        return sum(path.lstat().st_blocks * 512 for path in self.daemon.spool.rglob("*")) / MIB

    def logs(self):
        return list(self.daemon.spool.rglob("log-*"))

    def descriptors(self):
        """Without connections to the service: how many of them are kept is another matter."""
        names = []
        for each in Path(f"/proc/{self.daemon.process.pid}/fd").iterdir():
            try:
                names.append(os.readlink(each))
            except FileNotFoundError:
                pass  # it was closed meanwhile
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
        connections = {f"socket:[{line.split()[9]}]" for line in lines}
        return sum(name not in connections for name in names)

    def test_five_hundred_hubs_share_a_machine(self):
        self.start(CONFIG)
        self.accept()
        self.deliver()
        in_memory = self.descriptors()
        self.daemon.close()

        self.start(DURABLE + CONFIG)
        self.assertEqual(self.logs(), [])
        self.accept()
        self.assertEqual(len(self.logs()), len(HUBS))
        disk, busy = self.disk_mib(), self.descriptors()
        self.deliver()
        wait_until(lambda: not self.logs(), "the logs to go", 30)
        idle = self.descriptors()
        print(f"{len(HUBS)} durable hubs: {disk:.0f} MiB on disk, {busy} descriptors; idle "
              f"{self.disk_mib():.1f} MiB, {idle} descriptors; {in_memory} in memory")
        self.assertLess(disk, MOST_MIB_EACH * len(HUBS))
        self.assertLess(idle, in_memory + MOST_DESCRIPTORS)
        # They are awake at once, and take no more than before.
        self.emulator.set_faults(STALL)
        self.accept()
        self.assertLess(self.disk_mib(), MOST_MIB_EACH * len(HUBS))


if __name__ == "__main__":
    main()
