"""The manual and the completions say what the programs take, no more and no less; the pages are
well formed for groff and for mandoc.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

import debs
from programs import ROOT, binary

MANUAL = debs.build_folder() / "man"
COMPLETION = ROOT / "daemon/manual/completions"
PROGRAMS = {"awpsd": "awpsd.8", "awpsd-emulator": "awpsd-emulator.1"}
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
# A scrape, which tests/admin keeps true.
GOLDEN = ROOT / "tests/admin/exposition.golden"
# Options of others, in the examples of a page.
FOREIGN = {"--now", "--runtime"}


def output_of(*command, **options):
    """Both streams; checkers write their findings to either."""
    run = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True, check=False, **options)
    return run.stdout


def as_text(page):
    """As a reader sees it, in lines that are not broken."""
    text = output_of("mandoc", "-T", "utf8", "-O", "width=990", MANUAL / page)
    return re.sub(r".\x08", "", text).replace("−", "-")


def families_of(scrape):
    """{metric: (its labels, its type)}"""
    families = {}
    for name, kind, samples in re.findall(r"(?m)^# TYPE (\w+) (\w+)\n((?:[^#].*\n)*)", scrape):
        labels = frozenset(re.findall(r'[{,](\w+)="', samples.split("\n")[0]))
        families[name] = (labels, kind)
    return families


def options_of(text):
    return set(OPTION.findall(text)) - FOREIGN


class Pages(unittest.TestCase):
    def test_are_well_formed(self):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
        checks = {
            "mandoc": lambda page: output_of("mandoc", "-T", "lint", "-W", "warning", page),
            "groff": lambda page: output_of("groff", "-t", "-man", "-ww", "-Tutf8", "-z", page),
            "man": lambda page: output_of("sh", "-c", 'man --warnings -E UTF-8 -l -Tutf8 -Z "$1" '
                                          ">/dev/null", "sh", page, env=environment)}
        pages = sorted(MANUAL.glob("*.[1-8]"))
        self.assertGreaterEqual(len(pages), len(PROGRAMS) + 2)
        for page in pages:
            for name, check in checks.items():
                with self.subTest(page=page.name, by=name):
                    self.assertEqual(check(page), "")

    def test_say_the_version_that_is_built(self):
        version = output_of(binary("awpsd"), "--version").split()[-1]
        for source in sorted((ROOT / "daemon/manual/pages").iterdir()):
            with self.subTest(page=source.name):
                page = (MANUAL / source.name.removesuffix(".in")).read_text()
                self.assertRegex(page, rf'(?m)^\.TH .* "awpsd {re.escape(version)}"')
                self.assertNotIn(f"awpsd {version}", source.read_text())

    def test_a_broken_page_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder, "broken.1")
            page.write_text(".TH BROKEN 1 2026-01-01\n.SH NAME\nbroken \\- x\n.RS 4\n.EX\n")
            self.assertIn("broken.1", output_of("mandoc", "-T", "lint", "-W", "warning", page))

    def test_have_every_option_of_the_configuration(self):
        page = as_text("awpsd.toml.5")
        printed = output_of(binary("awpsd"), "--print-config")
        for line in printed.splitlines():
            if option := re.match(r"(?:# )?(\w+ = (?:\"[^\"]*\"|\S+))", line):
                shown = option.group(1)
                # What has no default is printed with a sample.
                if sample := re.match(r"# (groups|brokers|topic) ", line):
                    shown = sample[1]
                with self.subTest(option=shown):
                    self.assertIn(shown, page)

    def test_have_every_metric_and_no_other(self):
        chapter = re.search(r"(?ms)^METRICS$(.*?)^[A-Z]+$", as_text("awpsd.8"))[1]
        shown = {name: (frozenset(labels.split(", ")) if labels else frozenset(), kind)
                 for name, labels, kind in re.findall(
                     r"(?m)^ +((?:awpsd|process)_\w+)(?: \{(.*)\})? (counter|gauge|histogram)$",
                     chapter)}
        self.assertEqual(shown, families_of(GOLDEN.read_text()))

    def test_explain_every_label_of_a_metric_and_no_other(self):
        chapter = re.search(r"(?ms)^METRICS$(.*?)^ +Of each hub$", as_text("awpsd.8"))[1]
        explained = set(re.findall(r"(?m)^ {7}([a-z]+)(?= +[A-Z]|$)", chapter))
        text = GOLDEN.read_text()
        self.assertEqual(explained, set(re.findall(r'[{,](\w+)="', text)))
        for word in re.findall(r'(?:reason|rule|evidence)="(\w+)"', text):
            with self.subTest(word=word):
                self.assertRegex(chapter, rf"\b{word}\b")

    def test_have_a_section_for_each_alert_and_no_other(self):
        # tests/tidy/runbook_test.py compares the words.
        rules = (ROOT / "config/prometheus/alerts.yml").read_text()
        page = as_text("awpsd-alerts.7")
        self.assertEqual(re.findall(r"(?m)^   (Awpsd\w+)$", page),
                         re.findall(r"(?m)^ +- alert: (\w+)$", rules))

    def test_have_every_word_of_the_protocol(self):
        page = re.sub(r"\s+", " ", as_text("awps-protocol.7"))
        document = (ROOT / "lib/PROTOCOL.md").read_text()
        examples = re.findall(r"(?ms)^```[^\n]*\n(.*?)^```", document)
        prose = re.sub(r"(?ms)^```.*?^```", "", document)
        words = set(re.findall(r"`([^`\n]+)`", prose))
        self.assertGreater(len(words), 80)
        self.assertGreater(len(examples), 10)
        for word in words | {line for example in examples for line in example.splitlines()}:
            with self.subTest(word=word):
                self.assertIn(re.sub(r"\s+", " ", word), page)


class Options(unittest.TestCase):
    def test_are_those_of_the_program(self):
        for program, page in PROGRAMS.items():
            taken = options_of(output_of(binary(program), "--help"))
            texts = {"page": as_text(page).split("SETTINGS")[0],
                     "completion": (COMPLETION / program).read_text()}
            for place, text in texts.items():
                with self.subTest(program=program, place=place):
                    self.assertEqual(options_of(text), taken)

    def test_are_completed_by_bash(self):
        rows = [("awpsd", "--check-c", "--check-config"), ("awpsd", "--expl", "--explain"),
                ("awpsd-emulator", "--log", "--log-entries"),
                ("awpsd-emulator", "--access", "--access-key")]
        for program, begun, whole in rows:
            with self.subTest(program=program, begun=begun):
                script = (f"source /usr/share/bash-completion/bash_completion\n"
                          f"source {COMPLETION}/{program}\n"
                          f"COMP_LINE='{program} {begun}' COMP_POINT=${{#COMP_LINE}}\n"
                          f"COMP_WORDS=({program} {begun}) COMP_CWORD=1\n"
                          f"_{program.replace('-', '_')} {program} {begun} {program}\n"
                          f"echo \"${{COMPREPLY[*]}}\"\n")
                self.assertEqual(output_of("bash", "-c", script).strip(), whole)


class Markdown(unittest.TestCase):
    """What the pages of documents are made with."""

    ROWS = [
        ("a title is left out", "# Title\n", ""),
        ("a heading", "## 1. In short\ntext\n", ".SH 1. In short\ntext\n"),
        ("a paragraph", "one\ntwo\n\nthree\n", ".PP\none\ntwo\n.PP\nthree\n"),
        ("a line that roff would obey", ".rm x\n'so\n", ".PP\n\\&.rm x\n\\&'so\n"),
        ("code", "a `--b \\n` c\n", ".PP\na \\fB\\-\\-b \\(rsn\\fR c\n"),
        ("emphasis", "**bold** *light*\n", ".PP\n\\fBbold\\fR \\fIlight\\fR\n"),
        ("a sign that is meant", "data\\*\n", ".PP\ndata*\n"),
        ("a link", "[Text](https://a/b)\n", ".PP\nText <\\fBhttps:/\\:/\\:a/\\:b\\fR>\n"),
        ("a link within the tree", "[Text](README.md)\n", ".PP\nText\n"),
        ("outside of ASCII", "0–3 ×\n", ".PP\n0\\[u2013]3 \\[u00D7]\n"),
        ("bullets", "- one\n  more\n- two\n",
         ".IP \\(bu 2\none\nmore\n.IP \\(bu 2\ntwo\n"),
        ("code in a block", "```sh\na 'b'\n```\n", ".PP\n.RS 4\n.EX\na \\(aqb\\(aq\n.EE\n.RE\n"),
        ("a refused example", "```json rejected invalid_json\n{\n```\n",
         ".PP\nRefused as \\fBinvalid_json\\fR:\n.PP\n.RS 4\n.EX\n{\n.EE\n.RE\n"),
        ("a table of two", "| a | b |\n|---|---|\n| `x` | y |\n", ".TP\n\\fBx\\fR\ny\n"),
        ("a table of three", "| a | b | c |\n|---|---|---|\n| x | y | z |\n",
         ".TS\nallbox;\nl lx lx.\nT{\na\nT}\tT{\nb\nT}\tT{\nc\nT}\n"
         "T{\nx\nT}\tT{\ny\nT}\tT{\nz\nT}\n.TE\n"),
    ]

    def test_becomes_roff(self):
        with tempfile.TemporaryDirectory() as folder:
            template, document = Path(folder, "page.7.in"), Path(folder, "document.md")
            template.write_text("@document.md@\n")
            for name, markdown, roff in self.ROWS:
                with self.subTest(name):
                    document.write_text(markdown)
                    self.assertEqual(output_of(binary("awpsd-manual"), template, folder), roff)

    def test_a_file_that_is_not_there_is_named(self):
        self.assertIn("/no/such", output_of(binary("awpsd-manual"), "/no/such", "/tmp"))
        with tempfile.NamedTemporaryFile("w") as template:
            template.write("@none.md@\n")
            template.flush()
            self.assertIn("/no/folder/none.md",
                          output_of(binary("awpsd-manual"), template.name, "/no/folder"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
