"""Rows of the `boundary` phase: every reachable cut of both sides, met on its path, one float step to each side.

A row for a cut is a sample row that comes by one of its nodes, or a random one brought into the node's box; its tested
column is put on an edge value. In a second round the other columns are put on edges too, inside the box: faults that only
show when two values are off together are found four times as fast (facts/numerics.md B5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.anatomy.traverse import passes
from parity.generate.batches import numbers, record, to_array
from parity.generate.boxes import Boxes, Forest, boxes
from parity.generate.codes import Codes, codes_of, kept_codes, own_values, ways
from parity.generate.defaults import default_nodes
from parity.generate.domain import valid_rows
from parity.generate.edges import VARIANTS, side_of
from parity.generate.features import features_of
from parity.generate.random_rows import Source, fill
from parity.generate.repair import Grid, everywhere, grid, into_box, onto_edges
from parity.generate.seeds import stream
from parity.generate.subject import Subject
from parity.generate.targets import Targets, targets_of
from parity.generate.visits import Visits, affordable_rows, visits
from parity.values.anatomy import Bools, Floats, Ints
from parity.values.columns import ColumnType
from parity.values.plan import Budget, Chunk, Mixture, Phase

Places = npt.NDArray[np.int64]

# Share of the other columns that the second round puts on edges.
ON_EDGES = 0.5
# The random stream of the rows with a missing value, far from those of the chunks.
_DEFAULTS = 2**33
_SETS = _DEFAULTS + 1
# Rows of the sample, or drawn evenly where there is none, that paths begin with.
BASE_ROWS = 2_000


@dataclass(frozen=True)
class _Base:
    """Rows to start from: the batch, its numbers (NaN for missing and text), and who comes by which node on each side."""

    batch: pa.RecordBatch
    values: Floats
    visits: tuple[Visits | None, Visits | None]


@dataclass(frozen=True)
class _Work:
    """What all chunks of a subject share. `edges` is (VARIANTS, cuts); `codes` are those of either side's splits."""

    subject: Subject
    targets: Targets
    base: _Base
    places: Grid
    edges: Floats
    codes: tuple[tuple[Codes, ...], ...]


def boundary(subject: Subject, seed: int, budget: Budget) -> Iterator[Chunk]:
    """Chunks of at most `budget.chunk_rows` rows, `budget.boundary_rows` in all; none where there is no cut."""
    targets = targets_of(subject)
    asks = any(f is not None and f.trees.sets is not None for f in targets.forests)
    if not len(targets.column) and not asks:
        return
    rng = stream(seed, subject.case_name, Phase.BOUNDARY, 0)
    work = _prepared(subject, targets, rng)
    cut, variant, second = _listed(work.edges, budget.boundary_rows, rng)
    for start in range(0, len(cut), budget.chunk_rows):
        part = slice(start, start + budget.chunk_rows)
        own = stream(seed, subject.case_name, Phase.BOUNDARY, 1 + start // budget.chunk_rows)
        yield _chunk(work, cut[part], variant[part], second[part], own)
    yield from _missing(work, seed, budget)
    yield from _categories(work, seed, budget)


def _categories(work: _Work, seed: int, budget: Budget) -> Iterator[Chunk]:
    """For each split on categories of either side, and each way out of it, a row on its path with a category that goes there."""
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _SETS)
    both = [np.zeros(0, np.int32) if f is None else ways(f) for f in work.targets.forests]
    owner, node = np.repeat(np.arange(2, dtype=np.int32), [len(n) for n in both]), np.concatenate(both)
    chosen = rng.permutation(len(node))[: budget.boundary_rows // 5]
    for start in range(0, len(chosen), budget.chunk_rows):
        part = chosen[start : start + budget.chunk_rows]
        begun = _start_rows(work.base, owner[part], _parents(work.targets, owner[part], node[part]), rng)
        box = _boxes(work.targets, owner[part], node[part], len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        batch = _with_codes(work, _batch(work, begun, values), owner[part], node[part], rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-category", valid_rows(work.subject.schema, batch), "boundary")


def _parents(targets: Targets, owner: Ints, node: Ints) -> Ints:
    above = node.copy()
    for side, forest in enumerate(targets.forests):
        if forest is not None:
            above[owner == side] = forest.parent[node[owner == side]]
    return above


def _with_codes(work: _Work, batch: pa.RecordBatch, owner: Ints, node: Ints, rng: np.random.Generator) -> pa.RecordBatch:
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


def _put_codes(work: _Work, batch: pa.RecordBatch, forest: Forest, codes: Codes, rows: Places, kept: Floats) -> pa.RecordBatch:
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


def _missing(work: _Work, seed: int, budget: Budget) -> Iterator[Chunk]:
    """For each split of the reference that a valid missing value can meet a row that brings one there, on its path."""
    nodes = default_nodes(work.subject, work.targets.forests[0])
    rng = stream(seed, work.subject.case_name, Phase.BOUNDARY, _DEFAULTS)
    nodes = rng.permutation(nodes)[: budget.boundary_rows // 5]
    for start in range(0, len(nodes), budget.chunk_rows):
        part = nodes[start : start + budget.chunk_rows]
        forest, owner = work.targets.forests[0], np.zeros(len(part), np.int32)
        assert forest is not None  # it has nodes
        begun = _start_rows(work.base, owner, part, rng)
        box = _boxes(work.targets, owner, part, len(work.places.kinds))
        values = into_box(work.base.values[begun], box, work.places, rng)
        values[np.arange(len(part)), forest.splits.column[part]] = np.nan
        batch = _with_codes(work, _batch(work, begun, values), owner, part, rng)
        yield Chunk(Phase.BOUNDARY, batch, "edge-missing", valid_rows(work.subject.schema, batch), "boundary")


def _prepared(subject: Subject, targets: Targets, rng: np.random.Generator) -> _Work:
    source = Source(subject)
    base = _base(subject, targets, source, rng)
    places = grid(subject.schema, targets, source.shown)
    edges = np.full((VARIANTS, len(targets.column)), np.nan)
    for mine, values in zip(places.cuts, places.edges, strict=True):
        edges[:, mine] = values
    codes = tuple(() if f is None else codes_of(f) for f in targets.forests)
    return _Work(subject, targets, base, places, edges, codes)


def _base(subject: Subject, targets: Targets, source: Source, rng: np.random.Generator) -> _Base:
    rows = source.rows
    if rows is None:
        rows = fill(source, Mixture("uniform", BASE_ROWS, 0.0, 0), rng)
    elif rows.num_rows > BASE_ROWS:
        rows = rows.take(pa.array(np.sort(rng.choice(rows.num_rows, BASE_ROWS, replace=False))))
    found = [None if f is None else _visits(subject, f, rows) for f in targets.forests]
    values = np.column_stack([numbers(c) for c in rows.columns])
    return _Base(rows, values, (found[0], found[1]))


def _visits(subject: Subject, forest: Forest, rows: pa.RecordBatch) -> Visits | None:
    """None where the user's own steps refuse the rows: then any row begins a path."""
    some = rows.slice(0, affordable_rows(forest.trees, rows.num_rows))
    try:
        return visits(forest.trees, features_of(subject, forest.anatomy, some))
    except Exception:  # noqa: BLE001 - the user's own steps are called, and may refuse rows in any way
        return None


def _listed(edges: Floats, most: int, rng: np.random.Generator) -> tuple[Places, Places, Bools]:
    """Which cut, which variant, and whether in the second round, for each row: at most `most` rows.

    Both sides of every cut come first, then further variants in order, then all of it again with other columns on edges;
    where not even both sides of all cuts fit, both sides of some.
    """
    order = rng.permutation(edges.shape[1])
    variant, place = np.nonzero(~np.isnan(edges[:, order]))
    pairs = variant < 2
    first = np.argsort(np.where(pairs, place, len(order) + variant), kind="stable")
    cut, variant = order[place[first]], variant[first]
    cut, variant = np.concatenate([cut, cut])[:most], np.concatenate([variant, variant])[:most]
    return cut, variant, np.arange(len(cut)) >= len(first)


def _chunk(work: _Work, cut: Places, variant: Places, second: Bools, rng: np.random.Generator) -> Chunk:
    targets = work.targets
    owner, node = targets.owner[cut], _nodes(targets, cut, rng)
    start = _start_rows(work.base, owner, node, rng)
    box = _boxes(targets, owner, node, len(work.places.kinds))
    values = into_box(work.base.values[start], box, work.places, rng)
    if second.any():
        later = Boxes(box.low[second], box.high[second], box.nan_ok[second])
        values[second] = onto_edges(values[second], later, work.places, rng, ON_EDGES)
    tested = (np.arange(len(cut)), targets.column[cut])
    values[tested] = work.edges[variant, cut]
    batch = _with_codes(work, _batch(work, start, values), owner, node, rng)
    passed = _passed(work, batch, owner, node)
    side = side_of(values[tested], targets.threshold[cut], targets.coarse[cut])
    return Chunk(
        Phase.BOUNDARY,
        batch,
        "edge",
        valid_rows(work.subject.schema, batch),
        "boundary",
        cut=np.where(passed, cut, -1),
        side=side,
    )


def _nodes(targets: Targets, cut: Places, rng: np.random.Generator) -> Ints:
    """One of the nodes of each cut, -1 where it has none."""
    place = targets.first[cut] + (rng.random(len(cut)) * targets.count[cut]).astype(np.int64)
    return targets.nodes[place]


def _start_rows(base: _Base, owner: Ints, node: Ints, rng: np.random.Generator) -> Places:
    rows = base.batch.num_rows
    start = rng.integers(0, rows, len(node))
    for side, known in enumerate(base.visits):
        mine = np.flatnonzero(owner == side)
        if known is not None and len(mine):
            start[mine] = known.pick(node[mine], rng, rows)
    return start


def _boxes(targets: Targets, owner: Ints, node: Ints, columns: int) -> Boxes:
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


def _batch(work: _Work, start: Places, values: Floats) -> pa.RecordBatch:
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


def _passed(work: _Work, batch: pa.RecordBatch, owner: Ints, node: Ints) -> Bools:
    """Did each row really come by its node? Rows of cuts without nodes did."""
    passed = np.ones(len(node), bool)
    for side, forest in enumerate(work.targets.forests):
        mine = np.flatnonzero(owner == side)
        if forest is not None and len(mine):
            passed[mine] = _follow(work.subject, forest, node[mine], batch.take(pa.array(mine)))
    return passed


def _follow(subject: Subject, forest: Forest, node: Ints, batch: pa.RecordBatch, smallest: int = 64) -> Bools:
    """Which rows come by their node. Rows that the user's own steps refuse come by none: found by halves, to `smallest` rows."""
    try:
        return passes(forest.trees, node, features_of(subject, forest.anatomy, batch))
    except Exception:  # noqa: BLE001 - the user's own steps are called, and may refuse rows in any way
        if len(node) <= smallest:
            return np.zeros(len(node), bool)
    half = len(node) // 2
    parts = ((node[:half], batch.slice(0, half)), (node[half:], batch.slice(half)))
    return np.concatenate([_follow(subject, forest, some, rows, smallest) for some, rows in parts])
