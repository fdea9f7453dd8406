"""Answers of 64 KiB at 16 connections."""

from bench import LARGE
from measure import Pairs
from report import rate_verdict, row, table


def run(bench, options):
    table(
        "64 KiB answers at 16 connections (nginx / Cloakroom)", "requests/s ≥ 1.0 × nginx's",
        "req/s", "ratio", "CPU µs/req", "ratio", "p99 ms", "load's core busy", "bar",
    )
    pairs = Pairs(bench, LARGE, 16, options)
    rate = pairs.ratio("requests_per_second")
    row(
        pairs.both("requests_per_second", ",.0f"), f"{rate:.2f}", pairs.both("cpu_microseconds", ".1f"),
        f"{pairs.ratio('cpu_microseconds'):.2f}", pairs.both("p99_milliseconds", ".2f"), f"{pairs.busy:.0%}",
        rate_verdict(rate >= 1.0, pairs.busy),
    )
