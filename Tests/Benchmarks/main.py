"""Judges the bars for edge and worker against nginx as a plain reverse proxy, on the same core, in the same run.

Each figure is the median of interleaved pairs. A missed bar is a figure; only an error fails the run."""

import argparse
import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent / "Services" / "Demo")]

import beside
import idle
import large
import single
import small
import streams
import syscalls
from bench import Bench

# In this order: streams are measured while the processes are small, and what idle connections held is not given back.
PARTS = {
    "streams": streams, "small": small, "large": large, "single": single, "beside": beside, "syscalls": syscalls,
    "idle": idle,
}
SIZES = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size(text):
    number, unit = re.fullmatch(r"(\d+)(KiB|MiB|GiB)", text).groups()
    return int(number) * SIZES[unit]


def arguments():
    parser = argparse.ArgumentParser(prog="Tests/Benchmarks/run", description=__doc__)
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256], help="of small")
    parser.add_argument("--stream-size", type=size, default="1GiB", help="such as 64MiB")
    parser.add_argument("--idle-connections", type=int, default=10_000)
    return parser.parse_args()


def main():
    options = arguments()
    bench = Bench()
    try:
        bench.start(options.binaries)
        for name, part in PARTS.items():
            part.run(bench, options) if name in options.only else None
    finally:
        bench.close()


if __name__ == "__main__":
    main()
