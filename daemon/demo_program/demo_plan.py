"""The demo's cast: clients, groups, producers, and what a message looks like.

Everything that a client should receive is computable: a message names its lane (an order of
messages with numbers 0, 1, 2 …), and a producer says at its end which numbers of which lane
each client must have got. No two producers change the membership of one group, since awpsd
promises no order between connections.
"""

import math
from dataclasses import dataclass, field

JSON = "json.webpubsub.azure.v1"
RELIABLE = "json.reliable.webpubsub.azure.v1"
PLAIN = ""
PROTOCOLS = (JSON, RELIABLE, PLAIN)

CHAT, ALERTS, TELEMETRY, LOBBY = "chat", "alerts", "telemetry", "lobby"
HUBS = (CHAT, ALERTS, TELEMETRY, LOBBY)
SHOP = "shop"      # of the program with Microsoft's SDK, with --gateway alone
ORDERS = "orders"  # of the stream, with --stream alone

CHAT_PRODUCERS = 2
ROOMS_EACH = 4
CHAT_USERS_EACH = 5
ALERT_USERS = 10
TELEMETRY_PRODUCERS = 2
DEVICES_EACH = 16
DASHBOARDS = 8
SHOP_ROOMS = 4
SHOP_USERS = 4
ORDER_ROOMS = 8
ORDER_USERS = 5

TICK = "tick"  # the lane of telemetry's broadcasts


@dataclass
class Client:
    """A WebSocket connection that stays for the whole demo."""
    name: str
    hub: str
    user: str
    protocol: str
    groups: list = field(default_factory=list)  # in its token: joined from the start


def rooms_of(producer):
    return [f"room-{producer}-{number}" for number in range(ROOMS_EACH)]


def chat_users_of(producer):
    return [f"user-{producer}-{number}" for number in range(CHAT_USERS_EACH)]


def alert_users():
    return [f"reader-{number}" for number in range(ALERT_USERS)]


def devices_of(producer):
    return [f"device-{producer}-{number}" for number in range(DEVICES_EACH)]


def log_of(producer):
    """The group whose messages are sent unordered."""
    return f"log-{producer}"


def shop_rooms():
    return [f"{SHOP}-{number}" for number in range(SHOP_ROOMS)]


def shop_users():
    return [f"customer-{number}" for number in range(SHOP_USERS)]


def order_rooms():
    return [f"order-{number}" for number in range(ORDER_ROOMS)]


def order_users():
    return [f"seller-{number}" for number in range(ORDER_USERS)]


def is_ordered(lane):
    return not lane.startswith("log-")


def make_clients(has_gateway, has_stream):
    """Every third has each protocol; the first user of each hub has two connections."""
    wanted = []
    for producer in range(CHAT_PRODUCERS):
        users = chat_users_of(producer)
        wanted += [(CHAT, user, []) for user in users + users[:1]]
    readers = alert_users()
    wanted += [(ALERTS, user, []) for user in readers + readers[:1]]
    devices = [group for producer in range(TELEMETRY_PRODUCERS)
               for group in [*devices_of(producer), log_of(producer)]]
    for number in range(DASHBOARDS):
        wanted.append((TELEMETRY, f"dashboard-{number}", devices[number::DASHBOARDS]))
    if has_gateway:
        customers = shop_users()
        wanted += [(SHOP, user, []) for user in customers + customers[:1]]
    if has_stream:
        sellers = order_users()
        wanted += [(ORDERS, user, []) for user in sellers + sellers[:1]]
    return [Client(f"client-{number}", hub, user, PROTOCOLS[number % 3], groups)
            for number, (hub, user, groups) in enumerate(wanted)]


def text_message(lane, number, now_ns, words):
    return f"{lane} {number} {now_ns} {words}"


def read_text(text):
    """(lane, number, time) or None: somebody else's message."""
    parts = text.split(" ", 3)
    if len(parts) < 3 or not (parts[1].isdigit() and parts[2].isdigit()):
        return None
    return parts[0], int(parts[1]), int(parts[2])


def read_json(value):
    if not isinstance(value, dict):
        return None
    try:
        return value["lane"], value["number"], value["sent"]
    except KeyError:
        return None


# Latencies are counted in buckets whose bounds grow by 2 %: exact enough, and they can be added up.
BUCKETS_PER_E = 50


def latency_bucket(nanoseconds):
    return int(math.log(max(nanoseconds, 1000)) * BUCKETS_PER_E)


def percentile(buckets, share):
    """Seconds, from a Counter of buckets; None if it is empty."""
    left = sum(buckets.values()) * share
    for bucket in sorted(buckets):
        left -= buckets[bucket]
        if left <= 0:
            return math.exp((bucket + 0.5) / BUCKETS_PER_E) / 1e9
    return None
