"""What a session is to the browser: who I am, how it ends, and what never starts one."""

import pytest

SESSION = "__Host-cloakroom"


def assert_problem(answer, status):
    """A problem document (RFC 9457) with a stable code, not cached, not a redirect."""
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"]
    assert "no-store" in answer.headers["cache-control"]


def test_nobody_is_told_as_json_that_he_is_nobody(site, browser):
    assert_problem(site.user(browser), 401)


@pytest.mark.parametrize("method, path", [("GET", "/bff/user"), ("POST", "/bff/logout"), ("POST", "/bff/login")])
def test_the_header_is_needed_and_the_answer_names_the_cure(site, browser, method, path):
    site.sign_in(browser)
    answer = browser.fetch(site.url(path), method)
    assert_problem(answer, 403)
    assert "X-CSRF" in answer.json()["detail"]
    assert site.user(browser).status_code == 200


def test_the_user_is_the_allowed_claims_and_nothing_that_opens_doors(site, browser):
    site.sign_in(browser)
    answer = site.user(browser)
    assert set(answer.json()) <= {
        "sub", "name", "preferred_username", "email", "bff:provider", "bff:session_expires_in", "bff:logout_url",
        "bff:connections",
    }
    assert site.scripted.marker not in answer.text
    assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("value", [
    "", "x", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "\u00e4", "A" * 4000, "../" * 14, "A" * 42 + ".",
])
def test_cookies_of_another_shape_are_no_session(site, browser, value):
    header = f"{SESSION}={value}".encode("latin-1")
    answer = browser.http.get(site.url("/bff/user"), headers=[(b"X-CSRF", b"1"), (b"Cookie", header)])
    assert answer.status_code in (400, 401)


def test_two_cookies_of_our_name_are_no_session(site, browser):
    site.sign_in(browser)
    mine = browser.cookies(site.origin)[SESSION].value
    for other in (mine, "B" * 43):
        headers = {"X-CSRF": "1", "Cookie": f"{SESSION}={mine}; {SESSION}={other}"}
        assert browser.http.get(site.url("/bff/user"), headers=headers).status_code == 401


def test_logout_ends_it_everywhere_at_once(site, browser):
    site.sign_in(browser)
    kept = dict(browser.cookies(site.origin))
    assert browser.call(site.url("/stub/a")).status_code == 200
    answer = browser.call(site.url("/bff/logout"), "POST")
    assert answer.status_code == 200
    assert SESSION not in browser.cookies(site.origin)
    browser.cookies(site.origin).update(kept)
    hits = site.upstream.hits
    assert site.user(browser).status_code == 401
    assert browser.call(site.url("/stub/a")).status_code == 401
    assert site.upstream.hits == hits
    assert browser.call(site.url("/bff/logout"), "POST").status_code in (200, 401), "once more changes nothing"


def test_logout_leads_to_the_provider_and_back(site, browser):
    site.sign_in(browser)
    url = browser.call(site.url("/bff/logout"), "POST").json()["logout_url"]
    assert url.startswith(f"{site.scripted.issuer}/logout?")
    assert "id_token_hint" not in url
    page = browser.navigate(url, initiator=site.url("/"))
    assert page.status == 200 and page.url.startswith(site.origin)
    assert site.user(browser).status_code == 401


def test_logout_revokes_the_refresh_token_at_the_provider(site, browser, eventually):
    site.sign_in(browser)
    token = site.scripted.issued["refresh_token"][-1]
    browser.call(site.url("/bff/logout"), "POST")
    eventually(lambda: token in site.scripted.revoked)


def test_logout_by_navigation_needs_the_sessions_own_value(site, browser):
    site.sign_in(browser)
    own = site.user(browser).json()["bff:logout_url"]
    assert own.startswith("/bff/logout?sid=")
    for url, initiator in [("/bff/logout", site.url("/")), ("/bff/logout?sid=" + "A" * 43, site.url("/")),
                           ("/bff/logout", "http://127.0.0.1:1/"), (own, "http://127.0.0.1:1/")]:
        browser.navigate(site.url(url), initiator=initiator)
        assert site.user(browser).status_code == 200, url
    browser.navigate(site.url(own), initiator=site.url("/"))
    assert site.user(browser).status_code == 401


def test_sessions_of_two_browsers_do_not_know_each_other(site):
    first, second = site.sign_in(name="ada"), site.sign_in(name="ada")
    first.call(site.url("/bff/logout"), "POST")
    assert site.user(first).status_code == 401
    assert site.user(second).status_code == 200


# A link from another site.


def test_a_deep_link_with_a_session_bounces_once_and_arrives(site, browser):
    site.sign_in(browser, "demo")
    browser.history.clear()
    page = browser.navigate(site.url("/pages/report?id=1"), initiator="http://127.0.0.1:1/mail")
    assert page.status == 200 and page.url == site.url("/pages/report?id=1")
    assert [hop.path for hop in browser.history] == ["/pages/report"] * 2
    assert site.upstream.hits == 1 and site.upstream.received[0].line.startswith("GET /pages/report?id=1 ")


def test_a_deep_link_without_a_session_leads_to_one_login_and_arrives(site, browser):
    browser.history.clear()
    page = browser.navigate(site.url("/pages/report?id=2"), initiator="http://127.0.0.1:1/mail")
    assert page.forms, f"{page.url}: {page.status}"
    logins = [hop for hop in browser.history if hop.path == "/bff/login"]
    assert len(logins) <= 1 and len(browser.history) <= 5
    # The first provider of the frontend is the real one.
    landed = browser.submit(page, {"username": "ada", "password": "ada-demo"})
    assert landed.url == site.url("/pages/report?id=2")


def test_the_frontends_pages_need_no_session_and_no_bounce(site, browser):
    browser.history.clear()
    page = browser.navigate(site.url("/orders/7"), initiator="http://127.0.0.1:1/mail")
    assert page.status == 200 and "Cloakroom" in page.text
    assert len(browser.history) == 1
