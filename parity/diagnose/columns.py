"""Columns in each other's place, asked of the reference itself: for models whose splits cannot be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pyarrow as pa

from parity.diagnose.estimates import tells_rows_apart
from parity.diagnose.evidence import Evidence, Floats, Hypothesis

MOST_COLUMNS = 40
ROWS = 12
"""Rows on which every pair is tried, in one call of the reference: 40 columns make 780 pairs, 9,360 rows."""


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Pairs of columns of one type whose exchange makes the reference answer as the runtime does on the first rows."""
    few = evidence.drifting.slice(0, ROWS)
    pairs = [
        (i, j)
        for i, j in combinations(range(few.num_columns), 2)
        if few.schema.field(i).type == few.schema.field(j).type and not few.column(i).equals(few.column(j))
    ]
    if not pairs or few.num_columns > MOST_COLUMNS or few.num_rows < 2 or not told_apart(evidence):
        return
    tried = pa.Table.from_batches([swapped(few, i, j) for i, j in pairs]).combine_chunks().to_batches()[0]
    target = evidence.ask_runtime(few)
    answers = evidence.ask_reference(tried)
    if answers.shape[1] != target.shape[1]:
        return
    for place in _near(answers.reshape(len(pairs), few.num_rows, -1), target, evidence, few):
        yield _exchange(evidence, *pairs[place])


def told_apart(evidence: Evidence) -> bool:
    """Does the runtime answer enough rows differently for an exchange to be seen?"""
    answers = evidence.ask_runtime(evidence.drifting)
    return tells_rows_apart(answers, evidence.bound(np.nan_to_num(answers), evidence.drifting))


def _near(answers: Floats, target: Floats, evidence: Evidence, few: pa.RecordBatch) -> list[int]:
    """Pairs that explain all of the few rows, the nearest first."""
    bound = 2 * evidence.bound(np.nan_to_num(target), few)
    with np.errstate(invalid="ignore"):
        distance = np.abs(answers - target).max(axis=2)
    fits = np.flatnonzero((distance <= bound).all(axis=1))
    return sorted(fits.tolist(), key=lambda place: float(distance[place].max()))


def swapped(batch: pa.RecordBatch, i: int, j: int) -> pa.RecordBatch:
    """The batch with the values of two columns exchanged."""
    columns = list(batch.columns)
    columns[i], columns[j] = columns[j], columns[i]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _exchange(evidence: Evidence, i: int, j: int) -> Hypothesis:
    names = evidence.drifting.schema.names

    def predict(batch: pa.RecordBatch) -> Floats:
        return evidence.ask_reference(swapped(batch, i, j))

    text = f"the reference, asked with {names[i]} and {names[j]} exchanged, answers what the runtime answers"
    return Hypothesis("columns-swapped", predict, evidence.ask_runtime, text)
