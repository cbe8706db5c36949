"""The demo's own account is whole, also where the daemon of durable hubs is killed."""

import os
import re
import subprocess
import unittest
from pathlib import Path

from needs import missing_of_kafka
from programs import ROOT, binary

SECONDS = 4
RATE = 1000  # the other tests want processors, too
SDK = ROOT / "tests/interop/node_modules/.package-lock.json"


def run_demo(*options):
    """Its last lines; it must say that all is well."""
    environment = {**os.environ, "AWPS_BUILD": str(Path(binary("awpsd-emulator")).parent)}
    run = subprocess.run([ROOT / "daemon/demo", "--seconds", str(SECONDS), "--rate", str(RATE),
                          *options], env=environment, capture_output=True, text=True, timeout=120,
                         check=False)
    if run.returncode != 0 or not run.stdout.splitlines()[-1].startswith("OK: "):
        raise AssertionError(f"status {run.returncode}: {run.stdout}{run.stderr}")
    return run.stdout


class Demo(unittest.TestCase):
    def test_all_is_accounted_for(self):
        text = run_demo()
        self.assertIn("18 of 18 kinds of action", text)
        self.assertNotIn("killed", text)

    @unittest.skipUnless(SDK.exists(), "the SDK's packages are not installed: npm ci")
    def test_a_program_with_the_sdk_is_accounted_for(self):
        text = run_demo("--gateway")
        self.assertRegex(text, r"(?m)^sdk-0 +delivered +[1-9]")

    @unittest.skipUnless(SDK.exists(), "the SDK's packages are not installed: npm ci")
    def test_a_kill_costs_the_sdk_nothing(self):
        self.assertIn("awpsd is killed", run_demo("--gateway", "--durable"))

    @unittest.skipIf(missing_of_kafka(), "Apache Kafka is not there: see tests/support/kafka.py")
    def test_a_stream_is_accounted_for(self):
        text = run_demo("--stream")
        self.assertRegex(text, r"(?m)^stream-0 +none +[1-9]")
        said = re.search(r"^stream +([\d,]+) records in 4 partitions, ([\d,]+) of them", text, re.M)
        self.assertEqual(said.group(1), said.group(2))

    def test_a_kill_costs_nothing(self):
        text = run_demo("--durable")
        self.assertIn("awpsd is killed", text)
        recovered = re.search(r"^killed .* with ([\d,]+) actions that were on disk", text, re.M)
        self.assertNotEqual(recovered.group(1), "0")


if __name__ == "__main__":
    unittest.main(verbosity=2)
