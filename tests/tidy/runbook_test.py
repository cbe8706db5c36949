"""Each alert says on which machine (or of which fleet) and in which hub it is, what it means, what
to look at and what to do; and the manual (lib/RUNBOOK.md, the page awpsd-alerts) has a section for
each alert, with the same words.

    python3 tests/tidy/runbook_test.py --write    takes the words of the rules over into the manual
"""

import re
import sys
import textwrap

import tidy

RULES = "config/prometheus/alerts.yml"
RUNBOOK = "lib/RUNBOOK.md"
GOLDEN = "tests/admin/exposition.golden"
BEGIN = "The sections below have the words of [the rules](../config/prometheus/alerts.yml).\n"
COLUMNS = 100
# The labels by which a reader finds the place, and what has to name them.
PLACES = ("hub", "endpoint", "rule", "stream")


def folded(lines):
    """The text of a YAML scalar that is folded (>-) or in quotes."""
    text = "\n".join(line.strip() for line in lines).strip()
    if text.startswith(">-"):
        paragraphs = text.removeprefix(">-").strip().split("\n\n")
        return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
    return text.removeprefix('"').removesuffix('"')


def members_of(block, indent):
    """{key: text} of the mapping whose keys have this indentation."""
    parts = re.split(rf"(?m)^ {{{indent}}}(\w+):", block)
    return {key: folded(value.split("\n")) for key, value in zip(parts[1::2], parts[2::2])}


def alerts_of(sources):
    """[(heading, name, its members)] in the order of the rules."""
    rules = sources[RULES].split("  - name: awpsd\n")[-1]
    found, heading = [], ""
    for block in re.split(r"(?m)^(?=      # |      - alert: )", rules):
        if comment := re.match(r"      # (.*)", block):
            heading = comment[1].rstrip(".")
        elif alert := re.match(r"      - alert: (\w+)\n", block):
            body = block[alert.end():]
            outer, _, annotations = body.partition("        annotations:\n")
            members = members_of(outer, 8) | members_of(annotations, 10)
            expression = re.search(r"expr: (?:>-\n)?(.*?)\n        (?=for:|labels:)", outer,
                                   re.DOTALL)
            members["expr"] = textwrap.dedent(expression[1]).strip()
            found.append((heading, alert[1], members))
    return found


def labels_of(golden):
    """{metric: its labels}"""
    return {name: set(re.findall(r'(\w+)="', labels))
            for name, labels in re.findall(r"(?m)^(\w+)\{(.*)\} ", golden)}


def places_of(expression, labels):
    """Which of PLACES a result of the expression has as label."""
    if grouped := re.search(r"by \(([^)]*)\)", expression):
        return set(PLACES) & set(grouped[1].split(", "))
    names = re.findall(r"(?:hub:)?awpsd_\w+", expression)
    return {place for place in PLACES for name in names
            if name.startswith(f"{place}:") or place in labels.get(name, ())}


def is_of_a_fleet(expression):
    """Its result is about all daemons: no label `instance` is left of it."""
    grouped = re.search(r"by \(([^)]*)\)", expression)
    return bool(grouped) and "instance" not in grouped[1].split(", ") \
        and "stream" in grouped[1].split(", ") and "group_left" not in expression


def check_annotations(sources):
    labels = labels_of(sources[GOLDEN])
    mistakes = []
    for _, name, members in alerts_of(sources):
        where = f"{RULES}: {name}"
        machine = set() if is_of_a_fleet(members["expr"]) else {"instance"}
        for place in sorted(machine | places_of(members["expr"], labels)):
            if f"$labels.{place} " not in members.get("summary", ""):
                mistakes.append(f"{where}: its summary does not say {{{{ $labels.{place} }}}}")
        parts = members.get("description", "").split("\n")
        if [part.split(" ")[0] for part in parts[1:]] != ["Look:", "Do:"]:
            mistakes.append(f"{where}: its description is not in three paragraphs: what it means, "
                            "'Look: …', 'Do: …'")
        if members.get("runbook") != f"man awpsd-alerts, section {name}":
            mistakes.append(f"{where}: its annotation runbook is not 'man awpsd-alerts, section "
                            f"{name}'")
    return mistakes


def spoken(text):
    """Without Prometheus' templates: {{ $labels.hub }} is HUB, {{ $value }} is N."""
    text = re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda label: label[1].upper(), text)
    return re.sub(r"\{\{ \$value[^}]*\}\}", "N", text)


def section_of(name, members):
    meaning, look, remedy = spoken(members["description"]).split("\n")
    severity = re.search(r"severity: (\w+)", members["labels"])[1]
    lasting = f", for {members['for']}" if "for" in members else ""
    bullets = (("It means", meaning), ("Look at", look.removeprefix("Look: ")),
               ("Do", remedy.removeprefix("Do: ")))
    text = f"### {name}\n\n"
    text += wrapped(f"*{severity.capitalize()}{lasting}*: {spoken(members['summary'])}.") + "\n\n"
    text += f"```\n{members['expr']}\n```\n\n"
    return text + "\n".join(wrapped(f"- **{title}:** {words}", "  ")
                            for title, words in bullets) + "\n"


def wrapped(text, indent=""):
    return textwrap.fill(text, COLUMNS, subsequent_indent=indent, break_on_hyphens=False,
                         break_long_words=False)


def sections_of(sources):
    """What RUNBOOK.md has to have behind BEGIN."""
    text, last = "", ""
    for heading, name, members in alerts_of(sources):
        if heading != last:
            text += f"\n## {heading}\n"
        last = heading
        text += "\n" + section_of(name, members)
    return text


def check_runbook(sources):
    _, begin, present = sources[RUNBOOK].partition(BEGIN)
    if not begin:
        return [f"{RUNBOOK}: the line '{BEGIN.strip()}' is missing"]
    remedy = "run tests/tidy/runbook_test.py --write"
    names = [name for _, name, _ in alerts_of(sources)]
    headings = re.findall(r"(?m)^### (\w+)$", present)
    mistakes = [f"{RUNBOOK}: {name} has no section; {remedy}"
                for name in names if name not in headings]
    mistakes += [f"{RUNBOOK}: there is no alert {heading}; {remedy}"
                 for heading in headings if heading not in names]
    if not mistakes and present != sections_of(sources):
        mistakes.append(f"{RUNBOOK}: it says other words than {RULES}; {remedy}")
    return mistakes


def write(sources):
    before, begin, _ = sources[RUNBOOK].partition(BEGIN)
    (tidy.ROOT / RUNBOOK).write_text(before + begin + sections_of(sources), encoding="utf-8")


def self_test():
    golden = 'awpsd_a{hub="chat"} 1\nawpsd_b{endpoint="e",reason="r"} 1\n'
    right = ('  - name: awpsd\n    rules:\n      # Is it there?\n      - alert: AwpsdA\n'
             '        expr: >-\n          awpsd_a\n            > 0\n        for: 1m\n'
             '        labels: {severity: warning}\n        annotations:\n'
             '          summary: "{{ $labels.hub }} on {{ $labels.instance }}: {{ $value | h }}"\n'
             '          description: >-\n            It is\n            so.\n\n'
             '            Look: at.\n\n            Do: `it`.\n'
             '          runbook: "man awpsd-alerts, section AwpsdA"\n')

    def tree(rules=right, runbook=None):
        sources = {RULES: rules, GOLDEN: golden}
        sources[RUNBOOK] = BEGIN + sections_of(sources) if runbook is None else runbook
        return sources

    assert sections_of(tree()) == (
        "\n## Is it there?\n\n### AwpsdA\n\n*Warning, for 1m*: HUB on INSTANCE: N.\n\n```\n"
        "awpsd_a\n  > 0\n```\n\n- **It means:** It is so.\n- **Look at:** at.\n- **Do:** `it`.\n")
    tidy.expect_clean(check_annotations, tree())
    tidy.expect_clean(check_runbook, tree())
    by_endpoint = "max by (job, endpoint) (awpsd_b)"
    by_stream = "max by (job, stream) (awpsd_a)"
    of_fleet = right.replace("awpsd_a\n            > 0", by_stream).replace(
        "$labels.hub }} on {{ $labels.instance", "$labels.stream")
    assert "instance" not in of_fleet
    tidy.expect_clean(check_annotations, tree(of_fleet, ""))
    tidy.expect(check_annotations, tree(of_fleet.replace(
        by_stream, "awpsd_a > on (job, stream) group_left () avg by (job, stream) (awpsd_a)"), ""),
        "$labels.instance")
    for change, words in (((" on {{ $labels.instance }}", ""), ("AwpsdA", "$labels.instance")),
                          (("{{ $labels.hub }} on", "on"), ("AwpsdA", "$labels.hub")),
                          (("awpsd_a\n            > 0", by_endpoint), ("$labels.endpoint",)),
                          (("awpsd_a\n            > 0", "awpsd_b"), ("$labels.endpoint",)),
                          (("\n            Look: at.\n", ""), ("three paragraphs",)),
                          (("Do: `it`", "`it`"), ("three paragraphs",)),
                          (("section AwpsdA", "section AwpsdB"), ("annotation runbook",))):
        assert change[0] in right, change
        tidy.expect(check_annotations, tree(right.replace(*change), ""), *words)
    tidy.expect(check_runbook, tree(runbook=BEGIN), "AwpsdA has no section")
    tidy.expect(check_runbook, tree(runbook="## Is it there?\n"), "is missing")
    tidy.expect(check_runbook, tree(runbook=BEGIN + sections_of(tree()) + "\n### AwpsdB\n"),
                "no alert AwpsdB")
    tidy.expect(check_runbook, tree(runbook=BEGIN + sections_of(tree()).replace("so", "not so")),
                "other words")


if __name__ == "__main__":
    self_test()
    TREE = tidy.files(".yml", ".md", ".golden")
    if sys.argv[1:] == ["--write"]:
        write(TREE)
    else:
        tidy.report(check_annotations(TREE) or check_runbook(TREE))
