"""The units are ones that systemd takes, and the service's sandbox stays as tight as it is."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from exposure import MAX_EXPOSURE, exposure_in
from programs import ROOT

UNITS = ROOT / "systemd"


def systemd_analyze(*arguments):
    return subprocess.run(["systemd-analyze", *map(str, arguments)], capture_output=True,
                          text=True, check=False)


class Units(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="awps-")
        self.addCleanup(folder.cleanup)
        self.service = Path(folder.name, "awpsd.service")
        self.socket = Path(folder.name, "awpsd.socket")
        text = (UNITS / "awpsd.service.in").read_text()
        # Programs that are there, and no pages, which systemd would look up.
        text = re.sub(r"@S?BINDIR@/\w+", "/usr/bin/true", text)
        self.service.write_text(re.sub(r"(?m)^Documentation=.*\n", "", text))
        self.gateway = Path(folder.name, "awpsd-gateway.socket")
        for unit in self.socket, self.gateway:
            unit.write_text(re.sub(r"(?m)^Documentation=.*\n", "",
                                   (UNITS / unit.name).read_text()))

    def exposure(self):
        said = systemd_analyze("security", "--no-pager", "--offline=true", self.service)
        return exposure_in(said.stdout + said.stderr), said.stdout

    def test_are_well_formed(self):
        verified = systemd_analyze("verify", self.service, self.socket, self.gateway)
        self.assertEqual((verified.returncode, verified.stderr), (0, ""))

    def test_a_mistake_in_one_is_found(self):
        self.service.write_text(self.service.read_text() + "\n[Service]\nRestratSec=1\n")
        self.assertIn("RestratSec", systemd_analyze("verify", self.service).stderr)

    def test_exposure_is_low(self):
        exposure, table = self.exposure()
        print(table)
        self.assertLessEqual(exposure, MAX_EXPOSURE)

    def test_a_looser_sandbox_is_found(self):
        text = self.service.read_text()
        self.service.write_text(text.replace("CapabilityBoundingSet=\n", ""))
        self.assertGreater(self.exposure()[0], MAX_EXPOSURE)

    def test_the_daemon_has_time_to_drain(self):
        """TimeoutStopSec is beyond the default of drain_timeout."""
        config = (ROOT / "config/awpsd.toml").read_text()
        drain = int(re.search(r'(?m)^drain_timeout = "(\d+)s"', config).group(1))
        stop = int(re.search(r"(?m)^TimeoutStopSec=(\d+)s", self.service.read_text()).group(1))
        self.assertGreaterEqual(stop, drain + 5)


if __name__ == "__main__":
    unittest.main(verbosity=2)
