"""A private Postgres cluster: its own folder, its own socket, no TCP, gone with the folder."""

import getpass
import os
import pwd
import secrets
import signal
from pathlib import Path

from .files import folder, write
from .process import Failed, Process, run

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '{sockets}'
max_connections = 50
shared_buffers = 64MB
password_encryption = 'scram-sha-256'
# The folder is thrown away at the end; what a restart needs is kept by the kernel.
fsync = off
full_page_writes = off
"""

# The superuser comes in by the account that runs the cluster, everybody else by password.
ACCESS = """
local all postgres peer map=owner
local all all      scram-sha-256
"""


def programs():
    """The folder of Debian's newest server; initdb and postgres are not on the PATH there."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not versions:
        raise Failed("No Postgres server found under /usr/lib/postgresql. Install it: apt-get install postgresql-15")
    return versions[-1].parent


class Cluster:
    def __init__(self, scratch, account):
        self.bin = programs()
        self.account = account
        self.home = folder(scratch / "pg", account, 0o711)
        self.data = self.home / "data"
        self.process = Process(
            "postgres", [self.bin / "postgres", "-D", self.data], scratch / "logs" / "postgres.log", account
        )
        self.owner_password = secrets.token_hex(16)
        self.runtime_password = secrets.token_hex(16)

    @property
    def sockets(self):
        return self.home

    def create(self):
        """Makes the cluster with its roles, and starts it."""
        run([self.bin / "initdb", "-D", self.data, "-U", "postgres", "-A", "peer", "-E", "UTF8", "--locale=C.UTF-8",
             "--no-sync"], self.account)
        system_user = pwd.getpwuid(self.account.uid).pw_name if os.geteuid() == 0 else getpass.getuser()
        with open(self.data / "postgresql.conf", "a") as file:
            file.write(SETTINGS.format(sockets=self.sockets))
        write(self.data / "pg_hba.conf", ACCESS, self.account, 0o600)
        write(self.data / "pg_ident.conf", f"owner {system_user} postgres\n", self.account, 0o600)
        self.start()
        return self.create_roles()

    def start(self):
        self.process.start()
        self.process.wait_until(self.is_ready)
        return self

    def is_ready(self):
        try:
            run([self.bin / "pg_isready", "-q", "-h", self.sockets, "-d", "postgres", "-U", "postgres"], self.account)
        except Failed:
            return False
        return True

    def stop(self):
        # Postgres' «fast» shutdown: connections are ended, not waited for.
        return self.process.stop(signal.SIGINT)

    def sql(self, statements, database="cloakroom"):
        """Runs SQL as the superuser; the rows come back as text, one line each, columns separated by `|`."""
        argv = [self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", self.sockets]
        return run([*argv, "-U", "postgres", "-d", database], self.account, input=statements)

    def dump(self, database="cloakroom"):
        return run([self.bin / "pg_dump", "-h", self.sockets, "-U", "postgres", "-d", database], self.account)

    def create_roles(self):
        """The owner changes tables, the runtime role only uses them."""
        self.sql(
            f"""
            CREATE ROLE cloakroom_owner LOGIN PASSWORD '{self.owner_password}';
            CREATE ROLE cloakroom_runtime LOGIN PASSWORD '{self.runtime_password}';
            """,
            database="postgres",
        )
        return self

    def create_database(self, name="cloakroom"):
        self.sql(
            f"""
            CREATE DATABASE {name} OWNER cloakroom_owner;
            REVOKE ALL ON DATABASE {name} FROM PUBLIC;
            GRANT CONNECT ON DATABASE {name} TO cloakroom_runtime;
            """,
            database="postgres",
        )
        self.sql("REVOKE ALL ON SCHEMA public FROM PUBLIC;", database=name)
        return self
