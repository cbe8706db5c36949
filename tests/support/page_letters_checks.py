"""The live page's dead letters: which it shows, and when it reads them."""


class LettersChecks:
    def numbers_shown(self):
        return [int(text.strip().removeprefix("#"))
                for text in self.browser.text(self.card() + " .letters strong").splitlines()]

    def letter_requests(self):
        return sum(path.startswith("/dead-letters?") for _, path, _, _ in self.site.requests)

    def test_the_newest_letters_are_first_whatever_the_gaps(self):
        self.open_ready()
        with self.site.lock:
            hub = self.site.daemon.hubs["chat"]
            for first, count in ((1, 3), (70_000, 90), (5_000_000, 2)):
                hub.letters_made = first - 1
                self.site.add_letters(count)
        self.button("Show letters").click()
        expected = [5_000_001, 5_000_000, *range(70_089, 69_999, -1), 3, 2, 1]
        for shown in (20, 40, 60, 80, 95):
            self.browser.wait(lambda s=shown: self.numbers_shown() == expected[:s], f"{shown}")
            more = self.browser.button("More", self.card())
            if shown < 95:
                more.click()
        self.assertIsNone(more)
        self.site.add_letters(1)
        self.browser.wait(lambda: self.numbers_shown() == [5_000_002, *expected], "the newest")
        self.assertLess(self.letter_requests(), 250)

    def test_letters_are_read_once_at_a_time(self):
        self.open_ready()
        self.site.add_letters(3)
        self.button("Show letters").click()
        self.browser.wait_for("#3", self.card() + " .letters")
        self.browser.wait(lambda: self.browser.run(
            "return [...hubs.values()].every(({card}) => !card.letters.isReading)"), "rest")
        self.site.gate.clear()
        self.addCleanup(self.site.gate.set)
        before = self.letter_requests()
        for kept in (4, 5, 6):
            self.site.add_letters(1)
            self.browser.wait_for(f"{kept} kept", self.card())
        self.assertEqual(self.letter_requests(), before + 1)
        self.button("Hide letters").click()
        self.site.gate.set()
        self.browser.wait(lambda: self.browser.run(
            "return [...hubs.values()].every(({card}) => !card.letters.isReading)"), "rest")
        self.assertEqual(self.browser.find_all(".letters li"), [])
        self.button("Show letters").click()
        self.browser.wait(lambda: self.numbers_shown() == [6, 5, 4, 3, 2, 1], "all")

    def test_a_record_of_a_stream_is_shown_and_not_sent_again(self):
        self.open_ready()
        self.site.add_letters(1)
        with self.site.lock:
            letter = self.site.daemon.hubs["chat"].letters[0]
            del letter["action"]
            letter.update(record={"stream": "orders", "offset": 17}, code="invalid_json",
                          producer="orders/3", httpStatus=0, attempts=0)
        self.button("Show letters").click()
        self.browser.wait_for("invalid_json, from orders/3; refused", self.card() + " .letters")
        shown = self.browser.text(self.card() + " .letters")
        self.assertIn("Purge…", shown)
        self.assertNotIn("Redrive…", shown)
        self.assertNotIn("attempt", shown)

    def test_letters_that_could_not_be_read_are_read_again(self):
        self.open_ready()
        self.site.add_letters(1)
        self.site.letters_refusal = (503, "unavailable", "the worker is busy")
        self.button("Show letters").click()
        self.browser.wait_for("could not be read: the worker is busy", self.card())
        self.site.letters_refusal = None
        self.browser.wait_for("#1", self.card() + " .letters")
        self.assertNotIn("could not be read", self.browser.text(self.card()))
