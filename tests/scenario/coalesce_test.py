"""Coalescing changes how many requests there are, and nothing that a client sees: the same random
program runs with it and without, against real WebSocket clients, under a limit that lets batches
form. AWPS_SCENARIO_SEED repeats a run.
"""

import os
import random
from collections import Counter

from action_program import (CLIENTS, CONFIG, GROUPS, PERMISSIONS, ActionProgram, actions_in,
                            lanes_of, with_ids)
from clients import Clients, Rest
from scenario import Scenario, main, wait_until

HUB = "chat"
LIMIT = """service.requests_per_second = 500
service.burst = "10ms"
hub_defaults.coalesce.fan_out = "users+connections"
hub_defaults.coalesce.fan_out_per_second = 1000
hub_defaults.coalesce.bulk_membership = true
hub_defaults.coalesce.enabled = """


class World:
    """What a run leaves behind, without the connections' ids."""

    def __init__(self):
        self.outcomes = Counter()
        self.requests = 0
        self.lanes = []  # by client
        self.values = []  # by client: all texts of lanes "=…", in order
        self.memberships = []  # after each phase: client -> groups, of open connections
        self.permissions = []  # after each phase: (client, permission, group)


def memberships(emulator, ids):
    return {ids.index(entry["connectionId"]): sorted(entry["groups"])
            for entry in emulator.connections()}


def permissions(rest, ids):
    return {(client, permission, group) for client, identity in enumerate(ids)
            for permission in PERMISSIONS for group in GROUPS
            if rest.has_permission(permission, identity, group)}


class Coalesce(Scenario):
    def run_program(self, program, coalesces):
        emulator = self.start_emulator()
        daemon = self.start_daemon(emulator.connection,
                                   LIMIT + ("true" if coalesces else "false") + CONFIG)
        world = World()
        with Clients(emulator.connection, HUB, CLIENTS) as clients:
            ids = [client.connection_id for client in clients.all]
            rest = Rest(emulator.connection, HUB)
            self.addCleanup(rest.close)
            for lines in program.phases:
                before = emulator.requests()
                world.outcomes.update(self.run_phase(daemon, with_ids(lines, ids)))
                world.requests += emulator.requests() - before
                world.memberships.append(memberships(emulator, ids))
                world.permissions.append(permissions(rest, ids))
            self.wait_for_the_end(emulator, clients)
            for client in clients.all:
                world.lanes.append(lanes_of(client.messages))
                world.values.append([frame["data"] for frame in client.messages
                                     if str(frame["data"]).startswith("=")])
        self.assertEqual(daemon.close(), 0)
        return world

    def run_phase(self, daemon, lines):
        with self.connect(daemon, hub=HUB, ack="delivered") as producer:
            for line in lines:
                producer.send(line)
            replies = self.outcomes(producer, actions_in(lines))
        self.assertEqual(replies.rejected, 0, replies.other[:3])
        return {status: count for status, count in replies.counts.items() if count}

    def wait_for_the_end(self, emulator, clients):
        """Of those whose connection lives each has its last message; the others are closed."""
        alive = {entry["connectionId"] for entry in emulator.connections()}

        def is_complete(client):
            if client.connection_id not in alive:
                return client.has_ended
            return client.messages and client.messages[-1]["data"] == "all|end"
        wait_until(lambda: all(map(is_complete, clients.all)), "the last messages")

    def assert_values_only_advance(self, world):
        for client, texts in enumerate(world.values):
            last = {}
            for text in texts:
                lane, number = text.split("|")
                self.assertLess(last.get(lane, 0), int(number), f"client {client}, {lane}")
                last[lane] = int(number)

    def test_clients_see_the_same_world_by_fewer_requests(self):
        seed = int(os.environ.get("AWPS_SCENARIO_SEED", random.randrange(2**32)))
        print(f"AWPS_SCENARIO_SEED={seed}", flush=True)
        program = ActionProgram(seed)
        plain = self.run_program(program, coalesces=False)
        coalesced = self.run_program(program, coalesces=True)
        print(f"{program.size()} actions: {plain.requests} requests one by one, "
              f"{coalesced.requests} coalesced", flush=True)
        self.assertEqual(plain.outcomes, {"delivered": program.size()})
        self.assertEqual(plain.requests, program.size())
        self.assertEqual(coalesced.outcomes["delivered"] + coalesced.outcomes["superseded"],
                         program.size(), coalesced.outcomes)
        for client, user in enumerate(CLIENTS):
            self.assertEqual(coalesced.lanes[client], plain.lanes[client],
                             f"client {client} of {user}")
        self.assert_values_only_advance(plain)
        self.assert_values_only_advance(coalesced)
        for phase in range(len(program.phases)):
            self.assertEqual(coalesced.memberships[phase], plain.memberships[phase], phase)
            self.assertEqual(coalesced.permissions[phase], plain.permissions[phase], phase)
        self.assertLess(coalesced.requests, plain.requests / 2)


if __name__ == "__main__":
    main()
