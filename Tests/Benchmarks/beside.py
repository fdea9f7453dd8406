"""Small GETs beside sixteen downloads of 64 MiB: half of the readers take all they can get, half stall."""

import contextlib

from bench import SMALL
from measure import median
from report import row, table, verdict
from transfers import MIB, RepeatedDownload, StalledDownload

BAR = 3.0
CONNECTIONS = 16


def run(bench, options):
    table(
        f"Small GETs at {CONNECTIONS} connections beside 16 downloads of 64 MiB with stalled readers",
        f"Cloakroom's p99 ≤ {BAR:.0f} × its quiet one", "", "quiet p99 ms", "p99 ms", "ratio", "quiet req/s", "req/s", "bar",
    )
    for side in (bench.plain, bench.chain):
        compare(side, options)


def compare(side, options):
    quiet, beside = [], []
    for _ in range(options.pairs):
        quiet.append(side.load(SMALL, CONNECTIONS, options.seconds))
        with downloads(side):
            beside.append(side.load(SMALL, CONNECTIONS, options.seconds))
    ratio = median(beside, "p99_milliseconds") / median(quiet, "p99_milliseconds")
    row(
        side.name, f"{median(quiet, 'p99_milliseconds'):.2f}", f"{median(beside, 'p99_milliseconds'):.2f}",
        f"{ratio:.1f}", f"{median(quiet, 'requests_per_second'):,.0f}",
        f"{median(beside, 'requests_per_second'):,.0f}", verdict(ratio <= BAR) if side.name == "Cloakroom" else "–",
    )


@contextlib.contextmanager
def downloads(side):
    transfers = [kind(side, 64 * MIB) for kind in (RepeatedDownload, StalledDownload) for _ in range(8)]
    for each in transfers:
        each.start()
    for each in transfers:
        each.begun.wait()
    yield
    for each in transfers:
        each.end()
