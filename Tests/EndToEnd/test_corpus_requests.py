"""The corpus of requests through edge and worker: what is good arrives byte for byte, what is not never arrives."""

import pytest
from Support import corpus, replay
from Support.answers import read_answers

ENTRIES = corpus.load("Requests")


@pytest.mark.parametrize("cut", [replay.whole, replay.octets, replay.places], ids=lambda cut: cut.__name__)
def test_requests_get_their_verdict_however_they_are_cut(gate, cut):
    problems = replay.replay(ENTRIES, gate.port, gate.upstream, cut)
    assert not problems, "\n".join([f"{len(problems)} of {len(ENTRIES)}", *problems])


@pytest.mark.parametrize("chunks", [
    b"5\r\nhelloXX0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n", b"0\r\nGET /smuggled HTTP/1.1\r\n\r\n",
])
@pytest.mark.parametrize("line, status", [(b"POST /bff/nothing", 404), (b"OPTIONS /a", 204), (b"GET /bff/healthz", 200)])
def test_malformed_content_behind_an_early_answer_ends_the_connection(gate, line, status, chunks):
    """The answer is gone before the content is looked at; what is behind it is never looked at."""
    head = line + b" HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = replay.exchange(gate.port, "127.0.0.1", head + chunks + replay.FOLLOWER)
    answers, rest = read_answers(answer, ["GET", "GET"])
    assert [each.status for each in answers] == [status] and not rest
    assert gate.upstream.hits == 0


def test_the_corpus_is_as_large_as_it_claims():
    assert len({entry.data for entry in ENTRIES}) >= 600
    assert len({entry.rule for entry in ENTRIES}) >= 45
