"""Time to the first scored PMML row: JVM flags of a parity run against the JVM's defaults.

From `open_session` (a fresh worker process, Python's start in it included) to the first row of a logistic regression scored, in
interleaved pairs; the archive of classes is in the cache.
"""

from __future__ import annotations

import os
import time
from statistics import median

from benchmarks import models
from benchmarks.clocks import interval, tree_cpu
from benchmarks.result import Figure, Result, method_of, publish
from benchmarks.sessions import jpmml

ROUNDS = 21
WANTED = 0.6
_Sample = tuple[float, float]


def measure() -> Result:
    _first_row(timing=False)  # where there is no archive of classes yet, this run writes it
    taken: dict[bool, list[_Sample]] = {False: [], True: []}
    for number in range(ROUNDS):
        for timing in (number % 2 == 0, number % 2 == 1):
            taken[timing].append(_first_row(timing=timing))
    parity, default = taken[False], taken[True]
    figures = (
        _ratio("wall time, of that with default flags", parity, default, 0, WANTED),
        _ratio("CPU of all processes, of that with default flags", parity, default, 1, None),
        _seconds("wall time with parity flags", [wall for wall, _ in parity]),
        _seconds("wall time with default flags", [wall for wall, _ in default]),
        _seconds("CPU with parity flags", [cpu for _, cpu in parity]),
        _seconds("CPU with default flags", [cpu for _, cpu in default]),
    )
    return Result("first_row", figures, method_of(__doc__), raw={"parity": parity, "default": default})


def _first_row(*, timing: bool) -> _Sample:
    """Wall and CPU seconds, of this process and the worker."""
    row = models.batch(1)
    cpu, started = tree_cpu(os.getpid()), time.perf_counter()
    with jpmml("lr", timing=timing) as session:
        session.score(row)
        return time.perf_counter() - started, tree_cpu(os.getpid()) - cpu


def _ratio(what: str, ours: list[_Sample], theirs: list[_Sample], clock: int, most: float | None) -> Figure:
    ratios = [a[clock] / b[clock] for a, b in zip(ours, theirs, strict=True)]
    low, high = interval(ratios)
    return Figure(what, median(ratios), "", low, high, "95 % interval", at_most=most, repetitions=f"{ROUNDS} pairs")


def _seconds(what: str, seconds: list[float]) -> Figure:
    return Figure(what, median(seconds), "s", min(seconds), max(seconds), "range", repetitions=f"{ROUNDS} starts")


if __name__ == "__main__":
    publish(measure)
