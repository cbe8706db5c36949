"""awpsd --explain prints which requests a file of actions becomes, and why; nothing is sent."""

import json
import os
import subprocess
import unittest
from collections import Counter
from pathlib import Path

from programs import binary, temporary_folder

OK, DATA_ERROR, NO_INPUT, BAD_CONFIG, USAGE = 0, 65, 66, 78, 64
MOST_COLUMNS = 100

NARROW = 'max_in_flight = 1\n'
FAN_OUT = NARROW + 'coalesce.fan_out_min = 2\n'
BULK = NARROW + 'coalesce.bulk_membership = true\n'
MERGE = 'merge = [{ groups = "telemetry" }]\n'


def to_user(user, data="hi", **rest):
    return {"actionName": "sendToUser", "userId": user, "data": data, **rest}


def to_group(group, data="hi", **rest):
    return {"actionName": "sendToGroup", "group": group, "data": data, **rest}


def json_to_group(group, number, **rest):
    return to_group(group, {"n": number}, dataType="json", **rest)


def change(kind, user, group="g"):
    return {"actionName": kind, "userId": user, "group": group}


def users(count, **rest):
    return [to_user(f"u{number}", **rest) for number in range(1, count + 1)]


# name, configuration of the hub, lines, texts that must stand in the plan, exit status
PLANS = [
    ("a fan-out", FAN_OUT, users(3),
     ["POST /:send?filter=userId in ('u1','u2','u3')",
      "lines 1–3: fan_out: 3 sends of one message; 3 were ready and 1 permit free",
      "3 actions: 3 carried by 1 request in 25 ms; without coalescing: 3 requests in 75 ms"], OK),
    ("names are quoted", FAN_OUT, [to_user("o'hara"), to_user("ann")],
     ["userId in ('o''hara','ann')"], OK),
    ("a name stands once", FAN_OUT, [to_user("ann", unordered=True), to_user("ann", unordered=True),
                                     to_user("bob")],
     ["lines 1, 3: fan_out: 2 sends", "line 2: single:"], OK),
    ("max_members", FAN_OUT + "coalesce.max_members = 2\n", users(3),
     ["lines 1–2: fan_out: 2 sends (max_members)", "line 3: single: permits sufficed"], OK),
    ("fan_out_min", NARROW, users(3),
     ["line 1: single: 3 sends of this message were ready, and fan_out_min is 8"], OK),
    ("fan_out_per_second", FAN_OUT + "coalesce.fan_out_per_second = 1\ncoalesce.max_members = 2\n",
     users(5), ["lines 1–2: fan_out", "line 3: single: fan_out_per_second (1) permits the next at"],
     OK),
    ("permits suffice", "coalesce.fan_out_min = 2\n", users(3),
     ["line 1: single: permits sufficed: 3 were ready and 16 permits free"], OK),
    ("fan_out off", FAN_OUT + 'coalesce.fan_out = "off"\n', users(2),
     ["line 1: single: coalesce.fan_out is off"], OK),
    ("coalescing off", FAN_OUT + "coalesce.enabled = false\n", users(2),
     ["coalescing is off", "line 1: single: coalesce.enabled is false"], OK),
    ("a name with a slash", FAN_OUT, [to_user("a/b"), *users(2)],
     ["POST /users/a%2Fb/:send", "line 1: single: its name has a '/'", "lines 2–3: fan_out"], OK),
    ("an own filter", FAN_OUT, [to_user("ann", filter="'vip' in groups"), *users(2)],
     ["/users/ann/:send?filter='vip' in groups", "line 1: single: it has a filter of its own",
      "lines 2–3: fan_out"], OK),
    ("a merge", MERGE, [json_to_group("telemetry", n) for n in range(3)],
     ["POST /groups/telemetry/:send", "28 B",
      "lines 1–3: merge: 3 consecutive messages of group 'telemetry'"], OK),
    ("a merge ends", MERGE,
     [json_to_group("telemetry", 1), json_to_group("telemetry", 2),
      json_to_group("telemetry", 3, excluded=["c1"])],
     ["lines 1–2: merge: 2 consecutive messages of group 'telemetry'; line 3, the next one, "
      "differs in excluded",
      "line 3: merge: one message of group 'telemetry', in an array of one"], OK),
    ("data that no rule takes", MERGE, [to_group("telemetry"), to_group("other")],
     ["line 1: single: the merge rule 'telemetry' takes dataType json alone",
      "line 2: single: no merge rule fits group 'other'"], OK),
    ("supersede", "", [change("addUserToGroup", "ann"), change("removeUserFromGroup", "ann")],
     ["line 1: superseded by line 2 (supersede)", "DELETE /users/ann/groups/g",
      "in the place of 1 superseded", "2 actions: 1 carried by 1 request in 25 ms, 1 superseded"],
     OK),
    ("conflate", "", [to_group("prices", str(n), conflationKey="k") for n in range(4)],
     ["lines 1–3: superseded in turn by line 4 (conflate)"], OK),
    ("bulk membership", BULK, [change("addUserToGroup", user) for user in ("ann", "bob", "a/b")],
     ['/:addToGroups {"groups":["g"],"filter":"userId in (\'ann\',\'bob\')"}',
      "lines 1–2: bulk_membership: 2 addUserToGroup of group 'g'",
      "line 3: single: its name has a '/'"], OK),
    ("bulk changes of its own", BULK,
     [{"actionName": name, "groups": ["g", "h"], "filter": "true"}
      for name in ("addConnectionsToGroups", "removeConnectionsFromGroups")],
     ['0 ms POST /:addToGroups {"groups":["g","h"],"filter":"true"}',
      "line 1: single: no rule puts addConnectionsToGroups together with others",
      '25 ms POST /:removeFromGroups {"groups":["g","h"],"filter":"true"}'], OK),
    ("equal closes of a user, and equal removals of a connection", "",
     [{"actionName": "closeUserConnections", "userId": "ann"}] * 2
     + [{"actionName": "removeConnectionFromAllGroups", "connectionId": "c1"}] * 2,
     ["line 1: superseded by line 2 (supersede)", "POST /users/ann/:closeConnections",
      "line 3: superseded by line 4 (supersede)", "DELETE /connections/c1/groups"], OK),
    ("bulk membership off", "", [change("addUserToGroup", "ann")],
     ["line 1: single: coalesce.bulk_membership is off"], OK),
    ("order", "", [to_group("g", "1"), to_group("g", "2")],
     ["0 ms POST", "25 ms POST", "line 2: single: no merge rule fits group 'g'; until now order"],
     OK),
    ("expired", "", [to_group("g", "1"), to_group("g", "2", ttlSeconds=0.01)],
     ["10 ms line 2: expired", "2 actions: 1 carried by 1 request in 25 ms, 1 expired"], OK),
    ("elements of a line", BULK, [[change("addUserToGroup", "ann"), change("addUserToGroup", "bob"),
                                   change("addUserToGroup", "cyd", "h")]],
     ["line 1[1–2]: bulk_membership", "line 1[3]: single"], OK),
    ("an ordered batch", "", [{"batch": users(2), "ordered": True}],
     ["0 ms POST /users/u1/:send", "25 ms POST /users/u2/:send"], OK),
    ("many alike", "", users(10),
     ["… and so 9 more requests at 0 ms: lines 2–10 (--full shows each)"], OK),
    ("a refused line", "", [to_group("g"), {"actionName": "sendToAll"}, to_group("h")],
     ["line 2: refused (invalid_action): 'data' of sendToAll is missing", "line 1: single",
      "line 3: single", "2 actions: 2 carried by 2 requests"], DATA_ERROR),
    ("no JSON", "", ["nonsense", to_group("g")],
     ["line 1: refused (invalid_json)", "line 2: single"], DATA_ERROR),
    ("an unknown hub", "", [to_group("g", hub="nowhere")],
     ["line 1: refused (unknown_hub): there is no hub 'nowhere'"], DATA_ERROR),
    ("a nearly right key", "", [to_group("g", ordering_key="k")],
     ["line 1: warning: the unknown key 'ordering_key' is ignored"], OK),
    ("an empty file", "", [], ["hub chat: supersede, conflate, fan_out users", "0 actions"], OK),
    ("a hello", "", [{"hello": {"hub": "news"}}, to_group("g")],
     ["hub news: ", "/api/hubs/news…", "line 2: single", "1 action: 1 carried by 1 request"], OK),
    ("a bad hello", "", [{"hello": {"hub": "nowhere"}}, to_group("g")],
     ["line 1: refused (unknown_hub)", "nothing behind it is read", "0 actions"], DATA_ERROR),
    ("two hubs", "", [to_group("g"), to_group("g", hub="news")],
     ["hub chat: ", "line 1: single", "hub news: ", "line 2: single"], OK),
    ("a terminal is not at the mercy of names", "", [to_group("\x1b[2J")],
     ["/groups/\\x1b[2J/:send"], OK),
]


class Explain(unittest.TestCase):
    def setUp(self):
        folder = temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def explain(self, hub_config, lines, *arguments, **options):
        config = self.folder / "awpsd.toml"
        config.write_text(f'service.hub = "chat"\n[hubs.news]\n[hubs.chat]\n{hub_config}')
        file = self.folder / "actions.ndjson"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("".join(text + "\n" for text in texts))
        return self.run_daemon("--config", config, "--explain", file, *arguments, **options)

    def run_daemon(self, *arguments, **options):
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("WebPubSub")}
        return subprocess.run([binary("awpsd"), *map(str, arguments)], env=environment, timeout=60,
                              capture_output=True, text=True, check=False, **options)

    def test_plans(self):
        for name, hub_config, lines, texts, status in PLANS:
            with self.subTest(name):
                run = self.explain(hub_config, lines)
                self.assertEqual(run.returncode, status, run.stderr + run.stdout)
                plan = " ".join(run.stdout.split())  # however it is broken into lines
                for text in texts:
                    self.assertIn(text, plan)

    def test_json_accounts_for_each_action(self):
        for name, hub_config, lines, _, status in PLANS:
            with self.subTest(name):
                run = self.explain(hub_config, lines, "--json")
                self.assertEqual(run.returncode, status, run.stderr)
                objects = [json.loads(line) for line in run.stdout.splitlines()]
                self.check_account(objects)

    def check_account(self, objects):
        counts = Counter(item["type"] for item in objects)
        seqs = []
        for item in objects:
            seqs += item.get("seqs", []) + ([item["seq"]] if "seq" in item else [])
        summaries = [item for item in objects if item["type"] == "summary"]
        self.assertEqual(len(seqs), len(set(seqs)), "an action stands twice")
        self.assertEqual(len(seqs), sum(item["actions"] for item in summaries))
        for kind, key in [("request", "requests"), ("superseded", "superseded"),
                          ("expired", "expired")]:
            self.assertEqual(counts[kind], sum(item[key] for item in summaries), kind)

    def test_json_says_what_would_be_sent(self):
        run = self.explain(FAN_OUT, users(2), "--json")
        request, = [item for item in map(json.loads, run.stdout.splitlines())
                    if item["type"] == "request"]
        self.assertEqual(request["url"], "https://example.webpubsub.azure.com/api/hubs/chat/:send"
                         "?api-version=2024-12-01&filter=userId%20in%20%28%27u1%27%2C%27u2%27%29")
        self.assertEqual((request["method"], request["rule"], request["lines"],
                          request["bodyBytes"], request["ms"]), ("POST", "fan_out", [1, 2], 2, 0))

    def test_it_is_readable(self):
        for name, hub_config, lines, _, _ in PLANS:
            with self.subTest(name):
                for line in self.explain(hub_config, lines).stdout.splitlines():
                    self.assertLessEqual(len(line), MOST_COLUMNS, line)

    def test_full_shortens_nothing(self):
        lines = users(60)
        self.assertNotIn("'u60')", self.explain(FAN_OUT, lines).stdout)
        self.assertIn("'u60')", self.explain(FAN_OUT, lines, "--full").stdout)

    def test_standard_input_and_round_trip(self):
        run = self.run_daemon("--explain", "-", "--round-trip", "100",
                              input=json.dumps(to_group("g")))
        self.assertEqual(run.returncode, OK, run.stderr)
        self.assertIn("1 action: 1 carried by 1 request in 100 ms", run.stdout)

    def test_what_cannot_be_explained(self):
        rows = [("no such file", ["--explain", "nowhere.ndjson"], NO_INPUT, "nowhere.ndjson"),
                ("a folder", ["--explain", self.folder], NO_INPUT, str(self.folder)),
                ("no such config", ["--config", "nowhere.toml", "--explain", "-"], BAD_CONFIG,
                 "nowhere.toml"),
                ("no file to explain", ["--full"], USAGE, "--explain"),
                ("a bad round trip", ["--explain", "-", "--round-trip", "soon"], USAGE,
                 "--round-trip")]
        for name, arguments, status, text in rows:
            with self.subTest(name):
                run = self.run_daemon(*arguments, input="")
                self.assertEqual(run.returncode, status, run.stderr)
                self.assertIn(text, run.stderr + run.stdout)

    def test_a_mistake_in_the_configuration_is_told(self):
        run = self.explain('coalesce.fan_out_min = 1\n', users(2))
        self.assertEqual(run.returncode, BAD_CONFIG)
        self.assertIn("fan_out_min", run.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
