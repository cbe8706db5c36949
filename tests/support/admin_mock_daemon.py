"""The made-up daemon of admin_mock.py: hubs whose counters move with the time, and keep the law
accepted = queued + active + deferred + delivered + superseded + dead-lettered.
"""

import math
import time
from datetime import datetime, timezone

from fake_admin import full_status, hub_status

ENDPOINT = "https://example.webpubsub.azure.com"
BOUNDS = [round(step * 10.0 ** power, 7) for power in range(-4, 2)
          for step in (1, 1.5, 2, 3, 5, 7)] + [100.0]
# What share of the deliveries takes at most so long (a bound), beyond the ones before.
SPREAD = {0.02: 0.2, 0.03: 0.5, 0.05: 0.25, 0.15: 0.045, 0.7: 0.005}
RESERVED_BYTES = 700  # a waiting action, about


class MockHub:
    """`rate`: actions a second; `ratio`: actions a request."""

    def __init__(self, name, rate, ratio):
        self.name, self.rate, self.ratio = name, rate, ratio
        self.endpoint = ENDPOINT
        self.not_ready = ""     # why, beside a held endpoint
        self.failed = 0.0       # requests a second answered 500
        self.state = "running"
        self.letters = []       # as GET /dead-letters shows them
        self.letters_made = 0
        self.dropped = 0
        self.answers = True     # does its worker?
        self.kinds_held = []
        self.waiting_lanes = []
        self.throttled = 0.0    # requests a second answered 429
        self.charged_answered = self.charged_healthy = 0
        self.spool = None       # of a durable hub: what is other than of a log that is well
        self.clear()

    def clear(self):
        """As after a restart: counters begin anew, and the letters are lost."""
        self.accepted = self.settled = self.requests = self.refused = self.failures = 0.0
        self.letters = []
        self.letters_made = 0

    def advance(self, seconds, sends, factor):
        if not self.state.startswith("drain"):
            self.accepted += self.rate * factor * seconds
        if sends and self.state in ("running", "draining"):
            before = self.settled
            # Twice what comes in, until nothing waits.
            self.settled = min(self.accepted, before + 2 * self.rate * factor * seconds)
            self.requests += (self.settled - before) / self.ratio
            self.refused += self.throttled * seconds
            self.failures += self.failed * seconds

    def add_letters(self, count, reason, action):
        now = iso(time.time())
        for _ in range(count):
            self.letters_made += 1
            self.letters.append({
                "number": self.letters_made, "hub": self.name, "action": action,
                "producer": "billing", "code": "refused", "reason": reason,
                "body": '{"code":"BadRequest","message":"The body is not what it says"}',
                "httpStatus": 400, "attempts": 1, "acceptedAt": now, "givenUpAt": now})

    def status(self, not_ready):
        settled = int(self.settled)
        superseded = settled // 20
        waiting = int(self.accepted) - settled
        if self.state == "draining" and waiting == 0:
            self.state = "drained"
        hub = hub_status(
            self.name, endpoint=self.endpoint, state=self.state, ready=not not_ready,
            notReady=not_ready,
            actions={"queued": waiting, "delivered": settled - superseded,
                     "superseded": superseded, "deadLettered": self.letters_made,
                     "conflated": superseded, "fannedOut": settled // 2, "merged": settled // 4},
            requests=self.requests_status(),
            limits={"concurrencyReason": "the round trip is 1.2 times the shortest",
                    "kindsHeld": self.kinds_held},
            queue={"heldBytes": waiting * RESERVED_BYTES, "lanes": min(waiting, 40),
                   "blockedLanes": len(self.waiting_lanes), "waitingLanes": self.waiting_lanes},
            latency={"delivery": histogram(settled - superseded, 1.0),
                     "request": histogram(self.requests, 1.0)},
            deadLetters={"count": len(self.letters), "bytes": 420 * len(self.letters),
                         "dropped": self.dropped, "lastNumber": self.letters_made,
                         "last": self.letters[-1]["reason"] if self.letters else ""},
            busySeconds=settled * 2e-6)
        if self.spool is not None:
            hub["spool"] = {"state": "direct", "error": "", "bytes": 1048576, "maxBytes": 0,
                            "segments": 1, "records": waiting, "tailRecords": 0,
                            "oldestSeconds": 0, "holders": [], "recovered": 0,
                            "lateRefused": 0, "commits": 9,
                            "commitActions": int(self.accepted), "writtenBytes": 1048576,
                            "released": settled, "movedBytes": 0, "lostRecords": 0,
                            "damagedRanges": 0, "recoverySeconds": 0.1, **self.spool}
        if not self.answers:  # what only its worker knows
            for part, key in ((hub["limits"], "concurrencyReason"), (hub["limits"], "kindsHeld"),
                              (hub["queue"], "waitingLanes"), (hub, "deadLetters")):
                del part[key]
        return hub

    def requests_status(self):
        requests, refused = int(self.requests), int(self.refused)
        failures = int(self.failures)
        return {"started": requests + refused + failures,
                "inFlight": 3 if self.state == "running" else 0, "answers2xx": requests,
                "answersThrottled": refused,
                "answers4xx": self.letters_made, "answers5xx": failures, "fanOuts": requests // 3,
                "merges": requests // 4, "retries": refused,
                "chargedAnswered": self.charged_answered, "chargedHealthy": self.charged_healthy}


class MockDaemon:
    def __init__(self):
        self.hubs = {}
        self.wave = 0.0  # how far the rates swing
        self.held = None  # (reason, cause)
        self.held_url = ENDPOINT
        self.spool_error = ""
        self.silent_seconds = 0.0
        self.lines_dropped = 0
        self.suspects = []  # as the endpoint's suspects.named
        self.unnamed_suspects = 0
        self.learnt = []
        self.not_ready = []
        self.gateway = {}  # empty: there is none
        self.streams = []
        self.pending_restart = []
        self.state = "running"
        self.changes = []  # of the configuration, which a reload puts in force
        self.restart()
        self.add_hub("chat", rate=240.0, ratio=3.0)

    def restart(self):
        self.pid = getattr(self, "pid", 70) + 1
        self.started_at = self.moved_at = time.monotonic()
        self.started_wall = time.time()
        for hub in self.hubs.values():
            hub.clear()

    def add_hub(self, name, rate, ratio):
        self.hubs[name] = MockHub(name, rate, ratio)

    def add_letters(self, hub, count, reason="400 Bad Request: the body is not what it says",
                    group="dashboard"):
        action = {"actionName": "sendToGroup", "hub": hub, "group": group, "data": "42 °C"}
        self.hubs[hub].add_letters(count, reason, action)

    def hold(self, reason, cause):
        self.held = (reason, cause)

    def release(self):
        self.held = None

    def suspect(self, count, unnamed=0):
        """Targets fail while others are answered."""
        self.suspects = [
            {"target": f"sendToGroup in group 'device-{number}-of-the-building-at-the-harbour'",
             "cause": "503 Service Unavailable: the group's owner does not answer",
             "seconds": 200.0 + number} for number in range(count)]
        self.unnamed_suspects = unnamed

    def advance(self):
        now = time.monotonic()
        factor = 1 + self.wave * math.sin((now - self.started_at) / 6)
        for hub in self.hubs.values():
            hub.advance(now - self.moved_at, not self.is_held(hub), factor)
        self.moved_at = now
        return now

    def status(self):
        uptime = self.advance() - self.started_at
        reasons = {name: self.why_not_ready(hub) for name, hub in self.hubs.items()}
        not_ready = [f"hub {name}: {reason}" for name, reason in reasons.items() if reason]
        not_ready += self.not_ready
        urls = dict.fromkeys([ENDPOINT, *(hub.endpoint for hub in self.hubs.values())])
        return full_status(
            *(hub.status(reasons[name]) for name, hub in self.hubs.items()),
            socket_path="/run/awpsd/awpsd.sock", pid=self.pid, startedAt=iso(self.started_wall),
            now=iso(time.time()), uptimeSeconds=uptime, state=self.state, ready=not not_ready,
            notReady=not_ready, pendingRestart=self.pending_restart, intake=self.intake(),
            endpoints=[self.endpoint(url) for url in urls], logLinesDropped=self.lines_dropped,
            spool={"path": "/var/lib/awpsd", "freeBytes": 10 ** 9, "error": self.spool_error},
            **({"gateway": self.gateway} if self.gateway else {}), streams=self.streams)

    def is_held(self, hub):
        return self.held is not None and hub.endpoint == self.held_url

    def why_not_ready(self, hub):
        if self.is_held(hub):
            return f"{hub.endpoint} is held: {self.held[0]}; the answer was: {self.held[1]}"
        return hub.not_ready

    def intake(self):
        actions = int(sum(hub.accepted for hub in self.hubs.values()))
        return {"bytes": 212 * actions, "lines": actions, "actions": actions, "rejected": 2}

    def endpoint(self, url=ENDPOINT):
        reason, cause = self.held if self.held and url == self.held_url else ("", "")
        pace = {"requestsPerSecond": 950, "configured": 0, "learnt": True,
                "reason": "learnt from 429: the service took 1000 a second"}
        is_first = url == ENDPOINT
        names = [name for name, hub in self.hubs.items() if hub.endpoint == url]
        return {"url": url, "hubs": names, "state": "held" if reason else "open",
                "hold": "credential" if reason else "", "reason": reason, "cause": cause,
                "remedy": "check the access key, or the identity and its role" if reason else "",
                "secondsLeft": 12.5 if reason else 0, "pace": pace,
                "silentSeconds": self.silent_seconds if is_first else 0,
                "suspects": {"count": len(self.suspects) + self.unnamed_suspects,
                             "named": self.suspects} if is_first else {"count": 0, "named": []},
                "learnt": self.learnt if is_first else [], "rulesOff": []}


def histogram(count, scale):
    shares = [SPREAD.get(bound, 0.0) for bound in BOUNDS]
    counts = [int(count * share) for share in shares] + [0]
    total = sum(bound * number for bound, number in zip(BOUNDS, counts))
    return {"boundsSeconds": BOUNDS, "counts": counts, "sumSeconds": total * scale}


def iso(seconds):
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
