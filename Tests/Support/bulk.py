"""An upstream for load, as a process of its own:   bulk.py PORT

    GET  …/bytes/N    N bytes of the pattern          POST …/sink       takes a body of the pattern, answers its length
    GET  …/events/N   N events, 20 ms apart           POST …/slow-sink  the same, 64 KiB each 20 ms
"""

import socket
import sys
import threading
import time

BLOCK = bytes((n * n + n // 251) % 251 for n in range(65536))
DOUBLED = BLOCK * 2
PAUSE = 0.02


def pattern(offset, count):
    """Bytes of the endless pattern, at most 64 KiB of them."""
    begin = offset % len(BLOCK)
    return DOUBLED[begin : begin + count]


def send_pattern(connection, count):
    whole = count // len(BLOCK)
    for _ in range(whole):
        connection.sendall(BLOCK)
    connection.sendall(BLOCK[: count % len(BLOCK)])


def take_pattern(connection, count, buffer, pause=0.0):
    """Reads so much of the pattern; false when something else came, or too little."""
    offset, view = 0, memoryview(buffer)
    while offset < count:
        got = connection.recv_into(view[: min(len(buffer), count - offset)])
        if not got or pattern(offset, got) != view[:got].tobytes():
            return False
        offset += got
        if pause:
            time.sleep(pause)
    return True


def read_head(connection):
    """The head and what came behind it; nothing where the connection ends."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None, b""
        received += part
    return received.split(b"\r\n\r\n", 1)


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def answer(connection, body, status=b"200 OK"):
    head = b"HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
    connection.sendall(head + body)


def send_bytes(connection, count):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % count
    connection.sendall(head)
    send_pattern(connection, count)


def send_events(connection, count):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head)
    for number in range(count):
        event = b"data: %d\n\n" % number
        connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))
        time.sleep(PAUSE)
    connection.sendall(b"0\r\n\r\n")


class Beginning:
    """A connection of which some bytes have been read already."""

    def __init__(self, connection, rest):
        self.connection, self.rest = connection, rest

    def recv_into(self, view):
        if not self.rest:
            return self.connection.recv_into(view)
        count = min(len(view), len(self.rest))
        view[:count], self.rest = self.rest[:count], self.rest[count:]
        return count


def take_body(connection, head, rest, pause):
    """Whether it was the pattern; one that ends early has nobody to answer."""
    length = length_of(head)
    is_whole = take_pattern(Beginning(connection, rest), length, bytearray(65536), pause)
    answer(connection, b"%d" % length) if is_whole else answer(connection, b"wrong", b"400 Bad Request")
    return is_whole


def serve_one(connection):
    head, rest = read_head(connection)
    if head is None:
        return False
    what, _, number = head.split(b" ", 2)[1].rpartition(b"/")
    if number.endswith(b"sink"):
        return take_body(connection, head, rest, PAUSE if number == b"slow-sink" else 0)
    if what.endswith(b"events"):
        send_events(connection, int(number))
    else:
        send_bytes(connection, int(number))
    return True


def serve(connection):
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while serve_one(connection):
                pass
        except OSError:
            pass  # whoever asked has gone


def main():
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1024)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    main()
