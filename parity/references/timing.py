"""Latency of a call in this process, in nanoseconds of the monotonic clock."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter_ns

import numpy as np

from parity.values.timing import Timing, TimingPlan

# Steady: the medians of the last two windows of warm-up calls differ by less than a twentieth,
# about the spread of repeated medians on a quiet machine.
WINDOW = 20
STEADY = 0.05


def timed(call: Callable[[], object], plan: TimingPlan) -> Timing:
    """Warm up until steady (or until the plan's limits), then measure single calls of `plan.batch_rows` rows."""
    warm, steady = warmed(call, plan)
    samples: list[int] = []
    end = perf_counter_ns() + plan.max_measure_ns
    while len(samples) < plan.samples and (not samples or perf_counter_ns() < end):
        samples.append(once(call))
    return Timing(plan.batch_rows, tuple(samples), warm, steady)


def warmed(call: Callable[[], object], plan: TimingPlan) -> tuple[int, bool]:
    """How many calls were made, and whether they had settled at the end."""
    end = perf_counter_ns() + plan.max_warmup_ns
    # Python compiles nothing while it runs: caches are warm after two windows, where a JIT needs thousands of rows.
    limit = max(2 * WINDOW, plan.warmup_rows // max(plan.batch_rows, 1))
    taken: list[int] = []
    while len(taken) < limit and perf_counter_ns() < end:
        taken.append(once(call))
        if len(taken) % WINDOW == 0 and settled(taken):
            return len(taken), True
    return len(taken), settled(taken)


def settled(taken: list[int]) -> bool:
    if len(taken) < 2 * WINDOW:
        return False
    before, after = np.median(taken[-2 * WINDOW : -WINDOW]), np.median(taken[-WINDOW:])
    return bool(abs(before - after) < STEADY * before)


def once(call: Callable[[], object]) -> int:
    start = perf_counter_ns()
    call()
    return perf_counter_ns() - start
