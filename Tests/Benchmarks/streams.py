"""One and 64 parallel streams, down and up; of the 64 every second has a slow reader, as long as the others last."""

import time

import measure
from report import row, table, verdict
from transfers import MIB, Download, Upload

BAR = 64


def run(bench, options):
    side, idle = bench.chain, bench.chain.idle
    table(
        f"Streams of {options.stream_size // MIB} MiB", f"resident memory < {BAR} MiB per process above idle",
        "streams", "MiB/s", *(f"{name} idle, MiB" for name in idle), *(f"{name} above" for name in idle), "bar",
    )
    for count in (1, 64):
        for kind in (Download, Upload):
            measured(side, kind, count, options.stream_size)


def measured(side, kind, count, size):
    idle = side.idle
    for pid in side.processes.values():
        measure.forget_peak(pid)
    rate = transfer([kind(side, size, slow=number % 2 == 1) for number in range(count)])
    above = {name: (measure.peak_bytes(pid) - idle[name]) / MIB for name, pid in side.processes.items()}
    row(
        f"{count} {'down' if kind is Download else 'up'}", f"{rate:,.0f}",
        *(f"{each / MIB:.1f}" for each in idle.values()), *(f"{each:.1f}" for each in above.values()),
        verdict(*(each < BAR for each in above.values())),
    )


def transfer(transfers):
    """Lets the fast ones finish, and ends the slow ones. Returns MiB/s of all."""
    began = time.monotonic()
    for each in transfers:
        each.start()
    for each in transfers:
        None if each.slow else each.join()
    seconds, moved = time.monotonic() - began, sum(each.moved for each in transfers)
    for each in transfers:
        each.end()
    return moved / MIB / seconds
