"""The same row, made smaller by Hypothesis' own shrinker: at least ten times the calls, and no fewer columns stay."""

from __future__ import annotations

import random

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis.internal.conjecture.data import ConjectureData, Status
from hypothesis.internal.conjecture.engine import ConjectureRunner

from parity.minimise import minimise
from parity.values.columns import Column, ColumnType, Schema

pytestmark = pytest.mark.slow

COLUMNS = 200
NAMES = [f"x{i}" for i in range(COLUMNS)]
WIDE = Schema(tuple(Column(name, ColumnType.FLOAT64, -8.0, 8.0) for name in NAMES))


class Fault:
    """Shows where two of the columns are near the values of the row."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.row = rng.normal(size=COLUMNS)
        self.guilty = rng.choice(COLUMNS, 2, replace=False)

    def shows(self, rows: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        there = self.row[self.guilty]
        return np.asarray((np.abs(rows[:, self.guilty] - there) < 0.01 * np.abs(there)).all(axis=1))


def ours(fault: Fault) -> tuple[int, int]:
    """Batch calls, and columns off typical."""
    row, typical = (pa.RecordBatch.from_arrays([pa.array([v]) for v in vs], names=NAMES) for vs in (fault.row, np.zeros(COLUMNS)))
    found = minimise(row, typical, WIDE, lambda asked: fault.shows(np.column_stack([c.to_numpy() for c in asked.columns])))
    return found.calls, len(found.off_typical)


def theirs(fault: Fault) -> tuple[int, int]:
    """Calls of the test function, each of one row, and columns that are not at 0, the value to which Hypothesis shrinks."""
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


def test_a_tenth_of_the_calls_and_no_more_columns() -> None:
    fault = Fault(1)
    (our_calls, our_columns), (their_calls, their_columns) = ours(fault), theirs(fault)
    assert our_calls * 10 <= their_calls
    assert our_columns <= their_columns == 2
