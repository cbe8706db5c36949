"""awpsctl and streams: it writes files to a topic that awpsd reads, shows what holds a partition
up, and names what is wrong with the records of a topic.
"""

import json
import os
import re
import subprocess
from pathlib import Path

import control_tool
from certificates import Authority
from control_tool import CONFIG, DATA, NO, NOT_NOW, OK, USAGE
from programs import ROOT, binary
from scenario import main, wait_until
from stream_scenario import StreamScenario
from stream_topic import group_key, send

KEYS = json.loads((ROOT / "tests/support/stream_keys.json").read_text())["keys"]
DASHBOARD = ROOT / "config/grafana/awpsd.json"
ACTIONS = 300
PARTITIONS = 4
HELLO = json.dumps({"hello": {"hub": "chat"}})


class StreamTools(StreamScenario):
    def configure(self, topic, hubs="[]"):
        """A file for awpsctl; no daemon is asked for these commands."""
        path = self.write("stream.toml", "[service]\nhub = \"chat\"\n[hubs.news]\n" +
                          self.stream_config(topic, f"hubs = {hubs}\n"))
        return str(path)

    def write(self, name, text):
        path = Path(self.folder, name)
        path.write_text(text)
        return path

    def control(self, *arguments, **options):
        return control_tool.run("unix:/nowhere", *map(str, arguments), **options)

    def send(self, config, *arguments, **options):
        return self.control("send", "--stream", "orders", "--config", config, *arguments, **options)

    def check(self, config, *arguments):
        return self.control("stream", "check", "orders", "--config", config, *arguments)

    def test_a_file_goes_through_the_stream(self):
        """Undelivered actions get back into it, and arrive in their order."""
        topic = self.make_topic(PARTITIONS)
        lines = [HELLO] + [send(f"g{number % 7}", number) for number in range(ACTIONS)]
        path = self.write("undelivered-20260102T030405Z.ndjson", "\n".join(lines) + "\n")
        sent = self.send(self.configure(topic), "--remove", path)
        self.assertEqual((sent.code, sent.err), (OK, ""))
        self.assertIn("300 records with 300 actions written", sent.out)
        self.assertFalse(path.exists())
        records = topic.read()
        self.assertEqual({record.key().decode() for record in records},
                         {group_key(f"g{number}") for number in range(7)})
        self.start_stream(topic, before='service.shared_by = "orders"\n')
        # The judge sees that each group's come in their order.
        wait_until(lambda: self.judge.look() or len(self.judge.arrived) == ACTIONS, "all to arrive")
        wait_until(lambda: topic.committed() == {number: end for number, end in topic.ends().items()
                                                 if end > 0}, "all to be committed")
        shown = control_tool.run(f"unix:{self.daemon.admin_path}", "stream", "status", "orders")
        self.assertEqual(shown.code, OK, shown.err)
        self.assertRegex(shown.out, f"stream orders: running; topic {topic.name}, group "
                         f"{topic.group}; 4 of 4 partitions, lag 0, ahead 0")
        metrics = self.admin.text("/metrics")
        for name in set(re.findall(r"awpsd_stream_\w+", DASHBOARD.read_text())):
            self.assertRegex(metrics, rf'(?m)^{name}{{stream="orders"')
        self.assertIn("awpsd_endpoint_shared_part", DASHBOARD.read_text())
        self.assertRegex(metrics, r"(?m)^awpsd_endpoint_shared_part{.*} 1$")
        names = control_tool.run(f"unix:{self.daemon.admin_path}", "stream", "status", "--names")
        self.assertEqual(names.out, "orders\n")
        for name in ([], ["orders"]):
            shown = control_tool.run(f"unix:{self.daemon.admin_path}", "--json", "stream", "status",
                                     *name)
            self.assertEqual([(one["name"], len(one["partitions"])) for one in
                              shown.json["streams"]], [("orders", PARTITIONS)])

    def test_the_examples_are_good(self):
        settings = {
            "WebPubSubConnectionString": "Endpoint=https://x.webpubsub.azure.com;AccessKey=a2V5;",
            "WebPubSubHub": "chat", "KafkaPassword": "secret",
            "EventHubsConnectionString": "Endpoint=sb://x.servicebus.windows.net/;"
                                         "SharedAccessKeyName=n;SharedAccessKey=a2V5"}
        examples = {path.name: path.read_text()
                    for path in (ROOT / "config/streams").glob("*.toml")}
        self.assertEqual(len(examples), 3)
        examples |= {"README": fleet_of_the_readme(), "manual": fleet_of_the_manual()}
        authority = Authority(self.folder)
        for example, as_it_is in examples.items():
            for name, text in (("as it is", as_it_is),
                               ("with all that it offers", offered(as_it_is))):
                with self.subTest(example=example, name=name):
                    text = text.replace("/etc/ssl/certs/kafka.pem", str(authority.path))
                    path = self.write("example.toml", text)
                    checked = subprocess.run(
                        [binary("awpsd"), "--config", path, "--check-config"], text=True,
                        env={**os.environ, **settings}, capture_output=True, timeout=30)
                    self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
                    self.assertIn("the configuration is good", checked.stdout)

    def test_trouble_is_told_in_the_words_of_the_broker(self):
        topic = self.make_topic(1)
        self.start_stream(topic, before='[streams.away]\nbrokers = "127.0.0.1:1"\ntopic = "t"\n'
                          f'[streams.gone]\nbrokers = "{topic.broker.address}"\ntopic = "none"\n')

        def status():
            return control_tool.run(f"unix:{self.daemon.admin_path}", "stream", "status").out
        wait_until(lambda: status().count(": troubled;") == 2, "both to be in trouble")
        self.assertRegex(status(), r"(?m)^stream away: .*\n  no broker answers: 127\.0\.0\.1:1/.*"
                         r"Connection refused")
        # The group's member and the question for the topic find it, one of them first.
        self.assertRegex(status(), r'(?m)^stream gone: .*\n  .*\bnone"?: Broker: Unknown topic')

    def test_keys_and_partitions_are_those_of_every_language(self):
        topic = self.make_topic(64)
        lines = [json.dumps(action_for(vector)) for vector in KEYS]
        hubs = json.dumps(sorted({vector["hub"].lower() for vector in KEYS} - {"chat"}))
        path = self.write("stream.toml", '[service]\nhub = "chat"\n' + "".join(
            f"[hubs.{json.dumps(hub)}]\n" for hub in json.loads(hubs)) +
            self.stream_config(topic, f"hubs = {hubs}\n"))
        sent = self.send(path, "-", text="\n".join(lines) + "\n")
        self.assertEqual((sent.code, sent.err), (OK, ""))
        found = {(record.key(), record.partition()) for record in topic.read()}
        self.assertEqual(found, {(vector["key"].encode(), vector["partitions"]["64"])
                                 for vector in KEYS})
        checked = self.check(path)
        self.assertEqual(checked.code, OK, checked.out)
        self.assertIn("all is well", checked.out)

    def test_what_is_refused_is_named_with_its_line(self):
        topic = self.make_topic(1)
        large = send("g", "x" * 1_000_000)
        logout = json.dumps({"actionName": "removeUserFromAllGroups", "userId": "ann"})
        array = f"[{send('a', 1)},{send('b', 2)}]"
        batch = '{"ordered":true,"batch":[' + f"{send('a', 3)},{send('b', 4)}" + "]}"
        lines = [send("g", 0), "nonsense", large, send("g", 5, hub="secret"), logout, logout, array,
                 batch, send("g", 6, hub="news")]
        sent = self.send(self.configure(topic, '["news"]'), "-", text="\n".join(lines) + "\n")
        self.assertEqual(sent.code, NO)
        self.assertIn("7 records with 8 actions written, 3 actions refused", sent.out)
        for words in ("line 2: refused (invalid_json)", "line 3: refused (message_too_large)",
                      "line 4: refused (forbidden): hub 'secret'",
                      "line 5: removeUserFromAllGroups has no right key"):
            self.assertIn(words, sent.err)
        self.assertEqual(sent.err.count("no right key"), 1, "it is said once")
        keys = [record.key().decode() for record in topic.read()]
        said = self.send(self.configure(topic), "--json", "-", text="{\n").json
        self.assertEqual((said["records"], said["refused"]), (0, 1))
        self.assertEqual(said["troubles"][0]["place"], "line 1")
        self.assertEqual(keys, ["chat/g/g", "chat/u/ann", "chat/u/ann", "chat/g/a", "chat/g/b",
                                "chat/g/a", "news/g/g"])

    def test_the_first_record_that_is_not_written_ends_it(self):
        """What follows would overtake what is to be sent again."""
        topic = self.make_topic(1, max_message_bytes=2000)
        files = [self.write(f"{name}.ndjson", send("g", data) + "\n")
                 for name, data in (("a", 0), ("b", "x" * 3000), ("c", 1))]
        sent = self.send(self.configure(topic), *files)
        self.assertEqual(sent.code, NOT_NOW)
        self.assertIn("b.ndjson: line 1: not written: ", sent.err)
        self.assertIn("so that it does not overtake what came before: 1 file, beginning with ",
                      sent.err)
        self.assertIn("1 record with 1 action written, 1 record not known to be written; what "
                      "follows line 1 was not sent", sent.out)
        self.assertEqual([record.value().decode() for record in topic.read()], [
            '{"actionName":"sendToGroup","group":"g","data":"0"}'])

    def test_wrong_records_are_named(self):
        topic = self.make_topic(PARTITIONS)
        writer = topic.writer()
        writer.send("right", 1)
        for partition in (0, 3):
            writer.write(group_key("split"), send("split", 2), partition=partition)
        writer.write(None, send("g", 3), partition=1)
        writer.write("another", send("g", 4))
        writer.write(group_key("bad"), b"nonsense")
        writer.flush()
        config = self.configure(topic)
        checked = self.check(config)
        self.assertEqual(checked.code, NO, checked.err)
        text = " ".join(checked.out.split())
        for words in ("'chat/g/split' in 0 and 3", "1 record has no key, in partition 1",
                      "'another' instead of 'chat/g/g'", "1 record is one that no daemon takes"):
            self.assertIn(words, text)
        said = json.loads(control_tool.run("unix:/nowhere", "--json", "stream", "check", "orders",
                                           "--config", config, "--records", "1").out)
        self.assertLessEqual(said["records"], PARTITIONS)
        self.assertFalse(topic.committed(), "it joins no group")

    def test_mistakes_and_a_broker_that_is_away(self):
        topic = self.make_topic(1)
        config = self.configure(topic)
        other = self.control("send", "--stream", "news", "--config", config, "-", text="")
        self.assertEqual(other.code, USAGE)
        self.assertIn("has no [streams.news]: there is orders", other.err)
        broken = self.write("broken.toml", "[streams.orders]\ntopics = 1\n")
        self.assertEqual(self.send(broken, "-", text="").code, CONFIG)
        hello = self.send(config, "-", text='{"hello":{"hubs":1}}\n' + send("g", 1) + "\n")
        self.assertEqual((hello.code, hello.out), (DATA, ""))
        self.assertEqual(topic.read(), [])
        text = Path(config).read_text()
        gone = self.write("gone.toml", text.replace(topic.broker.address, "127.0.0.1:1"))
        away = self.send(gone, "--timeout", "1s", "-", text=send("g", 1) + "\n")
        self.assertEqual(away.code, NOT_NOW)
        self.assertIn("1 record not known to be written; --timeout is over: the first without an "
                      "answer is in line 1", away.out)
        self.assertEqual(away.err, "")
        away = self.send(gone, "--timeout", "6s", "-", text=send("g", 1) + "\n")
        self.assertEqual(away.err.count("waits for the broker"), 1, away.err)
        alone = self.control("send", "--config", config, "-", text=send("g", 1) + "\n")
        self.assertEqual(alone.code, USAGE)
        self.assertIn("--stream", alone.err)


def fleet_of_the_readme():
    _, _, chapter = (ROOT / "README.md").read_text().partition("## Running a fleet\n")
    return re.search(r"(?s)```toml\n(.*?)```", chapter)[1]


def fleet_of_the_manual():
    _, _, text = (ROOT / "daemon/manual/pages/awpsd.toml.5.in").read_text().partition("A fleet of ")
    return re.search(r"(?s)\.EX\n(.*?)\.EE", text)[1].replace("\\(dq", '"').replace("\\-", "-")


def offered(example):
    """The example with its commented lines: tables and options, not prose and commands."""
    return re.sub(r'(?m)^# (?=\[|"?[a-z_.]+"? = )', "", example)


def action_for(vector):
    """Whose key the vector's is."""
    name, hub = vector["name"], vector["hub"]
    return {"group": {"actionName": "sendToGroup", "group": name, "data": ""},
            "user": {"actionName": "sendToUser", "userId": name, "data": ""},
            "connection": {"actionName": "sendToConnection", "connectionId": name, "data": ""},
            "all": {"actionName": "sendToAll", "data": ""},
            "orderingKey": {"actionName": "sendToAll", "data": "",
                            "orderingKey": name}}[vector["target"]] | {"hub": hub}


if __name__ == "__main__":
    main()
