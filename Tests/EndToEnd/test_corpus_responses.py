"""The corpus of responses to one user while another one asks next: each sees what is theirs."""

import json
import random
import socket
import threading

import pytest
from Support import corpus, replay
from Support.answers import read_answers
from Support.upstream import Last

ENTRIES = corpus.load("Responses")
OURS = {b"date", b"x-request-id", b"x-content-type-options", b"cache-control", b"vary", b"connection",
        b"content-length", b"transfer-encoding"}
POISON = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned"


class User:
    """A signed-in browser whose requests are octets."""

    def __init__(self, site, name):
        self.site = site
        browser = site.sign_in(name=name)
        self.cookie = browser.cookie_header(site.origin, "same-origin", "GET", False)
        self.token = site.scripted.issued["access_token"][-1]

    def ask(self, path, method="GET"):
        return self.site.raw(self.head(path, method, "Connection: close"))

    def head(self, path, method, field):
        host, cookie = f"Host: localhost:{self.site.port}", f"Cookie: {self.cookie}"
        return "\r\n".join([f"{method} {path} HTTP/1.1", host, cookie, "X-CSRF: 1", field, "", ""]).encode()

    def ask_own(self, path):
        """Whether a request gets its own answer and nothing else."""
        answers, rest = read_answers(self.ask(path), ["GET"])
        said = [(answer.status, answer.field(b"x-echo"), answer.body) for answer in answers]
        return said == [(200, f"GET {path}".encode(), b"echo")] and not rest


@pytest.fixture
def users(gate):
    return User(gate, "ada"), User(gate, "grace")


def answer_with(upstream, cut):
    """`/stub/r/N` is answered with the entry of that number, everything else with an echo."""

    def respond(received):
        path = received.line.split()[1]
        if not path.startswith("/stub/r/"):
            return replay.echo(received)
        entry = ENTRIES[int(path.rsplit("/", 1)[1])]
        pieces = cut(entry.data, random.Random(path))
        return [*pieces, Last()] if entry.upstream_closes else pieces

    upstream.respond = respond


@pytest.mark.parametrize("cut", [replay.whole, replay.octets, replay.places], ids=lambda cut: cut.__name__)
def test_responses_get_their_verdict_and_never_another_reader(gate, users, cut):
    answer_with(gate.upstream, cut)
    problems = []
    for number, entry in enumerate(ENTRIES):
        found = list(faults(gate.upstream, users, number, entry))
        problems += [f"{entry.rule}: {entry.name}: {'; '.join(found)}"] if found else []
    assert not problems, "\n".join([f"{len(problems)} of {len(ENTRIES)}", *problems])


def faults(upstream, users, number, entry):
    one, other = users
    data = one.ask(f"/stub/r/{number}", entry.method)
    if not other.ask_own(f"/stub/b/{number}"):
        yield "another user got no answer of their own"
    first, second = upstream.received[-2:]
    if (first.token, second.token) != (one.token, other.token):
        yield "the tokens were mixed up"
    if (first.connection == second.connection) != (entry.ending == "kept"):
        yield f"the connection was {'' if first.connection == second.connection else 'not '}used again"
    seen = shown(data, entry.method)
    if seen not in expected(entry):
        yield f"the browser saw {seen}, not {expected(entry)}"


def expected(entry):
    verdict = entry.verdicts[0]
    if entry.ending == "cut":
        # The worker may find the fault before the edge has said anything.
        return ["cut", 502]
    return [verdict.status if verdict.sign == "!" else (verdict.status, verdict.fields, verdict.body)]


def shown(data, method):
    answers, rest = read_answers(data, [method])
    if not answers:
        return "cut"
    assert not rest, rest
    answer = answers[0]
    if answer.field(b"content-type") == b"application/problem+json":
        return answer.status
    return answer.status, tuple(each for each in answer.fields if each[0] not in OURS), answer.body


def test_what_comes_when_nobody_waits_is_nobodys_answer(gate, users):
    """The upstream speaks on while its connection is idle."""
    one, other = users
    for number in range(20):
        answered, sent = threading.Event(), threading.Event()

        def respond(received, answered=answered, sent=sent):
            yield replay.echo(received)
            if "/late/" in received.line:
                assert answered.wait(10)
                yield POISON
                sent.set()

        gate.upstream.respond = respond
        assert one.ask_own(f"/stub/late/{number}")
        answered.set()
        assert sent.wait(10)
        assert other.ask_own(f"/stub/b/{number}")


@pytest.mark.parametrize("framing, part", [
    ("Content-Length: 1000", b"hello"), ("Content-Length: 1000", b""),
    ("Transfer-Encoding: chunked", b"5\r\nhello\r\n"), ("Transfer-Encoding: chunked", b"fff\r\nhello"),
])
def test_what_a_user_leaves_half_said_is_not_finished_by_another(gate, users, eventually, framing, part):
    """The connection to the upstream waits for content: nothing of anybody else may become that."""
    one, other = users
    gate.upstream.respond = replay.echo
    for number in range(10):
        heard = len(gate.upstream.broken)
        with socket.create_connection(("127.0.0.1", gate.port)) as connection:
            connection.sendall(one.head("/stub/half", "POST", framing) + part)
            eventually(lambda: gate.upstream.is_hearing())
        assert other.ask_own(f"/stub/b/{number}")
        eventually(lambda heard=heard: len(gate.upstream.broken) > heard)
    assert not [each for each in gate.upstream.received if "/stub/half" in each.line]
    lines = [json.loads(line) for line in gate.log("edge").splitlines()]
    assert {(line["status"], line.get("problem")) for line in lines if line.get("path") == "/stub/half"} == {(0, None)}
    assert all(b"/stub/half" in octets and b"/stub/b" not in octets for octets, _ in gate.upstream.broken)


def test_the_corpus_is_as_large_as_it_claims():
    assert len({(entry.data, entry.method) for entry in ENTRIES}) >= 165
