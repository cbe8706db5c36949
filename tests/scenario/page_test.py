"""The live page in a browser, before a made-up daemon: whatever a daemon may say or do to it."""

import unittest

from admin_mock import AdminMock
from page_checks import HARM, WINDOW, PageChecks
from page_letters_checks import LettersChecks
from page_life_checks import LifeChecks
from page_overview_checks import OverviewChecks
from page_stream_checks import StreamChecks
from page_trouble_checks import TroubleChecks
from scenario import main
from selenium.webdriver.common.keys import Keys


class MadeUpSite(AdminMock):
    hub = "chat"
    token = ""

    def add_letters(self, count):
        with self.lock:
            self.daemon.add_letters("chat", count)

    def letters(self):
        return len(self.daemon.hubs["chat"].letters)

    def is_paused(self):
        return self.daemon.hubs["chat"].state == "paused"

    def hold(self):
        with self.lock:
            self.daemon.hold("credential refused", "401: the access key was refused")
        return "credential refused"

    def release(self):
        with self.lock:
            self.daemon.release()

    def change_config(self):
        self.daemon.changes = [{"key": "hub_defaults.dead_letters.max_count", "before": "10000",
                                "after": "77", "atNextStart": False}]

    def back(self):
        self.restart()
        self.listen()


class Page(LettersChecks, LifeChecks, OverviewChecks, StreamChecks, TroubleChecks, PageChecks,
           unittest.TestCase):
    def setUp(self):
        self.site = MadeUpSite()
        self.addCleanup(self.site.close)

    def change(self, **values):
        """Of the hub."""
        with self.site.lock:
            vars(self.site.daemon.hubs["chat"]).update(values)

    # Numbers.

    def test_rates_and_ratios_are_of_the_last_seconds(self):
        self.open_ready()
        for rate in (240, 60):
            self.change(rate=rate)
            for table, row, expected in (("Actions by outcome", "Accepted", rate),
                                         ("Requests by answer", "2xx", rate / 3)):
                self.browser.wait(lambda t=table, r=row, e=expected: abs(
                    (self.figure(t, r, WINDOW) or 0) - e) <= 3, f"{row} {expected} a second")
        self.assertEqual(self.figure("Coalescing", "Actions per request", WINDOW), 3.0)
        median = self.browser.cell(self.card(), "Latency", "p50", "to delivery")
        self.assertIn(median, ("25.9 ms", "26.0 ms", "26.1 ms"))

    def test_percentiles(self):
        self.open_ready()
        bounds = [0.1, 0.2, 0.4]
        for name, counts, share, expected in (
                ("nothing was counted", [0, 0, 0, 0], 0.5, None),
                ("the middle of the first bucket", [10, 0, 0, 0], 0.5, 0.05),
                ("the end of a bucket", [10, 10, 0, 0], 0.5, 0.1),
                ("interpolated", [10, 10, 0, 0], 0.75, 0.15),
                ("empty buckets between", [1, 0, 1, 0], 0.99, 0.396),
                ("above the last bound", [0, 0, 0, 3], 0.5, "Infinity")):
            with self.subTest(name):
                answer = self.browser.run(
                    "const value = percentile(...arguments);"
                    "return value === null ? null : String(value)", counts, bounds, share)
                if isinstance(expected, float):
                    self.assertAlmostEqual(float(answer), expected)
                else:
                    self.assertEqual(answer, expected)

    def test_units(self):
        self.open_ready()
        for call, expected in (
                ("number(null)", "–"), ("number(0)", "0"), ("number(3)", "3"),
                ("number(3.14)", "3.1"), ("number(9999.5)", "10,000"), ("perSecond(0)", "0"),
                ("perSecond(0.25)", "0.3/s"), ("bytes(1023)", "1,023 B"),
                ("bytes(1024)", "1.0 KiB"), ("bytes(268435456)", "256 MiB"),
                ("seconds(0.00012)", "0.1 ms"), ("seconds(0.25)", "250 ms"),
                ("seconds(0.9996)", "1.0 s"), ("seconds(Infinity)", "> 100 s"),
                ("span(0.4)", "0 s"), ("span(61)", "1 min 1 s"), ("span(90061)", "1 d 1 h"),
                ("niceMaximum(11)", 20), ("niceMaximum(0.5)", 0.5), ("many(1, 'hub')", "1 hub")):
            with self.subTest(call):
                self.assertEqual(self.browser.run(f"return {call}"), expected)

    # What is acted on.

    def test_what_is_posted(self):
        self.open_ready()
        self.site.warnings = ["dead letter 1: a later removal of ann from vip was overtaken"]
        self.site.add_letters(45)
        self.button("Show letters").click()
        self.browser.wait_for("#26", self.card())
        self.button("More").click()
        self.browser.wait_for("#6", self.card())
        self.button("Purge dead letter 40").click()
        self.button("Purge", "dialog").click()
        self.browser.wait_for("44 kept", self.card())
        self.button("Redrive all…").click()
        self.browser.wait_for("(now 44, up to number 45)", "dialog")
        self.button("Redrive", "dialog").click()
        self.browser.wait_for("was overtaken", self.card())
        self.button("Pause").click()
        self.browser.wait_for("paused", self.card() + " .badge")
        for path, bodies in (("/dead-letters/purge", [{"hub": "chat", "numbers": [40]}]),
                             ("/dead-letters/redrive",
                              [{"hub": "chat", "all": True, "upTo": 45}]),
                             ("/pause", [{"hub": "chat"}])):
            self.assertEqual(self.site.posts(path), bodies)

    def test_a_refusal_is_shown(self):
        self.open_ready()
        self.site.refusal = (409, "conflict", "the hub is being drained; resume it first")
        self.site.add_letters(1)
        self.button("Pause").click()
        self.browser.wait_for("pause was refused: the hub is being drained", self.card())
        self.button("Redrive all…").click()
        self.button("Redrive", "dialog").click()
        self.browser.wait_for("redrive was refused: the hub is being drained", self.card())
        self.assertEqual(self.site.letters(), 1)

    def test_what_may_have_been_done_is_no_refusal(self):
        self.open_ready()
        self.site.add_letters(1)
        unknown = "No answer: it may have been done; look before repeating."
        self.site.refusal = (503, "unavailable", "hub 'chat' does not answer")
        self.button("Pause").click()
        self.browser.wait_for(unknown, self.card())
        self.browser.wait_for("hub 'chat' does not answer", self.card())
        self.site.refusal, self.site.is_cut_off = None, True
        self.button("Purge all…").click()
        self.button("Purge", "dialog").click()
        self.browser.wait_for(f"The purge: {unknown}", self.card())
        self.assertNotIn("refused:", self.browser.text(self.card()))
        self.assertEqual(self.site.letters(), 0)

    def test_a_question_is_not_answered_by_the_next_process(self):
        self.open_ready()
        self.site.add_letters(2)
        self.button("Show letters").click()
        self.button("Purge dead letter 1").click()
        yes = self.button("Purge", "dialog")
        with self.site.lock:  # the page has not asked since
            self.site.restart()
            self.site.add_letters(1)
            polls = len(self.site.requests)
            self.browser.run("arguments[0].click()", yes)
        self.browser.wait_for("was started anew meanwhile; nothing was done", self.card())
        self.browser.wait(lambda: len(self.site.requests) >= polls + 3, "more readings")
        self.assertEqual(self.site.posts("/dead-letters/purge"), [])
        self.assertEqual(self.site.letters(), 1)

    # What the daemon may say.

    def test_text_of_the_daemon_is_text(self):
        with self.site.lock:
            self.site.daemon.add_hub(HARM, 10.0, 1.0)
            self.site.daemon.not_ready = [f"hub {HARM}: {HARM}"]
            self.site.daemon.pending_restart = [HARM]
            self.site.daemon.hold(HARM, HARM)
            self.site.daemon.suspects = [{"target": HARM, "cause": HARM, "seconds": 1.0}]
            self.site.daemon.learnt = [HARM]
            self.site.daemon.add_letters("chat", 1, HARM, group=HARM)
            self.site.daemon.hubs["chat"].kinds_held = [HARM]
            self.site.daemon.hubs["chat"].waiting_lanes = [{"target": HARM, "waiting": 12}]
        self.open()
        self.button("Show letters", self.card()).click()
        self.assertNotIn("Order holds back", self.browser.text("#hubs"))  # the hold does
        for place in ("#attention", "#hubs h3", "#hubs .sentences", ".letters p", ".letters code",
                      "#endpoints .sentences"):
            self.browser.wait_for(HARM if place != ".letters code" else "<img", place)
        self.assertEqual(self.browser.find_all("img, b"), [])
        self.assertIsNone(self.browser.run("return window.harm"))
        self.assert_looks_good("harm")

    def test_a_worker_that_does_not_answer(self):
        self.open_ready()
        self.change(answers=False)
        self.browser.wait_for("Hub chat: its worker did not answer in time", "#attention")
        self.browser.wait_for("are not known", self.card())
        self.change(answers=True)
        self.browser.wait(lambda: "not known" not in self.browser.text(self.card()), "the rest")

    def test_a_worker_that_has_ended_is_no_fault(self):
        self.open_ready()
        self.change(answers=False, state="drained")
        self.browser.wait_for("has nothing more to do", self.card())
        self.assertNotIn("did not answer", self.browser.text())
        with self.site.lock:
            self.site.daemon.state = "stopping"
            self.site.daemon.not_ready = ["hub chat: the daemon stops"]
        self.browser.wait_for("The daemon stops: it delivers what it has", "#attention")
        self.assertNotIn("Not ready:", self.browser.text("#attention"))
        self.assertNotIn("did not answer", self.browser.text())

    def test_lanes_that_order_holds_back_are_named(self):
        self.open_ready()
        self.change(waiting_lanes=[{"target": "group dashboard", "waiting": 120}])
        self.browser.wait_for("Order holds back 1 of ", self.card())
        self.browser.wait_for("group dashboard: 120 actions in line", self.card())

    def test_hubs_come_and_go(self):
        self.open_ready()
        with self.site.lock:
            self.site.daemon.add_hub("telemetry", 100.0, 2.0)
        self.browser.wait_for("telemetry", "#hubs h3")
        with self.site.lock:
            del self.site.daemon.hubs["telemetry"]
        self.browser.wait(lambda: self.browser.text("#hubs h3") == "chat", "one hub")

    def test_an_answer_that_is_no_status(self):
        self.open_ready()
        status, self.site.daemon.status = self.site.daemon.status, lambda: {"hubs": [{}]}
        self.browser.wait_for("does not understand the daemon's answer", "#state")
        self.assertIn("TypeError", self.browser.errors()[0])
        self.site.daemon.status = status
        self.browser.wait_for("Ready", "#state")
        self.browser.errors()  # told until then, and expected

    # The token.

    def test_it_asks_for_the_token(self):
        self.site.token = "the-token-of-this-test"
        self.open("#")
        self.browser.wait_for("A token is needed", "#state")
        self.assert_looks_good("token")
        for token, words, place in (("too-short", "This is no token", "#token"),
                                    ("no-latin-letter-é", "This is no token", "#token"),
                                    ("a blank is in this one", "This is no token", "#token"),
                                    ("x" * 4097, "This is no token", "#token"),
                                    ("another-token-than-that", "was refused", "#token"),
                                    ("too-short", "This is no token", "#token"),
                                    (self.site.token, "Ready", "#state")):
            self.browser.find("#token-value").send_keys(token, Keys.ENTER)
            self.browser.wait_for(words, place)
        self.assertFalse(self.browser.find("#token").is_displayed())
        self.browser.driver.refresh()
        self.browser.wait_for("Ready", "#state")

    def test_it_takes_the_token_of_its_address(self):
        self.site.token = "base64+token/of&this="
        self.open("#token=base64+token/of%26this=")
        self.browser.wait_for("Ready", "#state")
        self.assertEqual(self.browser.driver.current_url, self.site.url)
        self.assertEqual(self.browser.run("return localStorage.length + document.cookie.length"), 0)

    def test_it_forgets_what_is_no_token(self):
        self.site.token = "the-token-of-this-test"
        self.open("#token=no%0Atoken%20at%20all")
        self.browser.wait_for("This is no token", "#token")
        self.assertEqual(self.browser.driver.current_url, self.site.url)
        self.assertEqual(self.browser.run("return sessionStorage.length"), 0)
        self.browser.run("sessionStorage.setItem('token', 'kept by another page')")
        self.browser.driver.refresh()
        self.browser.wait_for("This is no token", "#token")
        self.assertEqual(self.browser.run("return sessionStorage.length"), 0)
        self.assertTrue(all("Authorization" not in headers
                            for _, _, headers, _ in self.site.requests))

    # Keyboard and screen reader.

    def test_the_keyboard_reaches_all_and_keeps_its_place(self):
        self.open_ready()
        self.site.add_letters(1)
        self.button("Purge all…")
        reached = []
        for _ in range(8):
            self.browser.driver.switch_to.active_element.send_keys(Keys.TAB)
            reached.append(self.browser.driver.switch_to.active_element.text)
        self.assertEqual(reached[:7], ["Reload configuration…", "Pause", "Drain…", "Show letters",
                                       "Redrive all…", "Purge all…", "Counters and percentiles"])
        button = self.button("Pause")
        button.send_keys("")
        polls = len(self.site.requests)
        self.browser.wait(lambda: len(self.site.requests) >= polls + 2, "two more readings")
        self.assertEqual(self.browser.driver.switch_to.active_element, button)
        button.send_keys(Keys.ENTER)
        self.browser.wait_for("paused", self.card() + " .badge")
        self.assertEqual(self.browser.driver.switch_to.active_element.text, "Resume")

    def test_only_changes_of_state_are_announced(self):
        self.open_ready()
        self.browser.run("""
            window.said = [];
            const regions = "[role=status], [role=alert], [aria-live]";
            for (const region of document.querySelectorAll(regions)) {
              new MutationObserver(() => window.said.push(region.textContent)).observe(
                region, {childList: true, characterData: true, subtree: true});
            }""")
        polls = len(self.site.requests)
        self.browser.wait(lambda: len(self.site.requests) >= polls + 3, "three more readings")
        self.assertEqual(self.browser.run("return window.said"), [])
        self.change(state="paused")
        self.browser.wait(lambda: self.browser.run("return window.said"), "an announcement")
        self.assertEqual(self.browser.run("return window.said.join()"),
                         "awpsd: Ready; 1 hub not running; hub chat: paused")

    # The tests of this page.

    def test_the_checks_see_what_they_look_for(self):
        self.browser.start_page(self.site.url)
        self.browser.wait_for("Ready", "#state")
        self.browser.run("""
            const wide = document.body.appendChild(document.createElement("p"));
            wide.textContent = "pale";
            wide.style.width = "3000px";
            wide.style.color = "#ccc";
            fetch("http://127.0.0.2:1/").catch(() => {});
            console.error("told");""")
        self.assertIn("pale", self.browser.too_wide()[0])
        self.assertIn("pale", self.browser.contrast_mistakes()[0])
        self.browser.wait(self.browser.violations, "the policy's refusal")
        self.assertTrue(any("told" in error for error in self.browser.errors()))


if __name__ == "__main__":
    main()
