"""A reload under load: rates, rules and hubs change a hundred times while producers send; no action
is lost, no connection dropped, and a bad file changes nothing.
"""

import contextlib
import random
import re
from pathlib import Path

from admin import Admin
from scenario import REFUSED, Replies, Scenario, main, wait_until

RELOADS = 100
PRODUCERS = 4
BURST = 50
KINDS = ["sendToGroup", "sendToUser", "addUserToGroup", "sendToAll"]


def config(chance, number):
    """Another one each time; the hub `more` comes and goes."""
    lines = ["[hub_defaults]",
             f"requests_per_second = {chance.choice([0, 500, 2000, 5000])}",
             f"max_in_flight = {chance.choice([1, 8, 64])}",
             f'max_queued_bytes = "{chance.choice(["64KiB", "1MiB", "64MiB"])}"',
             "[hub_defaults.coalesce]",
             f"enabled = {chance.choice(['true', 'false'])}",
             f"bulk_membership = {chance.choice(['true', 'false'])}",
             f'linger = "{chance.choice(["0ms", "5ms"])}"',
             "[[hubs.chat.merge]]",
             f'groups = "{chance.choice(["m*", "merged", "x"])}"',
             f'format = "{chance.choice(["lines", "json_array"])}"']
    if number % 2:
        lines.append("[hubs.more]")
    return "\n".join(lines) + "\n"


def action(chance, number):
    kind = chance.choice(KINDS)
    made = {"actionName": kind}
    if "Group" in kind:
        made["group"] = chance.choice(["merged", "g1", "g2"])
    if "User" in kind:
        made["userId"] = f"u{chance.randrange(20)}"
    if kind.startswith("send"):
        made |= {"data": str(number), "dataType": "text"}
    return made


class Reload(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def start(self, text=""):
        self.daemon = self.start_daemon(self.emulator.connection, text)
        self.admin = Admin(self.daemon.admin_path)

    def threads(self):
        names = []
        for task in Path(f"/proc/{self.daemon.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):  # it ends just now
                names.append((task / "comm").read_text().strip())
        return names

    def reload(self, text):
        self.daemon.write_config(text)
        return [change["key"] for change in self.admin.post("/reload")["changes"]]

    def test_a_hundred_reloads_under_load_lose_nothing(self):
        chance = random.Random(7)
        self.start()
        producers = [self.connect(self.daemon, hub="chat", ack="delivered")
                     for _ in range(PRODUCERS)]
        replies = {producer: Replies() for producer in producers}
        sent = 0
        for number in range(RELOADS):
            for producer in producers:
                for _ in range(BURST):
                    producer.send(action(chance, sent))
                replies[producer].take(producer.pump(0))
            sent += BURST
            self.reload(config(chance, number))
            self.assertEqual("more" in self.admin.hubs(), number % 2 == 1)
        self.reload("")
        for producer, told in replies.items():
            self.read_into(told, producer, lambda told=told: told.settled() >= sent)
            self.assertEqual((0, []), (told.rejected, told.other))
            self.assertEqual(sent, told.counts["delivered"] + told.counts["superseded"])
        intake = self.admin.get("/status")["intake"]
        self.assertEqual((PRODUCERS, PRODUCERS), (intake["producers"], intake["connections"]))
        self.assertEqual([], self.admin.get("/status")["pendingRestart"])

    def test_a_hub_that_is_taken_out_delivers_what_it_has(self):
        self.start("[hubs.more]\n")
        self.admin.post("/pause", {"hub": "more"})
        producer = self.connect(self.daemon, hub="more", ack="delivered")
        for number in range(10):
            producer.send({"actionName": "sendToAll", "data": str(number)})
        producer.flush()
        wait_until(lambda: self.admin.hub("more")["actions"]["queued"] == 10, "ten that wait")
        self.assertEqual(["hubs.more"], self.reload(""))
        self.assertEqual(10, self.outcomes(producer, 10).counts["delivered"])
        wait_until(lambda: "more" not in self.admin.hubs(), "the empty hub to go")
        self.assertEqual(200, self.admin.ask("GET", "/readyz")[0])
        producer.send({"actionName": "sendToAll", "data": "late"})
        last = producer.read_until(lambda reply: reply["status"] == "rejected")[-1]
        self.assertEqual("unknown_hub", last["error"]["code"])
        self.assertEqual(["hubs.more"], self.reload("[hubs.more]\n"))
        producer.send({"actionName": "sendToAll", "data": "again"})
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])

    def test_another_default_hub_waits_for_the_next_start(self):
        self.start()
        self.reload("hub_defaults.max_in_flight = 7\n")
        self.daemon.preset = self.daemon.preset.replace('service.hub = "chat"',
                                                        'service.hub = "other"')
        self.reload("")
        self.assertEqual(["chat", "other"], sorted(self.admin.hubs()))
        self.assertEqual(7, self.admin.hub("chat")["limits"]["maxInFlight"])
        self.assertEqual(["service.hub"], self.admin.get("/status")["pendingRestart"])
        producer = self.connect(self.daemon, ack="delivered")
        producer.send({"actionName": "sendToAll", "data": "x"})
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
        self.assertEqual(1, self.admin.hub("chat")["actions"]["delivered"])

    def make_strict(self):
        """Whether each change waits for the next start."""
        self.daemon.write_config('[hubs.more]\nordering = "strict"\nmax_in_flight = 3\n')
        return {each["key"]: each["atNextStart"]
                for each in self.admin.post("/reload")["changes"]}

    def test_a_hub_that_comes_back_before_it_ended_is_in_order_what_it_was(self):
        self.start("[hubs.more]\n")
        self.emulator.set_faults([{"name": "stall", "stall": True}])
        producer = self.connect(self.daemon, hub="more", ack="delivered")
        producer.send({"actionName": "sendToAll", "data": "x"})
        producer.flush()
        wait_until(lambda: self.emulator.fault_counts()["stall"] > 0, "the request")
        self.reload("")
        changes = self.make_strict()
        self.assertEqual({"hubs.more": False, "hubs.more.max_in_flight": False,
                          "hubs.more.ordering": True}, changes)
        self.assertEqual(["hubs.more.ordering"], self.admin.get("/status")["pendingRestart"])
        self.assertEqual(3, self.admin.hub("more")["limits"]["maxInFlight"])
        self.daemon.process.kill()  # it would wait for an answer

    def test_a_hub_that_comes_back_after_it_ended_is_another(self):
        self.start("[hubs.more]\n")
        self.reload("")
        wait_until(lambda: "hub/more" not in self.threads(), "the hub to end")
        self.assertFalse(any(self.make_strict().values()))
        self.assertEqual([], self.admin.get("/status")["pendingRestart"])

    def test_limits_change_although_another_service_waits(self):
        self.start()
        other = self.start_emulator()
        self.daemon.write_config("service.requests_per_second = 50\n"
                                 f'service.connection_file = "{self.file(other.connection)}"\n')
        self.admin.post("/reload")
        endpoint, = self.admin.get("/status")["endpoints"]
        self.assertEqual(50, endpoint["pace"]["configured"])
        self.assertIn(f"until the next start, and then to {other.endpoint}", self.daemon.log())

    def file(self, text):
        path = self.daemon.folder / "connection"
        path.write_text(text + "\n")
        return path

    def test_of_hubs_with_one_endpoint_the_first_says_its_limits_also_after_a_reload(self):
        other = ('services.other.connection = "WebPubSubConnectionString"\n'
                 "services.other.requests_per_second = 70\n[hubs.other]\nservice = \"other\"\n")
        self.start("service.requests_per_second = 50\n" + other)
        for rate in (50, 60):
            self.reload(f"service.requests_per_second = {rate}\n" + other)
            endpoint, = self.admin.get("/status")["endpoints"]
            self.assertEqual(rate, endpoint["pace"]["configured"])

    def test_the_order_of_what_waits_stays(self):
        self.start()
        self.reload('hub_defaults.ordering = "none"\n')
        self.assertEqual(["hub_defaults.ordering"], self.admin.get("/status")["pendingRestart"])
        self.emulator.set_faults([{"name": "stall", "stall": True}])
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(3):
            producer.send({"actionName": "sendToGroup", "group": "g", "data": str(number)})
        producer.flush()
        wait_until(lambda: self.admin.hub("chat")["actions"]["active"] > 0, "a request")
        actions = self.admin.hub("chat")["actions"]
        self.assertEqual((3, 1), (actions["accepted"], actions["active"]))
        self.emulator.set_faults([])

    def test_a_hub_that_went_stays_paused_by_whom_it_was_paused_since(self):
        self.start("[hubs.more]\n")
        self.emulator.set_faults([{"match": {"pathContains": "/hubs/more/"}, "stall": True}])
        producer = self.connect(self.daemon, hub="more", ack="delivered")
        producer.send({"actionName": "sendToAll", "data": "x"})
        producer.flush()
        wait_until(lambda: self.admin.hub("more")["actions"]["active"] == 1, "a request")
        self.reload("")
        self.admin.post("/pause", {"hub": "more"})
        self.reload("hub_defaults.max_in_flight = 7\n")
        self.assertEqual("paused", self.admin.hub("more")["state"])
        self.reload("[hubs.more]\n")
        self.assertEqual("running", self.admin.hub("more")["state"])
        self.emulator.set_faults([])

    def test_a_bad_file_changes_nothing(self):
        self.start("hub_defaults.max_in_flight = 7\n")
        self.daemon.write_config("hub_defaults.maxx_in_flight = 9\n")
        error = self.admin.post("/reload", expect=422)["error"]
        self.assertEqual("invalid_config", error["code"])
        self.assertIn("maxx_in_flight", error["message"])
        self.assertEqual(7, self.admin.hub("chat")["limits"]["maxInFlight"])
        self.daemon.write_config("hub_defaults.max_in_flight = 9\nsocket.threads = 2\n")
        diff = {change["key"]: change for change in self.admin.get("/config/diff")["changes"]}
        self.assertEqual("9", diff["hub_defaults.max_in_flight"]["after"])
        self.assertFalse(diff["hub_defaults.max_in_flight"]["atNextStart"])
        self.assertTrue(diff["socket.threads"]["atNextStart"])
        self.assertEqual(7, self.admin.hub("chat")["limits"]["maxInFlight"])
        self.admin.post("/reload")
        self.assertEqual(9, self.admin.hub("chat")["limits"]["maxInFlight"])
        self.assertEqual(["socket.threads"], self.admin.get("/status")["pendingRestart"])

    def test_what_this_machine_lacks_is_refused_before_anything_changes(self):
        self.start("hub_defaults.max_in_flight = 7\n")
        preset = self.daemon.preset
        for option, word in (('hub_defaults.allow_groups = ["no-such-group"]', "no-such-group"),
                             ('socket.allow_users = ["no-such-user"]', "no-such-user"),
                             ("", "admin.token_file")):
            with self.subTest(word):
                if not option:  # an admin.listen that nobody may have without a token
                    self.daemon.preset = re.sub("admin.listen = .*", 'admin.listen = "127.0.0.1:0"',
                                                preset)
                self.daemon.write_config("hub_defaults.max_in_flight = 9\n" + option + "\n")
                error = self.admin.post("/reload", expect=422)["error"]
                self.assertIn(word, error["message"])
                self.assertEqual(7, self.admin.hub("chat")["limits"]["maxInFlight"])

    def test_the_dead_letters_of_a_hub_that_went_are_still_there(self):
        self.start("[hubs.more]\n")
        self.emulator.set_faults([{"match": {"pathContains": "/hubs/more/"}, "status": 400,
                                   "body": REFUSED}])
        producer = self.connect(self.daemon, hub="more", ack="delivered")
        producer.send({"actionName": "sendToAll", "data": "x"})
        self.assertEqual(1, self.outcomes(producer, 1).counts["dead_lettered"])
        self.reload("")
        wait_until(lambda: "hub/more" not in self.threads(), "the hub to end")
        self.assertEqual("removed", self.admin.hub("more")["state"])
        self.assertEqual([1], [letter["number"] for letter in self.admin.dead_letters("more")])
        everything = {"hub": "more", "all": True}
        error = self.admin.post("/dead-letters/redrive", everything, expect=409)["error"]
        self.assertIn("configure it again", error["message"])
        self.emulator.set_faults([])
        self.reload("[hubs.more]\n")
        self.assertEqual([1], [letter["number"] for letter in self.admin.dead_letters("more")])
        answer = self.admin.post("/dead-letters/redrive", everything)
        self.assertEqual(1, answer["redriven"])
        wait_until(lambda: not self.admin.dead_letters("more"), "the letter to go")

    def test_a_log_level_holds_until_the_reload(self):
        self.start()
        self.admin.post("/log", {"level": "debug"})
        self.assertEqual("debug", self.admin.get("/status")["logLevel"])
        self.admin.post("/log", {"level": "loud"}, expect=400)
        self.reload("")
        self.assertEqual("info", self.admin.get("/status")["logLevel"])
        self.admin.post("/log", {"level": "debug", "seconds": 1})
        wait_until(lambda: self.admin.get("/status")["logLevel"] == "info", "the former level")


if __name__ == "__main__":
    main()
