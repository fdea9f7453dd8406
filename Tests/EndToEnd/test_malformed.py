"""Malformed input to every address: a clear refusal, never a crash, never a guess."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from Support.raw import status

PATHS = ["/", "/app.js", "/bff/login", "/bff/callback", "/bff/callback/scripted", "/bff/user", "/bff/logout",
         "/bff/logout/return", "/bff/healthz", "/bff/nothing", "/stub/a", "/pages/a", "/images/a.png"]

HEADS = {
    "no host": b"{line}\r\n\r\n",
    "two hosts": b"{line}\r\n{host}\r\n{host}\r\n\r\n",
    "another host": b"{line}\r\nHost: evil.example\r\n\r\n",
    "host with a blank": b"{line}\r\nHost: local host\r\n\r\n",
    "bare line feeds": b"{line}\n{host}\n\n",
    "a bare carriage return": b"{line}\r\n{host}\r\nX: a\rb\r\n\r\n",
    "a nul": b"{line}\r\n{host}\r\nX: a\0b\r\n\r\n",
    "a folded line": b"{line}\r\n{host}\r\nX: a\r\n b\r\n\r\n",
    "a blank before the colon": b"{line}\r\n{host}\r\nX : a\r\n\r\n",
    "an empty name": b"{line}\r\n{host}\r\n: a\r\n\r\n",
    "no colon": b"{line}\r\n{host}\r\nX\r\n\r\n",
    "length and chunks": b"{line}\r\n{host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"{line}\r\n{host}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a signed length": b"{line}\r\n{host}\r\nContent-Length: +3\r\n\r\nabc",
    "a negative length": b"{line}\r\n{host}\r\nContent-Length: -1\r\n\r\n",
    "a huge length": b"{line}\r\n{host}\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "chunks twice": b"{line}\r\n{host}\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "another coding": b"{line}\r\n{host}\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a header of 40 KiB": b"{line}\r\n{host}\r\nX: " + b"a" * 40960 + b"\r\n\r\n",
    "200 fields": b"{line}\r\n{host}\r\n" + b"X-N: 1\r\n" * 200 + b"\r\n",
    "another expectation": b"{line}\r\n{host}\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\n",
}

# Where the request ends is beyond doubt, so the connection may live on.
WELL_FRAMED = {"another host"}

# Balancers ask by whatever name they know.
ANY_HOST = "/bff/healthz"

# A balancer asks an address for its health and knows no host name.
ALLOWED = {("/bff/healthz", "another host")}

LINES = {
    "two blanks": b"GET  {path} HTTP/1.1",
    "a tab": b"GET\t{path} HTTP/1.1",
    "another version": b"GET {path} HTTP/9.9",
    "no version": b"GET {path}",
    "a lower-case version": b"GET {path} http/1.1",
    "a method that is no token": b"GE(T {path} HTTP/1.1",
    "an unknown method": b"BREW {path} HTTP/1.1",
    "connect": b"CONNECT {path} HTTP/1.1",
    "trace": b"TRACE {path} HTTP/1.1",
    "the preface of HTTP/2": b"PRI * HTTP/2.0",
    "a fragment": b"GET {path}#x HTTP/1.1",
    "an octet above 127": b"GET {path}\xc3\xa4 HTTP/1.1",
    "a broken escape": b"GET {path}?a=%zz HTTP/1.1",
    "an escaped nul": b"GET {path}%00 HTTP/1.1",
    "dots": b"GET {path}/../../x HTTP/1.1",
    "escaped dots": b"GET {path}/%2e%2e/x HTTP/1.1",
    "a backslash": b"GET {path}\\..\\x HTTP/1.1",
    "a target of 16 KiB": b"GET {path}?" + b"a" * 16384 + b" HTTP/1.1",
    "another authority": b"GET http://evil.example{path} HTTP/1.1",
    "userinfo": b"GET http://a@localhost{path} HTTP/1.1",
}

# These are allowed to be answered in the usual way: the query is the application's, and an address is only a name.
HARMLESS = {"a broken escape"}


def fill(template, site, path, line=b""):
    values = {b"{line}": line, b"{host}": f"Host: localhost:{site.port}".encode(), b"{path}": path.encode()}
    for name, value in values.items():
        template = template.replace(name, value)
    return template


@pytest.mark.parametrize("path", PATHS)
def test_malformed_heads_are_refused_and_the_connection_closes(site, path):
    for name, template in HEADS.items():
        if (path, name) in ALLOWED:
            continue
        data = fill(template, site, path, f"GET {path} HTTP/1.1".encode())
        follower = fill(b"GET /bff/healthz HTTP/1.1\r\n{host}\r\n\r\n", site, path)
        answer = site.raw(data + follower)
        if name == "another host" and path == ANY_HOST:
            assert status(answer) == 200
            continue
        assert status(answer) and 400 <= status(answer) < 600, f"{name}: {answer[:200]}"
        if name in WELL_FRAMED:
            continue
        assert answer.count(b"HTTP/1.1 ") == 1, f"{name}: what follows was answered too: {answer[-300:]}"


@pytest.mark.parametrize("path", PATHS)
def test_malformed_request_lines_are_refused(site, path):
    for name, line in LINES.items():
        answer = site.raw(fill(b"{line}\r\n{host}\r\nX-CSRF: 1\r\n\r\n", site, path, fill(line, site, path)))
        if name in HARMLESS:
            assert status(answer) and status(answer) < 500, f"{name}: {answer[:200]}"
        else:
            assert status(answer) and 400 <= status(answer) < 600, f"{name}: {answer[:200]}"
    assert site.upstream.hits == 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"\r\n" * 50, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
                                  b"GET", b"A" * 100_000], ids=["nothing", "nuls", "lines", "tls", "half", "noise"])
def test_noise_is_no_request(site, data, path):
    answer = site.raw(data + path.encode() if data else data, half_close=True)
    assert not answer.startswith(b"HTTP/1.1 2")


@pytest.mark.parametrize("chunk", [
    b"g\r\n", b"-1\r\n", b"+1\r\na\r\n0\r\n\r\n", b"0x1\r\na\r\n0\r\n\r\n", b"1\na\r\n0\r\n\r\n",
    b"1\r\nab\r\n0\r\n\r\n",
    b"ffffffffffffffff1\r\n", b"\r\n", b"1;" + b"x" * 70000 + b"\r\n", b" 1\r\na\r\n0\r\n\r\n",
])
def test_broken_chunks_never_reach_an_api_as_a_whole_request(site, browser, chunk):
    site.sign_in(browser)
    cookie = browser.cookie_header(site.origin, "same-origin", "POST", False)
    head = f"POST /stub/a HTTP/1.1\r\nHost: localhost:{site.port}\r\nCookie: {cookie}\r\nX-CSRF: 1\r\n"
    answer = site.raw(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunk, half_close=True)
    assert not answer.startswith(b"HTTP/1.1 2"), answer[:200]
    assert site.user(browser).status_code == 200


@pytest.mark.parametrize("path", ["/bff/login", "/bff/callback"])
@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'{"a":1,"a":2}', b"{}x", b'{"return_to":1}', b'{"unknown":true}', b"[" * 10000,
    b'"\xff"', b'{"url":"http://evil.example/?code=a&state=b"}', b'{"state":"' + b"A" * 100_000 + b'"}',
], ids=lambda body: body[:12].decode("latin-1"))
def test_bodies_that_are_not_what_they_should_be(site, browser, path, body):
    headers = {"Content-Type": "application/json"}
    answer = browser.call(site.url(path), "POST", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert site.scripted.hits["/token"] == 0


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_bodies_of_another_type_are_refused(site, browser, content_type):
    headers = {"Content-Type": content_type}
    answer = browser.call(site.url("/bff/login"), "POST", content=b'{"return_to":"/"}', headers=headers)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("query", [
    "provider=nobody", "provider=scripted&provider=demo", "provider=%00", "return_to=/&return_to=/x",
    "max_age=-1", "max_age=1e9", "max_age=99999999999999999999", "prompt=%3Cscript%3E", "login_hint=" + "a" * 5000,
    "iss=http://evil.example&target_link_uri=//evil.example", "login_hint=%ff", "ui_locales=%ED%A0%80",
])
def test_odd_parameters_of_a_login(site, browser, query):
    answer = browser.send("GET", site.url(f"/bff/login?{query}"), "none", True)
    assert answer.status_code in (302, 400, 404, 414), answer.text[:200]
    assert "evil.example" not in answer.headers.get("location", "")


def test_heads_that_grow_on_the_way_end_no_one_elses_exchange(site, browser):
    """Between the processes a tab is six octets and a quotation mark two: what is too long then is refused alone."""
    site.sign_in(browser)
    cookie = "; ".join(f"{each.name}={each.value}" for each in browser.jar["localhost"].values())
    head = f"GET /stub/a HTTP/1.1\r\nHost: localhost:{site.port}\r\nX-CSRF: 1\r\nCookie: {cookie}\r\nX-Own: a".encode()
    lost = site.log("edge").count(b'"worker_lost"')
    assert status(site.raw(head + b"\t" * 30_000 + b"b\r\n\r\n")) == 400
    with ThreadPoolExecutor(150) as pool:
        answers = pool.map(lambda _: status(site.raw(head + b'"' * 30_000 + b"\r\n\r\n")), range(150))
        assert set(answers) <= {200, 503}
    assert site.log("edge").count(b'"worker_lost"') == lost


@pytest.mark.parametrize("cookie", [
    b"=", b";;;;", b"a", b"__Host-cloakroom", b'__Host-cloakroom="' + b"A" * 43 + b'"', b"a=" + b"\xff" * 100,
    b"; ".join(b"c%d=%d" % (number, number) for number in range(500)), b"__Host-cloakroom-login-=x; " * 9,
    b"__Host-cloakroom-login-" + b"9" * 40 + b"=x",
], ids=lambda cookie: cookie[:20].decode("latin-1"))
def test_odd_cookies(site, cookie):
    for path in ("/bff/user", "/bff/callback?code=a&state=b", "/bff/login", "/stub/a"):
        head = f"GET {path} HTTP/1.1\r\nHost: localhost:{site.port}\r\nX-CSRF: 1\r\n".encode()
        answer = site.raw(head + b"Cookie: " + cookie + b"\r\n\r\n")
        assert status(answer) in (302, 400, 401, 403, 431), answer[:200]


def test_every_answer_made_here_protects_itself(site, browser):
    answers = [browser.http.get(site.url(path)) for path in PATHS]
    answers += [browser.call(site.url("/bff/user")), browser.call(site.url("/stub/a"))]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff", answer.url
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], answer.url
        assert answer.headers["referrer-policy"], answer.url
        assert "server" not in answer.headers or "/" not in answer.headers["server"], answer.url
