"""The demo's bookkeeping: rates while it runs, and at the end what became of every action and
every message, from four sources that must agree: the producers' replies, the clients, the
service's counters and awpsd's own status.
"""

import time
from collections import Counter, defaultdict

from demo_plan import HUBS, LOBBY, ORDERS, SHOP, percentile
from demo_view import milliseconds
from intervals import Verdict, normalized, size

STATUS_WAITING = "actions waiting"
STATUS_DELIVERED = "delivered"
OUTCOMES = ("delivered", "superseded", "dead_lettered", "expired", "abandoned")
LONGEST_REPEAT_NS = 1_100_000_000  # a release interval, and a second for a busy machine
KNOWN_BY = {"delivered": "a reply each", "accepted": "replies and receipts", "none": "receipts"}


class Account:
    def __init__(self, clients, is_durable):
        self.is_durable = is_durable
        self.kills = []               # what is said of each
        self.repeats = self.oldest_ns = 0
        self.delivered_before = 0     # by daemons that were killed
        self.hub_of = {client.name: client.hub for client in clients}
        self.hubs = [*HUBS, *(hub for hub in (SHOP, ORDERS) if hub in self.hub_of.values())]
        self.stream = ""              # what another client says of it
        self.received_by = Counter()  # by client process
        self.latencies = Counter()    # since the last tick
        self.all_latencies = Counter()
        self.guests = Counter()       # since the last look: text -> receivers
        self.guest_messages = 0
        self.mistakes = []
        self.expected = defaultdict(dict)  # client -> lane -> intervals
        self.producers = {}
        self.operator = {}
        self.verdicts = defaultdict(Verdict)
        self.missing = defaultdict(list)  # lane -> messages that a receiver did not get

    def begin(self, daemon, emulator):
        self.daemon, self.emulator = daemon, emulator
        self.last = self.sample()

    @property
    def received(self):
        return sum(self.received_by.values())

    def sample(self):
        """Three looks at the same moment, more or less."""
        counters = self.emulator.counters()
        return {"status": self.daemon.status(), "requests": counters["requests"],
                "handed_over": counters["messagesOut"], "received": self.received,
                "time": time.monotonic()}

    def take_report(self, name, report):
        self.received_by[name] = report["received"]
        self.latencies += report["latencies"]
        self.all_latencies += report["latencies"]
        self.guests += report["guests"]
        self.guest_messages += sum(report["guests"].values())
        self.mistakes += report["mistakes"]

    def tick(self, seconds):
        last, self.last = self.last, self.sample()
        latencies, self.latencies = self.latencies, Counter()
        elapsed = self.last["time"] - last["time"]

        def rate(now, before):
            return round((now - before) / elapsed)

        return {"seconds": seconds, "accepted": rate(accepted(self.last), accepted(last)),
                "requests": rate(self.last["requests"], last["requests"]),
                "received": rate(self.last["received"], last["received"]),
                "delivered": self.delivered_before + self.last["status"][STATUS_DELIVERED],
                "waiting": self.last["status"][STATUS_WAITING], "latencies": latencies}

    def new_guests(self):
        guests, self.guests = self.guests, Counter()
        return guests

    def take_producer(self, name, result):
        self.producers[name] = result
        result["lanes"] = set()
        for client, lanes in result.pop("expected").items():
            self.expected[client].update(lanes)
            result["lanes"].update(lanes)

    def take_operator(self, result):
        self.operator = result
        result["lanes"] = set()
        self.mistakes += result["mistakes"]

    def take_kill(self, begun, seconds, recovered):
        """awpsd's numbers begin anew."""
        before, self.last = self.last, self.sample()
        self.delivered_before += before["status"][STATUS_DELIVERED]
        self.kills.append(f"at {begun:.1f} s; ready again after {seconds * 1000:.0f} ms, with "
                          f"{recovered:,} actions that were on disk and not noted as delivered")

    def take_verdict(self, verdicts, missing, details, repeats, report):
        self.repeats += repeats[0]
        self.oldest_ns = max(self.oldest_ns, repeats[1])
        for hub, verdict in verdicts.items():
            self.verdicts[hub].add(verdict)
        for lane, intervals in missing.items():
            self.missing[lane] += intervals
        self.mistakes += details + report["mistakes"]

    def all_received(self):
        wanted = sum(result["messages"] for result in self.producers.values())
        if self.daemon.status()[STATUS_WAITING] > 0:
            return False
        if self.is_durable:  # some come twice: what the service has sent is how many there are
            wanted = self.emulator.counters()["messagesOut"] - self.operator["received"]
        return self.received + self.guest_messages >= wanted

    def take_stream(self, words, mistakes, superseded):
        """`superseded`: memberships of the stream's, which have no reply that would say so."""
        self.stream = words
        self.mistakes += mistakes
        self.producers["stream-0"]["replies"]["superseded"] = superseded

    def final_numbers(self):
        self.final = self.sample()

    def take_exit(self, status, undelivered_files):
        if status != 0:
            self.mistakes.append(f"awpsd ended with status {status}")
        for path in undelivered_files:
            self.mistakes.append(f"awpsd left undelivered actions: {path.name}")

    def rows(self):
        """One account a producer: every action it sent has an outcome, or is unknown."""
        for name, result in [*self.producers.items(), ("operator", self.operator)]:
            sent = sum(result["sent"].values())
            replies = dict(result["replies"])
            if result["ack"] != "delivered":
                # No outcome was asked for: what its receivers have was delivered.
                replies["delivered"] = (sent - result["rejected"] - replies["superseded"]
                                        - self.lost(result["lanes"]))
            unknown = sent - result["rejected"] - sum(replies.values())
            if result["ack"] == "accepted" and result["accepted_to"] != sent:
                self.mistakes.append(f"{name}: {sent} sent, {result['accepted_to']} accepted")
            if sent != replies["delivered"] + replies["superseded"]:
                self.mistakes.append(f"{name}: {sent} sent, not all delivered: {replies}, "
                                     f"{result['rejected']} refused {result['other']}")
            yield {"name": name, "ack": result["ack"], "sent": sent, **replies,
                   "rejected": result["rejected"], "unknown": unknown,
                   "known_by": KNOWN_BY[result["ack"]]}

    def lost(self, lanes):
        """Actions whose message is missing at a receiver or more."""
        return sum(size(normalized(self.missing[lane])) for lane in lanes)

    def show(self, view):
        lobby = self.verdicts[LOBBY]
        lobby.expected, lobby.received = self.operator["messages"], self.operator["received"]
        lobby.missing = max(0, lobby.expected - lobby.received)
        view.say()
        total = view.account(list(self.rows()))
        view.say()
        view.messages([(hub, self.verdicts[hub]) for hub in self.hubs])
        view.say()
        sent = sum((result["sent"] for result in self.producers.values()), Counter())
        view.kinds(sent + self.operator["sent"])
        view.say()
        self.compare(total, view)
        self.explain_kills(view)
        mistakes = sum(verdict.mistakes() for verdict in self.verdicts.values())
        if mistakes and not self.mistakes:
            self.mistakes.append(f"{mistakes} messages are wrong")
        superseded = f", {total['superseded']:,} superseded" if total["superseded"] else ""
        view.end(self.mistakes, f"{total['sent']:,} actions sent, "
                 f"{total['delivered']:,} delivered{superseded}; "
                 f"{sum(verdict.received for verdict in self.verdicts.values()):,} messages, "
                 f"{mistakes:,} of them missing, extra, twice or out of order"
                 + (f"; {self.repeats:,} came again after a kill" if self.kills else ""))
        return not self.mistakes

    def compare(self, total, view):
        """awpsd's own numbers, and the service's, against ours."""
        status = self.final["status"]
        ours = total["sent"] - total["rejected"]
        if "superseded" not in status:  # then what was superseded is in none of its numbers
            ours -= total["superseded"]
        others = accepted(self.final) - ours
        foreign = f"; {others:,} of them from other producers than the demo's"
        p50, p99 = (milliseconds(percentile(self.all_latencies, share)) for share in (0.5, 0.99))
        view.say(f"awpsd     {status[STATUS_DELIVERED]:,} delivered, {status[STATUS_WAITING]:,} "
                 f"waiting, {status.get('dead letters', 0):,} dead letters"
                 + (", since it was killed" if self.kills else foreign))
        view.say(f"service   {self.final['requests']:,} requests; "
                 f"{self.final['handed_over']:,} messages handed to clients")
        if self.stream:
            view.say(f"stream    {self.stream}")
        view.say(f"latency   p50 {p50}, p99 {p99}, from a producer's write to a client's receipt")
        view.say()
        received = self.received + self.guest_messages + self.operator["received"]
        if received != self.final["handed_over"]:
            self.mistakes.append(f"the service handed {self.final['handed_over']:,} messages to "
                                 f"clients, which received {received:,}")
        if others < 0 and not self.kills:
            self.mistakes.append(f"awpsd accepted {-others} actions fewer than were sent")
        if status.get("dead letters", 0):
            self.mistakes.append(f"awpsd has {status['dead letters']} dead letters")

    def explain_kills(self, view):
        """What came again is of the last moments before a kill."""
        for kill in self.kills:
            view.say(f"killed    {kill}")
        if not self.kills:
            return
        again = sum(result["repeated"] for result in self.producers.values())
        view.say(f"again     {self.repeats:,} messages; the first receipt of the oldest was "
                 f"{milliseconds(self.oldest_ns / 1e9)} before a kill; producers sent {again:,} "
                 "actions again, which nobody had acknowledged")
        view.say()
        if self.oldest_ns > LONGEST_REPEAT_NS:
            self.mistakes.append("a message came again that had been delivered long before a kill")


def accepted(sample):
    """All that awpsd has counted, in whatever state; the hubs are no actions."""
    return sum(count for name, count in sample["status"].items() if name != "hubs")
