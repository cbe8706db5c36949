"""The packages are made, hold what they should, and lintian finds nothing in them that is wrong."""

import os.path
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import debs

LIBRARIES = "/usr/lib/" + debs.run_quietly("dpkg-architecture", "-q",
                                           "DEB_HOST_MULTIARCH").strip()
CONTENTS = {
    "awpsd": ["/usr/sbin/awpsd", "/usr/bin/awpsctl", "/usr/share/man/man1/awpsctl.1.gz",
              "/usr/share/bash-completion/completions/awpsctl", "/etc/awpsd/awpsd.toml",
              "/etc/awpsd/conf.d",
              "/usr/lib/systemd/system/awpsd.service", "/usr/lib/systemd/system/awpsd.socket",
              "/usr/lib/systemd/system/awpsd-gateway.socket",
              "/usr/lib/sysusers.d/awpsd.conf", "/usr/lib/tmpfiles.d/awpsd.conf",
              "/usr/share/man/man8/awpsd.8.gz", "/usr/share/man/man5/awpsd.toml.5.gz",
              "/usr/share/man/man7/awps-protocol.7.gz", "/usr/share/man/man7/awpsd-alerts.7.gz",
              "/usr/share/bash-completion/completions/awpsd",
              "/usr/share/doc/awpsd/copyright", "/usr/share/doc/awpsd/changelog.gz",
              "/usr/share/doc/awpsd/NEWS.Debian.gz",
              "/usr/share/doc/awpsd/examples/streams/event-hubs.toml",
              "/usr/share/doc/awpsd/examples/streams/fleet.toml",
              "/usr/share/doc/awpsd/examples/streams/kafka.toml",
              *(f"/usr/share/doc/awpsd/{page}.md" for page in
                ("README", "OPERATING", "RUNBOOK", "PROTOCOL", "ORDER", "COALESCING", "ADMIN",
                 "SDK"))],
    "awpsd-emulator": ["/usr/bin/awpsd-emulator", "/usr/share/man/man1/awpsd-emulator.1.gz",
                       "/usr/share/bash-completion/completions/awpsd-emulator",
                       "/usr/share/doc/awpsd-emulator/copyright"],
    "libawps-dev": ["/usr/include/awps/client/producer.h",
                    "/usr/include/awps/client/stream.h", f"{LIBRARIES}/libawps.a",
                    f"{LIBRARIES}/pkgconfig/awps.pc", f"{LIBRARIES}/cmake/awps/awpsConfig.cmake",
                    "/usr/share/doc/libawps-dev/copyright"],
}


class Debs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.debs = debs.make_debs()

    def test_hold_what_they_should(self):
        for name, wanted in CONTENTS.items():
            paths = debs.contents(self.debs[name])
            for path in wanted:
                with self.subTest(package=name, path=path):
                    self.assertIn(path, paths)

    def test_share_no_file(self):
        owners = {}
        for name, deb in self.debs.items():
            listing = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True,
                                     text=True, check=True).stdout
            files = [line.split()[5] for line in listing.splitlines() if line[0] != "d"]
            for path in files:
                self.assertNotIn(path, owners, f"in {name} and {owners.get(path)}")
                owners[path] = name

    def test_have_documents_whose_links_lead_somewhere(self):
        installed = {path for deb in self.debs.values() for path in debs.contents(deb)}
        with tempfile.TemporaryDirectory() as folder:
            for deb in self.debs.values():
                debs.run_quietly("dpkg-deb", "--extract", deb, folder)
            pages = list(Path(folder).rglob("*.md"))
            self.assertGreaterEqual(len(pages), 12)
            for page in pages:
                place = Path("/", page.relative_to(folder)).parent
                for link in re.findall(r"\[[^]]+\]\((?!https?:|#)([^)#]+)", page.read_text()):
                    target = os.path.normpath(place / link)
                    with self.subTest(page=place / page.name, link=link):
                        self.assertTrue(target in installed, f"no package has {target}")

    def test_run_on_the_libraries_that_they_name(self):
        for name, libraries in {"awpsd": ["libcurl4", "librdkafka1", "libsystemd0",
                                          "libsimdjson14"],
                                "awpsd-emulator": ["libsimdjson14", "libssl3"]}.items():
            self.assertLessEqual(set(libraries), set(debs.depends(self.debs[name])))

    def test_keep_what_the_administrator_changes(self):
        control = debs.run_quietly("dpkg-deb", "--info", self.debs["awpsd"], "conffiles")
        paths = [path for path in debs.contents(self.debs["awpsd"])
                 if path.startswith("/etc/") and path.endswith(".toml")]
        self.assertEqual(control.split(), paths)

    def test_please_lintian(self):
        run = subprocess.run(
            ["lintian", "--allow-root", "--profile", "debian", "--fail-on", "error,warning",
             *self.debs.values()], capture_output=True, text=True, check=False)
        print(run.stdout, run.stderr)
        self.assertEqual(run.returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
