"""Floods and slow clients: what processes and database hold levels off, and others are served meanwhile.

Seconds in a normal run; with Tests/run --long a minute for each address, or CLOAKROOM_FLOOD_SECONDS, and slowhttptest."""

import itertools
import os
import random
import shutil
import socket
import statistics
import subprocess
import threading
import time
from pathlib import Path

import pytest
from stack import configuration
from Support.raw import Connection, status

SECONDS = float(os.environ.get("CLOAKROOM_FLOOD_SECONDS", 60 if os.environ.get("CLOAKROOM_LONG") else 0.6))
PROXY, VICTIM = "127.0.0.3", "127.0.0.2"
NAVIGATION = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
RANDOM = random.Random(1)


@pytest.fixture(scope="module")
def flooded(world):
    """A site of its own: what is left of a flood is nobody else's."""

    def change(files):
        files["edge"]["proxies"] = {"addresses": [PROXY]}
        files["edge"]["limits"] = {"logins_per_client": 200}
        open_to_all = dict(csrf="none", methods=["GET", "POST"])
        files["routes"]["routes"] += [
            configuration.route("slow", "/slow/", world.upstream.port, target="stub", **open_to_all),
        ]

    site = world.site(change, real=False)
    (site.deployment.frontend / "large.txt").write_bytes(b"x" * 200_000)
    return site


@pytest.fixture
def site(flooded):
    flooded.upstream.forget()
    before = {name: process.pid for name, process in flooded.services.items()}
    yield flooded
    assert {name: process.pid for name, process in flooded.services.items() if process.running} == before


def token():
    return "".join(RANDOM.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", k=43))


def lines(path, fields="", method="GET"):
    return f"{method} {path} HTTP/1.1\r\nHost: {{host}}\r\n{fields}"


def cookie(name="__Host-cloakroom"):
    return f"Cookie: {name}={token()}\r\n"


# What one request of each flood is; every one differs, so that whatever is kept of it adds up.
FLOODS = {
    "login": lambda: lines(f"/bff/login?return_to=/{token()}", NAVIGATION),
    "callback": lambda: lines(f"/bff/callback?code={token()}&state={token()}", NAVIGATION + cookie()),
    "user": lambda: lines("/bff/user", "X-CSRF: 1\r\n" + cookie()),
    "logout": lambda: lines("/bff/logout", "X-CSRF: 1\r\nContent-Length: 0\r\n" + cookie(), "POST"),
    "files": lambda: lines(f"/{token()}.js?{token()}"),
    "api without a session": lambda: lines(f"/stub/{token()}", "X-CSRF: 1\r\n"),
    "api with an invented session": lambda: lines(f"/stub/{token()}", "X-CSRF: 1\r\n" + cookie()),
    "malformed": lambda: lines(f"/{token()}", f"{token()}\r\n"),
}


def flood(site, make, until, rotate):
    """Sends requests, a handful at once on a connection, as fast as they are answered. Returns how many were sent."""
    sent = 0
    while time.monotonic() < until:
        with Connection(site.port, PROXY if rotate else "127.0.0.1") as connection:
            sent += drive(connection, site, make, until, rotate)
    return sent


def drive(connection, site, make, until, rotate):
    sent = 0
    try:
        while time.monotonic() < until:
            batch = [make().replace("{host}", f"localhost:{site.port}") for _ in range(16)]
            connection.send("".join(each + forwarded(rotate) + "\r\n" for each in batch).encode())
            sent += 16
            for _ in range(16):
                pass_over(connection)
    except (OSError, AssertionError):
        pass  # what is malformed ends the connection
    return sent


def forwarded(rotate):
    return f"X-Forwarded-For: {socket.inet_ntoa(RANDOM.randbytes(4))}\r\n" if rotate else ""


def pass_over(connection):
    head = connection.read_head().lower()
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    connection.read(int(length.split(b":")[1]))


def resident(site):
    """What each process holds, in KiB."""
    held = {}
    for name, process in site.services.items():
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        held[name] = int(next(line.split()[1] for line in lines if line.startswith("VmRSS")))
    return held


def rows(site):
    counts = site.sql("""
        SELECT relname, (xpath('//n/text()', query_to_xml('SELECT count(*) AS n FROM cloakroom.' || relname,
            false, false, '')))[1] FROM pg_class WHERE relkind = 'r' AND relnamespace = 'cloakroom'::regnamespace""")
    return {table: int(count) for table, count in (line.split("|") for line in counts.splitlines())}


def in_parallel(count, work):
    results = []
    threads = [threading.Thread(target=lambda: results.append(work())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("rotate", [False, True], ids=["one client", "ever new clients"])
@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_leaves_nothing_behind(site, name, rotate):
    def run(seconds):
        until = time.monotonic() + seconds
        assert sum(in_parallel(3, lambda: flood(site, FLOODS[name], until, rotate))) > 100

    run(SECONDS / 2)
    held, kept = resident(site), rows(site)
    run(SECONDS / 2)
    for service, size in resident(site).items():
        assert size - held[service] < 16_384, f"{service} grew from {held[service]} to {size} KiB"
    grown = {table: count for table, count in rows(site).items() if count > kept[table]}
    if name == "login":
        # Bounded by what a client may have under way; ever new clients, by what the broker takes in all.
        assert grown.pop("login_transaction", 0) <= (100_000 if rotate else 200)
    assert not grown, "nothing is stored for strangers"
    assert status(site.raw(f"GET /bff/healthz HTTP/1.1\r\nHost: localhost:{site.port}\r\n\r\n".encode())) == 200


# Slow clients.


def watch(site, browser, stop):
    """Another client, from another address, with a connection for every request. Returns how long each took."""
    paths = itertools.cycle(["GET /app.js", "GET /bff/user", "GET /stub/a"])
    times = []
    while not stop.is_set():
        began = time.monotonic()
        with site.connect(source=VICTIM, timeout=30) as connection:
            connection.send(site.request(browser, next(paths)))
            assert status(connection.read_head()) == 200
        times.append(time.monotonic() - began)
        stop.wait(0.02)
    return times


def watched(site, browser, attack):
    """Runs an attack and returns how long another client's requests took meanwhile."""
    stop, times = threading.Event(), []
    watcher = threading.Thread(target=lambda: times.extend(watch(site, browser, stop)))
    watcher.start()
    try:
        attack()
    finally:
        stop.set()
        watcher.join()
    return times


ATTACKS = {
    "slow heads": (["-H", "-i", "5", "-x", "24"], "/app.js"),
    "slow bodies": (["-B", "-i", "5", "-s", "8192", "-x", "10"], "/slow/a"),
    "slow readers": (["-X", "-w", "256", "-y", "512", "-n", "5", "-z", "32", "-k", "3"], "/large.txt"),
    "ranges": (["-R", "-a", "10", "-b", "3000"], "/large.txt"),
}


@pytest.mark.long
@pytest.mark.parametrize("signed_in", [False, True], ids=["strangers", "a user"])
@pytest.mark.parametrize("name", ATTACKS)
def test_slow_clients_are_no_trouble_for_others(site, name, signed_in):
    """Five thousand of them; a user has a session for all of them."""
    assert shutil.which("slowhttptest"), "install slowhttptest"
    options, path = ATTACKS[name]
    attacker = site.sign_in(name="grace")
    cookies = ["-j", attacker.cookie_header(site.origin, "same-origin", "GET", False)] if signed_in else []
    command = ["slowhttptest", "-c", "5000", "-r", "1000", "-l", "30", "-v", "1", *options, *cookies,
               "-u", f"http://localhost:{site.port}{path}"]
    times = watched(site, site.sign_in(), lambda: subprocess.run(command, timeout=120, capture_output=True))
    p99 = statistics.quantiles(times, n=100)[98]
    print(f"{name}: {len(times)} requests, p99 {p99 * 1000:.0f} ms, longest {max(times) * 1000:.0f} ms")
    assert p99 < 1


def test_a_crowd_of_slow_heads_is_no_trouble_for_others(site):
    """A small crowd in a normal run; nothing here is measured."""
    browser = site.sign_in()
    crowd = [site.connect() for _ in range(500)]
    for connection in crowd:
        connection.send(b"GET / HTTP/1.1\r\nHost: local")
    for path in ("/app.js", "/bff/user", "/stub/a"):
        with site.connect(source=VICTIM) as connection:
            connection.send(site.request(browser, f"GET {path}"))
            assert status(connection.read_head()) == 200
    for connection in crowd:
        connection.socket.close()
