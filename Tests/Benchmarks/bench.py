"""What is measured: Cloakroom's edge and worker, and nginx as a plain reverse proxy before the same upstreams.

Core 0 runs what is measured, core 1 the load, the upstreams and everything else."""

import os
import resource
import sys

import measure
import nginx
from stack import configuration
from stack.accounts import choose_accounts
from stack.browser import Browser
from stack.companions import DEMO, Provider
from stack.deployment import Deployment, Layout
from stack.files import answers, folder, free_port, new_scratch, remove_scratch
from stack.postgres import Cluster
from stack.process import Account, Process
from stack.smoke import sign_in
from Support import bulk

MEASURED, LOAD = 0, 1
SMALL, LARGE = "/api/orders", "/api/large"

# What a browser's fetch() sends, besides the cookie.
HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "Accept-Language": "en-GB,en;q=0.9",
    "Referer": "http://localhost/orders",
    "Sec-Fetch-Dest": "empty",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36",
    "X-CSRF": "1",
}

# One client has as many connections as no user, and the idle ones are kept until they have been measured.
LIMITS = {"connections": 15000, "connections_per_client": 15000, "idle": "10m"}


class Side:
    """One of the two that are compared: its address, what a client sends it, and its processes by name."""

    def __init__(self, name, port, headers, processes):
        self.name, self.port, self.headers, self.processes = name, port, headers, processes

    def warm_up(self):
        """Fills the caches, and notes what memory the processes have when little has happened yet."""
        self.load(SMALL, 16, 1)
        self.idle = {name: measure.resident_bytes(pid) for name, pid in self.processes.items()}

    def load(self, path, connections, seconds):
        url = f"http://127.0.0.1:{self.port}{path}"
        return measure.load(url, self.headers, connections, seconds, self.processes.values(), LOAD)

    def request(self, method, path, length=None):
        """The bytes of a request's head."""
        fields = {"Host": f"127.0.0.1:{self.port}", **self.headers}
        if length is not None:
            fields["Content-Length"] = length
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        return "\r\n".join([*lines, "", ""]).encode()


class Bench:
    """Whether or not `start` comes to its end, `close` ends everything."""

    def __init__(self):
        self.scratch = new_scratch()
        self.ends = []

    def start(self, binaries):
        self.make_room()
        folder(self.scratch / "logs", Account.current(), 0o700)
        folder(self.scratch / "nginx", Account.current(), 0o755)
        api_port, bulk_port = free_port(), free_port()
        self.start_bulk(bulk_port)
        self.start_nginx(api_port, bulk_port)
        self.start_cloakroom(binaries, api_port, bulk_port)
        for side in (self.plain, self.chain):
            side.warm_up()

    def make_room(self):
        """For the descriptors of many connections, here and in every child; this process is part of the load."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        os.sched_setaffinity(0, {LOAD})

    def start_bulk(self, port):
        log = self.scratch / "logs" / "bulk.log"
        process = Process("bulk", [sys.executable, bulk.__file__, port], log).start()
        self.ends.append(process.stop)
        process.wait_until(lambda: answers(port))

    def start_nginx(self, api_port, bulk_port):
        scratch, port = self.scratch / "nginx", free_port()
        upstream = nginx.start_upstream(scratch, api_port, LOAD)
        self.ends.append(upstream.terminate)
        proxy = nginx.start_proxy(scratch, port, MEASURED, api_port, bulk_port)
        self.ends.append(proxy.terminate)
        wait_for(api_port), wait_for(port)
        self.plain = Side("nginx", port, HEADERS, {"nginx": proxy.pid})

    def start_cloakroom(self, binaries, api_port, bulk_port):
        accounts = choose_accounts()
        cluster = Cluster(self.scratch, accounts.postgres)
        self.ends.append(cluster.stop)
        cluster.create().create_database()
        layout = Layout(self.scratch, free_port(8080))
        provider = self.start_provider(layout)
        deployment = Deployment(layout, accounts, cluster, binaries, DEMO / "frontend")
        self.ends.append(deployment.stop)
        deployment.write_configuration(self.configuration(deployment, provider, api_port, bulk_port))
        deployment.prepare()
        deployment.start()
        processes = {name: deployment.processes[name].pid for name in ("edge", "worker")}
        for pid in processes.values():
            for task in os.listdir(f"/proc/{pid}/task"):
                os.sched_setaffinity(int(task), {MEASURED})
        host, cookie = layout.origin.removeprefix("http://"), signed_in_cookie(layout.origin)
        self.chain = Side("Cloakroom", layout.port, {**HEADERS, "Host": host, "Cookie": cookie}, processes)

    def start_provider(self, layout):
        callbacks, returns = [f"{layout.origin}/bff/callback"], [f"{layout.origin}/bff/logout/return"]
        provider = Provider(self.scratch, free_port(9000), callbacks, returns, 3600)
        self.ends.append(provider.process.stop)
        return provider.start()

    def configuration(self, deployment, provider, api_port, bulk_port):
        secret, origin = deployment.write_secret("demo-client", provider.client_secret), deployment.layout.origin
        scopes = ["openid", "profile", "read"]
        described = configuration.provider("demo", provider.issuer, provider.client_id, secret, origin, scopes)
        files = deployment.default_configuration([described], api_port)
        files["edge"]["limits"] = LIMITS
        files["routes"]["routes"].append(
            configuration.route("bulk", "/bulk/", bulk_port, limits={"body": "1024GiB"})
        )
        return files

    def close(self):
        for end in reversed(self.ends):
            end()
        remove_scratch(self.scratch)


def signed_in_cookie(origin):
    browser = Browser()
    sign_in(browser, origin)
    pairs = [f"{name}={each.value}" for name, each in browser.cookies(origin).items() if "login" not in name]
    browser.close()
    return "; ".join(pairs)


def wait_for(port):
    while not answers(port):
        pass
