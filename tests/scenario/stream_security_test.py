"""A broker that speaks TLS, and asks who one is: by a client's certificate, by SASL PLAIN, by SASL
SCRAM. Records, offsets, dead letters and awpsctl go through. A certificate or a password that is
not right holds the stream, which says why, and goes on once it is. No secret is in the log.
"""

import ctypes
import json
import tempfile
from pathlib import Path

import control_tool
import kafka_doors
from admin import Admin
from certificates import Authority
from control_tool import OK
from scenario import main, wait_until
from stream_scenario import StreamScenario, kafka
from stream_topic import Topic, group_key, send

USER, PASSWORD, NEW_PASSWORD = "awpsd", "open sesame", "shut sesame"
FIRST_WITH_SCRAM = 0x020601ff
PARTITIONS = 3
RECORDS = 600


def sasl(mechanism):
    """Properties; the setting BROKER_PASSWORD has the password."""
    return {"security.protocol": "sasl_ssl", "sasl.mechanism": mechanism, "sasl.username": USER}


def tables(stream, properties, secrets):
    """Of the stream's properties; `secrets`: property -> name of a setting."""
    def table(name, rows):
        lines = [f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in rows.items()]
        return f"[streams.{stream}.{name}]\n" + "".join(lines)
    return table("properties", properties) + table("secret_properties", secrets)


class StreamSecurity(StreamScenario):
    """Each door of the broker asks for something else."""

    @classmethod
    def make_broker(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="awps-tls-")))
        cls.authority = Authority(folder)
        stranger = Authority(folder, "stranger")
        cls.identities = {name: folder / f"{name}.identity" for name in ("right", "host", "signer")}
        for name, (certificate, key) in {
                "right": cls.authority.issue("localhost"), "host": cls.authority.issue("elsewhere"),
                "signer": stranger.issue("localhost")}.items():
            kafka_doors.write_identity(cls.identities[name], certificate, key)
        right = cls.identities["right"]
        cls.doors = {
            "tls": kafka_doors.tls_door("TLS", right, cls.authority),
            "plain": kafka_doors.plain_door("PLAIN", right, {USER: PASSWORD}),
            "scram": kafka_doors.scram_door("SCRAM", right),
            "host": kafka_doors.tls_door("HOST", cls.identities["host"], None),
            "signer": kafka_doors.tls_door("SIGNER", cls.identities["signer"], None),
        }
        return kafka.Broker(doors=cls.doors.values())

    def trusting(self, properties):
        return {**properties, "ssl.ca.location": str(self.authority.path)}

    def start_at(self, door, topic, properties, secrets, lines="", **environment):
        """`secrets`: property -> name of a setting of `environment`."""
        self.brokers = self.doors[door].address
        self.start_stream(topic, lines + tables("orders", self.trusting(properties), secrets),
                          environment=environment)

    def write(self, topic, first, count):
        writer = topic.writer()
        for number in range(first, first + count):
            writer.send(f"g{number % 10}", number)
        writer.flush()

    def see_all(self, topic):
        self.write(topic, 0, RECORDS)
        self.wait_for_all()
        self.assertEqual(self.judge.repeats, {})

    def see_no_secret(self, *secrets):
        log = self.daemon.log()
        for secret in secrets:
            self.assertNotIn(secret, log)

    def wait_for_cause(self, words, name="orders"):
        """Of the stream: it is troubled, and says so; readyz, too."""
        def says():
            streams = {each["name"]: each for each in self.admin.get("/status")["streams"]}
            return streams[name]["state"] == "troubled" and words in streams[name]["cause"].lower()
        try:
            wait_until(says, f"'{name}' to say '{words}'", 30)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.admin.get('/status')['streams']}") from error
        status, text = self.admin.ask("GET", "/readyz")
        self.assertEqual(status, 503)
        self.assertIn(f"stream {name}: ", text)

    def test_a_client_certificate(self):
        topic = self.make_topic(PARTITIONS)
        certificate, key = self.authority.issue("producer")
        self.start_at("tls", topic, {"security.protocol": "ssl",
                                     "ssl.certificate.location": str(certificate)},
                      {"ssl.key.pem": "BROKER_KEY"}, BROKER_KEY=key.read_text())
        self.see_all(topic)
        self.assertEqual(self.stop_daemon(), 0)
        self.judge.end_in_order()
        self.see_no_secret(key.read_text().splitlines()[1])

    def test_plain_with_letters_and_awpsctl(self):
        topic = self.make_topic(PARTITIONS)
        letters = Topic(self.broker, topic.name + ".letters")
        self.start_at("plain", topic, sasl("PLAIN"), {"sasl.password": "BROKER_PASSWORD"},
                      f'dead_letters = "{letters.name}"\n', BROKER_PASSWORD=PASSWORD)
        self.see_all(topic)
        file = Path(self.folder, "actions.ndjson")
        file.write_text(send("g0", RECORDS) + "\n")
        for arguments in (["send", "--stream", "orders"], ["stream", "check", "orders"]):
            more = [str(file)] if arguments[0] == "send" else []
            done = control_tool.run(f"unix:{self.daemon.admin_path}", *arguments, "--config",
                                    str(self.daemon.config_path), *more, BROKER_PASSWORD=PASSWORD)
            self.assertEqual(done.code, OK, done.out + done.err)
        wait_until(lambda: any(entry["body"] == str(RECORDS) for entry in self.emulator.log()),
                   "what awpsctl sent")
        writer = topic.writer()
        writer.write(group_key("bad"), b"nonsense")
        writer.flush()
        wait_until(lambda: topic.committed() == topic.ends(), "the offset behind the bad one")
        letter, = letters.read()
        self.assertEqual(letter.value(), b"nonsense")
        self.see_no_secret(PASSWORD)

    def test_scram(self):
        """What Debian 12 has of librdkafka cannot do it with Apache Kafka 4, and the stream says
        so; a newer one can."""
        topic = self.make_topic(PARTITIONS)
        kafka_doors.set_password(self.broker, USER, PASSWORD)
        self.start_at("scram", topic, sasl("SCRAM-SHA-512"), {"sasl.password": "BROKER_PASSWORD"},
                      BROKER_PASSWORD=PASSWORD)
        if ctypes.CDLL("librdkafka.so.1").rd_kafka_version() < FIRST_WITH_SCRAM:
            self.wait_for_cause("the password may be right")
        else:
            self.see_all(topic)
        self.see_no_secret(PASSWORD)

    def test_what_is_not_right(self):
        """One daemon, and a stream at each door. Once the broker shows what it should, and knows
        the password, they go on."""
        right = {"security.protocol": "ssl"}
        streams = {"host": (right, {}), "signer": (right, {}), "tls": (right, {}),
                   "plain": (sasl("PLAIN"), {"sasl.password": "BROKER_PASSWORD"})}
        self.emulator = self.start_emulator()
        config = ""
        for name, (properties, secrets) in streams.items():
            self.brokers = self.doors[name].address
            config += self.stream_config(self.make_topic(suffix="." + name)).replace(
                "streams.orders", f"streams.{name}")
            config += tables(name, self.trusting(properties), secrets)
        self.daemon = self.start_daemon(self.emulator.connection, config,
                                        environment={"BROKER_PASSWORD": NEW_PASSWORD})
        self.admin = Admin(self.daemon.admin_path)
        for name, words in (("host", "certificate"), ("signer", "certificate"),
                            ("tls", "ssl"),  # it shows none; OpenSSL's words for that vary
                            ("plain", "authentication")):
            self.wait_for_cause(words, name)
        self.see_no_secret(NEW_PASSWORD)
        self.exchange_what_the_broker_has()
        wait_until(lambda: self.states() == {**dict.fromkeys(streams, "running"),
                                             "tls": "troubled"}, "three to go on", 60)

    def exchange_what_the_broker_has(self):
        for name in ("host", "signer"):
            self.identities[name].write_text(self.identities["right"].read_text())
        settings = self.broker.folder / "settings"
        settings.write_text(settings.read_text().replace(PASSWORD, NEW_PASSWORD))
        self.broker.stop()
        self.broker.restart()

    def states(self):
        return {each["name"]: each["state"] for each in self.admin.get("/status")["streams"]}


if __name__ == "__main__":
    main()
