"""The roots of the test machines: none is removed while a machine runs from it."""

import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import machine


class Roots(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="awps-")
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name)
        for name, value in [("CACHE", self.cache), ("debootstrap", lambda _, root: root.mkdir())]:
            patch = mock.patch.object(machine, name, value)
            patch.start()
            self.addCleanup(patch.stop)

    def roots(self):
        return sorted(path for path in self.cache.iterdir() if path.is_dir())

    def test_one_is_kept_for_the_next_run(self):
        root = machine.prepare_root(["one"])
        (root / "kept").touch()
        self.assertEqual(machine.prepare_root(["one"]), root)
        self.assertTrue((root / "kept").exists())

    def test_with_other_packages_it_takes_the_place_of_the_old_one(self):
        machine.prepare_root(["one"])
        self.assertEqual([machine.prepare_root(["two"])], self.roots())

    def test_one_in_use_stays_until_it_is_not(self):
        one = machine.prepare_root(["one"])
        uses = [machine.use_root(one), machine.use_root(one)]
        two = machine.prepare_root(["two"])
        os.close(uses.pop())
        three = machine.prepare_root(["three"])
        self.assertEqual(self.roots(), sorted([one, three]))
        self.assertNotIn(two, self.roots())
        os.close(uses.pop())
        self.assertEqual(self.roots(), sorted([one, three]))
        self.assertEqual([machine.prepare_root(["four"])], self.roots())

    def test_one_that_was_removed_is_named(self):
        with self.assertRaisesRegex(machine.MachineError, "gone"):
            machine.use_root(self.cache / "bookworm-gone")


if __name__ == "__main__":
    unittest.main(verbosity=2)
