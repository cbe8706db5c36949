"""A hub that overflows to disk is stopped again and again while it has much in memory and much on
disk: nothing that was acknowledged is lost, and each lane keeps its order.

How many stops (a third of the kills), and their choices: see campaign_scenario.py.
"""

from campaign_scenario import KILLS, CampaignScenario
from scenario import main

STOPS = KILLS // 3


class OverflowStops(CampaignScenario):
    def test_nothing_acknowledged_is_lost(self):
        campaign = self.campaign("overflow")
        self.run_without_loss(campaign, campaign.run_stops, STOPS)
        self.assertGreaterEqual(campaign.killed(), STOPS)
        self.assertGreater(campaign.left, STOPS, "actions that a stop has left")


if __name__ == "__main__":
    main()
