"""A hub that overflows to disk: an outage that is longer than memory slows no producer down, and a
stop keeps everything in its order.
"""

import signal

from scenario import main, wait_until
from spool_scenario import SpoolScenario

OVERFLOW = ('spool.min_free_bytes = 0\nhub_defaults.durability = "overflow"\n'
            'hub_defaults.max_queued_bytes = "256KiB"\n')
SHORT = 'drain_timeout = "100ms"\n'
STALL = [{"name": "stall", "stall": True}]
DOWN = [{"name": "down", "reset": "before"}]
MEMORY = 2 << 20  # of the hub: max_queued_bytes, and what its doors may hold before it


class Overflow(SpoolScenario):
    def test_what_memory_has_room_for_is_never_on_disk(self):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection, OVERFLOW)
        self.accept(daemon, 300)
        self.assert_all_in_order(emulator, 300)
        self.assertFalse((daemon.spool / "spool").exists())
        self.assertEqual(self.hub(daemon)["spool"]["commits"], 0)

    def test_an_outage_slows_no_producer_down_and_keeps_the_order(self):
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)
        daemon = self.start_daemon(emulator.connection, OVERFLOW)
        # 64 times as much as memory may hold: all of it is accepted while nothing is delivered.
        self.accept(daemon, 40_000)
        hub = self.hub(daemon)
        self.assertEqual(hub["actions"]["delivered"], 0)
        self.assertLess(hub["queue"]["heldBytes"], MEMORY)
        wait_until(lambda: self.hub(daemon)["spool"]["tailRecords"] > 30_000, "most to be on disk")
        self.assertEqual(self.hub(daemon)["spool"]["state"], "tail")
        emulator.set_faults([])
        self.assert_all_in_order(emulator, 40_000)
        wait_until(lambda: self.hub(daemon)["spool"]["state"] == "direct", "nothing to be on disk")
        self.assertEqual(self.hub(daemon)["actions"]["accepted"], 40_000)

    def test_a_stop_keeps_memory_and_disk_in_order(self):
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)
        daemon = self.start_daemon(emulator.connection, OVERFLOW + SHORT)
        self.accept(daemon, 5000)
        wait_until(lambda: self.hub(daemon)["spool"]["tailRecords"] > 0, "some to be on disk")
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertEqual(daemon.undelivered_files(), [])
        emulator.set_faults([])
        daemon = self.start_daemon(emulator.connection, OVERFLOW)
        self.assertEqual(self.hub(daemon)["spool"]["recovered"], 5000)
        self.accept(daemon, 30, first=5000)
        self.assert_all_in_order(emulator, 5030)

    def test_a_stop_keeps_what_is_only_in_memory(self):
        emulator = self.start_emulator()
        emulator.set_faults(STALL)
        daemon = self.start_daemon(emulator.connection, OVERFLOW + SHORT)
        producer = self.accept(daemon, 50)
        daemon.signal(signal.SIGTERM)
        self.assertEqual(daemon.wait(), 0, daemon.log())
        producer.close()
        self.assertIn("50 actions stay in the log", daemon.log())
        emulator.set_faults([])
        self.start_daemon(emulator.connection, OVERFLOW)
        self.assert_all_in_order(emulator, 50)

    def test_a_kill_leaves_what_went_to_disk(self):
        emulator = self.start_emulator()
        emulator.set_faults(DOWN)
        daemon = self.start_daemon(emulator.connection, OVERFLOW)
        self.accept(daemon, 5000, groups=1)
        wait_until(lambda: self.hub(daemon)["spool"]["tailRecords"] > 0
                   and self.hub(daemon)["spool"]["records"] > 3000, "the most to be on disk")
        records = self.hub(daemon)["spool"]["records"]
        self.killed(daemon)
        emulator.set_faults([])
        daemon = self.start_daemon(emulator.connection, OVERFLOW)
        self.assertGreaterEqual(self.hub(daemon)["spool"]["recovered"], records)
        self.assertEqual(self.hub(daemon)["spool"]["lostRecords"], 0)
        recovered = self.hub(daemon)["spool"]["recovered"]
        wait_until(lambda: self.arrived(emulator) >= recovered, "all of it to arrive", 60)


if __name__ == "__main__":
    main()
