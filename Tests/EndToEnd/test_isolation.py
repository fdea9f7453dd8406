"""The walls between the three processes: accounts, sockets, modes, libraries."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from stack.accounts import unused
from stack.process import as_account
from Support.site import binaries

CONNECT = """
import socket, sys
with socket.socket(socket.AF_UNIX) as client:
    client.settimeout(5)
    try:
        client.connect(sys.argv[1])
        print("connected", len(client.recv(1)))
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.fixture
def accounts(world):
    if not world.accounts.separate:
        pytest.skip("needs root: the three services share one account here")
    return world.accounts


def connect(account, path):
    """What becomes of a connection that an account tries: an error's name, or "connected" and how much was said."""
    argv = as_account(account, ["/usr/bin/python3", "-c", CONNECT, path])
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, cwd="/").stdout.strip()


def sockets(site):
    layout = site.layout
    return {"edge-broker": layout.edge_broker, "worker-broker": layout.worker_broker, "edge-worker": layout.edge_worker}


@pytest.mark.parametrize("name, intruder", [
    ("worker-broker", "edge"), ("edge-broker", "worker"), ("edge-broker", "nobody"), ("worker-broker", "nobody"),
    ("edge-worker", "nobody"),
])
def test_the_wrong_account_does_not_get_to_the_socket(site, accounts, name, intruder):
    account = unused(1)[0] if intruder == "nobody" else getattr(accounts, intruder)
    assert connect(account, sockets(site)[name]) == "PermissionError"


@pytest.mark.parametrize("name, owner", [("edge-broker", "broker"), ("worker-broker", "broker"),
                                         ("edge-worker", "worker")])
def test_behind_open_doors_the_uid_still_decides(site, accounts, name, owner):
    path = sockets(site)[name]
    modes = [(place, stat.S_IMODE(place.stat().st_mode)) for place in (path.parent, path)]
    try:
        path.parent.chmod(0o2755)
        path.chmod(0o666)
        answer = connect(unused(1)[0], path)
        assert answer in ("connected 0", "ConnectionResetError"), "closed before a byte is said"
    finally:
        for place, mode in modes:
            place.chmod(mode)
    assert site.user(site.browser()).status_code == 401, "the right ones still talk"


def test_sockets_belong_to_the_server_and_the_clients_group(site, accounts):
    owners = {"edge-broker": ("broker", "edge"), "worker-broker": ("broker", "worker")}
    owners["edge-worker"] = ("worker", "edge")
    for name, path in sockets(site).items():
        server, client = (getattr(accounts, each) for each in owners[name])
        found = path.stat()
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o660, name
        assert (found.st_uid, found.st_gid) == (server.uid, client.gid), name


def listening_inodes():
    rows = (Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()).splitlines()
    return {row.split()[9] for row in rows if len(row.split()) > 9 and row.split()[3] == "0A"}


def open_sockets(pid):
    links = (os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir())
    return {link[8:-1] for link in links if link.startswith("socket:[")}


@pytest.mark.parametrize("service, count", [("broker", 0), ("worker", 0), ("edge", 2)])
def test_only_the_edge_listens_on_the_network(site, service, count):
    assert len(open_sockets(site.services[service].pid) & listening_inodes()) == count


@pytest.mark.parametrize("service, foreign", [("edge", ["libpq", "libcurl"]), ("worker", ["libpq"])])
def test_a_process_links_only_what_it_is_for(service, foreign):
    linked = subprocess.run(
        ["ldd", binaries() / f"cloakroom-{service}"], capture_output=True, text=True, check=True
    ).stdout
    assert "libc.so" in linked
    assert not [name for name in [*foreign, "libFoundation", "libdispatch"] if name in linked]


@pytest.mark.parametrize("service", ["edge", "broker", "worker"])
def test_binaries_are_hardened(service):
    """Position-independent, read-only relocations bound at the start, no executable stack."""
    read = subprocess.run(
        ["readelf", "-W", "-h", "-l", "-d", binaries() / f"cloakroom-{service}"],
        capture_output=True, text=True, check=True,
    ).stdout
    assert "Type:                              DYN" in read
    assert "GNU_RELRO" in read and ("BIND_NOW" in read or "FLAGS_1" in read and "NOW" in read)
    stack = next(line for line in read.splitlines() if "GNU_STACK" in line)
    assert "RWE" not in stack


def test_secrets_are_read_by_the_broker_alone(site, accounts):
    secrets = [*site.layout.broker_home.iterdir(), site.layout.configuration("broker")]
    assert len(secrets) >= 5
    for secret in secrets:
        assert secret.stat().st_uid == accounts.broker.uid and stat.S_IMODE(secret.stat().st_mode) & 0o077 == 0, secret
    for account in (accounts.edge, accounts.worker):
        argv = as_account(account, ["/usr/bin/head", "-c", "1", secrets[0]])
        assert subprocess.run(argv, capture_output=True, cwd="/").returncode != 0


def test_processes_hold_no_privilege(site):
    for service, process in site.services.items():
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        values = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        assert int(values["CapEff"], 16) == 0 or os.geteuid() != 0, service
        assert values["NoNewPrivs"].strip() == "1" or not site.world.accounts.separate, service

