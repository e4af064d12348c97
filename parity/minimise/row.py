"""From a row that shows a finding to the smallest one that still does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.minimise.pools import Choices, Pool, fill, pools_of, same_cell
from parity.minimise.search import Questions, reset, simplest
from parity.values.columns import Column, Schema

Bools = npt.NDArray[np.bool_]
Fails = Callable[[pa.RecordBatch], Bools]

MAX_CALLS = 20


@dataclass(frozen=True)
class Minimised:
    """A batch of one row, the names of its columns that are not at their typical value, and what finding it cost.

    `calls` and `rows` count what `fails` was asked. `reproduced` is False where the given row, asked again in a batch of its
    own, did not fail (or could not be asked about, with no call allowed): then `row` is the one that was given.
    """

    row: pa.RecordBatch
    off_typical: tuple[str, ...]
    calls: int
    rows: int
    reproduced: bool = True


def minimise(
    row: pa.RecordBatch,
    typical: pa.RecordBatch,
    schema: Schema,
    fails: Fails,
    max_calls: int = MAX_CALLS,
) -> Minimised:
    """Fewest columns off the typical row, then the simplest values of those, in at most `max_calls` batches.

    `row` and `typical` hold one row each; a column that `typical` lacks, or has in another type, stays as it is.
    `fails(batch)` gives a mask (rows,): does the row show the same finding? The first and the last question are a batch of
    one row, so that the answer holds for the row alone, as a replay will score it. A missing value stays missing unless the
    typical one will do. Raises ValueError if `fails` answers in another shape; what `fails` raises passes through.
    """
    if row.num_rows != 1:
        return Minimised(row, off_typical(row, typical), 0, 0, reproduced=False)
    pools = _pools(row, typical, {})
    start = _originals(pools)
    questions = Questions(_asking(fails, pools, row.schema), max_calls)
    if not questions.ask(start[None]).any():
        return Minimised(row, off_typical(row, typical), questions.calls, questions.rows, reproduced=False)
    questions.left -= 1  # kept for the last question
    fewest = fill(pools, row.schema, reset(start, questions)[None])  # simpler values are sought for what stays: 2 ms a column
    simpler = _pools(fewest, typical, {c.name: c for c in schema.columns})
    questions.fails = _asking(fails, simpler, row.schema)
    found = simplest(_originals(simpler), questions)
    chosen = fill(simpler, row.schema, found[None])
    questions.left += 1
    if chosen.equals(row) or not questions.ask(found[None]).all():
        chosen = row
    return Minimised(chosen, off_typical(chosen, typical), questions.calls, questions.rows)


def off_typical(row: pa.RecordBatch, typical: pa.RecordBatch) -> tuple[str, ...]:
    """Names of the columns of a row that differ, in any bit, from the typical row; all of them where it has not one row."""
    usual = _by_name(typical)
    return tuple(n for n, cell in _by_name(row).items() if row.num_rows != 1 or _differs(cell, usual.get(n)))


def _differs(cell: pa.Array, usual: pa.Array | None) -> bool:
    return usual is None or usual.type != cell.type or not same_cell(cell, usual)


def _pools(row: pa.RecordBatch, typical: pa.RecordBatch, columns: Mapping[str, Column]) -> list[Pool]:
    """The values of each cell, or of each part of a tensor; simpler ones for the `columns` given alone."""
    usual = _by_name(typical)
    cells = enumerate(_by_name(row).items())
    return [one for i, (n, cell) in cells for one in pools_of(i, cell, usual.get(n), columns.get(n))]


def _originals(pools: list[Pool]) -> Choices:
    return np.array([len(one) - 1 for one in pools], dtype=np.int64)


def _by_name(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """All columns at once: Arrow finds a name by looking through all of them."""
    return dict(zip(batch.schema.names, batch.columns, strict=True))


def _asking(fails: Fails, pools: list[Pool], schema: pa.Schema) -> Callable[[Choices], Bools]:
    def ask(choices: Choices) -> Bools:
        mask = np.asarray(fails(fill(pools, schema, choices)))
        if mask.shape != (len(choices),):
            raise ValueError(f"fails() got {len(choices)} rows and answered in shape {mask.shape}: one bool per row is wanted")
        return mask.astype(bool)

    return ask
