"""A daemon that reads a stream is killed, stopped, put to sleep, and has to share: every record
arrives, in the order of its key, and what comes again is bounded.

AWPS_SCENARIO_STREAM_RECORDS: how many records there are under kills (6,000 by default).
"""

import os
import signal
import time
import unittest

from scenario import main, wait_until
from stream_campaign import GROUPS, MAX_AHEAD, PARTITIONS, StreamCampaign
from stream_judge import Judge
from stream_scenario import SESSION_SECONDS
from stream_topic import OtherMember

RECORDS = int(os.environ.get("AWPS_SCENARIO_STREAM_RECORDS", "6000"))
RECORDS_A_KILL = 1500
SERVICE_SECONDS = 10  # service.timeout


class StreamKills(StreamCampaign):
    def test_kills_lose_nothing(self):
        self.start_campaign(RECORDS, seed=1)
        self.kill_at_random(RECORDS // RECORDS_A_KILL)
        self.judge_kills()

    def test_a_member_without_a_name_comes_back_behind_its_session(self):
        self.start_campaign(3000, seed=2, lines="")
        self.kill_at_random(1)
        self.judge_kills()

    def test_a_stop_under_load_is_clean(self):
        """What was queued is returned, what was under way is awaited, and all is committed that has
        nothing unsettled before it. What was delivered behind that comes again."""
        self.start_campaign(6000, seed=3)
        for _ in range(3):
            self.write(2000)
            enough = len(self.judge.arrived) + 200
            wait_until(lambda most=enough: self.judge.look() or len(self.judge.arrived) >= most,
                       "some to arrive")
            begun = time.monotonic()
            self.assertEqual(self.stop_daemon(), 0)
            self.assertLess(time.monotonic() - begun, SERVICE_SECONDS)
            self.assertEqual(self.daemon.undelivered_files(), [])
            self.judge.end_in_order()
            self.daemon.start()
        self.assertTrue(self.judge.missing(), "a stop had something left")
        self.wait_for_all()
        self.assertLess(self.judge.most_repeats(), MAX_AHEAD)

    def test_a_sleep_longer_than_the_session(self):
        """Its partitions are lost meanwhile. It notices, and what it had is read again. What it
        sends before that is what was under way when it fell asleep: one of each group at most."""
        self.start_campaign(3000, seed=4, lines="")
        self.judge.is_shared = True
        self.write(3000)
        wait_until(lambda: self.judge.look() or len(self.judge.arrived) > 100, "some to arrive")
        self.daemon.signal(signal.SIGSTOP)
        with OtherMember(self.topic) as other:  # the group drops who sleeps once another wants in
            wait_until(lambda: other.owns() == PARTITIONS, "the other to have all",
                       3 * SESSION_SECONDS)
        self.judge.look()
        before = len(self.judge.arrived)
        self.daemon.signal(signal.SIGCONT)
        self.wait_for_all()
        self.assertLessEqual(self.judge.before_repeats - before, GROUPS)
        self.assertLessEqual(self.judge.most_repeats(), MAX_AHEAD)
        self.assertLessEqual(max(self.judge.steps_back.values()), 1)
        self.assertEqual(self.stream()["rebalances"]["lost"], 1)
        self.assertEqual(self.stop_daemon(), 0)

    def test_another_member_takes_partitions_and_gives_them_back(self):
        """In mid-load. It commits nothing: what it was given is left to be delivered. While the
        daemon gives partitions back it repeats no more than behind a stop."""
        self.start_campaign(4000, seed=5, lines="", slowest_ms=60)
        self.judge.is_shared = True
        self.write(4000)
        wait_until(lambda: self.judge.look() or len(self.judge.arrived) > 100, "some to arrive")
        with OtherMember(self.topic) as other:
            wait_until(lambda: other.owns() == PARTITIONS // 2, "the other to have half")
            wait_until(lambda: len(self.stream()["partitions"]) == 2, "the daemon to have half")
            self.assertTrue(self.judge.missing(), "the load is over")
            self.assertGreater(self.stream()["returned"], 0)
        self.wait_for_all()
        self.assertLess(self.judge.most_repeats(), MAX_AHEAD)
        rebalances = self.stream()["rebalances"]
        self.assertEqual((rebalances["lost"], rebalances["revoked"] > 0), (0, True))
        self.assertLessEqual(max(self.judge.steps_back.values(), default=0),
                             rebalances["revoked"], "a group begins again with an ownership alone")


class TheJudge(unittest.TestCase):
    """It sees what it is for."""

    def setUp(self):
        self.entries = []
        self.offsets = {}
        self.places = {0: [(10, 1), (12, 2), (13, 3)]}
        self.judge = Judge(self, self)
        self.partition_of = {1: 0, 2: 0, 3: 0}

    def committed(self):
        return self.offsets

    def log(self, since):
        return self.entries[since:]

    def counters(self):
        return {}

    def is_settled(self):
        return self.offsets.get(0) == 14

    def arrive(self, *numbers, group="g"):
        for number in numbers:
            place = len(self.entries) + 1
            self.entries.append({"sequence": place, "arrivedNs": place, "tookEffect": True,
                                 "target": group, "body": str(number)})

    def see(self, mistake):
        with self.assertRaisesRegex(AssertionError, mistake):
            self.judge.look()

    def test_all_is_well(self):
        self.arrive(1, 2, 3)
        self.offsets = {0: 14}
        self.assertTrue(self.judge.has_all())

    def test_something_is_missing(self):
        self.arrive(1, 2)
        self.offsets = {0: 13}
        self.judge.look()
        self.assertEqual((self.judge.missing(), self.judge.has_all()), ([3], False))

    def test_an_offset_is_ahead(self):
        self.arrive(1)
        self.offsets = {0: 13}
        self.see("12 .number 2. has not arrived")

    def test_one_comes_late(self):
        self.arrive(2, 1)
        self.see("1 came late to 'g'")

    def test_groups_are_on_their_own(self):
        self.arrive(2)
        self.arrive(1, group="h")
        self.judge.look()

    def test_one_comes_twice(self):
        self.arrive(1, 1)
        self.see("1 came twice in life 1")

    def test_what_comes_again_in_another_life_is_counted(self):
        self.arrive(1, 2)
        self.judge.begin_life()
        self.arrive(1, 2, 3)
        self.judge.look()
        self.assertEqual(self.judge.most_repeats(), 2)

    def test_what_was_committed_comes_again(self):
        self.arrive(1, 2)
        self.offsets = {0: 12}
        self.judge.begin_life()
        self.arrive(1)
        self.see("partition 0: 10 came again, though 12 was committed")

    def test_a_stop_commits_too_little(self):
        self.arrive(1, 2)
        self.offsets = {0: 12}
        with self.assertRaisesRegex(AssertionError, "12 is committed, though all up to 13"):
            self.judge.end_in_order()
        self.offsets = {0: 13}
        self.judge.end_in_order()

    def test_it_comes_again_in_order(self):
        self.arrive(1, 2)
        self.judge.begin_life()
        self.arrive(2, 1)
        self.see("1 came late to 'g' in life 2")


if __name__ == "__main__":
    main()
