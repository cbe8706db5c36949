"""Scenes of campaigns (kill_campaign.py): what they have in common, whatever ends the lives.

AWPS_SCENARIO_KILLS: how many kills (30 by default). AWPS_SCENARIO_SEED: of its choices, as printed
by an earlier run; when exactly a kill comes is never the same.
"""

import os
import random

from kill_campaign import Campaign
from scenario import Scenario

KILLS = int(os.environ.get("AWPS_SCENARIO_KILLS", "30"))


class CampaignScenario(Scenario):
    def campaign(self, durability, **more):
        seed = int(os.environ.get("AWPS_SCENARIO_SEED", random.randrange(1 << 32)))
        print(f"seed {seed}")
        campaign = Campaign(self.folder, durability, seed, **more)
        self.addCleanup(campaign.close)
        self.daemons.append(campaign.daemon)
        return campaign

    def run_without_loss(self, campaign, run, count):
        """`run` of the campaign: nothing that was acknowledged is lost, each lane keeps its order.
        The verdict."""
        try:
            run(count)
        finally:
            print("\n".join(campaign.figures()))
            self.assertIsNone(campaign.emulator.process.poll(), "the emulator's end")
        verdict = campaign.verdict
        self.assertEqual(verdict.mistakes, [])
        self.assertEqual((verdict.lost, verdict.out_of_order), (0, 0))
        return verdict
