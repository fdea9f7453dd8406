"""The executables as operators meet them: help, versions, and configuration that is wrong."""

import copy
import re
import subprocess

import pytest
from stack.files import write
from stack.process import ENVIRONMENT, as_account
from Support.site import binaries

SERVICES = ["edge", "broker", "worker"]


def run(service, *words, account=None):
    argv = as_account(account, [binaries() / f"cloakroom-{service}", *words])
    return subprocess.run(argv, capture_output=True, text=True, timeout=60, env=ENVIRONMENT, cwd="/")


@pytest.mark.parametrize("service", SERVICES)
def test_help_and_version(service):
    told = run(service, "--help")
    assert told.returncode == 0 and "--config" in told.stdout and "--check" in told.stdout
    version = run(service, "--version")
    assert version.returncode == 0 and re.search(r"\d+\.\d+", version.stdout)


@pytest.mark.parametrize("service", SERVICES)
def test_misuse_is_64(service):
    assert run(service, "--no-such-option").returncode == 64


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_file_is_named(service):
    told = run(service, "--config", "/nonexistent/file.json", "--check")
    assert told.returncode == 1 and "/nonexistent/file.json" in told.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_the_configuration_of_the_tests_is_good(site, service):
    layout, deployment = site.layout, site.deployment
    words = ["serve"] if service == "broker" else []
    file, account = layout.configuration(service), deployment.account(service)
    told = run(service, *words, "--config", file, "--check", account=account)
    assert told.returncode == 0, told.stderr


def change_at(values, path, value):
    *way, last = path
    for step in way:
        values = values[step]
    values[last] = value


WRONG = [
    ("edge", ["surprise"], 1, r"\$\.surprise"),
    ("edge", ["listen"], "nonsense", r"\$\.listen"),
    ("edge", ["frontends", 0, "origin"], "localhost", r"\$\.frontends\[0\]\.origin"),
    ("edge", ["frontends", 0, "origin"], "http://app.example.org", r"\$\.frontends\[0\]\.origin"),
    ("edge", ["frontends", 0, "prefix"], "bff", r"\$\.frontends\[0\]\.prefix"),
    ("edge", ["peers", "worker"], [], r"\$\.peers\.worker"),
    ("broker", ["providers", 0, "issuer"], "http://login.example.org", r"\$\.providers\[0\]\.issuer"),
    ("broker", ["providers", 0, "client_secret"], "in the open", r"\$\.providers\[0\]\.client_secret"),
    ("broker", ["providers", 0, "client_secret"], {"file": "/nonexistent"}, r"\$\.providers\[0\]\.client_secret"),
    ("broker", ["providers", 0, "id_token_algorithms"], ["none"], r"\$\.providers\[0\]\.id_token_algorithms"),
    ("broker", ["session", "idle"], "soon", r"\$\.session\.idle"),
    ("broker", ["targets", 0, "provider"], "nobody", r"\$\.targets"),
    ("worker", ["surprise"], 1, r"\$\.surprise"),
    ("worker", ["sockets", "edge"], 7, r"\$\.sockets\.edge"),
    ("worker", ["sockets", "edge"], "/run/edge-worker/worker", r"\$\.sockets\.edge"),
    ("worker", ["loops"], 65, r"\$\.loops"),
    ("edge", ["loops"], "many", r"\$\.loops"),
    ("edge", ["limits"], {"connections": 0}, r"\$\.limits\.connections"),
]


@pytest.mark.parametrize("service, path, value, named", WRONG, ids=lambda value: str(value)[:40])
def test_what_is_wrong_is_named_with_its_place(site, service, path, value, named):
    files = copy.deepcopy(site.files)
    change_at(files[service], path, value)
    file = site.layout.scratch / "etc" / f"wrong-{service}.json"
    write(file, files[service], site.deployment.account(service))
    words = ["serve"] if service == "broker" else []
    told = run(service, *words, "--config", file, "--check", account=site.deployment.account(service))
    assert told.returncode == 1
    lines = [line for line in told.stderr.splitlines() if re.search(named + r"\b", line)]
    assert len(lines) == 1 and " — " in lines[0], told.stderr
    assert "in the open" not in told.stderr and "in the open" not in told.stdout


def test_several_problems_are_told_at_once(site):
    files = copy.deepcopy(site.files)
    for number in range(3):
        files["edge"][f"surprise{number}"] = 1
    file = write(site.layout.scratch / "etc" / "wrong-edge.json", files["edge"], site.deployment.account("edge"))
    told = run("edge", "--config", file, "--check", account=site.deployment.account("edge"))
    assert len([line for line in told.stderr.splitlines() if "$.surprise" in line]) == 3


def test_a_secret_that_others_may_read_is_refused(site):
    account = site.deployment.account("broker")
    loose = write(site.layout.scratch / "etc" / "loose", "secret", account, 0o444)
    files = copy.deepcopy(site.files)
    files["broker"]["providers"][0]["client_secret"] = {"file": str(loose)}
    file = write(site.layout.scratch / "etc" / "wrong-broker.json", files["broker"], account)
    told = run("broker", "serve", "--config", file, "--check", account=account)
    assert told.returncode == 1 and "client_secret" in told.stderr and "chmod" in told.stderr


@pytest.mark.parametrize(
    ("section", "value", "told_about"),
    [
        ("keys", {"file": "/nonexistent/keys.json"}, "cloakroom-broker keys new"),
        ("postgres", {"host": "../sockets"}, "absolute"),
    ],
)
def test_check_finds_what_would_keep_the_broker_from_starting(site, section, value, told_about):
    files = copy.deepcopy(site.files)
    files["broker"][section].update(value)
    account = site.deployment.account("broker")
    file = write(site.layout.scratch / "etc" / "wrong-broker.json", files["broker"], account)
    told = run("broker", "serve", "--config", file, "--check", account=account)
    assert told.returncode == 1 and f"$.{section}." in told.stderr and told_about in told.stderr


def test_a_second_key_ring_is_not_made_over_the_first(site):
    ring = site.layout.broker_home / "keys.json"
    before = ring.read_bytes()
    file, account = site.layout.configuration("broker"), site.deployment.account("broker")
    run("broker", "keys", "new", "--config", file, account=account)
    after = ring.read_bytes()
    assert ring.stat().st_mode & 0o777 == 0o400
    assert before == after or set(re.findall(rb'"[\w-]{43}"', before)) <= set(re.findall(rb'"[\w-]{43}"', after))


def test_migrations_run_again_without_harm(site):
    assert site.deployment.operator("migrate") is not None
    assert site.sessions() >= 0


def test_one_more_start_on_a_taken_port_says_so(site):
    told = run("edge", "--config", site.layout.configuration("edge"), account=site.deployment.account("edge"))
    assert told.returncode == 1
    assert "Address already in use" in told.stderr
    assert str(site.port) in told.stderr or str(site.layout.operations_port) in told.stderr

