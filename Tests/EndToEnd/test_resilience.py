"""Processes die, the database restarts, the provider goes away: sessions stay, and nothing opens."""

import concurrent.futures
import threading

import pytest
from stack.browser import Cookie
from Support.upstream import json_response

pytestmark = pytest.mark.restarts


def works(site, browser):
    return browser.call(site.url("/stub/a")).status_code == 200 and site.user(browser).status_code == 200


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
@pytest.mark.parametrize("service", ["edge", "worker", "broker"])
def test_a_session_survives_a_new_process(site, browser, eventually, service, kill):
    site.sign_in(browser)
    assert works(site, browser)
    site.deployment.restart(service, kill=kill)
    eventually(lambda: works(site, browser))
    site.sign_in(site.browser(), name="grace")


@pytest.mark.parametrize("service", ["edge", "worker", "broker"])
def test_a_login_survives_a_new_process_on_the_way(site, browser, eventually, service):
    page = site.begin_login(browser)
    url = site.callback_url(browser, page)
    site.deployment.restart(service)
    eventually(lambda: browser.call(site.url("/bff/user")).status_code == 401)  # and not 503
    assert browser.navigate(url, initiator=site.scripted.issuer).status == 200
    assert site.user(browser).status_code == 200


def test_sessions_and_logins_survive_a_restart_of_postgres(site, browser, eventually):
    site.sign_in(browser)
    site.world.cluster.stop()
    site.world.cluster.start()
    eventually(lambda: works(site, browser))
    site.sign_in(site.browser(), name="grace")


def test_without_the_database_nobody_is_taken_for_somebody(site, browser, eventually):
    site.sign_in(browser)
    stranger = site.browser()
    site.world.cluster.stop()
    try:
        assert site.user(stranger).status_code in (401, 503)
        assert stranger.call(site.url("/stub/a")).status_code in (401, 503)
        login = stranger.navigate(site.url("/bff/login?provider=scripted"))
        assert login.status == 503 and not login.forms
        assert site.user(browser).status_code in (200, 503)
        assert "__Host-cloakroom" in browser.cookies(site.origin), "an outage takes no cookie away"
    finally:
        site.world.cluster.start()
    eventually(lambda: works(site, browser))


def test_without_a_broker_nothing_is_served_to_strangers_and_cookies_stay(site, browser, eventually):
    site.sign_in(browser)
    site.deployment.stop("broker")
    stranger = site.browser()
    stranger.cookies(site.origin)["__Host-cloakroom"] = Cookie("__Host-cloakroom", "A" * 43, {})
    hits = site.upstream.hits
    assert site.user(stranger).status_code == 503
    assert stranger.call(site.url("/stub/a")).status_code == 503 and site.upstream.hits == hits
    assert "__Host-cloakroom" in browser.cookies(site.origin)
    site.deployment.start("broker")
    eventually(lambda: works(site, browser))


def test_a_logout_without_a_broker_says_that_it_is_incomplete(site, browser, eventually):
    site.sign_in(browser)
    kept = dict(browser.cookies(site.origin))
    site.deployment.stop("broker")
    answer = browser.call(site.url("/bff/logout"), "POST")
    assert answer.status_code == 503 and answer.json()["code"] == "logout_incomplete"
    assert "__Host-cloakroom" not in browser.cookies(site.origin)
    browser.cookies(site.origin).update(kept)
    assert browser.call(site.url("/stub/a")).status_code in (401, 503)
    site.deployment.start("broker")
    eventually(lambda: site.user(browser).status_code == 401)


def test_without_the_worker_calls_are_503_and_come_back(site, browser, eventually):
    site.sign_in(browser)
    site.deployment.stop("worker")
    assert browser.call(site.url("/stub/a")).status_code in (502, 503)
    assert site.user(browser).status_code == 200
    site.deployment.start("worker")
    eventually(lambda: works(site, browser))


@pytest.mark.parametrize("service", ["edge", "worker"])
def test_what_is_under_way_is_finished_before_a_process_ends(site, browser, eventually, service):
    site.sign_in(browser)
    release = threading.Event()

    def respond(received):
        release.wait(20)
        return json_response({"late": True})

    site.upstream.respond = respond
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        call = pool.submit(lambda: browser.call(site.url("/stub/slow")))
        eventually(lambda: site.upstream.hits == 1)
        end = pool.submit(site.services[service].stop)
        eventually(lambda: b"\"drain" in site.services[service].output() or end.done())
        assert not end.done(), "it waits for the exchange"
        release.set()
        assert call.result().json() == {"late": True}
        assert end.result() == 0
    site.deployment.start(service)
