import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

SHOTS = Path(__file__).resolve().parents[2] / ".cache" / "screenshots"


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"] if os.geteuid() == 0 else []
        )
        yield browser
        browser.close()


@pytest.fixture
def context(chromium):
    context = chromium.new_context(locale="en-GB", viewport={"width": 900, "height": 700})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def tab(context):
    """A page that must not complain: what the console calls an error fails the test."""
    page = context.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    # A request that is answered 401 is reported as an error too; being signed out is not one.
    assert [each for each in complaints if "status of 401" not in each] == []


@pytest.fixture
def shot(request):
    """Saves what a page looks like, for people: `shot(tab, "signed-in")`."""

    def save(page, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        test = re.sub(r"\W+", "-", request.node.name)
        page.screenshot(path=SHOTS / f"{test}-{name}.png")

    return save
