"""What the demo prints: where to look, a line a second, and the account at the end."""

import sys
from collections import Counter

from demo_plan import percentile

ALL_ACTIONS = ("sendToAll", "sendToGroup", "sendToUser", "sendToConnection", "addUserToGroup",
               "removeUserFromGroup", "removeUserFromAllGroups", "addConnectionToGroup",
               "removeConnectionFromGroup", "closeAllConnections", "closeClientConnection",
               "closeGroupConnections", "grantPermission", "revokePermission",
               "closeUserConnections", "removeConnectionFromAllGroups", "addConnectionsToGroups",
               "removeConnectionsFromGroups")

# Heading and width of each column of the live lines.
LIVE = (("time", 6), ("accepted/s", 12), ("requests/s", 12), ("received/s", 12), ("delivered", 12),
        ("waiting", 9), ("p50", 10), ("p99", 10))
HEADING_EVERY = 20  # lines

ACCOUNT = (("producer", -14), ("ack", -10), ("sent", 11), ("delivered", 11), ("superseded", 12),
           ("dead", 7), ("expired", 9), ("refused", 9), ("unknown", 9), ("  known by", -22))
MESSAGES = (("messages of", -14), ("expected", 21), ("received", 11), ("missing", 12),
            ("extra", 7), ("twice", 9), ("out of order", 18))


def milliseconds(seconds):
    if seconds is None:
        return "–"
    value = seconds * 1000
    return f"{value:.1f} ms" if value < 100 else f"{value:.0f} ms"


def row(columns, cells):
    parts = []
    for (_, width), cell in zip(columns, cells):
        text = f"{cell:,}" if isinstance(cell, int) else str(cell)
        parts.append(text.ljust(-width) if width < 0 else text.rjust(width))
    return "".join(parts).rstrip()


def headings(columns):
    return row(columns, [name for name, _ in columns])


class View:
    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.lines = 0

    def say(self, text=""):
        print(text, flush=True)

    def styled(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.is_terminal else text

    def bold(self, text):
        return self.styled("1", text)

    def introduce(self, places, clients, producers, rate):
        """`places`: names and addresses; one is the "socket"."""
        protocols = Counter(client.protocol or "plain" for client in clients)
        kinds = ", ".join(f"{count} {name.removesuffix('.webpubsub.azure.v1')}"
                          for name, count in sorted(protocols.items()))
        self.say(self.bold("awpsd demo"))
        for name, address in places.items():
            self.say(f"  {name:<12}{address}")
        self.say(f"  producers   {producers} processes, {rate:,} actions/s together at most")
        self.say(f"  clients     {len(clients)} WebSocket connections: {kinds}")
        self.say()
        self.say("Try it in another terminal:")
        self.say("  echo '{\"actionName\":\"sendToAll\",\"data\":\"hi\"}' | nc -U -N "
                 + places["socket"])
        self.say()

    def live(self, tick):
        if self.lines % HEADING_EVERY == 0:
            self.say(self.bold(headings(LIVE)))
        self.lines += 1
        self.say(row(LIVE, [f"{tick['seconds']} s", tick["accepted"], tick["requests"],
                            tick["received"], tick["delivered"], tick["waiting"],
                            milliseconds(percentile(tick["latencies"], 0.5)),
                            milliseconds(percentile(tick["latencies"], 0.99))]))

    def guest(self, text, receivers):
        shown = "".join(c if c.isprintable() else "·" for c in text)
        self.say(f"  {shown!r} from another producer, received by {receivers} clients")

    def log_line(self, text):
        _, _, text = text.partition(" ")  # the time stands in the lines around it
        self.say(self.styled("33", "  awpsd: " + text))

    def account(self, accounts):
        self.say(self.bold(headings(ACCOUNT)))
        total = Counter()
        for account in accounts:
            self.say(row(ACCOUNT, [account.get(key, 0) for key in
                                   ("name", "ack", *NUMBERS)] + ["  " + account["known_by"]]))
            total.update({key: account[key] for key in NUMBERS})
        self.say(self.bold(row(ACCOUNT, ["together", ""] + [total[key] for key in NUMBERS])))
        return total

    def messages(self, verdicts):
        self.say(self.bold(headings(MESSAGES)))
        for hub, verdict in verdicts:
            self.say(row(MESSAGES, [hub, verdict.expected, verdict.received, verdict.missing,
                                    verdict.unexpected, verdict.duplicates,
                                    verdict.out_of_order]))

    def kinds(self, sent):
        used = [name for name in ALL_ACTIONS if sent[name]]
        self.say(f"{len(used)} of {len(ALL_ACTIONS)} kinds of action:")
        width = max(map(len, ALL_ACTIONS)) + 2
        cells = [f"  {name.ljust(width)}{sent[name]:>9,}" for name in ALL_ACTIONS]
        half = len(cells) // 2
        for left, right in zip(cells[:half], cells[half:]):
            self.say(left + "     " + right)

    def end(self, mistakes, words):
        for mistake in mistakes[:20]:
            self.say(self.styled("31", "  " + mistake))
        if len(mistakes) > 20:
            self.say(f"  … and {len(mistakes) - 20} more")
        if mistakes:
            self.say(self.styled("1;31", f"FAILED: {words}"))
        else:
            self.say(self.styled("1;32", f"OK: {words}"))


# Of an account, in the order of ACCOUNT's columns.
NUMBERS = ("sent", "delivered", "superseded", "dead_lettered", "expired", "rejected", "unknown")
