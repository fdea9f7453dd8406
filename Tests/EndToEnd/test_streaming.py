"""Bodies on their way: piece by piece, untouched, whole or visibly cut; and clients that stop half-way."""

import gzip
import threading

import pytest
from Support.raw import status
from Support.upstream import read_request

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def signed_in(site, browser):
    return site.sign_in(browser)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def answering(*parts, close=True):
    """An upstream that reads a request and then sends these bytes; it closes the connection, or keeps it."""

    def talk(connection, stream):
        read_request(stream)
        for part in parts:
            connection.sendall(part)
        return not close

    return talk


def read_chunked(connection):
    body = b""
    while size := int(connection.read_until(b"\r\n"), 16):
        body += connection.read(size)
        assert connection.read(2) == b"\r\n"
    assert connection.read(2) == b"\r\n", "no trailers"
    return body


# Answers.


def test_each_event_arrives_before_the_next_is_made(site, signed_in):
    seen = threading.Semaphore(0)

    def talk(connection, stream):
        read_request(stream)
        connection.sendall(CHUNKED)
        for number in range(20):
            connection.sendall(chunk(b"data: %d\n\n" % number))
            if not seen.acquire(timeout=10):
                return
        connection.sendall(b"0\r\n\r\n")

    site.upstream.talk = talk
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/events", "Accept: text/event-stream"))
        head = client.read_head()
        assert status(head) == 200 and b"text/event-stream" in head
        for number in range(20):
            assert client.read_until(b"\n\n").endswith(b"data: %d\n\n" % number)
            seen.release()
        assert client.read_until(b"0\r\n\r\n")


def test_compressed_bodies_are_not_touched(site, signed_in):
    body = gzip.compress(b"a" * 5000)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    site.upstream.talk = answering(head + body)
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/a", "Accept-Encoding: gzip"))
        head = client.read_head()
        assert b"content-encoding: gzip" in head.lower()
        assert client.read(len(body)) == body


def test_head_has_the_length_and_no_body(site, signed_in):
    site.upstream.talk = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", close=False)
    with site.connect() as client:
        for _ in range(2):
            client.send(site.request(signed_in, "HEAD /stub/a"))
            head = client.read_head()
            assert status(head) == 200 and b"content-length: 1000" in head.lower()


def test_interim_answers_of_an_upstream_do_not_leak(site, signed_in):
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    site.upstream.talk = answering(interim + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/a"))
        head = client.read_head()
        assert head.startswith(b"HTTP/1.1 200 ") and client.read(2) == b"ok", head


def test_trailers_are_dropped(site, signed_in):
    site.upstream.talk = answering(CHUNKED + chunk(b"all") + b"0\r\nX-Trailer: secret\r\nServer-Timing: x\r\n\r\n")
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/a", "TE: trailers"))
        assert b"railer" not in client.read_head()
        assert read_chunked(client) == b"all"


def test_a_body_that_ends_with_its_connection_ends_as_a_whole_one(site, signed_in):
    site.upstream.talk = answering(b"HTTP/1.1 200 OK\r\n\r\n", b"to the ", b"end")
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/a"))
        assert b"transfer-encoding: chunked" in client.read_head().lower()
        assert read_chunked(client) == b"to the end"


@pytest.mark.parametrize("begin, rest", [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin", b""),
    (CHUNKED + chunk(b"begin"), b""),
    (CHUNKED + b"64\r\nbegin", b""),
    (CHUNKED + chunk(b"begin"), b"zz\r\n"),
], ids=["length", "chunks", "half a chunk", "broken chunk"])
def test_a_body_that_was_cut_is_seen_to_be_cut(site, signed_in, begin, rest):
    seen = threading.Event()

    def talk(connection, stream):
        read_request(stream)
        connection.sendall(begin)
        if seen.wait(10):
            connection.sendall(rest)

    site.upstream.talk = talk
    with site.connect() as client:
        client.send(site.request(signed_in, "GET /stub/a"))
        client.read_until(b"begin")
        seen.set()
        rest, is_clean = client.read_rest()
        assert b"0\r\n" not in rest
        assert not is_clean, "a reset, so that nobody takes it for whole"
    assert site.user(signed_in).status_code == 200


# Uploads.


def test_an_early_answer_does_not_wait_for_the_upload(site, signed_in):
    """The upstream has heard enough. The browser is told, while it still sends."""

    def talk(connection, stream):
        while stream.readline().strip():
            pass
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\n\r\nenough")
        stream.read(1000)

    site.upstream.talk = talk
    with site.connect() as client:
        client.send(site.request(signed_in, "POST /stub/a", "Content-Length: 1000000"))
        client.send(b"x" * 1000)
        assert status(client.read_head()) == 403 and client.read(6) == b"enough"
        rest, _ = client.read_rest()
        assert not rest, "and the connection is not used again"


def test_continue_is_said_when_the_upload_is_wanted(site, signed_in):
    with site.connect() as client:
        client.send(site.request(signed_in, "POST /stub/a", "Content-Length: 5", "Expect: 100-continue"))
        assert client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert site.upstream.hits == 0
        client.send(b"hello")
        assert status(client.read_head()) == 200
    received = site.upstream.received[0]
    assert received.body == b"hello" and received.field("expect") is None


@pytest.mark.parametrize("path, fields, expected", [
    ("/stub/a", ["Content-Length: 2000000", "Expect: 100-continue"], 413),
    ("/stub/a", ["Content-Length: 5", "Expect: 100-continue", "Cookie: a=b"], 401),
    ("/stub/a", ["Content-Length: 5", "Expect: 100-continue", "X-CSRF: 1"], 403),
    ("/stub/a", ["Content-Length: 5", "Expect: something"], 417),
    ("/images/a", ["Content-Length: 5", "Expect: 100-continue"], 405),
    ("/bff/nothing", ["Content-Length: 5", "Expect: 100-continue"], 404),
])
def test_nobody_is_told_to_send_what_is_not_wanted(site, signed_in, path, fields, expected):
    stranger = site.browser() if any("Cookie" in field for field in fields) else signed_in
    with site.connect() as client:
        client.send(site.request(stranger, f"POST {path}", *fields))
        assert status(client.read_head()) == expected
        assert client.read_rest()[0].count(b"HTTP/1.1") == 0
    assert site.upstream.hits == 0


def test_content_beyond_the_limit_is_413_also_without_a_length(site, signed_in):
    with site.connect() as client:
        client.send(site.request(signed_in, "POST /stub/a", "Transfer-Encoding: chunked"))
        try:
            for _ in range(40):
                client.send(chunk(b"x" * 65536))
        except OSError:
            pass  # refused before all was sent
        assert status(client.read_head()) == 413


# Clients that stop.


def requests(site, path):
    return [line for line in site.events("edge", "request") if line["path"] == path]


@pytest.mark.parametrize("method, body", [("GET", b""), ("POST", b"hello")])
def test_a_client_that_only_closes_its_direction_gets_its_answer(site, signed_in, eventually, method, body):
    asked, go_on = threading.Event(), threading.Event()

    def talk(connection, stream):
        received = read_request(stream)
        asked.set()
        assert go_on.wait(10)
        connection.sendall(CHUNKED + chunk(b"heard " + received.body) + b"0\r\n\r\n")

    site.upstream.talk = talk
    path = f"/stub/half-closed-{method}"
    with site.connect() as client:
        fields = [f"Content-Length: {len(body)}"] if body else []
        client.send(site.request(signed_in, f"{method} {path}", *fields) + body)
        client.finish()
        assert asked.wait(10)
        # An interim answer shows whether anybody is there; every client passes it over.
        assert client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        go_on.set()
        assert status(client.read_head()) == 200
        assert read_chunked(client) == b"heard " + body
    eventually(lambda: requests(site, path))
    assert [line["status"] for line in requests(site, path)] == [200]


def ended(connection):
    """Waits until the other side of a connection has gone."""
    connection.settimeout(10)
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass


@pytest.mark.parametrize("leave", ["close", "reset"])
@pytest.mark.parametrize("moment", ["before the answer", "in the answer", "in the upload"])
def test_a_client_that_leaves_ends_the_upstreams_work(site, signed_in, eventually, leave, moment):
    asked, gone = threading.Event(), threading.Event()

    def talk(connection, stream):
        while stream.readline().strip():
            pass
        if moment == "in the answer":
            connection.sendall(CHUNKED + chunk(b"begin"))
        asked.set()
        ended(connection)
        gone.set()

    site.upstream.talk = talk
    path = f"/stub/left-{leave}-{moment.replace(' ', '-')}"
    with site.connect() as client:
        if moment == "in the upload":
            client.send(site.request(signed_in, f"POST {path}", "Content-Length: 1000") + b"begin")
        else:
            client.send(site.request(signed_in, f"GET {path}"))
        assert asked.wait(10)
        if moment == "in the answer":
            client.read_until(b"begin")
        client.reset() if leave == "reset" else client.socket.close()
        assert gone.wait(10), "nobody told the upstream"
    eventually(lambda: requests(site, path))
    line = requests(site, path)[0]
    assert line["cut"] and line["status"] in (0, 200), "nobody was answered with an error of ours"
