"""Hands out tokens as Entra ID, IMDS and App Service do: an HTTP server on loopback."""

import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN_PATH = "/tenant/oauth2/v2.0/token"
IMDS_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"
SCOPE = "https://webpubsub.azure.com/.default"
RESOURCE = "https://webpubsub.azure.com"
IDENTITY_HEADER = "app-service-header"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class TokenServer:
    """Gives `token` for `life` seconds to whoever asks rightly; if `refusal` is set, that."""

    def __init__(self, token, *, life=3600, secret="client-secret", assertion=None):
        self.token, self.life = token, life
        self.secret, self.assertion = secret, assertion
        self.refusal = None  # (code, description)
        self.given = []  # the tokens; only appended to
        self.refused = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def answer(self, method, target, headers, body):
        """Status and JSON."""
        mistake = self._mistake(method, urllib.parse.urlsplit(target), headers, body)
        if mistake is None and self.refusal is None:
            self.given.append(self.token)
            return 200, {"access_token": self.token, "token_type": "Bearer",
                         **self._expiry(method)}
        self.refused += 1
        code, words = ("invalid_request", mistake) if mistake else self.refusal
        return 401, {"error": code, "error_description": words}

    def _expiry(self, method):
        if method == "POST":
            return {"expires_in": self.life}
        return {"expires_on": str(int(time.time()) + self.life), "expires_in": "86400"}

    def _mistake(self, method, target, headers, body):
        if method == "POST":
            return self._form_mistake(target, dict(urllib.parse.parse_qsl(body)))
        query = dict(urllib.parse.parse_qsl(target.query))
        if query.get("resource") != RESOURCE:
            return f"the resource is {query.get('resource')}"
        if target.path == IMDS_PATH and headers["Metadata"] == "true":
            return None if query["api-version"] == "2018-02-01" else "unknown version"
        if target.path == APP_SERVICE_PATH and headers["X-IDENTITY-HEADER"] == IDENTITY_HEADER:
            return None if query["api-version"] == "2019-08-01" else "unknown version"
        return f"{target.path} without its header"

    def _form_mistake(self, target, form):
        if target.path != TOKEN_PATH or form.get("client_id") != "client":
            return "AADSTS700016: Application was not found"
        if (form.get("scope"), form.get("grant_type")) != (SCOPE, "client_credentials"):
            return "AADSTS70011: scope or grant is invalid"
        if self.assertion is None:
            return None if form.get("client_secret") == self.secret else "AADSTS7000215: Invalid"
        if form.get("client_assertion_type") != ASSERTION_TYPE:
            return "AADSTS900144: no client_assertion_type"
        return None if form.get("client_assertion") == self.assertion else "AADSTS700211: Invalid"

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.take("GET", "")

            def do_POST(self):
                self.take("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())

            def take(self, method, body):
                status, answer = server.answer(method, self.path, self.headers, body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *unused):
                pass

        return Handler
