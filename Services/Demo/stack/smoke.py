"""One visit, from the first page to the signed-out end, through the provider's real forms."""

from .browser import Browser
from .process import Failed


def expect(condition, message):
    if not condition:
        raise Failed(f"smoke: {message}")


def described(response):
    return f"{response.status_code} {response.text[:300]!r}"


def sign_in(browser, origin, name="ada", return_to="/"):
    """Signs in through the login page, and returns the page that the browser lands on."""
    page = browser.navigate(f"{origin}/bff/login?return_to={return_to}")
    expect(page.forms, f"no login page; {page.url} answered {page.status}: {page.text[:300]}")
    return browser.submit(page, {"username": name, "password": f"{name}-demo"})


def visit(origin):
    browser = Browser()
    expect(browser.navigate(f"{origin}/").status == 200, "the frontend's page does not load")
    before = browser.call(f"{origin}/bff/user")
    expect(before.status_code == 401, f"/bff/user before the login: {described(before)}")

    landed = sign_in(browser, origin)
    expect(landed.status == 200 and landed.url == f"{origin}/", f"the login ended at {landed.url}: {landed.status}")
    user = browser.call(f"{origin}/bff/user")
    expect(user.status_code == 200 and user.json().get("sub") == "ada", f"/bff/user: {described(user)}")

    answer = browser.call(f"{origin}/api/me")
    expect(answer.status_code == 200, f"/api/me: {described(answer)}")
    expect(answer.json()["subject"] == "ada", f"the API saw another subject: {described(answer)}")
    expect("read" in answer.json()["scope"].split(), f"the API saw no scope `read`: {described(answer)}")

    kept = dict(browser.cookies(origin))
    gone = browser.call(f"{origin}/bff/logout", "POST")
    expect(gone.status_code == 200, f"/bff/logout: {described(gone)}")
    browser.cookies(origin).update(kept)  # even a kept cookie is worth nothing now
    after = browser.call(f"{origin}/api/me")
    expect(after.status_code == 401, f"/api/me after the logout: {described(after)}")
    browser.close()
    return answer.json()
