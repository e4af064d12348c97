"""All cuts of both sides, each once, with the nodes at which a row can meet it."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from parity.generate.boxes import Forest
from parity.generate.codes import reachable
from parity.generate.edges import grid_of
from parity.generate.forests import side_forest
from parity.generate.subject import Subject
from parity.values.anatomy import Anatomy, Bools, Floats, Ints
from parity.values.columns import Schema

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
        forest, note = side_forest(subject, anatomy)
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
