"""Large bodies under way, each in a thread of its own, with readers that stall or are slow."""

import threading
import time

from Support import bulk, raw

MIB = 1 << 20
CHUNK = 64 << 10
PAUSE = 0.02


class Transfer(threading.Thread):
    """One connection that is busy with bodies until it is done or ended. `failure` is what went wrong before that."""

    def __init__(self, side, size, slow=False):
        super().__init__(daemon=True)
        self.side, self.size, self.slow = side, size, slow
        self.begun, self.ended = threading.Event(), threading.Event()
        self.failure, self.moved = None, 0
        self.connection = raw.Connection(side.port, timeout=120)

    def run(self):
        try:
            self.transfer()
        except (OSError, AssertionError) as error:
            if not self.ended.is_set():
                self.failure = error
        self.begun.set()

    def end(self):
        """Breaks off what is still under way."""
        self.ended.set()
        try:
            self.connection.socket.shutdown(2)
        except OSError:
            pass  # the other side was faster
        self.join()
        self.connection.socket.close()
        if self.failure:
            raise SystemExit(f"a transfer failed: {self.failure!r}")

    def read_head(self):
        head = self.connection.read_head()
        assert raw.status(head) == 200, head
        return head


class Download(Transfer):
    def transfer(self):
        self.connection.send(self.side.request("GET", f"/bulk/bytes/{self.size}"))
        left = bulk.length_of(self.read_head()) - len(self.connection.received)
        self.connection.received = b""
        self.begun.set()
        self.take(left)

    def take(self, left):
        buffer = bytearray(CHUNK if self.slow else 4 * CHUNK)
        while left and not self.ended.is_set():
            got = self.connection.socket.recv_into(buffer, min(left, len(buffer)))
            assert got, f"ended with {left} bytes to come"
            left, self.moved = left - got, self.moved + got
            time.sleep(PAUSE) if self.slow else None


class StalledDownload(Download):
    """Takes a mebibyte, and nothing more."""

    def take(self, left):
        super().take(MIB)
        self.ended.wait()


class RepeatedDownload(Download):
    def transfer(self):
        while not self.ended.is_set():
            super().transfer()


class Upload(Transfer):
    """Slow is the upstream that reads it."""

    def transfer(self):
        self.connection.send(self.side.request("POST", f"/bulk/{'slow-' if self.slow else ''}sink", self.size))
        self.begun.set()
        for _ in range(self.size // CHUNK):
            self.connection.send(bulk.BLOCK)
            self.moved += CHUNK
        assert self.connection.read(bulk.length_of(self.read_head())) == b"%d" % self.size
