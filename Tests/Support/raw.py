"""Bytes as they are: what no HTTP library would send."""

import socket
import struct


def exchange(port, data, timeout=10, half_close=False):
    """Sends the bytes and returns all that comes back until the other side closes, or falls silent after an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent: the answer says why
        return receive_all(connection)


class Connection:
    """A connection that stays open: what comes is read piece by piece."""

    def __init__(self, port, source=None, timeout=10):
        # An address of one's own is bound first, which takes long when there are thousands.
        own = (source, 0) if source else None
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=own)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def finish(self):
        """Says that no more comes, and goes on listening."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def read_until(self, end):
        """All up to and with `end`; what comes after it stays for the next call."""
        while end not in self.received:
            part = self.socket.recv(65536)
            assert part, f"ended before {end}: {self.received[-300:]}"
            self.received += part
        found, self.received = self.received.split(end, 1)
        return found + end

    def read_head(self):
        return self.read_until(b"\r\n\r\n")

    def read(self, count):
        while len(self.received) < count:
            part = self.socket.recv(65536)
            assert part, f"ended after {len(self.received)} of {count}"
            self.received += part
        found, self.received = self.received[:count], self.received[count:]
        return found

    def read_rest(self):
        """All that still comes, and whether the end was a clean one."""
        rest, self.received = self.received, b""
        while True:
            try:
                part = self.socket.recv(65536)
            except ConnectionResetError:
                return rest, False
            if not part:
                return rest, True
            rest += part


def receive_all(connection):
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except TimeoutError:
            return received
        except ConnectionResetError:
            return received
        if not part:
            return received
        received += part
        connection.settimeout(1)


def status(answer):
    """The status code of an answer in bytes; None for anything that is not one."""
    parts = answer.split(b" ", 2)
    return int(parts[1]) if len(parts) > 2 and parts[0] == b"HTTP/1.1" and parts[1].isdigit() else None
