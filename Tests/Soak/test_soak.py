"""Ten minutes of everything at once, through real processes: nothing fails, nothing grows, nothing stays.

CLOAKROOM_SOAK_SECONDS makes it shorter or longer."""

import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from load import Load
from stack import configuration
from stack.files import answers, free_port
from stack.process import Process
from Support import bulk
from watch import Watch

SECONDS = int(os.environ.get("CLOAKROOM_SOAK_SECONDS", "600"))
# Memory may move so much from the second third of the time to the last: pages, not a leak.
TOLERANCE, PAGES = 1.05, 2.0


@pytest.fixture(scope="module")
def upstream(world):
    port = free_port()
    process = Process("upstream", [sys.executable, Path(bulk.__file__), port], world.scratch / "logs" / "bulk.log")
    process.port = port
    process.start().wait_until(lambda: answers(port))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def site(world, upstream):
    def change(files):
        limits = {"body": "1GiB"}
        files["routes"]["routes"].append(
            configuration.route("bulk", "/bulk/", upstream.port, target="stub", limits=limits)
        )

    return world.site(change, real=False)


@pytest.fixture(scope="module")
def soaked(site, eventually):
    """The load and what was seen of the processes meanwhile."""
    browsers = [site.sign_in(name=name) for name in ("ada", "grace")]
    for browser in browsers:
        assert site.user(browser).status_code == 200
        browser.close()
    eventually(lambda: site.metric("cloakroom_edge_connections") == 0)
    watch = Watch({name: process.pid for name, process in site.services.items()})
    site.began = {name: len(site.log(name)) for name in site.services}
    load = Load(site, browsers, SECONDS).run()
    watch.follow(load)
    return load, watch


def lines(site, service):
    """The log since the load began."""
    with open(site.services[service].log, "rb") as log:
        log.seek(site.began[service])
        yield from map(json.loads, log)


def test_nothing_failed_but_what_the_load_broke_off(soaked):
    load, _ = soaked
    print(f"finished {dict(load.book.finished)}; broken off {dict(load.book.aborted)}")
    assert not load.book.errors
    assert all(load.book.finished[name] for name in load.CLIENTS if not name.startswith("leave"))


def test_the_access_log_has_exactly_these_exchanges(site, soaked, eventually):
    book = soaked[0].book

    def seen():
        requests = (line for line in lines(site, "edge") if line["event"] == "request")
        return Counter("cut" if line.get("cut") else line["status"] for line in requests)

    eventually(lambda: sum(seen().values()) >= book.finished.total() + book.aborted.total())
    assert seen() == {200: book.finished.total(), "cut": book.aborted.total()}


def test_memory_is_flat(soaked):
    watch = soaked[1]
    for name in watch.pids:
        _, middle, last = thirds = watch.thirds(name)
        print(f"{name}: {' → '.join(f'{each:.1f}' for each in thirds)} MiB")
        assert last <= middle * TOLERANCE + PAGES, name


def test_no_line_of_a_log_tells_of_trouble(site, soaked):
    trouble = [line for name in site.services for line in lines(site, name) if line["level"] in ("warning", "error")]
    assert not trouble


def test_descriptors_are_given_back(soaked, upstream, eventually):
    """Connections to the upstream are kept for later: its end is theirs."""
    watch = soaked[1]
    upstream.stop()
    eventually(lambda: all(now <= watch.before[name] for name, now in watch.open_now().items()), 60)
    print(f"descriptors before {watch.before}, after {watch.open_now()}")
