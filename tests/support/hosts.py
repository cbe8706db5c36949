"""Hosts in this machine: each has a network of its own (a namespace), and a wire to each switch,
which may be pulled. All of it hangs in this process's network, which machine.isolate_network() has
made its own: it ends with this process, however that ends.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from programs import end, start
from waiting import wait_until

SWITCH_AND_HOST = """set -e
ip link add switch type bridge
unshare --net sleep 9 & host=$!
trap 'kill $host' EXIT
ip link add wire type veth peer name end netns $host
ip link set wire master switch
ip link set wire type bridge_slave isolated on
"""
# Refused is answered: the other side is there.
CONNECT = """import socket, sys
with socket.socket() as probe:
    probe.settimeout(float(sys.argv[2]))
    try:
        probe.connect((sys.argv[1], 9))
    except ConnectionRefusedError:
        pass
"""


def missing_for_hosts():
    """What this computer lacks, in words; empty: nothing."""
    if os.geteuid() != 0:
        return "root is needed"
    for program in ("ip", "unshare", "nsenter"):
        if shutil.which(program) is None:
            return f"there is no {program} (apt-get install iproute2 util-linux)"
    run = subprocess.run(["unshare", "--net", "sh", "-c", SWITCH_AND_HOST], capture_output=True,
                         text=True, check=False)
    return f"network namespaces are not to be had: {run.stderr.strip()}" if run.returncode else ""


class Switch:
    """`network`: the first three numbers of its addresses. This process has the first address."""

    def __init__(self, name, network):
        self.name, self.network = name, network
        self.address = f"{network}.1"
        ip("link", "add", name, "type", "bridge")
        ip("address", "add", f"{self.address}/24", "dev", name)
        ip("link", "set", name, "up")

    def close(self):
        ip("link", "delete", self.name)


class Host:
    """`number`: the last of its addresses. Hosts do not reach each other, but for what this process
    listens at."""

    def __init__(self, name, number, switches):
        self.name, self.number = name, number
        self.process = start(["unshare", "--net", "sleep", "infinity"])
        self.way = ("nsenter", f"--net=/proc/{self.process.pid}/ns/net")
        wait_until(self._is_apart, f"the network of '{name}'")
        ip("link", "set", "lo", "up", way=self.way)
        for switch in switches:
            self._wire(switch)

    def _is_apart(self):
        return (Path(f"/proc/{self.process.pid}/comm").read_text() == "sleep\n" and
                os.readlink(f"/proc/{self.process.pid}/ns/net") != os.readlink("/proc/self/ns/net"))

    def _wire(self, switch):
        wire = self._wire_of(switch)
        ip("link", "add", wire, "type", "veth", "peer", "name", switch.name, "netns",
           str(self.process.pid))
        ip("link", "set", wire, "up")
        ip("address", "add", f"{switch.network}.{self.number}/24", "dev", switch.name, way=self.way)
        ip("link", "set", switch.name, "up", way=self.way)
        self.plug(switch)

    def _wire_of(self, switch):
        return f"{switch.name}-{self.name}"

    def plug(self, *switches):
        for switch in switches:
            wire = self._wire_of(switch)
            ip("link", "set", wire, "master", switch.name)
            ip("link", "set", wire, "type", "bridge_slave", "isolated", "on")

    def pull(self, *switches):
        """At the switch: the host sees nothing but that nobody answers."""
        for switch in switches:
            ip("link", "set", self._wire_of(switch), "nomaster")

    def reaches(self, address, seconds=1.0):
        run = subprocess.run([*self.way, sys.executable, "-c", CONNECT, address, str(seconds)],
                             capture_output=True, check=False)
        return run.returncode == 0

    def close(self):
        end(self.process)


def ip(*arguments, way=()):
    run = subprocess.run([*way, "ip", *arguments], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"ip {' '.join(arguments)}: {run.stderr}")
