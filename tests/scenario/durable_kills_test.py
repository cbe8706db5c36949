"""A durable hub's daemon is killed at every named point and at random times: nothing that was
acknowledged is lost, each lane keeps its order, and what comes twice had come just before the kill.

How many kills, and their choices: see campaign_scenario.py.
"""

from pathlib import Path

from campaign_scenario import KILLS, CampaignScenario
from kill_campaign import DELAY_MS, RELEASE_INTERVAL_MS
from kill_load import AGAIN, Again, Script
from kill_verdict import Verdict
from programs import binary
from scenario import Scenario, main

CONTROLS = 10
VARIABLE = b"AWPSD_FAULT"
# What was answered longer ago than the release interval is released. A busy machine may be late
# with all of it, but not each time.
USUAL_AGE_MS = DELAY_MS[1] + RELEASE_INTERVAL_MS + 100
LARGEST_AGE_MS = DELAY_MS[1] + RELEASE_INTERVAL_MS + 1000


class DurableKills(CampaignScenario):
    def test_nothing_acknowledged_is_lost(self):
        campaign = self.campaign("durable")
        verdict = self.run_without_loss(campaign, campaign.run, KILLS)
        self.assertGreaterEqual(campaign.killed(), KILLS)
        self.assertEqual([point for point in campaign.usual if not campaign.kills[point]], [],
                         "points that no life reached")
        ages = sorted(age / 1e6 for age in verdict.ages.values())
        self.assertGreater(len(ages), campaign.killed() // 4, "kills with something to repeat")
        self.assertLess(ages[-1], LARGEST_AGE_MS)
        self.assertLess(ages[len(ages) * 9 // 10], USUAL_AGE_MS)

    def test_what_is_sent_again_has_one_effect(self):
        campaign = self.campaign("durable", deduplicates=True)
        verdict = self.run_without_loss(campaign, campaign.run_at_random, KILLS // 3)
        self.assertGreater(verdict.duplicates, 0, "what had been accepted, and was not answered")
        self.assertGreater(verdict.again - verdict.duplicates, 0, "what had not")

    def test_dead_letters_outlive_it(self):
        campaign = self.campaign("durable", letters=True)
        verdict = self.run_without_loss(campaign, campaign.run_at_random, KILLS // 3)
        self.assertGreater(verdict.letters, KILLS)

    def test_without_the_log_it_is_lost(self):
        """Else the other test would see nothing."""
        campaign = self.campaign("memory")
        campaign.live()
        losses = []
        for _ in range(CONTROLS):
            campaign.live("sent", passes=(0.2, 0.6))
            losses.append(len(campaign.verdict.waiting()))
            campaign.verdict.forget()  # nobody brings it back
        print(f"acknowledged and lost, without the log: {losses}")
        self.assertGreaterEqual(sum(lost > 0 for lost in losses), CONTROLS * 9 // 10, losses)

    def test_the_installed_daemon_has_no_fault_in_it(self):
        self.assertIn(VARIABLE, Path(binary("awpsd-fault")).read_bytes())
        self.assertNotIn(VARIABLE, Path(binary("awpsd")).read_bytes())


class TheVerdict(Scenario):
    """It sees what it is for."""

    def setUp(self):
        super().setUp()
        self.verdict = Verdict()
        self.script = Script(1, 0, 300, seed=1, deduplicates=True)
        self.verdict.begin_life(1, [self.script])
        self.names = {action: name for name, action in self.script.names.items()}
        self.lane = [action for action in self.script.actions
                     if action.lanes == (("group", "g1"),)]

    def arrive(self, *actions, milliseconds=0):
        for action in actions:
            name = self.names[action]
            body = {"bodySha256": name} if len(name) == 64 else {"body": name + " x"}
            self.verdict.take({"tookEffect": True, "arrivedNs": milliseconds * 1_000_000, **body})

    def said(self, *words):
        mistake, = self.verdict.mistakes
        for word in words:
            self.assertIn(word, mistake)

    def test_all_is_well(self):
        for action in self.script.actions:
            action.is_acknowledged = True
        self.arrive(*self.script.actions)
        self.verdict.judge()
        self.assertEqual(self.verdict.mistakes, [])
        self.assertEqual((self.verdict.acknowledged, self.verdict.lost),
                         (len(self.script.actions), 0))

    def test_loss(self):
        self.script.actions[-1].is_acknowledged = True
        self.arrive(*self.script.actions[:-1])
        self.verdict.judge()
        self.said("acknowledged and lost", self.script.actions[-1].name)

    def test_a_hole(self):
        self.arrive(*self.script.actions[:5], *self.script.actions[6:])
        self.verdict.judge()
        self.said("6 did not")

    def test_order(self):
        self.arrive(self.lane[1], self.lane[0])
        self.said("came late", self.lane[0].name)

    def test_order_over_a_restart(self):
        later = Script(2, 0, 300, seed=1)
        self.verdict.end_life(0)
        self.verdict.begin_life(2, [later])
        self.names.update({action: name for name, action in later.names.items()})
        lane = [action for action in later.actions if action.lanes == (("group", "g1"),)]
        self.arrive(self.lane[0], lane[0])
        self.assertEqual(self.verdict.mistakes, [])
        self.arrive(self.lane[1])
        self.said("came late", self.lane[1].name)

    def test_repeats(self):
        self.arrive(self.lane[0], milliseconds=10)
        self.arrive(self.lane[1], milliseconds=20)
        self.verdict.end_life(50_000_000)
        self.verdict.begin_life(2, [])
        self.arrive(*self.lane[:2], milliseconds=60)
        self.assertEqual(self.verdict.mistakes, [])
        self.assertEqual((self.verdict.repeats[1], self.verdict.ages[1]), (2, 40_000_000))
        self.arrive(self.lane[1])
        self.assertIn("twice in life 2", self.verdict.mistakes[-1])

    def again(self):
        """The first of the lane is sent again in the next life."""
        second = Again(2, AGAIN, self.lane[:1])
        self.verdict.end_life(0)
        self.verdict.begin_life(2, [second])
        self.names.update({action: name for name, action in second.names.items()})
        return second.actions[0]

    def test_one_effect_of_two_tries(self):
        second = self.again()
        second.is_acknowledged = True
        self.arrive(self.lane[0])
        self.verdict.scripts = self.verdict.scripts[1:]
        self.verdict.judge()
        self.assertEqual(self.verdict.mistakes, [])
        self.assertEqual((self.verdict.again, self.verdict.duplicates), (1, 1))

    def test_two_effects_of_two_tries(self):
        second = self.again()
        self.arrive(self.lane[0], second)
        self.verdict.scripts = self.verdict.scripts[1:]
        self.verdict.judge()
        self.said("with an effect each", self.lane[0].name, second.name)

    def test_no_effect_of_two_tries(self):
        self.again().is_acknowledged = True
        self.verdict.scripts = self.verdict.scripts[1:]
        self.verdict.judge()
        self.said("acknowledged and lost")

    def test_a_stranger(self):
        self.verdict.take({"tookEffect": True, "arrivedNs": 0, "body": "9-9-9 x"})
        self.said("nobody sent")

    def test_what_a_clean_stop_left(self):
        self.arrive(*self.script.actions)
        self.verdict.judge()
        self.assertEqual(self.verdict.mistakes, [])
        self.arrive(self.lane[0])
        self.said("settled before a stop")


if __name__ == "__main__":
    main()
