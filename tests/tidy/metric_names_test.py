"""What the dashboard, the rules and the documents name is told: every metric there is one of ours,
and every expression is one that Prometheus reads.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tidy

DASHBOARD = "config/grafana/awpsd.json"
RULES = "config/prometheus/alerts.yml"
RULES_TEST = "config/prometheus/alerts_test.yml"
TABLE = "lib/metrics/metric_table.h"
DOCUMENTS = (".md", ".in", ".toml", ".yml")
# "awpsd_a_total", and not the name of a file ("awpsd_test.cc", "awpsd_*.deb") or of a record.
IN_TEXT = re.compile(r"(?<![\w:/$])((?:awpsd|process)_[a-z0-9_]*[a-z0-9])(?![\w*]|\.[a-z])")
HISTOGRAM_PARTS = ("_bucket", "_sum", "_count")
PROMTOOL = "promtool"


def metrics_of(sources):
    """The names that the table and the exposition write, histograms by their parts."""
    names = set()
    for path, text in sources.items():
        if path != TABLE and not (path.startswith("lib/admin/") and path.endswith(".cc")):
            continue
        histograms = "".join(re.findall(r"AWPS_\w+_HISTOGRAMS\(X\).*?\n\n", text, re.DOTALL))
        for name in re.findall(r'"((?:awpsd|process)_[a-z0-9_]+)"', text):
            if f'"{name}"' in histograms:
                names.update(name + part for part in HISTOGRAM_PARTS)
            else:
                names.add(name)
    return names


def expressions_of(sources):
    """[(where, expression)]"""
    found = []
    if DASHBOARD in sources:
        dashboard = json.loads(sources[DASHBOARD])
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                found.append((f"{DASHBOARD}: panel '{panel['title']}'", target["expr"]))
        for variable in dashboard.get("templating", {}).get("list", []):
            found.append((f"{DASHBOARD}: variable '{variable['name']}'",
                          variable.get("definition", "")))
        for annotation in dashboard.get("annotations", {}).get("list", []):
            found.append((f"{DASHBOARD}: annotation '{annotation['name']}'", annotation["expr"]))
    if RULES in sources:
        rules = re.sub(r"#.*", "", sources[RULES])
        for rule in re.split(r"\n +- (?=alert|record)", rules)[1:]:
            name = rule.split("\n")[0]
            expression = rule.split("expr: ")[1]
            expression = re.split(r"\n +(?:for|labels|- name)\b", expression)[0]
            found.append((f"{RULES}: {name}", expression))
    return found


def check_names(sources):
    known = metrics_of(sources)
    recorded = set(re.findall(r"- record: (\S+)", sources.get(RULES, "")))
    mistakes = []
    for where, expression in expressions_of(sources):
        for name in re.findall(r"(?<![\w:$\"])[a-z:]*(?:awpsd|process)_[a-z0-9_:]+", expression):
            if name not in known and name not in recorded:
                mistakes.append(f"{where}: there is no metric {name}; {TABLE} and "
                                "lib/admin/exposition.cc have the names")
    return mistakes


def check_documents(sources):
    known = metrics_of(sources)
    known |= {name.removesuffix("_count") for name in known if name.endswith("_seconds_count")}
    mistakes = []
    for path, text in sources.items():
        if not path.endswith(DOCUMENTS):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            mistakes += [f"{path}:{number}: there is no metric {name}; {TABLE} and "
                         "lib/admin/exposition.cc have the names"
                         for name in IN_TEXT.findall(line) if name not in known]
    return mistakes


def check_tested(sources):
    """Every alert is expected to fire in a test: as a sample of ALERTS, or with its text."""
    text = re.sub(r"(?m)^ *#.*\n", "", sources[RULES_TEST])
    firing = set()
    for samples in re.findall(r'expr: .*ALERTS\{alertstate="firing"\}.*\n +eval_time: .*\n'
                              r" +exp_samples: (.*)", text):
        firing.update(re.findall(r'alertname="(\w+)"', samples))
    firing.update(re.findall(r"- alertname: (\w+)\n +eval_time: .*\n +exp_alerts:\n +- exp_labels",
                             text))
    return [f"{RULES}: {alert} fires in no test; add one to {RULES_TEST}"
            for alert in re.findall(r"- alert: (\w+)", sources[RULES]) if alert not in firing]


def check_dashboard_reads(sources):
    """promtool reads the dashboard's expressions as rules."""
    rules = [{"record": f"panel:{number}", "expr": re.sub(r"\$__rate_interval", "5m", expression)}
             for number, (where, expression) in enumerate(expressions_of(sources))
             if where.startswith(f"{DASHBOARD}: panel")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "dashboard.yml")
        path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
        return promtool("check", "rules", str(path))


def promtool(*arguments):
    run = subprocess.run([PROMTOOL, *arguments], cwd=tidy.ROOT, capture_output=True, text=True,
                         check=False)
    said = " ".join((run.stdout + run.stderr).split())
    return [] if run.returncode == 0 else [f"{arguments[-1]}: {said}"]


def self_test():
    table = ('#define AWPS_HUB_COUNTERS(X) \\\n  X(a, "awpsd_a_total", "A")\n\n'
             '#define AWPS_HUB_HISTOGRAMS(X) \\\n  X(d, "awpsd_d_seconds", "D")\n\n'
             '#define AWPS_INTAKE_COUNTERS(X) \\\n  X(b, "awpsd_b_total", "B")\n')

    def dashboard(expression):
        panels = [{"title": "P", "targets": [{"expr": expression}]}]
        return {TABLE: table, DASHBOARD: json.dumps({"panels": panels})}

    def rules(expression):
        return {TABLE: table, RULES: f"groups:\n  - name: g\n    rules:\n"
                f"      - alert: A\n        expr: >-\n          {expression}\n        for: 1m\n"
                "      - record: hub:awpsd_a:rate\n        expr: awpsd_a_total\n"}

    for right in ("rate(awpsd_a_total[1m])", "awpsd_d_seconds_bucket / awpsd_b_total"):
        tidy.expect_clean(check_names, dashboard(right))
        tidy.expect_clean(check_names, rules(right))
    tidy.expect_clean(check_names, rules("hub:awpsd_a:rate > 1"))
    for wrong in ("awpsd_c_total", "awpsd_d_seconds", "1 > awpsd_a_totals", "hub:awpsd_d:rate"):
        tidy.expect(check_names, rules(wrong), wrong.split()[-1], "alert: A")
        tidy.expect(check_names, dashboard(wrong), wrong.split()[-1], "'P'")
    for right in ("awpsd_a_total 1", "`awpsd_d_seconds`.", "awpsd_d_seconds_sum", "awpsd_c_*.deb",
                  "lib/awpsd_c.cc", "hub:awpsd_c:p99"):
        tidy.expect_clean(check_documents, {TABLE: table, "a.md": f"see {right} and more"})
    for wrong in ("awpsd_c_total 1", "`awpsd_d`.", "see awpsd_a_totals."):
        tidy.expect(check_documents, {TABLE: table, "a.md": f"a\n{wrong}"}, "a.md:2", "awpsd_")
    for state, expected in (("firing", "exp_samples: [{labels: '{alertname=\"%s\"}', value: 1}]"),
                            ("pending", "exp_samples: [{labels: '{alertname=\"A\"}', value: 1}]"),
                            ("firing", "exp_samples: []  # A")):
        test = (f"- expr: group by (alertname) (ALERTS{{alertstate=\"{state}\"}})\n"
                f"        eval_time: 2m\n        {expected}\n")
        if "%s" in expected:
            tidy.expect_clean(check_tested, {RULES: "- alert: A\n", RULES_TEST: test % "A"})
            test %= "AB"
        tidy.expect(check_tested, {RULES: "- alert: A\n", RULES_TEST: test}, "A fires in no test")
    with_text = "      - alertname: A\n        eval_time: 2m\n        exp_alerts:"
    tidy.expect_clean(check_tested, {RULES: "- alert: A\n", RULES_TEST:
                                     f"{with_text}\n          - exp_labels: {{}}\n"})
    tidy.expect(check_tested, {RULES: "- alert: A\n", RULES_TEST: f"{with_text} []\n"},
                "A fires in no test")
    tidy.expect(check_dashboard_reads, dashboard("rate(awpsd_a_total[5m]"), "dashboard.yml")


if __name__ == "__main__":
    if shutil.which(PROMTOOL) is None:
        sys.exit(f"there is no {PROMTOOL}; apt-get install prometheus")
    self_test()
    tree = tidy.files(".json", ".h", ".cc", *DOCUMENTS)
    tidy.report(check_names(tree) + check_documents(tree) + check_tested(tree)
                + check_dashboard_reads(tree) + promtool("check", "rules", RULES)
                + promtool("test", "rules", RULES_TEST))
