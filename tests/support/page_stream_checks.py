"""What the live page shows of streams, before a made-up daemon (admin_mock.py). A test class mixes
StreamChecks in beside PageChecks.
"""

import time

from admin_mock_daemon import iso

ROWS = """
return [...document.querySelectorAll("#streams tbody tr")].map(
  (row) => [...row.cells].map((cell) => cell.textContent));
"""
HOUR = 3600


def partition(number, lag=7, ahead=0, wait="", **oldest):
    owned = {"number": number, "ownedSince": iso(time.time() - 2 * HOUR), "settledOffset": 9,
             "committedOffset": 9, "lag": lag, "ahead": ahead, "wait": wait}
    return {**owned, "oldest": {"offset": 9, "hub": "chat", "action": "sendToGroup", **oldest}} \
        if oldest else owned


def stream(*partitions, name="orders", **changes):
    return {"name": name, "topic": "awps-actions", "group": "awpsd", "state": "running",
            "cause": "", "maxAhead": 5000, "records": 1234, "rejected": 2, "returned": 3,
            "commits": {"ok": 9, "failed": 1},
            "rebalances": {"assigned": 1, "revoked": 0, "lost": 0},
            "partitions": list(partitions), **changes}


class StreamChecks:
    def show_streams(self, *streams):
        with self.site.lock:
            self.site.daemon.streams = list(streams)

    def stream_rows(self):
        return self.browser.run(ROWS)

    def wait_for_rows(self, holds, what):
        def rows():
            found = self.stream_rows()
            return holds(found) and found
        return self.browser.wait(rows, what)

    def test_streams_and_what_holds_them_up(self):
        self.open_ready()
        self.assertFalse(self.browser.find("#streams").is_displayed())
        why = "the service answered 503 <b>&amp;"
        self.show_streams(stream(
            partition(2),
            partition(3, lag=300_000, ahead=5000, wait="ahead", seconds=61.5, why=why,
                      writtenAt=iso(time.time() - 5 * HOUR)),
            partition(4, lag=0, seconds=90, why="held"), partitionsOfTopic=64))
        self.browser.wait_for("Topic awps-actions, group awpsd: 3 of 64 partitions, lag 300,007, "
                              "5,000 ahead", "#streams")
        self.browser.wait_for("Since the start: 1,234 records, 2 actions refused, 3 returned, "
                              "1 commit failed", "#streams")
        rows = self.wait_for_rows(lambda rows: len(rows) == 3, "three partitions")
        self.assertEqual(rows[0], ["3", "2 h 0 min", "300,000", "5,000", "1 min 1 s",
                                   "5 h 0 min ago",
                                   f"sendToGroup of chat: {why}; not read: max_ahead is reached"])
        self.assertEqual(rows[1][0], "4", "then the oldest")
        self.assertEqual(rows[1][5], "–", "its record has no timestamp")
        self.assertEqual(rows[2][4:], ["–", "–", ""])
        self.browser.wait_for("Stream orders: 1 partition not read; the worst is partition 3: "
                              "sendToGroup of chat: the service answered 503", "#attention")
        self.assert_looks_good("streams")

    def test_a_stream_in_trouble_and_one_that_is_gone(self):
        self.open_ready()
        self.show_streams(stream(state="troubled", cause="no broker answers: Connection refused"),
                          stream(name="news", rebalances={"assigned": 2, "revoked": 0, "lost": 1}))
        self.browser.wait_for("Stream orders: no broker answers: Connection refused", "#attention")
        self.browser.wait_for("troubled", "#streams")
        self.browser.wait_for("Partitions were lost 1 time", "#streams")
        self.show_streams(stream(name="news"))
        self.browser.wait(lambda: "orders" not in self.browser.text("#streams"), "one to go")
        self.show_streams()
        self.browser.wait(lambda: not self.browser.find("#streams").is_displayed(), "none")

    def test_the_worst_of_many_partitions_and_a_sum(self):
        self.open_ready()
        many = [partition(number, lag=number) for number in range(100)]
        many[40]["wait"] = "room"
        self.show_streams(stream(*many))
        rows = self.wait_for_rows(lambda rows: len(rows) == 11, "ten partitions and a sum")
        self.assertEqual([row[0] for row in rows[:3]], ["40", "99", "98"])
        self.assertEqual(rows[10][0], "90 more")
        self.assertEqual(rows[10][2], f"{sum(range(100)) - 40 - sum(range(91, 100)):,}")
        self.button("Show all 100", "#streams").click()
        rows = self.wait_for_rows(lambda rows: len(rows) == 100, "all")
        self.assertEqual({int(row[0]) for row in rows}, set(range(100)))
        self.button("Show the 10 that hold up most", "#streams").click()
        self.wait_for_rows(lambda rows: len(rows) == 11, "ten and a sum again")
        self.show_streams(stream(*many[:2]))
        self.wait_for_rows(lambda rows: len(rows) == 2, "the others to go")
        self.assertFalse(self.browser.find("#streams .part button").is_displayed())

    def test_a_stream_without_partitions(self):
        """More daemons than partitions, and a broker that was never reached."""
        self.open_ready()
        self.show_streams(stream(partitionsOfTopic=3), stream(name="news"))
        self.browser.wait_for("group awpsd: 0 of 3 partitions\n", "#streams")
        self.browser.wait_for("group awpsd: 0 partitions\n", "#streams")
        self.assertNotIn("owned for", self.browser.text("#streams"))
