"""An upstream API that keeps every byte it was sent, and answers with the bytes a test wants."""

import json
import socket
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    head: bytes
    body: bytes

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


class StubUpstream:
    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.forget()

    def forget(self):
        self.received = []
        self.respond = lambda received: json_response({"line": received.line})

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
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while received := read_request(stream):
                with self.lock:
                    self.received.append(received)
                try:
                    connection.sendall(self.respond(received))
                except OSError:
                    return
                if b"connection: close" in received.head.lower():
                    return

    @property
    def hits(self):
        return len(self.received)


def read_request(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return None
        head += line
    received = Received(head[:-4], b"")
    if length := received.field("content-length"):
        return Received(received.head, stream.read(int(length)))
    if received.field("transfer-encoding"):
        return Received(received.head, read_chunks(stream))
    return received


def read_chunks(stream):
    body = b""
    while size := int(stream.readline().split(b";")[0], 16):
        body += stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass
    return body
