"""The corpus of requests through edge and worker: what is good arrives byte for byte, what is not never arrives."""

import pytest
from Support import corpus, replay

ENTRIES = corpus.load("Requests")


@pytest.mark.parametrize("cut", [replay.whole, replay.octets, replay.places], ids=lambda cut: cut.__name__)
def test_requests_get_their_verdict_however_they_are_cut(gate, cut):
    problems = replay.replay(ENTRIES, gate.port, gate.upstream, cut)
    assert not problems, "\n".join([f"{len(problems)} of {len(ENTRIES)}", *problems])


def test_the_corpus_is_as_large_as_it_claims():
    assert len({entry.data for entry in ENTRIES}) >= 600
    assert len({entry.rule for entry in ENTRIES}) >= 45
