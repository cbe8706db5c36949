"""The power is cut while producers send: nothing that awpsd had accepted is lost, what is delivered
again comes in order, and only what was settled in the last moments before the cut.

Each way of cutting has a control, the same with a daemon whose syncs do nothing: if that loses
nothing, the test sees nothing.

AWPS_POWER_CUTS: cuts of each way (ten by default). AWPS_POWER_SEED repeats a run's choices.
"""

import mmap
import os
import sys
import time

from cutting import CONFIG, LONG_DELAY, Cutting
from disks import MIB, NOT_RUN, LoopDisk, VolatileDisk, isolate_mounts, missing_for_disks
from programs import library
from scenario import Scenario, main

CUTS = int(os.environ.get("AWPS_POWER_CUTS", "10"))
CONTROLS = max(4, min(CUTS, 10))
SEED = int(os.environ.get("AWPS_POWER_SEED", time.time_ns() % 1_000_000))
EACH_TWICE = 4  # of so many cuts one
# A release is written after 100 ms and synced at the latest after 1 s; the rest is a busy machine.
OLDEST_DUPLICATE = 1.6


class Cuts(Scenario):
    def cutting(self, make_disk, preload=None, **options):
        disk = make_disk(f"{self.folder}/disk")
        self.addCleanup(disk.close)
        emulator = self.start_emulator(log_entries=200_000)
        daemon = self.make_daemon(
            emulator.connection, CONFIG, spool=disk.path / "spool",
            environment={"LD_PRELOAD": preload} if preload else None)
        self.addCleanup(daemon.close)
        return Cutting(disk, emulator, daemon, SEED, **options)

    def assert_loses_nothing(self, make_disk):
        cutting = self.cutting(make_disk)
        while cutting.tally.cuts < CUTS:
            if cutting.tally.cuts % EACH_TWICE == EACH_TWICE - 1:
                cutting.cut_twice()
            else:
                cutting.cut()
        tally = cutting.tally
        print(f"seed {SEED}, {make_disk.__name__}: {tally}")
        self.assertEqual([], tally.mistakes[:10])
        self.assertEqual((tally.losing, tally.lost, tally.disorder), (0, 0, 0))
        self.assertLessEqual(tally.oldest_duplicate, OLDEST_DUPLICATE)

    def assert_control_loses(self, make_disk):
        cutting = self.cutting(make_disk, preload=library("no_sync"), delays=LONG_DELAY)
        while cutting.tally.cuts < CONTROLS:
            cutting.cut()
        print(f"seed {SEED}, {make_disk.__name__}, without syncs: {cutting.tally}")
        self.assertGreaterEqual(cutting.tally.losing, 0.9 * CONTROLS)

    def test_a_file_system_that_is_shut_down(self):
        self.assert_loses_nothing(LoopDisk)

    def test_a_file_system_that_is_shut_down_without_syncs(self):
        self.assert_control_loses(LoopDisk)

    def test_a_disk_that_forgets(self):
        self.assert_loses_nothing(VolatileDisk)

    def test_a_disk_that_forgets_without_syncs(self):
        self.assert_control_loses(VolatileDisk)

    def test_the_disk_forgets_what_was_not_flushed(self):
        """And that alone; a quarter of it, if told so."""
        disk = VolatileDisk(f"{self.folder}/disk")
        self.addCleanup(disk.close)
        flushed, written = disk.path / "flushed", disk.path / "written"
        flushed.write_bytes(b"f" * MIB)
        written.write_bytes(b"0" * MIB)
        os.sync()
        before = disk.unflushed()
        overwrite(written, b"1" * MIB)
        self.assertEqual(disk.unflushed() - before, MIB // 512)
        disk.command("cut 1 75")
        disk.restore()
        self.assertEqual(flushed.read_bytes(), b"f" * MIB)
        data = written.read_bytes()
        sectors = [data[place:place + 512] for place in range(0, MIB, 512)]
        self.assertEqual(set(sectors), {b"0" * 512, b"1" * 512})
        self.assertAlmostEqual(sectors.count(b"0" * 512) / len(sectors), 0.25, delta=0.05)


def overwrite(path, data):
    """Past the page cache, and without a flush."""
    with mmap.mmap(-1, len(data)) as aligned:
        aligned.write(data)
        file = os.open(path, os.O_WRONLY | os.O_DIRECT)
        try:
            os.pwrite(file, aligned, 0)
        finally:
            os.close(file)


if __name__ == "__main__":
    if reason := missing_for_disks():
        print(f"SKIPPED: {reason}")
        sys.exit(NOT_RUN)
    isolate_mounts()
    main()
