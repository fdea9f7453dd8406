"""An upstream API that keeps every byte it was sent, and answers with the bytes a test wants."""

import itertools
import json
import re
import socket
import threading
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Received:
    head: bytes
    body: bytes
    connection: int  # by which it came

    @property
    def line(self):
        return self.head.split(b"\r\n", 1)[0].decode()

    @property
    def fields(self):
        pairs = (line.split(b":", 1) for line in self.head.split(b"\r\n")[1:] if line)
        return [(name.decode().lower(), value.strip().decode("latin-1")) for name, value in pairs]

    def field(self, name):
        """The value of a field that must not come twice; None when it is missing."""
        values = [value for key, value in self.fields if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def token(self):
        scheme, _, token = (self.field("authorization") or "").partition(" ")
        return token if scheme == "Bearer" else None


def json_response(value, status="200 OK", fields=b""):
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n".encode()
    return head + fields + b"\r\n" + body


class Last(bytes):
    """An answer behind which the upstream closes."""


class StubUpstream:
    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.connections = itertools.count(1)
        self.ports = {}
        self.forget()

    def forget(self):
        self.received = []
        self.readers = {}  # by connection
        self.broken = []  # what came of requests that did not come whole, or were none: (octets, why)
        self.respond = lambda received: json_response({"line": received.line})
        # Takes a connection over when the next request comes: talk(connection, stream) is true when others may follow.
        self.talk = None

    def start(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def stop(self):
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = next(self.connections)
            # The sender's port tells its process.
            self.ports[number] = connection.getpeername()[1]
            threading.Thread(target=self.serve, args=(connection, number), daemon=True).start()

    def serve(self, connection, number):
        with connection, connection.makefile("rb") as stream:
            while stream.peek(1):
                if self.talk:
                    if self.talk(connection, stream):
                        continue
                    return
                if not (received := self.read(stream, number)):
                    return
                try:
                    answer = self.respond(received)
                    # What is not octets is pieces of them.
                    for piece in [answer] if isinstance(answer, bytes) else answer:
                        connection.sendall(piece)
                except OSError:
                    return
                if isinstance(piece, Last) or b"connection: close" in received.head.lower():
                    return

    def read(self, stream, number):
        reader = self.readers[number] = RequestReader(stream)
        try:
            received = reader.read(number)
        except (Malformed, AssertionError, OSError) as error:
            with self.lock:
                self.broken.append((reader.octets, repr(error)))
            return None
        if received:
            with self.lock:
                self.received.append(received)
        return received

    def is_hearing(self):
        """Whether a request is under way of which a head has come."""
        return any(b"\r\n\r\n" in reader.octets and not reader.is_done for reader in list(self.readers.values()))

    @property
    def hits(self):
        return len(self.received)


class Malformed(Exception):
    """Octets that are no request, or stop before its end."""


class RequestReader:
    """Reads requests, and believes nothing that could be read in two ways."""

    LINE = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE) /[!-~]* HTTP/1\.1")
    FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)")

    def __init__(self, stream):
        self.stream = stream
        self.octets = b""
        self.is_done = False

    def read(self, connection):
        """One request; nothing where the connection ends between two."""
        try:
            return self.request(connection)
        finally:
            self.is_done = True

    def request(self, connection):
        line = self.line()
        if line is None:
            return None
        head = [line]
        while head[-1]:
            head.append(self.line(started=True))
        if not self.LINE.fullmatch(line) or not all(self.FIELD.fullmatch(each) for each in head[1:-1]):
            raise Malformed(head)
        received = Received(b"\r\n".join(head[:-1]), b"", connection)
        return replace(received, body=self.body(received))

    def line(self, started=False):
        line = self.stream.readline()
        self.octets += line
        if not line and not started:
            return None
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Malformed(line)
        return line[:-2]

    def body(self, received):
        length, coding = received.field("content-length"), received.field("transfer-encoding")
        if length and coding or coding not in (None, "chunked"):
            raise Malformed(received.head)
        if coding:
            return self.chunks()
        return self.exactly(int(length)) if length and re.fullmatch("[0-9]+", length) else b""

    def chunks(self):
        body = b""
        while size := self.size():
            body += self.exactly(size)
            self.end_of_line()
        self.end_of_line()
        return body

    def size(self):
        line = self.line(started=True)
        if not re.fullmatch(rb"[0-9a-f]+", line):
            raise Malformed(line)
        return int(line, 16)

    def end_of_line(self):
        if self.line(started=True):
            raise Malformed("more than was announced")

    def exactly(self, size):
        data = self.stream.read(size)
        self.octets += data
        if len(data) < size:
            raise Malformed("less than was announced")
        return data


def read_request(stream):
    """One request of a connection that a test has taken over."""
    return RequestReader(stream).read(None)
