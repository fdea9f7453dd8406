"""What many users do at once, for a while, with a book of what the edge must have seen of it.

Every client is a thread that does one thing again and again. Content is compared byte by byte."""

import collections
import random
import socket
import threading
import time

from Support import bulk, raw

KIB, MIB = 1 << 10, 1 << 20
LARGE = 64 * MIB  # more than any buffers on the way: whoever leaves early leaves a transfer that has not ended


class Wrong(Exception):
    """An answer that was not the expected one."""


class Book:
    """What came of all exchanges: finished and aborted ones by client, and every error with its story."""

    def __init__(self):
        self.lock = threading.Lock()
        self.finished, self.aborted = collections.Counter(), collections.Counter()
        self.errors = []

    def finish(self, name):
        with self.lock:
            self.finished[name] += 1

    def abort(self, name):
        with self.lock:
            self.aborted[name] += 1

    def fail(self, name, error):
        with self.lock:
            self.errors.append(f"{name}: {error!r}")


class Load:
    """`site` with a signed-in `browser`, whose session all clients share."""

    CLIENTS = {
        "keep-alive": 3, "fresh": 2, "page": 1, "user": 1, "download": 2, "upload": 2, "leave_download": 2,
        "leave_upload": 2, "leave_head": 1, "events": 4, "leave_events": 2, "slow_reader": 4, "slow_upload": 2,
    }

    def __init__(self, site, browsers, seconds):
        self.site, self.browsers, self.book = site, browsers, Book()
        self.end = time.monotonic() + seconds
        self.threads = [
            threading.Thread(target=self.repeat, args=(name, number))
            for name, count in self.CLIENTS.items() for number in range(count)
        ]

    def run(self):
        for thread in self.threads:
            thread.start()
        return self

    @property
    def is_running(self):
        return any(thread.is_alive() for thread in self.threads)

    def repeat(self, name, number):
        act, drawn = getattr(self, name.replace("-", "_")), random.Random(f"{name} {number}")
        while time.monotonic() < self.end and len(self.book.errors) < 20:
            try:
                act(name, drawn)
            except (OSError, AssertionError, Wrong) as error:
                self.book.fail(name, error)
            time.sleep(drawn.uniform(0.005, 0.05))

    # Parts of exchanges.

    def begin(self, connection, drawn, line, *fields):
        connection.send(self.site.request(drawn.choice(self.browsers), line, *fields))

    def head(self, connection):
        head = connection.read_head()
        if raw.status(head) != 200:
            raise Wrong(head)
        return head

    def body(self, connection, head, pause=0.0):
        rest = bulk.Beginning(connection.socket, connection.received)
        connection.received = b""
        if not bulk.take_pattern(rest, bulk.length_of(head), bytearray(64 * KIB if not pause else 16 * KIB), pause):
            raise Wrong("other content, or too little of it")

    def leave(self, connection, name, drawn):
        connection.reset() if drawn.random() < 0.5 else connection.socket.close()
        self.book.abort(name)

    def get(self, connection, name, drawn, path, *fields, pause=0.0):
        self.begin(connection, drawn, f"GET {path}", *fields)
        self.body(connection, self.head(connection), pause)
        self.book.finish(name)

    def whole(self, connection, name, drawn, path, *fields):
        """An exchange of which only the length is known."""
        self.begin(connection, drawn, f"GET {path}", *fields)
        connection.read(bulk.length_of(self.head(connection)))
        self.book.finish(name)

    # Clients.

    def keep_alive(self, name, drawn):
        with self.site.connect() as connection:
            for _ in range(drawn.randint(1, 100)):
                self.get(connection, name, drawn, f"/bulk/bytes/{drawn.randint(0, 2000)}")
                time.sleep(0.002)

    def fresh(self, name, drawn):
        with self.site.connect() as connection:
            self.get(connection, name, drawn, "/bulk/bytes/400", "Connection: close")
            if connection.read_rest() != (b"", True):
                raise Wrong("no clean end")

    def page(self, name, drawn):
        with self.site.connect() as connection:
            for path in ("/", "/app.js"):
                self.whole(connection, name, drawn, path)

    def user(self, name, drawn):
        with self.site.connect() as connection:
            self.whole(connection, name, drawn, "/bff/user")

    def download(self, name, drawn):
        with self.site.connect() as connection:
            self.get(connection, name, drawn, f"/bulk/bytes/{drawn.randint(64 * KIB, 16 * MIB)}")

    def slow_reader(self, name, drawn):
        with self.site.connect() as connection:
            self.get(connection, name, drawn, f"/bulk/bytes/{drawn.randint(1, 8) * MIB}", pause=0.01)

    def upload(self, name, drawn, path="/bulk/sink", most=16 * MIB):
        length = drawn.randint(64 * KIB, most)
        with self.site.connect() as connection:
            self.begin(connection, drawn, f"POST {path}", f"Content-Length: {length}")
            bulk.send_pattern(connection.socket, length)
            if connection.read(bulk.length_of(self.head(connection))) != b"%d" % length:
                raise Wrong("the upstream saw other content")
        self.book.finish(name)

    def slow_upload(self, name, drawn):
        self.upload(name, drawn, "/bulk/slow-sink", 4 * MIB)

    def leave_download(self, name, drawn):
        with self.site.connect() as connection:
            self.begin(connection, drawn, f"GET /bulk/bytes/{LARGE}")
            self.head(connection)
            connection.read(drawn.randint(0, 4 * MIB))
            self.leave(connection, name, drawn)

    def leave_upload(self, name, drawn):
        with self.site.connect() as connection:
            self.begin(connection, drawn, "POST /bulk/sink", f"Content-Length: {LARGE}", "Expect: 100-continue")
            connection.read_head()  # its head has come, whatever a reset takes away
            bulk.send_pattern(connection.socket, drawn.randint(0, 4 * MIB))
            self.leave(connection, name, drawn)

    def leave_head(self, name, drawn):
        """Leaves within the head, which is no exchange yet."""
        with self.site.connect() as connection:
            connection.send(b"GET /bulk/bytes/1 HTTP/1.1\r\nHost: local"[: drawn.randint(0, 40)])
            connection.reset() if drawn.random() < 0.5 else connection.socket.close()

    def events(self, name, drawn, count=50):
        with self.site.connect() as connection:
            self.begin(connection, drawn, f"GET /bulk/events/{count}", "Accept: text/event-stream")
            self.head(connection)
            for number in range(count):
                event = connection.read_until(b"\n\n")
                if not event.endswith(b"data: %d\n\n" % number):
                    raise Wrong(event)
            connection.read_until(b"0\r\n\r\n")
        self.book.finish(name)

    def leave_events(self, name, drawn):
        with self.site.connect() as connection:
            self.begin(connection, drawn, "GET /bulk/events/1000", "Accept: text/event-stream")
            self.head(connection)
            connection.read_until(b"data: %d\n\n" % drawn.randint(0, 40))
            self.leave(connection, name, drawn)
