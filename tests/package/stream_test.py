"""A stream of a real broker in the unit's sandbox, by the packages: the library is there, the
brokers are let through, and secrets come as credentials.
"""

import debs
from installed import CONFIG, Installed, main
from stream_topic import Topic, group_key, kafka, send

STREAM = """[streams.orders]
brokers = "{address}"
topic = "{topic}"
session_timeout = "6s"
"""
# The password itself takes a broker that asks for it.
SECRETS = '[streams.orders.secret_properties]\n"client.id" = "KafkaPassword"\n'


class Stream(Installed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = cls.enterClassContext(kafka.Broker())
        cls.install(*debs.debs().values())
        cls.configure()

    def setUp(self):
        self.topic = Topic(self.broker, self.id().rpartition(".")[2])
        self.topic.group = "awpsd"
        self.start_afresh()

    def start_stream(self, more=""):
        self.machine.write(CONFIG, STREAM.format(address=self.broker.address,
                                                 topic=self.topic.name) + more)
        self.systemctl("restart", "awpsd.service")

    def assert_delivers(self, number):
        """And commits."""
        writer = self.topic.writer()
        writer.write(group_key("g"), send("g", number), name=number)
        writer.flush()
        self.wait(lambda: any(entry["body"] == str(number) for entry in self.emulator.log()),
                  "the record to be delivered", 60)
        self.wait(self.topic.is_settled, "its offset to be committed", 60)

    def test_records_are_delivered_and_a_stop_gives_partitions_back(self):
        self.start_stream()
        self.assert_delivers(1)
        self.systemctl("restart", "awpsd.service")
        self.assert_delivers(2)
        self.systemctl("stop", "awpsd.service")
        self.assertEqual(self.property("Result"), "success")
        self.assertNotIn("was not committed", self.journal())

    def test_a_secret_is_a_credential_of_the_unit(self):
        secret = self.machine.path("/etc/credstore/KafkaPassword")
        self.addCleanup(lambda: secret.unlink(missing_ok=True))
        self.machine.run(["install", "-m", "600", "/dev/stdin", "/etc/credstore/KafkaPassword"],
                         text="hush-hush\n")
        self.start_stream(SECRETS)
        self.assert_delivers(3)
        self.assertNotIn("hush", self.journal())
        secret.unlink()
        self.assertNotEqual(self.machine.try_run(["systemctl", "restart", "awpsd"]).returncode, 0)
        self.assertEqual(self.property("ExecMainStatus"), "78")
        self.assertIn("KafkaPassword", self.journal())

    def test_authorities_of_this_machine_are_readable(self):
        """Brokers that speak no TLS are refused as such, not for want of authorities."""
        self.start_stream('[streams.orders.properties]\n"security.protocol" = "ssl"\n')
        self.wait(lambda: "librdkafka:" in self.journal(), "librdkafka's words", 60)
        said = self.journal()
        self.assertEqual(self.property("ActiveState"), "active")
        for word in ("ca-certificates", "CA", "crypto", "Permission denied"):
            self.assertNotIn(word, said)


if __name__ == "__main__":
    main()
