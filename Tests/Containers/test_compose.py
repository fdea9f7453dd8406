"""The deployed shape in a real container engine: it comes up, signs people in, and its walls stand."""

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from stack.browser import Browser
from stack.files import is_free
from stack.process import Failed
from stack.smoke import sign_in, visit

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://localhost:8080"
PROVIDER = "http://127.0.0.1:9000/healthz"
SERVICES = {"edge": "10001:10001", "broker": "10002:10002", "worker": "10003:10003"}


class Compose:
    def __init__(self):
        self.project = f"cloakroom-test-{secrets.token_hex(3)}"
        self.files = ["-f", "compose.yaml", "-f", "Services/Demo/compose.yaml"]

    def run(self, *words, seconds=120):
        argv = ["docker", "compose", "-p", self.project, *self.files, *words]
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
        if done.returncode != 0:
            said = done.stdout[-2000:] + done.stderr[-4000:]
            raise Failed(f"{' '.join(argv)} ended with {done.returncode}:\n{said}")
        return done.stdout

    def containers(self, service):
        return self.run("ps", "-a", "-q", service).split()

    def inspect(self, service):
        return json.loads(docker("inspect", *self.containers(service)))


def docker(*words, check=True):
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=120)
    if check and done.returncode != 0:
        raise Failed(f"docker {' '.join(words)}: {done.stderr}")
    return done.stdout


def engine_or_fail():
    if not shutil.which("docker"):
        raise Failed("No docker command. Install a container engine with Compose 2, or leave --long out.")
    docker("version")
    busy = [port for port in (8080, 9000) if not is_free(port)]
    if busy:
        raise Failed(f"The compose file needs ports 8080 and 9000; somebody uses {busy}")


@pytest.fixture(scope="module")
def compose(eventually):
    engine_or_fail()
    compose = Compose()
    try:
        compose.run("build", seconds=1800)
        compose.run("up", "-d", "--scale", "edge=3", seconds=300)
        eventually(lambda: says_200(PROVIDER) and says_200(f"{ORIGIN}/bff/healthz"), seconds=60)
        yield compose
        if os.environ.get("CLOAKROOM_KEEP"):
            print(compose.run("logs", "--no-color"))
    finally:
        compose.run("down", "-v", "--timeout", "5")


def says_200(url):
    """An open port is not enough: the engine's proxy takes connections before the process behind it does."""
    browser = Browser(timeout=5)
    try:
        return browser.navigate(url).status == 200
    except (OSError, httpx.TransportError):
        return False
    finally:
        browser.close()


def test_a_whole_visit_through_the_balancer(compose):
    said = visit(ORIGIN)
    assert said["subject"] == "ada"


def test_a_session_outlives_the_edge_it_began_on(compose, eventually):
    browser = Browser()
    sign_in(browser, ORIGIN)
    for container in compose.containers("edge")[:2]:
        docker("kill", container)
    eventually(lambda: browser.call(f"{ORIGIN}/bff/user").status_code == 200)
    assert browser.call(f"{ORIGIN}/api/me").json()["subject"] == "ada"
    compose.run("up", "-d", "--scale", "edge=3", "--no-recreate")


@pytest.mark.parametrize("service", SERVICES)
def test_processes_are_locked_in(compose, service):
    for container in compose.inspect(service):
        host, config = container["HostConfig"], container["Config"]
        assert config["User"] == SERVICES[service]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["CapAdd"]
        assert "no-new-privileges:true" in host["SecurityOpt"]
        assert not host["Privileged"] and host["PidMode"] == "" and host["IpcMode"] in ("private", "")
        assert host["PidsLimit"] and host["Memory"]
        assert not [mount for mount in container["Mounts"] if "docker.sock" in mount["Source"]]


@pytest.mark.parametrize("service, volumes", [
    ("edge", {"edge-broker", "edge-worker"}),
    ("worker", {"edge-worker", "worker-broker"}),
    ("broker", {"edge-broker", "worker-broker", "broker", "postgres-socket"}),
])
def test_each_sees_only_its_own_volumes(compose, service, volumes):
    for container in compose.inspect(service):
        names = {mount["Name"] for mount in container["Mounts"] if mount["Type"] == "volume"}
        assert names == {f"{compose.project}_{volume}" for volume in volumes}


@pytest.mark.parametrize("service, linked, foreign", [
    ("edge", ["libssl"], ["libpq", "libcurl"]),
    ("worker", ["libcurl"], ["libpq"]),
    ("broker", ["libpq", "libcurl"], []),
])
def test_images_hold_no_more_than_their_process(compose, service, linked, foreign):
    image = f"{compose.project}-{service}"
    script = f"ldd /usr/local/bin/cloakroom-{service}; find / -xdev -name '*.so*'; ls /source /demo 2>&1"
    found = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script, check=False)
    for name in linked:
        assert name in found
    for name in foreign:
        assert name not in found
    assert "not found" not in found and "libswift" not in found


REACH = "timeout 3 bash -c '</dev/tcp/{host}/{port}' && echo reached || true"


@pytest.mark.parametrize("service, host, port", [
    ("edge", "broker", 9000), ("edge", "api", 9001), ("balancer", "broker", 9000), ("balancer", "api", 9001),
    ("balancer", "worker", 9001), ("broker", "edge", 8080), ("worker", "edge", 8080),
])
def test_networks_end_where_they_should(compose, service, host, port):
    named = compose.inspect("broker" if host == "api" else host)[0]
    address = next(iter(named["NetworkSettings"]["Networks"].values()))["IPAddress"]
    for target in (host, address):
        script = REACH.format(host=target, port=port)
        said = docker("run", "--rm", "--network", f"container:{compose.containers(service)[0]}",
                      "debian:bookworm-slim", "bash", "-c", script)
        assert "reached" not in said


def test_the_database_has_no_network_and_one_door(compose):
    assert compose.inspect("postgres")[0]["HostConfig"]["NetworkMode"] == "none"
    holders = set()
    for service in ("edge", "worker", "broker", "balancer", "postgres", "migrate"):
        names = [mount.get("Name") for mount in compose.inspect(service)[0]["Mounts"]]
        holders |= {service} if f"{compose.project}_postgres-socket" in names else set()
    assert holders == {"broker", "postgres", "migrate"}
    # The broker's account may not be the superuser there, with or without a password of its own.
    said = docker("run", "--rm", "--network", "none", "--user", "10002:10002", "-v",
                  f"{compose.project}_postgres-socket:/s", "--entrypoint", "psql", "postgres:15-bookworm",
                  "-w", "-h", "/s", "-U", "postgres", "-c", "SELECT 'reached'", check=False)
    assert "reached" not in said


def test_the_right_ones_do_reach_each_other(compose):
    """The search above is not blind."""
    for service, host, port in [("balancer", "edge", 8080), ("worker", "api", 9001)]:
        said = docker("run", "--rm", "--network", f"container:{compose.containers(service)[0]}",
                      "debian:bookworm-slim", "bash", "-c", REACH.format(host=host, port=port))
        assert "reached" in said
