"""A cluster of three brokers loses nodes under load: the one that leads partitions and coordinates
the group, then another, then two at once. Two daemons read on as soon as there are leaders; nothing
is lost, late or twice, and what they say of it is true. It belongs to `tests/run --long`.
"""

import time

from kafka_cluster import Cluster
from scenario import main, wait_until
from stream_members import MembersScenario, SteadyLoad

PARTITIONS = 6
GROUPS = 60
RATE = 800  # records a second
SOME = 3000
MAX_AHEAD = 1000
LINES = f"max_ahead = {MAX_AHEAD}\n"


class Brokers(MembersScenario):
    session_seconds = 15  # longer than a cluster takes to choose new leaders

    @classmethod
    def make_broker(cls):
        return Cluster()

    def setUp(self):
        super().setUp()
        for node in self.broker.nodes.values():
            if node.process.poll() is not None:
                node.launch()
        wait_until(lambda: self.broker.alive() == set(self.broker.nodes), "all nodes", 90)

    def begin(self):
        topic = self.make_topic(PARTITIONS)
        self.start_members(topic, "one", "two", lines=LINES)
        self.load = SteadyLoad(topic, RATE, GROUPS)
        self.wait_for_more("the load to be under way")
        return topic

    def wait_for_more(self, what, count=SOME):
        enough = len(self.judge.arrived) + count
        self.load.wait_until(lambda: self.judge.look() or len(self.judge.arrived) >= enough, what)

    def wait_until_all_is_well(self):
        for name, member in self.members.items():
            self.load.wait_until(lambda one=member: one.state() == ("running", "")
                                 and one.not_ready() == "", f"'{name}' to be well")

    def kill(self, node, topic):
        """Until others lead what it led. What the daemons said meanwhile."""
        self.assertIn(node, self.broker.leaders(topic.name).values())
        self.broker.nodes[node].kill()
        begun = time.monotonic()
        said = set()

        def is_led_by_others():
            said.update(member.state() for member in self.members.values())
            return not {node, -1} & set(self.broker.leaders(topic.name).values())
        self.load.wait_until(is_led_by_others, "new leaders")
        led = time.monotonic() - begun
        self.wait_for_more("records to go on", 2 * SOME)
        self.wait_until_all_is_well()
        print(f"node {node} killed: new leaders after {led:.1f} s; the daemons said {said}")
        self.assertEqual([cause for state, cause in said if (state == "troubled") != (cause != "")],
                         [])

    def bring_back(self, node, topic):
        self.broker.nodes[node].launch()
        self.load.wait_until(lambda: self.broker.copies_in_step(topic.name) == 3, "all copies", 90)

    def test_one_after_another(self):
        topic = self.begin()
        first = self.broker.coordinator()
        self.kill(first, topic)
        self.bring_back(first, topic)
        self.assertNotEqual(self.broker.coordinator(), first)
        self.kill(self.broker.coordinator(), topic)
        self.load.end()
        self.wait_for_all(120)
        self.wait_until_all_is_well()
        self.assertEqual([member.lost() for member in self.members.values()], [0, 0])
        self.assertEqual(self.judge.repeats, {})
        print(f"{self.load.written:,} records: all arrived in order, none twice")

    def test_too_few_are_left(self):
        """Two of three at once: nothing can be written or committed, and the group ends. The
        daemons say so, and serve sockets meanwhile."""
        topic = self.begin()
        self.judge.is_shared = True
        self.load.end()
        killed = set(self.broker.nodes) - {self.broker.coordinator()}
        for node in killed:
            self.broker.nodes[node].kill()
        self.see_a_socket_served(self.members["one"])
        for name, member in self.members.items():
            wait_until(lambda one=member: one.lost() == 1 and one.state()[0] == "troubled"
                       and f"stream orders: {one.state()[1]}" in one.not_ready(),
                       f"'{name}' to say why it has nothing", 60)
            self.assertIn("coordinator", member.state()[1])
        for node in killed:
            self.broker.nodes[node].launch()
        wait_until(lambda: self.broker.copies_in_step(topic.name) == 3, "all copies", 90)
        self.load.go_on()
        self.wait_for_more("records to go on")
        self.load.end()
        self.wait_for_all(120)
        self.wait_until_all_is_well()
        self.assertLessEqual(self.judge.most_repeats(), MAX_AHEAD)
        print(f"{self.load.written:,} records: all arrived in order, "
              f"{sum(self.judge.repeats.values())} came again")


if __name__ == "__main__":
    main()
