"""Other doors of the tests' broker than plain text on the loopback: TLS, with or without a client's
certificate, and SASL over TLS.
"""

from dataclasses import dataclass, field
from pathlib import Path

from kafka import free_ports

MODULES = "org.apache.kafka.common.security"


@dataclass
class Door:
    """A listener. `host`: where it listens, and the name by which clients reach it."""

    name: str
    protocol: str
    settings: str = ""
    host: str = "localhost"
    port: int = field(default_factory=lambda: free_ports(1)[0])

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def listener(self):
        return f"{self.name}://{self.address}"

    advertised = listener


def tls_door(name, identity, authority, **place):
    """It shows `identity`, and asks for a certificate of `authority`; None: for none. The file of
    the identity is read when the broker starts."""
    settings = server_settings(name, identity)
    if authority is not None:
        settings += own(name, f"ssl.client.auth=required\nssl.truststore.type=PEM\n"
                              f"ssl.truststore.location={authority.path}\n")
    return Door(name, "SSL", settings, **place)


def plain_door(name, identity, users, **place):
    """SASL PLAIN over TLS. `users`: name -> password."""
    known = " ".join(f'user_{user}="{password}"' for user, password in users.items())
    return Door(name, "SASL_SSL", server_settings(name, identity) + own(name, (
        "sasl.enabled.mechanisms=PLAIN\n"
        f"plain.sasl.jaas.config={MODULES}.plain.PlainLoginModule required {known};\n")), **place)


def scram_door(name, identity, **place):
    """SASL SCRAM over TLS; set_password() tells who may enter."""
    return Door(name, "SASL_SSL", server_settings(name, identity) + own(name, (
        "sasl.enabled.mechanisms=SCRAM-SHA-512\n"
        f"scram-sha-512.sasl.jaas.config={MODULES}.scram.ScramLoginModule required;\n")), **place)


def server_settings(name, identity):
    return own(name, f"ssl.keystore.type=PEM\nssl.keystore.location={identity}\n")


def own(name, lines):
    """They are for this listener alone."""
    return "".join(f"listener.name.{name.lower()}.{line}\n" for line in lines.splitlines())


def write_identity(path, certificate, key):
    """What a broker shows, in one file."""
    Path(path).write_text(Path(key).read_text() + Path(certificate).read_text())
    return path


def set_password(broker, user, password):
    from confluent_kafka.admin import (AdminClient, ScramCredentialInfo, ScramMechanism,
                                       UserScramCredentialUpsertion)
    change = UserScramCredentialUpsertion(
        user, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
    admin = AdminClient(broker.client())  # it must live as long as what is asked of it
    for done in admin.alter_user_scram_credentials([change]).values():
        done.result(20)
