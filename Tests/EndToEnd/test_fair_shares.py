"""One process that floods the socket of another: each of its neighbours still has its share."""

import base64
import os
import threading

import pytest
from stack.files import answers, free_port, write
from stack.process import Account, Process
from Support.raw import Connection, status
from Support.rpc import Peer
from Support.upstream import json_response


def test_an_edge_that_floods_the_broker_does_not_starve_another(site):
    """Three edges have all the calls without an answer that they may have; a fourth is still served."""
    handle = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=").decode()
    params = {"handle": handle, "frontend": "app", "slide": False}
    browser = site.sign_in()
    account = site.deployment.account("edge")
    flooders = [Peer(site.layout.edge_broker, "edge", account) for _ in range(3)]
    try:
        answered, threads = [], []
        for flooder in flooders:
            work = lambda each=flooder: answered.append(each.flood("session.user", params, 1000, 1))
            threads.append(threading.Thread(target=work))
            threads[-1].start()
        served = 0
        while any(thread.is_alive() for thread in threads):
            assert site.user(browser).status_code == 200
            assert browser.call(site.url("/stub/a")).status_code == 200
            served += 1
        assert served > 3 and len(answered) == 3, (served, answered)
    finally:
        for flooder in flooders:
            flooder.__exit__()


def test_an_account_has_its_share_of_the_connections(world, eventually):
    """One that takes as many as it gets leaves those of the others."""
    if not world.accounts.separate:
        pytest.skip("needs root: the three services share one account here")
    edge = world.accounts.edge
    other = Account(edge.uid + 1_000_000, edge.gid)
    site = world.site(lambda files: files["broker"]["peers"].update(edge=[edge.uid, other.uid]), real=False)
    try:
        with Peer(site.layout.edge_broker, "edge", other) as greedy:
            assert greedy.crowd(200) == 127, "with its first one, half of 256"
            site.deployment.restart("edge")
            site.sign_in()
    finally:
        site.end()


def test_an_edge_that_floods_a_worker_does_not_starve_another(world, eventually):
    """One edge has as many exchanges under way as a worker takes, all with one slow upstream; another edge asks the
    same upstream and is answered."""
    limits = {"exchanges_per_session": 1024}
    site = world.site(lambda files: files["edge"].update(limits=limits), real=False)
    release = threading.Event()

    def respond(received):
        if "/stub/slow" in received.line:
            release.wait(60)
        return json_response({})

    site.upstream.forget()
    site.upstream.respond = respond
    browser = site.sign_in()
    second = second_edge(site)
    crowd = [site.connect(timeout=30) for _ in range(1024)]
    try:
        for connection in crowd:
            connection.send(site.request(browser, "GET /stub/slow"))
        eventually(lambda: site.upstream.hits == 1024)
        with Connection(second.port) as connection:
            connection.send(site.request(browser, "GET /stub/quick"))
            assert status(connection.read_head()) == 200
        release.set()
        assert {status(connection.read_head()) for connection in crowd} == {200}
    finally:
        release.set()
        for connection in crowd:
            connection.socket.close()
        second.stop()
        site.upstream.forget()
        site.end()


def second_edge(site):
    """Another edge of the same unit, with ports of its own."""
    layout, account = site.layout, site.deployment.account("edge")
    port = free_port()
    values = {**site.files["edge"], "listen": f"127.0.0.1:{port}", "operations": f"127.0.0.1:{free_port()}"}
    file = write(layout.scratch / "etc" / "second-edge.json", values, account, 0o400)
    command = [site.deployment.binaries / "cloakroom-edge", "--config", file]
    process = Process("second edge", command, layout.logs / "second-edge.log", account).start()
    process.port = port
    process.wait_until(lambda: b'"worker_connected"' in process.output() and answers(port))
    return process
