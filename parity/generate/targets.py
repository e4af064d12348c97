"""All cuts of both sides, each once, with the nodes at which a row can meet it."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.carry import Feed
from parity.anatomy.floats import after32, down32
from parity.anatomy.splits import Splits, splits_of
from parity.generate.batches import INTEGERS, record, to_array
from parity.generate.boxes import Forest, forest_of
from parity.generate.codes import reachable
from parity.generate.edges import grid_of, last_whole
from parity.generate.features import given_to
from parity.generate.subject import Subject
from parity.generate.typical import finite_range, typical_row
from parity.values.anatomy import Anatomy, Bools, Floats, Ints
from parity.values.columns import Column, ColumnType, Schema

SIDES = ("reference", "artifact")


@dataclass(frozen=True)
class Targets:
    """Reachable cuts (n,), and how many distinct ones no row can meet.

    `coarse` cuts are compared in float32. `owner` is 0 for the reference's trees, 1 for the artifact's, -1 where no tree has
    the cut (bin edges). The nodes of cut i are `nodes[first[i] : first[i] + count[i]]` in `forests[owner[i]]`.
    `on_side` (n, 2): has the reference, has the artifact this cut? `notes` say which splits could not be found in the user's
    columns, and why.
    """

    column: Ints
    threshold: Floats
    strict: Bools
    coarse: Bools
    owner: Ints
    first: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    nodes: Ints
    forests: tuple[Forest | None, Forest | None]
    unreachable: int
    on_side: Bools
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Met:
    """Places of one side: a row for each (cut, node), node -1 where there is none."""

    column: Ints
    threshold: Floats
    strict: Bools
    coarse: Bools
    node: Ints
    reachable: Bools


def targets_of(subject: Subject) -> Targets:
    """The targets of a subject; those of the last subject are kept, as chunks and coverage both ask."""
    global _latest
    kept, targets = _latest
    if kept is not None and kept() is subject and targets is not None:
        return targets
    targets = _targets(subject)
    _latest = (weakref.ref(subject), targets)
    return targets


_latest: tuple[weakref.ref[Subject] | None, Targets | None] = (None, None)


def _targets(subject: Subject) -> Targets:
    forests, met, sides, notes = [], [], [], []
    for side, anatomy in enumerate((subject.reference, subject.artifact)):
        forest, note = _forest(subject, anatomy)
        forests.append(forest)
        notes += [f"{SIDES[side]}: {note}"] if note else []
        places = _places(anatomy, forest, subject.schema)
        met.append(places)
        sides.append(np.where(places.node >= 0, side, -1))
    return replace(_grouped(met, np.concatenate(sides), (forests[0], forests[1])), notes=tuple(notes))


def of_another_shape(targets: Targets) -> bool:
    """Have the two sides' trees, where both were read, another number of splits (pruned, merged, cut off)?"""
    counts = [0 if f is None else int((f.trees.left >= 0).sum()) for f in targets.forests]
    return all(counts) and counts[0] != counts[1]


def _feed(subject: Subject, anatomy: Anatomy, within: bool) -> Feed:
    """Numbers to a side's input in the schema's types; NaN, and text columns, become the typical row's value.

    `within`: numbers beyond a column's valid range become its nearest end, for steps that refuse others.
    """
    typical = typical_row(subject.schema, subject.sample, subject.reference)
    ranges = subject.reference.ranges
    spans = [finite_range(c, ranges[i] if i < len(ranges) else None) for i, c in enumerate(subject.schema.columns)]
    low, high = np.array(spans).T if within and spans else (-np.inf, np.inf)

    def feed(matrix: Floats) -> Any:
        matrix = np.clip(matrix, low, high)
        arrays = [_fed(c, matrix[:, i], typical.column(i)) for i, c in enumerate(subject.schema.columns)]
        return given_to(subject, anatomy, record(subject.schema.columns, arrays))

    return feed


def _fed(column: Column, values: Floats, typical: pa.Array) -> pa.Array:
    usual = typical[0].as_py()
    if column.type == ColumnType.STRING:
        return pa.array([usual] * len(values), pa.string())
    filled = np.where(np.isnan(values), np.nan if usual is None else float(usual), values)
    if column.type in INTEGERS:
        limits = np.iinfo(np.int32 if column.type == ColumnType.INT32 else np.int64)
        filled = np.clip(np.floor(filled), float(limits.min), float(limits.max) - (column.type == ColumnType.INT64) * 1024.0)
    if column.type == ColumnType.BOOL:
        filled = (filled > 0.5).astype(np.float64)
    return to_array(column, filled, np.isnan(filled))


def _forest(subject: Subject, anatomy: Anatomy) -> tuple[Forest | None, str]:
    """A side's trees in the user's columns, and what could not be found of them, in words.

    Splits are bisected between the ends of float32; where a step refuses such numbers, within the valid ranges.
    """
    if anatomy.trees is None:
        return None, ""
    refused = ""
    for within in (False, True):
        try:
            splits = splits_of(anatomy, _feed(subject, anatomy, within))
        except Exception as error:  # noqa: BLE001 - the user's own steps are called, and may refuse extreme numbers in any way
            refused = f"{type(error).__name__}: {str(error)[:120]}"
            continue
        assert splits is not None  # there are trees
        lost = _lost(anatomy, splits) if refused else 0
        note = f"{lost:,} splits lie where a step refuses to be asked ({refused}): no row is made for them" if lost else ""
        grid = _on_grid(splits, subject.schema.columns, anatomy.trees.precision == "float32")
        return forest_of(anatomy, grid), note
    count = int((anatomy.trees.left >= 0).sum())
    return None, f"a step refuses to be asked where its {count:,} splits lie ({refused}): no row is made to reach them"


def _lost(anatomy: Anatomy, splits: Splits) -> int:
    """Splits on a feature that follows one column, and that were not found along it."""
    trees, prefix = anatomy.trees, anatomy.prefix
    assert trees is not None
    inner = trees.left >= 0
    return (
        0
        if prefix is None
        else int((inner & (prefix.origin[np.where(inner, trees.feature, 0)] >= 0) & (splits.column < 0)).sum())
    )


def _on_grid(splits: Splits, columns: Sequence[Column], compared_coarsely: bool) -> Splits:
    """Sides of each split in numbers that its column may hold."""
    grids = np.array([grid_of(c) for c in columns] + ["text"])[splits.column]
    whole, coarse = grids == "whole", grids == "float32"
    last = last_whole(splits.threshold, splits.strict, splits.exact & compared_coarsely)
    upper = np.where(whole, last, np.where(coarse, down32(splits.upper), splits.upper))
    lower = np.where(whole, upper + 1.0, np.where(coarse, after32(upper), splits.lower))
    return replace(splits, upper=upper, lower=lower, column=np.where(grids == "text", -1, splits.column).astype(np.int32))


def _places(anatomy: Anatomy, forest: Forest | None, schema: Schema) -> _Met:
    parts = []
    if forest is not None:
        splits = forest.splits
        nodes = np.flatnonzero((splits.column >= 0) & np.isfinite(splits.threshold)).astype(np.int32)
        coarse = splits.exact[nodes] & (forest.trees.precision == "float32")
        if anatomy.prefix is not None:
            coarse |= np.isin(splits.column[nodes], sorted(anatomy.prefix.unsteady))
        met = reachable(forest)[nodes]
        parts.append(_Met(splits.column[nodes], splits.threshold[nodes], splits.strict[nodes], coarse, nodes, met))
    cuts = anatomy.cuts
    if cuts is not None:
        loose = np.flatnonzero((cuts.node < 0) | (forest is None))
        loose = loose[[grid_of(schema.columns[c]) != "text" for c in cuts.column[loose]]] if len(loose) else loose
        nowhere, yes = np.full(len(loose), -1, np.int32), np.ones(len(loose), bool)
        parts.append(_Met(cuts.column[loose], cuts.threshold[loose], cuts.strict[loose], ~yes, nowhere, yes))
    return _joined(parts)


def _joined(parts: Sequence[_Met]) -> _Met:
    nothing, no = np.zeros(0, np.int32), np.zeros(0, bool)
    empty = _Met(nothing, np.zeros(0), no, no, nothing, no)
    names = ("column", "threshold", "strict", "coarse", "node", "reachable")
    return _Met(*(np.concatenate([getattr(p, n) for p in [empty, *parts]]) for n in names))


def _grouped(met: Sequence[_Met], side: npt.NDArray[np.int64], forests: tuple[Forest | None, Forest | None]) -> Targets:
    """One entry for each (column, threshold, rule); of two sides that share a cut the reference keeps it, if it can meet it."""
    every = _joined(met)
    keys = np.stack([every.column, every.threshold, every.strict])
    distinct = np.unique(keys, axis=1).shape[1]
    kept = np.flatnonzero(every.reachable)
    _, place = np.unique(keys[:, kept], axis=1, return_inverse=True)
    on_side = np.zeros((int(place.max(initial=-1)) + 1, 2), bool)
    on_side[np.ravel(place), np.repeat([0, 1], [len(m.column) for m in met])[kept]] = True
    rank = np.where(side[kept] < 0, 2, side[kept])
    order = np.lexsort((every.node[kept], rank, np.ravel(place)))
    kept, place, rank = kept[order], np.ravel(place)[order], rank[order]
    start = np.flatnonzero(np.diff(place, prepend=-1))
    best = np.repeat(rank[start], np.diff(np.append(start, len(place))))
    mine = rank == best
    count = np.add.reduceat(mine, start) if len(start) else np.zeros(0, np.int64)
    first = np.cumsum(count) - count
    lead = kept[start]
    return Targets(
        every.column[lead],
        every.threshold[lead],
        every.strict[lead],
        every.coarse[lead],
        side[lead].astype(np.int32),
        first.astype(np.int64),
        count.astype(np.int64),
        every.node[kept[mine]],
        forests,
        distinct - len(start),
        on_side,
    )
