"""Two hosts, each with a daemon of one group, and wires that are pulled: from the brokers, from the
service, from both. The hosts never reach each other. What one is cut off from, the other goes on
with; no record is lost, and nobody sends what has become another's.
"""

import sys
import tempfile
import time
from pathlib import Path

import kafka_doors
from certificates import Authority
from hosts import Host, Switch, missing_for_hosts
from machine import isolate_network
from scenario import main, wait_until
from stream_members import SOCKET_ACTIONS, MembersScenario
from stream_scenario import kafka

NO_HOSTS = 77
PARTITIONS = 4
GROUPS = 20
RECORDS = 3000
DELAY_MS = 50  # of each answer: both together deliver 400 records a second
SOME = 200
MAX_AHEAD = 1000
FLOOR = 0.01  # of the fleet's limit, for sockets
CONFIG = """max_ahead = {most}
[streams.orders.properties]
"security.protocol" = "ssl"
"ssl.ca.location" = "{authority}"
"""


class Network(MembersScenario):
    """Brokers are at one switch, the service at another; the scene itself is at both."""

    @classmethod
    def make_broker(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="awps-tls-")))
        cls.at_brokers = Switch("brokers", "10.77.1")
        cls.at_service = Switch("service", "10.77.2")
        authority = Authority(folder)
        identity = kafka_doors.write_identity(folder / "identity.pem",
                                              *authority.issue(cls.at_brokers.address))
        door = kafka_doors.tls_door("TLS", identity, None, host=cls.at_brokers.address)
        cls.brokers = door.address
        cls.lines = CONFIG.format(most=MAX_AHEAD, authority=authority.path)
        cls.hosts = {}
        for number, name in enumerate(("left", "right"), 2):
            cls.hosts[name] = Host(name, number, (cls.at_brokers, cls.at_service))
            cls.addClassCleanup(cls.hosts[name].close)
        return kafka.Broker(doors=[door])

    def setUp(self):
        super().setUp()
        for host in self.hosts.values():
            host.plug(self.at_brokers, self.at_service)  # whatever a scene before has left

    def start_service(self):
        return self.start_emulator("--delay", str(DELAY_MS), "--allow-remote",
                                   address=self.at_service.address)

    def way_to(self, name):
        return self.hosts[name].way

    def begin(self, records):
        """Each has more to do than it can, for some seconds."""
        self.topic = self.make_topic(PARTITIONS)
        self.left, self.right = self.start_members(
            self.topic, "left", "right", lines=self.lines,
            before=f'service.allow_plain_http = ["{self.at_service.address}"]\n'
                   'service.timeout = "2s"\nservice.requests_per_second = 1000\n'
                   'service.shared_by = "orders"\n')
        self.judge.is_shared = True
        self.written = 0
        self.write(records)
        self.wait_for_more("the work to be under way")

    def write(self, count):
        writer = self.topic.writer()
        for number in range(self.written, self.written + count):
            writer.send(f"g{number % GROUPS}", number)
        writer.flush()
        self.written += count

    def see_going_on(self, other):
        """It has something left to do, however long it took to come here."""
        self.write(4 * SOME)
        enough = other.delivered() + SOME
        wait_until(lambda: self.judge.look() or other.delivered() >= enough, "the other to go on")

    def wait_for_more(self, what, count=SOME):
        enough = len(self.judge.arrived) + count
        wait_until(lambda: self.judge.look() or len(self.judge.arrived) >= enough, what)

    def see_taken_over(self, cut, other, switches, lost):
        """`cut`, a member, is pulled from switches, and after a while plugged in again."""
        host = self.hosts[cut.name]
        host.pull(*switches)
        begun = time.monotonic()
        wait_until(lambda: other.owned() == PARTITIONS, "the other to have all", 30)
        taken = time.monotonic() - begun
        wait_until(lambda: (cut.owned(), cut.lost()) == (0, lost), "it to have lost its own", 5)
        wait_until(lambda: (cut.part(), other.part()) == (FLOOR, 1), "the limit to follow")
        left_over = cut.delivered()
        if self.at_service not in switches:
            self.see_a_socket_served(cut)
            left_over += SOCKET_ACTIONS
        wait_until(lambda: cut.state()[0] == "troubled" and cut.state()[1] in cut.not_ready() != "",
                   "it to say what is wrong", 30)
        self.see_going_on(other)
        self.assertEqual((other.state(), other.not_ready()), (("running", ""), ""))
        self.assertEqual(cut.delivered(), left_over, "what it delivers is another's")
        host.plug(*switches)
        begun = time.monotonic()
        wait_until(lambda: (cut.owned(), other.owned()) == (PARTITIONS // 2, PARTITIONS // 2),
                   "each to have its part again", 60)
        self.wait_until_well(cut)
        wait_until(lambda: (cut.part(), other.part()) == (0.5, 0.5), "the limit to follow")
        print(f"'{cut.name}' was cut off: the other has all after {taken:.1f} s; plugged in, each "
              f"has its part after {time.monotonic() - begun:.1f} s; came again: "
              f"{sum(self.judge.repeats.values())}")

    def wait_until_well(self, member):
        try:
            wait_until(lambda: (member.state(), member.not_ready()) == (("running", ""), ""),
                       "it to be well", 60)
        except AssertionError as error:
            raise AssertionError(f"{error}: {member.state()}, {member.not_ready()}") from error

    def test_hosts_do_not_reach_each_other(self):
        left = self.hosts["left"]
        for switch in (self.at_brokers, self.at_service):
            self.assertTrue(left.reaches(switch.address))
            self.assertFalse(left.reaches(f"{switch.network}.{self.hosts['right'].number}"))
            left.pull(switch)
            self.assertFalse(left.reaches(switch.address))
            left.plug(switch)
            self.assertTrue(left.reaches(switch.address))

    def test_cut_off_for_longer_than_the_session(self):
        """From the brokers, then from all. The other begins where the last commit is, once the one
        that is cut off has stopped: a group begins again once for each cut, and no more."""
        self.begin(RECORDS)
        self.see_taken_over(self.left, self.right, [self.at_brokers], lost=1)
        self.write(RECORDS)
        self.wait_for_more("both to be busy")
        self.see_taken_over(self.right, self.left, [self.at_brokers, self.at_service], lost=1)
        self.wait_for_all()
        self.assertEqual((self.left.lost(), self.right.lost()), (1, 1))
        self.assertLessEqual(max(self.judge.steps_back.values()), 2 + 2, self.judge.steps_back)
        self.assertLessEqual(self.judge.most_repeats(), 2 * MAX_AHEAD)

    def test_cut_off_from_the_service(self):
        """Its partitions stay its own, and wait; nothing is given up."""
        self.begin(RECORDS // 2)
        before = [member.stream()["rebalances"] for member in self.members.values()]
        self.hosts["left"].pull(self.at_service)
        wait_until(lambda: all(each["why"] and each["seconds"] > 3 for each in self.left.oldest()),
                   "what it waits for")
        self.see_going_on(self.right)
        self.hosts["left"].plug(self.at_service)
        self.wait_for_all()
        self.assertEqual([member.stream()["rebalances"] for member in self.members.values()],
                         before)
        # What took effect, and was not answered.
        self.assertLessEqual(sum(self.judge.repeats.values()), GROUPS)
        self.assertEqual(self.left.admin.dead_letters("chat"), [])


if __name__ == "__main__":
    why = missing_for_hosts()
    if why:
        print(f"SKIPPED: this needs hosts of its own: {why}")
        sys.exit(NO_HOSTS)
    isolate_network()
    main()
