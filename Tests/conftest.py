"""Fixtures of the tests from end to end and of the browser tests."""

import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "Services" / "Demo")]

import pytest  # noqa: E402
from Support.site import World  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "long: takes long; runs with Tests/run --long")
    config.addinivalue_line("markers", "restarts: services get new processes on purpose")


def pytest_collection_modifyitems(config, items):
    if os.environ.get("CLOAKROOM_LONG"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def world():
    world = World()
    yield world
    world.end()


@pytest.fixture(scope="session")
def shared_site(world):
    """The deployment that most tests use, one after the other."""
    return world.site()


@pytest.fixture
def site(request, shared_site):
    """The shared deployment with well-behaved companions. Whatever the test did, no service may have ended by it."""
    shared_site.scripted.forget()
    shared_site.upstream.forget()
    before = {name: process.pid for name, process in shared_site.services.items()}
    yield shared_site
    shared_site.scripted.forget()
    dead = [name for name, process in shared_site.services.items() if not process.running]
    shared_site.deployment.start(*dead) if dead else None
    after = {name: process.pid for name, process in shared_site.services.items()}
    assert not dead, f"ended during the test: {dead}"
    assert before == after or request.node.get_closest_marker("restarts"), "a service was replaced"


@pytest.fixture
def browser(site):
    return site.browser()


@pytest.fixture(scope="session")
def eventually():
    """Waits for what happens soon but in its own time: `eventually(condition)`."""

    def wait(condition, seconds=15):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"not true within {seconds} s"
            time.sleep(0.05)

    return wait
