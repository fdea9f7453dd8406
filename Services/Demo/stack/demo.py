"""`python -m stack.demo`: starts the whole demo and stops it again. `Services/demo` prepares the machine for it."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from . import configuration
from .accounts import choose_accounts
from .companions import API, DEMO, Provider
from .deployment import Deployment, Layout
from .files import folder, free_port, new_scratch, remove_scratch
from .postgres import Cluster
from .process import Account, Failed
from .smoke import visit


class Demo:
    def __init__(self, binaries):
        self.binaries = Path(binaries)
        self.scratch = new_scratch()
        self.accounts = choose_accounts()
        self.started = []

    def start(self):
        folder(self.scratch / "logs", Account.current(), 0o700)
        layout = Layout(self.scratch, free_port(8080))
        self.origin = layout.origin
        say(self.who())
        cluster = self.start_cluster()
        lifetime = int(os.environ.get("DEMO_ACCESS_TOKEN_SECONDS", "300"))
        callback, return_uri = f"{layout.origin}/bff/callback", f"{layout.origin}/bff/logout/return"
        provider = self.begin(Provider(self.scratch, free_port(9000), [callback], [return_uri], lifetime))
        api = self.begin(API(self.scratch, free_port(9001), provider))
        self.start_services(layout, cluster, provider, api)

    def start_cluster(self):
        say("Postgres …")
        cluster = Cluster(self.scratch, self.accounts.postgres)
        self.started.append(cluster.stop)
        return cluster.create().create_database()

    def begin(self, companion):
        say(f"{companion.process.name} …")
        self.started.append(companion.process.stop)
        return companion.start()

    def start_services(self, layout, cluster, provider, api):
        say("Cloakroom: broker, worker, edge …")
        deployment = Deployment(layout, self.accounts, cluster, self.binaries, DEMO / "frontend")
        self.deployment = deployment
        self.started.append(deployment.stop)
        secret = deployment.write_secret("demo-client", provider.client_secret)
        described = configuration.provider(
            "demo", provider.issuer, provider.client_id, secret, layout.origin,
            ["openid", "profile", "email", "read", "write"],
        )
        deployment.write_configuration(deployment.default_configuration([described], api.port))
        deployment.prepare()
        deployment.start()

    def who(self):
        if not self.accounts.separate:
            return "Not root: all processes run as you, so their uids do not wall them off from each other."
        names = ("edge", "broker", "worker")
        return "Accounts: " + ", ".join(f"{name} {getattr(self.accounts, name).uid}" for name in names)

    def died(self):
        return [process for process in self.deployment.processes.values() if not process.running]

    def stop(self):
        for stop in reversed(self.started):
            stop()
        remove_scratch(self.scratch)


def say(text):
    print(text, flush=True)


def serve(demo, stopped):
    say(f"\n  {demo.origin}\n\nSign in as ada (password ada-demo) or grace (grace-demo). Ctrl-C stops everything.")
    say(f"Logs and configuration until then: {demo.scratch}")
    while not stopped.wait(1):
        for process in demo.died():
            raise Failed(f"{process.name} ended with {process.child.returncode}.", process.log)


def stop_on_signals():
    stopped = threading.Event()

    def interrupted(number, frame):
        if stopped.is_set():
            return
        stopped.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    return stopped


def main():
    parser = argparse.ArgumentParser(prog="Services/demo")
    parser.add_argument("--smoke", action="store_true", help="sign in and call the API, then stop; exit 0 or 1")
    parser.add_argument("--binaries", required=True)
    options = parser.parse_args()
    stopped = stop_on_signals()
    demo = Demo(options.binaries)
    try:
        demo.start()
        if options.smoke:
            said = visit(demo.origin)
            say(f"smoke: ok – the API saw {said['subject']} with scope {said['scope']!r}, and a 401 after the logout")
        else:
            serve(demo, stopped)
    except KeyboardInterrupt:
        say("\nStopping …")
        return 0 if not options.smoke else 1
    except Failed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    finally:
        stopped.set()
        demo.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
