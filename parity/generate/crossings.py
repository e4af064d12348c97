"""Rows on both sides of a border between two of the reference's regions: its operating cut-off, a unit's hinge, a knot.

Between two rows of different regions the border is found by bisection along the line from one to the other, all at once and
in batch calls, down to two rows that are next to each other. As the reference's own sums decide, the last digits of these rows
may differ from one machine's arithmetic to another's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.generate.batches import FLOATS, numbers, record, to_array
from parity.generate.domain import valid_rows
from parity.generate.random_rows import Source, fill
from parity.generate.seeds import stream
from parity.generate.subject import Subject
from parity.values.anatomy import Floats, Regions
from parity.values.plan import Budget, Chunk, Mixture, Phase

LINES = 400
"""Lines that are looked at for a change of region."""
MOST_BORDERS = 400
PER_BORDER = 4
"""Lines per unit or knot; a numbering of one kind takes as many as all of them."""
HALVINGS = 60
CROSSINGS = ("edge-cut-off", "edge-hinge", "edge-knot", "edge-tie")
"""The classes of input of these rows."""
_STREAM = 2**34  # far from the streams of the phase's other chunks


def crossings(subject: Subject, seed: int, budget: Budget) -> Iterator[Chunk]:
    """A chunk for each kind of region; at most a twentieth of `budget.boundary_rows` rows each."""
    for k, regions in enumerate(subject.reference.regions):
        rng = stream(seed, subject.case_name, Phase.BOUNDARY, _STREAM + k)
        try:
            batch = _beside(subject, regions, rng, max(1, budget.boundary_rows // 40))
        except Exception:  # noqa: BLE001 - the user's own model is called, and may refuse rows in any way
            continue
        if batch is None:
            continue
        for start in range(0, batch.num_rows, budget.chunk_rows):
            part = batch.slice(start, budget.chunk_rows)
            yield Chunk(Phase.BOUNDARY, part, f"edge-{regions.name}", valid_rows(subject.schema, part), "boundary")


def _beside(subject: Subject, regions: Regions, rng: np.random.Generator, most: int) -> pa.RecordBatch | None:
    """The two rows at each border, one after the other."""
    lines = _lines(subject, rng)
    ours, theirs = (_asked(subject, regions, lines.at(np.full(LINES, share))) for share in (0.0, 1.0))
    row, kind = _chosen(ours != theirs, min(most, MOST_BORDERS))
    if not len(row):
        return None
    line, first = lines.some(row), ours[row, kind]
    low, high = np.zeros(len(row)), np.ones(len(row))
    each = np.arange(len(row))
    for _ in range(HALVINGS):
        middle = low + (high - low) / 2
        same = _asked(subject, regions, line.at(middle))[each, kind] == first
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    if regions.clear is not None:
        beyond = _asked(subject, regions, line.at(high))[each, kind]
        low, high = (_cleared(subject, regions, line, *end) for end in ((low, -1.0, first, kind), (high, 1.0, beyond, kind)))
        clear = np.flatnonzero(~np.isnan(low + high))
        line, low, high = line.some(clear), low[clear], high[clear]
    before, after, kept = line.at(low), line.at(high), np.arange(len(low))
    if regions.goes_on is not None:
        kept = np.flatnonzero(regions.goes_on(subject.to_model_input(before), subject.to_model_input(after)))
    if not len(kept):
        return None
    both = pa.Table.from_batches([before.take(pa.array(kept)), after.take(pa.array(kept))]).combine_chunks().to_batches()[0]
    return both.take(pa.array(np.arange(2 * len(kept)).reshape(2, -1).T.ravel()))


def _cleared(
    subject: Subject, regions: Regions, line: _Line, share: Floats, towards: float, region: Any, kind: npt.NDArray[np.int64]
) -> Floats:
    """The nearest share to a border, in powers of two away from it, that is clear of it and still in the same region; or NaN."""
    found, each = np.full(len(share), np.nan), np.arange(len(share))
    for power in range(-40, -2):
        away = np.clip(share + towards * 2.0**power, 0.0, 1.0)
        batch = line.at(away)
        assert regions.clear is not None, "the caller has asked"
        fits = np.isnan(found) & regions.clear(subject.to_model_input(batch))
        fits &= _asked(subject, regions, batch)[each, kind] == region
        found[fits] = away[fits]
        if not np.isnan(found).any():
            break
    return found


class _Line:
    """Lines between two rows each: numbers move, everything else stays as the first row has it."""

    def __init__(self, subject: Subject, rows: pa.RecordBatch, starts: Floats, ends: Floats) -> None:
        self._subject, self._rows, self._starts, self._ends = subject, rows, starts, ends

    def at(self, share: Floats) -> pa.RecordBatch:
        """A row for each line, `share` (lines,) of the way along it."""
        arrays = []
        for c, column in enumerate(self._subject.schema.columns):
            values = self._starts[:, c] + (self._ends[:, c] - self._starts[:, c]) * share
            still = np.isnan(values) | (self._starts[:, c] == self._ends[:, c])
            arrays.append(self._rows.column(c) if still.all() else to_array(column, *_or(self._starts[:, c], values, still)))
        return record(self._subject.schema.columns, arrays)

    def some(self, rows: npt.NDArray[np.int64]) -> _Line:
        return _Line(self._subject, self._rows.take(pa.array(rows)), self._starts[rows], self._ends[rows])


def _or(starts: Floats, values: Floats, still: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    found = np.where(still, starts, values)
    return found, np.isnan(found)


def _lines(subject: Subject, rng: np.random.Generator) -> _Line:
    """Lines between rows of the sample, or drawn evenly; columns that hold no continuous numbers have their first row's value."""
    source = Source(subject)
    name = "sample-rows" if source.rows is not None else "uniform"
    first, second = (fill(source, Mixture(name, LINES, 0.0, 0), rng) for _ in range(2))
    starts, ends = (np.column_stack([numbers(c) for c in rows.columns]) for rows in (first, second))
    learned = subject.reference.categories
    for c, column in enumerate(subject.schema.columns):
        coded = column.categories is not None or (c < len(learned) and learned[c] is not None)
        if column.type not in FLOATS or column.whole or coded or column.shape:
            ends[:, c] = starts[:, c]
    return _Line(subject, first, starts, ends)


def _chosen(changed: npt.NDArray[np.bool_], most: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(line, kind) pairs whose region changes: the same number of lines for every kind."""
    share = max(1, most) if changed.shape[1] == 1 else min(PER_BORDER, max(1, most))
    pairs = [(int(row), kind) for kind in range(changed.shape[1]) for row in np.flatnonzero(changed[:, kind])[:share]]
    found = np.array(pairs[:most], dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _asked(subject: Subject, regions: Regions, batch: pa.RecordBatch) -> Any:
    return np.asarray(regions.of(subject.to_model_input(batch)))
