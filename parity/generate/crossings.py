"""Rows on both sides of a border between two of the reference's regions: its operating cut-off, a unit's hinge, a knot.

Between two rows of different regions the border is found by bisection along the line from one to the other, all at once and in
batch calls, down to a fixed grid on the line. The reference's own sums decide on which side of a border a row lies, and another
machine adds them in another order, with other last digits. So the grid is coarse beside those: 2^-22 of a line, where the
rounding of a hundred terms moves a border by some 2^-46. Two machines part where a place of the grid lies as near to a border
as that, which one of 400 borders does once in 2^(46 - 23) / 400, or 20,000, runs. Nothing is lost by it: scores go on from one
side to the other, and a label that turns within so little is excused by what rounding explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.generate.asking import Asking, Tell, unheard
from parity.generate.batches import FLOATS, numbers, record, to_array
from parity.generate.random_rows import Source, fill
from parity.generate.seeds import stream
from parity.generate.subject import Subject
from parity.generate.valid import valid_rows
from parity.values.anatomy import Bools, Floats, Regions
from parity.values.plan import Chunk, Mixture, Phase

Places = npt.NDArray[np.int64]

LINES = 400
"""Lines that are looked at for a change of region."""
MOST_BORDERS = 400
PER_BORDER = 4
"""Lines per unit or knot; a numbering of one kind takes as many as all of them."""
HALVINGS = 22
CUT_OFF = 0.125
"""The most that is cut off either end of a line, each by a share of its own: rows of a sample, and the middles between two, often
lie just as far from two others, so that rounding alone tells which is nearer."""
CROSSINGS = ("edge-cut-off", "edge-hinge", "edge-knot", "edge-tie")
"""The classes of input of these rows."""
_STREAM = 2**34  # far from the streams of the phase's other chunks


def crossings(subject: Subject, seed: int, most: int, chunk_rows: int, tell: Tell = unheard) -> Iterator[Chunk]:
    """The two rows at each border, one after the other: chunks of at most `chunk_rows` rows for each kind of region, `most` rows
    of all kinds together.

    Where the model raises, `tell` hears of which kind, for how many rows and in what words. Some of these rows are made all the
    same: both sides are asked for them, and one that refuses them alone is a finding.
    """
    kinds = subject.reference.regions
    for k, regions in enumerate(kinds):
        rng = stream(seed, subject.case_name, Phase.BOUNDARY, _STREAM + k)
        asking, share = Asking(subject.to_model_input), most // len(kinds)
        batch = _beside(subject, regions, rng, share // 2, asking)
        if asking.raised:
            tell(
                f"edge-{regions.name}: the reference raises for {asking.raised:,} of {asking.asked:,} rows beside which a border "
                f"was looked for, and none is probed there ({asking.message})"
            )
        made = [batch] if batch is not None else []
        for part in [*made, *asking.kept[: share - sum(b.num_rows for b in made)]]:
            yield from _chunks(subject, part, f"edge-{regions.name}", chunk_rows)


def _chunks(subject: Subject, batch: pa.RecordBatch, name: str, chunk_rows: int) -> Iterator[Chunk]:
    for start in range(0, batch.num_rows, chunk_rows):
        part = batch.slice(start, chunk_rows)
        yield Chunk(Phase.BOUNDARY, part, name, valid_rows(subject.schema, part), "boundary")


def _beside(subject: Subject, regions: Regions, rng: np.random.Generator, most: int, asking: Asking) -> pa.RecordBatch | None:
    """The two rows at each border, one after the other; None where there is no border to be found."""
    lines = _lines(subject, rng)
    low, high = CUT_OFF * rng.random(LINES), 1 - CUT_OFF * rng.random(LINES)
    (ours, here), (theirs, there) = (asking(regions.of, lines.at(share)) for share in (low, high))
    if ours.shape != theirs.shape:  # none of either was answered
        return None
    row, kind = _chosen((ours != theirs) & (here & there)[:, None], min(most, MOST_BORDERS))
    found = _Borders(lines.some(row), low[row], high[row], ours[row, kind], kind)
    for _ in range(HALVINGS if len(row) else 0):
        found = _halved(found, regions, asking)
    if regions.clear is not None and len(found.kind):
        found = _cleared(found, regions, asking)
    before, behind = found.line.at(found.low), found.line.at(found.high)
    kept = np.arange(len(found.kind))
    if regions.goes_on is not None and len(kept):
        goes_on, answered = asking(regions.goes_on, before, behind)
        kept = np.flatnonzero(answered & (goes_on == 1) if goes_on.ndim == 1 else answered)
    if not len(kept):
        return None
    both = pa.Table.from_batches([before.take(pa.array(kept)), behind.take(pa.array(kept))]).combine_chunks().to_batches()[0]
    return both.take(pa.array(np.arange(2 * len(kept)).reshape(2, -1).T.ravel()))


@dataclass(frozen=True)
class _Borders:
    """Borders, each between two shares of its line: at `low` the region of a kind is `first`, at `high` it is another."""

    line: _Line
    low: Floats
    high: Floats
    first: npt.NDArray[Any]
    kind: Places

    def some(self, rows: Places, low: Floats, high: Floats) -> _Borders:
        return _Borders(self.line.some(rows), low[rows], high[rows], self.first[rows], self.kind[rows])


def _halved(found: _Borders, regions: Regions, asking: Asking) -> _Borders:
    middle = found.low + (found.high - found.low) / 2
    region, answered = _region(found, regions, asking, middle)
    same = region == found.first
    return found.some(np.flatnonzero(answered), np.where(same, middle, found.low), np.where(same, found.high, middle))


def _region(found: _Borders, regions: Regions, asking: Asking, share: Floats) -> tuple[npt.NDArray[Any], Bools]:
    """The region of its own kind of each border's line, `share` (borders,) of the way along it, and where there is an answer."""
    values, answered = asking(regions.of, found.line.at(share))
    return (values[np.arange(len(share)), found.kind] if answered.any() else np.zeros(len(share))), answered


def _cleared(found: _Borders, regions: Regions, asking: Asking) -> _Borders:
    """Borders with both rows so far from them that they are clear; those without such rows are left out."""
    beyond, _ = _region(found, regions, asking, found.high)
    low = _clear_of(found, regions, asking, found.low, -1.0, found.first)
    high = _clear_of(found, regions, asking, found.high, 1.0, beyond)
    return found.some(np.flatnonzero(~np.isnan(low + high)), low, high)


def _clear_of(found: _Borders, regions: Regions, asking: Asking, share: Floats, towards: float, region: Any) -> Floats:
    """The nearest share to a border, in powers of two away from it, that is clear of it and still in the same region; or NaN."""
    assert regions.clear is not None, "the caller has asked"
    nearest = np.full(len(share), np.nan)
    for power in range(-HALVINGS, -2):
        away = np.clip(share + towards * 2.0**power, 0.0, 1.0)
        clear, told = asking(regions.clear, found.line.at(away))
        here, answered = _region(found, regions, asking, away)
        fits = np.isnan(nearest) & told & answered & (here == region)
        fits &= clear if told.any() else False
        nearest[fits] = away[fits]
        if not np.isnan(nearest).any():
            break
    return nearest


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
