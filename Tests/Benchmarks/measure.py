"""What a run costs: requests per second and latency from wrk, CPU time from the kernel's scheduler."""

import re
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path


def cpu_nanoseconds(pids):
    """Time that all threads of the processes have spent on a CPU."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total


@dataclass
class Run:
    requests_per_second: float
    cpu_microseconds: float
    p50_milliseconds: float
    p99_milliseconds: float


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * UNITS[unit]


def load(url, headers, connections, seconds, pids, core):
    """One run of wrk on its own core against `url`; every answer must be a success."""
    argv = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        argv += ["-H", f"{name}: {value}"]
    before = cpu_nanoseconds(pids)
    done = subprocess.run([*argv, url], capture_output=True, text=True, check=True, timeout=seconds + 60)
    spent = cpu_nanoseconds(pids) - before
    return parse(done.stdout, spent)


def parse(output, spent):
    if re.search(r"Non-2xx|Socket errors", output):
        raise SystemExit(f"the run had errors:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return Run(
        requests_per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        cpu_microseconds=spent / 1000 / requests,
        p50_milliseconds=milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]),
        p99_milliseconds=milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
    )


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)
