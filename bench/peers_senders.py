"""The senders that bench/peers.py compares. Each has

- `missing()`: what must be installed for it, or None;
- `is_slow`: it takes a millisecond for each message, so it gets fewer;
- `deliver(stage)`: (seconds, CPU seconds of the sender, requests) for all of the stage's load;
- `wait(stage)`: (accepted a second, resident bytes of each) of messages that the sender keeps while
  the service does not answer; `wait` is None for one that keeps nothing;
- `paced(stage, rate)`: when each message was handed over, in ns of the monotonic clock; `paced` is
  None for one that cannot send at a rate.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from admin import is_drained
from delivery_rate import CONNECTIONS, check_replies, through_daemon
from durable_outage import waiting
from programs import ROOT, Awpsd, end, start, temporary_folder
from waiting import wait_until
from whole_daemon import (BareSender, Requests, body_of, cpu_seconds, group_line, resident_bytes,
                          settled_bytes)

ROOM = 'hub_defaults.max_queued_bytes = "8GiB"\nhub_defaults.max_producer_share = 1.0\n'
QUICK_STOP = 'drain_timeout = "1ms"\n'
NODE = ("node", ROOT / "bench/peers_sdk.mjs")
SDK_WAITING = 2000  # calls; each has a connection of its own
SILENT = [{"name": "silent", "stall": True}]
WRK_SECONDS = {True: 2, False: 5}  # is it a quick run?
PROGRAM_SECONDS = 600


def connect(path):
    """A producer's socket; who listens may have begun a moment ago."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    wait_until(lambda: connection.connect_ex(path) == 0, f"{path} to listen")
    return connection


def write_paced(connection, lines, rate):
    """An open loop; when each line was written."""
    starts, begin = [], time.monotonic()
    for number, line in enumerate(lines):
        while (left := begin + number / rate - time.monotonic()) > 0:
            time.sleep(left)
        starts.append(time.monotonic_ns())
        connection.sendall(line)
    return starts


class AwpsdSender:
    """As it is installed; only the memory test gives it more room."""

    name = "awpsd"
    is_slow = False

    @staticmethod
    def missing():
        return None

    def deliver(self, stage):
        lines = "".join(group_line(*pair) for pair in stage.load()).encode()
        with temporary_folder() as folder, Awpsd(folder, stage.connection) as daemon:
            daemon.start()
            warm_up = "".join(group_line("warm-up", body_of(number, 9))
                              for number in range(CONNECTIONS)).encode()
            check_replies(through_daemon(daemon, warm_up)[2], CONNECTIONS)
            seconds, cpu, replies = through_daemon(daemon, lines)
            check_replies(replies, stage.count)
        stage.check_effects(stage.count)
        return seconds, cpu, stage.count

    def wait(self, stage):
        lines = "".join(group_line(*pair) for pair in stage.load()).encode()
        with (temporary_folder() as folder,
              Awpsd(folder, stage.connection, ROOM + QUICK_STOP) as daemon):
            daemon.start()
            stage.emulator.kill()
            before = settled_bytes(daemon.process)
            seconds, _, replies = through_daemon(daemon, lines, "accepted")
            if json.loads(replies.splitlines()[-1])["seq"] != stage.count:
                raise RuntimeError(f"not all were accepted: {replies[-100:]}")
            wait_until(lambda: waiting(daemon) == stage.count, "all to wait in the hub", 60)
            size = (settled_bytes(daemon.process) - before) / stage.count
            daemon.process.kill()  # nothing is to be written for those that wait
        return stage.count / seconds, size

    def paced(self, stage, rate):
        lines = [group_line(*pair).encode() for pair in stage.load()]
        with temporary_folder() as folder, Awpsd(folder, stage.connection) as daemon:
            daemon.start()
            with connect(daemon.socket_path) as connection:
                connection.sendall(b'{"hello":{"ack":"none"}}\n')
                starts = write_paced(connection, lines, rate)
            wait_until(lambda: is_drained(daemon), "all to be delivered", 120)
        return starts


class SyslogSender:
    """syslog-ng with its http() destination. Its url() has no templates: one target for all, whose
    token is signed once. It answers its producers nothing; its workers keep no order.
    """

    name = "syslog-ng http()"
    is_slow = False
    program = "/usr/sbin/syslog-ng"
    module = "syslog-ng/*/libhttp.so"
    workers = 16
    group = "group-0"

    def missing(self):
        if os.access(self.program, os.X_OK) and any(Path("/usr/lib").glob(self.module)):
            return None
        return "Debian's syslog-ng-core and syslog-ng-mod-http"

    def _open(self, stage, folder):
        requests = Requests(stage.connection)
        conf = Path(folder, "conf")
        conf.write_text(f"""@version: 3.38
options {{ stats-freq(0); }};
source producers {{ unix-stream("{folder}/in" flags(no-parse) max-connections(4)
  log-fetch-limit(1000) log-iw-size(16000000)); }};
destination service {{ http(url("{requests.url(self.group)}") method("POST")
  headers("Authorization: Bearer {requests.token(self.group)}", "Content-Type: text/plain")
  body("$MSG") workers({self.workers}) log-fifo-size(20000000) time-reopen(1)); }};
log {{ source(producers); destination(service); flags(flow-control); }};
""")
        self.control = f"{folder}/control"
        return start([self.program, "-F", "-f", conf, "-R", f"{folder}/persist", "-p",
                      f"{folder}/pid", "-c", self.control, "--no-caps"], stdin=subprocess.DEVNULL)

    def _queued(self):
        stats = subprocess.run(["syslog-ng-ctl", "stats", "-c", self.control], check=True,
                               capture_output=True, text=True).stdout
        return int(re.search(r"^dst\.http;.*;queued;(\d+)$", stats, re.MULTILINE)[1])

    def _run(self, stage, act):
        """act(process, connection) while it runs."""
        with temporary_folder() as folder:
            process = self._open(stage, folder)
            try:
                with connect(f"{folder}/in") as connection:
                    return act(process, connection)
            finally:
                process.kill()
                end(process)

    def deliver(self, stage):
        text = "".join(body + "\n" for _, body in stage.load()).encode()

        def act(process, connection):
            cpu, begin = cpu_seconds(process), time.monotonic()
            connection.sendall(text)
            stage.wait_for_effects(stage.count)
            return time.monotonic() - begin, cpu_seconds(process) - cpu, stage.count
        return self._run(stage, act)

    def wait(self, stage):
        text = "".join(body + "\n" for _, body in stage.load()).encode()

        def act(process, connection):
            stage.emulator.kill()
            before, begin = settled_bytes(process), time.monotonic()
            connection.sendall(text)  # it is read but for what the socket holds
            seconds = time.monotonic() - begin
            size = (settled_bytes(process) - before) / stage.count
            queued = self._queued()  # each worker has one more in its hands
            if not stage.count - self.workers <= queued <= stage.count:
                raise RuntimeError(f"{queued} of {stage.count} messages wait")
            return stage.count / seconds, size
        return self._run(stage, act)

    def paced(self, stage, rate):
        lines = [f"{body}\n".encode() for _, body in stage.load()]

        def act(_, connection):
            starts = write_paced(connection, lines, rate)
            stage.wait_until_calm()
            return starts
        return self._run(stage, act)


class SdkSender:
    """Microsoft's JavaScript SDK: a call for each message, so many at once."""

    name = "JavaScript SDK"
    is_slow = True

    @staticmethod
    def missing():
        look = "require('node:module').createRequire(process.argv[1])('@azure/web-pubsub')"
        if shutil.which("node") and subprocess.run(
                ["node", "-e", look, ROOT / "tests/interop/package.json"], check=False,
                capture_output=True).returncode == 0:
            return None
        return "node, and npm ci --prefix tests/interop"

    def _run(self, stage, **plan):
        with stage.file() as file:
            run = subprocess.run(
                NODE, text=True, timeout=PROGRAM_SECONDS, check=False, capture_output=True,
                input=json.dumps({"connection": stage.connection, "file": file.name, **plan}))
        if run.returncode != 0:
            raise RuntimeError(f"{plan}: {run.stderr}")
        return json.loads(run.stdout)

    def deliver(self, stage):
        result = self._run(stage, kind="all", atOnce=CONNECTIONS)
        stage.check_effects(stage.count)
        return result["seconds"], result["cpuSeconds"], stage.count

    def wait(self, stage):
        stage.emulator.set_faults(SILENT)
        stage.count = min(stage.count, SDK_WAITING)
        return None, self._run(stage, kind="waiting")["bytes"] / stage.count

    def paced(self, stage, rate):
        return self._run(stage, kind="paced", rate=rate)["startsNs"]


class BareLoop:
    """curl_multi_perform and curl_multi_poll, tokens ready. It repeats and keeps nothing."""

    name = "bare libcurl"
    is_slow = False
    wait = None

    @staticmethod
    def missing():
        return None

    def deliver(self, stage):
        with stage.file() as file:
            result = BareSender(file.name, CONNECTIONS).go()
        if result["accepted"] != stage.count:
            raise RuntimeError(f"{result['accepted']} of {stage.count} requests got 202")
        return result["seconds"], result["cpuSeconds"], stage.count

    def paced(self, stage, rate):
        with stage.file() as file:
            return BareSender(file.name, CONNECTIONS, rate).go()["startsNs"]


class Wrk:
    """wrk, one thread: what the server can take."""

    name = "wrk"
    is_slow = False
    wait = paced = None

    @staticmethod
    def missing():
        return None if shutil.which("wrk") else "Debian's wrk"

    def deliver(self, stage):
        with stage.file() as file:
            process = start(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS[stage.is_quick]}",
                             "-s", ROOT / "bench/peers_wrk.lua", stage.endpoint, "--", file.name],
                            stdout=subprocess.PIPE, text=True)
            with process.stdout:
                text = process.stdout.read()
            _, _, used = os.wait4(process.pid, 0)
            process.returncode = 0
        answered, failed, microseconds = map(int, re.search(
            r"answered (\d+) failed (\d+) microseconds (\d+)", text).groups())
        if failed:
            raise RuntimeError(f"wrk: {failed} requests failed")
        stage.check_effects(answered)
        return microseconds / 1e6, used.ru_utime + used.ru_stime, answered



ALL = (AwpsdSender(), SyslogSender(), SdkSender(), BareLoop(), Wrk())
