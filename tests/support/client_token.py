"""Access tokens of WebSocket clients, as Microsoft's SDKs sign them: HS256 over the access key."""

import base64
import hashlib
import hmac
import json
import time

LIFETIME_SECONDS = 24 * 3600  # a demo may run for a day


def _base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def parse_connection_string(text):
    """Its parts by lower-case key: endpoint (without a slash at its end), accesskey, version."""
    parts = dict(part.split("=", 1) for part in text.strip().split(";") if part)
    parts = {key.strip().lower(): value.strip() for key, value in parts.items()}
    parts["endpoint"] = parts["endpoint"].rstrip("/")
    return parts


def sign(claims, access_key):
    header = _base64url(b'{"alg":"HS256","typ":"JWT"}')
    signed = header + "." + _base64url(json.dumps(claims, separators=(",", ":")).encode())
    digest = hmac.new(access_key.encode(), signed.encode(), hashlib.sha256).digest()
    return signed + "." + _base64url(digest)


def client_url(connection, hub, user=None, groups=(), roles=()):
    """The ws:// address at which a client of `hub` connects, with its token."""
    parts = parse_connection_string(connection)
    audience = f"{parts['endpoint']}/client/hubs/{hub}"
    now = int(time.time())
    claims = {"iat": now, "exp": now + LIFETIME_SECONDS, "aud": audience}
    if user:
        claims["sub"] = user
    if groups:
        claims["webpubsub.group"] = list(groups)
    if roles:
        claims["role"] = list(roles)
    token = sign(claims, parts["accesskey"])
    return audience.replace("http", "ws", 1) + "?access_token=" + token
