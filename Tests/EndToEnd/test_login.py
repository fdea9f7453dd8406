"""Signing in: both ways, many tabs, and everything that must not become a session."""

import re
import threading
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from stack.browser import Cookie

SESSION = "__Host-cloakroom"


def query(url):
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def with_query(url, **changes):
    values = {name: value for name, value in {**query(url), **changes}.items() if value is not None}
    return url.split("?")[0] + "?" + urlencode(values, doseq=True)


def started(site, browser):
    """A login up to the way back: the address of the callback, not yet visited."""
    return site.callback_url(browser, site.begin_login(browser))


def assert_refused(site, browser, page):
    """No session, no request to the token endpoint, and nothing that a browser would follow by itself."""
    assert page.status == 400
    assert page.refresh is None
    assert SESSION not in browser.cookies(site.origin)
    assert site.scripted.hits["/token"] == 0


@pytest.mark.parametrize("provider", ["demo", "scripted"])
def test_a_login_driven_by_the_edge_ends_where_it_should(site, browser, provider):
    site.sign_in(browser, provider, return_to="/some/page")
    user = site.user(browser)
    assert user.status_code == 200
    assert user.json()["sub"] == "ada"
    assert user.json()["bff:provider"] == provider
    assert 0 < user.json()["bff:session_expires_in"] <= 8 * 3600


def test_the_authorization_request_is_complete_and_ours(site, browser):
    sent = query(site.begin_login(browser).url)
    assert sent["response_type"] == "code"
    assert sent["client_id"] == site.scripted.client_id
    assert sent["redirect_uri"] == site.url("/bff/callback/scripted")
    assert sent["code_challenge_method"] == "S256"
    assert set(sent["scope"].split()) == {"openid", "profile", "email", "read"}
    assert len(sent["state"]) >= 22 and len(sent["nonce"]) >= 22 and len(sent["code_challenge"]) == 43


def test_callers_choose_no_parameter_of_the_authorization_request(site, browser):
    injected = "scope=admin&client_id=x&redirect_uri=http://evil.example/&response_type=token&state=1&nonce=2"
    answer = browser.send("GET", site.url(f"/bff/login?provider=scripted&{injected}"), "none", True)
    if answer.status_code == 400:
        return
    sent = parse_qs(urlsplit(answer.headers["location"]).query)
    assert all(len(values) == 1 for values in sent.values())
    assert sent["client_id"] == [site.scripted.client_id]
    assert "admin" not in sent["scope"][0] and sent["response_type"] == ["code"]
    assert sent["redirect_uri"] == [site.url("/bff/callback/scripted")]


def test_state_nonce_and_challenge_never_repeat(site, browser):
    sent = [query(site.begin_login(browser).url) for _ in range(20)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({each[name] for each in sent}) == len(sent)


def test_cookies_carry_every_protection(site, browser):
    page = site.begin_login(browser)
    transaction = [each for each in browser.cookies(site.origin).values() if each.name != SESSION]
    assert len(transaction) == 1 and transaction[0].name.startswith(f"{SESSION}-login-")
    assert transaction[0].same_site == "lax"
    browser.submit(page, {"username": "ada"})
    session = browser.cookies(site.origin)[SESSION]
    assert session.same_site == "strict" and re.fullmatch(r"[\w-]{43}", session.value)
    for cookie in (transaction[0], session):
        assert "secure" in cookie.attributes and "httponly" in cookie.attributes
        assert cookie.attributes["path"] == "/" and "domain" not in cookie.attributes
    assert set(browser.cookies(site.origin)) == {SESSION}, "the callback takes its own cookie away"


def test_the_way_back_is_a_page_that_leaks_nothing(site, browser):
    url = started(site, browser)
    answer = browser.send("GET", url, "cross-site", True)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert query(url)["code"] not in answer.text and query(url)["state"] not in answer.text
    assert "<script" not in answer.text.lower()


# The frontend's way.


def begin_by_frontend(site, browser, **more):
    answer = browser.call(
        site.url("/bff/login"), "POST", json={"return_to": "/", "provider": "scripted", "redirect": "page", **more}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def return_to_page(site, browser, begun):
    page = browser.navigate(begun["authorization_url"], initiator=site.url("/"))
    landed = browser.submit(page, {"username": "grace"})
    assert landed.url.startswith(site.url("/signed-in?"))
    return landed.url


@pytest.mark.parametrize("shape", ["url", "parts"])
def test_a_login_driven_by_the_frontend(site, browser, shape):
    begun = begin_by_frontend(site, browser)
    for name in ("client_id", "scope", "state", "nonce", "code_challenge", "redirect_uri"):
        assert query(begun["authorization_url"])[name] == begun[name]
    url = return_to_page(site, browser, begun)
    parts = query(url)
    body = {"url": url} if shape == "url" else {name: parts[name] for name in ("code", "state", "iss")}
    answer = browser.call(site.url("/bff/callback"), "POST", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["sub"] == "grace"
    assert site.user(browser).json()["sub"] == "grace"


@pytest.mark.parametrize("path", ["/bff/login", "/bff/callback"])
def test_the_frontends_way_needs_the_header(site, browser, path):
    assert browser.fetch(site.url(path), "POST", json={"return_to": "/"}).status_code == 403


def test_a_form_of_another_site_cannot_post_the_frontends_answers(site, browser):
    url = return_to_page(site, browser, begin_by_frontend(site, browser))
    headers = {"X-CSRF": "1", "Origin": "http://127.0.0.1:1"}
    answer = browser.fetch(site.url("/bff/callback"), "POST", page="http://127.0.0.1:1/", headers=headers,
                           json={"url": url})
    assert answer.status_code == 403
    assert site.scripted.hits["/token"] == 0


# State and the browser's own cookie.


def test_a_missing_state_is_refused(site, browser):
    url = with_query(started(site, browser), state=None)
    assert_refused(site, browser, browser.navigate(url, initiator=site.scripted.issuer))


def test_a_wrong_state_is_refused(site, browser):
    url = started(site, browser)
    state = query(url)["state"]
    wrong = state[:-2] + ("A" if state[-2] != "A" else "B") + state[-1]
    assert_refused(site, browser, browser.navigate(with_query(url, state=wrong), initiator=site.scripted.issuer))


def test_the_callback_of_another_browser_is_refused(site, browser):
    attacker = site.browser()
    url = started(site, attacker)
    site.begin_login(browser)
    assert_refused(site, browser, browser.navigate(url, initiator="http://127.0.0.1:1/"))


def test_a_callback_without_the_transactions_cookie_is_refused(site, browser):
    url = started(site, browser)
    browser.cookies(site.origin).clear()
    assert_refused(site, browser, browser.navigate(url, initiator=site.scripted.issuer))


def test_a_replayed_callback_is_refused_and_hurts_nobody(site, browser):
    url = started(site, browser)
    kept = dict(browser.cookies(site.origin))
    assert browser.navigate(url, initiator=site.scripted.issuer).status == 200
    session = browser.cookies(site.origin)[SESSION].value
    browser.cookies(site.origin).update(kept)
    assert browser.navigate(url, initiator=site.scripted.issuer).status == 400
    assert site.scripted.hits["/token"] == 1
    assert browser.cookies(site.origin)[SESSION].value == session
    assert site.user(browser).status_code == 200


def test_of_parallel_identical_callbacks_exactly_one_signs_in(site, browser):
    url = started(site, browser)
    header = browser.cookie_header(url, "cross-site", "GET", True)
    answers = []

    def visit():
        one = site.browser()
        answers.append(one.send("GET", url, "cross-site", True, headers={"Cookie": header}))

    threads = [threading.Thread(target=visit) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 11
    assert site.scripted.hits["/token"] == 1


def test_a_head_request_does_not_use_the_callback_up(site, browser):
    url = started(site, browser)
    assert browser.send("HEAD", url, "none", True).status_code in (200, 405)
    assert browser.navigate(url, initiator=site.scripted.issuer).status == 200
    assert site.user(browser).status_code == 200


def test_the_callback_of_one_provider_is_not_the_callback_of_another(site, browser):
    url = started(site, browser).replace("/bff/callback/scripted", "/bff/callback")
    assert_refused(site, browser, browser.navigate(url, initiator=site.scripted.issuer))


@pytest.mark.parametrize("extra", [
    "&state=x", "&code=x", "&iss=x", "&error=access_denied&error=x", "&access_token=x", "&id_token=x",
])
def test_doubled_parameters_and_tokens_in_the_address_are_refused(site, browser, extra):
    url = started(site, browser) + extra
    assert_refused(site, browser, browser.navigate(url, initiator=site.scripted.issuer))


@pytest.mark.parametrize("iss", [None, "http://127.0.0.1:1", "right/", "upper", ""])
def test_another_issuer_in_the_answer_is_refused(site, browser, iss):
    site.scripted.faults.iss = {
        "right/": site.scripted.issuer + "/", "upper": site.scripted.issuer.replace("http", "HTTP"),
    }.get(iss, iss)
    assert_refused(site, browser, browser.navigate(started(site, browser), initiator=site.scripted.issuer))


def test_a_providers_error_is_a_page_with_a_link_and_not_an_echo(site, browser):
    url = with_query(started(site, browser), code=None, error="access_denied",
                     error_description="<script>alert(1)</script>\r\nSet-Cookie: a=b")
    page = browser.navigate(url, initiator=site.scripted.issuer)
    assert page.status in (400, 401, 403) and page.refresh is None
    assert "<script" not in page.text.lower() and "alert(1)" not in page.text
    assert any("/bff/login" in link for link in page.links), "a way to try again"
    assert SESSION not in browser.cookies(site.origin)


# Tabs and identifiers.


def test_eight_tabs_sign_in_at_once(site, browser):
    tabs = [site.begin_login(browser, return_to=f"/tab/{number}") for number in range(8)]
    for number in (3, 0, 7, 1, 6, 2, 5, 4):
        landed = browser.submit(tabs[number], {"username": "ada"})
        assert landed.status == 200 and landed.url == site.url(f"/tab/{number}")
        assert site.user(browser).json()["sub"] == "ada"
    assert set(browser.cookies(site.origin)) == {SESSION}


def test_many_abandoned_logins_do_not_fill_the_cookie_header(site, browser):
    for _ in range(30):
        site.begin_login(browser)
    assert len(browser.cookies(site.origin)) <= 8
    site.sign_in(browser)
    assert site.user(browser).status_code == 200


def test_a_login_ends_the_session_before_it(site, browser):
    site.sign_in(browser)
    first = dict(browser.cookies(site.origin))
    site.sign_in(browser, name="grace")
    assert browser.cookies(site.origin)[SESSION].value != first[SESSION].value
    assert site.user(browser).json()["sub"] == "grace"
    old = site.browser()
    old.cookies(site.origin).update(first)
    assert site.user(old).status_code == 401


def test_a_planted_cookie_is_never_adopted(site, browser):
    site.sign_in(browser)
    planted = "A" * 43
    victim = site.browser()
    victim.navigate(site.url("/"))
    page = site.begin_login(victim)
    victim.cookies(site.origin)[SESSION] = Cookie(SESSION, planted, {"samesite": "Strict"})
    victim.submit(page, {"username": "ada"})
    assert victim.cookies(site.origin)[SESSION].value != planted
    thief = site.browser()
    thief.cookies(site.origin)[SESSION] = Cookie(SESSION, planted, {})
    assert site.user(thief).status_code == 401


@pytest.mark.parametrize("target", [
    "//evil.example/", "https://evil.example/", "/\\evil.example/", "\\/evil.example", "/%0d%0aSet-Cookie:a=b",
    "javascript:alert(1)", "/\t/evil.example/", "http:evil.example", "@evil.example/", "/bff/login", "/bff/logout",
])
def test_the_way_back_stays_on_this_site(site, browser, target):
    answer = browser.send("GET", site.url("/bff/login?" + urlencode({"return_to": target, "provider": "scripted"})),
                          "none", True)
    if answer.status_code == 400:
        return
    assert answer.status_code in (302, 303)
    login = browser.navigate(answer.headers["location"])
    landed = browser.submit(login, {"username": "ada"})
    assert landed.url.startswith(site.origin + "/") and not urlsplit(landed.url).path.startswith("/bff/log")
    assert "evil.example" not in urlsplit(landed.url).netloc


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
])
def test_a_login_starts_from_a_top_level_navigation_only(site, browser, headers):
    site.sign_in(browser)
    answer = browser.send("GET", site.url("/bff/login?provider=scripted"), "none", True, headers=headers)
    assert 400 <= answer.status_code < 500 and "set-cookie" not in answer.headers
    assert site.user(browser).status_code == 200


# What the provider may send and must not be believed.


@pytest.mark.parametrize("faults", [
    {"signature": "wrong"},
    {"signature": "other key"},
    {"signature": "none"},
    {"header": {"alg": "HS256"}},
    {"header": {"alg": "nOnE"}},
    {"header": {"crit": ["b64"]}},
    {"header": {"typ": "logout+jwt"}},
    {"claims": {"nonce": "another"}},
    {"claims": {"nonce": None}},
    {"claims": {"iss": "http://127.0.0.1:1"}},
    {"claims": {"iss": None}},
    {"claims": {"aud": "somebody-else"}},
    {"claims": {"aud": ["scripted client:1", "somebody-else"]}},
    {"claims": {"aud": None}},
    {"claims": {"azp": "somebody-else"}},
    {"claims": {"exp": 1_000_000_000}},
    {"claims": {"exp": None}},
    {"claims": {"exp": 1e300}},
    {"claims": {"exp": "4000000000"}},
    {"claims": {"iat": None}},
    {"claims": {"iat": 4_000_000_000}},
    {"claims": {"sub": None}},
    {"claims": {"sub": ""}},
    {"claims": {"sub": 1}},
    {"token_body": b"<html>"},
    {"token_body": b"[]"},
    {"token_body": b'{"access_token":"a","token_type":"Bearer"}'},
    {"token_body": b'{"access_token":"a","access_token":"b","token_type":"Bearer","id_token":"c"}'},
    {"token_status": 500},
    {"token_status": 307},
], ids=str)
def test_a_bad_answer_of_the_provider_is_no_session(site, browser, faults):
    before = site.sessions()
    url = started(site, browser)
    for name, value in faults.items():
        setattr(site.scripted.faults, name, value)
    page = browser.navigate(url, initiator=site.scripted.issuer)
    assert 400 <= page.status < 600 and page.refresh is None
    assert SESSION not in browser.cookies(site.origin)
    assert site.sessions() == before
    assert site.upstream.hits == 0 and site.scripted.hits["/token"] == 1


def test_a_provider_that_grants_no_lifetime_and_odd_spelling_is_understood(site, browser):
    site.scripted.faults.expires_in = None
    site.scripted.faults.claims = {"aud": [site.scripted.client_id]}
    site.sign_in(browser)
    assert site.user(browser).status_code == 200
