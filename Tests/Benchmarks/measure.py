"""What a run costs: requests per second and latency from wrk, CPU time from the kernel's scheduler, memory."""

import os
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


def core_times(core):
    """What a core has been busy and idle for, in ticks."""
    line = re.search(rf"^cpu{core} (.*)$", Path("/proc/stat").read_text(), re.M)[1]
    user, nice, system, idle, wait, *rest = map(int, line.split()[:8])
    return user + nice + system + sum(rest), idle + wait


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def forget_peak(pid):
    """The highest resident size is counted anew (proc(5): clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid):
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


@dataclass
class Run:
    requests: int
    requests_per_second: float
    cpu_microseconds: float
    p50_milliseconds: float
    p99_milliseconds: float
    busy: float = 0.0  # of the load's core


UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * UNITS[unit]


def load(url, headers, connections, seconds, pids, core):
    """One run of wrk on its own core against `url`; every answer must be a success."""
    argv = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        argv += ["-H", f"{name}: {value}"]
    before, times = cpu_nanoseconds(pids), core_times(core)
    done = subprocess.run([*argv, url], capture_output=True, text=True, check=True, timeout=seconds + 60)
    spent = cpu_nanoseconds(pids) - before
    busy, idle = (now - then for now, then in zip(core_times(core), times))
    run = parse(done.stdout, spent)
    run.busy = busy / max(1, busy + idle)
    return run


def parse(output, spent):
    if re.search(r"Non-2xx|Socket errors", output):
        raise SystemExit(f"the run had errors:\n{output}")
    requests = int(re.search(r"(\d+) requests in", output)[1])
    return Run(
        requests=requests,
        requests_per_second=float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]),
        cpu_microseconds=spent / 1000 / requests,
        p50_milliseconds=milliseconds(re.search(r"^\s+50%\s+(\S+)", output, re.M)[1]),
        p99_milliseconds=milliseconds(re.search(r"^\s+99%\s+(\S+)", output, re.M)[1]),
    )


class Pairs:
    """Interleaved runs of nginx and Cloakroom: what the machine does meanwhile meets both."""

    def __init__(self, bench, path, connections, options):
        self.plain, self.chain = [], []
        for _ in range(options.pairs):
            self.plain.append(bench.plain.load(path, connections, options.seconds))
            self.chain.append(bench.chain.load(path, connections, options.seconds))

    def ratio(self, field):
        return statistics.median(getattr(c, field) / getattr(p, field) for c, p in zip(self.chain, self.plain))

    def difference(self, field):
        return statistics.median(getattr(c, field) - getattr(p, field) for c, p in zip(self.chain, self.plain))

    @property
    def busy(self):
        return max(median(self.plain, "busy"), median(self.chain, "busy"))

    def both(self, field, form):
        return " / ".join(format(median(runs, field), form) for runs in (self.plain, self.chain))


def median(runs, field):
    return statistics.median(getattr(run, field) for run in runs)
