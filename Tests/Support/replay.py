"""Sends the entries of a corpus, each from a client address of its own, and compares what became of them."""

import random
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .answers import read_answers
from .corpus import Entry

FOLLOWER = b"GET /follower HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
OWN = {"host", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id", "via"}
FRAMING = {"content-length", "transfer-encoding"}


def echo(received):
    """An answer that says what it answers, and to whom."""
    words = received.line.removesuffix(" HTTP/1.1")
    # Behind a proxy of others all come from its address, and the proxy says whom it speaks for.
    client = received.field("x-case") or received.field("x-forwarded-for")
    head = f"HTTP/1.1 200 OK\r\nX-Echo: {words}\r\nX-Client: {client}\r\nContent-Length: 4\r\n\r\n"
    return head.encode() + (b"" if words.startswith("HEAD") else b"echo")


# How octets are cut into reads.


def whole(data, random):
    return [data]


def octets(data, random):
    """Octet by octet; what is long only at a few places."""
    return [data[index : index + 1] for index in range(len(data))] if len(data) < 500 else places(data, random)


def places(data, random):
    cuts = [0, *sorted(random.sample(range(1, len(data)), min(4, len(data) - 1))), len(data)] if data else [0, 0]
    return [data[start:end] for start, end in zip(cuts, cuts[1:])]


@dataclass
class Case:
    entry: Entry
    client: str  # the address that it comes from
    answer: bytes = b""
    silent: bool = False  # the connection was not closed
    problems: list = field(default_factory=list)

    @property
    def unfinished(self):
        return self.entry.ending in ("unfinished", "idle")

    @property
    def goes_on(self):
        """Whether a request behind it is answered."""
        return not self.entry.ending and not any(verdict.closes for verdict in self.entry.verdicts)

    @property
    def expected(self):
        """What goes upstream: line, fields, content."""
        own = [(verdict.words, verdict.fields, verdict.body) for verdict in self.entry.passed_on]
        return own + ([("GET /follower", (), b"")] if self.goes_on else [])

    def run(self, port, cut):
        data = self.entry.data if self.unfinished else self.entry.data + FOLLOWER
        with socket.create_connection(("127.0.0.1", port), 5, (self.client, 0)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                for piece in cut(data, random.Random(self.client)):
                    connection.sendall(piece)
                if self.unfinished:
                    self.answer = self.first_answers(connection)
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # refused before all was sent
            rest, self.silent = everything(connection)
            self.answer += rest

    def first_answers(self, connection):
        """The answers to what is whole: who stops sending before them counts as gone."""
        received = b""
        while len(read_answers(received, self.methods)[0]) < len(self.methods):
            part = connection.recv(65536)
            if not part:
                break
            received += part
        return received

    @property
    def methods(self):
        return [each.words.split()[0] if each.sign == ">" else "GET" for each in self.entry.verdicts]

    # What became of it.

    def judge(self, received, broken):
        if self.silent:
            self.problems.append("the connection stayed open")
        self.judge_answers()
        seen = [self.seen(each) for each in received]
        wanted = [(words, fields, body) for words, fields, body in self.expected]
        if seen != wanted:
            self.problems.append(f"the upstream saw {seen}, not {wanted}")
        if broken and not self.unfinished and not any(each.sign == "!+" for each in self.entry.verdicts):
            self.problems.append(f"the upstream heard a part: {broken}")

    def seen(self, received):
        fields = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in received.fields
                       if name not in OWN | FRAMING)
        return received.line.removesuffix(" HTTP/1.1"), fields, received.body

    def judge_answers(self):
        wanted = list(self.entry.verdicts)
        answers, rest = read_answers(self.answer, [*self.methods, "GET"])
        said = [self.told(answer) for answer in answers]
        expected = [each.words if each.sign == ">" else each.status for each in wanted]
        if self.goes_on:
            expected.append("GET /follower")
        if self.unfinished and len(said) == len(expected) + 1 and isinstance(said[-1], int) and said[-1] >= 400:
            said.pop()
        if said != expected or rest:
            self.problems.append(f"answered {said} {rest[:200]}, not {expected}")
        if any(each.closes for each in wanted) and answers and answers[-1].field(b"connection") != b"close":
            self.problems.append("the last answer does not say that the connection ends")

    def told(self, answer):
        """What the upstream echoed; the status where it was not asked."""
        echoed = answer.field(b"x-echo")
        if answer.status != 200 or echoed is None:
            return answer.status
        if answer.field(b"x-client") != self.client.encode():
            self.problems.append(f"got the answer of {answer.field(b'x-client')}")
        return echoed.decode("latin-1")


def exchange(port, client, data, half_close=False, patience=5.0):
    """What comes back for these octets from this address of a client."""
    with socket.create_connection(("127.0.0.1", port), 5, (client, 0)) as connection:
        connection.settimeout(patience)
        try:
            connection.sendall(data)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before all was sent
        return everything(connection)[0]


def everything(connection):
    """All that comes until the other side closes, and whether it never did."""
    received = b""
    while True:
        try:
            part = connection.recv(65536)
        except TimeoutError:
            return received, True
        except OSError:
            return received, False
        if not part:
            return received, False
        received += part


def replay(entries, port, upstream, cut):
    """Runs all entries, and returns what is wrong with them as text."""
    upstream.respond = echo
    cases = [Case(entry, f"127.1.{number >> 8}.{number & 255}") for number, entry in enumerate(entries, 1)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda case: case.run(port, cut), cases))
    for case in cases:
        mark = f": {case.client}\r\n".encode()
        broken = [octets for octets, _ in upstream.broken if mark in octets]
        case.judge([each for each in upstream.received if each.field("x-forwarded-for") == case.client], broken)
    clients = {case.client for case in cases}
    strangers = [each for each in upstream.received if each.field("x-forwarded-for") not in clients]
    return [f"{case.entry.rule}: {case.entry.name}: {'; '.join(case.problems)}" for case in cases if case.problems] + [
        f"nobody sent {each.head}" for each in strangers]
