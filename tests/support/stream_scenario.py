"""What the scenes of streams share: a broker for all scenes of a file, a topic for each, and an
awpsd that reads it.
"""

from admin import Admin
from scenario import Scenario, wait_until
from stream_judge import Judge
from stream_topic import Topic, kafka

SESSION_SECONDS = 6  # the least that the configuration takes
STREAM = """[streams.orders]
brokers = "{address}"
topic = "{topic}"
group = "{topic}"
session_timeout = "{session}s"
"""
# A group that knows its member by name: who comes back has his partitions at once, while one that
# was killed and has no name is waited for as long as the session.
NAMED = '[streams.orders.properties]\n"group.instance.id" = "one"\n'


class StreamScenario(Scenario):
    """A scene's topic and group have its name. Who kills the broker starts it again."""

    session_seconds = SESSION_SECONDS
    brokers = ""  # what the daemon is told; empty: where the tests themselves reach them

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = cls.enterClassContext(cls.make_broker())

    @classmethod
    def make_broker(cls):
        return kafka.Broker()

    def make_topic(self, partitions=1, suffix="", **settings):
        return Topic(self.broker, self.id().rpartition(".")[2] + suffix, partitions, **settings)

    def stream_config(self, topic, lines="", before=""):
        """`lines` of the stream's table; `before`: of others."""
        return before + STREAM.format(address=self.brokers or topic.broker.address,
                                      topic=topic.name, session=self.session_seconds) + lines

    def start_stream(self, topic, lines="", before="", emulator=(), **options):
        """Emulator, awpsd and judge."""
        self.emulator = self.start_emulator(*emulator)
        self.daemon = self.start_daemon(self.emulator.connection,
                                        self.stream_config(topic, lines, before), **options)
        self.admin = Admin(self.daemon.admin_path)
        self.judge = Judge(topic, self.emulator)

    def stream(self):
        """Its state, as the daemon says it."""
        stream, = self.admin.get("/status")["streams"]
        return stream

    def partition(self, number=0):
        return next((each for each in self.stream()["partitions"] if each["number"] == number),
                    None)

    def wait_for_all(self, seconds=60):
        """All that was written has arrived and is committed."""
        try:
            wait_until(self.judge.has_all, "all records to arrive and to be committed", seconds)
        except AssertionError as error:
            missing = self.judge.missing()
            raise AssertionError(
                f"{error}; {len(missing)} are missing, such as {sorted(missing)[:5]}; committed "
                f"{self.judge.topic.committed()} of {self.judge.topic.ends()}; "
                f"{self.stream_or_why()}") from error

    def stream_or_why(self):
        try:
            return self.stream()
        except OSError as error:
            return f"no status: {error}"

    def stop_daemon(self):
        """The exit status of SIGTERM."""
        self.daemon.signal(15)
        return self.daemon.wait()
