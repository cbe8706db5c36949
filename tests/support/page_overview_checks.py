"""What the live page shows of many hubs, before a made-up daemon (admin_mock.py).

A test class mixes OverviewChecks in beside PageChecks; its `site` is an AdminMock, and its change()
sets values of the made-up hub.
"""

from admin_mock import OWN_TROUBLE, SECOND_ENDPOINT
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

ROWS = ".overview tbody:not(.sums) tr"
PHONE = 390
# By column, of the row of a hub, or of the sums ("").
CELL = """
const rows = [...document.querySelectorAll(arguments[0] ? ".overview tbody:not(.sums) tr"
                                                        : ".overview .sums tr")];
const row = rows.find((row) => !arguments[0] || row.cells[0].textContent === arguments[0]);
return row?.querySelector(arguments[1])?.textContent ?? "";
"""
# Where the heads and the first rows are.
PLACES = """
return [...document.querySelectorAll(".overview th, .overview td")].slice(0, 200)
  .filter((node) => node.checkVisibility()).map((node) => {
    const {x, y, width, height} = node.getBoundingClientRect();
    return [node.className, x, y, width, height].join();
  });
"""
# Of each column, where it begins and how wide it is.
HEADS = """
return [...document.querySelectorAll(".overview thead th")].map((node) => {
  const {x, width} = node.getBoundingClientRect();
  return [x, width].join();
});
"""


class OverviewChecks:
    def open_many(self, address=None):
        self.site.add_many()
        self.open(address)
        self.browser.wait(lambda: len(self.browser.find_all(ROWS)) >= 99, "the rows")

    def names(self):
        """In the order of the rows."""
        return self.browser.run(f"return [...document.querySelectorAll('{ROWS}')]"
                                ".map((row) => row.cells[0].textContent)")

    def cell(self, hub, column):
        return self.browser.run(CELL, hub, f"td.{column}")

    def sums(self, column):
        return self.browser.run(CELL, "", f"td.{column}")

    def polled(self, times=2):
        """The page has shown so many more answers."""
        before = self.browser.run("return connection.lastAnswer?.valueOf() ?? 0")
        for _ in range(times):
            before = self.browser.wait(lambda b=before: self.browser.run(
                "const at = connection.lastAnswer?.valueOf() ?? 0;"
                "return at > arguments[0] ? at : 0", b), "an answer")

    def hub(self, name):
        return self.site.daemon.hubs[name]

    def focused(self):
        return self.browser.driver.switch_to.active_element

    # How many there are.

    def test_one_hub_needs_no_overview(self):
        self.open_ready()
        self.assertEqual(self.browser.text("#overview"), "")
        self.browser.wait_for("running", self.card() + " .badge")
        self.assertEqual(self.browser.text("#back"), "")

    def test_a_few_hubs_are_shown_in_detail_below_the_overview(self):
        with self.site.lock:
            for name in ("telemetry", "alerts"):
                self.site.daemon.add_hub(name, 10.0, 1.0)
        self.open_ready()
        self.browser.wait(lambda: self.names() == ["alerts", "chat", "telemetry"], "three rows")
        self.assertEqual(sorted(self.browser.text("#cards h3").split("\n")),
                         ["alerts", "chat", "telemetry"])
        self.browser.wait_for("no trouble", ".sums .state")
        self.assertEqual(self.browser.text(".filter"), "")  # nothing to be looked for
        self.assert_looks_good("few")

    def test_a_hundred_hubs_are_a_table(self):
        self.open_many()
        self.browser.wait_for("All 100 hubs", ".sums")
        self.assertEqual(self.browser.text("#cards"), "")
        self.browser.wait(lambda: self.sums("in") not in ("", "–"), "sums")
        accepted = float(self.sums("in").replace(",", ""))
        self.assertAlmostEqual(accepted, 240 + 3 * sum(range(1, 100)), delta=300)
        self.assertEqual(self.sums("state"), "39 in trouble")
        self.assert_looks_good("many")
        self.browser.scheme("dark")
        self.browser.width(PHONE)
        self.assertEqual(self.browser.too_wide(), [])
        self.browser.keep_picture("many-dark-390")

    def test_nothing_is_moved_by_values(self):
        self.open_many()
        for width in (1440, PHONE):
            with self.subTest(width=width):
                self.browser.width(width)
                self.polled(6)  # the window is full
                before = self.browser.run(PLACES)
                self.assertGreater(len(before), 150)
                with self.site.lock:
                    for hub in self.site.daemon.hubs.values():
                        hub.rate *= 70
                self.polled(6)
                self.assertEqual(self.browser.run(PLACES), before)

    def test_columns_do_not_follow_the_words_in_them(self):
        self.open_many()
        self.browser.width(1440)
        before = self.browser.run(HEADS)
        for words in ("short", "a long reason, " * 20):
            with self.site.lock:
                self.hub("hub-64").not_ready = words
            self.browser.wait(lambda w=words: self.cell("hub-64", "trouble") == w, "the words")
            self.assertEqual(self.browser.run(HEADS), before)

    # Trouble.

    def test_hubs_with_trouble_are_first(self):
        self.open_many()
        behind = [name for name, hub in self.site.daemon.hubs.items()
                  if hub.endpoint == SECOND_ENDPOINT]
        self.browser.wait(lambda: self.cell("hub-76", "errors") not in ("", "–"), "errors")
        first = self.names()[:39]
        self.assertEqual(first[:2], ["hub-64", "hub-79"])
        self.assertEqual(set(first[2:35]), set(behind))
        self.assertEqual(first[35:], ["hub-71", "hub-73", "hub-76", "hub-82"])
        self.assertEqual(self.cell("hub-64", "trouble"), OWN_TROUBLE)
        self.assertIn("endpoint held: credential refused, 401", self.cell("hub-3", "trouble"))
        self.assertEqual(self.cell("hub-71", "trouble"), "accepts, and sends nothing")
        self.assertRegex(self.cell("hub-76", "trouble"), r"\d+ requests failed in 5 s")
        self.assertEqual(self.cell("hub-82", "trouble"), "3 dead letters kept")
        with self.site.lock:
            self.hub("hub-97").answers = False
        self.browser.wait(lambda: self.names()[:3] == ["hub-64", "hub-79", "hub-97"], "it to rise")
        with self.site.lock:
            self.hub("hub-97").answers = True
        self.browser.wait(lambda: self.names()[:3][-1] != "hub-97", "it to sink")

    def test_what_is_said_of_many_hubs_is_one_sentence(self):
        self.open_many()
        attention = self.browser.text("#attention")
        self.assertEqual(len(self.browser.find_all("#attention li")), 4, attention)
        self.assertIn("is held: credential refused", attention)
        self.assertIn("and 28 more", attention)
        self.assertIn(f"Hub hub-64 is not ready: {OWN_TROUBLE}", attention)
        self.assertIn("Hubs hub-71, hub-73 are paused", attention)
        with self.site.lock:
            for number in range(1, 100):
                if hub := self.site.daemon.hubs.get(f"hub-{number}"):
                    hub.not_ready = f"a cause of its own, number {number}"
        self.browser.wait_for("more sentences; the table has", "#attention")
        self.assertLessEqual(len(self.browser.find_all("#attention li")), 12)

    def test_what_is_wrong_with_the_daemon_itself(self):
        self.open_ready()
        with self.site.lock:
            self.site.daemon.spool_error = "'/var/lib/awpsd' cannot be written: no space"
            self.site.daemon.lines_dropped = 12
            self.site.daemon.not_ready = ["the producers' socket is gone: /run/awpsd/awpsd.sock"]
        for words in ("Undelivered actions: '/var/lib/awpsd' cannot be written: no space",
                      "12 lines of the log dropped", "Not ready: the producers' socket is gone"):
            self.browser.wait_for(words, "#attention")
        with self.site.lock:
            self.site.daemon.silent_seconds = 7.0
        self.browser.wait_for("none has been answered lately", "#attention")
        self.browser.wait_for("nothing has been answered for 7 s", "#endpoints")

    def test_what_the_gateway_does_and_needs(self):
        self.open_ready()
        self.assertNotIn("Gateway", self.browser.text("#intake"))
        with self.site.lock:
            self.site.daemon.gateway = {
                "listen": "127.0.0.1:8089", "connections": 3, "maxConnections": 10,
                "certificateError": "no key", "warning": "its certificate ends in 3 days",
                "answers": {"202": 7, "503": 2}, "joined": 1, "reads": {},
                "refused": {"expired": 4}}
        self.browser.wait_for("Gateway 127.0.0.1:8089: 3 connections, 9 requests since the start, "
                              "2 answered 5xx, 1 joined, 4 refused", "#intake")
        self.browser.wait_for("Gateway: its certificate ends in 3 days", "#attention")
        self.browser.wait_for("file is not taken: no key", "#attention")

    # Order and filter.

    def test_it_is_sorted_by_mouse_and_keyboard(self):
        self.open_many()
        self.polled()
        self.button("Hub", ".overview").click()
        self.assertEqual(self.names()[-1], "hub-99")
        self.assertLess(self.names().index("hub-9"), self.names().index("hub-11"))
        self.button("In/s", ".overview").send_keys(Keys.ENTER)
        self.assertEqual(self.names()[0], "hub-99")
        head = self.browser.find("th.in")
        self.assertEqual(head.get_attribute("aria-sort"), "descending")
        self.assertEqual(self.focused().text, "In/s")
        self.button("In/s", ".overview").send_keys(Keys.SPACE)
        self.assertEqual(head.get_attribute("aria-sort"), "ascending")
        self.assertEqual(self.names()[0], "hub-1")
        self.button("p99", ".overview").click()
        self.assertEqual(self.cell(self.names()[-1], "p99"), "–")
        self.assertTrue(self.browser.driver.current_url.endswith("#sort=p99"))
        self.browser.driver.refresh()
        self.browser.wait(lambda: self.browser.run(
            "return document.querySelector('th.p99')?.getAttribute('aria-sort')") == "descending",
                          "the same order")
        self.button("Trouble", ".overview").click()
        self.assertEqual(self.names()[0], "hub-64")
        self.assertEqual(self.browser.driver.current_url, self.site.url)

    def test_it_is_filtered(self):
        self.open_many()
        box = self.browser.find("#filter")
        box.send_keys("HUB-7")
        self.browser.wait_for("10 of 100 hubs", ".sums")
        self.browser.wait(lambda: self.sums("in") not in ("", "–"), "sums")
        expected = 3.0 * (7 + sum(number for number in range(71, 80)))
        self.assertAlmostEqual(float(self.sums("in").replace(",", "")), expected, delta=60)
        box.send_keys(" paused")
        self.browser.wait(lambda: self.names() == ["hub-71", "hub-73"], "two rows")
        self.browser.wait(lambda: "filter=HUB-7%20paused" in self.browser.driver.current_url,
                          "the address")
        self.browser.driver.refresh()
        self.browser.wait(lambda: self.names() == ["hub-71", "hub-73"], "the same rows")
        self.assertEqual(self.browser.find("#filter").get_attribute("value"), "HUB-7 paused")
        box = self.browser.find("#filter")
        box.send_keys("x")
        self.browser.wait_for("No hub has 'HUB-7 pausedx' in its row.", "#overview")
        self.browser.wait_for("0 of 100 hubs", ".sums")
        box.send_keys(Keys.CONTROL, "a")
        box.send_keys(Keys.DELETE)
        self.browser.wait_for("All 100 hubs", ".sums")

    def test_rows_stand_still_under_a_moving_pointer(self):
        self.open_many()
        self.polled()
        row = self.browser.find_all(ROWS)[3]
        ActionChains(self.browser.driver).move_to_element(row).perform()
        before = self.names()
        with self.site.lock:
            self.hub("hub-97").answers = False
        self.browser.run("overview.pointedAt = Infinity")  # as if it moved all the time
        self.browser.wait(lambda: "did not answer" in self.cell("hub-97", "trouble"), "the words")
        self.assertEqual(self.names(), before)
        self.browser.run("overview.pointedAt = -Infinity")
        self.browser.wait(lambda: self.names()[2] == "hub-97", "it to rise")

    def test_the_focus_stays_with_its_row(self):
        self.open_many()
        link = self.browser.driver.find_element(By.LINK_TEXT, "hub-97")
        link.send_keys("")
        with self.site.lock:
            self.hub("hub-97").answers = False
        self.browser.wait(lambda: self.names()[2] == "hub-97", "it to rise")
        self.assertEqual(self.focused().text, "hub-97")

    # Details.

    def test_details_have_an_address(self):
        self.open_many()
        self.browser.driver.find_element(By.LINK_TEXT, "hub-97").send_keys(Keys.ENTER)
        self.browser.wait_for("hub-97", "#cards h3")
        self.assertEqual(self.focused().text, "hub-97")
        self.assertEqual(self.browser.text("#cards h3"), "hub-97")
        self.assertEqual(self.browser.text("#overview"), "")
        self.assertTrue(self.browser.driver.current_url.endswith("#hub=hub-97"))
        self.assertIn("hub-97", self.browser.driver.title)
        self.browser.driver.refresh()
        self.browser.wait_for("hub-97", "#cards h3")
        self.assert_looks_good("details")
        self.browser.driver.find_element(By.LINK_TEXT, "← All hubs").click()
        self.browser.wait(lambda: len(self.names()) == 100, "the table")
        self.assertEqual(self.focused().text, "hub-97")
        self.browser.driver.back()
        self.browser.wait_for("hub-97", "#cards h3")

    def test_a_click_on_a_row_opens_it(self):
        self.open_many()
        self.browser.run(f"document.querySelector('{ROWS} td.state').click()")
        self.browser.wait_for("hub-64", "#cards h3")
        self.browser.wait_for(f"Not ready: {OWN_TROUBLE}", "#cards .sentences")

    def test_details_have_the_past_that_the_overview_saw(self):
        self.open_many()
        self.polled(5)
        self.browser.run("location.hash = '#hub=hub-97'")
        self.browser.wait_for("hub-97", "#cards h3")
        self.assertGreaterEqual(self.browser.run(
            "return hubs.get('hub-97').card.charts[0].points.length"), 5)
        self.assertNotIn("–/s", self.browser.text("#cards figcaption"))

    def test_details_show_the_endpoint_of_the_hub_alone(self):
        self.open_details("#hub=hub-3")
        self.browser.wait_for("credential refused", "#endpoints .card")
        self.assertEqual(self.browser.text("#endpoints h3"), SECOND_ENDPOINT)
        self.browser.wait_for("The endpoint is held: credential refused", "#cards .sentences")
        self.browser.wait_for("The oldest waiting action has waited for", "#cards .sentences")

    def test_on_top_of_details_is_what_concerns_the_hub(self):
        self.open_details("#hub=hub-64")
        self.browser.wait_for(f"Hub hub-64 is not ready: {OWN_TROUBLE}", "#attention")
        self.browser.wait_for("38 other hubs are in trouble: see all hubs", "#attention")
        self.assertEqual(len(self.browser.find_all("#attention li")), 2)
        self.assertEqual(self.browser.run("return document.activeElement.tagName"), "BODY")
        self.browser.driver.find_element(By.LINK_TEXT, "← All hubs").click()
        self.browser.wait_for("Hubs hub-71, hub-73 are paused", "#attention")

    def test_a_hub_that_is_not_there(self):
        self.open_many("#hub=nobody")
        self.browser.wait_for("There is no hub 'nobody'.", "#no-hub")
        self.assertEqual(len(self.names()), 100)
        self.browser.run("location.hash = '#hub=hub-97'")
        self.browser.wait_for("hub-97", "#cards h3")
        self.assertEqual(self.browser.text("#no-hub"), "")
        with self.site.lock:
            del self.site.daemon.hubs["hub-97"]
        self.browser.wait_for("There is no hub 'hub-97'.", "#no-hub")
        self.assertEqual(len(self.names()), 99)

    def test_the_token_leaves_the_address_and_the_hub_stays(self):
        self.site.token = "the-token-of-this-test"
        self.open_details("#token=the-token-of-this-test&hub=hub-97")
        self.browser.wait_for("hub-97", "#cards h3")
        self.assertEqual(self.browser.driver.current_url, self.site.url + "#hub=hub-97")

    def open_details(self, address):
        self.site.add_many()
        self.open(address)
        self.browser.wait_for("hub", "#cards h3")
