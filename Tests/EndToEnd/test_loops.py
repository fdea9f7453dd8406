"""Edge and worker with two loops each: every loop does its share, and what concerns the process reaches all of them."""

import http.client
import re
import signal
from pathlib import Path

import httpx
import pytest
from stack import configuration
from stack.files import write
from stack.process import Account
from Support.unit import Client, Load, Unit

LOOPS = 2


@pytest.fixture(scope="module")
def shared_unit(world):
    def change(files):
        for service in ("edge", "worker"):
            files[service]["loops"] = LOOPS

    return Unit(world.site(change, real=False), others=False)


@pytest.fixture
def unit(shared_unit):
    shared_unit.site.upstream.forget()
    yield shared_unit
    dead = [name for name, process in shared_unit.site.services.items() if not process.running]
    shared_unit.site.deployment.start(*dead) if dead else None
    assert not dead, f"ended during the test: {dead}"


@pytest.fixture
def clients(unit):
    """Connections to every loop: an edge gives a new one to the loop that has the fewest."""
    clients = [Client(unit, ["edge"]) for _ in range(2 * LOOPS)]
    for client in clients:
        assert client.ask("GET").status == 200
    yield clients
    for client in clients:
        client.close()


def threads(unit, service):
    return list(Path(f"/proc/{unit.site.services[service].pid}/task").iterdir())


def operations(unit, path):
    return httpx.get(f"http://127.0.0.1:{unit.edges['edge'][1]}{path}", trust_env=False)


def test_every_loop_has_its_own_connections(unit, eventually):
    sockets = sorted(path.name for path in unit.site.layout.edge_worker.parent.iterdir())
    assert sockets == ["worker-2.sock", "worker.sock"]
    said = unit.site.services["broker"].output()
    for peer in (b"edge", b"worker"):
        assert said.count(b'"event":"peer_connected","peer":"' + peer) == LOOPS
    edge = unit.site.services["edge"]
    for socket in sockets:
        line = f'"event":"worker_connected","worker":"{socket}"'.encode()
        eventually(lambda line=line: edge.output().count(line) == LOOPS)


def test_requests_are_spread_over_the_loops_and_counted_together(unit, clients):
    def answered():
        text = operations(unit, "/metrics").text
        return int(re.search(r'cloakroom_edge_requests_total{status="2xx"} (\d+)', text)[1])

    before, spent = answered(), {path.name: used(path) for path in threads(unit, "edge")}
    with unit.load(clients=8) as load:
        load.wait_for(1000)
    assert {each.status for each in load.outcomes} == {200}
    assert answered() - before == len(load.outcomes)
    shares = sorted(used(path) - spent.get(path.name, 0) for path in threads(unit, "edge"))[-LOOPS:]
    assert min(shares) > sum(shares) / 8, f"one loop does it all: {shares}"


def used(thread):
    """Nanoseconds of processor time."""
    return int((thread / "schedstat").read_text().split()[0])


def test_no_thread_of_the_edge_can_reach_the_network(unit):
    modes = [re.search(r"^Seccomp:\t(\d)", (path / "status").read_text(), re.M)[1] for path in threads(unit, "edge")]
    assert len(modes) >= LOOPS and set(modes) == {"2"}


def test_a_logout_reaches_every_loop_even_without_a_broker(unit, clients):
    unit.cookies.append(unit.cookie())
    session = len(unit.cookies) - 1
    try:
        assert [client.ask("GET", session=session).status for client in clients] == [200] * len(clients)
        unit.site.deployment.stop("broker")
        connection = http.client.HTTPConnection("127.0.0.1", unit.site.port)
        connection.request("POST", "/bff/logout", headers=clients[0].fields(unit.cookies[session]))
        assert connection.getresponse().status == 503
        assert not [each for client in clients if (each := client.ask("GET", session=session).status) == 200]
    finally:
        unit.cookies.pop()
        unit.site.deployment.start("broker")


def test_it_is_not_ready_while_the_broker_is_away(unit, eventually):
    eventually(lambda: operations(unit, "/readyz").status_code == 200)
    unit.site.deployment.stop("broker")
    eventually(lambda: operations(unit, "/readyz").status_code == 503)
    unit.site.deployment.start("broker")
    eventually(lambda: operations(unit, "/readyz").status_code == 200)


def test_new_routes_reach_every_loop(unit, clients, eventually):
    layout = unit.site.layout
    routes = {"routes": [*unit.site.files["routes"]["routes"],
                         configuration.route("new", "/new/", unit.site.upstream.port, target="stub")]}
    assert {client.get("/new/a").status for client in clients} == {404}
    try:
        write(layout.routes, routes, Account.current(), 0o444)
        for service in ("worker", "edge"):
            unit.site.services[service].child.send_signal(signal.SIGHUP)
            eventually(lambda service=service: b'"event":"reloaded"' in unit.site.services[service].output())
        for session in range(len(unit.cookies)):
            assert {client.get("/new/a", session).status for client in clients} == {200}
    finally:
        unit.site.deployment.write_configuration(unit.site.files)
        for service in ("worker", "edge"):
            unit.site.deployment.restart(service)


@pytest.mark.parametrize("service", ["edge", "worker"])
def test_every_loop_finishes_what_it_has_begun(unit, eventually, service):
    load = Load(unit, "edge")
    with unit.holding() as release:
        for session in range(16):
            load.ask("GET", session)
        eventually(lambda: unit.site.upstream.hits == 16)
        process = unit.site.services[service]
        process.child.send_signal(signal.SIGTERM)
        eventually(lambda: b'"event":"draining"' in process.output())
        assert process.running
        release.set()
        assert [each.status for each in load.finish()] == [200] * 16
        assert process.child.wait(20) == 0
    unit.site.deployment.start(service)


def test_a_worker_with_fewer_loops_leaves_no_socket_behind(unit, eventually):
    values = {**unit.site.files["worker"], "loops": 1}
    deployment = unit.site.deployment
    try:
        write(unit.site.layout.configuration("worker"), values, deployment.account("worker"), 0o400)
        with unit.load(clients=4) as load:
            assert unit.replace("worker") == 0
        assert {each.status for each in load.outcomes} == {200}
        assert [path.name for path in unit.site.layout.edge_worker.parent.iterdir()] == ["worker.sock"]
    finally:
        deployment.write_configuration(unit.site.files)
        deployment.restart("worker")


def test_a_loop_that_cannot_begin_is_a_start_that_failed(unit):
    deployment, path = unit.site.deployment, unit.site.layout.edge_worker.with_name("worker-2.sock")
    deployment.stop("worker")
    path.unlink()
    path.write_text("")
    try:
        process = deployment.processes["worker"].start()
        assert process.child.wait(20) == 1
        assert f"{path} exists and is not a socket: remove it".encode() in process.output()
    finally:
        path.unlink()
        deployment.start("worker")


def begin_request(connection, port):
    """A request whose content does not come: a connection that only waits for one would have to make room."""
    connection.putrequest("POST", "/bff/login", skip_host=True)
    for name, value in {
        "Host": f"localhost:{port}", "X-CSRF": "1", "Content-Type": "application/json", "Content-Length": "9"
    }.items():
        connection.putheader(name, value)
    connection.endheaders()


def test_the_process_takes_no_more_connections_than_allowed(world):
    """Two loops with room for two each: a fifth waits, and is served when another goes."""
    def change(files):
        files["edge"] |= {"loops": LOOPS, "limits": {"connections": 4, "connections_per_client": 4}}

    site = world.site(change, real=False)
    connections = [http.client.HTTPConnection("127.0.0.1", site.port, timeout=20) for _ in range(5)]
    for connection in connections:
        connection.connect()
    for connection in connections[:4]:
        connection.request("GET", "/bff/healthz", headers={"Host": f"localhost:{site.port}"})
        assert connection.getresponse().read() == b"ok\n"
        begin_request(connection, site.port)
    connections[4].request("GET", "/bff/healthz", headers={"Host": f"localhost:{site.port}"})
    connections[4].sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connections[4].sock.recv(1)
    connections[0].close()
    connections[4].sock.settimeout(20)
    assert connections[4].getresponse().read() == b"ok\n"
    site.end()
