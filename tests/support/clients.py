"""WebSocket clients of the service for the scenarios, and questions that only REST answers.

The clients live in a thread with a loop of its own; what a client has received only grows.
"""

import asyncio
import http.client
import json
import threading
import time
from urllib.parse import quote

import websockets
from client_token import client_url, parse_connection_string, sign

PROTOCOL = "json.webpubsub.azure.v1"
DEADLINE_SECONDS = 20


class Client:
    """One connection of the JSON subprotocol."""

    def __init__(self, user):
        self.user = user
        self.connection_id = None
        self.messages = []  # frames of type message, as dictionaries
        self.has_ended = False
        self.socket = None

    async def open(self, connection, hub):
        self.socket = await websockets.connect(
            client_url(connection, hub, self.user), subprotocols=[PROTOCOL], compression=None,
            ping_interval=None, max_queue=None, close_timeout=2, open_timeout=DEADLINE_SECONDS)
        welcome = json.loads(await self.socket.recv())
        self.connection_id = welcome["connectionId"]

    async def receive(self):
        try:
            async for text in self.socket:
                frame = json.loads(text)
                if frame["type"] == "message":
                    self.messages.append(frame)
        except websockets.ConnectionClosed:
            pass
        self.has_ended = True


class Clients:
    """One client a name in `users`; a user that stands there twice has two connections."""

    def __init__(self, connection, hub, users, make=Client):
        self.all = [make(user) for user in users]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self._run(self._open(connection, hub))

    def close(self):
        self._run(self._close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(DEADLINE_SECONDS)

    async def _open(self, connection, hub):
        for client in self.all:
            await client.open(connection, hub)
        self.readers = [asyncio.ensure_future(client.receive()) for client in self.all]

    async def _close(self):
        await asyncio.gather(*(client.socket.close() for client in self.all))
        await asyncio.gather(*self.readers)


class Rest:
    """Asks the service as an SDK would."""

    def __init__(self, connection, hub):
        self.parts = parse_connection_string(connection)
        self.base = f"/api/hubs/{hub}"
        address = self.parts["endpoint"].split("//", 1)[1]
        self.connection = http.client.HTTPConnection(address, timeout=DEADLINE_SECONDS)

    def has_permission(self, permission, connection_id, group):
        path = f"{self.base}/permissions/{permission}/connections/{quote(connection_id, safe='')}"
        return self._exists(path, f"&targetName={quote(group, safe='')}")

    def close(self):
        self.connection.close()

    def _exists(self, path, query):
        now = int(time.time())
        token = sign({"iat": now, "exp": now + 600, "aud": self.parts["endpoint"] + path},
                     self.parts["accesskey"])
        self.connection.request("HEAD", f"{path}?api-version=2024-12-01{query}",
                                headers={"Authorization": "Bearer " + token})
        response = self.connection.getresponse()
        response.read()
        if response.status not in (200, 404):
            raise RuntimeError(f"HEAD {path}: {response.status}")
        return response.status == 200
