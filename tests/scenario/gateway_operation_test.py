"""How the gateway is run: its certificate and keys at a reload, who may send, what operators see,
and the stop."""

import http.client
import os
import socket
import ssl
import subprocess
import threading
import time

from admin import Admin
from certificates import Authority
from client_token import sign
from programs import binary
from scenario import Scenario, main, wait_until

KEY = "k" * 32
NEXT_KEY = "n" * 44
SEND = "/api/hubs/chat/groups/g/:send?api-version=2024-12-01"


class GatewayOperation(Scenario):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.emulator = self.start_emulator()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.pem = f"{self.folder}/gateway.pem"

    def start_gateway(self, config="", environment=None):
        return self.start_daemon(
            self.emulator.connection,
            f'drain_timeout = "1s"\n[gateway]\nlisten = "127.0.0.1:{self.port}"\n' + config,
            environment={"GatewayKey": KEY, "NextKey": NEXT_KEY, **(environment or {})})

    def show(self, host, days=1):
        """A new certificate in the place of the old one, as a program that renews it does."""
        certificate, key = self.authority.issue(host, days)
        new = f"{self.pem}.new"
        with open(os.open(new, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as file:
            file.write(certificate.read_text() + key.read_text())
        os.replace(new, self.pem)

    def names_shown(self):
        """Of the certificate that a new connection gets."""
        context = ssl.create_default_context(cafile=self.authority.path)
        context.check_hostname = False
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw:
            with context.wrap_socket(raw, server_hostname="localhost") as secure:
                return [name for _, name in secure.getpeercert()["subjectAltName"]]

    def send(self, key=KEY, path=SEND, scheme="http", body="hello"):
        """(status, headers) of one message."""
        audience = f"{scheme}://127.0.0.1:{self.port}{path.split('?', maxsplit=1)[0]}"
        token = sign({"aud": audience, "exp": int(time.time()) + 600}, key)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, body,
                               {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            connection.close()

    def test_a_changed_certificate_is_taken_and_a_bad_one_is_not(self):
        self.show("first.example")
        daemon = self.start_gateway(f'tls_certificate = "{self.pem}"\n')
        self.assertEqual(self.names_shown(), ["first.example"])
        self.show("second.example", days=90)
        Admin(daemon.admin_path).post("/reload")
        wait_until(lambda: self.names_shown() == ["second.example"], "the new certificate")
        with open(self.pem, "w", encoding="ascii") as file:
            file.write("half a certificate")
        self.assertEqual(self.names_shown(), ["second.example"])

    def test_keys_and_answers_change_at_a_reload(self):
        daemon = self.start_gateway('allow_keys = ["GatewayKey"]\n')
        self.assertEqual(self.send()[0], 202)
        self.assertEqual(self.send(NEXT_KEY)[0], 401)
        daemon.write_config(f'[gateway]\nlisten = "127.0.0.1:{self.port}"\nanswer = "accepted"\n'
                       'allow_keys = ["NextKey"]\n')
        Admin(daemon.admin_path).post("/reload")
        wait_until(lambda: self.send(NEXT_KEY)[0] == 202, "the new key to be taken")
        self.assertEqual(self.send(NEXT_KEY)[1]["x-awpsd-outcome"], "accepted")
        self.assertEqual(self.send(KEY)[0], 401)

    def test_operators_see_it(self):
        daemon = self.start_gateway('allow_keys = ["GatewayKey"]\n')
        self.assertEqual(self.send()[0], 202)
        self.assertEqual(self.send("w" * 32)[0], 401)
        admin = Admin(daemon.admin_path)
        gateway = admin.get("/status")["gateway"]
        self.assertEqual(gateway["listen"], f"127.0.0.1:{self.port}")
        self.assertEqual(gateway["answers"], {"202": 1, "401": 1})
        metrics = admin.ask("GET", "/metrics")[1]
        self.assertIn('awpsd_gateway_requests_total{route="sendToGroup",status="202"} 1', metrics)
        self.assertIn('awpsd_gateway_refused_total{reason="signature"} 1', metrics)

    def test_a_stop_answers_what_waits(self):
        """Nothing can be delivered, so that its action is in the file when it is answered."""
        self.emulator.close()
        daemon = self.start_gateway('allow_keys = ["GatewayKey"]\nanswer_within = "1m"\n')
        answers = []
        client = threading.Thread(target=lambda: answers.append(self.send()))
        client.start()
        wait_until(lambda: daemon.status()["actions waiting"] == 1, "the action to wait")
        daemon.process.terminate()
        client.join(60)
        self.assertEqual(daemon.process.wait(60), 1)
        status, headers = answers[0]
        self.assertEqual((status, headers["x-awpsd-outcome"]), (202, "accepted"))
        self.assertEqual(len(daemon.undelivered_files()), 1)

    def test_a_check_tells_all_mistakes_at_once(self):
        config = f"{self.folder}/bad.toml"
        with open(config, "w", encoding="ascii") as file:
            file.write('service.hub = "chat"\n[gateway]\nlisten = "10.0.0.1:8089"\n'
                       'allow_keys = ["GatewayKey", "Missing"]\nallow_entra = "loopback"\n')
        check = subprocess.run(
            [binary("awpsd"), "--config", config, "--check-config"], capture_output=True, text=True,
            check=False, env={"WebPubSubConnectionString": self.emulator.connection,
                              "GatewayKey": "short"})
        self.assertEqual(check.returncode, 78)
        for words in ("gateway.tls_certificate", "'Missing' is not set", "less than 32 characters",
                      "gateway.allow_entra"):
            self.assertIn(words, check.stderr)


if __name__ == "__main__":
    main()
