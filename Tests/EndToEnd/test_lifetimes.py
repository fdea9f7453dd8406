"""Sessions end by themselves: unused after a while, used or not after a longer one."""

import pytest


@pytest.fixture(scope="module")
def brief(world):
    """A deployment whose sessions are short-lived."""

    def change(files):
        files["broker"]["session"] = {"idle": "3s", "absolute": "8s"}
        stub = next(route for route in files["routes"]["routes"] if route["path"] == "/stub/")
        files["routes"]["routes"].append({**stub, "id": "quiet", "path": "/quiet/", "slide": False})

    return world.site(change, real=False)


def test_an_idle_session_ends(brief, eventually):
    browser = brief.sign_in()
    kept = dict(browser.cookies(brief.origin))
    # Asking without sliding is not a use.
    asked = brief.url("/bff/user?slide=false")
    assert browser.call(asked).status_code == 200
    eventually(lambda: browser.call(asked).status_code == 401, seconds=8)
    browser.cookies(brief.origin).update(kept)
    assert browser.call(brief.url("/stub/a")).status_code == 401


def test_a_used_session_lives_on_but_not_forever(brief, eventually):
    browser = brief.sign_in()
    lived = []
    eventually(lambda: lived.append(browser.call(brief.url("/bff/user"))) or lived[-1].status_code == 401, seconds=15)
    remaining = [answer.json()["bff:session_expires_in"] for answer in lived[:-1]]
    assert remaining == sorted(remaining, reverse=True), "the end never moves away"
    assert max(remaining) <= 8
    assert browser.call(brief.url("/stub/a")).status_code == 401


def test_calls_on_a_route_that_does_not_slide_keep_no_session_alive(brief, eventually):
    browser = brief.sign_in()
    asked = []
    eventually(lambda: asked.append(browser.call(brief.url("/quiet/a"))) or asked[-1].status_code == 401, seconds=7)
    assert asked[0].status_code == 200
