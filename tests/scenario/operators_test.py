"""What operators do while it runs: pause, drain, dead letters that are sent again, why it is not
ready, and whether the numbers of one scrape agree.
"""

import re
from collections import defaultdict

from admin import Admin
from scenario import (REFUSED, Replies, Scenario, main, message, messages_by_target,
                      wait_until)

REFUSE_GROUPS = {"match": {"pathContains": "/groups/"}, "status": 400, "body": REFUSED}
REFUSE_KEY = {"status": 401}
SICK = {"match": {"pathContains": "/groups/sick"}, "status": 500}
NO_FAN_OUT = {"match": {"operation": "sendToAll"}, "status": 403}
LAW = ("queued", "active", "deferred", "delivered", "superseded", "deadLettered", "expired",
       "abandoned", "returned")


class Operators(Scenario):
    def start(self, config="", **options):
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection, config, **options)
        self.admin = Admin(self.daemon.admin_path)

    def test_a_paused_hub_accepts_and_sends_nothing(self):
        self.start()
        self.admin.post("/pause", {"hub": "chat"})
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(20):
            producer.send(message("g", number))
        producer.flush()
        wait_until(lambda: self.admin.hub("chat")["actions"]["queued"] == 20, "all to wait")
        hub = self.admin.hub("chat")
        self.assertEqual(("paused", 0), (hub["state"], self.emulator.requests()))
        self.assertEqual(200, self.admin.ask("GET", "/readyz")[0])
        self.admin.post("/resume")
        self.assertEqual(20, self.outcomes(producer, 20).counts["delivered"])
        self.assertEqual(list(range(20)), messages_by_target(self.emulator.log())["g"])

    def test_a_drained_hub_accepts_nothing_until_it_is_resumed(self):
        self.start()
        self.admin.post("/drain", {"hub": "chat"})
        wait_until(lambda: self.admin.hub("chat")["state"] == "drained", "the hub to be empty")
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("g", 1))
        producer.flush()
        wait_until(lambda: self.admin.get("/status")["intake"]["pausedReads"] > 0,
                   "the producer to be held up")
        self.assertEqual(0, self.admin.hub("chat")["actions"]["accepted"])
        status, cause = self.admin.ask("GET", "/readyz")
        self.assertEqual(503, status)
        self.assertIn("awpsctl resume", cause)
        self.admin.post("/resume", {"hub": "chat"})
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])

    def test_a_drained_hub_that_rejects_says_who_may_end_it(self):
        self.start('hub_defaults.when_full = "reject"\n')
        self.admin.post("/drain", {"hub": "chat"})
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("g", 1))
        error = producer.read_until(lambda reply: reply["status"] == "rejected")[-1]["error"]
        self.assertEqual("queue_full", error["code"])
        self.assertIn("an operator drains it", error["message"])

    def test_dead_letters_are_sent_again_in_order(self):
        self.start()
        self.emulator.set_faults([REFUSE_GROUPS])
        producer = self.connect(self.daemon, ack="delivered", producer="test")
        for number in range(30):
            producer.send(message(f"g{number % 3}", number))
        self.assertEqual(30, self.outcomes(producer, 30).counts["dead_lettered"])
        letters = self.admin.dead_letters("chat")
        self.assertEqual(30, len(letters))
        first = letters[0]
        self.assertEqual((400, 1, "refused", "test"), (first["httpStatus"], first["attempts"],
                                                       first["code"], first["producer"]))
        page = self.admin.get("/dead-letters?hub=chat&limit=7")
        numbers = [letter["number"] for letter in page["deadLetters"]]
        self.assertEqual([1, 2, 3, 4, 5, 6, 7], numbers)
        self.assertEqual(7, page["nextAfter"])
        self.emulator.set_faults([])
        answer = self.admin.post("/dead-letters/redrive", {"hub": "chat", "all": True})
        self.assertEqual({"redriven": 30, "warnings": []}, answer)
        wait_until(lambda: self.admin.hub("chat")["actions"]["delivered"] == 30, "all to arrive")
        for group in range(3):
            self.assertEqual(list(range(group, 30, 3)),
                             messages_by_target(self.emulator.log())[f"g{group}"])
        self.assertEqual([], self.admin.dead_letters("chat"))
        self.assertEqual(30, self.admin.hub("chat")["actions"]["redriven"])

    def test_some_dead_letters_are_thrown_away(self):
        self.start()
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(3):
            producer.send({"actionName": "grantPermission", "connectionId": f"c{number}",
                           "permission": "sendToGroup"})
        self.outcomes(producer, 3)
        self.assertIn("targetName", self.admin.dead_letters("chat")[0]["body"])
        answer = self.admin.post("/dead-letters/purge", {"hub": "chat", "numbers": [1, 3, 99]})
        self.assertEqual({"purged": 2}, answer)
        self.assertEqual([2], [letter["number"] for letter in self.admin.dead_letters("chat")])
        self.admin.post("/dead-letters/purge", {"hub": "nobody", "all": True}, expect=404)

    def test_it_says_why_it_is_not_ready(self):
        self.start()
        self.emulator.set_faults([REFUSE_KEY])
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("g", 1))
        producer.flush()
        wait_until(lambda: self.admin.ask("GET", "/readyz")[0] == 503, "it not to be ready")
        cause = self.admin.text("/readyz")
        for word in ("hub chat", "credential refused", "401", "check the access key"):
            self.assertIn(word, cause)
        self.assertEqual(200, self.admin.ask("GET", "/livez")[0])
        endpoint = self.endpoint()
        self.assertEqual(("held", "credential"), (endpoint["state"], endpoint["hold"]))
        self.assertIn("401", endpoint["cause"])
        self.assertIn("check the access key", endpoint["remedy"])
        self.assertEqual({"credential": 1, "unreachable": 0, "failing": 0, "endpoint_at_fault": 0},
                         self.samples("awpsd_endpoint_held", "reason"))
        self.emulator.set_faults([])
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
        wait_until(lambda: self.admin.ask("GET", "/readyz")[0] == 200, "it to be ready again")

    def test_it_says_that_the_service_cannot_be_reached(self):
        self.start()
        self.emulator.kill()
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("g", 1))
        producer.flush()
        wait_until(lambda: self.endpoint()["hold"] == "unreachable", "the hold")
        self.assertIn("DNS", self.endpoint()["remedy"])
        self.assertIn("onnect", self.endpoint()["cause"])
        cause = self.admin.text("/readyz")
        for word in ("hub chat", "service unreachable", self.endpoint()["cause"], "DNS"):
            self.assertIn(word, cause)
        self.assertEqual(1, self.samples("awpsd_endpoint_held", "reason")["unreachable"])

    def test_one_target_that_fails_is_named_and_is_no_reason_not_to_be_ready(self):
        self.start()
        self.emulator.set_faults([SICK])
        producer = self.connect(self.daemon, ack="delivered")
        producer.send(message("well", 0))
        self.assertEqual(1, self.outcomes(producer, 1).counts["delivered"])
        producer.send(message("sick", 1))
        answers = []

        def is_named():
            producer.send(message("well", 1))
            producer.flush()
            answers.append(self.admin.ask("GET", "/readyz"))
            return self.endpoint()["suspects"]["count"] == 1 and self.charged() > 0

        wait_until(is_named, "the suspect, and a charge")
        self.assertEqual([], [answer for answer in answers if answer[0] != 200])
        endpoint = self.endpoint()
        named, = endpoint["suspects"]["named"]
        self.assertEqual("sendToGroup in group 'sick'", named["target"])
        self.assertIn("500", named["cause"])
        self.assertEqual(("open", ""), (endpoint["state"], endpoint["hold"]))
        self.assertEqual(1, self.samples("awpsd_suspect_targets", "endpoint")[endpoint["url"]])
        self.assertGreater(self.samples("awpsd_charged_attempts_total", "evidence")["answered"], 0)
        self.emulator.set_faults([])
        wait_until(lambda: self.endpoint()["suspects"] == {"count": 0, "named": []},
                   "the suspicion to end")

    def test_a_rule_that_is_off_is_shown_until_a_reload(self):
        self.start()
        self.emulator.set_faults([NO_FAN_OUT])
        self.admin.post("/pause")
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(20):
            producer.send({"actionName": "sendToUser", "userId": f"u{number}", "data": "same"})
        producer.flush()
        wait_until(lambda: self.admin.hub("chat")["actions"]["queued"] == 20, "all to wait")
        self.admin.post("/resume")
        self.assertEqual(20, self.outcomes(producer, 20).counts["delivered"])
        self.assertEqual(["fan_out"], self.endpoint()["rulesOff"])
        line, = self.endpoint()["learnt"]
        self.assertIn("fan_out: off until a reload", line)
        self.assertEqual({"fan_out": 1, "bulk_membership": 0, "merge": 0},
                         self.samples("awpsd_rule_off", "rule"))
        self.admin.post("/reload")
        self.assertEqual(([], []), (self.endpoint()["rulesOff"], self.endpoint()["learnt"]))

    def endpoint(self):
        endpoint, = self.admin.get("/status")["endpoints"]
        return endpoint

    def charged(self):
        return self.admin.hub("chat")["requests"]["chargedAnswered"]

    def samples(self, metric, label):
        """{value of the label: number}"""
        return {found[1]: float(found[2]) for found in re.finditer(
            rf'^{metric}{{.*?\b{label}="(.*?)".*}} (\S+)$', self.admin.text("/metrics"),
            re.MULTILINE)}

    def test_the_numbers_of_one_scrape_agree(self):
        self.start("hub_defaults.max_in_flight = 4\n[hubs.other]\n")
        producers = [self.connect(self.daemon, hub=hub, ack="delivered")
                     for hub in ("chat", "other")]
        replies = {producer: Replies() for producer in producers}
        sent = 0
        for _ in range(40):
            for producer in producers:
                for number in range(50):
                    producer.send(message(f"g{number % 5}", number))
                replies[producer].take(producer.pump(0))
            sent += 50
            for hub in self.admin.hubs().values():
                actions = hub["actions"]
                self.assertEqual(actions["accepted"], sum(actions[name] for name in LAW))
            self.check_exposition(self.admin.text("/metrics"))
        for producer, told in replies.items():
            self.read_into(told, producer, lambda told=told: told.settled() == sent)

    def check_exposition(self, text):
        sums = defaultdict(int)
        for line in text.splitlines():
            if found := re.match(r'awpsd_actions_(\w+?)(_total)?\{hub="(\w+)"\} (\d+)$', line):
                name, _, hub, value = found.groups()
                if name == "accepted":
                    sums[hub] -= int(value)
                elif name in ("queued", "active", "deferred", "delivered", "superseded",
                              "dead_lettered", "expired", "abandoned", "returned"):
                    sums[hub] += int(value)
        self.assertEqual({"chat": 0, "other": 0}, dict(sums))


if __name__ == "__main__":
    main()
