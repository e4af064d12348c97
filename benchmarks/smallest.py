"""Making a failing row small: batch calls, rows and columns that stay, and the same against Hypothesis' own shrinker.

A fault in 2 of 200 columns: it shows where both are within 1 % of the row's values, which are normal; typical is 0. Ours starts
with the failing row itself, asked again, and so its count of rows. Hypothesis' shrinker (its engine, without database and
deadline) starts from the same row, and asks for one row a call; 0 is what it shrinks a number to.
Calls beside each other are those of the same seeds.
"""

from __future__ import annotations

import random
from statistics import median

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.result import Figure, Result, method_of, publish
from parity.minimise import minimise
from parity.values.columns import Column, ColumnType, Schema

COLUMNS, GUILTY = 200, 2
NAMES = [f"x{i}" for i in range(COLUMNS)]
SCHEMA = Schema(tuple(Column(name, ColumnType.FLOAT64, -8.0, 8.0) for name in NAMES))
SEEDS, SEEDS_OF_BOTH = range(200), range(10)
CALLS, ROWS, OF_THEIRS = 20, 1_500, 0.1


class Fault:
    """Shows where two of the columns are near the values of the row."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.row = rng.normal(size=COLUMNS)
        self.guilty = rng.choice(COLUMNS, GUILTY, replace=False)

    def shows(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """(rows, columns) to (rows,)."""
        there = self.row[self.guilty]
        return np.asarray((np.abs(rows[:, self.guilty] - there) < 0.01 * np.abs(there)).all(axis=1))


def measure() -> Result:
    own = [ours(Fault(seed)) for seed in SEEDS]
    peer = [theirs(Fault(seed)) for seed in SEEDS_OF_BOTH]
    ratios = [own[s][0] / peer[s][0] for s in SEEDS_OF_BOTH]
    more = [own[s][2] - peer[s][1] for s in SEEDS_OF_BOTH]
    figures = (
        _most("batch calls", [calls for calls, _, _, _ in own], CALLS),
        _most("rows scored", [rows for _, rows, _, _ in own], ROWS),
        Figure(
            "seeds in which exactly the two guilty columns stay",
            sum(exact for *_, exact in own), f"of {len(SEEDS)}", at_least=len(SEEDS),
        ),
        Figure("Hypothesis' shrinker: calls", median(c for c, _ in peer), "", min(c for c, _ in peer),
               max(c for c, _ in peer), "range", repetitions=f"{len(peer)} seeds"),
        _most("of its calls", ratios, OF_THEIRS),
        _most("columns off typical beyond its own", more, 0),
    )  # fmt: skip
    return Result("smallest", figures, method_of(__doc__))


def _most(what: str, values: list[float], most: float) -> Figure:
    """The largest of all seeds is what has to be reached."""
    return Figure(
        what, max(values), "", min(values), max(values), "range", at_most=most,
        repetitions=f"{len(values)} seeds", note=f"median {median(values):.4g}",
    )  # fmt: skip


def ours(fault: Fault) -> tuple[int, int, int, bool]:
    """Batch calls, rows scored, columns off typical, and whether those are the guilty ones."""
    row, typical = (pa.RecordBatch.from_arrays([pa.array([v]) for v in vs], names=NAMES) for vs in (fault.row, np.zeros(COLUMNS)))
    found = minimise(row, typical, SCHEMA, lambda asked: fault.shows(np.column_stack([c.to_numpy() for c in asked.columns])))
    exact = {NAMES[i] for i in fault.guilty} == set(found.off_typical)
    return found.calls, found.rows, len(found.off_typical), exact


def theirs(fault: Fault) -> tuple[int, int]:
    """Calls of the test function, and columns that are not at 0."""
    from hypothesis import settings
    from hypothesis.internal.conjecture.data import ConjectureData, Status
    from hypothesis.internal.conjecture.engine import ConjectureRunner

    calls = 0

    def test(data: ConjectureData) -> None:
        nonlocal calls
        calls += 1
        if fault.shows(np.array([[data.draw_float(-8.0, 8.0) for _ in NAMES]])).all():
            data.mark_interesting("fault")  # type: ignore[arg-type]  # any hashable names the origin

    runner = ConjectureRunner(test, settings=settings(max_examples=10**6, database=None, deadline=None), random=random.Random(0))
    first = runner.cached_test_function(tuple(float(v) for v in fault.row))
    assert first.status == Status.INTERESTING
    smallest = runner.shrink(first, lambda data: data.status == Status.INTERESTING)
    return calls, sum(choice != 0 for choice in smallest.choices)


if __name__ == "__main__":
    publish(measure)
