"""The gateway's promises to a program that is pointed at it: who may, which request means what, and
how each end of an action is answered.
"""

import json
import subprocess
import time

from admin import Admin
from gateway import PATIENT, QUICK, VERSION, Caller, GatewayScenario
from programs import OF_ACTIONS
from scenario import REFUSED, main, wait_until

SEND = f"/:send?{VERSION}"
OWN_KEY = "own-key-0123456789abcdefghijklmnopqrstuv"
FEW_ATTEMPTS = "hub_defaults.retry.max_attempts = 3\n"
STALL = [{"name": "stall", "match": OF_ACTIONS, "stall": True}]


class Tokens(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def test_the_services_key_opens_and_a_send_is_delivered(self):
        _, caller = self.start_gateway(self.emulator)
        answer = caller.ask("POST", SEND, "hi")
        self.assertEqual((answer.status, answer.body, answer.outcome), (202, b"", None))
        self.assertEqual(self.bodies(self.emulator), ["hi"])

    def test_who_is_refused(self):
        """401 as the service: no body, and a challenge."""
        _, caller = self.start_gateway(self.emulator)
        target = f"/api/hubs/chat{SEND}"
        now = int(time.time())
        header = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
        payload = caller.token(target).split(".")[1]
        rows = {
            "none": "",
            "another key": caller.token(target, key="x" * 64),
            "expired": caller.token(target, exp=now - 301),
            "without an end": caller.token(target, exp=None),
            "not yet": caller.token(target, nbf=now + 400),
            "another path": caller.token("/api/hubs/chat/users/u/:send"),
            "the endpoint alone": caller.token(""),
            "another host": caller.token(target, aud="http://elsewhere.test" + target),
            "no audience": caller.token(target, aud=None),
            "unsigned": f"{header}.{payload}.",
            "no token at all": "nonsense",
        }
        for name, token in rows.items():
            with self.subTest(name):
                answer = caller.ask("POST", SEND, "hi", token=token)
                self.assertEqual((answer.status, answer.body), (401, b""), name)
                self.assertTrue(answer.headers["www-authenticate"].startswith("Bearer"), answer)
        self.assertEqual(self.emulator.requests(), 0)

    def test_audiences(self):
        """The gateway's address or the service's, with the query or without, in any case."""
        _, caller = self.start_gateway(self.emulator)
        path = "/api/hubs/chat/:send"
        host = caller.endpoint.split("//")[1]
        for audience in (caller.endpoint + path, f"{caller.endpoint}{path}?{VERSION}",
                         f"HTTP://{host}{path}", self.emulator.endpoint + path,
                         [f"{self.emulator.endpoint}{path}?{VERSION}"]):
            with self.subTest(audience):
                token = caller.token("", aud=audience)
                self.assertEqual(caller.ask("POST", SEND, "hi", token=token).status, 202)

    def test_a_key_of_another_service_opens_its_own_hub_alone(self):
        other = self.start_emulator("--access-key", "k" * 40)
        config = ('services.other.connection = "OtherConnectionString"\n'
                  'hubs.chat.service = ""\nhubs.news.service = "other"\n')
        _, caller = self.start_gateway(
            self.emulator, config, environment={"OtherConnectionString": other.connection})
        news = Caller(caller.to, caller.endpoint, "k" * 40, hub="news")
        self.assertEqual(news.ask("POST", SEND, "x").status, 202)
        crossed = Caller(caller.to, caller.endpoint, "k" * 40)
        self.assertEqual(crossed.ask("POST", SEND, "x").status, 401)
        crossed = Caller(caller.to, caller.endpoint, caller.key, hub="news")
        self.assertEqual(crossed.ask("POST", SEND, "x").status, 401)
        self.assertEqual((self.emulator.requests(), other.requests()), (0, 1))

    def test_a_key_of_the_gateways_own(self):
        """It sends and asks, but makes no tokens, and the service's keys open no more."""
        config = 'gateway.allow_keys = ["OwnKey"]\n'
        _, caller = self.start_gateway(self.emulator, config, environment={"OwnKey": OWN_KEY})
        own = Caller(caller.to, caller.endpoint, OWN_KEY)
        self.assertEqual(own.ask("POST", SEND, "x").status, 202)
        self.assertEqual(own.ask("HEAD", f"/users/u?{VERSION}").status, 404)
        asked = self.emulator.requests()
        answer = own.ask("POST", f"/:generateToken?{VERSION}&userId=u", b"")
        self.assertIn(answer.status, (401, 403))
        self.assertEqual(self.emulator.requests(), asked)
        self.assertEqual(caller.ask("POST", SEND, "x").status, 401)

    def test_a_hub_with_an_access_list_is_not_served_over_tcp(self):
        _, caller = self.start_gateway(self.emulator, 'hubs.chat.allow_users = ["0"]\n')
        self.assertEqual(caller.ask("POST", SEND, "x").status, 403)
        self.assertEqual(self.emulator.requests(), 0)

    def test_nobody_learns_of_hubs_without_a_token(self):
        _, caller = self.start_gateway(self.emulator)
        nowhere = Caller(caller.to, caller.endpoint, caller.key, hub="nowhere")
        for each in (caller, nowhere):
            self.assertEqual(each.ask("POST", SEND, "x", token="").status, 401)
        self.assertEqual(nowhere.ask("POST", SEND, "x").status, 404)

    def test_a_unix_socket_asks_for_no_token(self):
        path = f"{self.folder}/gateway.sock"
        self.start_daemon(self.emulator.connection, f'gateway.listen = "unix:{path}"\n')
        caller = Caller(path, "http://localhost", "")
        self.assertEqual(caller.ask("POST", SEND, "hi", token="").status, 202)
        self.assertEqual(caller.ask("POST", SEND, "hi", token="nonsense").status, 202)
        curl = subprocess.run(
            ["curl", "--silent", "--show-error", "--write-out", "%{http_code}", "--unix-socket",
             path, "--header", "Content-Type: text/plain", "--data", "from curl",
             f"http://localhost/api/hubs/chat/:send?{VERSION}"],
            capture_output=True, text=True, timeout=30, check=True)
        self.assertEqual(curl.stdout, "202")
        self.assertEqual(self.bodies(self.emulator), ["hi", "hi", "from curl"])


class Requests(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()
        self.daemon, self.caller = self.start_gateway(self.emulator)

    def test_a_path_that_is_none_is_never_a_broadcast(self):
        paths = ["/..", "/users/../:send", "/users/./:send", "/users//:send", "//:send",
                 "/users/%2e%2e/:send", "/users/%2E/:send", "/:send/", "/groups/..//:send", "/",
                 "/groups/g", "/users/:send/", "/:SendIt", "/users/u/:send/x", "/connections/",
                 "/permissions/p/", "/users/u/groups/"]
        for path in paths:
            for method in ("POST", "PUT", "DELETE"):
                with self.subTest(f"{method} {path}"):
                    answer = self.caller.ask(method, f"{path}?{VERSION}", "x")
                    self.assertIn(answer.status, (404, 405), answer)
        for target in ("/api/hubs//:send", "/api/:send", "/api/hubs/chat/../:send", "/", "/api",
                       "/api/hubs/chat", "/api/hubs/%2e%2e/:send"):
            with self.subTest(target):
                answer = self.caller.ask("POST", "", "x", target=f"{target}?{VERSION}")
                self.assertIn(answer.status, (401, 404), answer)
        self.assertEqual(self.emulator.requests(), 0)

    def test_an_encoded_slash_is_carried_as_it_came_and_told_once(self):
        for _ in range(3):
            answer = self.caller.ask("POST", f"/users/a%2Fb/:send?{VERSION}", "x")
            self.assertEqual(answer.status, 202)
        self.assertEqual([entry["target"] for entry in self.emulator.log()], ["a%2Fb"] * 3)
        warned = [line for line in self.daemon.log().splitlines() if "%2F" in line]
        self.assertEqual(len(warned), 1, warned)

    def test_a_wrong_verb(self):
        for method, below in (("GET", SEND), ("PUT", SEND), ("POST", f"/connections/c?{VERSION}")):
            answer = self.caller.ask(method, below)
            self.assertEqual(answer.status, 405, answer)
            self.assertIn("allow", answer.headers)
        self.assertEqual(self.emulator.requests(), 0)

    def test_a_client_is_told_where_it_belongs(self):
        answer = self.caller.ask("GET", "", target="/client/hubs/chat?access_token=x", token="")
        self.assertEqual(answer.status, 421)
        self.assertIn("reverse", answer.body.decode().lower())

    def test_what_is_refused_with_the_reason(self):
        many = json.dumps({"groups": ["g"], "filter": " "})
        of_many = [("Content-Type", "application/json")]
        rows = [
            ("a comma in excluded", f"{SEND}&excluded=a%2Cb", "x", [], 400, "excluded"),
            ("an unknown version", "/:send?api-version=2020-01-01", "x", [], 400, "api-version"),
            ("a blank filter", f"{SEND}&filter=%20", "x", [], 400, "filter"),
            ("a blank filter of many", f"/:addToGroups?{VERSION}", many, of_many, 400, "filter"),
            ("metadata", SEND, "x", [("X-WebPubSub-Metadata-k", "v")], 400, "etadata"),
            ("an unknown header", SEND, "x", [("x-awpsd-colour", "red")], 400, "x-awpsd-colour"),
            ("no time to live", SEND, "x", [("x-awpsd-ttl-seconds", "0")], 400, "ttl-seconds"),
            ("an answer", SEND, "x", [("x-awpsd-answer", "never")], 400, "x-awpsd-answer"),
            ("unordered", SEND, "x", [("x-awpsd-unordered", "yes")], 400, "x-awpsd-unordered"),
            ("a key twice", SEND, "x", [("x-awpsd-ordering-key", "a"),
                                        ("x-awpsd-ordering-key", "b")], 400, ""),
            ("not JSON", SEND, "{", of_many, 400, ""),
            ("another charset", SEND, "x", [("Content-Type", "text/plain; charset=utf-16")], 415,
             ""),
            ("another type", SEND, "x", [("Content-Type", "image/png")], 415, ""),
        ]
        for name, below, body, headers, status, words in rows:
            with self.subTest(name):
                answer = self.caller.ask("POST", below, body, headers=headers)
                self.assertEqual(answer.status, status, answer)
                self.assertIn(words, answer.body.decode(), answer)
        self.assertEqual(self.emulator.requests(), 0)

    def test_text_that_is_none(self):
        """A client would get a text frame that is no text, and close for it."""
        for body in (b"\xff", b"a\xc3", b"\xed\xa0\x80"):
            answer = self.caller.ask("POST", SEND, body)
            self.assertIn(answer.status, (400, 415), answer)
        self.assertEqual(self.emulator.requests(), 0)

    def test_what_a_body_is(self):
        rows = [(("Content-Type", "text/plain; charset=UTF-8"), "é", "text/plain"),
                (("Content-Type", "application/json"), '{ "a" : 1.0e+2 }', "application/json"),
                (("Content-Type", "application/octet-stream"), "b", "application/octet-stream"),
                (("Content-Type", None), "none", "application/octet-stream"),
                (("Content-Type", "text/plain"), "", "text/plain")]
        for header, body, _ in rows:
            self.assertEqual(self.caller.ask("POST", SEND, body, headers=[header]).status, 202)
        self.assertEqual([(entry["body"], entry["contentType"]) for entry in self.emulator.log()],
                         [(body, kind) for _, body, kind in rows])

    def test_own_fields_by_header(self):
        """The latest value supersedes those that wait; all are a success. One connection is one
        producer, as everywhere: what comes by another one supersedes nothing.
        """
        self.emulator.set_faults([{"name": "first", "count": 1, "delayMs": 3000}])
        fields = [("x-awpsd-conflation-key", "price")]
        wires = [self.wire(self.caller), self.wire(self.caller)]
        wires[0].send(self.caller.message("first", headers=fields))
        wait_until(lambda: self.actions(self.daemon)["accepted"] == 1, "acceptance")
        wires[0].send(b"".join(self.caller.message(text, headers=fields) for text in "abc"))
        wait_until(lambda: self.actions(self.daemon)["accepted"] == 4, "acceptance")
        wires[1].send(self.caller.message("other", headers=fields))
        outcomes = [wires[0].answer().outcome for _ in range(4)]
        self.assertEqual(outcomes, [None, "superseded", "superseded", None])
        self.assertIsNone(wires[1].answer().outcome)
        self.assertEqual(self.bodies(self.emulator), ["first", "c", "other"])


class Answers(GatewayScenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator()

    def assert_not_for_a_retry(self, answer):
        """No SDK repeats a request for it."""
        self.assertNotIn("retry-after", answer.headers)
        self.assertLess(answer.status, 500)
        self.assertNotIn(answer.status, (408, 429))

    def test_a_refusal_of_the_service_is_passed_on(self):
        _, caller = self.start_gateway(self.emulator)
        self.emulator.set_faults([{"name": "no", "match": OF_ACTIONS, "status": 400,
                                   "body": REFUSED, "contentType": "application/json",
                                   "headers": {"Retry-After": 3}}])
        answer = caller.ask("POST", SEND, "x")
        self.assert_not_for_a_retry(answer)
        self.assertEqual((answer.status, answer.body.decode()), (400, REFUSED))

    def test_what_could_not_be_delivered_is_409(self):
        daemon, caller = self.start_gateway(self.emulator, QUICK + FEW_ATTEMPTS + PATIENT)
        self.emulator.set_faults([{"name": "sick", "match": {"user": "sick"}, "status": 500}])
        wire = self.wire(caller)
        wire.send(caller.message("x", user="sick"))
        self.serve_others(caller, daemon)
        answer = wire.answer()
        self.assert_not_for_a_retry(answer)
        self.assertEqual((answer.status, answer.code), (409, "Error.awpsd.NotDelivered"))
        self.assertEqual(self.actions(daemon)["deadLettered"], 1)

    def serve_others(self, caller, daemon):
        """Until the sick one is given up: that others are served shows that it is its own fault."""
        def is_given_up():
            self.assertEqual(caller.ask("POST", f"/users/well/:send?{VERSION}", "x").status, 202)
            return self.actions(daemon)["deadLettered"] > 0
        wait_until(is_given_up, "a dead letter")

    def test_what_takes_too_long_is_accepted(self):
        daemon, caller = self.start_gateway(self.emulator, 'gateway.answer_within = "300ms"\n')
        self.emulator.set_faults(STALL)
        rows = [("POST", SEND, "x", 202), ("PUT", f"/users/u/groups/g?{VERSION}", b"", 200),
                ("DELETE", f"/connections/c?{VERSION}", None, 204)]
        for method, below, body, status in rows:
            begin = time.monotonic()
            answer = caller.ask(method, below, body)
            waited = time.monotonic() - begin
            self.assert_not_for_a_retry(answer)
            self.assertEqual((answer.status, answer.outcome), (status, "accepted"))
            self.assertTrue(0.25 <= waited < 5, waited)
        self.assertEqual(self.actions(daemon)["accepted"], 3)

    def test_whoever_asks_is_answered_at_once(self):
        _, caller = self.start_gateway(self.emulator)
        self.emulator.set_faults(STALL)
        answer = caller.ask("POST", SEND, "x", headers=[("x-awpsd-answer", "accepted")])
        self.assertEqual((answer.status, answer.outcome), (202, "accepted"))

    def test_answers_of_a_hub_that_accepts(self):
        config = 'hubs.chat.gateway.answer = "accepted"\n'
        _, caller = self.start_gateway(self.emulator, config)
        self.emulator.set_faults(STALL)
        self.assertEqual(caller.ask("POST", SEND, "x").outcome, "accepted")

    def test_expired(self):
        _, caller = self.start_gateway(self.emulator, QUICK)
        self.emulator.set_faults([{"name": "sick", "match": OF_ACTIONS, "status": 503}])
        answer = caller.ask("POST", SEND, "x", headers=[("x-awpsd-ttl-seconds", "0.2")])
        self.assertEqual((answer.status, answer.outcome), (202, "expired"))

    def test_a_pause_does_not_keep_programs_waiting(self):
        daemon, caller = self.start_gateway(self.emulator)
        admin = Admin(daemon.admin_path)
        admin.post("/pause", {"hub": "chat"})
        answer = caller.ask("POST", SEND, "x")
        self.assertEqual((answer.status, answer.outcome), (202, "accepted"))
        admin.post("/resume", {"hub": "chat"})
        wait_until(lambda: self.bodies(self.emulator) == ["x"], "the delivery")

    def test_a_full_hub_says_when_to_come_again(self):
        config = ('gateway.answer_within = "300ms"\nhub_defaults.max_queued_bytes = "1MiB"\n'
                  'hub_defaults.max_producer_share = 1.0\n')
        _, caller = self.start_gateway(self.emulator, config)
        self.emulator.set_faults(STALL)
        answers = [caller.ask("POST", SEND, "x" * 400_000) for _ in range(4)]
        statuses = [answer.status for answer in answers]
        self.assertEqual(statuses[0], 202)
        self.assertEqual(statuses[-1], 503, statuses)
        self.assertEqual(answers[-1].headers["retry-after"], "1")

    def test_reads_wait_for_what_was_accepted(self):
        daemon, caller = self.start_gateway(self.emulator)
        self.emulator.set_faults([{"name": "slow", "match": {"operation": "send*"},
                                   "delayMs": 500}])
        wire = self.wire(caller)
        wire.send(caller.message("x"))
        wait_until(lambda: self.actions(daemon)["accepted"] == 1, "acceptance")
        answer = caller.ask("HEAD", f"/users/u?{VERSION}",
                            headers=[("x-awpsd-after", "settled")])
        self.assertEqual(answer.status, 404)
        self.assertEqual(wire.answer().status, 202)
        operations = [entry["operation"] for entry in self.emulator.log()]
        self.assertEqual(operations, ["sendToUser", "userExists"])

    def test_reads_are_refused_if_the_configuration_says_so(self):
        _, caller = self.start_gateway(self.emulator, 'gateway.reads = "refuse"\n')
        self.assertEqual(caller.ask("HEAD", f"/users/u?{VERSION}").status, 501)
        self.assertEqual(self.emulator.requests(), 0)

    def test_one_target_keeps_its_order_over_connections(self):
        """Each is accepted before the next is sent; the first is retried for a while."""
        daemon, caller = self.start_gateway(self.emulator, QUICK)
        self.emulator.set_faults([{"name": "first", "count": 3, "status": 503}])
        wires = [self.wire(caller) for _ in range(20)]
        for number, wire in enumerate(wires):
            wire.send(caller.message(str(number)))
            wait_until(lambda: self.actions(daemon)["accepted"] == number + 1, "acceptance")
        self.assertEqual({wire.answer().status for wire in wires}, {202})
        self.assertEqual(self.bodies(self.emulator), [str(number) for number in range(20)])


if __name__ == "__main__":
    main()
