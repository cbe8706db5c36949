"""Kills a daemon that reads a stream, at random times under load, starts it again, and judges each
life: see stream_judge.py. The group knows its member by name, so that it comes back at once.
"""

import random
import signal

from scenario import wait_until
from stream_scenario import NAMED, StreamScenario

PARTITIONS = 4
GROUPS = 60
MAX_AHEAD = 500
DELAYS = {"name": "delay", "match": {"except": {"operation": "health"}}, "delayMs": 0,
          "continues": True}


class StreamCampaign(StreamScenario):
    def start_campaign(self, records, seed, lines=NAMED, slowest_ms=8):
        self.topic = self.make_topic(PARTITIONS)
        self.start_stream(self.topic, f"max_ahead = {MAX_AHEAD}\n" + lines)
        self.emulator.set_faults([{**DELAYS, "delayToMs": slowest_ms}], seed=seed)
        self.random = random.Random(seed)
        self.records = records
        self.kills = 0
        self.next = 0

    def write(self, count):
        writer = self.topic.writer()
        for number in range(self.next, self.next + count):
            writer.send(f"g{self.random.randrange(GROUPS)}", number)
        self.next += count
        writer.flush()

    def kill_at_random(self, kills):
        """Each kill falls somewhere into what was written since the one before."""
        each = self.records // (kills + 1)
        for _ in range(kills):
            self.write(each)
            before = len(self.judge.arrived)
            enough = before + self.random.randint(1, each)
            wait_until(lambda most=enough: self.judge.look() or len(self.judge.arrived) >= most
                       or not self.judge.missing(), "some to arrive", 60)
            self.daemon.signal(signal.SIGKILL)
            self.daemon.wait()
            self.judge.begin_life()
            self.kills += 1
            self.daemon.start()
        self.write(self.records - self.next)
        self.wait_for_all(120)

    def judge_kills(self):
        """What comes again is what was ahead, at most."""
        repeats = self.judge.repeats
        print(f"{self.records:,} records, {self.kills} kills: all arrived in order, no offset was "
              f"ahead; {sum(repeats.values()):,} came again, at most {self.judge.most_repeats():,} "
              f"of a partition behind a kill (max_ahead = {MAX_AHEAD})")
        self.assertLessEqual(self.judge.most_repeats(), MAX_AHEAD)
        self.assertEqual(self.stop_daemon(), 0)
