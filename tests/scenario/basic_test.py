"""The README's promises: an nc one-liner, the hello, and the three acknowledgements."""

import json
import subprocess

from scenario import Scenario, main, message, messages_by_target, wait_until

BAD = {"actionName": "sendToGroup", "group": "g"}  # without data


class Basic(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon = self.start_daemon(self.emulator.connection)

    def nc(self, *lines):
        return subprocess.run(["nc", "-U", "-N", self.daemon.socket_path], timeout=20, check=True,
                              input="".join(line + "\n" for line in lines),
                              capture_output=True, text=True).stdout.splitlines()

    def test_one_line_of_nc_is_enough(self):
        command = ("echo '{\"actionName\":\"sendToAll\",\"data\":\"hi\",\"dataType\":\"text\"}'"
                   f" | nc -U -N {self.daemon.socket_path}")
        answer = subprocess.run(["sh", "-c", command], timeout=20, check=True,
                                capture_output=True, text=True)
        self.assertEqual(answer.stdout, "")
        wait_until(lambda: self.emulator.requests() == 1, "the request")
        entry, = self.emulator.log()
        self.assertEqual((entry["operation"], entry["contentType"], entry["body"], entry["status"]),
                         ("sendToAll", "text/plain", "hi", 202))

    def test_nc_returns_when_all_is_delivered(self):
        self.emulator.set_delay(100)
        answers = self.nc('{"hello":{"ack":"delivered"}}',
                          json.dumps(message("g", 1, id="first")),
                          json.dumps({"actionName": "addUserToGroup", "userId": "nobody",
                                      "group": "g", "id": 13}))
        ready, *rest = map(json.loads, answers)
        self.assertEqual(ready["status"], "ready")
        by_id = {reply["id"]: reply for reply in rest}
        self.assertEqual(by_id["first"], {"status": "delivered", "seq": 1, "id": "first",
                                          "httpStatus": 202, "attempts": 1})
        self.assertEqual(by_id[13], {"status": "delivered", "seq": 2, "id": 13, "httpStatus": 404,
                                     "attempts": 1, "targetGone": True})

    def test_hello_is_answered(self):
        with self.connect(self.daemon, hub="chat", ack="accepted", producer="test") as producer:
            ready, = producer.read_until(lambda reply: True)
        self.assertEqual(ready["status"], "ready")
        self.assertEqual((ready["protocol"], ready["hub"], ready["ack"]), (1, "chat", "accepted"))
        self.assertGreaterEqual(ready["maxLineBytes"], ready["maxMessageBytes"])

    def test_unknown_hub_ends_the_connection(self):
        with self.connect(self.daemon, hub="nowhere") as producer:
            producer.send(message("g", 1))
            rejected, = producer.read_all()
        self.assertEqual((rejected["status"], rejected["seq"], rejected["error"]["code"]),
                         ("rejected", 0, "unknown_hub"))
        self.assertEqual(self.emulator.requests(), 0)

    def test_without_acknowledgement_only_refusals_are_answered(self):
        answers = self.nc(json.dumps(message("g", 0)), json.dumps(BAD), json.dumps(message("g", 1)))
        rejected, = map(json.loads, answers)
        self.assertEqual((rejected["status"], rejected["seq"], rejected["line"],
                          rejected["error"]["code"]), ("rejected", 2, 2, "invalid_action"))
        self.assertIn("data", rejected["error"]["message"])
        wait_until(lambda: messages_by_target(self.emulator.log())["g"] == [0, 1], "both messages")

    def test_accepted_is_cumulative_and_after_refusals(self):
        with self.connect(self.daemon, ack="accepted") as producer:
            for number in range(100):
                producer.send(message("g", number))
            producer.send(BAD)
            producer.send(message("g", 100))
            _, *replies = producer.read_all()
        self.assertEqual(replies[-1], {"status": "accepted", "seq": 102})
        statuses = [reply["status"] for reply in replies]
        self.assertEqual(statuses.count("rejected"), 1)
        before = [reply["seq"] for reply in replies[:statuses.index("rejected")]]
        self.assertLess(max(before, default=0), 101)

    def test_delivered_covers_every_action_once(self):
        with self.connect(self.daemon, ack="delivered") as producer:
            for number in range(1000):
                producer.send(message(f"g{number % 10}", number))
            replies = self.outcomes(producer, 1000)
            self.assertEqual(producer.read_all(), [])
        self.assertEqual(replies.by_seq, dict.fromkeys(range(1, 1001), "delivered"))
        for target, numbers in messages_by_target(self.emulator.log()).items():
            self.assertEqual(numbers, list(range(int(target[1:]), 1000, 10)))


if __name__ == "__main__":
    main()
