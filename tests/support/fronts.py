"""What stands between awpsd and the emulator: TLS in front of it, and a forward proxy.

A front lives in a thread with a loop of its own. It can go away, with its connections, and come
back on the port that it had. Counts only grow.
"""

import asyncio
import base64
import json
import re
import threading

from client_token import sign

DEADLINE_SECONDS = 20
PIECE_BYTES = 64 * 1024


class Front:
    """A listener on a loopback address; its kinds say what becomes of a connection."""

    def __init__(self, context=None, address="127.0.0.1", port=0):
        self.context = context  # of TLS; None: plain
        self.address = address
        self.port = port
        self.connections = 0  # those whose handshake succeeded
        self.server = None
        self.tasks = set()
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)  # a peer that went away
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.come()

    def come(self):
        self._run(self._come())

    def go(self):
        """Nobody listens any more, and all its connections are cut."""
        self._run(self._go())

    def show(self, context):
        """Another certificate, on the same port."""
        self.go()
        self.context = context
        self.come()

    def close(self):
        self.go()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(DEADLINE_SECONDS)

    async def _come(self):
        self.server = await asyncio.start_server(self._take, self.address, self.port,
                                                 ssl=self.context)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _go(self):
        if self.server is None:
            return
        self.server.close()
        self.server = None
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, reader, writer):
        self.connections += 1
        task = asyncio.current_task()
        self.tasks.add(task)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # either side may go away
        finally:
            self.tasks.discard(task)
            writer.transport.abort()

    async def serve(self, reader, writer):
        raise NotImplementedError


class TlsFront(Front):
    """The emulator as an https endpoint: it takes tokens for http alone, so that they are signed
    anew for what stands behind the front.
    """

    def __init__(self, emulator, context, **place):
        self.target = emulator.port
        self.key = re.search("AccessKey=([^;]+)", emulator.connection).group(1)
        super().__init__(context, **place)

    def connection(self, host="localhost"):
        return f"Endpoint=https://{host}:{self.port};AccessKey={self.key};Version=1.0;"

    async def serve(self, reader, writer):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        answers = asyncio.ensure_future(pump(inner_reader, writer))
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length.group(1)) if length else 0)
                inner_writer.write(self.with_inner_token(head) + body)
                await inner_writer.drain()
        finally:
            answers.cancel()
            inner_writer.transport.abort()

    def with_inner_token(self, head):
        found = re.search(rb"(?i)\r\nauthorization: bearer ([\w.-]+)", head)
        payload = found.group(1).split(b".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
        claims["aud"] = claims["aud"].replace("https://", "http://", 1)
        token = sign(claims, self.key).encode()
        return head[:found.start(1)] + token + head[found.end(1):]


class ForwardProxy(Front):
    """Takes CONNECT, whatever the host, to one port of ours; `heads` are what it was asked."""

    def __init__(self, target):
        self.target = target
        self.answer = b"HTTP/1.1 200 Connection established\r\n\r\n"
        self.heads = []
        super().__init__()

    def url(self):
        return f"http://{self.address}:{self.port}"

    async def serve(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head.decode())
        writer.write(self.answer)
        await writer.drain()
        if b" 200 " not in self.answer:
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        ways = [asyncio.ensure_future(pump(inner_reader, writer)),
                asyncio.ensure_future(pump(reader, inner_writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            inner_writer.transport.abort()


async def pump(reader, writer):
    while piece := await reader.read(PIECE_BYTES):
        writer.write(piece)
        await writer.drain()
    writer.close()
