"""A small JSON answer, session and token cached."""

from bench import SMALL
from measure import Pairs
from report import rate_verdict, row, table, verdict

# By connections: the lowest ratio of requests/s, and the highest of CPU per request.
BARS = {16: (0.80, 1.3), 64: (0.80, 1.3), 256: (1.0, None)}


def run(bench, options):
    table(
        "Small JSON GET (nginx / Cloakroom)",
        "CPU ≤ 1.3 × and requests/s ≥ 0.80 × nginx's at 16 and 64 connections, requests/s ≥ 1.0 × at 256",
        "connections", "req/s", "ratio", "CPU µs/req", "ratio", "p50 ms", "p99 ms", "load's core busy", "bar",
    )
    for connections in options.connections:
        compare(Pairs(bench, SMALL, connections, options), connections)


def compare(pairs, connections):
    rate, cpu = pairs.ratio("requests_per_second"), pairs.ratio("cpu_microseconds")
    row(
        connections, pairs.both("requests_per_second", ",.0f"), f"{rate:.2f}",
        pairs.both("cpu_microseconds", ".1f"), f"{cpu:.2f}", pairs.both("p50_milliseconds", ".3f"),
        pairs.both("p99_milliseconds", ".2f"), f"{pairs.busy:.0%}", judge(connections, rate, cpu, pairs.busy),
    )


def judge(connections, rate, cpu, busy):
    if connections not in BARS:
        return "–"
    lowest_rate, highest_cpu = BARS[connections]
    if highest_cpu is None:
        return rate_verdict(rate >= lowest_rate, busy)
    # CPU decides; requests/s only while the load has a core to spare.
    return verdict(cpu <= highest_cpu, rate >= lowest_rate or busy >= 0.85)
