"""A random program of actions whose outcome is determined, however awpsd coalesces it.

Each phase is one producer, which waits for all of its outcomes before the next begins: actions of
different producers have no order. Within a phase only what the order of DESIGN.md §3 determines is
mixed, so closes have phases of their own. A connection is "@3", the fourth client; who carries the
program out puts its id there.

Each message says in its data which lane it belongs to, and its number there: what a client
receives of one lane must be the same sequence in every run, but for lanes "~…", whose order is not
promised, and values "=…", of which the last alone must be the same.
"""

import base64
import json
import random

USERS = [f"user{number}" for number in range(9)] + ["O'Neill", "Ünïcode user", "USER1"]
CLIENTS = USERS + USERS[::2] + [None]  # every second user has a second one, and one has no user
GROUPS = ["red", "green", "Green", "a group, 'quoted'"]
TELEMETRY = ["telemetry-1", "telemetry-2"]  # merged as JSON arrays
LINES = "lines-1"  # merged as lines of text
PERMISSIONS = ("sendToGroup", "joinLeaveGroup")
CONFIG = """
[[hubs.chat.merge]]
groups = "telemetry-*"
format = "json_array"
[[hubs.chat.merge]]
groups = "lines-*"
format = "lines"
"""


class ActionProgram:
    """`phases`: lists of what producers write, line by line: an action or an ordered batch."""

    def __init__(self, seed, steps=120):
        self.random = random.Random(seed)
        self.number = 0
        self.phases = [
            self._joins(),
            self._traffic(steps),
            self._traffic(steps),
            [self._close_connection() for _ in range(6)],
            self._traffic(steps),
            [self._close_user(), self._close_user()],
            self._traffic(steps),
            [self._close_group("Green"), self._close_group("Green"), self._close_group("Green")],
            self._traffic(steps),
            [{"actionName": "closeAllConnections", "reason": "the end",
              "excluded": [f"@{number}" for number in range(8)]}],
            [{"actionName": "sendToAll", "data": "all|end"}],
        ]

    def size(self):
        return sum(map(actions_in, self.phases))

    def _joins(self):
        return [{"actionName": "addUserToGroup", "userId": user, "group": group}
                for user in USERS for group in (*GROUPS, *TELEMETRY, LINES)
                if self.random.random() < 0.5]

    def _traffic(self, steps):
        """Bursts, so that there is something to coalesce behind the limit."""
        kinds = [self._news, self._telemetry, self._lines, self._values, self._churn,
                 self._churn_of_connections, self._permissions, self._private, self._group_message,
                 self._broadcast, self._filtered, self._leave_all, self._to_connections,
                 self._ordered, self._bulk_change, self._leave_all_of_one]
        weights = [6, 8, 4, 8, 6, 4, 3, 3, 3, 1, 1, 1, 2, 1, 0.5, 0.5]
        actions = []
        for kind in self.random.choices(kinds, weights, k=steps):
            actions += kind()
        return actions

    # Messages.

    def _data(self, lane):
        """Text, JSON or binary."""
        self.number += 1
        text = f"{lane}|{self.number}"
        return self.random.choice([
            {"data": text}, {"data": text},
            {"data": {"message": text}, "dataType": "json"},
            {"data": base64.b64encode(text.encode()).decode(), "dataType": "binary"}])

    def _news(self):
        message = self._data("user")
        users = self.random.sample(USERS, self.random.randint(6, len(USERS)))
        return [{"actionName": "sendToUser", "userId": user, **message} for user in users]

    def _to_connections(self):
        message = self._data("connection")
        clients = self.random.sample(range(len(CLIENTS)), 10)
        return [{"actionName": "sendToConnection", "connectionId": f"@{client}", **message}
                for client in clients]

    def _private(self):
        return [{"actionName": "sendToUser", "userId": self.random.choice(USERS),
                 **self._data("user"), **self._some_ordering()}]

    def _group_message(self):
        group = self.random.choice(GROUPS)
        action = {"actionName": "sendToGroup", "group": group, **self._data(f"group {group}")}
        if self.random.random() < 0.3:
            action["excluded"] = [f"@{self.random.randrange(len(CLIENTS))}"]
        return [action]

    def _broadcast(self):
        return [{"actionName": "sendToAll", **self._data("all"),
                 "excluded": [f"@{self.random.randrange(len(CLIENTS))}"]}]

    def _filtered(self):
        group = self.random.choice(GROUPS).replace("'", "''")
        return [{"actionName": "sendToAll", **self._data("~filtered"),
                 "filter": f"'{group}' in groups"}]

    def _telemetry(self):
        group = self.random.choice(TELEMETRY)
        actions = []
        for _ in range(self.random.randint(1, 8)):
            self.number += 1
            actions.append({"actionName": "sendToGroup", "group": group, "dataType": "json",
                            "data": {"message": f"group {group}|{self.number}"}})
        return actions

    def _lines(self):
        actions = []
        for _ in range(self.random.randint(1, 6)):
            self.number += 1
            actions.append({"actionName": "sendToGroup", "group": LINES,
                            "data": f"group {LINES}|{self.number}"})
        return actions

    def _values(self):
        group = self.random.choice(GROUPS)
        actions = []
        for _ in range(self.random.randint(2, 10)):
            self.number += 1
            key = self.random.randrange(3)
            actions.append({"actionName": "sendToGroup", "group": group, "conflationKey": key,
                            "data": f"={group} {key}|{self.number}"})
        return actions

    # Memberships and permissions.

    def _churn(self):
        """Changes of few pairs."""
        user, group = self.random.choice(USERS), self.random.choice((*GROUPS, *TELEMETRY, LINES))
        return [{"actionName": self.random.choice(("addUserToGroup", "removeUserFromGroup")),
                 "userId": user, "group": group} for _ in range(self.random.randint(1, 6))]

    def _churn_of_connections(self):
        client, group = self.random.randrange(len(CLIENTS)), self.random.choice(GROUPS)
        return [{"actionName": self.random.choice(("addConnectionToGroup",
                                                   "removeConnectionFromGroup")),
                 "connectionId": f"@{client}", "group": group}
                for _ in range(self.random.randint(1, 5))]

    def _leave_all(self):
        return [{"actionName": "removeUserFromAllGroups", "userId": self.random.choice(USERS)}]

    def _leave_all_of_one(self):
        return [{"actionName": "removeConnectionFromAllGroups",
                 "connectionId": f"@{self.random.randrange(len(CLIENTS))}"}]

    def _bulk_change(self):
        users = (user.replace("'", "''") for user in self.random.sample(USERS, 3))
        names = ",".join(f"'{user}'" for user in users)
        return [{"actionName": self.random.choice(("addConnectionsToGroups",
                                                   "removeConnectionsFromGroups")),
                 "groups": self.random.sample(GROUPS, self.random.randint(1, len(GROUPS))),
                 "filter": f"userId in ({names})"}]

    def _permissions(self):
        client, group = self.random.randrange(len(CLIENTS)), self.random.choice(GROUPS)
        permission = self.random.choice(PERMISSIONS)
        return [{"actionName": self.random.choice(("grantPermission", "revokePermission")),
                 "connectionId": f"@{client}", "permission": permission, "targetName": group}
                for _ in range(self.random.randint(1, 4))]

    # Order, and ends.

    def _some_ordering(self):
        return {"orderingKey": self.random.choice("ab")} if self.random.random() < 0.2 else {}

    def _ordered(self):
        """Over several targets: a batch, or one key."""
        actions = [*self._private(), *self._group_message(), *self._private(), *self._churn()]
        if self.random.random() < 0.5:
            return [{"batch": actions, "ordered": True}]
        return [{**action, "orderingKey": "one after another"} for action in actions]

    def _close_connection(self):
        client = self.random.choice((5, 9, 9, len(CLIENTS) - 2))
        return {"actionName": "closeClientConnection", "connectionId": f"@{client}",
                "reason": "closed"}

    @staticmethod
    def _close_user():
        return {"actionName": "closeUserConnections", "userId": USERS[6], "reason": "closed"}

    @staticmethod
    def _close_group(group):
        return {"actionName": "closeGroupConnections", "group": group, "reason": "closed"}


def actions_in(lines):
    return sum(len(line.get("batch", [line])) for line in lines)


def with_ids(value, ids):
    """The action with connection ids in the place of "@3"."""
    if isinstance(value, dict):
        return {key: with_ids(item, ids) for key, item in value.items()}
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    if isinstance(value, str) and value.startswith("@") and value[1:].isdigit():
        return ids[int(value[1:])]
    return value


def texts_of(frame):
    """(from, group, text) of a message, or of each one in a merged message."""
    data = frame["data"]
    if frame["dataType"] == "binary":
        data = base64.b64decode(data).decode()
    if frame["dataType"] == "json":
        data = json.loads(data) if isinstance(data, str) else data
        texts = [item["message"] for item in (data if isinstance(data, list) else [data])]
    else:
        texts = data.split("\n")
    return [(frame["from"], frame.get("group"), text) for text in texts]


def lanes_of(frames):
    """lane -> what one client received there, in the form in which two runs must be equal."""
    lanes = {}
    for sender, group, text in (item for frame in frames for item in texts_of(frame)):
        lane = text.split("|")[0]
        lanes.setdefault(lane, []).append((sender, group, text))
    for lane, received in lanes.items():
        if lane.startswith("~"):
            received.sort()
        elif lane.startswith("="):
            del received[:-1]
    return lanes
