"""Clocks that survive a busy machine: CPU of whole process trees, paired ratios, and their intervals.

Wall clocks on two shared cores are off by 3 to 4 times; ratios of samples taken side by side are not (shared facts, 2.9).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import numpy as np

_TICK = 1 / os.sysconf("SC_CLK_TCK")
RESAMPLES = 10_000


def interval(values: Sequence[float], of: Callable[[Sequence[float]], float] = median) -> tuple[float, float]:
    """95 % bootstrap interval (percentiles) of a statistic."""
    data = np.asarray(values, float)
    drawn = np.random.default_rng(0).integers(0, len(data), (RESAMPLES, len(data)))
    resampled = np.median(data[drawn], axis=1) if of is median else np.array([of(data[row]) for row in drawn])
    low, high = np.percentile(resampled, [2.5, 97.5])
    return float(low), float(high)


def descendants(root: int) -> list[int]:
    """The process and everything below it, as far as it lives."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            parents.setdefault(int(stat[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(parents.get(pid, ()))
    return found


def tree_cpu(root: int | None = None) -> float:
    """CPU seconds (user and system, to 10 ms) of a process tree, children that have ended and been waited for included."""
    return sum(_cpu(pid) for pid in descendants(root or os.getpid()))


def _cpu(pid: int) -> float:
    stat = _stat(pid)
    return sum(int(ticks) for ticks in stat[11:15]) * _TICK if stat else 0.0


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def threads_cpu_ns(pid: int) -> int:
    """Nanoseconds that all living threads of a process have run."""
    return sum(int(task.joinpath("schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def memory(root: int) -> dict[int, tuple[int, int]]:
    """Per process of a tree: the largest resident size so far and the one now, in KiB."""
    return {pid: sizes for pid in descendants(root) if (sizes := _resident(pid))}


def _resident(pid: int) -> tuple[int, int] | None:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmHWM", "VmRSS"))}
    return (int(fields["VmHWM"]), int(fields["VmRSS"])) if len(fields) == 2 else None


def pressure() -> str:
    """Share of time that something waited for a CPU (Linux PSI, last minute), as the kernel prints it."""
    try:
        return Path("/proc/pressure/cpu").read_text().splitlines()[0]
    except OSError:
        return "not known"


class Waiting:
    """Nanoseconds that given threads (by thread id) stood ready and had no core, since the last look."""

    def __init__(self, *threads: int) -> None:
        self._files = [Path(f"/proc/{thread}/schedstat") for thread in threads]
        self._last = self._read()

    def since(self) -> int:
        """Time on the run queue since the last call of this method."""
        before, self._last = self._last, self._read()
        return self._last - before

    def _read(self) -> int:
        return sum(int(file.read_text().split()[1]) for file in self._files)
