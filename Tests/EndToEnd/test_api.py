"""API calls: with the right token, without the wrong ones, and refreshed when it is time."""

import concurrent.futures
import threading

import pytest
from Support.upstream import json_response
from test_session import SESSION, assert_problem


def test_a_real_api_sees_subject_and_scope(site, browser):
    site.sign_in(browser, "demo", "grace")
    answer = browser.call(site.url("/api/me"))
    assert answer.status_code == 200
    assert answer.json()["subject"] == "grace" and "read" in answer.json()["scope"].split()


def test_bodies_and_streams_pass_through(site, browser):
    site.sign_in(browser, "demo")
    body = "päckchen " * 5000
    answer = browser.call(site.url("/api/echo?a=1&b=%20"), "POST", content=body.encode())
    assert answer.json()["body"] == body and answer.json()["query"] == "a=1&b=%20"
    assert browser.call(site.url("/api/stream")).text.splitlines()[-1] == "line 9"


def test_the_upstream_gets_the_token_and_nothing_of_the_browsers_secrets(site, browser):
    site.sign_in(browser)
    answer = browser.call(site.url("/stub/orders?x=1"), headers={
        "Authorization": "Bearer mine", "X-Forwarded-For": "1.2.3.4", "Forwarded": "for=1.2.3.4", "Connection": "x-a",
        "X-A": "hop", "Proxy-Authorization": "Basic eA==",
    })
    assert answer.status_code == 200
    received = site.upstream.received[0]
    assert received.line == "GET /stub/orders?x=1 HTTP/1.1"
    assert received.token == site.scripted.issued["access_token"][-1]
    for name in ("cookie", "x-csrf", "x-a", "proxy-authorization"):
        assert received.field(name) is None, name
    assert b"1.2.3.4" not in received.head
    assert browser.cookies(site.origin)[SESSION].value.encode() not in received.head


@pytest.mark.parametrize("accept", ["application/json", "text/html,*/*"])
def test_without_a_session_it_is_401_and_never_a_redirect(site, browser, accept):
    answer = browser.call(site.url("/stub/a"), headers={"Accept": accept})
    assert_problem(answer, 401)
    assert answer.json()["login_url"].startswith("/bff/login")
    assert "location" not in answer.headers and site.upstream.hits == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("signed_in", [True, False])
def test_without_the_header_it_is_403_before_anything_else(site, browser, method, signed_in):
    if signed_in:
        site.sign_in(browser)
    answer = browser.fetch(site.url("/stub/a"), method)
    assert answer.status_code == 403 and site.upstream.hits == 0


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "nonsense"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://sibling.localhost"},
    {"Sec-Fetch-Site": "none", "Origin": "null"}, {"Origin": "http://127.0.0.1:1"},
])
def test_calls_from_elsewhere_are_refused_even_with_the_header(site, browser, headers):
    site.sign_in(browser)
    answer = browser.call(site.url("/stub/a"), "POST", headers=headers)
    assert answer.status_code == 403 and site.upstream.hits == 0


def test_without_fetch_metadata_the_origin_decides(site, browser):
    site.sign_in(browser)
    cookie = f"{SESSION}={browser.cookies(site.origin)[SESSION].value}"
    for origin, status in [(site.origin, 200), ("null", 403), (site.origin + ".evil.example", 403)]:
        headers = {"Cookie": cookie, "X-CSRF": "1", "Origin": origin}
        assert browser.http.post(site.url("/stub/a"), headers=headers).status_code == status, origin


def test_preflights_are_answered_here_and_open_nothing(site, browser):
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = browser.http.options(site.url("/stub/a"), headers=headers)
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert site.upstream.hits == 0


def test_an_upstream_cannot_set_cookies_or_open_other_origins(site, browser):
    site.sign_in(browser)
    fields = b"Set-Cookie: __Host-cloakroom=x; Path=/; Secure\r\nAccess-Control-Allow-Origin: *\r\nServer: secret/1\r\n"
    fields += b"Cache-Control: public, max-age=60\r\n"
    site.upstream.respond = lambda received: json_response({}, fields=fields)
    answer = browser.call(site.url("/stub/a"))
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers and "access-control-allow-origin" not in answer.headers
    assert "public" not in answer.headers["cache-control"]
    assert site.user(browser).status_code == 200


@pytest.mark.parametrize("name", [
    "NEL", "Report-To", "Reporting-Endpoints", "Accept-CH", "Critical-CH", "Set-Cookie2", "Set-Login",
    "Sec-Session-Registration", "Secure-Session-Registration", "Use-As-Dictionary", "Origin-Agent-Cluster",
    "X-Accel-Redirect", "X-Sendfile", "Proxy-Authentication-Info",
])
def test_an_upstream_does_not_speak_for_the_whole_origin(site, browser, name):
    site.sign_in(browser)
    site.upstream.respond = lambda received: json_response({}, fields=f"{name}: x\r\n".encode())
    answer = browser.call(site.url("/stub/a"))
    assert answer.status_code == 200 and name.lower() not in answer.headers


def test_images_may_come_without_the_header_from_our_own_pages(site, browser):
    site.sign_in(browser)
    assert browser.fetch(site.url("/images/a.png")).status_code == 200
    answer = browser.fetch(site.url("/images/a.png"), page="http://127.0.0.1:1/")
    assert answer.status_code == 403 and site.upstream.hits == 1


@pytest.mark.parametrize("path, status", [("/stub", {200}), ("/stub/", {200}), ("/nowhere/x.json", {404})])
def test_routes_match_by_whole_segments(site, browser, path, status):
    site.sign_in(browser)
    assert browser.call(site.url(path)).status_code in status


def test_an_unknown_method_of_a_route_is_405_with_the_known_ones(site, browser):
    site.sign_in(browser)
    answer = browser.call(site.url("/images/a.png"), "DELETE")
    assert answer.status_code == 405 and "GET" in answer.headers["allow"]


# Refresh. However short a provider says a token lives, it is taken to live for ten seconds: these tests wait for that.


def caller(site, browser):
    """A function that calls the API with the browser's cookie from any thread, and returns the status."""
    header = browser.cookie_header(site.origin, "same-origin", "GET", False)

    def call(number=0):
        return browser.http.get(site.url(f"/stub/{number}"), headers={"X-CSRF": "1", "Cookie": header}).status_code

    return call


def test_an_old_token_is_replaced_before_it_ends_and_once(site, browser, eventually):
    site.scripted.faults.expires_in = 1
    site.sign_in(browser)
    site.scripted.faults.expires_in = 300
    call = caller(site, browser)
    first = site.scripted.issued["access_token"][-1]
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        def all_well_until_replaced():
            assert set(pool.map(call, range(20))) == {200}
            return site.upstream.received[-1].token != first

        eventually(all_well_until_replaced)
        assert set(pool.map(call, range(60))) == {200}
    assert site.scripted.hits["refresh"] == 1 and site.scripted.replays == 0


def test_calls_that_wait_for_one_refresh_share_it(site, browser, eventually):
    """The provider is slow and the old token dies meanwhile: everybody waits, one asks."""
    site.scripted.faults.expires_in = 1
    site.sign_in(browser)
    site.scripted.faults.expires_in = 300
    site.scripted.faults.refresh_delay = threading.Event()
    call = caller(site, browser)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        waiting = []

        def somebody_waits():
            waiting[:] = [pool.submit(call)]
            return bool(concurrent.futures.wait(waiting, timeout=0.5).not_done)

        eventually(somebody_waits)
        waiting += [pool.submit(call, number) for number in range(19)]
        site.scripted.faults.refresh_delay.set()
        assert {each.result() for each in waiting} == {200}
    assert site.scripted.hits["refresh"] == 1 and site.scripted.replays == 0


def test_a_refusal_of_the_refresh_ends_the_session(site, browser, eventually):
    site.scripted.faults.expires_in = 1
    site.sign_in(browser)
    site.scripted.faults.refresh_error = "invalid_grant"
    answers = []
    eventually(lambda: answers.append(browser.call(site.url("/stub/a"))) or answers[-1].status_code != 200)
    assert_problem(answers[-1], 401)
    assert answers[-1].json()["code"] == "session_ended"
    assert site.user(browser).status_code == 401


def test_a_provider_in_trouble_costs_no_session(site, browser, eventually):
    site.scripted.faults.expires_in = 1
    site.sign_in(browser)
    site.scripted.faults.refresh_status = 500
    answers = []
    eventually(lambda: answers.append(browser.call(site.url("/stub/a"))) or answers[-1].status_code != 200)
    assert_problem(answers[-1], 503)
    assert int(answers[-1].headers["retry-after"]) >= 0
    assert site.user(browser).status_code == 200
    site.scripted.faults.refresh_status = 200
    site.scripted.faults.expires_in = 300
    eventually(lambda: browser.call(site.url("/stub/a")).status_code == 200, seconds=30)


def test_an_upstream_that_is_away_is_502(site, browser):
    site.sign_in(browser)
    site.upstream.respond = lambda received: b"not http at all\r\n\r\n"
    assert_problem(browser.call(site.url("/stub/a"), "POST"), 502)
    site.upstream.forget()
    assert browser.call(site.url("/stub/a")).status_code == 200
