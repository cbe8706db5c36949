"""Kills awpsd under load, at named points (lib/base/fault_point.h) and at random times, starts it
again, and asks the emulator what became of what was acknowledged.

A chain is some lives that end by a kill, and one that delivers all and stops. Each life begins with
what the one before left. The log's segments are as small as can be, the memory smaller than the
load, and a few targets are refused until all others are served; in half of the lives the log has
a bound that it meets. So there is it all: segments that are made, moved from and deleted; records
that wait on disk alone and are read back; doors that wait for room on the disk.
"""

import random
import signal
import struct
import subprocess
import time
from collections import Counter
from pathlib import Path

from admin import Admin
from kill_load import AGAIN, DEAD, SICK, Script, Sender, again, pump
from kill_verdict import Verdict
from programs import OF_ACTIONS, Awpsd, Emulator, binary
from scenario import REFUSED as REFUSED_BODY
from waiting import wait_until

DELAY_MS = (1, 8)  # of every answer
RELEASE_INTERVAL_MS = 100
CONFIG = f"""drain_timeout = "200ms"
hub_defaults.durability = "{{durability}}"
hub_defaults.max_queued_bytes = "512KiB"
hub_defaults.spool_max_bytes = {{bound}}
hub_defaults.retry.base = "5ms"
hub_defaults.retry.max = "50ms"
hub_defaults.retry.max_attempts = 100000
spool.min_free_bytes = 0
spool.segment_bytes = "1MiB"
spool.release_interval = "{RELEASE_INTERVAL_MS}ms"
"""
BOUNDS = ("0", '"16MiB"')  # of the log; 0: none
DELAYED = {"name": "delay", "match": OF_ACTIONS, "delayMs": DELAY_MS[0], "delayToMs": DELAY_MS[1],
           "continues": True}
REFUSED = {"name": "sick", "match": {"group": SICK + "*"}, "status": 503}
GIVEN_UP = {"name": "dead", "match": {"group": DEAD + "*"}, "status": 400, "body": REFUSED_BODY}
DEAD_SHARE = 0.05
REDRIVES = 0.02          # of the looks around in a life: all letters are sent again
ACKS = ("accepted", "accepted", "delivered")  # of the producers
ACTIONS = (200, 1500)    # of each
KILLS_A_CHAIN = 3
LIFE_SECONDS = 60
REST_SECONDS = 1.5       # a life in which all is delivered may still pass a point
LOG_ENTRIES = 30_000     # it is read as it grows
START_SECONDS = 0.1      # from a start to SIGKILL, at most
STOP_SECONDS = 0.3       # from SIGTERM to SIGKILL, at most
MARKS = 4
# Kills that are at no point.
RANDOM, STARTING, STOPPING, AT_REST = "random", "starting", "stopping", "at rest"
STOPPED = "stopped"      # no kill: it leaves what it has, and that may be much
AT_RANDOM = (RANDOM, STARTING, STOPPING, STOPPED)
COUNT = struct.Struct("=24sQ")  # see tests/fault/fault_point.cc


class Campaign:
    """`durability` as in the configuration; the same seed makes the same choices. With
    `deduplicates`, producers ask for deduplication, and send again what was not answered. With
    `letters`, some actions become dead letters, which are sent again now and then."""

    def __init__(self, folder, durability, seed, deduplicates=False, letters=False):
        self.seed = seed
        self.letters = letters
        self.deduplicates = deduplicates
        self.scripts = []
        self.durability = durability
        self.random = random.Random(seed)
        self.counts_path = Path(folder, "counts")
        self.emulator = Emulator("--log-entries", str(LOG_ENTRIES))
        self.daemon = Awpsd(folder, self.emulator.connection, program="awpsd-fault",
                            log_level="warning")
        self.daemon.environment["AWPSD_FAULT_COUNTS"] = str(self.counts_path)
        self.verdict = Verdict()
        self.life = 0
        self.read = 0            # of the emulator's log
        self.senders = []
        self.usual = {}          # point -> how often a life passes it
        self.usual_seconds = 1.0
        self.kills = Counter()   # by point, "random", "at rest"
        self.marks = 0
        self.left = 0            # acknowledged, by stops

    def close(self):
        self.daemon.close()
        self.emulator.close()

    # ---- lives

    def run(self, kills):
        """So many kills at least, and one at each point; no more than twice as many."""
        self.live()
        untried = list(self.usual)
        self.random.shuffle(untried)
        missed = []
        while self.killed() < kills or (missed and self.killed() < 2 * kills):
            # What was missed may need a life that begins with nothing, and passes it early.
            if missed:
                self.live(missed.pop(0), passes=(0, 0))
            for _ in range(KILLS_A_CHAIN):
                self.live(untried.pop() if untried else self.choose())
            self.live()
            if not untried:
                missed = [point for point in self.usual if not self.kills[point]]
        return self

    def run_stops(self, stops):
        """So many, each with something left."""
        self.live()
        while self.killed() < stops:
            for _ in range(KILLS_A_CHAIN):
                self.live(STOPPED)
            self.live()
        return self

    def run_at_random(self, kills):
        """So many kills at least, in chains as those of run()."""
        self.live()
        while self.killed() < kills:
            for _ in range(KILLS_A_CHAIN):
                self.live(self.choose())
            self.live()
        return self

    def killed(self):
        return sum(self.kills.values())

    def choose(self):
        """Half of them at a point, half at random; of these, some while it starts or stops."""
        if self.random.random() < 0.5:
            return self.random.choice(list(self.usual))
        return self.random.choices((RANDOM, STARTING, STOPPING), (0.7, 0.15, 0.15))[0]

    def live(self, end=None, passes=(0, 0.8)):
        """`end`: a point, RANDOM, STARTING, STOPPING, or None: all is delivered, and awpsd stops.
        `passes`: of those that are usual for the point, from which share on and up to which one.
        """
        begun = time.monotonic()
        self.begin(end, passes)
        is_random = end in AT_RANDOM
        seconds = self.random.uniform(0, self.usual_seconds) if is_random else LIFE_SECONDS
        is_over = self.serve(begun + seconds, heals=end is None)
        if end is None:
            self.usual_seconds = time.monotonic() - begun
            self.stop()
            self.usual = {point: max(1, count) for point, count in self.counts().items()
                          if self.letters or not point.startswith("letter_")}
        elif is_random:
            self.kill(end)
        elif self.daemon.has_ended(REST_SECONDS):
            self.expect_kill(end)
        else:
            self.kill(AT_REST)
            self.usual[end] = max(1, self.usual[end] // 2)
        if not is_over and not is_random and time.monotonic() > begun + LIFE_SECONDS:
            self.verdict.mistakes.append(f"life {self.life}: not all delivered in {LIFE_SECONDS} s")

    def begin(self, end, passes):
        self.life += 1
        sent_again = again(self.life, self.scripts) if self.deduplicates else []
        self.scripts = sent_again + [
            Script(self.life, number, self.random.randint(*ACTIONS), self.seed, self.deduplicates,
                   DEAD_SHARE if self.letters else 0)
            for number in range(len(ACKS))]
        self.verdict.begin_life(self.life, self.scripts)
        self.emulator.set_faults([DELAYED, REFUSED, GIVEN_UP], seed=self.life)
        self.is_sick = True
        self.daemon.write_config(CONFIG.format(durability=self.durability,
                                               bound=self.random.choice(BOUNDS)))
        self.daemon.environment.pop("AWPSD_FAULT", None)
        if end in self.usual:
            least, most = (max(1, round(share * self.usual[end])) for share in passes)
            self.daemon.environment["AWPSD_FAULT"] = f"{end}:{self.random.randint(least, most)}"
        self.senders = []
        self.daemon.launch()
        if end == STARTING:
            self.daemon.has_ended(self.random.uniform(0, START_SECONDS))
            return
        wait_until(lambda: self.daemon.notify.has("READY") or self.daemon.has_ended(), "a start")
        try:
            for script in self.scripts:
                ack = ACKS[script.producer % AGAIN]
                self.senders.append(Sender(self.daemon.socket_path, script, ack))
        except (ConnectionError, FileNotFoundError):
            self.daemon.wait()  # it died before; else this is a deadline's error

    def serve(self, deadline, heals):
        """Until awpsd is dead, all is delivered (True), or the time is over. `heals`: in the end
        nothing is refused any more, so that dead letters arrive, too."""
        while self.senders and time.monotonic() < deadline and not self.daemon.has_ended():
            pump(self.senders, 0.01)
            self.read_log()
            if self.letters and self.random.random() < REDRIVES:
                self.redrive()
            if any(sender.unsent for sender in self.senders):
                continue
            owed = [action for script in self.scripts for action in script.actions
                    if not action.is_acknowledged] + self.verdict.waiting()
            if not owed:
                return True
            dead = [action for action in owed if action.is_dead and action.is_acknowledged]
            if self.is_sick and all(action.is_sick or action.is_dead for action in owed):
                self.is_sick = False
                self.emulator.set_faults([DELAYED] if heals else [DELAYED, GIVEN_UP],
                                         seed=self.life)
            if len(dead) < len(owed):
                continue
            if not heals:
                return True
            self.redrive()
        return False

    def redrive(self):
        """All letters that it has, if it lives."""
        try:
            Admin(self.daemon.admin_path).ask("POST", "/dead-letters/redrive",
                                              {"hub": "chat", "all": True})
        except OSError:
            pass  # it died meanwhile

    def kill(self, why):
        if why in (STOPPING, STOPPED):
            for sender in self.senders:
                sender.may_stop = True
            self.daemon.signal(signal.SIGTERM)
        if why == STOPPED:
            self.kills[why] += self.daemon.wait() == 0
            self.end_life()
            self.left += len(self.verdict.waiting())
            return
        if why == STOPPING:
            self.daemon.has_ended(self.random.uniform(0, STOP_SECONDS))
        self.daemon.process.kill()
        self.expect_kill(why)

    def expect_kill(self, why):
        status = self.daemon.wait()
        if status == -signal.SIGKILL:
            self.kills[why] += 1
        elif status != 0 or why != STOPPING:  # a stop may be over sooner
            raise AssertionError(f"awpsd ended with {status}: {self.daemon.log()[-2000:]}")
        self.end_life()

    def stop(self):
        for sender in self.senders:
            sender.close()
        status = self.daemon.close()
        if status != 0:
            self.verdict.mistakes.append(f"life {self.life}: awpsd stopped with {status}")
        self.end_life()
        self.verdict.judge()

    def end_life(self):
        for sender in self.senders:
            sender.read_rest()
            self.verdict.mistakes += sender.mistakes
        # A control request is answered after what was there before it. A body may take some reads.
        for _ in range(MARKS):
            self.marks += 1
            self.emulator.mark(self.marks)
        self.read_log()
        self.check_spool()

    def check_spool(self):
        """A kill damages nothing; a look at it changes nothing."""
        check = subprocess.run([binary("awpsd"), "--config", self.daemon.config_path,
                                "--check-spool"], env=self.daemon.environment, check=False,
                               capture_output=True, text=True)
        if check.returncode != 0:
            self.verdict.mistakes.append(f"life {self.life}: status {check.returncode} of a look "
                                         f"at the spool: {check.stdout}{check.stderr}")

    # ---- what the others say

    def read_log(self):
        for entry in self.emulator.log(self.read):
            if entry["sequence"] != self.read + 1:
                raise AssertionError(f"the emulator's log has lost what followed {self.read}")
            self.read = entry["sequence"]
            if entry["operation"] != "health":
                self.verdict.take(entry)
            elif entry["query"].endswith(f"mark={self.marks}"):
                self.verdict.end_life(entry["arrivedNs"])

    def counts(self):
        """point -> how often this life passed it"""
        return {name.rstrip(b"\0").decode(): count
                for name, count in COUNT.iter_unpack(self.counts_path.read_bytes())}

    def figures(self):
        """Lines for people."""
        verdict, kills = self.verdict, sum(self.kills.values())
        most = max(verdict.repeats.values(), default=0)
        oldest = sorted(verdict.ages.values())
        named = {point: self.kills[point] for point in self.usual}
        return [
            f"kills         {kills:,}: {sum(named.values()):,} at {len(named)} points, "
            + ", ".join(f"{self.kills[kind]:,} {kind}" for kind in (*AT_RANDOM, AT_REST)),
            "points        " + ", ".join(f"{point} {count}" for point, count in named.items()),
            f"actions       {verdict.acknowledged:,} acknowledged, {verdict.arrived:,} arrived",
            f"sent again    {verdict.again:,}, of which {verdict.duplicates:,} had no effect",
            f"dead letters  {verdict.letters:,} arrived, {verdict.letter_repeats:,} times again",
            f"lost          {verdict.lost:,}; out of order {verdict.out_of_order:,}",
            f"repeats       {sum(verdict.repeats.values()):,}, at most {most:,} after a kill; "
            f"{len(oldest)} kills had some",
            "              the oldest had arrived before the kill, in ms: "
            + ", ".join(f"{name} {oldest[min(len(oldest) - 1, int(len(oldest) * share))] / 1e6:.0f}"
                        for name, share in (("median", 0.5), ("p95", 0.95), ("most", 1.0))
                        if oldest)]
