"""What the parts of limits.py share: a table of figures with their bounds, and words for a load."""

import time

NS = 1_000_000_000
MEBIBYTE = 1024 * 1024
ONE_BY_ONE = "hub_defaults.coalesce.enabled = false\n"
QUICK_STOP = 'drain_timeout = "100ms"\n'


class Table:
    """Prints each figure as it comes. With the figures of an older build (`before`: those that a
    table of that run has kept), each stands beside its own.
    """

    def __init__(self, before=None, is_silent=False):
        self.missed = 0
        self.before = before
        self.is_silent = is_silent
        self.kept = {}  # (title, name) -> value
        self.heading = ""

    def title(self, text):
        self.heading = text
        if not self.is_silent:
            head = f"   {'before':>14} {'after':>14}" if self.before is not None else ""
            print(f"\n{text}{head}", flush=True)

    def row(self, name, value, bound="", is_met=True):
        self.missed += not is_met
        self.kept[self.heading, name] = value
        if self.is_silent:
            print(f"  (before) {name}: {value}", flush=True)
            return
        verdict = ("pass" if is_met else "FAIL") if bound else ""
        old = "" if self.before is None else f"{self.before.get((self.heading, name), '–'):>14} "
        print(f"  {name:<46}{old}{value:>14}   {bound:<12}{verdict}", flush=True)

    def at_most(self, name, value, bound, form="{:.1f}"):
        self.row(name, form.format(value), "≤ " + form.format(bound), value <= bound)

    def at_least(self, name, value, bound, form="{:.1f}"):
        self.row(name, form.format(value), "≥ " + form.format(bound), value >= bound)

    def exactly(self, name, value, bound):
        self.row(name, f"{value:,}", f"= {bound:,}", value == bound)

    def failed(self, error):
        """A part that could not go on."""
        self.row(f"could not go on: {error}"[:90], "", "no mistake", False)


def wait(seconds):
    """A load runs for a time; there is no event to wait for."""
    time.sleep(seconds)


def wait_while(condition, seconds):
    """How long it took until it was no longer true; `seconds` if it stayed so."""
    begin = time.monotonic()
    while condition() and time.monotonic() - begin < seconds:
        wait(0.05)
    return min(time.monotonic() - begin, seconds)


def percent(part, whole):
    return 100 * part / whole if whole else 0.0
