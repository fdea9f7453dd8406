"""The deployment that the corpora are replayed through: everything of `localhost` goes to the recording upstream."""

import pytest

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@pytest.fixture(scope="session")
def gate_site(world):
    return world.site(open_gate, real=False)


@pytest.fixture
def gate(gate_site):
    gate_site.upstream.forget()
    before = {name: process.pid for name, process in gate_site.services.items()}
    yield gate_site
    gate_site.upstream.forget()
    alive = {name: process.pid for name, process in gate_site.services.items() if process.running}
    assert alive == before, "a service ended during the test"


def open_gate(files):
    upstream = files["routes"]["routes"][0]["upstream"]
    own = {"methods": METHODS, "upstream": upstream, "session": "none", "csrf": "none"}
    files["routes"]["routes"] = [
        {"id": "web", "path": "/", **own},
        {"id": "files", "path": "/files/", "encoded_slash": "keep", **own},
        {"id": "loop", "path": "/loop/", **own, "upstream": {"url": files["edge"]["frontends"][0]["origin"]}},
        {"id": "stub", "path": "/stub/", **own, "session": "required", "target": "stub", "csrf": "header"},
    ]
    frontend = files["edge"]["frontends"][0]
    files["edge"]["frontends"].append({"id": "gate", "origin": "http://localhost", "providers": frontend["providers"]})
