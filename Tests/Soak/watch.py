"""What processes hold over time: resident memory and open descriptors, by service."""

import os
import statistics
import time
from pathlib import Path

MIB = 1 << 20


def resident(pid):
    """Bytes of memory that a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Watch:
    def __init__(self, pids):
        self.pids = pids
        self.before = {name: descriptors(pid) for name, pid in pids.items()}
        self.memory = {name: [] for name in pids}

    def follow(self, load):
        """Looks twice a second as long as there is load."""
        while load.is_running:
            for name, pid in self.pids.items():
                self.memory[name].append(resident(pid))
            time.sleep(0.5)

    def thirds(self, name):
        """The mean of each third of the time, in MiB."""
        seen = self.memory[name]
        third = len(seen) // 3
        return [statistics.mean(part) / MIB for part in (seen[:third], seen[third : -third], seen[-third:])]

    def open_now(self):
        return {name: descriptors(pid) for name, pid in self.pids.items()}
