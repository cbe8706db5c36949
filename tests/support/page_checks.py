"""What holds of the live page, whoever serves it: the made-up daemon, or awpsd itself.

A test class mixes PageChecks in and gives it a `site`:
  url, token        where the page is, and its token ("": none is asked for)
  hub               the name of the hub that the checks act on; it has traffic
  add_letters(n)    makes n dead letters of that hub
  letters()         how many there are
  is_paused()       is the hub?
  change_config()   hub_defaults.dead_letters.max_count becomes 77 in the configuration's file
  hold(), release() the endpoint is held, with what it reports as the reason; it is open again
  vanish(), back()  the daemon is killed; a new one starts
"""

import tempfile

from browser import Browser
from selenium.webdriver.common.keys import Keys

WIDTHS = (360, 768, 1440)
SCHEMES = ("light", "dark")
WINDOW = "last 5 s"
HARM = '<img src=x onerror="window.harm=1"><b>bold</b>'


class PageChecks:
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="awps-")
        cls.addClassCleanup(folder.cleanup)
        cls.browser = Browser(folder.name)
        cls.addClassCleanup(cls.browser.close)

    def open(self, hash_of_address=None):
        """Opens the page, with the site's token if it has one."""
        token = f"#token={self.site.token}" if self.site.token else ""
        self.browser.start_page(self.site.url + (hash_of_address or token))
        self.addCleanup(self.assert_page_was_good)

    def open_ready(self):
        self.open()
        self.browser.wait_for("Ready", "#state")

    def assert_page_was_good(self):
        """Of all that a page did: it stayed at home, broke no policy, and told the console
        nothing."""
        for url in self.browser.requested_urls():
            self.assertEqual(url[:len(self.site.url)], self.site.url)
        self.assertEqual(self.browser.errors(), [])
        self.assertEqual(self.browser.violations(), [])

    def card(self):
        return f'article[aria-label="hub {self.site.hub}"]'

    def figure(self, table, row, column):
        text = self.browser.cell(self.card(), table, row, column)
        text = text.removesuffix("/s").replace(",", "")
        return None if text in ("", "–") else float(text)

    def button(self, words, within=""):
        node = self.browser.wait(lambda: self.browser.button(words, within), f"button '{words}'")
        self.browser.run("arguments[0].scrollIntoView({block: 'center'})", node)
        return node

    def assert_looks_good(self, state):
        for scheme in SCHEMES:
            self.browser.scheme(scheme)
            for width in WIDTHS:
                with self.subTest(state=state, scheme=scheme, width=width):
                    self.browser.width(width)
                    self.assertEqual(self.browser.too_wide(), [])
                    self.assertEqual(self.browser.contrast_mistakes(), [])
                    self.browser.keep_picture(f"{state}-{scheme}-{width}")
        self.browser.width(1280)

    # The checks.

    def test_values_move(self):
        self.open_ready()
        self.browser.wait(lambda: self.figure("Actions by outcome", "Delivered", WINDOW), "a rate")
        self.browser.wait(lambda: self.browser.cell(
            self.card(), "Latency", "p99", "to delivery")[-1:] == "s", "a percentile")
        before = self.figure("Actions by outcome", "Delivered", "since start")
        self.browser.wait(lambda: self.figure(
            "Actions by outcome", "Delivered", "since start") > before, "more of them")
        self.assertGreaterEqual(self.figure("Coalescing", "Actions per request", "since start"), 1)
        self.browser.wait_for("requests at once", self.card())
        self.assert_looks_good("busy")

    def test_pause_and_resume(self):
        self.open_ready()
        self.button("Pause", self.card()).click()
        self.browser.wait_for("paused", self.card() + " .badge")
        self.browser.wait_for(f"Hub {self.site.hub} is paused", "#attention")
        self.assertTrue(self.site.is_paused())
        self.button("Resume", self.card()).click()
        self.browser.wait_for("running", self.card() + " .badge")
        self.assertFalse(self.site.is_paused())

    def test_a_dead_letter_is_redriven(self):
        self.open_ready()
        self.site.add_letters(3)
        self.button("Show letters", self.card()).click()
        self.browser.wait_for("#3", self.card())
        self.browser.wait_for("400", self.card() + " .letters")
        self.assert_looks_good("letters")
        self.button("Redrive dead letter 2").click()
        self.browser.wait_for(f"Send dead letter 2 of hub {self.site.hub} again", "dialog")
        self.button("Redrive", "dialog").click()
        self.browser.wait_for("1 redriven.", self.card())
        self.browser.wait(lambda: "#2" not in self.browser.text(self.card() + " .letters"),
                          "it to leave")
        self.browser.wait_for("2 kept", self.card())
        self.assertEqual(self.site.letters(), 2)

    def test_a_purge_asks_first(self):
        self.open_ready()
        self.site.add_letters(2)
        for way_out in ("Cancel", Keys.ESCAPE):
            self.button("Purge all…", self.card()).click()
            self.browser.wait_for("away for good?", "dialog")
            self.assertEqual(self.browser.driver.switch_to.active_element.text, "Cancel")
            if way_out == Keys.ESCAPE:
                self.browser.driver.switch_to.active_element.send_keys(way_out)
            else:
                self.button(way_out, "dialog").click()
            self.browser.wait(lambda: not self.browser.find("dialog").is_displayed(),
                              "the dialog's end")
            self.assertEqual(self.site.letters(), 2)
        self.button("Purge all…", self.card()).click()
        self.button("Purge", "dialog").click()
        self.browser.wait_for("2 purged.", self.card())
        self.assertEqual(self.site.letters(), 0)

    def test_a_purge_of_all_is_of_those_that_were_seen(self):
        self.open_ready()
        self.site.add_letters(2)
        self.button("Purge all…", self.card()).click()
        self.browser.wait_for("(now 2, up to number 2)", "dialog")
        self.site.add_letters(1)
        self.browser.wait_for("3 kept", self.card())
        self.button("Purge", "dialog").click()
        self.browser.wait_for("2 purged.", self.card())
        self.browser.wait_for("1 kept", self.card())
        self.assertEqual(self.site.letters(), 1)

    def test_letters_of_another_process_are_not_acted_on(self):
        self.open_ready()
        self.site.add_letters(2)
        self.button("Show letters", self.card()).click()
        self.browser.wait_for("#2", self.card() + " .letters")
        self.button("Purge dead letter 2").click()
        self.browser.wait_for("away for good?", "dialog")
        self.site.vanish()
        self.browser.wait_for("No answer since ", "#state")
        self.site.back()
        self.browser.wait_for("nothing was done", self.card())
        self.assertFalse(self.browser.find("dialog").is_displayed())
        self.browser.wait(lambda: not self.browser.find_all(".letters li"), "no letter")
        self.site.add_letters(1)
        self.browser.wait_for("#1", self.card() + " .letters")
        self.assertNotIn("#2", self.browser.text(self.card() + " .letters"))
        self.assertEqual(self.site.letters(), 1)

    def test_a_drain_asks_first(self):
        self.open_ready()
        self.button("Drain…", self.card()).click()
        self.browser.wait_for(f"Drain hub {self.site.hub}?", "dialog")
        self.button("Cancel", "dialog").click()
        self.button("Drain…", self.card()).click()
        self.browser.wait_for("running", self.card() + " .badge")
        self.button("Drain", "dialog").click()
        self.browser.wait_for("drained", self.card() + " .badge")
        self.browser.wait_for("accepts nothing until it is resumed", "#attention")
        self.assertIsNone(self.browser.button("Drain…", self.card()))
        self.button("Resume", self.card()).click()
        self.browser.wait_for("running", self.card() + " .badge")
        self.button("Drain…", self.card())

    def test_a_reload_says_first_what_it_changes(self):
        self.open_ready()
        self.site.change_config()
        for answer in ("Cancel", "Reload"):
            self.button("Reload configuration…").click()
            self.browser.wait_for("dead_letters.max_count: 10000 → 77", "dialog")
            self.button(answer, "dialog").click()
        self.browser.wait_for("Reloaded:\n", "#reload-said")
        self.browser.wait_for("dead_letters.max_count: 10000 → 77", "#reload-said")
        self.assert_looks_good("reloaded")
        self.button("Reload configuration…").click()
        self.browser.wait_for("Nothing has changed in the configuration", "dialog")
        self.button("Cancel", "dialog").click()

    def test_what_is_not_ready_stands_on_top(self):
        self.open_ready()
        reason = self.site.hold()
        self.browser.wait_for("Not ready", "#state")
        self.browser.wait_for(reason, "#attention")
        self.browser.wait_for("held", "#endpoints .badge")
        self.browser.wait_for(reason, "#endpoints")
        self.assert_looks_good("held")
        self.site.release()
        self.browser.wait_for("Ready", "#state")
        self.browser.wait_for("open", "#endpoints .badge")

    def test_it_says_when_the_daemon_is_gone_and_back(self):
        self.open_ready()
        self.browser.wait(lambda: self.figure("Actions by outcome", "Accepted", WINDOW), "a rate")
        self.site.vanish()
        self.browser.wait_for("No answer since ", "#state")
        self.browser.wait(lambda: self.browser.find_all("body.gone"), "grey")
        self.button("Pause", self.card()).click()
        self.browser.wait_for("nothing was done", self.card())
        self.assert_looks_good("gone")
        self.site.back()
        self.browser.wait_for("Ready", "#state")
        self.browser.wait_for("was started anew at", "#attention")
        self.assertEqual(self.browser.find_all("body.gone"), [])
        self.browser.wait(lambda: (self.figure("Actions by outcome", "Accepted", WINDOW) or 0) > 0,
                          "a rate of the new one")
        self.assertNotRegex(self.browser.text("main"), r"[-−]\d+(\.\d)?/s")
