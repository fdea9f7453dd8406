"""The time of one request alone."""

from bench import SMALL
from measure import Pairs
from report import row, table, verdict

BAR = 50


def run(bench, options):
    table("One connection (nginx / Cloakroom)", f"p50 ≤ nginx's + {BAR} µs", "p50 ms", "more, µs", "p99 ms", "bar")
    pairs = Pairs(bench, SMALL, 1, options)
    more = pairs.difference("p50_milliseconds") * 1000
    row(pairs.both("p50_milliseconds", ".3f"), f"{more:+.0f}", pairs.both("p99_milliseconds", ".3f"),
        verdict(more <= BAR))
