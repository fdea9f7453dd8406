"""Cloakroom's edge and worker against nginx as a plain reverse proxy, on the same core, before the same upstream.

Core 0 runs what is measured, core 1 the load and the upstream. Each figure is the median of interleaved pairs.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "Services" / "Demo"))

import measure
import nginx
from stack import configuration
from stack.accounts import choose_accounts
from stack.browser import Browser
from stack.companions import DEMO, Provider
from stack.deployment import Deployment, Layout
from stack.files import answers, folder, free_port, new_scratch, remove_scratch
from stack.postgres import Cluster
from stack.process import Account
from stack.smoke import sign_in

MEASURED, LOAD = 0, 1

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


class Bench:
    def __init__(self, binaries):
        self.scratch = new_scratch()
        self.ends = []
        folder(self.scratch / "logs", Account.current(), 0o700)
        folder(self.scratch / "nginx", Account.current(), 0o755)
        upstream_port, self.nginx_port = free_port(), free_port()
        self.start_nginx(upstream_port)
        self.start_cloakroom(binaries, upstream_port)

    def start_nginx(self, upstream_port):
        upstream = nginx.start(self.scratch / "nginx", "upstream", upstream_port, LOAD)
        proxy = nginx.start(self.scratch / "nginx", "proxy", self.nginx_port, MEASURED, upstream_port)
        self.nginx_pids = [proxy.pid]
        for child in (upstream, proxy):
            self.ends.append(child.terminate)
        wait_for(upstream_port), wait_for(self.nginx_port)

    def start_cloakroom(self, binaries, upstream_port):
        accounts = choose_accounts()
        cluster = Cluster(self.scratch, accounts.postgres)
        self.ends.append(cluster.stop)
        cluster.create().create_database()
        layout = Layout(self.scratch, free_port(8080))
        provider = Provider(
            self.scratch, free_port(9000), [f"{layout.origin}/bff/callback"], [f"{layout.origin}/bff/logout/return"], 3600
        )
        self.ends.append(provider.process.stop)
        provider.start()
        deployment = Deployment(layout, accounts, cluster, binaries, DEMO / "frontend")
        self.ends.append(deployment.stop)
        secret = deployment.write_secret("demo-client", provider.client_secret)
        scopes = ["openid", "profile", "read"]
        described = configuration.provider(
            "demo", provider.issuer, provider.client_id, secret, layout.origin, scopes
        )
        deployment.write_configuration(deployment.default_configuration([described], upstream_port))
        deployment.prepare()
        deployment.start()
        self.origin = layout.origin
        self.pids = [deployment.processes[name].pid for name in ("edge", "worker")]
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                os.sched_setaffinity(int(task), {MEASURED})
        os.sched_setaffinity(deployment.processes["broker"].pid, {LOAD})
        self.port = layout.port
        self.cookie = self.signed_in_cookie()

    def signed_in_cookie(self):
        browser = Browser()
        sign_in(browser, self.origin)
        pairs = [f"{name}={each.value}" for name, each in browser.cookies(self.origin).items() if "login" not in name]
        browser.close()
        return "; ".join(pairs)

    def chain(self, connections, seconds):
        headers = {**HEADERS, "Cookie": self.cookie, "Host": self.origin.removeprefix("http://")}
        return measure.load(
            f"http://127.0.0.1:{self.port}/api/orders", headers, connections, seconds, self.pids, LOAD
        )

    def plain(self, connections, seconds):
        return measure.load(
            f"http://127.0.0.1:{self.nginx_port}/api/orders", HEADERS, connections, seconds, self.nginx_pids, LOAD
        )

    def close(self):
        for end in reversed(self.ends):
            end()
        remove_scratch(self.scratch)


def wait_for(port):
    while not answers(port):
        pass


def compare(bench, connections, pairs, seconds):
    plain, chain = [], []
    for _ in range(pairs):
        plain.append(bench.plain(connections, seconds))
        chain.append(bench.chain(connections, seconds))
    rate = statistics.median(c.requests_per_second / p.requests_per_second for c, p in zip(chain, plain))
    cpu = statistics.median(c.cpu_microseconds / p.cpu_microseconds for c, p in zip(chain, plain))
    cells = [
        connections,
        f"{measure.median(plain, 'requests_per_second'):,.0f}",
        f"{measure.median(chain, 'requests_per_second'):,.0f}",
        f"{rate:.2f}",
        f"{measure.median(plain, 'cpu_microseconds'):.1f}",
        f"{measure.median(chain, 'cpu_microseconds'):.1f}",
        f"{cpu:.2f}",
        f"{measure.median(plain, 'p50_milliseconds'):.3f} / {measure.median(chain, 'p50_milliseconds'):.3f}",
        f"{measure.median(plain, 'p99_milliseconds'):.2f} / {measure.median(chain, 'p99_milliseconds'):.2f}",
    ]
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", required=True)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256])
    options = parser.parse_args()
    bench = Bench(options.binaries)
    try:
        bench.chain(16, 1), bench.plain(16, 1)
        print("| connections | nginx req/s | Cloakroom req/s | ratio | nginx CPU µs | Cloakroom CPU µs | ratio |"
              " p50 ms nginx / Cloakroom | p99 ms |")
        print("|---|---|---|---|---|---|---|---|---|")
        for connections in options.connections:
            compare(bench, connections, options.pairs, options.seconds)
    finally:
        bench.close()


if __name__ == "__main__":
    main()
