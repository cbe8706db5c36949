"""Three brokers of one cluster: each partition has three copies, and a write waits for two, so that
one node may die. All of it is in this machine.
"""

import contextlib

import kafka

NODES = 3
OFFSETS = "__consumer_offsets"  # its leader is the groups' coordinator


class Cluster(kafka.Brokers):
    """`nodes`: number -> kafka.Broker. What a killed one had is there when it is restarted."""

    def __init__(self, settings=""):
        ports = kafka.free_ports(2 * NODES)
        places = [*zip(range(1, NODES + 1), ports[:NODES], ports[NODES:], strict=True)]
        voters = ",".join(f"{node}@127.0.0.1:{controller}" for node, _, controller in places)
        with contextlib.ExitStack() as made:
            self.nodes = {node: made.enter_context(kafka.Broker(settings, place=kafka.Place(
                port, controller, node=node, voters=voters, copies=NODES, least_copies=NODES - 1,
                session_ms=3000))) for node, port, controller in places}
            self.address = ",".join(node.address for node in self.nodes.values())
            for node in self.nodes.values():
                node.launch()
            for node in self.nodes.values():
                node.wait_for_answers()
            kafka.wait_until(lambda: self.alive() == set(self.nodes), "all nodes", 60)
            self._nodes = made.pop_all()

    def alive(self):
        """The numbers of those that the cluster counts on."""
        return set(self._list().brokers)

    def leaders(self, topic):
        """partition -> the number of the node that leads it; -1: none does"""
        return {number: part.leader for number, part in self._list(topic).partitions.items()}

    def coordinator(self):
        """Of all groups. There must have been one."""
        return self.leaders(OFFSETS)[0]

    def copies_in_step(self, topic):
        """How many copies the partition has that has the fewest."""
        return min((len(part.isrs) for part in self._list(topic).partitions.values()), default=0)

    def close(self):
        self._nodes.close()

    def _list(self, topic=None):
        from confluent_kafka.admin import AdminClient
        found = AdminClient(self.client()).list_topics(topic, timeout=10)
        return found if topic is None else found.topics[topic]
