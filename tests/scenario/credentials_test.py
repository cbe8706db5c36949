"""Keys that are rotated and tokens of Entra identities: what a refused credential holds is
delivered once there is a good one, without a restart, and nothing is given up.
"""

from pathlib import Path

from scenario import Scenario, main, message, messages_by_target, wait_until
from token_server import APP_SERVICE_PATH, IDENTITY_HEADER, TokenServer

OLD_KEY, NEW_KEY = "old-" + "k" * 32, "new-" + "k" * 32
SETTING = "WebPubSubConnectionString"
ACTIONS = 200
# What the machine that runs the test may have of its own.
NO_VARIABLES = dict.fromkeys(
    ["AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN_FILE",
     "AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
     "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT",
     "MSI_ENDPOINT"], "")


class Rotation(Scenario):
    def setUp(self):
        super().setUp()
        self.file = Path(self.folder) / "connection"
        self.emulator = self.start_emulator("--access-key", NEW_KEY)

    def write_keys(self, *keys):
        """In one step, as every writer of such files should."""
        new = self.file.with_suffix(".new")
        new.write_text("".join(f"Endpoint={self.emulator.endpoint};AccessKey={key};Version=1.0;\n"
                               for key in keys))
        new.replace(self.file)

    def start_by_file(self):
        daemon = self.start_daemon(None, f'service.connection_file = "{self.file}"\n')
        return daemon, self.connect(daemon, ack="delivered")

    def send(self, producer, first, end):
        for number in range(first, end):
            producer.send(message("g", number))
        producer.flush()

    def assert_all_delivered(self, daemon, producer, count, of):
        self.assertEqual(self.outcomes(producer, count).counts["delivered"], count)
        self.assertEqual(daemon.status()["dead letters"], 0)
        self.assertEqual(messages_by_target(self.emulator.log())["g"], list(range(of)))
        for key in (OLD_KEY, NEW_KEY):
            self.assertNotIn(key, daemon.log())

    def test_a_rewritten_file_ends_the_hold(self):
        self.write_keys(OLD_KEY)
        daemon, producer = self.start_by_file()
        self.send(producer, 0, ACTIONS)
        wait_until(lambda: "credential refused" in daemon.log(), "the hold")
        self.assertEqual(daemon.status()["actions waiting"], ACTIONS)
        self.write_keys(NEW_KEY)
        self.assert_all_delivered(daemon, producer, ACTIONS, ACTIONS)

    def test_a_key_that_is_written_before_the_old_one_ends_holds_nothing(self):
        self.emulator.kill()
        self.emulator.arguments = ("--access-key", OLD_KEY)
        self.emulator.restart()
        self.write_keys(OLD_KEY)
        daemon, producer = self.start_by_file()
        self.send(producer, 0, ACTIONS)
        self.assert_all_delivered(daemon, producer, ACTIONS, ACTIONS)
        self.write_keys(NEW_KEY)
        self.emulator.kill()
        self.emulator.arguments = ("--log-entries", "1000", "--access-key", NEW_KEY)
        self.emulator.restart()
        self.send(producer, 0, ACTIONS)
        self.assert_all_delivered(daemon, producer, ACTIONS, ACTIONS)
        self.assertNotIn("credential refused", daemon.log())

    def test_the_second_line_is_tried_when_the_first_is_refused(self):
        self.write_keys(OLD_KEY, NEW_KEY)
        daemon, producer = self.start_by_file()
        self.send(producer, 0, ACTIONS)
        self.assert_all_delivered(daemon, producer, ACTIONS, ACTIONS)
        self.assertNotIn("credential refused", daemon.log())

    def test_a_broken_file_is_named_and_the_hold_goes_on(self):
        self.write_keys(OLD_KEY)
        daemon, producer = self.start_by_file()
        self.file.write_text("Endpoint=")
        self.send(producer, 0, 1)
        wait_until(lambda: "Endpoint is missing" in daemon.log(), "the complaint")
        self.assertIn(str(self.file), daemon.log())
        self.write_keys(NEW_KEY)
        self.assert_all_delivered(daemon, producer, 1, 1)


class Entra(Scenario):
    def setUp(self):
        super().setUp()
        self.emulator = self.start_emulator("--entra-token", "good-token")

    def start_token_server(self, token="good-token", **options):
        server = TokenServer(token, **options)
        self.addCleanup(server.close)
        return server

    def start_identity(self, config="", **environment):
        settings = {**NO_VARIABLES, f"{SETTING}__serviceUri": self.emulator.endpoint, **environment}
        return self.start_daemon(None, config, environment=settings)

    def start_with_secret(self, server, config=""):
        return self.start_identity(config, AZURE_AUTHORITY_HOST=server.url,
                                   **{f"{SETTING}__tenantId": "tenant",
                                      f"{SETTING}__clientId": "client",
                                      f"{SETTING}__clientSecret": "client-secret"})

    def assert_delivers(self, daemon, count=ACTIONS, **hello):
        with self.connect(daemon, ack="delivered", **hello) as producer:
            for number in range(count):
                producer.send(message("g", number))
            self.assertEqual(self.outcomes(producer, count).counts["delivered"], count)
        self.assertEqual(daemon.status()["dead letters"], 0)
        for secret in ("good-token", "bad-token", "client-secret", IDENTITY_HEADER, "assertion"):
            self.assertNotIn(secret, daemon.log())

    def test_each_kind_of_identity_gets_its_token(self):
        file = Path(self.folder) / "federated"
        file.write_text("assertion\n")
        workload = {"AZURE_TENANT_ID": "tenant", "AZURE_CLIENT_ID": "client",
                    "AZURE_FEDERATED_TOKEN_FILE": str(file)}
        rows = [("client secret", {}, lambda url: {
                    "AZURE_AUTHORITY_HOST": url, "AZURE_TENANT_ID": "tenant",
                    "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "client-secret"}),
                ("workload identity", {"assertion": "assertion"}, lambda url: {
                    "AZURE_AUTHORITY_HOST": url, **workload}),
                ("managed identity (App Service)", {}, lambda url: {
                    "IDENTITY_ENDPOINT": url + APP_SERVICE_PATH,
                    "IDENTITY_HEADER": IDENTITY_HEADER}),
                ("managed identity (IMDS)", {}, lambda url: {
                    "AZURE_POD_IDENTITY_AUTHORITY_HOST": url,
                    f"{SETTING}__credential": "managedidentity"})]
        for name, options, environment in rows:
            with self.subTest(name):
                server = self.start_token_server(**options)
                daemon = self.start_identity(**environment(server.url))
                self.assert_delivers(daemon)
                self.assertIn("with " + name, daemon.log())
                self.assertEqual((len(server.given), server.refused), (1, 0))
                self.assertNotIn("no token", daemon.log())
                daemon.close()

    def test_hubs_of_one_identity_share_its_token(self):
        server = self.start_token_server()
        daemon = self.start_with_secret(server, 'hubs.other.service = ""\n')
        self.assert_delivers(daemon)
        self.assert_delivers(daemon, hub="other")
        self.assertEqual(len(server.given), 1)

    def test_without_a_token_actions_wait_and_the_reason_is_told(self):
        server = self.start_token_server()
        server.refusal = ("invalid_client", "AADSTS7000222: the secret has expired")
        daemon = self.start_with_secret(server)
        producer = self.connect(daemon, ack="delivered")
        for number in range(ACTIONS):
            producer.send(message("g", number))
        producer.flush()
        wait_until(lambda: "held" in daemon.log(), "the hold")
        self.assertIn("AADSTS7000222", daemon.log())
        self.assertEqual(daemon.status()["actions waiting"], ACTIONS)
        self.assertEqual(self.emulator.requests(), 0)
        server.refusal = None
        self.assertEqual(self.outcomes(producer, ACTIONS).counts["delivered"], ACTIONS)
        self.assertEqual(messages_by_target(self.emulator.log())["g"], list(range(ACTIONS)))
        self.assertEqual(daemon.status()["dead letters"], 0)

    def test_a_refused_token_is_replaced_once(self):
        server = self.start_token_server("bad-token")
        daemon = self.start_with_secret(server)
        self.assertEqual(server.given, ["bad-token"])
        server.token = "good-token"
        self.assert_delivers(daemon)
        self.assertEqual(server.given, ["bad-token", "good-token"])

    def test_tokens_are_refreshed_ahead_and_none_is_missed(self):
        server = self.start_token_server(life=4)
        daemon = self.start_with_secret(server)
        wait_until(lambda: len(server.given) >= 3 or self.assert_delivers(daemon, 10),
                   "two refreshes")
        self.assertNotIn("held", daemon.log())

    def test_the_proxy_is_for_the_authority_not_for_the_machines_own_address(self):
        dead_proxy = 'service.proxy = "http://127.0.0.1:9"\n'
        server = self.start_token_server()
        managed = self.start_identity(dead_proxy, AZURE_POD_IDENTITY_AUTHORITY_HOST=server.url)
        self.assertEqual(len(server.given), 1, managed.log())
        managed.close()
        by_secret = self.start_with_secret(server, dead_proxy)
        self.assertEqual((len(server.given), server.refused), (1, 0))
        self.assertIn("no answer (connect", by_secret.log())

    def test_a_plain_authority_elsewhere_is_refused(self):
        daemon = self.make_daemon(None, environment={
            **NO_VARIABLES, f"{SETTING}__serviceUri": self.emulator.endpoint,
            "AZURE_AUTHORITY_HOST": "http://login.example", "AZURE_TENANT_ID": "tenant",
            "AZURE_CLIENT_ID": "client", "AZURE_CLIENT_SECRET": "client-secret"})
        daemon.launch()
        self.assertEqual(daemon.wait(20), 78, daemon.log())
        self.assertIn("AZURE_AUTHORITY_HOST", daemon.log())
        self.assertNotIn("client-secret", daemon.log())


if __name__ == "__main__":
    main()
