"""What the live page says of an endpoint's trouble, before a made-up daemon (admin_mock.py).

A test class mixes TroubleChecks in beside PageChecks; its `site` is an AdminMock, and its change()
sets values of the made-up hub.
"""


class TroubleChecks:
    def test_what_fails_while_others_are_answered(self):
        self.open_ready()
        place = "#endpoints"
        self.assertNotIn("while others are answered", self.browser.text())
        with self.site.lock:
            self.site.daemon.suspect(1)
        self.browser.wait_for("1 target fails while others are answered", place)
        self.browser.wait_for("1 target fails while others are answered", "#attention")
        self.browser.wait_for("at-the-harbour', for 3 min 20 s: 503", place)
        self.assertNotIn("more", self.browser.text(place))
        with self.site.lock:
            self.site.daemon.suspect(7, unnamed=1200)
            self.site.daemon.learnt = ["fan_out: off: such requests fail; tried again in 60 s"]
        self.browser.wait_for("1,207 targets fail while others are answered", place)
        self.browser.wait_for("device-4-", place)
        self.browser.wait_for("and 1,202 more", place)
        self.assertNotIn("device-5-", self.browser.text(place))
        self.browser.wait_for("fan_out: off: such requests fail; tried again in 60 s", place)
        self.browser.wait_for("Ready", "#state")
        self.assert_looks_good("suspects")
        with self.site.lock:
            self.site.daemon.suspect(0)
            self.site.daemon.learnt = []
        self.browser.wait(lambda: "while others" not in self.browser.text(), "it to be over")

    def test_failures_that_count_are_told_by_evidence(self):
        self.open_ready()
        self.change(charged_answered=7, charged_healthy=2)
        for row, count in (("Failures that count against actions: others were answered", 7),
                           ("… the service said that it is healthy", 2)):
            self.browser.wait(lambda r=row, c=count: self.figure(
                "Requests by answer", r, "since start") == c, row)

    def test_no_way_to_the_service_is_told_before_a_hold(self):
        self.open_ready()
        endpoint = self.site.daemon.endpoint
        self.site.daemon.endpoint = lambda url: {**endpoint(url), "cause": "connection refused",
                                                 "remedy": "check the network"}
        self.browser.wait_for("It could not be reached: connection refused", "#endpoints")
        self.browser.wait_for("What can be done: check the network", "#endpoints")

    def test_a_limit_that_a_fleet_shares_is_reckoned(self):
        self.open_ready()
        endpoint = self.site.daemon.endpoint
        shared = {"stream": "orders", "owned": 24, "all": 64, "part": 0.375}
        pace = {"requestsPerSecond": 375, "configured": 1000, "learnt": False,
                "reason": '375/s = 1000/s × 24 of 64 partitions of "orders"'}
        self.site.daemon.endpoint = lambda url: {**endpoint(url), "pace": pace,
                                                 "sharedBy": shared}
        self.browser.wait_for(f"Pace: {pace['reason']}", "#endpoints")
        none = {**pace, "requestsPerSecond": 0, "configured": 0, "reason": ""}
        self.site.daemon.endpoint = lambda url: {**endpoint(url), "pace": none,
                                                 "sharedBy": shared}
        self.browser.wait_for("Pace: no limit; 38 % of what the fleet may send is this daemon's: "
                              'it owns 24 of 64 partitions of "orders"', "#endpoints")

    def test_what_a_durable_hub_has_on_disk(self):
        self.open_ready()
        self.assertFalse(self.browser.run(f"""
            return [...document.querySelectorAll('{self.card()} caption')].some(
                (node) => node.textContent === 'Disk' && node.checkVisibility())"""))
        self.change(spool={"records": 1207, "tailRecords": 7, "oldestSeconds": 63,
                           "bytes": 950, "maxBytes": 1000, "state": "tail"})
        for row, count in (("Without an outcome", 1207), ("… on disk alone", 7)):
            self.browser.wait(lambda r=row, c=count: self.figure("Disk", r, "actions") == c, row)
        self.browser.wait_for("7 actions of 1,207 on disk wait there alone, the oldest for 1 min",
                              self.card())
        self.assert_looks_good("disk")
        self.change(spool={"lostRecords": 2, "damagedRanges": 1})
        self.browser.wait_for("damage on the disk has destroyed 2 accepted actions", self.card())
        self.change(spool={"damagedRanges": 3})
        self.browser.wait_for("3 damaged places on the disk; no action was lost", self.card())
        self.change(spool={"state": "recovering"},
                    not_ready="it reads what the last run left on disk")
        self.browser.wait_for("accepts nothing until then", self.card())
