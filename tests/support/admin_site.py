"""awpsd with its admin server on a loopback address, before an emulator, with traffic: what the
scenes of the live page and of Prometheus look at.
"""

import json
import re
import secrets
import signal
import threading
import urllib.request
from pathlib import Path

from producer import Producer
from programs import Awpsd, Emulator
from scenario import REFUSED
from waiting import wait_until

POISON = "poison"
PERIOD_SECONDS = 0.05
ACTIONS_A_PERIOD = 10


class AdminSite:
    """A `site` of page_checks.PageChecks."""

    hub = "chat"
    more_hubs = 0

    def __init__(self, folder, is_durable=False):
        self.is_durable = is_durable
        self.token = secrets.token_hex(16)
        self.token_path = Path(folder, "token")
        self.token_path.write_text(self.token + "\n")
        self.token_path.chmod(0o600)
        self.emulator = Emulator()
        self.daemon = Awpsd(folder, self.emulator.connection,
                            self.config(0), hub=self.hub)
        self.daemon.start()
        self.port = self.port_in_log()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.is_over = threading.Event()
        self.traffic = threading.Thread(target=self.send_traffic, daemon=True)
        self.traffic.start()

    def config(self, port):
        more = "".join(f'hubs.hub{number}.service = ""\n'
                       for number in range(1, self.more_hubs + 1))
        if self.is_durable:
            more += 'hub_defaults.durability = "durable"\nspool.min_free_bytes = 0\n'
        # As those of the site without a daemon, its letters end with the process.
        more += 'hub_defaults.dead_letters.store = "memory"\n'
        return (f'admin.listen = "127.0.0.1:{port}"\n'
                f'admin.token_file = "{self.token_path}"\n{more}')

    def port_in_log(self):
        """That the kernel chose for port 0; the daemon says it before it is ready."""
        port, = re.findall(r"on 127\.0\.0\.1:([1-9]\d*) for operators", self.daemon.log())
        return int(port)

    def close(self):
        self.is_over.set()
        self.traffic.join()
        self.daemon.close()
        self.emulator.close()

    def send_traffic(self):
        """Some actions at a time; a connection that ends is made anew."""
        producer, number = None, 0
        while not self.is_over.wait(PERIOD_SECONDS):
            try:
                producer = producer or Producer(self.daemon.socket_path)
                for _ in range(ACTIONS_A_PERIOD):
                    number += 1
                    producer.send({"actionName": "sendToGroup", "group": f"g{number % 50}",
                                   "data": str(number)})
                producer.pump(0)
                if producer.ended:
                    raise ConnectionError
            except OSError:
                if producer:
                    producer.close()
                producer = None
        if producer:
            producer.close()

    def get(self, path):
        request = urllib.request.Request(self.url + path,
                                         headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()

    def post(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def restart_with(self, more_hubs):
        """hub1, hub2 and so on, without traffic."""
        self.more_hubs = more_hubs
        self.vanish()
        self.back()

    def hub_status(self):
        status = json.loads(self.get("status"))
        return next(hub for hub in status["hubs"] if hub["name"] == self.hub)

    def add_letters(self, count):
        before = self.letters()
        self.emulator.set_faults([{"name": "poison", "match": {"pathContains": POISON},
                                   "status": 400, "body": REFUSED}])
        producer = Producer(self.daemon.socket_path)
        for number in range(count):
            producer.send({"actionName": "sendToGroup", "group": POISON, "data": str(number)})
        producer.read_all()
        producer.close()
        wait_until(lambda: self.letters() == before + count, "the dead letters")
        self.emulator.set_faults([])

    def letters(self):
        """As the worker says; it answers."""
        return wait_until(lambda: self.hub_status().get("deadLetters"), "the worker")["count"]

    def is_paused(self):
        return self.hub_status()["state"] == "paused"

    def hold(self):
        self.emulator.set_faults([{"name": "key", "status": 401}])
        return "credential refused"

    def release(self):
        self.emulator.set_faults([])

    def change_config(self):
        self.daemon.write_config(self.config(0) + "hub_defaults.dead_letters.max_count = 77\n")

    def vanish(self):
        self.daemon.signal(signal.SIGKILL)
        self.daemon.wait()

    def back(self):
        """At the address that the page was loaded from."""
        self.daemon.close()  # what is left of the one before
        self.daemon.write_config(self.config(self.port))
        self.daemon.start()
