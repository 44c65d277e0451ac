"""HTTP/1.1 of a server that must also be able to fail: to cut, to reset, to say nothing, and to see that a client has left."""

import asyncio
import dataclasses
import email.utils
import http
import socket
import struct
import urllib.parse

HEAD_BYTES_MAX = 65_536
BODY_BYTES_MAX = 64 << 20
HEADERS = "Content-Type: application/json; charset=UTF-8\r\nServer: model_server\r\n"


class BadRequest(Exception):
    """Nothing that follows on this connection can be understood."""


@dataclasses.dataclass
class Request:
    method: str
    path: str  # without the query, which may hold a key
    query: dict
    headers: dict
    keeps_alive: bool
    body: bytes = b""


class Connection(asyncio.StreamReaderProtocol):
    """One client, as asyncio makes it; `serve(connection)` lasts as long as it stays."""

    def __init__(self, serve, number):
        loop = asyncio.get_running_loop()
        self.stream = asyncio.StreamReader(limit=HEAD_BYTES_MAX, loop=loop)
        super().__init__(self.stream, self._begin, loop=loop)
        self.gone, self.number, self.serve, self.writer = loop.create_future(), number, serve, None

    async def _begin(self, _, writer):
        self.writer = writer
        writer.transport.set_write_buffer_limits(high=0)  # after drain() the kernel has everything
        try:
            await self.serve(self)
        except (ConnectionError, asyncio.IncompleteReadError, BadRequest):
            pass
        finally:
            writer.close()

    def eof_received(self):
        self._is_gone()
        return super().eof_received()

    def connection_lost(self, exc):
        self._is_gone()
        super().connection_lost(exc)

    def _is_gone(self):
        if not self.gone.done():
            self.gone.set_result(None)

    async def pause(self, seconds):
        """False: the client left before that. None is for ever."""
        if seconds == 0:
            return not self.gone.done()
        await asyncio.wait([self.gone], timeout=seconds)
        return not self.gone.done()

    async def read_head(self):
        """None: there is no further request."""
        try:
            head = (await self.stream.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        except asyncio.LimitOverrunError as error:
            raise BadRequest from error
        lines = head.split("\r\n")
        try:
            method, target, version = lines[0].split(" ")
        except ValueError as error:
            raise BadRequest from error
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        path, _, query = target.partition("?")
        keeps_alive = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        return Request(method, urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query)), headers, keeps_alive)

    async def read_body(self, request):
        if request.headers.get("expect", "").lower() == "100-continue":
            self.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.headers.get("transfer-encoding", "").lower() == "chunked":
            request.body = await self._read_chunks()
            return
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            raise BadRequest
        request.body = await self.stream.readexactly(int(length))

    async def _read_chunks(self):
        body = bytearray()
        while True:
            size = (await self.stream.readuntil(b"\r\n")).split(b";")[0].strip()
            try:
                length = int(size, 16)
            except ValueError as error:
                raise BadRequest from error
            if length < 0 or len(body) + length > BODY_BYTES_MAX:
                raise BadRequest
            body += (await self.stream.readexactly(length + 2))[:length]
            if length == 0:
                return bytes(body)

    async def send(self, reply, keeps_alive, pieces=0):
        """True: all of it went out. With pieces it goes in that many chunks."""
        self.writer.write(head_of(reply, keeps_alive, pieces > 0))
        if not pieces:
            self.writer.write(reply.body)
        else:
            size = max(1, -(-len(reply.body) // pieces))
            for start in range(0, len(reply.body), size):
                piece = reply.body[start : start + size]
                self.writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.writer.write(b"0\r\n\r\n")
        try:
            await self.writer.drain()
        except ConnectionError:
            return False
        return not self.gone.done() or not self.writer.is_closing()

    def reset(self, reply, share):
        """A part of the body, then a reset."""
        self.writer.write(head_of(reply, True, False) + reply.body[: int(len(reply.body) * share)])
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def head_of(reply, keeps_alive, is_chunked):
    length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(reply.body)}"
    more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    goes_on = "" if keeps_alive else "Connection: close\r\n"
    first = f"HTTP/1.1 {reply.status} {http.HTTPStatus(reply.status).phrase}\r\nDate: {email.utils.formatdate(usegmt=True)}\r\n"
    return f"{first}{HEADERS}{more}{goes_on}{length}\r\n\r\n".encode("latin-1")
