"""Child processes: each with its own log, its own account, and an end that nobody has to remember."""

import os
import pwd
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

# Nothing of the caller's environment reaches a child: no proxies, no credentials.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}


class Failed(Exception):
    """A start that did not work: what is wrong, what to do, and the end of the log that says more."""

    def __init__(self, message, log=None):
        ending = tail(log) if log else ""
        super().__init__(f"{message}\n--- end of {log} ---\n{ending}" if ending else message)


@dataclass(frozen=True)
class Account:
    """The numeric user and group a child runs as; `None` where everything runs as the caller."""

    uid: int
    gid: int

    @staticmethod
    def named(name):
        entry = pwd.getpwnam(name)
        return Account(entry.pw_uid, entry.pw_gid)

    @staticmethod
    def current():
        return Account(os.getuid(), os.getgid())


def tail(log, lines=25):
    text = Path(log).read_bytes()[-16384:].decode("utf-8", "replace") if Path(log).exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def as_account(account, argv):
    """The command under another account, without any capability; and it dies with the process that started it."""
    switch = []
    if account and account != Account.current():
        switch = ["--reuid", str(account.uid), "--regid", str(account.gid), "--clear-groups"]
        switch += ["--inh-caps=-all", "--no-new-privs"]
    return ["setpriv", "--pdeathsig", "TERM", *switch, "--", *map(str, argv)]


def run(argv, account=None, **options):
    """Runs a command to its end and returns what it printed; `Failed` with its output otherwise."""
    options = {"env": ENVIRONMENT, "cwd": "/", "text": True, "timeout": 120, **options}
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    done = subprocess.run(as_account(account, argv), stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode != 0:
        said = (done.stderr or done.stdout or "").strip()
        raise Failed(f"{Path(argv[0]).name} {' '.join(map(str, argv[1:3]))} ended with {done.returncode}:\n{said}")
    return done.stdout


class Process:
    def __init__(self, name, argv, log, account=None, environment=None, cwd="/", wrapper=()):
        self.name, self.argv, self.log, self.account = name, list(argv), Path(log), account
        self.environment, self.cwd, self.wrapper = {**ENVIRONMENT, **(environment or {})}, cwd, list(wrapper)
        self.child = None
        self.log_start = 0

    @property
    def pid(self):
        return self.child.pid

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def start(self):
        """Starts it; what it prints is appended to its log, so that a restart keeps the story."""
        with open(self.log, "ab") as log:
            self.log_start = log.tell()
            self.child = subprocess.Popen(
                [*self.wrapper, *as_account(self.account, self.argv)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self.cwd,
                # Ctrl-C reaches the starter alone, which stops the children in order.
                start_new_session=True,
            )
        return self

    def wait_until(self, ready, seconds=30, hint=""):
        """Waits until `ready()` is true; an early end or a timeout is a failure that shows the log."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise Failed(f"{self.name} ended with {self.child.returncode} at its start. {hint}", self.log)
            if time.monotonic() > end:
                raise Failed(f"{self.name} is not ready after {seconds} s. {hint}", self.log)
            time.sleep(0.02)
        return self

    def output(self):
        """What it printed since its last start."""
        with open(self.log, "rb") as log:
            log.seek(self.log_start)
            return log.read()

    def stop(self, end=signal.SIGTERM, seconds=10):
        """Asks it to end, and insists after a while. Returns its exit code."""
        if not self.running:
            return self.child.returncode if self.child else None
        self.child.send_signal(end)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        self.child.kill()
        return self.child.wait()
