"""The producer of the demo that uses Microsoft's JavaScript SDK, by way of the gateway: a process
that starts demo_sdk.mjs and brings its numbers home.
"""

import json
import select
import subprocess
from collections import Counter, defaultdict
from pathlib import Path

from demo_plan import SHOP, shop_rooms
from intervals import normalized
from programs import ROOT, become_child, die_with_parent

PROGRAM = Path(__file__).resolve().parent / "demo_sdk.mjs"
PACKAGES = ROOT / "tests/interop/node_modules/@azure/web-pubsub"
HIGHEST_RATE = 200  # calls a second: a program that awaits each of them, in some loops
TURN_SECONDS = 0.1


class Sdk:
    """The program with the SDK."""

    def __init__(self, plan):
        self.process = subprocess.Popen(["node", PROGRAM], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, preexec_fn=die_with_parent)
        self.last = {"messages": 0}
        self.buffer = b""
        self._write(json.dumps(plan))

    def pump(self, seconds):
        """What it has said by then; False: it has ended."""
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        if not ready:
            return True
        data = self.process.stdout.read1(64 * 1024)
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        if lines:
            self.last = json.loads(lines[-1])
        return bool(data)

    def stop(self):
        self._write("stop")
        self.process.stdin.close()

    def close(self):
        if self.process.wait() != 0 or "sent" not in self.last:
            raise RuntimeError(f"{PROGRAM.name} ended with {self.process.returncode}")
        return self.last

    def _write(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()


def missing():
    """What the machine lacks for it, or None."""
    return None if PACKAGES.exists() else f"there is no {PACKAGES}: npm ci --prefix tests/interop"


def result_of(said, clients):
    """As of the other producers: each call that ended well was answered."""
    by_user = defaultdict(lambda: defaultdict(list))
    for each in said["intervals"]:
        by_user[each["user"]][each["lane"]].append((each["first"], each["end"]))
    expected = {client.name: {lane: normalized(all_of_it)
                              for lane, all_of_it in by_user[client.user].items()}
                for client in clients if client.user in by_user}
    sent = Counter(said["sent"])
    replies = Counter(delivered=sum(sent.values()), superseded=0, dead_lettered=0, expired=0,
                      abandoned=0)
    return {"sent": sent, "messages": said["messages"], "ack": "delivered", "replies": replies,
            "rejected": 0, "accepted_to": 0, "other": [], "expected": expected, "repeated": 0}


def run(connection, gateway, rate, clients, pipe, shared, place):
    """The process's main function: ("done", result) or ("failed", why) at its end."""
    become_child()
    try:
        clients = [client for client in clients if client.hub == SHOP]
        connections = Counter(client.user for client in clients)
        plan = {"connection": connection, "gateway": gateway, "hub": SHOP, "rooms": shop_rooms(),
                "rate": min(rate, HIGHEST_RATE), "users": list(connections),
                "connections": connections}
        pipe.send(("ready",))
        pipe.recv()  # the start, once all clients are there
        sdk = Sdk(plan)
        is_stopping = False
        while sdk.pump(TURN_SECONDS):
            shared.wanted[place] = sdk.last["messages"]
            if shared.stop.value and not is_stopping:
                is_stopping = True
                sdk.stop()
        said = sdk.close()
        shared.wanted[place] = said["messages"]
        pipe.send(("done", result_of(said, clients)))
    except Exception as error:  # whatever it is, the main process says it
        pipe.send(("failed", f"sdk: {type(error).__name__}: {error}"))
