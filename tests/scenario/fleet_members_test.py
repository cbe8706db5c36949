"""Daemons that share a stream join, are terminated, killed and put to sleep under load: every
record arrives, in the order of its group, and what comes again is bounded.

AWPS_SCENARIO_FLEET_RECORDS: how many records there are at least (6,000 by default).
"""

import os
import unittest

from fleet_campaign import MAX_AHEAD, MAX_IN_FLIGHT, RATE, FleetJudge, FleetScenario
from scenario import main, wait_until

RECORDS = int(os.environ.get("AWPS_SCENARIO_FLEET_RECORDS", "6000"))
EVENTS = 4
BACKLOG = 15_000


class FleetMembers(FleetScenario):
    def test_three_and_all_that_happens_to_them(self):
        """One joins, one is terminated, one is killed, one sleeps longer than its session."""
        self.start_fleet("one", "two", "three")
        each = RECORDS // (EVENTS + 1)
        self.wait_for_more(each)
        self.join("four")
        self.wait_for_more(each)
        self.terminate("one")
        self.wait_for_more(each)
        self.kill("two")
        self.wait_for_more(each)
        self.sleep_and_wake("three")
        while self.load.written < RECORDS:
            self.wait_for_more(1)
        self.end_load()
        self.stop_all()
        print(f"{self.load.written:,} records: all arrived in order, no offset was ahead; "
              f"{sum(self.judge.repeats.values())} came again")

    def test_one_comes_and_one_goes_amid_a_backlog(self):
        """What waits is handed over, and what was under way is awaited. In the end one alone has
        all."""
        self.start_fleet("one", "two")
        self.write_backlog(BACKLOG)
        self.wait_for_more()
        self.terminate("two")
        self.write_backlog(BACKLOG)
        self.join("three")
        self.judge.look()
        self.assertGreater(len(self.judge.missing()), RATE, "the backlog is over")
        self.terminate("one")
        self.end_load()
        self.stop_all()

    def test_both_are_killed(self):
        self.start_fleet("one", "two")
        for member in self.members.values():
            member.daemon.signal(9)
        self.judge.begin_event()
        for member in self.members.values():
            member.daemon.wait()
            member.daemon.start()
        self.wait_for_shares(self.topic.partitions)
        self.end_load()
        self.assertLessEqual(self.judge.most_repeats(), MAX_AHEAD)
        self.stop_all()

    def test_it_wakes_up_when_others_have_done_its_work(self):
        """So all that it sends is a repeat, and much waits in it when it falls asleep: no more than
        was under way, and only at once."""
        self.start_fleet("one", "two")
        self.write_backlog(BACKLOG)
        self.sleep_alone("two")
        wait_until(lambda: self.members["two"].lost() == 1, "it to notice")
        self.wait_for_shares_in_peace()
        self.judge_stale()
        self.stop_all()

    def wait_for_shares_in_peace(self):
        wait_until(lambda: sum(each.owned() for each in self.members.values())
                   == self.topic.partitions and self.members["two"].owned() > 0, "shares", 30)
        self.judge.look()


class TheFleetJudge(unittest.TestCase):
    """It sees what it is for."""

    def setUp(self):
        self.entries = []
        self.offsets = {}
        self.places = {0: [(10, 1), (12, 2), (13, 3)]}
        self.partition_of = {1: 0, 2: 0, 3: 0}
        self.judge = FleetJudge(self, self)

    def committed(self):
        return self.offsets

    def log(self, since):
        return self.entries[since:]

    def mark(self, number):
        self.arrive("", at=100)

    def arrive(self, *numbers, at=0):
        for number in numbers:
            self.entries.append({"sequence": len(self.entries) + 1, "arrivedNs": at * 10**9,
                                 "tookEffect": True, "target": "g", "body": str(number)})

    def test_repeats_are_counted_by_event(self):
        self.arrive(1, 2)
        self.judge.begin_event()
        self.arrive(1, 2)
        self.judge.look()
        self.assertEqual((self.judge.repeats_of([0]), self.judge.repeats_of([1])), (2, 0))
        self.assertEqual(self.judge.steps_back["g"], 1)
        self.judge.begin_event()
        self.assertEqual((self.judge.repeats_of([0]), self.judge.steps_back["g"]), (0, 0))

    def test_what_was_committed_comes_again(self):
        self.arrive(1, 2)
        self.offsets = {0: 12}
        self.judge.look()
        self.arrive(1)
        with self.assertRaisesRegex(AssertionError, "10 came again, though 12 was committed"):
            self.judge.look()

    def test_who_wakes_up_is_timed(self):
        self.arrive(1, 2)
        self.offsets = {0: 13}
        self.judge.look()
        self.judge.begin_waking()
        self.arrive(1, 2, at=102)
        self.judge.look()
        self.assertEqual(self.judge.stale, [2, 2])
        self.assertLess(len(self.judge.stale), MAX_IN_FLIGHT)


if __name__ == "__main__":
    main()
