"""Runs awpsctl against whatever daemon a scenario has."""

import json
import os
import subprocess

from programs import binary


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
            if key not in ("AWPSD_ADMIN", "NO_COLOR", "COLUMNS")}
    return {**kept, **more}


def run(admin, *arguments, text="", seconds=60.0, **more):
    completed = subprocess.run(command(admin, *arguments), input=text, capture_output=True,
                               text=True, timeout=seconds, check=False, env=environment(**more))
    return Ended(completed)
