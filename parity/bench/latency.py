"""Latency of one row and throughput of a batch, each taken inside the side that scores, so that the crossing is apart.

The scenario is one caller in a closed loop: the next call when the last one ends (MLPerf calls it single-stream).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from parity.report.latency import (
    P99_SAMPLES,
    REFERENCE_BATCH,
    REFERENCE_SINGLE,
    RUNTIME_BATCH,
    RUNTIME_SINGLE,
    Quantiles,
    quantile_ns,
    quantiles,
    remarks,
    rows_per_second,
)
from parity.values.timing import Timing, TimingPlan

__all__ = ["P99_SAMPLES", "Plans", "Quantiles", "Timed", "measure", "quantile_ns", "quantiles", "remarks", "rows_per_second"]


class Timed(Protocol):
    """A side that times itself: a reference in this process, a session inside its JVM."""

    def time(self, batch: pa.RecordBatch, plan: TimingPlan) -> Timing: ...


@dataclass(frozen=True)
class Plans:
    """How long to time. The defaults end within about 12 seconds a runtime whatever the model costs.

    `single` takes twice the samples that a p99 needs; 30,000 rows of warm-up is what JPMML's compiled code needs.
    `batch_calls` timed calls follow `batch_warmup_calls`; a median of 20 calls is steady to a few per cent.
    """

    single: TimingPlan = field(
        default_factory=lambda: TimingPlan(1, 30_000, max_warmup_ns=2_000_000_000, samples=2_000, max_measure_ns=2_000_000_000)
    )
    batch_warmup_calls: int = 5
    batch_calls: int = 20
    max_batch_ns: int = 1_000_000_000


def measure(
    reference: Timed, session: Timed, row: pa.RecordBatch, batch: pa.RecordBatch, plans: Plans | None = None
) -> dict[str, Timing]:
    """Timings by name: "runtime-single", "reference-single", "runtime-batch", "reference-batch"; raw nanoseconds in each.

    `row` has one row, `batch` many. The two sides take turns on the same rows, so that a machine that slows down slows both.
    Raises ValueError for other shapes; what a side raises passes through.
    """
    if row.num_rows != 1 or batch.num_rows < 1:
        raise ValueError(f"latency wants one row and a batch of at least one, got {row.num_rows} and {batch.num_rows} rows")
    chosen = plans or Plans()
    of_batch = _batch_plan(chosen, batch.num_rows)
    return {
        RUNTIME_SINGLE: session.time(row, chosen.single),
        REFERENCE_SINGLE: reference.time(row, chosen.single),
        RUNTIME_BATCH: session.time(batch, of_batch),
        REFERENCE_BATCH: reference.time(batch, of_batch),
    }


def _batch_plan(plans: Plans, rows: int) -> TimingPlan:
    return TimingPlan(
        batch_rows=rows,
        warmup_rows=plans.batch_warmup_calls * rows,
        max_warmup_ns=plans.max_batch_ns,
        samples=plans.batch_calls,
        max_measure_ns=plans.max_batch_ns,
    )
