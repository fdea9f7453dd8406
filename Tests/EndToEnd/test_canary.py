"""Secrets stay where they belong: looked for in every byte the edge moves, in every log, and in the database."""

import base64
import hashlib
import json
from urllib.parse import quote

import pytest
from Support import trace
from test_api import SESSION
from test_login import begin_by_frontend, return_to_page


@pytest.fixture(scope="module")
def visited(world, tmp_path_factory, eventually):
    """A deployment of its own, watched by strace, after a visit that uses every flow."""
    site = world.site(real=False, start=False)
    traces = tmp_path_factory.mktemp("traces")
    for service in ("edge", "worker"):
        site.services[service].wrapper = trace.wrapper(traces / service)
    site.start()
    cookies, urls = visit(site, eventually)
    site.deployment.stop()
    assert all(len(values) >= 2 for values in site.scripted.issued.values()), "the visit went through every flow"
    assert site.scripted.hits["refresh"] >= 1
    return site, {name: trace.streams(traces / name) for name in ("edge", "worker")}, cookies, urls


def visit(site, eventually):
    """Both ways of logging in, calls, a refresh, failures on the way, and the logout."""
    site.scripted.faults.expires_in = 1
    first = site.sign_in()
    site.scripted.faults.expires_in = 300
    cookies = [first.cookies(site.origin)[SESSION].value]
    assert first.call(site.url("/stub/a")).status_code == 200
    assert first.call(site.url("/stub/b"), "POST", json={"a": 1}).status_code == 200
    second = site.browser()
    page = return_to_page(site, second, begin_by_frontend(site, second))
    assert second.call(site.url("/bff/callback"), "POST", json={"url": page}).status_code == 200
    cookies.append(second.cookies(site.origin)[SESSION].value)
    third = site.browser()
    url = site.callback_url(third, site.begin_login(third))
    site.scripted.faults.claims = {"nonce": "another"}
    assert third.navigate(url, initiator=site.scripted.issuer).status >= 400
    assert third.navigate(url, initiator=site.scripted.issuer).status == 400
    site.scripted.faults.claims = {}
    eventually(lambda: first.call(site.url("/stub/c")).status_code == 200 and site.scripted.hits["refresh"] == 1)
    assert second.call(site.url("/stub/c")).status_code == 200
    assert first.call(site.url("/bff/logout"), "POST").status_code == 200
    assert first.call(site.url("/stub/d")).status_code == 401
    return cookies, [url, page]


def spellings(value):
    """The value as it may be hidden in text: as it is, encoded for URLs, hex, and every alignment of Base64."""
    raw = value if isinstance(value, bytes) else value.encode()
    found = {raw, quote(raw, safe="").encode(), raw.hex().encode(), raw.hex().upper().encode()}
    for offset in range(3):
        # The characters that depend on neighbours are left out at both ends.
        encoded = base64.b64encode(b"\0" * offset + raw)
        core = encoded[(offset * 8 + 5) // 6 : len(raw) * 8 // 6 - 2]
        found |= {core, core.translate(bytes.maketrans(b"+/", b"-_"))}
    return {each for each in found if len(each) >= 12}


def leaks(values, places):
    """The names of values found, and where. The values themselves are not shown."""
    return [
        f"{name} number {number} in {place}"
        for name, all_of_a_kind in values.items()
        for number, value in enumerate(all_of_a_kind)
        for place, content in places.items()
        if any(spelling in content for spelling in spellings(value))
    ]


def key_material(site):
    """Every long text in the key ring, and what it decodes to."""
    ring = json.loads((site.layout.broker_home / "keys.json").read_text())
    texts, todo = [], [ring]
    while todo:
        value = todo.pop()
        todo += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        if isinstance(value, str) and len(value) >= 40:
            texts += [value, base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))]
    assert texts, "the key ring holds keys"
    return texts


def handles(site, cookies):
    """SHA-256 over the frontend's id, a zero octet and the cookie: what the edge tells the broker."""
    return [hashlib.sha256(b"app\0" + cookie.encode()).digest() for cookie in cookies] + [
        hashlib.sha256(b"app\0" + base64.urlsafe_b64decode(cookie + "=")).digest() for cookie in cookies
    ]


def secrets(site):
    issued = site.scripted.issued
    return {
        "access token": issued["access_token"],
        "refresh token": issued["refresh_token"],
        "ID token": issued["id_token"],
        "verifier": issued["verifier"],
        "client secret": [site.scripted.client_secret],
        "key": key_material(site),
        "database password": [site.world.cluster.runtime_password, site.world.cluster.owner_password],
    }


def logs(site):
    files = [*site.layout.logs.iterdir(), site.world.cluster.process.log]
    return {path.name: path.read_bytes() for path in files}


def test_the_search_finds_what_is_there(visited):
    """The edge does move cookies and codes, the worker does move access tokens: the search is not blind."""
    site, traces, cookies, _ = visited
    edge, worker = (b"\n".join(traces[name].values()) for name in ("edge", "worker"))
    assert all(cookie.encode() in edge for cookie in cookies)
    assert any(token.encode() in worker for token in site.scripted.issued["access_token"])
    assert any(code.encode() in edge for code in site.scripted.issued["code"])


def test_the_edge_moves_no_token_no_secret_no_key(visited):
    site, traces, _, _ = visited
    places = {f"{way.decode()} of descriptor {number}": bytes(data) for (way, number), data in traces["edge"].items()}
    assert leaks(secrets(site), places) == []


def test_the_worker_moves_no_cookie_no_refresh_token_no_secret(visited):
    site, traces, cookies, _ = visited
    values = {**secrets(site), "cookie": cookies, "handle": handles(site, cookies)}
    del values["access token"]
    places = {str(key): bytes(data) for key, data in traces["worker"].items()}
    assert leaks(values, places) == []


def test_no_log_holds_a_secret(visited):
    site, _, cookies, urls = visited
    values = {**secrets(site), "cookie": cookies, "handle": handles(site, cookies)}
    values |= {"code": site.scripted.issued["code"], "callback": urls}
    values["state"] = [url.split("state=")[1].split("&")[0] for url in urls]
    assert leaks(values, logs(site)) == []


def test_logs_are_lines_of_json(visited):
    site = visited[0]
    for service in ("edge", "broker", "worker"):
        lines = site.log(service).splitlines()
        assert lines
        for line in lines:
            entry = json.loads(line)
            assert entry["service"] == service and entry["event"] and entry["time"].endswith("Z")


def test_a_dump_of_the_database_holds_no_secret(visited):
    site, _, cookies, _ = visited
    dump = site.world.cluster.dump(site.layout.database).encode()
    assert b"CREATE TABLE cloakroom.session" in dump
    values = {**secrets(site), "cookie": cookies, "handle": handles(site, cookies)}
    people = {"person": ["ada@example.org", "grace@example.org", "Grace of the Script"]}
    assert leaks({**values, **people}, {"dump": dump}) == []
