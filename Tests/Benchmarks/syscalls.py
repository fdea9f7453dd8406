"""System calls per request, counted by strace; it makes all slower, so that nothing else is measured here."""

import re
import signal
import subprocess
from collections import Counter

from bench import SMALL
from report import row, table

CONNECTIONS = 64


def run(bench, options):
    table(
        f"System calls per request at {CONNECTIONS} connections, traced", "none; nginx's for comparison",
        "process", "calls", "which",
    )
    for side in (bench.plain, bench.chain):
        count(side, options.seconds)


def count(side, seconds):
    traces = {name: Trace(pid) for name, pid in side.processes.items()}
    requests = side.load(SMALL, CONNECTIONS, seconds).requests
    for name, trace in traces.items():
        calls = trace.end()
        most = ", ".join(f"{call} {number / requests:.2f}" for call, number in calls.most_common(6))
        row(name, f"{calls.total() / requests:.2f}", most)


class Trace:
    LINE = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(\w+)$", re.M)

    def __init__(self, pid):
        self.strace = subprocess.Popen(["strace", "-c", "-f", "-p", str(pid)], stderr=subprocess.PIPE, text=True)
        said = self.strace.stderr.readline()
        if "attached" not in said:
            raise SystemExit(f"strace cannot attach: {said}")

    def end(self):
        self.strace.send_signal(signal.SIGINT)
        _, said = self.strace.communicate(timeout=30)
        return Counter({name: int(calls) for calls, name in self.LINE.findall(said) if name != "total"})
