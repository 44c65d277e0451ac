"""A raw PostgreSQL protocol connection, for what no driver would send. Written from the manual, chapter 55."""

import collections
import socket
import struct

SSL_REQUEST = 80877103
CANCEL_REQUEST = 80877102
GSSENC_REQUEST = 80877104


def packet(kind, body=b""):
    return kind + struct.pack("!i", len(body) + 4) + body


def cstring(text):
    return (text.encode() if isinstance(text, str) else text) + b"\0"


def startup(user="postgres", database="main", version=(3, 0), **options):
    fields = {"user": user, "database": database, **options}
    body = struct.pack("!HH", *version) + b"".join(cstring(k) + cstring(v) for k, v in fields.items()) + b"\0"
    return struct.pack("!i", len(body) + 4) + body


def query(sql):
    return packet(b"Q", cstring(sql))


def parse(sql, name="", types=()):
    return packet(b"P", cstring(name) + cstring(sql) + struct.pack("!h", len(types)) + b"".join(struct.pack("!I", t) for t in types))


def bind(portal="", statement="", values=(), formats=(), results=()):
    body = cstring(portal) + cstring(statement)
    body += struct.pack("!h", len(formats)) + b"".join(struct.pack("!h", f) for f in formats)
    body += struct.pack("!h", len(values))
    for value in values:
        body += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
    body += struct.pack("!h", len(results)) + b"".join(struct.pack("!h", f) for f in results)
    return packet(b"B", body)


def describe(kind, name=""):
    return packet(b"D", kind.encode() + cstring(name))


def execute(portal="", rows=0):
    return packet(b"E", cstring(portal) + struct.pack("!i", rows))


def close(kind, name=""):
    return packet(b"C", kind.encode() + cstring(name))


SYNC = packet(b"S")
FLUSH = packet(b"H")
TERMINATE = packet(b"X")


def error_fields(body):
    """{'C': '42P01', 'M': '...'} of an ErrorResponse or NoticeResponse."""
    return {chunk[:1].decode(): chunk[1:].decode() for chunk in body.split(b"\0") if chunk}


Column = collections.namedtuple("Column", "name oid size modifier format")


def columns(body):
    """The fields of a RowDescription, without the table's OID and column number."""
    (count,), offset, found = struct.unpack_from("!h", body), 2, []
    for _ in range(count):
        end = body.index(b"\0", offset)
        _, _, oid, size, modifier, form = struct.unpack_from("!IhIhih", body, end + 1)
        found.append(Column(body[offset:end].decode(), oid, size, modifier, form))
        offset = end + 19
    return tuple(found)


class Connection:
    """Messages in, messages out; every read has a deadline. `key` is (process id, secret)."""

    def __init__(self, server, seconds=20, connect=True, **options):
        self.socket = socket.create_connection((server.host, server.port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received, self.offset = b"", 0
        self.key = None
        self.parameters = {}
        if connect:
            self.send(startup(**options))
            self.until_ready()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes the connection the way a killed client does: what is on its way is thrown away (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def receive(self):
        """One message as (type, body); (b'', b'') when the server closed the connection."""
        while True:
            begin = self.offset + 5
            if len(self.received) >= begin:
                end = self.offset + 1 + int.from_bytes(self.received[self.offset + 1 : begin], "big")
                if len(self.received) >= end:
                    kind = self.received[self.offset : self.offset + 1]
                    self.offset = end
                    return kind, self.received[begin:end]
            data = self.socket.recv(1 << 18)
            if not data:
                return b"", b""
            self.received, self.offset = self.received[self.offset :] + data, 0

    def until_ready(self):
        """All messages up to and including ReadyForQuery, or to the end of the connection."""
        messages = []
        while True:
            kind, body = self.receive()
            if kind == b"K":
                self.key = struct.unpack("!ii", body)
            if kind == b"S":
                name, value = body.split(b"\0")[:2]
                self.parameters[name.decode()] = value.decode()
            messages.append((kind, body))
            if kind in (b"Z", b""):
                return messages

    def run(self, *messages):
        self.send(*messages)
        return self.until_ready()

    def query(self, sql):
        return self.run(query(sql))


def kinds(messages):
    return b"".join(kind for kind, _ in messages).decode()


def first_error(messages):
    return next((error_fields(body) for kind, body in messages if kind == b"E"), None)


def tags(messages):
    """The command tags of all CommandCompletes."""
    return [body[:-1].decode() for kind, body in messages if kind == b"C"]


def row(body):
    """The values of a DataRow: bytes, or None for NULL."""
    (count,) = struct.unpack_from("!h", body)
    offset, found = 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, offset)
        offset += 4
        found.append(None if length < 0 else body[offset : offset + length])
        offset += max(length, 0)
    return tuple(found)


def rows(messages):
    """DataRows as tuples of bytes or None."""
    return [row(body) for kind, body in messages if kind == b"D"]


def cancel(server, process_id, secret):
    with socket.create_connection((server.host, server.port), timeout=10) as channel:
        channel.sendall(struct.pack("!iiii", 16, CANCEL_REQUEST, process_id, secret))
        assert channel.recv(1) == b"", "a cancel request gets no answer"
