"""A route whose upstream is this very site: the request goes round once, and no further."""

import json

import pytest
from Support import replay
from Support.answers import read_answers


def ask(gate, path, via=()):
    fields = "".join(f"Via: {each}\r\n" for each in via)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}Connection: close\r\n\r\n"
    answers, rest = read_answers(replay.exchange(gate.port, "127.0.0.1", request.encode()), ["GET"])
    assert len(answers) == 1 and not rest
    return answers[0]


def test_a_route_to_ourselves_ends_after_one_round(gate, eventually):
    answer = ask(gate, "/loop/a")
    assert answer.status == 508 and json.loads(answer.body)["code"] == "loop_detected"
    eventually(lambda: len(rounds(gate, "/loop/a")) == 2)
    assert {line["status"] for line in rounds(gate, "/loop/a")} == {508} and gate.upstream.hits == 0


def rounds(gate, path):
    """The lines of the edge's log for a path."""
    lines = [json.loads(line) for line in gate.log("edge").splitlines()]
    return [line for line in lines if line.get("path") == path]


@pytest.fixture
def own(gate):
    """What this site says of itself, behind what others said."""
    gate.upstream.respond = replay.echo
    assert ask(gate, "/a", ["1.0 front, 1.1 back"]).status == 200
    other, own = [value for name, value in gate.upstream.received[-1].fields if name == "via"]
    assert other == "1.0 front, 1.1 back" and own.startswith("1.1 cloakroom-")
    return own


@pytest.mark.parametrize("via", ["{own}", "1.0 front, {own}, 1.1 back", "1.0 front\r\nVia: {own}", "{own} (comment)"])
def test_others_on_the_way_do_not_hide_it(gate, own, via):
    assert ask(gate, "/a", [via.format(own=own)]).status == 508
    assert gate.upstream.hits == 1


def test_another_site_of_the_same_kind_is_no_loop(gate, own):
    assert ask(gate, "/a", [own[:-1]]).status == 200
