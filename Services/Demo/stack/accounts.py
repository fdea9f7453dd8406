"""Who runs what: as root three numeric accounts that nobody uses, otherwise the caller for everything."""

import grp
import os
import pwd
import random
from dataclasses import dataclass
from pathlib import Path

from .process import Account


@dataclass(frozen=True)
class Accounts:
    edge: Account
    broker: Account
    worker: Account
    postgres: Account
    separate: bool


def in_use():
    """The ids that have a name or a process."""
    ids = {entry.pw_uid for entry in pwd.getpwall()} | {entry.gr_gid for entry in grp.getgrall()}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ids.add(process.stat().st_uid)
        except OSError:
            pass  # it ended in the meantime
    return ids


def unused(count):
    """As many consecutive unused ids as asked for. Where to look is drawn, so that two starts do not share them."""
    taken = in_use()
    while True:
        first = random.randrange(20_000, 60_000)
        if taken.isdisjoint(range(first, first + count)):
            return [Account(number, number) for number in range(first, first + count)]


def choose_accounts():
    if os.geteuid() != 0:
        own = Account.current()
        return Accounts(own, own, own, own, separate=False)
    edge, broker, worker = unused(3)
    return Accounts(edge, broker, worker, Account.named("postgres"), separate=True)
