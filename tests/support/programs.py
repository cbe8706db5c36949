"""Runs awpsd and awpsd-emulator as processes: their files, their addresses, their ends."""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from client_token import parse_connection_string
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
CONNECTION_SETTING = "WebPubSubConnectionString"
PR_SET_PDEATHSIG = 1
LOG_PAGE = 50_000
OF_ACTIONS = {"except": {"operation": "health"}}  # what a fault of the emulator matches


def binary(name):
    """AWPS_BUILD names the folder of the binaries; AWPS_DAEMON_BUILD that of another awpsd, so that
    an older one can be tried beside today's emulator.
    """
    folder = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon"))
    if name in ("awpsd", "awpsd-fault"):
        folder = Path(os.environ.get("AWPS_DAEMON_BUILD", folder))
    path = folder / name
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}: build it, or name its folder in AWPS_BUILD")
    return str(path)


def library(name):
    """One of tests/power, to be preloaded."""
    build = Path(os.environ.get("AWPS_BUILD", ROOT / "build/release/daemon")).parent
    path = build / f"tests/power/{name}.so"
    if not path.exists():
        raise FileNotFoundError(f"there is no {path}: build the target {name}")
    return str(path)


def die_with_parent():
    """In a new child: SIGTERM when the parent ends, however it ends. Where the tests run in the
    background of a shell, SIGINT is ignored, and so would the child do.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def become_child():
    """In a forked child: what the terminal sends is for the parent, which ends us by SIGTERM."""
    signal.set_wakeup_fd(-1)
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def start(arguments, **options):
    """In a process group of its own, since Ctrl-C at the terminal is for us alone."""
    return subprocess.Popen(arguments, process_group=0, preexec_fn=die_with_parent, **options)


def end(process, seconds=30.0):
    """SIGTERM, then SIGKILL; the exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
    return process.wait()


class Program:
    """What both have; `process` is None before the start."""

    process = None

    def has_ended(self, seconds=0.0):
        """Waits that long for it."""
        try:
            return self.process is not None and self.process.wait(seconds) is not None
        except subprocess.TimeoutExpired:
            return False


class Emulator(Program):
    """awpsd-emulator on a port of its own, and its control endpoint."""

    def __init__(self, *arguments, port=0, address="127.0.0.1"):
        self.arguments = arguments
        self.address = address
        self.process = None
        self._open(port)

    def _open(self, port):
        self.process = start(
            [binary("awpsd-emulator"), "--listen", f"{self.address}:{port}", *self.arguments],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        self.connection = self.process.stdout.readline().decode().strip()
        if not self.connection:
            self.process.stdout.close()
            raise RuntimeError(f"awpsd-emulator did not start: status {self.process.wait()}")
        self.endpoint = parse_connection_string(self.connection)["endpoint"]
        self.port = int(self.endpoint.rsplit(":", 1)[1])
        self._control = http.client.HTTPConnection(self.address, self.port, timeout=30)

    def _ask(self, method, name, body=None):
        text = None if body is None else json.dumps(body)
        try:
            self._control.request(method, "/_emulator/" + name, body=text)
        except (http.client.HTTPException, ConnectionError):
            self._control.close()  # an idle connection was closed; the next request opens another
            self._control.request(method, "/_emulator/" + name, body=text)
        response = self._control.getresponse()
        data = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {name}: {response.status} {data.decode()}")
        return data

    def counters(self):
        return json.loads(self._ask("GET", "counters"))

    def requests(self):
        """Without questions for its health, which come when nobody is answered."""
        counters = self.counters()
        return counters["requests"] - counters["byOperation"].get("health", 0)

    def log(self, since=0):
        """What arrived, in order, behind a sequence number; the log must be long enough
        (--log-entries)."""
        last = since
        while lines := self._ask("GET", f"log?since={last}&limit={LOG_PAGE}").splitlines():
            for line in lines:
                entry = json.loads(line)
                last = entry["sequence"]
                yield entry

    def mark(self, number):
        """Asks for its health, so that the log has a place to tell before from after."""
        self._control.request("HEAD", f"/api/health?api-version=2024-12-01&mark={number}")
        self._control.getresponse().read()

    def connections(self):
        """Of its WebSocket clients, each a dictionary."""
        return json.loads(self._ask("GET", "connections"))

    def set_faults(self, rules, seed=1):
        self._ask("POST", "faults", {"seed": seed, "rules": rules})

    def fault_counts(self):
        return {rule["name"]: rule["applied"] for rule in json.loads(self._ask("GET", "faults"))}

    def set_delay(self, milliseconds):
        self._ask("POST", "delay", {"milliseconds": milliseconds})

    def kill(self):
        self._control.close()
        self.process.kill()
        self._reap()

    def restart(self):
        """On the port that it had."""
        self._open(self.port)

    def close(self):
        self._control.close()
        status = end(self.process)
        self._reap()
        return status

    def _reap(self):
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class NotifySocket:
    """What systemd would be told: sd_notify(3) messages. A thread takes them, as systemd would,
    since whoever notifies waits while the socket's queue is full.
    """

    def __init__(self, path):
        self.path = str(path)
        self.messages = []  # each a dictionary; only appended to
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        os.chmod(self.path, 0o666)  # the daemon may be another user's
        self.thread = threading.Thread(target=self._take, daemon=True)
        self.thread.start()

    def has(self, key, since=0):
        return any(key in message for message in self.messages[since:])

    def last(self, key):
        """Its newest value."""
        return next(message[key] for message in reversed(self.messages) if key in message)

    def close(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self.path)
        self.thread.join()
        self.socket.close()
        os.unlink(self.path)

    def _take(self):
        while text := self.socket.recv(64 * 1024).decode():
            self.messages.append(dict(line.split("=", 1) for line in text.splitlines()))


class Awpsd(Program):
    """awpsd with a folder of its own: configuration, socket, spool, log."""

    def __init__(self, folder, connection=None, config="", *, hub="chat", environment=None,
                 preset=True, log_level="info", program="awpsd", spool=None):
        self.program = program
        self.folder = Path(folder)
        self.socket_path = str(self.folder / "awpsd.sock")
        self.admin_path = str(self.folder / "admin.sock")
        self.spool = spool or self.folder / "spool"
        self.config_path = self.folder / "awpsd.toml"
        self.log_path = self.folder / "awpsd.log"
        self.preset = preset_config(self, hub, log_level) if preset else ""
        if preset and "admin.listen" not in config:
            self.preset += f'admin.listen = "unix:{self.admin_path}"\n'
        self.config_path.write_text(self.preset + config)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith("WebPubSub")}
        if connection:
            self.environment[CONNECTION_SETTING] = connection
        self.environment.update(environment or {})
        self.process = None
        self.notify = None
        self.launches = 0
        self.log_read = 0
        self.kept_log = ""

    def start(self, **options):
        """Returns when the daemon is ready."""
        self.launch(**options)
        wait_until(lambda: self.notify.has("READY") or self.process.poll() is not None,
                   "awpsd to be ready")
        if self.process.poll() is not None:
            raise RuntimeError(f"awpsd ended with {self.process.returncode}: {self.log()}")
        return self

    def launch(self, through=(), **options):
        """Starts without waiting; `through`: a command that ends by running its arguments."""
        self._open_notify()
        with open(self.log_path, "ab") as log:
            command = [*through, binary(self.program), "--config", str(self.config_path)]
            self.process = start(command, env=self.environment, stdin=subprocess.DEVNULL,
                                 stdout=log, stderr=log, **options)
        return self

    def _open_notify(self):
        """One for each launch: what an earlier run said is not what this one says."""
        if self.notify is not None:
            self.notify.close()
        self.launches += 1
        self.notify = NotifySocket(self.folder / f"notify-{id(self)}-{self.launches}.sock")
        self.environment["NOTIFY_SOCKET"] = self.notify.path

    def status(self, seconds=20.0):
        """The numbers of its status line, by their names, asked for by a reload. That syncs a file,
        which a busy disk takes its time for.
        """
        before = len(self.notify.messages)
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.notify.has("RELOADING", before), "awpsd to reload", seconds)
        while not self.notify.messages[before].get("RELOADING"):
            before += 1  # it may have told its status meanwhile
        wait_until(lambda: self.notify.has("READY", before), "awpsd's status", seconds)
        return status_numbers(self.notify.last("STATUS"))

    def log(self):
        """All that it has said by now: what lies in the queue of its log's thread, too."""
        wait_until(self._log_is_written, "the log's thread to write what it has")
        return self.log_path.read_text() if self.log_path.exists() else ""

    def _log_is_written(self):
        """Its thread sleeps, since it has nothing left; or it is gone."""
        if self.process is None or self.process.poll() is not None:
            return True
        for task in Path(f"/proc/{self.process.pid}/task").glob("*"):
            try:
                if (task / "comm").read_text() == "log\n":
                    return (task / "stat").read_text().rpartition(")")[2].split()[0] not in "RD"
            except OSError:
                continue  # it has ended meanwhile
        return True

    def new_log_lines(self):
        """Whole lines since the last call."""
        text = self.log()[self.log_read:]
        whole = text[:text.rfind("\n") + 1]
        self.log_read += len(whole)
        return whole.splitlines()

    def write_config(self, config):
        """For the next reload."""
        self.config_path.write_text(self.preset + config)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=30.0):
        return self.process.wait(seconds)

    def undelivered_files(self):
        return sorted(self.spool.glob("undelivered-*.ndjson")) if self.spool.exists() else []

    def close(self):
        status = end(self.process) if self.process else None
        self.kept_log = self.log()  # for whom it interests when the folder is gone
        if self.notify is not None:
            self.notify.close()
            self.notify = None
        return status

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def preset_config(daemon, hub, log_level):
    """Dotted keys, so that others of the same tables may follow."""
    return (f'service.hub = "{hub}"\n'
            f'socket.path = "{daemon.socket_path}"\n'
            f'spool.path = "{daemon.spool}"\n'
            f'log.level = "{log_level}"\n')


def status_numbers(text):
    """"1 hub, 3 actions waiting" as {"hubs": 1, "actions waiting": 3}."""
    plurals = {"hub": "hubs", "action waiting": "actions waiting", "dead letter": "dead letters"}
    numbers = {}
    for part in text.split(", "):
        number, _, name = part.partition(" ")
        if number.isdigit():
            numbers[plurals.get(name, name)] = int(number)
    return numbers


def temporary_folder():
    """Short, since a Unix socket's path has 107 bytes at most."""
    return tempfile.TemporaryDirectory(prefix="awps-")
