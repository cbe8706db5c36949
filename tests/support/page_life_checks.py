"""What the live page says of many hubs while the daemon is slow, gone or restarted, and of what a
status may hold, before a made-up daemon (admin_mock.py).

A test class mixes LifeChecks in beside OverviewChecks, whose readers it uses.
"""

import re

from page_checks import HARM, WINDOW
from selenium.webdriver.common.by import By


AGE = re.compile(r"All of this is (?:(\d+) min )?(?:(\d+) s )?old")


class LifeChecks:
    def wait_for_age(self, least):
        """What the page shows is at least so many seconds old. A busy browser skips some."""
        def age():
            said = AGE.search(self.browser.text("#facts"))
            return said and 60 * int(said[1] or 0) + int(said[2] or 0)
        self.browser.wait(lambda: (age() or 0) >= least, f"an age of {least} s")

    def test_a_restart_with_many_hubs(self):
        self.open_many()
        self.browser.wait(lambda: "min" in self.cell("hub-71", "oldest") or
                          self.cell("hub-71", "oldest").startswith("> 3"), "an age")
        self.browser.run("""
            window.negative = [];
            new MutationObserver(() => {
              const text = document.querySelector(".overview").textContent;
              if (/[-−]\\d/.test(text.replaceAll(/hub-\\d+/g, ""))) window.negative.push(text);
            }).observe(document.querySelector(".overview"),
                       {childList: true, characterData: true, subtree: true});""")
        self.site.restart()
        self.browser.wait_for("was started anew at", "#attention")
        self.assertIn(self.cell("hub-97", "in"), ("–", "0"))
        self.assertIn(self.cell("hub-71", "oldest"), ("0", "> 1 s"))
        self.assertTrue(self.browser.run(
            "return hubs.get('hub-71').history.marks.all.every("
            "({uptime}) => uptime <= page.status.uptimeSeconds)"))  # of this process alone
        self.browser.wait(lambda: self.cell("hub-97", "in") not in ("", "–", "0"), "a rate")
        self.assertEqual(self.browser.run("return window.negative"), [])

    def test_a_hub_that_was_added_anew_counts_from_nothing(self):
        self.open_ready()
        self.browser.wait(lambda: self.figure("Actions by outcome", "Accepted", WINDOW), "a rate")
        with self.site.lock:
            self.hub("chat").clear()
        self.polled(1)
        self.browser.wait(lambda: self.browser.run(
            "return hubs.get('chat').history.readings.all.length") in (1, 2), "a new beginning")
        self.assertNotRegex(self.browser.text("main"), r"[-−]\d+(\.\d)?/s")
        self.browser.wait(lambda: (self.figure("Actions by outcome", "Accepted", WINDOW) or 0)
                          > 0, "a rate")

    def test_what_is_old_says_how_old(self):
        self.open_many()
        self.assertNotIn("old", self.browser.text("#facts"))
        self.site.status_gate.clear()
        self.addCleanup(self.site.status_gate.set)
        self.wait_for_age(3)
        self.browser.wait_for("No answer since ", "#state")
        self.wait_for_age(7)
        self.assertEqual(len(self.names()), 100)
        self.assert_looks_good("old")
        self.site.status_gate.set()
        self.browser.wait_for("pid", "#facts")
        self.assertEqual(self.browser.find_all("body.gone"), [])

    def test_a_slow_status_is_no_silence(self):
        self.open_ready()
        self.addCleanup(self.site.status_gate.set)
        for _ in range(2):
            self.site.status_gate.clear()
            self.wait_for_age(3)
            self.assertEqual(self.browser.text("#state"), "Ready")
            self.site.status_gate.set()
            self.browser.wait_for("pid", "#facts")
        self.assertEqual(self.browser.find_all("body.gone"), [])
        self.browser.wait(lambda: self.figure("Actions by outcome", "Accepted", WINDOW), "a rate")

    def test_a_status_that_is_refused(self):
        self.open_many()
        self.site.status_refusal = (503, "unavailable", "too many connections")
        self.browser.wait_for("too many connections", "#state")
        self.browser.wait_for(" s old", "#facts")
        self.site.status_refusal = None
        self.browser.wait_for("Not ready", "#state")

    def test_the_age_of_the_oldest_is_never_too_high(self):
        self.open_ready()
        for name, readings, expected in (
                ("nothing waits", [(0, 5, 0), (1, 9, 0)], 0),
                ("all waits since the first reading", [(0, 5, 5), (9, 50, 50)], 9),
                ("what waits came later", [(0, 5, 0), (4, 9, 4), (9, 9, 3)], 5),
                ("the last alone waits", [(0, 5, 5), (4, 9, 1), (9, 20, 1)], 0),
                ("it went on in between", [(0, 9, 9), (3, 19, 12), (5, 25, 10)], 2)):
            with self.subTest(name):
                self.assertEqual(self.browser.run(
                    "const marks = new Marks();"
                    "for (const reading of arguments[0]) marks.add(...reading);"
                    "return marks.oldest", readings), expected)
        oldest, kept = self.browser.run(
            "const marks = new Marks();"
            "for (let at = 0; at < 5000; ++at) marks.add(at, 10 * at + 10, 10 * at + 10);"
            "return [marks.oldest, marks.all.length]")
        self.assertEqual(oldest, 4999)
        self.assertLessEqual(kept, 600)

    def test_names_in_the_table_and_in_the_address_are_text(self):
        with self.site.lock:
            self.site.daemon.add_hub(HARM, 10.0, 1.0)
            self.hub(HARM).not_ready = HARM
        self.open()
        self.browser.wait_for(HARM, ".overview td.trouble")
        self.browser.driver.find_element(By.LINK_TEXT, HARM).click()
        self.browser.wait(lambda: self.browser.text("#cards h3") == HARM, "its details")
        self.browser.driver.refresh()
        self.browser.wait(lambda: self.browser.text("#cards h3") == HARM, "its details again")
        self.browser.run("location.hash = `#hub=${encodeURIComponent(arguments[0])}`", HARM + "x")
        self.browser.wait_for(f"There is no hub '{HARM}x'.", "#no-hub")
        self.assertEqual(self.browser.find_all("img, b"), [])
        self.assertIsNone(self.browser.run("return window.harm"))
