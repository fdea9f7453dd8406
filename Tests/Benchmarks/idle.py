"""Connections of browsers that have asked once, and wait."""

import resource
import select

import measure
from bench import SMALL
from report import row, table, verdict
from Support import bulk, raw

BAR = 12


def run(bench, options):
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed < options.idle_connections + 100:
        raise SystemExit(f"{options.idle_connections} connections take more than the {allowed} descriptors allowed here")
    table(
        f"{options.idle_connections:,} idle connections", f"≤ {BAR} KiB each in the edge",
        "process", "before, MiB", "after, MiB", "KiB each", "bar",
    )
    for side, name in ((bench.plain, "nginx"), (bench.chain, "edge")):
        compare(side, name, options.idle_connections)


def compare(side, name, count):
    pid = side.processes[name]
    before = measure.resident_bytes(pid)
    connections = [opened(side) for _ in range(count)]
    after = measure.resident_bytes(pid)
    check_open(connections)
    for each in connections:
        each.socket.close()
    each = (after - before) / 1024 / count
    row(name, f"{before / 1048576:.1f}", f"{after / 1048576:.1f}", f"{each:.1f}",
        verdict(each <= BAR) if name == "edge" else "–")


def check_open(connections):
    """Nothing comes from an idle connection but its end."""
    poll = select.poll()
    for each in connections:
        poll.register(each.socket, select.POLLIN)
    if closed := poll.poll(0):
        raise SystemExit(f"{len(closed)} of {len(connections)} idle connections were closed")


def opened(side):
    connection = raw.Connection(side.port)
    connection.send(side.request("GET", SMALL))
    head = connection.read_head()
    if raw.status(head) != 200:
        raise SystemExit(f"an answer was not the expected one: {head}")
    connection.read(bulk.length_of(head))
    return connection
