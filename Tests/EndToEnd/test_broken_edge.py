"""What somebody can do who has taken over an edge: speak on the worker's socket. The worker believes none of it."""

import base64
import hashlib
import json
import re

import pytest
from Support import replay
from Support.rpc import BODY, END, HEAD, Closed, Peer, Refused, frame

GOOD = {
    "route": "web", "routes": None, "method": "GET", "target": "/a", "fields": [], "request_id": "id-1",
    "client": "127.0.0.9", "proto": "http", "host": "localhost", "deadline": {"first_byte_ms": 5000, "idle_ms": 5000},
}
SPLIT = "a\r\nEvil: 1"

METHODS = ["GET / HTTP/1.1\r\nX: y\r\n\r\nGET", "GET\r\n", "GET\0", "get", "GET ", "TRACE", "CONNECT", "BREW", "",
           "OPTIONS"]
TARGETS = [
    "/a\r\nEvil: 1", "/a\nb", "/a\rb", "/a\0", "/a b", "/a HTTP/1.1\r\nHost: evil\r\n\r\nGET /b", "/a#b", "/\u00e9",
    "/a\\b", "http://evil/", "//evil/", "/a//b", "/a/../b", "/..", "/%2e%2e/a", "/..;/a", "/a%2fb", "/a%0d%0ab", "/%61",
    "/%zz", "*", "", "a", "/?\r\nEvil: 1", "/?\u00e9",
]
NAMES = ["x\r\nevil", "x: y\r\nevil", "x\n", "x\0", "x y", "x:", "", " x", "x\u00e9", "content-length\0", "(x)",
         "x" * 300]
VALUES = [SPLIT, "a\nb", "a\rb", "a\0b", "a\r\n b", " a", "a ", "\ta", "\x7f", "\x01",
          "\r\n\r\nGET /b HTTP/1.1\r\n\r\n"]
LENGTHS = ["+1", "-1", "1, 1", "0x1", "", "1 ", "1\0", "99999999999999999999", "1048577", "one"]

HOSTILE = [
    *[{"method": method} for method in METHODS],
    *[{"target": target} for target in TARGETS],
    *[{"fields": [name, "1"]} for name in NAMES],
    *[{"fields": ["x", value]} for value in VALUES],
    *[{"fields": ["content-length", length], "method": "POST"} for length in LENGTHS],
    {"fields": ["content-length", "1", "content-length", "1"], "method": "POST"},
    {"fields": ["x"]}, {"fields": ["x", "y", "z"]}, {"fields": ["x", 1]}, {"fields": {"x": "y"}},
    *[{name: text} for name in ("request_id", "client", "host") for text in (SPLIT, "a\nb", "a\0", " a")],
    # What it says of the route, and where the target leads.
    {"route": "nowhere"}, {"route": ""}, {"route": "web\0"}, {"route": "files"}, {"route": "stub"},
    {"route": "web", "target": "/files/a"}, {"route": "web", "target": "/stub/a"},
    {"route": "files", "target": "/filesx"},
    {"route": "stub", "target": "/stub/a"}, {"route": "stub", "target": "/stub/a", "pass": "guessed"},
    {"pass": "guessed"}, {"pass": SPLIT}, {"pass": ""},
    {"routes": "another"}, {"routes": "\r\n"},
    {"proto": "gopher"}, {"proto": "https\r\n"}, {"deadline": {}}, {"deadline": {"first_byte_ms": -1, "idle_ms": 1}},
    {"deadline": {"first_byte_ms": 1 << 32, "idle_ms": 1}}, {"upstream": "http://evil/"},
]


class Edge:
    """An edge that says what it wants, over a connection that is made anew when the worker has closed it."""

    def __init__(self, site):
        self.site = site
        written = json.dumps(site.files["routes"], separators=(",", ":")).encode()
        self.digest = base64.urlsafe_b64encode(hashlib.sha256(written).digest()).rstrip(b"=").decode()
        self.peer = None

    def head(self, **changes):
        values = {**GOOD, "routes": self.digest, **changes}
        if "pass" in values:
            order = ["route", "routes", "pass"]
            values = {name: values[name] for name in order + [name for name in values if name not in order]}
        return json.dumps(values, separators=(",", ":")).encode()

    def send(self, head, *bodies):
        """What the worker says to a head and pieces of content: the status, why it refuses, or that it closed."""
        if not self.peer:
            self.peer = Peer(self.site.layout.edge_worker, "edge", self.site.deployment.account("edge")).__enter__()
            self.stream = 0
        self.stream += 1
        data = frame(head, HEAD, 0 if bodies else END, stream=self.stream)
        for left, body in enumerate(bodies, 1 - len(bodies)):
            data += frame(body, BODY, 0 if left else END, stream=self.stream)
        try:
            return self.peer.send_raw(data)["status"]
        except Refused as refusal:
            return str(refusal)
        except Closed:
            self.close()
            return "closed"

    def close(self):
        if self.peer:
            self.peer.__exit__()
            self.peer = None


@pytest.fixture
def edge(gate):
    gate.upstream.respond = replay.echo
    edge = Edge(gate)
    assert edge.send(edge.head()) == 200
    yield edge
    # Whatever was said, the worker serves on, and no connection to the upstream holds anything.
    before = gate.upstream.hits
    assert edge.send(edge.head(target="/after")) == 200
    assert [each.line for each in gate.upstream.received[before:]] == ["GET /after HTTP/1.1"]
    edge.close()


def test_what_would_split_or_misroute_a_request_never_leaves(gate, edge):
    allowed = []
    for changes in HOSTILE:
        said = edge.send(edge.head(**changes))
        if said not in ("policy", "not_sent", "closed") or gate.upstream.hits != 1 or gate.upstream.broken:
            allowed.append((changes, said))
            gate.upstream.received[1:], gate.upstream.broken = [], []
    assert not allowed


@pytest.mark.parametrize("head", [
    b"", b"{", b"[]", b"null", b"{}", b'{"route":"web"}', b"\xff" * 100, b"{" * 30_000, b'{"route":"web"' * 1000,
], ids=lambda head: head[:12].decode("latin-1"))
def test_heads_that_are_none(gate, edge, head):
    assert edge.send(head) in ("policy", "closed")
    assert gate.upstream.hits == 1


@pytest.mark.parametrize("change", [
    lambda head: head + b" ", lambda head: head + b"{}", lambda head: b" " + head,
    lambda head: head.replace(b",", b", "), lambda head: head.replace(b'"/a"', b'"/a","target":"/b"'),
    lambda head: head.replace(b'"web"', b'"w\\u0065b\\ud800"'),
    lambda head: head.replace(b'"/a"', b'"/a\n"'), lambda head: head.replace(b'"/a"', b'"/a\r\nX: y"'),
    lambda head: head.replace(b'"/a"', b'"/a\0"'), lambda head: head.replace(b'"/a"', b'"/\xff"'),
    lambda head: head.replace(b'"/a"', b'"/a\\u010a"'), lambda head: head.replace(b'"/a"', b"null"),
    lambda head: head.replace(b'[]', b'["x","\\u000d\\u000aEvil: 1"]'),
    lambda head: head.replace(b'[]', b'["x","a\r\nb"]'),
    lambda head: head.replace(b'[]', b'["x","y",]'), lambda head: head.replace(b"5000", b"+5000"),
    lambda head: head.replace(b"5000", b"5e3"), lambda head: head.replace(b"5000", b"05000"),
])
def test_heads_in_another_spelling(gate, edge, change):
    assert edge.send(change(edge.head())) in ("policy", "closed")
    assert gate.upstream.hits == 1 and not gate.upstream.broken


@pytest.mark.parametrize("length, bodies", [
    ("5", [b"hel"]), ("5", [b"hel", b""]), ("3", [b"hello"]), ("3", [b"hel", b"lo"]), ("5", [b"", b"hello"]),
    ("4", [b"\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"]), ("1", [b""]),
])
def test_content_of_another_length_than_announced_is_no_request(gate, edge, length, bodies):
    head = edge.head(method="POST", fields=["content-length", length])
    assert edge.send(head, *bodies) not in (200, None)
    assert [each.line for each in gate.upstream.received] == ["GET /a HTTP/1.1"]


def test_content_after_a_length_of_nothing_goes_nowhere(gate, edge):
    head = edge.head(method="POST", fields=["content-length", "0"])
    edge.send(head, b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"smuggled" not in b"".join(each.head + each.body for each in gate.upstream.received)
    assert not gate.upstream.broken


def test_fields_of_a_connection_and_of_our_own_say_nothing(gate, edge):
    fields = ["transfer-encoding", "chunked", "connection", "x-forwarded-for", "host", "evil", "x-forwarded-for",
              "1.2.3.4", "authorization", "Bearer stolen", "cookie", "a=b", "upgrade", "h2c", "te", "trailers",
              "expect", "100-continue"]
    assert edge.send(edge.head(fields=fields)) == 200
    received = gate.upstream.received[-1]
    names = [name for name, _ in received.fields]
    assert sorted(names) == ["host", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-request-id"]
    assert received.field("x-forwarded-for") == "127.0.0.9"
    assert re.fullmatch(r"127\.0\.0\.1:\d+", received.field("host"))


def test_content_of_a_request_without_length_is_chunked_as_it_is(gate, edge):
    content = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    assert edge.send(edge.head(method="POST"), content[:3], content[3:]) == 200
    assert gate.upstream.received[-1].body == content
