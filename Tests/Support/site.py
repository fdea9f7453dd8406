"""The whole site as tests use it: providers, upstreams, Postgres, and deployments of the three services."""

import itertools
import json
import os
import shutil
import urllib.request
from pathlib import Path

from stack import configuration
from stack.accounts import choose_accounts
from stack.browser import Browser
from stack.companions import API, DEMO, Provider
from stack.deployment import ORDER, Deployment, Layout
from stack.files import folder, free_port, new_scratch, remove_scratch
from stack.postgres import Cluster
from stack.process import Account, Failed

from . import raw
from .provider import ScriptedProvider
from .upstream import StubUpstream

ROOT = Path(__file__).resolve().parent.parent.parent
SCOPES = ["openid", "profile", "email", "read"]


def binaries():
    """The folder of the release build. Its absence fails a test; a test that vanishes proves nothing."""
    place = Path(os.environ.get("CLOAKROOM_BINARIES", ROOT / ".build" / "release"))
    missing = [name for name in ORDER if not (place / f"cloakroom-{name}").exists()]
    if missing:
        raise Failed(f"No release build of {', '.join(missing)} in {place}. Make it: Tests/run --only e2e")
    return place


class World:
    """What all deployments of a test run share. Parts are made when a test first asks for them."""

    def __init__(self):
        self.scratch = new_scratch("cr-")
        folder(self.scratch / "logs", Account.current(), 0o700)
        self.accounts = choose_accounts()
        self.endings = []
        self.numbers = itertools.count(1)
        self.cluster = Cluster(self.scratch, self.accounts.postgres)
        self.endings.append(self.cluster.stop)
        self.cluster.create()
        self.upstream = StubUpstream(free_port()).start()
        self.endings.append(self.upstream.stop)

    def end(self):
        for end in reversed(self.endings):
            end()
        if not os.environ.get("CLOAKROOM_KEEP"):
            remove_scratch(self.scratch)

    def site(self, change=None, **options):
        site = Site(self, change, **options)
        self.endings.append(site.end)
        return site


class Site:
    """One deployment with its own database and its own two providers:

    `demo`, a real one, for `/api/` with the demo API behind it, and `scripted` for everything else.
    `change(files)` may alter the configuration before anything starts; `real=False` leaves the real provider out."""

    def __init__(self, world, change=None, real=True, start=True):
        self.world = world
        self.number = next(world.numbers)
        self.layout = Layout(folder(world.scratch / str(self.number), Account.current(), 0o711), free_port(),
                             f"cloakroom_{self.number}")
        self.origin = self.layout.origin
        self.port = self.layout.port
        world.cluster.create_database(self.layout.database)
        self.deployment = Deployment(self.layout, world.accounts, world.cluster, binaries(), DEMO / "frontend")
        self.scripted = ScriptedProvider(free_port()).start()
        self.upstream = world.upstream
        self.companions = self.start_real() if real else []
        self.files = self.configure(real)
        if change:
            change(self.files)
        self.deployment.write_configuration(self.files)
        self.deployment.prepare()
        self.browsers = []
        if start:
            self.start()

    def start(self):
        try:
            self.deployment.start()
        except Failed:
            self.deployment.stop()
            raise

    def start_real(self):
        home = self.layout.scratch
        callbacks = [f"{self.origin}/bff/callback", f"{self.origin}/signed-in"]
        self.demo = Provider(home, free_port(), callbacks, [f"{self.origin}/bff/logout/return"]).start()
        self.api = API(home, free_port(), self.demo).start()
        return [self.api.process, self.demo.process]

    def configure(self, real):
        providers = [self.describe("scripted", self.scripted)]
        if real:
            providers.insert(0, self.describe("demo", self.demo))
        files = self.deployment.default_configuration(providers, self.api.port if real else self.upstream.port)
        files["edge"]["frontends"][0]["providers"] = [each["name"] for each in providers]
        files["broker"]["targets"] = [
            {"name": "api", "provider": providers[0]["name"], "kind": "user", "scopes": ["read"], "claims": ["sub"]},
            {"name": "stub", "provider": "scripted", "kind": "user", "scopes": ["read"], "claims": ["sub"]},
        ]
        stub = dict(upstream_port=self.upstream.port, target="stub")
        files["routes"]["routes"] += [
            configuration.route("stub", "/stub/", **stub),
            configuration.route("images", "/images/", **stub | {"methods": ["GET"], "csrf": "same-origin"}),
            configuration.route(
                "pages", "/pages/", self.upstream.port, methods=["GET"], csrf="none", on_unauthenticated="login"
            ),
        ]
        return files

    def describe(self, name, provider):
        secret = self.deployment.write_secret(f"client-{name}", provider.client_secret)
        described = configuration.provider(name, provider.issuer, provider.client_id, secret, self.origin, SCOPES)
        described["redirect_uris"]["page"] = f"{self.origin}/signed-in"
        if name != "demo":
            described["redirect_uris"]["default"] = f"{self.origin}/bff/callback/{name}"
        return described

    def end(self):
        for browser in self.browsers:
            browser.close()
        self.deployment.stop()
        for process in self.companions:
            process.stop()
        self.scripted.stop()
        if not os.environ.get("CLOAKROOM_KEEP"):
            shutil.rmtree(self.layout.scratch, ignore_errors=True)

    # What tests do with it.

    @property
    def services(self):
        return self.deployment.processes

    def url(self, path):
        return self.origin + path

    def browser(self):
        browser = Browser()
        self.browsers.append(browser)
        return browser

    def begin_login(self, browser, provider="scripted", return_to="/"):
        """Goes to the provider's login page and stays there."""
        page = browser.navigate(self.url(f"/bff/login?provider={provider}&return_to={return_to}"))
        assert page.forms, f"no login page: {page.url} answered {page.status} {page.text[:300]}"
        return page

    def sign_in(self, browser=None, provider="scripted", name="ada", return_to="/"):
        """Signs in through the provider's form, and returns the browser."""
        browser = browser or self.browser()
        page = self.begin_login(browser, provider, return_to)
        landed = browser.submit(page, {"username": name, "password": f"{name}-demo"})
        assert landed.status == 200 and landed.url == self.url(return_to), f"{landed.url}: {landed.status}"
        return browser

    def callback_url(self, browser, page, name="ada"):
        """Signs in at the provider but does not follow the way back: the address of the callback."""
        form = page.forms[0]
        data = {**form.fields, "username": name}
        response = browser.send("POST", self.scripted.issuer + form.action, "same-origin", True, data=data)
        return response.headers["location"]

    def user(self, browser):
        return browser.call(self.url("/bff/user"))

    def sessions(self):
        """How many sessions the database holds."""
        return int(self.sql("SELECT count(*) FROM cloakroom.session"))

    def sql(self, statement):
        return self.world.cluster.sql(statement, self.layout.database).strip()

    def raw(self, data, **options):
        return raw.exchange(self.port, data, **options)

    def connect(self, **options):
        return raw.Connection(self.port, **options)

    def request(self, browser, line, *fields, end="\r\n"):
        """The bytes of a script's request with the browser's cookies; `fields` such as `Content-Length: 3`."""
        cookie = browser.cookie_header(self.origin, "same-origin", "GET", False)
        own = [f"{line} HTTP/1.1", f"Host: localhost:{self.port}", "X-CSRF: 1", f"Cookie: {cookie}", *fields]
        return ("\r\n".join(own) + "\r\n" + end).encode()

    def events(self, service, name):
        """The log lines of an event."""
        lines = [json.loads(line) for line in self.log(service).splitlines()]
        return [line for line in lines if line["event"] == name]

    def metric(self, name):
        """A number that the edge counts; name with labels as in its metrics."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.layout.operations_port}/metrics") as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.rsplit(" ", 1)[1])
        raise KeyError(name)

    def log(self, service):
        return self.services[service].log.read_bytes()
