"""What was timed, in the words of a report: quantiles by nearest rank, rows per second, and what the numbers cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parity.values.timing import Timing

RUNTIME_SINGLE, REFERENCE_SINGLE = "runtime-single", "reference-single"
RUNTIME_BATCH, REFERENCE_BATCH = "runtime-batch", "reference-batch"

P99_SAMPLES = 1_000
"""Ten samples lie beyond a quantile that means anything: 10 / (1 - 0.99)."""


@dataclass(frozen=True)
class Quantiles:
    """Microseconds of one call of a single row; None where nothing was timed, `p99_us` also where there are too few samples."""

    samples: int
    p50_us: float | None
    p90_us: float | None
    p99_us: float | None


def quantile_ns(timing: Timing, percent: int) -> int:
    """Nearest rank: the smallest sample that at least `percent` of 100 samples do not exceed. ValueError without samples."""
    if not timing.nanoseconds:
        raise ValueError("a quantile of no samples was asked for; time at least one call")
    ordered = sorted(timing.nanoseconds)
    rank = -(-percent * len(ordered) // 100)  # rounded up, in whole numbers: 0.07 * 100 is above 7
    return ordered[max(1, rank) - 1]


def quantiles(timing: Timing | None) -> Quantiles:
    """p50, p90 and p99 of a timing, which may be absent or empty."""
    if timing is None or not timing.nanoseconds:
        return Quantiles(0, None, None, None)
    samples = len(timing.nanoseconds)
    p50, p90, p99 = (quantile_ns(timing, percent) / 1e3 for percent in (50, 90, 99))
    return Quantiles(samples, p50, p90, p99 if samples >= P99_SAMPLES else None)


def rows_per_second(timing: Timing | None) -> float | None:
    """Rows of a batch over the median call; None where nothing was timed."""
    if timing is None or not timing.nanoseconds:
        return None
    return timing.batch_rows * 1e9 / max(1, quantile_ns(timing, 50))


def crossing_us(timings: Mapping[str, Timing]) -> float | None:
    """Cost of one call of a batch beyond the time inside the JVM: ours, not the runtime's. None where not measured."""
    crossings = [timings[name].crossing_ns for name in (RUNTIME_BATCH, RUNTIME_SINGLE) if name in timings]
    return next((max(0.0, c) / 1e3 for c in crossings if c is not None), None)


def remarks(timings: Mapping[str, Timing]) -> tuple[str, ...]:
    """What a reader must know before quoting a number."""
    found = []
    for name, timing in timings.items():
        if name in (RUNTIME_SINGLE, REFERENCE_SINGLE) and len(timing.nanoseconds) < P99_SAMPLES:
            found.append(f"{name}: p99 needs at least {P99_SAMPLES:,} samples, there are {len(timing.nanoseconds):,}")
        if not timing.steady:
            found.append(f"{name}: warm-up not reached after {timing.warmup_calls:,} calls")
    return tuple(found)
