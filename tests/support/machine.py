"""A Debian 12 machine with a systemd of its own: a root by debootstrap, kept for the next run, and
booted by systemd-nspawn under an overlay in memory, so that each boot begins as the first did.

It lives in this process's network: isolate_network() first gives this process one of its own, in
which the emulator and the machine meet on loopback and nobody else listens. It needs root and
namespaces; missing_for_machines() says what is not to be had.
"""

import ctypes
import fcntl
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from programs import die_with_parent, end
from waiting import wait_until

CACHE = Path(os.environ.get("AWPS_MACHINES", "/var/cache/awpsd-machines"))
SUITE = "bookworm"
ALWAYS = ["systemd", "systemd-sysv", "dbus", "ca-certificates", "openssl", "netcat-openbsd"]
PREFIX = "awpsd-machine-"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MAKE_ROOT_SECONDS = 900
COMMAND_SECONDS = 240


class MachineError(AssertionError):
    """A command in the machine, or the machine itself, did not do what it should."""


def missing_for_machines():
    """What this computer lacks, in words; empty: nothing."""
    if os.geteuid() != 0:
        return "root is needed"
    for program in ("debootstrap", "systemd-nspawn", "nsenter"):
        if shutil.which(program) is None:
            return f"there is no {program} (apt-get install debootstrap systemd-container)"
    probe = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork",
             "mount", "-t", "tmpfs", "none", "/mnt"]
    run = subprocess.run(probe, capture_output=True, text=True, check=False)
    return f"namespaces are not to be had: {run.stderr.strip()}" if run.returncode else ""


def isolate_network():
    """Call it before any thread exists."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare the network")
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", IFF_UP, b""))


def prepare_root(packages):
    """The folder of a root with these packages; to be called while there is still a network."""
    wanted = sorted({*ALWAYS, *packages})
    root = CACHE / f"{SUITE}-{hashlib.sha256(' '.join(wanted).encode()).hexdigest()[:12]}"
    with lock_cache():
        if not root.exists():
            for old in CACHE.glob(f"{SUITE}-*"):
                remove_unless_in_use(old)
            debootstrap(wanted, root)
    return root


@contextmanager
def lock_cache():
    """Meanwhile nobody else makes or removes roots."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def use_root(root):
    """A descriptor: until it is closed nobody removes the root."""
    with lock_cache():
        try:
            use = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise MachineError(f"another test run has removed {root}: start again") from error
        fcntl.flock(use, fcntl.LOCK_SH)
    return use


def remove_unless_in_use(root):
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(root)
    except BlockingIOError:
        pass  # a machine runs from it; the next one to make a root removes it
    finally:
        os.close(folder)


def has_root():
    return any(CACHE.glob(f"{SUITE}-????????????"))


def debootstrap(packages, root):
    growing = root.with_name(f"{SUITE}-unfinished")
    shutil.rmtree(growing, ignore_errors=True)
    run = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}", SUITE, growing,
         mirror()], capture_output=True, text=True, check=False, timeout=MAKE_ROOT_SECONDS)
    if run.returncode != 0:
        raise MachineError(f"debootstrap failed:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    growing.rename(root)


def mirror():
    """The one that this computer's apt takes the suite from."""
    run = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages",
         f"Codename: {SUITE}"], capture_output=True, text=True, check=False)
    sites = run.stdout.split()
    return sites[0] if sites else "http://deb.debian.org/debian"


def mirror_answers():
    try:
        with urllib.request.urlopen(f"{mirror()}/dists/{SUITE}/InRelease", timeout=20):
            return True
    except OSError:
        return False


def cgroups_of_this_process():
    """The folders where systemd-nspawn makes the machine's: of a version 1 hierarchy that systemd
    would use, and of version 2.
    """
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    folders = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        folders += [Path(mount[1] + path) for mount in mounts
                    if (mount[2] == "cgroup2" and controllers == "")
                    or (mount[2] == "cgroup" and controllers == "name=systemd"
                        and controllers in mount[3].split(","))]
    return folders


class Machine:
    """Booted when it is made; close() leaves nothing of it."""

    def __init__(self, root):
        self.name = f"{PREFIX}{os.getpid()}"
        self.console = ""
        self.root_use = use_root(root)
        # Of its own, since two machines in one would take each other's processes for theirs.
        self.cgroups = [folder / self.name for folder in cgroups_of_this_process()]
        for cgroup in self.cgroups:
            remove_left_ones(cgroup.parent)
            cgroup.mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--volatile=overlay",
             "--console=pipe", f"--machine={self.name}", f"--directory={root}", "--boot"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            process_group=0, preexec_fn=self._enter)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.leader = None
        try:
            self.leader = wait_until(self._find_leader, "the machine's first process")
            wait_until(self._is_running, "the machine to be up", 60)
        except AssertionError as error:
            self.close()
            raise MachineError(f"{error}; its console said:\n{self.console}") from error

    def _enter(self):
        die_with_parent()
        for cgroup in self.cgroups:
            (cgroup / "cgroup.procs").write_text(str(os.getpid()))

    def _find_leader(self):
        self._read_console()
        if self.process.poll() is not None:
            raise MachineError(f"systemd-nspawn ended with {self.process.returncode}")
        return first_process_below(self.process.pid)

    def _is_running(self):
        self._read_console()
        run = self.try_run(["systemctl", "is-system-running"])
        return run.stdout.strip() in ("running", "degraded")

    def _read_console(self):
        self.console += (self.process.stdout.read() or b"").decode(errors="replace")

    def try_run(self, command, *, user=None, text="", seconds=COMMAND_SECONDS):
        """As root, or as this user with all its groups; the finished process."""
        as_user = ["runuser", "-u", user, "--"] if user else []
        return subprocess.run(
            ["nsenter", f"--target={self.leader}", "--all", *as_user, *command], input=text,
            env={"PATH": PATH, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True, text=True, check=False, timeout=seconds)

    def run(self, command, **options):
        """What it printed; it must succeed."""
        done = self.try_run(command, **options)
        if done.returncode != 0:
            raise MachineError(f"{' '.join(command)}: status {done.returncode}\n"
                               f"{done.stdout}{done.stderr}")
        return done.stdout

    def path(self, path):
        """The file of the machine, seen from here."""
        return Path(f"/proc/{self.leader}/root{path}")

    def write(self, path, text, mode=0o644):
        file = self.path(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def close(self):
        if self.process.poll() is None and self.leader is not None:
            # At once: what is in it is thrown away in any case.
            os.kill(self.leader, 9)
        end(self.process)
        self._read_console()
        self.process.stdout.close()
        shutil.rmtree(f"/run/systemd/nspawn/propagate/{self.name}", ignore_errors=True)
        wait_until(lambda: all([remove_cgroup(cgroup) for cgroup in self.cgroups]),
                   "the end of the machine's processes")
        os.close(self.root_use)


def remove_left_ones(folder):
    """Those of test programs that were killed."""
    for cgroup in folder.glob(f"{PREFIX}*"):
        if not Path("/proc", cgroup.name.removeprefix(PREFIX)).exists():
            remove_cgroup(cgroup)


def remove_cgroup(cgroup):
    """With those in it; False: there still are processes."""
    try:
        for folder, _, _ in os.walk(cgroup, topdown=False):
            os.rmdir(folder)
    except OSError:
        return False
    return True


def first_process_below(pid):
    """The child of it, or of a child of it, that is number 1 in a PID namespace."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for child in children:
            status = Path(f"/proc/{child}/status").read_text()
            numbers = next(line for line in status.splitlines() if line.startswith("NSpid:"))
            if len(numbers.split()) > 2 and numbers.split()[-1] == "1":
                return int(child)
            if found := first_process_below(child):
                return found
    except FileNotFoundError:
        pass  # it ended meanwhile
    return None
