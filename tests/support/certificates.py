"""Certificates of the scenes, made by the openssl command in a folder."""

import ssl
import subprocess
from pathlib import Path

from programs import start

KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Authority:
    """A certificate authority of its own; `path` is what ca_file names."""

    def __init__(self, folder, name="scene-ca"):
        self.folder = Path(folder)
        self.name = name
        self.path = self.folder / f"{name}.pem"
        self.key = self.folder / f"{name}.key"
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.path, "-days", "2",
                "-subj", f"/CN={name}")

    def issue(self, host, days=1):
        """(certificate, key) for `host`, a name or an address; with days = -1 it has expired."""
        stem = self.folder / f"{self.name}-{host}-{days}"
        kind = "IP" if host.replace(".", "").isdigit() else "DNS"
        request, key, certificate = (stem.with_suffix(end) for end in (".csr", ".key", ".pem"))
        openssl("req", *KEY, "-keyout", key, "-out", request, "-subj", f"/CN={host}",
                "-addext", f"subjectAltName={kind}:{host}")
        openssl("x509", "-req", "-in", request, "-CA", self.path, "-CAkey", self.key,
                "-CAcreateserial", "-days", days, "-copy_extensions", "copy", "-out", certificate)
        return certificate, key

    def context(self, host, days=1):
        """Of a server that shows such a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(host, days))
        return context


def serve_tls_1_1(port, certificate, key):
    """A server that knows no newer TLS, as a process. Debian's OpenSSL speaks that old one only
    with its security level lowered.
    """
    return start(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate,
                  "-key", key, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-quiet"],
                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def openssl(*arguments):
    run = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {run.stderr}")
