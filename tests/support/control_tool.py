"""Runs awpsctl against whatever daemon a scenario has."""

import json
import os
import select
import subprocess
import time
import unittest
from pathlib import Path

from fake_admin import FakeDaemon, full_status, hub_status
from programs import binary, temporary_folder

OK, NO, USAGE, DATA, NO_INPUT, UNREACHABLE, NOT_NOW, DENIED, CONFIG = \
    0, 1, 64, 65, 66, 69, 75, 77, 78

class Ended:
    """How it ended, and what it wrote."""

    def __init__(self, completed):
        self.code = completed.returncode
        self.out = completed.stdout
        self.err = completed.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def json_lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def command(admin, *arguments):
    return [binary("awpsctl"), "--admin", admin, *arguments]


def environment(**more):
    """Without what would change the output."""
    kept = {key: value for key, value in os.environ.items()
            if key not in ("AWPSD_ADMIN", "AWPSD_TOKEN_FILE", "NO_COLOR", "COLUMNS")}
    return {**kept, **more}


def run(admin, *arguments, text="", stdin=None, **more):
    """Standard input: the text, or the descriptor."""
    given = {"input": text} if stdin is None else {"stdin": stdin}
    return finish(command(admin, *arguments), environment(**more), **given)


def read_json_until(process, fits, what, seconds=20.0):
    """The first line of its standard output, which is a binary pipe, that `fits`."""
    deadline, text = time.monotonic() + seconds, b""
    while select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
        piece = os.read(process.stdout.fileno(), 65536)
        if not piece:
            raise AssertionError(f"awpsctl ended before {what}: status {process.wait()}")
        *lines, text = (text + piece).split(b"\n")
        for value in map(json.loads, lines):
            if fits(value):
                return value
    raise AssertionError(f"waited {seconds:g} s in vain for {what}")


def run_default(*arguments, **more):
    """Without --admin."""
    return finish([binary("awpsctl"), *arguments], environment(**more), input="")


def finish(line, variables, **options):
    return Ended(subprocess.run(line, capture_output=True, text=True, timeout=120, check=False,
                                env=variables, **options))


class Fake(unittest.TestCase):
    def setUp(self):
        folder = temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.daemon = FakeDaemon(self.folder)
        self.addCleanup(self.daemon.close)

    def run_tool(self, *arguments, **options):
        return run(self.daemon.admin_path, *arguments, **options)

    def two_hubs(self):
        self.daemon.status = full_status(
            hub_status("chat", actions={"delivered": 10}), hub_status("news"),
            socket_path=self.daemon.socket_path)

    def answer(self, method, path, status, content):
        self.daemon.answers[(method, path)] = (status, content)

    def expect(self, ended, code, *texts):
        everything = ended.out + ended.err
        self.assertEqual(ended.code, code, everything)
        for text in texts:
            self.assertIn(text, everything)
