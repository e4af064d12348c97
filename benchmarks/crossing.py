"""What the way through the worker costs: JPMML logistic regression, wall time of a call against the time inside Java."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import pyarrow as pa

from benchmarks import models
from benchmarks.clocks import interval
from benchmarks.result import Figure, Result, publish
from benchmarks.sessions import inside_ns, jpmml

PAIRS = 41
SIZES = {100_000: 0.97, 1_000: 0.85}
WARM_ROWS = 600_000
"""Calls of these sizes are then steady; the last third of them is not allowed to be slower than what is measured by much."""


def measure() -> Result:
    figures, raw, environment = [], {}, {}
    with jpmml("lr", timing=True) as session:
        batches = {size: models.batch(size) for size in SIZES}
        for batch in batches.values():
            _warm(session, batch)
        environment = dict(session.environment)
        for size, batch in batches.items():
            samples = [_call(session, batch) for _ in range(PAIRS)]
            figures += _figures(size, samples)
            raw[str(size)] = samples
    method = (
        f"{PAIRS} pairs per size: wall time of `session.score`, and of the same call the time inside the scorer's loop in Java (slot 15 "
        "of the block's header). The block is a file on disk, that is the journal. Production JVM flags"
    )
    return Result("crossing", tuple(figures), method, environment, raw)


def _warm(session: Any, batch: pa.RecordBatch) -> None:
    for _ in range(max(3, min(400, WARM_ROWS // batch.num_rows))):
        session.score(batch)


def _call(session: Any, batch: pa.RecordBatch) -> tuple[int, int]:
    """Nanoseconds: the whole call, and inside Java."""
    started = time.perf_counter_ns()
    session.score(batch)
    return time.perf_counter_ns() - started, inside_ns(session)


def _figures(size: int, samples: list[tuple[int, int]]) -> list[Figure]:
    shares = [inside / whole for whole, inside in samples]
    beyond = [(whole - inside) / 1_000 for whole, inside in samples]
    per_row = [inside / size / 1_000 for _, inside in samples]
    times = f"{PAIRS} calls"
    low, high = interval(shares)
    return [
        Figure(f"{size:,} rows: inside / whole", median(shares), "", low, high, "95 % interval", at_least=SIZES[size], repetitions=times),
        Figure(f"{size:,} rows: beyond the loop", median(beyond), "us a call", min(beyond), max(beyond), "range", repetitions=times),
        Figure(f"{size:,} rows: the loop itself", median(per_row), "us a row", min(per_row), max(per_row), "range", repetitions=times),
    ]


if __name__ == "__main__":
    publish(measure)
