"""The corpus of requests through reverse proxies of others in front of the edge: nobody is led to see a request that
the other did not send, and two clients who share the proxy's connection to the edge get their own answers."""

import re

import pytest
from Support import corpus, replay
from Support.fronts import Front

ENTRIES = corpus.load("Requests")


@pytest.fixture(params=["nginx", "haproxy"])
def front(request, gate):
    gate.upstream.respond = replay.echo
    front = Front(request.param, gate.layout.scratch, gate.port)
    yield front
    front.stop()


def ask(front, client, path):
    """Whether a client gets its own answer."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    return told(replay.exchange(front.port, client, request)) == ([client], [("GET", path)])


def connections(port):
    """Who is connected to a port of this machine (proc(5), /proc/net/tcp; 01 is established)."""
    rows = [line.split() for line in open("/proc/net/tcp")][1:]
    return {row[2] for row in rows if row[3] == "01" and int(row[1].split(":")[1], 16) == port}


def told(answer):
    """What echoes say: whom they are for, and what they answer."""
    names = (rb"(?im)^x-client: (\S+)\r$", rb"(?im)^x-echo: (\S+) (\S+)\r$")
    return [client.decode() for client in re.findall(names[0], answer)], [
        (method.decode("latin-1"), target.decode("latin-1")) for method, target in re.findall(names[1], answer)]


def is_part(some, all):
    """Whether some are among all, in order, each once."""
    rest = iter(all)
    return not [each for each in some if each not in rest]


def test_clients_share_the_connection_of_the_proxy(gate, front):
    assert ask(front, "127.2.0.1", "/a")
    first = connections(gate.port)
    assert ask(front, "127.3.0.1", "/b")
    assert first and connections(gate.port) <= first


def test_no_disagreement_smuggles(gate, front):
    answers, others = {}, set()
    for number, entry in enumerate(ENTRIES):
        one, other = f"127.2.{number >> 8}.{number & 255}", f"127.3.{number >> 8}.{number & 255}"
        unfinished = entry.ending in ("unfinished", "idle")
        data = entry.data if unfinished else entry.data + replay.FOLLOWER
        # Some proxies wait for more. What they say is theirs; what counts is what the other client sees next.
        answers[one] = replay.exchange(front.port, one, data, unfinished, patience=0.2)
        others.add(other)
        assert ask(front, other, f"/b/{number}"), f"{entry.rule}: {entry.name}"
    sent, problems = front.sent(), []
    for client, answer in answers.items():
        came = [tuple(each.line.split()[:2]) for each in gate.upstream.received if each.field("x-case") == client]
        readers, echoes = told(answer)
        if not is_part(came, sent.get(client, [])):
            problems.append(f"{client} sent {sent.get(client)} and the upstream saw {came}")
        if set(readers) - {client} or not is_part(echoes, came):
            problems.append(f"{client} got the answers {echoes} of {readers}, and the upstream saw {came}")
    known = {*answers, *others}
    problems += [f"nobody sent {each.head}" for each in gate.upstream.received if each.field("x-case") not in known]
    assert not problems, "\n".join(problems)
