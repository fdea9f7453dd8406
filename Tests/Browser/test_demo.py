"""The demo's page in a real browser, with the real provider on another site."""

from playwright.sync_api import expect


def sign_in(tab, name="ada"):
    tab.get_by_role("link", name="Sign in").click()
    tab.get_by_label("User name").fill(name)
    tab.get_by_label("Password").fill(f"{name}-demo")
    tab.get_by_role("button", name="Sign in").click()


def test_sign_in_call_the_api_sign_out(site, tab, shot):
    tab.goto(site.url("/"))
    expect(tab.get_by_role("heading", name="You are not signed in")).to_be_visible()
    shot(tab, "signed-out")
    sign_in(tab)
    expect(tab.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    assert tab.url == site.url("/")
    tab.get_by_role("button", name="Call the API").click()
    expect(tab.locator("#json")).to_contain_text('"subject": "ada"')
    shot(tab, "signed-in")
    tab.get_by_role("button", name="Sign out").click()
    # The provider asks for itself, since no ID token went through the browser.
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="You are not signed in")).to_be_visible()
    assert tab.url.startswith(site.origin)


def test_the_page_sees_no_cookie_and_no_token(site, tab, context):
    tab.goto(site.url("/"))
    sign_in(tab, "grace")
    expect(tab.get_by_role("heading", name="Hello, Grace Hopper")).to_be_visible()
    assert tab.evaluate("document.cookie") == ""
    assert tab.evaluate("localStorage.length + sessionStorage.length") == 0
    session = [each for each in context.cookies(site.origin) if each["name"] == "__Host-cloakroom"]
    assert len(session) == 1
    assert session[0]["httpOnly"] and session[0]["secure"] and session[0]["sameSite"] == "Strict"


def test_back_does_not_lead_into_the_callback(site, tab):
    tab.goto(site.url("/"))
    sign_in(tab)
    expect(tab.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    addresses = [tab.url]
    for _ in range(3):
        tab.go_back()
        addresses.append(tab.url)
    assert not [address for address in addresses if "/bff/callback" in address]


def test_a_link_from_another_site_arrives_signed_in(site, tab, context):
    tab.goto(site.url("/"))
    sign_in(tab)
    expect(tab.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    # A page on the provider's site, which is another one, with a link to a protected page of ours.
    mail = context.new_page()
    mail.goto(f"{site.demo.issuer.removesuffix('/o')}/healthz")
    mail.evaluate("address => { location.href = address }", site.url("/pages/report"))
    mail.wait_for_url(site.url("/pages/report"))
    expect(mail.locator("body")).to_contain_text("GET /pages/report")


def test_another_site_cannot_sign_anybody_out_or_in(site, tab, context):
    tab.goto(site.url("/"))
    sign_in(tab)
    expect(tab.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    other = context.new_page()
    other.goto(f"{site.demo.issuer.removesuffix('/o')}/healthz")
    other.evaluate(
        """async (origin) => {
            for (const path of ["/bff/logout", "/bff/login"]) {
                const image = new Image();
                const done = new Promise((resolve) => { image.onerror = image.onload = resolve });
                image.src = origin + path;
                await done;
            }
            const post = { method: "POST", mode: "no-cors", credentials: "include" };
            await fetch(origin + "/bff/logout", post).catch(() => "the answer is hidden from us");
        }""",
        site.origin,
    )
    tab.reload()
    expect(tab.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
