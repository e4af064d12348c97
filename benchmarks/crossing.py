"""What the way through the worker costs: JPMML logistic regression, wall time of a call against the time inside Java.

Both times are of the same call: that of `session.score`, and that inside the scorer's loop in Java (slot 15 of the block's
header). The block is a file on disk, that is the journal. Production JVM flags. Calls in which one of the two threads stood ready
without a core for more than 1 % are told apart, as the machine is shared.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

import pyarrow as pa

from benchmarks import models
from benchmarks.clocks import Waiting, interval
from benchmarks.result import Figure, Result, method_of, publish
from benchmarks.sessions import inside_ns, jpmml, worker_pid

PAIRS = 41
SIZES = {100_000: 0.97, 1_000: 0.85}
WARM_ROWS = 600_000
MOST_CALLS = {100_000: 150, 1_000: 4_000}
"""Calls after which no more undisturbed ones are waited for."""


@dataclass(frozen=True)
class Call:
    """Nanoseconds of one call: all of it, inside Java, and how long the two threads stood ready without a core."""

    whole: int
    inside: int
    waited: int

    @property
    def clean(self) -> bool:
        """Nobody else's work in it. The rule looks at the queue only, so that it cannot prefer good ratios."""
        return self.waited <= 0.01 * self.whole + 20_000


def measure() -> Result:
    figures: list[Figure] = []
    raw = {}
    with jpmml("lr", timing=True) as session:
        batches = {size: models.batch(size) for size in SIZES}
        for batch in batches.values():
            _warm(session, batch)
        environment = dict(session.environment)
        for size, batch in batches.items():
            calls = _calls(session, batch)
            figures += _figures(size, calls)
            raw[str(size)] = [(call.whole, call.inside, call.waited) for call in calls]
    return Result("crossing", tuple(figures), method_of(__doc__), environment, raw)


def _warm(session: Any, batch: pa.RecordBatch) -> None:
    for _ in range(max(3, min(400, WARM_ROWS // batch.num_rows))):
        session.score(batch)


def _calls(session: Any, batch: pa.RecordBatch) -> list[Call]:
    """At least PAIRS calls, and more until so many are undisturbed or the most is reached."""
    waiting = Waiting(threading.get_native_id(), worker_pid(session))
    calls: list[Call] = []
    while sum(call.clean for call in calls) < PAIRS and len(calls) < MOST_CALLS[batch.num_rows]:
        waiting.since()
        started = time.perf_counter_ns()
        session.score(batch)
        whole = time.perf_counter_ns() - started
        calls.append(Call(whole, inside_ns(session), waiting.since()))
    return calls


def _figures(size: int, calls: list[Call]) -> list[Figure]:
    clean = [call for call in calls if call.clean]
    judged = clean if len(clean) >= PAIRS else calls
    note = f"{len(clean)} of {len(calls)} calls were undisturbed"
    if judged is calls:
        note = f"machine busy: only {note}, so all are counted"
    beyond = [(call.whole - call.inside) / 1_000 for call in judged]
    loop = [call.inside / size / 1_000 for call in judged]
    return [
        _share(f"{size:,} rows: inside / whole", judged, note, SIZES[size]),
        Figure(f"{size:,} rows: beyond the loop", median(beyond), "us a call", min(beyond), max(beyond), "range"),
        Figure(f"{size:,} rows: the loop itself", median(loop), "us a row", min(loop), max(loop), "range"),
        _share(f"{size:,} rows: inside / whole, disturbed calls too", calls, "", None),
    ]


def _share(what: str, calls: list[Call], note: str, at_least: float | None) -> Figure:
    shares = [call.inside / call.whole for call in calls]
    low, high = interval(shares)
    return Figure(
        what, median(shares), "", low, high, "95 % interval", at_least=at_least, repetitions=f"{len(calls)} calls", note=note
    )


if __name__ == "__main__":
    publish(measure)
