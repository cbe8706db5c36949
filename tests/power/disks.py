"""Disks of ext4 whose power can be cut, in a mount namespace of this process: nothing of them is
left when it ends, however it ends.

LoopDisk: a file. The cut is ext4's forced shutdown without a flush of its journal: what was not
synced is gone, whole pages of it.
VolatileDisk: a file behind a cache that forgets, by nbdkit and the plugin volatile_disk. The cut
loses any part of the sectors that were not flushed, whatever they belong to.
"""

import ctypes
import fcntl
import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

from programs import end, library, start
from waiting import wait_until

CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, uint32_t)
NO_LOG_FLUSH = 2
MIB = 1 << 20
# Without what else the kernel would do in the background.
MKFS = ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0")
NOT_RUN = 77


def missing_for_disks():
    """What this computer lacks, in words; empty: nothing."""
    if os.geteuid() != 0:
        return "needs root: not run"
    for program in ("mkfs.ext4", "mount", "losetup", "nbdfuse", "fusermount3"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    for device in ("/dev/loop-control", "/dev/fuse"):
        if not os.path.exists(device):
            return f"there is no {device}"
    probe = subprocess.run(["unshare", "--mount", "losetup", "--find"], capture_output=True,
                           text=True, check=False)
    return f"no loop device is to be had: {probe.stderr.strip()}" if probe.returncode else ""


def isolate_mounts():
    """Call it before any thread exists."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare the mounts")
    if libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), "make the mounts private")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


class Disk:
    """Mounted at `path` when it is made. After cut(), and when nobody uses it any more, restore()
    mounts what is left.
    """

    def __init__(self, folder, mib=256, options="defaults", mkfs=()):
        self.folder = Path(folder)
        self.image = self.folder / "image"
        self.path = self.folder / "mounted"
        self.path.mkdir(parents=True)
        self.options = options
        self.image.touch()
        os.truncate(self.image, mib * MIB)
        run(*MKFS, *mkfs, self.image)
        self.mount()

    def mount(self):
        file = self.switch_on()
        device = run("losetup", "--find", "--show", f"--direct-io={self.direct_io()}", file)
        run("mount", "-o", self.options, device, self.path)
        run("losetup", "--detach", device)  # once it is not mounted any more

    def unmount(self):
        run("umount", self.path)
        self.switch_off()

    def restore(self):
        self.unmount()
        self.mount()

    def close(self):
        if os.path.ismount(self.path):
            self.unmount()

    def used_bytes(self):
        numbers = os.statvfs(self.path)
        return (numbers.f_blocks - numbers.f_bfree) * numbers.f_frsize


class LoopDisk(Disk):
    def cut(self, _random):
        """What it did, in words."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("=I", NO_LOG_FLUSH))
        finally:
            os.close(folder)
        return "shut down"

    def switch_on(self):
        return self.image

    def switch_off(self):
        pass

    def direct_io(self):
        return "off"


class VolatileDisk(Disk):
    nbdfuse = None

    def cut(self, random):
        percent = random.choice((0, 10, 50, 90, 100))
        lost = self.command(f"cut {random.getrandbits(32)} {percent}")
        return f"lost {lost} sectors"

    def fail(self, count=0):
        """The next `count` writes and flushes; 0: all until heal()."""
        self.command(f"fail {count}")

    def heal(self):
        """How many it has failed so far."""
        return int(self.command("heal"))

    def unflushed(self):
        return int(self.command("ask"))

    def command(self, line):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(str(self.folder / "control"))
            control.sendall(line.encode())
            return control.makefile().readline().strip()

    def switch_on(self):
        """nbdfuse shows the disk of nbdkit as a file."""
        ready, control = self.folder / "ready", self.folder / "control"
        for old in (ready, control):
            old.unlink(missing_ok=True)
        fuse = self.folder / "fuse"
        fuse.mkdir(exist_ok=True)
        with open(self.folder / "nbd.log", "ab") as log:
            self.nbdfuse = start(
                ["nbdfuse", "--pidfile", ready, fuse / "disk", "[", "nbdkit", "--exit-with-parent",
                 library("volatile_disk"), f"image={self.image}", f"control={control}", "]"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_until(lambda: ready.exists() and ready.read_text(), "nbdfuse")
        return fuse / "disk"

    def switch_off(self):
        run("fusermount3", "-u", self.folder / "fuse")
        self.nbdfuse.wait(20)

    def direct_io(self):
        return "on"  # else its writes would wait in the page cache for a flush

    def close(self):
        super().close()
        if self.nbdfuse.poll() is None:
            end(self.nbdfuse)
