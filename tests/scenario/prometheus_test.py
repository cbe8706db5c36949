"""Debian's Prometheus scrapes awpsd, with the token from a file, and evaluates our rules."""

import json
import re
import shutil
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from admin_site import AdminSite
from programs import ROOT, end, start
from scenario import Scenario, main, wait_until

CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: awpsd
    authorization: {{credentials_file: "{token}"}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
LAW = ("awpsd_actions_accepted_total - awpsd_actions_queued - awpsd_actions_active"
       " - awpsd_actions_deferred - awpsd_actions_delivered_total - awpsd_actions_superseded_total"
       " - awpsd_actions_dead_lettered_total - awpsd_actions_expired_total"
       " - awpsd_actions_abandoned_total - awpsd_actions_returned_total")


class Prometheus(Scenario):
    def setUp(self):
        super().setUp()
        self.site = AdminSite(self.folder, is_durable=True)
        self.daemons.append(self.site.daemon)
        self.addCleanup(self.site.close)
        self.start_prometheus()

    def start_prometheus(self):
        self.assertTrue(shutil.which("prometheus"), "apt-get install prometheus")
        config = Path(self.folder, "prometheus.yml")
        config.write_text(CONFIG.format(rules=ROOT / "config/prometheus/alerts.yml",
                                        token=self.site.token_path, port=self.site.port))
        log_path = Path(self.folder, "prometheus.log")
        log = open(log_path, "wb")
        self.addCleanup(log.close)
        process = start(["prometheus", f"--config.file={config}",
                         f"--storage.tsdb.path={self.folder}/tsdb",
                         "--web.listen-address=127.0.0.1:0"],
                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.addCleanup(end, process)
        self.port = 0  # until its log says which the kernel chose
        wait_until(lambda: process.poll() is not None or self.answers(log_path), "Prometheus", 60)
        self.assertIsNone(process.poll(), log_path.read_text())

    def ask(self, path, **query):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read().decode()

    def answers(self, log_path):
        address = re.search(r'"Listening on" address=127\.0\.0\.1:(\d+)', log_path.read_text())
        if address is None:
            return None
        self.port = int(address[1])
        try:
            return self.ask("/-/ready")
        except OSError:
            return None

    def values(self, expression):
        """[(labels, value)] now."""
        result = json.loads(self.ask("/api/v1/query", query=expression))["data"]["result"]
        return [(sample["metric"], float(sample["value"][1])) for sample in result]

    def wait_for(self, expression):
        return wait_until(lambda: self.values(expression), expression, 60)

    def test_what_is_scraped(self):
        self.wait_for('up{job="awpsd"} == 1')
        self.wait_for("rate(awpsd_actions_delivered_total[10s]) > 10")
        for expression in ("hub:awpsd_delivery_seconds:p99_rate5m > 0",
                           "hub:awpsd_actions_per_request:ratio_rate5m > 0",
                           "awpsd_ready == 1", "awpsd_endpoint_held == 0", "awpsd_build_info == 1",
                           "time() - process_start_time_seconds < 600"):
            self.wait_for(expression)
        differences = self.values(f"max_over_time(abs({LAW})[30s:1s])")
        self.assertEqual([(labels["hub"], value) for labels, value in differences],
                         [(self.site.hub, 0)])

    def test_what_is_told_of_a_fault(self):
        self.wait_for("awpsd_ready == 1")
        self.site.add_letters(2)
        self.wait_for("awpsd_dead_letters == 2")
        self.site.hold()
        (labels, _), *_ = self.wait_for("awpsd_endpoint_held == 1")
        self.assertEqual((labels["endpoint"], labels["reason"]),
                         (self.site.emulator.endpoint, "credential"))
        self.wait_for("awpsd_ready == 0")
        self.wait_for('ALERTS{alertname="AwpsdEndpointHeld", alertstate="pending"}')
        self.site.release()
        self.wait_for("awpsd_ready == 1")

    def test_every_panel_of_the_dashboard_shows_something(self):
        self.wait_for("rate(awpsd_actions_delivered_total[10s]) > 10")
        self.site.add_letters(1)
        self.wait_for("awpsd_dead_letters == 1")
        dashboard = json.loads((ROOT / "config/grafana/awpsd.json").read_text(encoding="utf-8"))
        for panel in dashboard["panels"]:
            for target in panel.get("targets", []):
                if re.search("awpsd_(stream_|endpoint_shared_part)", target["expr"]):
                    continue  # these need a broker: stream_tools_test.py
                expression = target["expr"].replace("$__rate_interval", "10s")
                for variable in ("job", "instance", "hub"):
                    expression = expression.replace(f'"${variable}"', '".+"')
                with self.subTest(panel=panel["title"], expression=expression):
                    self.wait_for(expression)

    def test_the_token_can_be_rotated(self):
        # Both read the file again.
        self.wait_for('up{job="awpsd"} == 1')
        self.site.token_path.write_text("another-token-of-this-length\n")
        later = time.time() + 2
        self.wait_for(f'up{{job="awpsd"}} == 1 and timestamp(up{{job="awpsd"}}) > {later}')


if __name__ == "__main__":
    main()
