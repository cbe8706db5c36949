"""No secret is told: not in the log, at a mistake, at a reload, in the status, in metrics, in a
tap, in a dead letter, nor in a core. Each scene plants some, and looks into all that is said.
"""

import base64
import os
import subprocess
import urllib.parse
from pathlib import Path

import control_tool
from admin import Admin
from certificates import Authority
from fronts import ForwardProxy, TlsFront
from programs import binary
from scenario import Scenario, main, message, wait_until

KEY = "planted-key-of-more-than-32-letters-0123456789"
PASSWORD = "planted-pass"
CREDENTIALS = f"planted-user:{PASSWORD}:@/% "
LOGIN = "ProxyLogin"
TOKEN = "planted-token-of-more-than-16-letters"
MARK = "planted-"

ENDPOINTS = {
    "without its host": f"Endpoint=https://;AccessKey={KEY};Version=1.0;",
    "with a user": f"Endpoint=https://{MARK}user:{PASSWORD}@a.example;AccessKey={KEY};",
    "with a query": f"Endpoint=https://a.example/?sig={MARK}signature;AccessKey={KEY};",
    "twice": f"Endpoint=https://a.example;AccessKey={KEY};AccessKey={KEY}2;",
    "with a port that is none": f"Endpoint=https://a.example;Port={MARK}port;AccessKey={KEY};",
    "without a name": f"{KEY}",
    "by plain http": f"Endpoint=http://a.example;AccessKey={KEY};",
    "quoted": f"\"Endpoint=https://a.example;AccessKey={KEY};Version=1.0;\"",
    "with a port": f"Endpoint=https://a.example;AccessKey={KEY};Version={MARK}version;Port=x",
}
# Secrets where they do not belong.
CONFIGURATIONS = {
    "a connection": f'service.connection = "Endpoint=https://a;AccessKey={KEY};"',
    "the key as a connection": f'service.connection = "{KEY}="',
    "a file": f'service.connection_file = "Endpoint=https://a;AccessKey={KEY};"',
    "a proxy": f'service.proxy = "http://{MARK}user:{PASSWORD}@"',
    "a proxy without scheme": f'service.proxy = "{MARK}user:{PASSWORD}@proxy:3128"',
    "a proxy of another scheme": f'service.proxy = "ftp://{MARK}user:{PASSWORD}@proxy:3128"',
    "a slash": f'service.proxy = "http://{MARK}user:{PASSWORD}/@proxy:3128"',
    "no string": f"service.proxy = http://{MARK}user:{PASSWORD}@proxy:3128",
    "an open string": f'service.proxy = "http://{MARK}user:{PASSWORD}@proxy:3128',
    "a list": f'service.proxy = ["http://{MARK}user:{PASSWORD}@proxy:3128"]',
    "a misspelt key": f'service.proxi = "http://{MARK}user:{PASSWORD}@proxy:3128"',
    "a table": f'[services.b]\nconnection = "B"\nproxy = "{MARK}user:{PASSWORD}@proxy"',
    "credentials": f'service.proxy = "http://p"\nservice.proxy_credentials = "u:{MARK}password"',
    "credentials twice": f'service.proxy = "http://u:{MARK}password@p"\n'
                         f'service.proxy_credentials = "{LOGIN}"',
    "a hub": f'service.hub = "Endpoint=https://a;AccessKey={KEY};"',
}


class Mistakes(Scenario):
    """What awpsd says about a setting or a configuration that is wrong."""

    def check(self, connection, config, **environment):
        daemon = self.make_daemon(connection, config, environment=environment)
        checked = subprocess.run([binary("awpsd"), "--config", str(daemon.config_path),
                                  "--check-config"], env=daemon.environment, capture_output=True,
                                 text=True, check=False, timeout=30)
        said = checked.stdout + checked.stderr
        self.assertNotIn(MARK, said)
        return checked.returncode, said

    def test_in_settings(self):
        for name, connection in ENDPOINTS.items():
            with self.subTest(name):
                self.assertEqual(self.check(connection, "")[0], 78)

    def test_in_the_configuration(self):
        for name, config in CONFIGURATIONS.items():
            with self.subTest(name):
                status, said = self.check("Endpoint=https://a.example;AccessKey=x;", config + "\n",
                                          **{LOGIN: CREDENTIALS})
                self.assertEqual(status, 78, said)
                self.assertIn("awpsd.toml", said)

    def test_in_files(self):
        file = Path(self.folder, "secret")
        for text in ENDPOINTS.values():
            file.write_text(text)
            status, _ = self.check(None, f'service.connection_file = "{file}"\n')
            self.assertEqual(status, 78)
        file.write_text(f"{MARK}x")  # too short, and open to all
        for mode in (0o600, 0o644):
            file.chmod(mode)
            status, said = self.check("Endpoint=https://a.example;AccessKey=x;",
                                      f'admin.listen = "127.0.0.1:0"\n'
                                      f'admin.token_file = "{file}"\n')
            self.assertEqual(status, 78, said)

    def test_of_a_proxys_credentials(self):
        config = f'service.proxy = "http://p"\nservice.proxy_credentials = "{LOGIN}"\n'
        connection = "Endpoint=https://a.example;AccessKey=x;"
        for wrong in (f"{MARK}password", f":{MARK}password"):
            status, said = self.check(connection, config, **{LOGIN: wrong})
            self.assertEqual(status, 78)
            self.assertIn(LOGIN, said)
        self.assertEqual(self.check(connection, config, **{LOGIN: CREDENTIALS})[0], 0)

    def test_of_a_password_in_the_open_there_is_a_warning(self):
        config = f'service.proxy = "http://u:{MARK}password@p"\n'
        status, said = self.check("Endpoint=https://a.example;AccessKey=x;", config)
        self.assertEqual(status, 0)
        self.assertIn("proxy_credentials", said)


class Running(Scenario):
    """Everything that a running daemon says, with a proxy that wants credentials before it."""

    HOST = "service.invalid"

    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.emulator = self.start_emulator("--access-key", KEY)
        self.front = TlsFront(self.emulator, self.authority.context(self.HOST))
        self.addCleanup(self.front.close)
        self.proxy = ForwardProxy(self.front.port)
        self.addCleanup(self.proxy.close)
        self.token_file = Path(self.folder, "token")
        self.token_file.write_text(TOKEN)
        self.token_file.chmod(0o600)

    def config(self, proxy, more=""):
        return (f'service.proxy = "{proxy}"\nservice.ca_file = "{self.authority.path}"\n'
                f'drain_timeout = "100ms"\nadmin.token_file = "{self.token_file}"\n{more}')

    def in_the_url(self, credentials):
        user, _, password = credentials.partition(":")
        quoted = [urllib.parse.quote(part, safe="") for part in (user, password)]
        return self.proxy.url().replace("//", "//" + ":".join(quoted) + "@")

    def start(self, config, **environment):
        self.daemon = self.start_daemon(self.front.connection(self.HOST), config,
                                        environment=environment, log_level="debug")
        return self.daemon

    def send(self, count=3):
        producer = self.connect(self.daemon, ack="delivered")
        for number in range(count):
            producer.send(message(f"g{number}", number))
        self.assertEqual(set(self.outcomes(producer, count).by_seq.values()), {"delivered"})

    def said_by_the_proxys_clients(self):
        heads = "".join(self.proxy.heads)
        return {base64.b64decode(line.split()[-1]).decode() for line in heads.splitlines()
                if line.lower().startswith("proxy-authorization: basic ")}

    def everything(self):
        """What the daemon says anywhere, and what the tool makes of it."""
        admin = Admin(self.daemon.admin_path)
        said = [self.daemon.log(), *self.daemon.notify.messages]
        for target in ("/status", "/metrics", "/readyz", "/livez", "/", "/config/diff",
                       "/dead-letters?hub=chat"):
            said.append(admin.ask("GET", target)[1])
        for command in (["status"], ["status", "--json"], ["check"], ["hubs"], ["config", "diff"],
                        ["reload"], ["reload", "--json"], ["dead-letters", "list"],
                        ["dead-letters", "export", "--hub", "chat"]):
            ended = control_tool.run(self.daemon.admin_path, *command)
            said.append(ended.out + ended.err)
        said.append(self.daemon.log())
        return "\n".join(map(str, said))

    def check_nothing_is_told(self):
        said = self.everything()
        for secret in (MARK, KEY, base64.b64encode(CREDENTIALS.encode()).decode()):
            self.assertNotIn(secret, said)
        self.assertNotIn(urllib.parse.quote(CREDENTIALS, safe=""), said)
        return said

    def test_by_one_whose_proxy_wants_a_setting(self):
        config = self.config(self.proxy.url(), f'service.proxy_credentials = "{LOGIN}"\n')
        self.start(config, **{LOGIN: CREDENTIALS + "\n"})
        self.send()
        self.assertEqual(self.said_by_the_proxys_clients(), {CREDENTIALS.rstrip()})
        self.check_nothing_is_told()

    def test_by_one_whose_proxys_url_has_a_password(self):
        self.start(self.config(self.in_the_url(CREDENTIALS)))
        self.send()
        self.assertEqual(self.said_by_the_proxys_clients(), {CREDENTIALS})
        self.daemon.write_config(self.config(self.in_the_url(CREDENTIALS + "2")))
        diff = control_tool.run(self.daemon.admin_path, "config", "diff")
        self.assertIn("http://***@127.0.0.1", diff.out)
        said = self.check_nothing_is_told()
        self.assertIn("service.proxy was", said)
        self.assertIn("proxy_credentials", said)  # of the warning

    def test_by_one_whose_proxy_fails(self):
        self.start(self.config(self.in_the_url(CREDENTIALS)))
        for answer in (b"HTTP/1.1 407 Denied\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                       b"Content-Length: 0\r\n\r\n", b"nonsense\r\n\r\n"):
            self.proxy.answer = answer
            producer = self.connect(self.daemon, ack="accepted")
            producer.send(message("g", 1))
            producer.flush()
            wait_until(lambda n=len(self.proxy.heads): len(self.proxy.heads) > n, "an attempt")
            self.check_nothing_is_told()
        self.proxy.go()
        wait_until(lambda: "127.0.0.1" in self.check_nothing_is_told(), "a word about it")

    def test_in_a_tap_or_a_dead_letter(self):
        self.start(self.config(self.in_the_url(CREDENTIALS)))
        self.emulator.set_faults([{"name": "bad", "match": {"operation": "sendToGroup"},
                                   "status": 400, "body": '{"code":"BadRequest","message":"no"}'}])
        tap = subprocess.Popen(control_tool.command(self.daemon.admin_path, "tap", "--json",
                                                    "--count", "1"),
                               stdout=subprocess.PIPE, text=True,
                               env=control_tool.environment())
        self.addCleanup(tap.stdout.close)
        admin = Admin(self.daemon.admin_path)

        def tapped():
            producer = self.connect(self.daemon, ack="delivered")
            producer.send(message("g", 1))
            self.outcomes(producer, 1)
            return tap.poll() is not None
        wait_until(tapped, "the tap to have seen one")
        self.assertNotIn(MARK, tap.stdout.read())
        self.assertTrue(admin.dead_letters("chat"))
        self.check_nothing_is_told()

    def test_in_a_core(self):
        # A process that leaves none shows its memory to root alone.
        self.start(self.config(self.proxy.url()))
        self.assertEqual(os.stat(f"/proc/{self.daemon.process.pid}/mem").st_uid, 0)
        self.daemon.close()
        if os.geteuid() != 0:
            return
        os.chmod(self.folder, 0o755)
        os.chown(self.folder, 65534, 65534)
        os.chown(self.token_file, 65534, 65534)
        self.daemon.start(user=65534, group=65534, extra_groups=[])
        # Of a user's own process that may leave a core it would be the user's.
        self.assertEqual(os.stat(f"/proc/{self.daemon.process.pid}/mem").st_uid, 0)
        metrics = Admin(self.daemon.admin_path).text("/metrics")
        self.assertRegex(metrics, r"(?m)^process_open_fds [1-9]")


if __name__ == "__main__":
    main()
