"""A unit of two edges and two workers around one broker, and clients that spread over the edges as a balancer does."""

import concurrent.futures
import contextlib
import copy
import http.client
import itertools
import json
import os
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from stack.files import free_port

from .upstream import json_response

GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclass(frozen=True)
class Outcome:
    number: int
    method: str
    status: int
    code: str | None


class Unit:
    def __init__(self, site, sessions=16, others=True):
        self.site = site
        self.edges = {"edge": (site.layout.port, site.layout.operations_port)}
        if others:
            self.add_others()
        self.numbers = itertools.count(1)
        self.cookies = [self.cookie() for _ in range(sessions)]

    def add_others(self):
        deployment, files, layout = self.site.deployment, self.site.files, self.site.layout
        self.edges["edge-b"] = (free_port(), free_port())
        values = copy.deepcopy(files["edge"])
        values["listen"], values["operations"] = (f"127.0.0.1:{port}" for port in self.edges["edge-b"])
        deployment.add("edge", "edge-b", values)
        values = copy.deepcopy(files["worker"])
        values["sockets"]["edge"] = str(layout.edge_worker.with_name("second.sock"))
        deployment.add("worker", "worker-b", values)
        deployment.start("worker-b", "edge-b")

    def cookie(self):
        browser = self.site.sign_in()
        return "__Host-cloakroom=" + browser.cookies(self.site.origin)["__Host-cloakroom"].value

    def client(self, *edges):
        return Client(self, edges or tuple(self.edges))

    @contextlib.contextmanager
    def load(self, clients):
        """Clients that send GETs and POSTs in turn as long as this lasts; `outcomes` are there at the end."""
        load = Load(self)
        for _ in range(clients):
            load.begin(load.go_on)
        try:
            load.wait_for(20 * clients)
            yield load
            load.wait_for(20 * clients)
        finally:
            load.finish()

    def arrivals(self):
        """How often each number has come to the upstream."""
        lines = [received.line.split()[1] for received in list(self.site.upstream.received)]
        return Counter(int(line.rsplit("/", 1)[1]) for line in lines if line.startswith("/stub/n/"))

    def shares(self):
        """How many of the requests that have come to the upstream each worker has sent, while connections last."""
        ports = [self.site.upstream.ports[received.connection] for received in list(self.site.upstream.received)]
        inodes = {}
        for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = row.split()
            inodes[fields[9]] = int(fields[1].split(":")[1], 16)
        found = Counter()
        for name in ("worker", "worker-b"):
            for link in Path(f"/proc/{self.site.services[name].pid}/fd").iterdir():
                with contextlib.suppress(OSError):
                    target = os.readlink(link)
                    port = inodes.get(target[8:-1]) if target.startswith("socket:[") else None
                    found[name] += ports.count(port)
        return found

    def replace(self, name):
        """Starts a successor of a process under the same name, and then ends the old one; answers its exit code."""
        old = self.site.services[name]
        new = self.site.deployment.process(name.split("-")[0], name)
        new.start().wait_until(lambda: b'"event":"ready"' in new.output())
        self.site.services[name] = new
        return old.stop(seconds=30)

    @contextlib.contextmanager
    def holding(self):
        """The upstream answers no request before the end of this; yields the event that lets it go on earlier."""
        release = threading.Event()

        def respond(received):
            release.wait(30)
            return json_response({"line": received.line})

        self.site.upstream.respond = respond
        try:
            yield release
        finally:
            release.set()
            self.site.upstream.forget()


class Load:
    """Clients at work, each on a thread of its own."""

    MOST = 5000

    def __init__(self, unit, *edges):
        self.unit, self.edges = unit, edges
        self.pool = concurrent.futures.ThreadPoolExecutor(64)
        self.outcomes, self.futures = [], []
        self.changed, self.is_over = threading.Condition(), False

    def begin(self, work):
        self.futures.append(self.pool.submit(lambda: work(self.unit.client(*self.edges))))

    def go_on(self, client):
        for method in itertools.islice(itertools.cycle(("GET", "POST")), self.MOST):
            if self.is_over:
                return
            self.note(client.ask(method))

    def ask(self, method, session):
        """One request of a client of its own."""
        self.begin(lambda client: self.note(client.ask(method, session=session)))

    def note(self, outcome):
        with self.changed:
            self.outcomes.append(outcome)
            self.changed.notify_all()

    def wait_for(self, more):
        """Waits until so many more have been answered."""
        with self.changed:
            enough = len(self.outcomes) + more
            broken = [future for future in self.futures if future.done() and future.exception()]
            assert self.changed.wait_for(lambda: len(self.outcomes) >= enough, 60), f"no answers; {broken}"

    def finish(self):
        self.is_over = True
        for future in self.futures:
            future.result(60)
        self.pool.shutdown()
        return self.outcomes


class Client:
    """One connection at a time, kept while it can be. An edge that takes no connection is passed over, and a kept
    connection that was closed is no failure as long as the request may be repeated (RFC 9112, section 9.3.1)."""

    def __init__(self, unit, edges):
        self.unit, self.edges = unit, itertools.cycle(edges)
        self.connection = None

    def ask(self, method, session=None):
        """A request that the upstream knows by its number."""
        number = next(self.unit.numbers)
        response = self.get(f"/stub/n/{number}", number if session is None else session, method)
        problem = json.loads(response.body) if response.status != 200 else {}
        return Outcome(number, method, response.status, problem.get("code"))

    def get(self, path, session=0, method="GET"):
        fields = self.fields(self.unit.cookies[session % len(self.unit.cookies)])
        response = self.send(method, path, b"{}" if method == "POST" else None, fields)
        response.body = response.read()
        if response.will_close:
            self.close()
        return response

    def fields(self, cookie):
        host = self.unit.site.origin.removeprefix("http://")
        return {"Host": host, "Cookie": cookie, "X-CSRF": "1", "Sec-Fetch-Site": "same-origin"}

    def send(self, method, path, body, fields):
        if self.connection and method == "GET":
            try:
                return self.exchange(method, path, body, fields)
            except GONE:
                pass
        self.close()
        for _ in range(2 * len(self.unit.edges)):
            try:
                self.connection = self.connect(next(self.edges))
                break
            # A listener that closes resets whoever has not quite connected: nothing has been sent yet.
            except (ConnectionRefusedError, ConnectionResetError):
                continue
        return self.exchange(method, path, body, fields)

    def connect(self, edge):
        connection = http.client.HTTPConnection("127.0.0.1", self.unit.edges[edge][0], timeout=60)
        connection.connect()
        return connection

    def exchange(self, method, path, body, fields):
        self.connection.request(method, path, body, fields)
        return self.connection.getresponse()

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None
