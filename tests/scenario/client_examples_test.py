"""The examples of the producer library: each is run as it stands there, against awpsd and the
emulator; those in C and C++ are built outside, from what `cmake --install` gives.
"""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from programs import ROOT, end, start
from scenario import Scenario, main, wait_until

EXAMPLES = ROOT / "lib/client/examples"
BUILD = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon")).parent
GROUPS = ("room", "läden")
# What JSON must escape, and what shells and languages like to spoil.
TEXTS = ["plain", "", 'quote " and backslash \\ and \\n', "tab\tand control \x01", "grüße €😀",
         "carriage\rreturn", "at the end\r", "  blanks around  ", "$HOME `id` %s {}",
         "{\"json\":[1]}", *(f"number {i}" for i in range(500))]
INTERPRETED = ("send.py", "send.mjs", "send.php", "send.sh")
REFUSED = ".."  # a group's name that the daemon refuses


def run(arguments, folder=None, **options):
    return subprocess.run([str(word) for word in arguments], cwd=folder, capture_output=True,
                          text=True, timeout=120, check=False, **options)


def environment():
    return {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}


class Scene(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection)

    def send(self, program, lines):
        return run([program, self.daemon.socket_path], env=environment(),
                   input="".join(line + "\n" for line in lines))

    def start(self, program):
        """With its input open."""
        sender = start([str(program), self.daemon.socket_path], env=environment(),
                       stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        for close in (sender.stderr.close, sender.stdin.close):
            self.addCleanup(close)
        self.addCleanup(end, sender)
        return sender

    def check(self, program):
        before = {group: len(self.arrived(group)) for group in GROUPS}
        lines = [f"{group} {text}" for text in TEXTS for group in GROUPS]
        done = self.send(program, lines)
        self.assertEqual(done.returncode, 0, done.stderr)
        for group in GROUPS:
            self.assertEqual(self.arrived(group)[before[group]:], TEXTS)

    def check_refusal(self, program):
        before = len(self.arrived("room"))
        done = self.send(program, ["room first", f"{REFUSED} second", "room third"])
        self.assertEqual(done.returncode, 1)
        self.assertIn("line 2: 'group' of sendToGroup is '.' or '..'", done.stderr)
        self.assertEqual(self.arrived("room")[before:], ["first", "third"])

    def arrived(self, group):
        return [entry["body"] for entry in self.emulator.log()
                if entry["target"] == group and entry["tookEffect"]]

    def check_all(self, program):
        self.check(program)
        self.check_refusal(program)
        self.assertEqual(self.send(program, []).returncode, 0)


class Scripts(Scene):
    def test_each(self):
        for name in INTERPRETED:
            with self.subTest(name):
                self.check_all(EXAMPLES / name)

    def test_without_a_daemon_they_fail(self):
        self.daemon.close()
        for name in INTERPRETED:
            with self.subTest(name):
                self.assertEqual(self.send(EXAMPLES / name, ["room first"]).returncode, 1)


    def test_a_daemon_that_stops_while_the_input_is_open_fails_them(self):
        for name in INTERPRETED:
            with self.subTest(name):
                before = len(self.arrived("room"))
                sender = self.start(EXAMPLES / name)
                sender.stdin.write(b"room first\n")
                sender.stdin.flush()
                if name != "send.sh":  # which reads its whole input first
                    wait_until(lambda: len(self.arrived("room")) > before, "the first line")
                end(self.daemon.process)
                if name == "send.sh":
                    sender.communicate(b"room second\n", timeout=60)
                else:  # it does not wait for input that may never come
                    sender.wait(60)
                    sender.communicate()
                self.assertNotEqual(sender.returncode, 0)
                self.daemon.start()

    def test_what_is_not_utf8_fails_them_and_is_not_sent_altered(self):
        for name in INTERPRETED:
            with self.subTest(name):
                before = len(self.arrived("room"))
                sender = self.start(EXAMPLES / name)
                _, problems = sender.communicate(b"room first\nroom caf\xe9\n", timeout=60)
                self.assertNotEqual(sender.returncode, 0)
                self.assertNotEqual(problems, b"")
                self.assertIn(self.arrived("room")[before:], ([], ["first"]))

    def test_an_interrupt_ends_the_python_script(self):
        self.emulator.set_faults([{"name": "stall", "stall": True}])
        for group, is_at_end in (("reading", False), ("awaiting", True)):
            with self.subTest(group):
                before = self.emulator.fault_counts()["stall"]
                sender = self.start(EXAMPLES / "send.py")
                sender.stdin.write(f"{group} text\n".encode())
                sender.stdin.flush()
                wait_until(lambda: self.emulator.fault_counts()["stall"] > before, "the request")
                if is_at_end:
                    sender.stdin.close()
                sender.send_signal(signal.SIGINT)
                self.assertNotEqual(sender.wait(30), 0)
        self.daemon.process.kill()  # it would wait for an answer


class Package(Scene):
    """An install tree, moved, and projects that know nothing else."""

    def setUp(self):
        super().setUp()
        tree = Path(self.folder) / "first"
        self.succeed(["cmake", "--install", BUILD, "--component", "dev", "--prefix", tree])
        self.prefix = Path(self.folder) / "installed"
        shutil.move(tree, self.prefix)
        self.outside = Path(self.folder) / "outside"
        self.outside.mkdir()
        for source in ("send.c", "send.cpp"):
            shutil.copy(EXAMPLES / source, self.outside)

    def succeed(self, arguments, **options):
        done = run(arguments, **options)
        self.assertEqual(done.returncode, 0, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout

    def build_with_cmake(self, language, source):
        (self.outside / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.25)\nproject(outside LANGUAGES {language})\n"
            "find_package(awps 0.2 REQUIRED)\n"
            f"add_executable(send {source})\ntarget_link_libraries(send PRIVATE awps::client)\n")
        build = self.outside / f"build-{language}"
        self.succeed(["cmake", "-S", self.outside, "-B", build,
                      f"-DCMAKE_PREFIX_PATH={self.prefix}"])
        self.succeed(["cmake", "--build", build])
        return build / "send"

    def build_with_pkg_config(self, compiler, source):
        folder, = self.prefix.glob("lib/**/pkgconfig")
        environment = {**os.environ, "PKG_CONFIG_PATH": str(folder)}
        flags = self.succeed(["pkg-config", "--cflags", "--libs", "awps"], env=environment).split()
        program = self.outside / f"send-{compiler[0]}"
        self.succeed([*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", source, "-o", program,
                      *flags], folder=self.outside)
        return program

    def test_cmake_and_cpp(self):
        self.check_all(self.build_with_cmake("CXX", "send.cpp"))

    def test_cmake_and_c_alone(self):
        self.check_all(self.build_with_cmake("C", "send.c"))

    def test_pkg_config_and_cpp(self):
        self.check_all(self.build_with_pkg_config(["c++", "-std=c++20"], "send.cpp"))

    def test_pkg_config_and_c(self):
        self.check_all(self.build_with_pkg_config(["cc", "-std=c11"], "send.c"))

    def test_the_links_of_the_installed_readme_lead_somewhere(self):
        readme, = self.prefix.glob("share/doc/*/README.md")
        links = re.findall(r"\[[^]]+\]\((?!https?:)([^)#]+)", readme.read_text())
        self.assertGreaterEqual(len(links), 10)
        self.assertEqual([link for link in links if not (readme.parent / link).exists()], [])

    def test_nothing_else_is_installed(self):
        headers = sorted(path.name for path in self.prefix.glob("include/**/*") if path.is_file())
        self.assertEqual(headers, sorted(path.name for path in
                                         (ROOT / "lib/client/include/awps/client").iterdir()))


if __name__ == "__main__":
    main()
