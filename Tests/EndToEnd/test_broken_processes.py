"""What somebody can do who has taken over an edge or a worker: speak on its socket as its account, and no more."""

import base64
import hashlib
import json
import os
from urllib.parse import parse_qs, urlsplit

import pytest
from Support.rpc import Closed, Peer, Refused, frame

FOREIGN_TO_THE_WORKER = ["login.begin", "login.complete", "session.open", "session.user", "session.end", "session.list",
                         "session.revoke", "pass.service", "token.export", "", "hello"]
FOREIGN_TO_THE_EDGE = ["token.redeem", "token.renew", "session.create", "session.all", "keys.list", "sql", "hello"]


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def random_value(size=32):
    return encode(os.urandom(size))


@pytest.fixture
def edge(site):
    with Peer(site.layout.edge_broker, "edge", site.deployment.account("edge")) as peer:
        yield peer


@pytest.fixture
def worker(site):
    with Peer(site.layout.worker_broker, "worker", site.deployment.account("worker")) as peer:
        yield peer


def begin(edge, **more):
    browser = random_value()
    params = {"frontend": "app", "provider": "scripted", "intent": "login", "return_to": "/", "browser": browser}
    return edge.call("login.begin", **{**params, **more}), browser


def completion(site, begun, browser, name="ada"):
    """The parameters of `login.complete` after a sign-in at the provider."""
    visitor = site.browser()
    page = visitor.navigate(begun["authorization_url"])
    query = {key: values[0] for key, values in parse_qs(urlsplit(site.callback_url(visitor, page, name)).query).items()}
    return {
        "frontend": "app", "provider": "scripted", "browser": [browser], "handle": random_value(),
        "state": query["state"], "code": query["code"], "iss": query["iss"],
    }


def sign_in(site, edge):
    begun, browser = begin(edge)
    params = completion(site, begun, browser)
    return params["handle"], edge.call("login.complete", **params)


def test_a_login_needs_nothing_but_what_the_edge_may_say(site, edge, worker):
    handle, done = sign_in(site, edge)
    assert done["user"]["claims"]["sub"] == "ada" and done["return_to"] == "/"
    opened = edge.call("session.open", handle=handle, target="stub", frontend="app", slide=True)
    assert 0 < opened["valid_ms"] <= 30_000
    redeemed = worker.call("token.redeem", **{"pass": opened["pass"]})
    assert redeemed["access_token"] == site.scripted.issued["access_token"][-1]
    assert redeemed["claims"] == {"sub": "ada"} and redeemed["target"] == "stub"
    assert site.scripted.marker not in json.dumps([done, opened])
    edge.call("session.end", handle=handle, frontend="app")
    with pytest.raises(Refused, match="session_ended|session_unknown"):
        edge.call("session.open", handle=handle, target="stub", frontend="app", slide=True)
    with pytest.raises(Refused, match="session_ended|pass_unknown"):
        worker.call("token.redeem", **{"pass": opened["pass"]})


@pytest.mark.parametrize("method", FOREIGN_TO_THE_WORKER)
def test_a_worker_cannot_spell_the_edges_methods(worker, method):
    with pytest.raises((Closed, Refused)):
        worker.call(method, handle=random_value(), frontend="app", target="stub")


@pytest.mark.parametrize("method", FOREIGN_TO_THE_EDGE)
def test_an_edge_cannot_spell_the_workers_methods(site, edge, method):
    handle, _ = sign_in(site, edge)
    opened = edge.call("session.open", handle=handle, target="stub", frontend="app", slide=True)
    with pytest.raises((Closed, Refused)):
        edge.call(method, **{"pass": opened["pass"]})


def test_guessed_passes_and_handles_open_nothing(edge, worker):
    with pytest.raises(Refused, match="pass_unknown"):
        worker.call("token.redeem", **{"pass": random_value()})
    with pytest.raises(Refused, match="session_unknown"):
        edge.call("session.open", handle=random_value(), target="stub", frontend="app", slide=True)
    with pytest.raises(Refused, match="transaction_unknown"):
        edge.call("login.complete", frontend="app", provider="scripted", browser=[random_value()],
                  handle=random_value(), state=random_value(), code="x", iss="http://127.0.0.1:1")


@pytest.mark.parametrize("change", [{"target": "api"}, {"target": "nothing"}, {"frontend": "other"}], ids=str)
def test_no_token_for_another_target_or_frontend(site, edge, worker, change):
    """The target `api` belongs to the other provider: no token of this one may ever go there."""
    handle, _ = sign_in(site, edge)
    with pytest.raises(Refused):
        opened = edge.call("session.open", **{"handle": handle, "target": "stub", "frontend": "app", "slide": True, **change})
        worker.call("token.redeem", **{"pass": opened["pass"]})


def test_an_edge_cannot_move_a_session_to_a_handle_that_is_in_use(site, edge):
    handle, _ = sign_in(site, edge)
    begun, browser = begin(edge)
    params = completion(site, begun, browser, "grace")
    with pytest.raises(Refused, match="handle_in_use"):
        edge.call("login.complete", **{**params, "handle": handle})
    assert edge.call("session.user", handle=handle, frontend="app", slide=False)["claims"]["sub"] == "ada"


def test_a_login_is_bound_to_the_browser_that_began_it(site, edge):
    begun, browser = begin(edge)
    params = completion(site, begun, browser)
    for wrong in ([random_value()], []):
        with pytest.raises((Refused, Closed)):
            edge.call("login.complete", **{**params, "browser": wrong})
    assert site.scripted.hits["/token"] == 0


def test_the_database_knows_neither_handle_nor_its_cookie(site, edge):
    handle, _ = sign_in(site, edge)
    raw = base64.urlsafe_b64decode(handle + "=")
    dump = site.world.cluster.dump(site.layout.database)
    assert hashlib.sha256(raw).hexdigest() in dump, "the search is not blind"
    assert raw.hex() not in dump and handle not in dump


@pytest.mark.parametrize("changes", [
    {"service": "worker"}, {"service": "operator"}, {"major": 2}, {"lowest": 9, "highest": 9}, {"surprise": 1},
    {"highest": -1}, {"build": 7},
], ids=str)
def test_another_service_or_version_is_refused(site, changes):
    with Peer(site.layout.edge_broker, "edge", site.deployment.account("edge"), hello=False) as peer:
        with pytest.raises((Closed, Refused)):
            peer.greet(**changes)
            peer.call("session.user", handle=random_value(), frontend="app", slide=False)


CALL = b'{"jsonrpc":"2.0","id":1,"method":"token.redeem","params":{"pass":"a"}}'


@pytest.mark.parametrize("data", [
    frame(CALL, kind=0), frame(CALL, kind=9), frame(CALL, flags=1), frame(CALL, flags=128), frame(CALL, zero=1),
    frame(CALL, stream=1), frame(CALL, length=0xFFFFFFFF), frame(CALL, length=(1 << 20) + 1), frame(b""), frame(b"{"),
    frame(b"[]"), frame(b"null"), frame(CALL + b"x"), frame(CALL[:-1] + b',"id":2}'), frame(b"\xff" * 100),
    frame(CALL.replace(b"2.0", b"1.0")), frame(CALL.replace(b'"id":1', b'"id":-1')),
    frame(CALL.replace(b'"id":1', b'"id":1e99')), frame(CALL.replace(b'"a"', b'{"a":' * 40 + b"1" + b"}" * 40)),
    frame(CALL.replace(b'"pass"', b'"p\\u0061ss":"b","pass"')), frame(b'{"jsonrpc":"2.0","id":5,"result":{}}'),
    frame(b"a" * 100, kind=3, stream=1), frame(b"\0\0\0\1", kind=4, stream=7),
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
], ids=lambda data: repr(data[:40])[2:-1].replace("\\", ""))
def test_whoever_breaks_the_protocol_is_cut_off(site, worker, data):
    with pytest.raises(Closed):
        worker.send_raw(data)
    with Peer(site.layout.worker_broker, "worker", site.deployment.account("worker")) as another:
        with pytest.raises(Refused, match="pass_unknown"):
            another.call("token.redeem", **{"pass": random_value()})


def test_the_broker_serves_no_streams(worker):
    """A stream is an exchange with an upstream; that is the worker's business."""
    with pytest.raises((Closed, Refused)):
        worker.send_raw(frame(b'{"route":"api"}', kind=2, flags=1, stream=1))


def test_silence_after_connecting_is_not_waited_for_forever(site):
    with Peer(site.layout.worker_broker, "worker", site.deployment.account("worker"), hello=False) as peer:
        with pytest.raises(Closed):
            peer.send_raw(frame(CALL)[:20])
