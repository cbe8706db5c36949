"""Producers of the demo, each a process with one connection to awpsd: chat, alerts, telemetry.

A workload makes actions and knows from that what every client must receive. The loop around it
paces them, reads the replies while it writes, and waits while clients lag behind, so that the
service's bound for slow clients is never met.
"""

import random
import time
from collections import Counter, defaultdict

from demo_plan import (ALERTS, CHAT, TELEMETRY, TICK, alert_users, chat_users_of, devices_of,
                       log_of, rooms_of, text_message)
from demo_connection import LastingConnection
from intervals import normalized
from producer import Producer, Replies
from programs import become_child

TURN_SECONDS = 0.004
MAX_UNSENT_BYTES = 32 * 1024
MAX_UNSETTLED = 2000  # actions without an outcome yet, where the daemon tells it
MAX_LAG = 400         # messages that the clients together have not received yet
LAST_REPLIES_SECONDS = 60

WORDS = ("hello", "anyone up for lunch?", "the build is green", "see you at nine", "thanks!",
         "that was quick", "looking into it", "on my way", "nice work", "let us ship it")


class Memberships:
    """Which users were in which lanes for which messages."""

    def __init__(self):
        self.next_number = defaultdict(int)  # of each lane
        self.since = {}                      # (user, lane) -> first message as a member
        self.past = defaultdict(list)        # (user, lane) -> intervals
        self.members = defaultdict(set)      # lane -> users

    def join(self, user, lane):
        self.members[lane].add(user)
        self.since.setdefault((user, lane), self.next_number[lane])

    def leave(self, user, lane):
        self.members[lane].discard(user)
        first = self.since.pop((user, lane), None)
        if first is not None:
            self.past[user, lane].append((first, self.next_number[lane]))

    def lanes_of(self, user):
        return [lane for (member, lane) in list(self.since) if member == user]

    def take_number(self, lane):
        number = self.next_number[lane]
        self.next_number[lane] += 1
        return number

    def expected(self, clients):
        """client name -> lane -> intervals"""
        for user, lane in list(self.since):
            self.leave(user, lane)
        by_user = defaultdict(dict)
        for (user, lane), intervals in self.past.items():
            by_user[user][lane] = normalized(intervals)
        return {client.name: by_user[client.user] for client in clients
                if client.user in by_user}


class Workload:
    def __init__(self, clients, seed):
        self.clients = [client for client in clients if client.hub == self.HUB]
        self.connections = Counter(client.user for client in self.clients)
        self.random = random.Random(seed)
        self.memberships = Memberships()
        self.sent = Counter()  # by actionName
        self.messages = 0      # that clients must receive

    def action(self, name, fields):
        self.sent[name] += 1
        return f'{{"actionName":"{name}",{fields}}}'

    def receivers(self, lane):
        return sum(self.connections[user] for user in self.memberships.members[lane])

    def expected(self):
        return self.memberships.expected(self.clients)


class Chat(Workload):
    """Rooms with people who come and go: the order of messages and memberships is what counts."""

    HUB, ACK = CHAT, "delivered"
    JOINS, LEAVES, LEAVES_ALL = 0.06, 0.03, 0.005  # their shares

    def __init__(self, clients, producer, seed):
        super().__init__(clients, seed)
        self.rooms = rooms_of(producer)
        self.users = chat_users_of(producer)

    def make(self, count):
        return [self.make_one() for _ in range(count)]

    def make_one(self):
        chance = self.random.random()
        user, room = self.random.choice(self.users), self.random.choice(self.rooms)
        if chance < self.JOINS:
            self.memberships.join(user, room)
            return self.action("addUserToGroup", f'"userId":"{user}","group":"{room}"')
        if chance < self.JOINS + self.LEAVES:
            self.memberships.leave(user, room)
            return self.action("removeUserFromGroup", f'"userId":"{user}","group":"{room}"')
        if chance < self.JOINS + self.LEAVES + self.LEAVES_ALL:
            for lane in self.memberships.lanes_of(user):
                self.memberships.leave(user, lane)
            return self.action("removeUserFromAllGroups", f'"userId":"{user}"')
        number = self.memberships.take_number(room)
        self.messages += self.receivers(room)
        text = text_message(room, number, time.monotonic_ns(), self.random.choice(WORDS))
        return self.action("sendToGroup", f'"group":"{room}","data":"{text}"')


class Alerts(Workload):
    """One notification to many users, each by an action of its own."""

    HUB, ACK = ALERTS, "accepted"
    AUDIENCE_CHANGE = 0.02

    def __init__(self, clients, producer, seed):
        super().__init__(clients, seed)
        self.lane = f"alerts-{producer}"
        self.audience = []

    def make(self, count):
        actions = []
        while len(actions) < count:
            if not self.audience or self.random.random() < self.AUDIENCE_CHANGE:
                self.change_audience()
            number = self.memberships.take_number(self.lane)
            text = text_message(self.lane, number, time.monotonic_ns(), "your order is on its way")
            actions += [self.action("sendToUser", f'"userId":"{user}","data":"{text}"')
                        for user in self.audience]
            self.messages += self.receivers(self.lane)
        return actions

    def change_audience(self):
        for user in self.audience:
            self.memberships.leave(user, self.lane)
        everybody = alert_users()
        self.audience = self.random.sample(everybody, self.random.randint(8, len(everybody)))
        for user in self.audience:
            self.memberships.join(user, self.lane)


class Telemetry(Workload):
    """JSON values of many devices, a group each; some unordered; a broadcast now and then."""

    HUB, ACK = TELEMETRY, "none"
    UNORDERED_SHARE = 0.1
    TICK_NS = 1_000_000_000

    def __init__(self, clients, producer, seed):
        super().__init__(clients, seed)
        self.devices = devices_of(producer)
        self.log = log_of(producer)
        self.tick_lane = f"{TICK}-{producer}"
        self.next_tick_ns = 0
        for client in self.clients:
            for group in {*client.groups} & {*self.devices, self.log}:
                self.memberships.join(client.user, group)
            self.memberships.join(client.user, self.tick_lane)

    def make(self, count):
        return [self.make_one() for _ in range(count)]

    def make_one(self):
        now = time.monotonic_ns()
        if now >= self.next_tick_ns:
            self.next_tick_ns = now + self.TICK_NS
            return self.send("sendToAll", "", self.tick_lane, now)
        if self.random.random() < self.UNORDERED_SHARE:
            target = f'"group":"{self.log}","unordered":true,'
            return self.send("sendToGroup", target, self.log, now)
        device = self.random.choice(self.devices)
        return self.send("sendToGroup", f'"group":"{device}",', device, now)

    def send(self, name, target, lane, now):
        number = self.memberships.take_number(lane)
        self.messages += self.receivers(lane)
        value = self.random.randint(150, 350) / 10
        return self.action(name, f'{target}"dataType":"json","data":{{"lane":"{lane}",'
                                 f'"number":{number},"sent":{now},"temperature":{value}}}')


WORKLOADS = {"chat": Chat, "alerts": Alerts, "telemetry": Telemetry}


class Pace:
    """So many a second, evenly; what was missed by more than a moment is not caught up."""

    MOMENT_SECONDS = 0.1

    def __init__(self, per_second):
        self.per_second = per_second
        self.last = time.monotonic()
        self.credit = 0.0

    def due(self):
        now = time.monotonic()
        self.credit += (now - self.last) * self.per_second
        self.credit = min(self.credit, self.per_second * self.MOMENT_SECONDS)
        self.last = now
        return int(self.credit)

    def spend(self, count):
        self.credit -= count


class Loop:
    """Drives one workload over one connection until it is told to stop."""

    def __init__(self, workload, connection, shared):
        self.workload = workload
        self.connection = connection
        self.shared = shared  # see demo.py
        self.replies = Replies()

    def run(self, pace, place):
        while not self.shared.stop.value:
            if self.may_send():
                count = pace.due()
                if count > 0:
                    actions = self.workload.make(count)
                    pace.spend(len(actions))
                    self.shared.wanted[place] = self.workload.messages
                    self.connection.write("\n".join(actions))
            self.replies.take(self.connection.pump(TURN_SECONDS))
            if self.connection.ended:
                raise ConnectionError(f"awpsd closed the connection: {self.replies.other[-1:]}")
        self.replies.take(self.connection.read_all(LAST_REPLIES_SECONDS))

    def may_send(self):
        if len(self.connection.unsent) > MAX_UNSENT_BYTES or self.shared.lag() > MAX_LAG:
            return False
        if self.workload.ACK != "delivered":
            return True
        return sum(self.workload.sent.values()) - self.replies.settled() < MAX_UNSETTLED

    def result(self):
        return {"sent": self.workload.sent, "messages": self.workload.messages,
                "ack": self.workload.ACK, "replies": self.replies.counts,
                "rejected": self.replies.rejected, "accepted_to": self.replies.accepted_to,
                "other": self.replies.other[:3], "expected": self.workload.expected(),
                "repeated": getattr(self.connection, "repeated", 0)}


def run(kind, number, seed, rate, path, clients, pipe, shared, place):
    """The process's main function: ("done", result) or ("failed", why) at its end."""
    become_child()
    name = f"{kind}-{number}"
    try:
        workload = WORKLOADS[kind](clients, number, seed)
        connect = Producer
        if shared.is_durable:
            workload.ACK, connect = "accepted", LastingConnection  # else what it owes is unknown
        hello = {"hub": workload.HUB, "ack": workload.ACK, "producer": name}
        with connect(path, hello) as connection:
            loop = Loop(workload, connection, shared)
            pipe.send(("ready",))
            pipe.recv()  # the start, once all clients are there
            loop.run(Pace(rate), place)
        pipe.send(("done", loop.result()))
    except Exception as error:  # whatever it is, the main process says it
        pipe.send(("failed", f"{name}: {type(error).__name__}: {error}"))
