"""The three services on one machine: folders, secrets, configuration, and their lives."""

import json
import shutil
from pathlib import Path

from . import configuration
from .files import answers, folder, free_port, write
from .process import Account, Process, run

ORDER = ["broker", "worker", "edge"]


class Layout:
    """Where everything of one deployment lies."""

    def __init__(self, scratch, port, database="cloakroom"):
        self.scratch = Path(scratch)
        self.port = port
        self.database = database
        self.operations_port = free_port()
        self.origin = f"http://localhost:{port}"
        self.run = self.scratch / "run"
        self.edge_broker = self.run / "edge-broker" / "broker.sock"
        self.worker_broker = self.run / "worker-broker" / "broker.sock"
        self.edge_worker = self.run / "edge-worker" / "worker.sock"
        self.routes = self.scratch / "etc" / "routes.json"
        self.broker_home = self.scratch / "broker"
        self.logs = self.scratch / "logs"

    def secret(self, name):
        return self.broker_home / name

    def configuration(self, service):
        return self.scratch / "etc" / f"{service}.json"


class Deployment:
    """`binaries` is the folder of the built products, `frontend` the folder of the page they serve."""

    def __init__(self, layout, accounts, cluster, binaries, frontend):
        self.layout, self.accounts, self.cluster = layout, accounts, cluster
        self.binaries = folder(layout.scratch / "bin", Account.current(), 0o755)
        for service in ORDER:
            # Copies, because the accounts may not be able to reach into the checkout.
            shutil.copy(Path(binaries) / f"cloakroom-{service}", self.binaries)
        self.frontend = layout.scratch / "www"
        shutil.copytree(frontend, self.frontend, dirs_exist_ok=True)
        self.make_folders()
        self.processes = {service: self.process(service) for service in ORDER}

    def account(self, service):
        return getattr(self.accounts, service)

    def make_folders(self):
        """One folder for each socket: only its two processes can pass its door, and the set-group-id bit hands the
        client's group on to the socket."""
        layout, accounts, own = self.layout, self.accounts, Account.current()
        for path in (layout.run, layout.scratch / "etc"):
            folder(path, own, 0o755)
        folder(layout.logs, own, 0o700)
        folder(layout.broker_home, accounts.broker, 0o700)
        folder(layout.edge_broker.parent, accounts.broker, 0o2750, group=accounts.edge)
        folder(layout.worker_broker.parent, accounts.broker, 0o2750, group=accounts.worker)
        folder(layout.edge_worker.parent, accounts.worker, 0o2750, group=accounts.edge)

    def write_secret(self, name, value):
        return write(self.layout.secret(name), value, self.accounts.broker, 0o400)

    def default_configuration(self, providers, upstream_port):
        layout, accounts = self.layout, self.accounts
        self.write_secret("postgres-owner", self.cluster.owner_password)
        self.write_secret("postgres-runtime", self.cluster.runtime_password)
        return {
            "routes": configuration.routes(upstream_port),
            "edge": configuration.edge(layout, accounts, self.frontend),
            "broker": configuration.broker(layout, accounts, self.cluster, providers),
            "worker": configuration.worker(layout, accounts),
        }

    def write_configuration(self, files):
        for name, values in files.items():
            owner = self.account(name) if name in ORDER else Account.current()
            write(self.layout.configuration(name), values, owner, 0o444 if name == "routes" else 0o400)

    def command(self, service, *arguments, name=None):
        words = ["serve"] if service == "broker" and not arguments else list(arguments)
        return [self.binaries / f"cloakroom-{service}", *words, "--config", self.layout.configuration(name or service)]

    def process(self, service, name=None):
        log = self.layout.logs / f"{name or service}.log"
        return Process(name or service, self.command(service, name=name), log, self.account(service))

    def add(self, service, name, values):
        """Another process of a service, with its own configuration; it is started by its name."""
        write(self.layout.configuration(name), values, self.account(service), 0o400)
        self.processes[name] = self.process(service, name)
        return self.processes[name]

    def operator(self, *arguments):
        """Runs one of the broker's operator commands."""
        return run(self.command("broker", *arguments), self.accounts.broker)

    def prepare(self):
        self.operator("keys", "new")
        self.operator("migrate")

    def start(self, *services):
        for service in services or self.processes:
            self.processes[service].start()
            self.processes[service].wait_until(lambda: self.is_ready(service), hint=self.hint(service))
        return self

    def stop(self, *services):
        for service in services or reversed(self.processes):
            self.processes[service].stop()

    def restart(self, service, kill=False):
        process = self.processes[service]
        process.kill() if kill else process.stop()
        self.start(service)

    def is_ready(self, service):
        said = any(event == "ready" for event in events(self.processes[service].output()))
        return said and (service != "edge" or answers(self.layout.port))

    def hint(self, service):
        command = " ".join(map(str, self.processes[service].argv))
        return f"Its configuration: {self.layout.configuration(service)}\nIts command: {command}"


def events(output):
    """The `event` of every complete log line that is JSON."""
    for line in output.splitlines():
        try:
            yield json.loads(line).get("event")
        except (ValueError, AttributeError):
            continue
