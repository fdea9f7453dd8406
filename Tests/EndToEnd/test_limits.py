"""Who may do how much: client addresses, rates, connections, and exchanges under way."""

import re
import threading
from urllib.parse import quote

import pytest
from stack.files import write
from stack.process import Account
from Support.raw import status
from Support.upstream import json_response, read_request
from test_command_line import run

CLIENT, PROXY, OTHER = "127.0.0.2", "127.0.0.3", "127.0.0.4"


@pytest.fixture(scope="module")
def limited(world):
    """A site with a proxy in front, and with narrow limits."""

    def change(files):
        files["edge"]["proxies"] = {"addresses": [PROXY, "2001:db8::/32"]}
        files["edge"]["limits"] = {
            "connections": 40, "connections_per_client": 20, "body_idle": "1s", "logins_per_client": 8,
            "exchanges_per_session": 3,
            "rates": {"login": "20/h", "callback": "5/h", "user": "5/h", "logout": "5/h"},
        }
        stub = next(route for route in files["routes"]["routes"] if route["id"] == "stub")
        scarce = {**stub, "id": "scarce", "path": "/scarce/", "limits": {"rate": "3/h"}}
        public = {**scarce, "id": "public", "path": "/public/", "session": "none", "csrf": "none"}
        del public["target"]
        files["routes"]["routes"] += [scarce, public]

    return world.site(change, real=False)


@pytest.fixture
def site(limited):
    limited.upstream.forget()
    yield limited
    limited.upstream.forget()


@pytest.fixture(scope="module")
def signed_in(limited):
    return limited.sign_in()


numbers = iter(range(1, 250))


@pytest.fixture
def address():
    """An address that no other test has used."""
    return f"203.0.113.{next(numbers)}"


def get(site, path, source=CLIENT, *fields, method="GET"):
    head = [f"{method} {path} HTTP/1.1", f"Host: localhost:{site.port}", "X-CSRF: 1", "Connection: close", *fields]
    with site.connect(source=source) as connection:
        connection.send(("\r\n".join(head) + "\r\n\r\n").encode())
        return connection.read_rest()[0]


def assert_limited(answer):
    assert status(answer) == 429 and b'"code":"rate_limited"' in answer
    assert int(re.search(rb"\r\nretry-after: (\d+)\r\n", answer)[1]) > 0


@pytest.mark.parametrize("method, path, allowed", [
    ("GET", "/bff/login", 20), ("POST", "/bff/login", 20), ("GET", "/bff/callback?code=a&state=b", 5),
    ("POST", "/bff/callback", 5), ("GET", "/bff/user", 5), ("POST", "/bff/logout", 5), ("GET", "/bff/logout/return", 5),
])
def test_a_client_that_comes_too_often_is_told_when_to_come_again(site, address, method, path, allowed):
    def ask(client):
        return get(site, path, PROXY, f"X-Forwarded-For: {client}", "Content-Length: 0", method=method)

    for _ in range(allowed):
        answer = ask(address)
        assert b'"rate_limited"' not in answer or path == "/bff/login", answer
    assert_limited(ask(address))
    assert status(ask(f"1.1.1.1, {address}")) == 429, "what the client says of itself counts for nothing"
    assert status(ask(f"{address}, 198.51.100.7")) != 429, "another client is not meant"


def test_addresses_that_a_client_invents_do_not_help(site):
    answers = [get(site, "/bff/user", OTHER, f"X-Forwarded-For: 203.0.113.{number}", f"Forwarded: for=1.1.1.{number}",
                   f"X-Real-IP: 1.1.1.{number}") for number in range(30)]
    assert [status(answer) for answer in answers] == [401] * 5 + [429] * 25


def test_an_ipv6_client_is_its_network(site):
    answers = [get(site, "/bff/user", PROXY, f"X-Forwarded-For: 2001:db9::{number:x}") for number in range(1, 11)]
    assert [status(answer) for answer in answers] == [401] * 5 + [429] * 5
    assert status(get(site, "/bff/user", PROXY, "X-Forwarded-For: 2001:db9:0:1::1")) == 401


def test_log_and_upstream_see_the_clients_address(site, eventually, address):
    answer = get(site, "/public/a", PROXY, f"X-Forwarded-For: 1.1.1.1, {address}, 2001:db8::7")
    assert status(answer) == 200
    assert site.upstream.received[-1].field("x-forwarded-for") == address
    eventually(lambda: any(line["client"] == address for line in site.events("edge", "request")))
    assert status(get(site, "/public/b", CLIENT, f"X-Forwarded-For: {address}")) == 200
    assert site.upstream.received[-1].field("x-forwarded-for") == CLIENT


def test_even_a_proxy_says_nothing_but_the_clients_address(site, address):
    """Where a login leads back to, and what its cookies are, comes from the configuration."""
    fields = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", f"X-Forwarded-For: {address}"]
    odd = ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "X-Forwarded-Port: 1", "X-Forwarded-Prefix: /x",
           "Forwarded: for=1.1.1.1;host=evil.example;proto=http", "X-Original-URL: /x", "X-Forwarded-Uri: /bff/healthz"]
    answers = [get(site, "/bff/login?provider=scripted", PROXY, *fields, *more) for more in ([], odd)]
    for answer in answers:
        assert status(answer) == 302 and b"evil" not in answer
        assert quote(f"{site.origin}/bff/callback/scripted", safe="").encode() in answer
        assert re.search(rb"set-cookie: __Host-cloakroom-login-\S+; [^\r]*Secure", answer)


def test_a_route_has_a_rate_for_each_session(site, signed_in):
    answers = [signed_in.call(site.url("/scarce/a")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["code"] == "rate_limited" and int(answers[-1].headers["retry-after"]) > 0
    assert site.upstream.hits == 3
    assert signed_in.call(site.url("/stub/a")).status_code == 200


def test_a_route_without_a_session_has_a_rate_for_each_client(site, address):
    def statuses(client):
        return [status(get(site, "/public/a", PROXY, f"X-Forwarded-For: {client}")) for _ in range(4)]

    assert statuses(address) == [200, 200, 200, 429]
    assert statuses("198.51.100.8") == [200, 200, 200, 429]


def test_logins_that_nobody_finishes_are_bounded(site, address):
    def begin():
        fields = ["Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", f"X-Forwarded-For: {address}"]
        return get(site, "/bff/login?provider=scripted", PROXY, *fields)

    before = int(site.sql("SELECT count(*) FROM cloakroom.login_transaction"))
    answers = [begin() for _ in range(10)]
    assert [status(answer) for answer in answers] == [302] * 4 + [429] * 6
    assert int(site.sql("SELECT count(*) FROM cloakroom.login_transaction")) == before + 4


def test_a_session_has_only_so_many_exchanges_under_way(site, signed_in, eventually):
    release = threading.Event()

    def respond(received):
        release.wait(10)
        return json_response({})

    site.upstream.respond = respond
    connections = [site.connect() for _ in range(3)]
    for connection in connections:
        connection.send(site.request(signed_in, "GET /stub/slow"))
    eventually(lambda: site.upstream.hits == 3)
    assert_limited(raw_call(site, signed_in))
    assert status(get(site, "/public/a", PROXY, "X-Forwarded-For: 198.51.100.9", method="OPTIONS")) == 204
    release.set()
    for connection in connections:
        assert status(connection.read_head()) == 200
    eventually(lambda: status(raw_call(site, signed_in)) == 200)


def raw_call(site, browser):
    with site.connect() as connection:
        return connection.send(site.request(browser, "GET /stub/one", "Connection: close")).read_rest()[0]


def test_a_client_has_only_so_many_connections(site, eventually):
    before = site.metric("cloakroom_edge_connections_refused_total")
    connections = [site.connect(source=OTHER) for _ in range(20)]
    eventually(lambda: site.metric("cloakroom_edge_connections") >= 20)
    assert site.connect(source=OTHER).read_rest()[0] == b""
    assert status(get(site, "/bff/healthz", CLIENT)) == 200
    assert site.metric("cloakroom_edge_connections_refused_total") == before + 1
    assert any(line["client"] == OTHER for line in site.events("edge", "connections_refused"))
    for connection in connections:
        connection.socket.close()
    eventually(lambda: status(get(site, "/bff/healthz", OTHER)) == 200)


def test_when_it_is_full_those_without_a_request_make_room(site, eventually):
    """A proxy's connections are not counted for one client, so it can take all there are."""
    connections = [site.connect(source=PROXY) for _ in range(60)]
    for connection in connections:
        connection.send(b"GET / HTTP/1.1\r\nHost: local")
    assert status(get(site, "/bff/healthz", CLIENT)) == 200
    assert site.metric("cloakroom_edge_connections_evicted_total") > 0
    for connection in connections:
        connection.socket.close()


def test_an_upload_that_stalls_is_told_so_and_logged(site, signed_in, eventually):
    site.upstream.talk = lambda connection, stream: read_request(stream)
    with site.connect() as client:
        client.send(site.request(signed_in, "POST /stub/stalled", "Content-Length: 10") + b"begin")
        head = client.read_head()
        assert status(head) == 408 and b"connection: close" in head
        rest, is_clean = client.read_rest()
        assert b"request_timeout" in rest and is_clean
    eventually(lambda: [line for line in site.events("edge", "request") if line["path"] == "/stub/stalled"])
    line = [line for line in site.events("edge", "request") if line["path"] == "/stub/stalled"][0]
    assert line["status"] == 408 and line["problem"] == "request_timeout"


def test_refusals_are_counted(site):
    assert site.metric('cloakroom_edge_rate_limited_total{limit="user"}') > 0
    assert site.metric('cloakroom_edge_rate_limited_total{limit="route"}') > 0
    assert site.metric('cloakroom_edge_rate_limited_total{limit="logins_per_client"}') > 0


@pytest.mark.parametrize("path, value, place", [
    (["proxies"], {"addresses": ["10.0.0.1/8"]}, r"\$\.proxies\.addresses\[0\]"),
    (["proxies"], {"addresses": ["proxy.example"]}, r"\$\.proxies\.addresses\[0\]"),
    (["proxies"], {"field": "X-Real-IP"}, r"\$\.proxies\.field"),
    (["limits"], {"rates": {"login": "fast"}}, r"\$\.limits\.rates\.login"),
    (["limits"], {"rates": {"logins": "1/s"}}, r"\$\.limits\.rates\.logins"),
    (["limits"], {"exchanges_per_session": 0}, r"\$\.limits\.exchanges_per_session"),
    (["limits"], {"connections": 10, "connections_per_client": 11}, r"\$\.limits\.connections_per_client"),
])
def test_wrong_limits_are_named(site, path, value, place):
    files = {**site.files["edge"], path[0]: value}
    file = write(site.layout.scratch / "etc" / "wrong-edge.json", files, site.deployment.account("edge"), 0o400)
    told = run("edge", "--config", file, "--check", account=site.deployment.account("edge"))
    assert told.returncode == 1 and re.search(place, told.stderr), told.stderr


def test_a_wrong_rate_of_a_route_is_named_by_both(site):
    routes = {"routes": [{**site.files["routes"]["routes"][0], "limits": {"rate": "often"}}]}
    layout = site.layout
    place = write(layout.scratch / "etc" / "wrong-routes.json", routes, Account.current(), 0o444)
    for service in ("edge", "worker"):
        account = site.deployment.account(service)
        values = {**site.files[service], "routes": str(place)}
        file = write(layout.scratch / "etc" / f"wrong-{service}.json", values, account, 0o400)
        told = run(service, "--config", file, "--check", account=account)
        assert told.returncode == 1 and "$.routes[0].limits.rate" in told.stderr, told.stderr
