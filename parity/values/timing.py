"""Latency: what is asked for and what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TimingPlan:
    """How long to warm up and to measure. Times are nanoseconds, counts are calls of `batch_rows` rows each."""

    batch_rows: int = 1
    warmup_rows: int = 30_000
    max_warmup_ns: int = 5_000_000_000
    samples: int = 2_000
    max_measure_ns: int = 3_000_000_000


@dataclass(frozen=True)
class Timing:
    """Raw nanoseconds of single calls, taken inside the side that scored; `steady` says whether warm-up settled.

    `crossing_ns` is the cost of the call that the measured times do not hold (wall time of a session's call
    minus the time inside); None where there is no crossing.
    """

    batch_rows: int
    nanoseconds: tuple[int, ...]
    warmup_calls: int
    steady: bool
    crossing_ns: float | None = None
