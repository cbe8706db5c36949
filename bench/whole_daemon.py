"""What the benchmarks of the whole daemon share: the load as lines of the protocol and as requests
of the bare loop (bench/bare_sender.cc), and what a process has used.
"""

import json
import os
import statistics
import subprocess
import time
from pathlib import Path

from client_token import parse_connection_string, sign
from programs import ROOT, start
from waiting import wait_until

HUB = "chat"
TICKS = os.sysconf("SC_CLK_TCK")
TOKEN_SECONDS = 24 * 3600
KIBIBYTE = 1024
CALM_LOOKS = 50  # without growth, each 10 ms


def group_line(group, body):
    return f'{{"actionName":"sendToGroup","group":"{group}","dataType":"text","data":"{body}"}}\n'


def body_of(number, size):
    """All different, so that coalescing has nothing in common to find."""
    return f"{number} ".ljust(size, "x")


class Requests:
    """The requests that the bare loop and other clients without a queue send."""

    def __init__(self, connection):
        parts = parse_connection_string(connection)
        self.endpoint, self.key = parts["endpoint"], parts["accesskey"]
        self.expires = int(time.time()) + TOKEN_SECONDS

    def _audience(self, group):
        return f"{self.endpoint}/api/hubs/{HUB}/groups/{group}/:send"

    def url(self, group):
        return f"{self._audience(group)}?api-version=2024-12-01"

    def token(self, group):
        return sign({"aud": self._audience(group), "exp": self.expires}, self.key)

    def write(self, file, pairs):
        """For bare_sender: a line for each (group, body)."""
        for group, body in pairs:
            file.write(f"{self.url(group)}\t{self.token(group)}\t{body}\n")
        file.flush()


class BareSender:
    """bare_sender with its requests ready and its connections open, until it is told to go."""

    def __init__(self, path, connections=64, per_second=0, loop="poll"):
        self.process = start([bare_sender(), path, str(connections), str(per_second), loop],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"bare_sender ended with {self.process.wait()}")

    def go(self):
        """What it prints at its end."""
        answer, _ = self.process.communicate("go\n")
        return json.loads(answer)


def bare_sender():
    """Beside the daemon's folder, or of this tree where that is an older build."""
    build = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon")).parent
    for folder in (build, ROOT / "build/release"):
        if (folder / "bench/bare_sender").exists():
            return str(folder / "bench/bare_sender")
    raise FileNotFoundError("there is no bench/bare_sender: build it")


def cpu_seconds(process):
    """User and system time of all its threads."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_bytes(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * KIBIBYTE


def settled_bytes(process):
    """Of resident memory, once it has not grown for a while."""
    last, calm = resident_bytes(process), 0

    def is_calm():
        nonlocal last, calm
        now = resident_bytes(process)
        calm = calm + 1 if now == last else 0
        last = now
        return calm >= CALM_LOOKS
    wait_until(is_calm, "the memory to stay as it is", 60)
    return last


def machine():
    """Where a figure is from, and who was there beside it."""
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start"


def ratio_text(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"
