"""The live page in a browser, served by awpsd itself: what page_test.py holds of a made-up daemon
that the real one says, too.
"""

from admin_site import AdminSite
from page_checks import PageChecks
from scenario import Scenario, main
from selenium.webdriver.common.by import By

ROWS = ".overview tbody:not(.sums) tr"
MANY = 100


class PageOfTheDaemon(PageChecks, Scenario):
    def setUp(self):
        super().setUp()
        self.site = AdminSite(self.folder)
        self.daemons.append(self.site.daemon)
        self.addCleanup(self.site.close)

    def names(self):
        return self.browser.run(f"return [...document.querySelectorAll('{ROWS}')]"
                                ".map((row) => row.cells[0].textContent)")

    def sums(self, column):
        return self.browser.text(f".overview .sums td.{column}")

    def test_a_hundred_hubs(self):
        self.site.restart_with(MANY - 1)
        self.open_ready()
        self.browser.wait(lambda: len(self.names()) == MANY, "a row for each hub")
        self.assertEqual(self.names()[:3], ["chat", "hub1", "hub2"])
        self.browser.wait(lambda: self.sums("out") not in ("", "–", "0"), "a rate")
        self.browser.wait(lambda: self.sums("p99").endswith("s"), "a percentile")
        self.assertEqual(self.browser.text("#cards"), "")
        self.site.post("pause", {"hub": "hub42"})
        self.browser.wait(lambda: self.names()[0] == "hub42", "the paused hub to rise")
        self.browser.wait_for("1 in trouble", ".sums")
        self.assert_looks_good("daemon-many")
        self.browser.driver.find_element(By.LINK_TEXT, "hub42").click()
        self.browser.wait_for("paused", "#cards .badge")
        self.button("Resume", "#cards").click()
        self.browser.wait_for("running", "#cards .badge")
        self.site.vanish()
        self.browser.wait_for(" s old", "#facts")
        self.site.back()
        self.browser.wait_for("was started anew at", "#attention")
        self.assertEqual(self.browser.text("#cards h3"), "hub42")
        self.assertNotRegex(self.browser.text("main"), r"[-−]\d+(\.\d)?/s")
        self.browser.driver.find_element(By.LINK_TEXT, "← All hubs").click()
        self.browser.wait(lambda: self.sums("out") not in ("", "–", "0"), "a rate of the new one")

    def test_hubs_of_a_dead_endpoint(self):
        self.site.restart_with(3)
        self.open_ready()
        reason = self.site.hold()
        self.browser.wait(lambda: self.names()[0] == self.site.hub, "the hub in trouble")
        self.browser.wait_for(reason, ".overview td.trouble")
        self.browser.wait_for("Hubs that wait: chat, hub1, hub2, hub3", "#attention")
        self.assertEqual(len([line for line in self.browser.text("#attention").split("\n")
                              if reason in line]), 1)
        self.site.release()
        self.browser.wait_for("no trouble", ".sums")


if __name__ == "__main__":
    main()
