"""Rows on the paths of trees: sample rows that come by a node, or others brought into its box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.generate.batches import numbers, record, to_array
from parity.generate.boxes import Boxes, Forest, boxes
from parity.generate.codes import Codes, codes_of, kept_codes, own_values
from parity.generate.edges import VARIANTS
from parity.generate.features import features_of
from parity.generate.random_rows import Source, fill
from parity.generate.repair import Grid, everywhere, grid
from parity.generate.subject import Subject
from parity.generate.targets import Targets
from parity.generate.visits import Visits, affordable_rows, visits
from parity.values.anatomy import Floats, Ints
from parity.values.columns import ColumnType
from parity.values.plan import Mixture

Places = npt.NDArray[np.int64]

# Rows of the sample, or drawn evenly where there is none, that paths begin with.
BASE_ROWS = 2_000


@dataclass(frozen=True)
class Base:
    """Rows to start from: the batch, its numbers (NaN for missing and text), and who comes by which node on each side."""

    batch: pa.RecordBatch
    values: Floats
    visits: tuple[Visits | None, Visits | None]


@dataclass(frozen=True)
class Work:
    """What all chunks of a subject share. `edges` is (VARIANTS, cuts); `codes` are those of either side's splits."""

    subject: Subject
    targets: Targets
    base: Base
    places: Grid
    edges: Floats
    codes: tuple[tuple[Codes, ...], ...]


def prepared(subject: Subject, targets: Targets, rng: np.random.Generator) -> Work:
    source = Source(subject)
    base = _base(subject, targets, source, rng)
    places = grid(subject.schema, targets, source.shown)
    edges = np.full((VARIANTS, len(targets.column)), np.nan)
    for mine, values in zip(places.cuts, places.edges, strict=True):
        edges[:, mine] = values
    codes = tuple(() if f is None else codes_of(f) for f in targets.forests)
    return Work(subject, targets, base, places, edges, codes)


def _base(subject: Subject, targets: Targets, source: Source, rng: np.random.Generator) -> Base:
    rows = source.rows
    if rows is None:
        rows = fill(source, Mixture("uniform", BASE_ROWS, 0.0, 0), rng)
    elif rows.num_rows > BASE_ROWS:
        rows = rows.take(pa.array(np.sort(rng.choice(rows.num_rows, BASE_ROWS, replace=False))))
    found = [None if f is None else _visits(subject, f, rows) for f in targets.forests]
    values = np.column_stack([numbers(c) for c in rows.columns])
    return Base(rows, values, (found[0], found[1]))


def _visits(subject: Subject, forest: Forest, rows: pa.RecordBatch) -> Visits | None:
    """None where the user's own steps refuse the rows: then any row begins a path."""
    some = rows.slice(0, affordable_rows(forest.trees, rows.num_rows))
    try:
        return visits(forest.trees, features_of(subject, forest.anatomy, some))
    except Exception:  # noqa: BLE001 - the user's own steps are called, and may refuse rows in any way
        return None


def start_rows(base: Base, owner: Ints, node: Ints, rng: np.random.Generator) -> Places:
    rows = base.batch.num_rows
    start = rng.integers(0, rows, len(node))
    for side, known in enumerate(base.visits):
        mine = np.flatnonzero(owner == side)
        if known is not None and len(mine):
            start[mine] = known.pick(node[mine], rng, rows)
    return start


def boxes_of(targets: Targets, owner: Ints, node: Ints, columns: int) -> Boxes:
    for side, forest in enumerate(targets.forests):
        if forest is not None and (owner == side).all():
            return boxes(forest, node, columns)
    whole = everywhere(len(node), columns)
    for side, forest in enumerate(targets.forests):
        mine = np.flatnonzero(owner == side)
        if forest is not None and len(mine):
            part = boxes(forest, node[mine], columns)
            whole.low[mine], whole.high[mine], whole.nan_ok[mine] = part.low, part.high, part.nan_ok
    return whole


def batch_of(work: Work, start: Places, values: Floats) -> pa.RecordBatch:
    """The start rows with the values that differ put in; what did not change keeps its bits."""
    rows = work.base.batch.take(pa.array(start))
    before = work.base.values[start]
    arrays = []
    for c, column in enumerate(work.subject.schema.columns):
        same = (values[:, c] == before[:, c]) | (np.isnan(values[:, c]) & np.isnan(before[:, c]))
        if column.type == ColumnType.STRING or same.all():
            arrays.append(rows.column(c))
            continue
        new = to_array(column, values[:, c], np.isnan(values[:, c]))
        arrays.append(pc.if_else(pa.array(same), rows.column(c), new))
    return record(work.subject.schema.columns, arrays)


def with_codes(work: Work, batch: pa.RecordBatch, owner: Ints, node: Ints, rng: np.random.Generator) -> pa.RecordBatch:
    """The rows with categories that keep to their paths, where splits ask for categories."""
    for side, forest in enumerate(work.targets.forests):
        mine = np.flatnonzero(owner == side)
        if forest is not None and forest.trees.sets is not None and len(mine):
            features = features_of(work.subject, forest.anatomy, batch.take(pa.array(mine)))
            for codes in work.codes[side]:
                given = features[:, codes.feature]
                kept = kept_codes(forest, codes, node[mine], given, rng)
                moved = ~((kept == given) | (np.isnan(kept) & np.isnan(given)))
                batch = _put_codes(work, batch, forest, codes, mine[moved], kept[moved])
    return batch


def _put_codes(work: Work, batch: pa.RecordBatch, forest: Forest, codes: Codes, rows: Places, kept: Floats) -> pa.RecordBatch:
    """Codes as the column's own values: themselves, or the categories in their places."""
    if not len(rows):
        return batch
    column = work.subject.schema.columns[codes.column]
    new = own_values(forest.anatomy, codes, kept, column.type == ColumnType.STRING)
    full = batch.column(codes.column).to_pylist()
    for row, value in zip(rows.tolist(), new, strict=True):
        full[row] = value
    arrays = list(batch.columns)
    arrays[codes.column] = pa.array(full, batch.column(codes.column).type, from_pandas=False)
    return record(work.subject.schema.columns, arrays)
