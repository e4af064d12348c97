"""What the rows that both sides answered covered: cuts on both sides, leaves, learned directions, categories."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import goes_left, seen
from parity.generate.boxes import Forest
from parity.generate.defaults import default_nodes, reachable_leaves
from parity.generate.features import features_of
from parity.generate.subject import Subject
from parity.generate.targets import SIDES, of_another_shape, targets_of
from parity.values.anatomy import Bools, Floats, Ints, Trees
from parity.values.plan import Chunk, Phase

MOST_PATHS = 3_000_000
"""Pairs of row and tree that are followed to count leaves and directions, about two seconds' work: both are lower bounds."""


class Coverage:
    """Counts boundary rows that both sides of a comparison answered. In other phases there is nothing to count: None."""

    def __init__(self, phase: Phase, subject: Subject) -> None:
        self._subject = subject
        self._targets = targets_of(subject) if phase == Phase.BOUNDARY else None
        cuts = 0 if self._targets is None else len(self._targets.column)
        self._met = np.zeros((cuts, 2), bool)
        forest = None if self._targets is None else self._targets.forests[0]
        self._paths = None if forest is None else _Paths(subject, forest)
        self._categories = _known_categories(subject) if self._targets is not None else {}

    def add(self, chunk: Chunk, answered: npt.NDArray[np.bool_]) -> None:
        """Counts the rows of a chunk that were `answered` (rows,). A value at the cut is on the side that its rule says."""
        if self._targets is None:
            return
        self._add_values(chunk.batch, answered & chunk.valid, whole=chunk.cut is None)
        if chunk.cut is None or chunk.side is None:
            return
        counted = answered & (chunk.cut >= 0)
        cut, side = chunk.cut[counted], chunk.side[counted]
        above = (side > 0) | ((side == 0) & self._targets.strict[cut])
        self._met[cut, above.astype(np.int64)] = True

    def _add_values(self, batch: pa.RecordBatch, counted: npt.NDArray[np.bool_], whole: bool) -> None:
        rows = batch if counted.all() else batch.filter(pa.array(counted))
        for name, (known, met) in self._categories.items():
            met |= known & set(rows.column(rows.schema.get_field_index(name)).unique().to_pylist())
        if self._paths is not None and rows.num_rows:
            self._paths.add(rows, whole)

    @property
    def cuts(self) -> int | None:
        """Distinct cuts that some row can meet."""
        return None if self._targets is None else len(self._met)

    @property
    def probed(self) -> int | None:
        """Cuts of which a row within one float step was answered on each side."""
        return None if self._targets is None else int(self._met.all(axis=1).sum())

    @property
    def unreachable(self) -> int | None:
        """Cuts that no row can meet: their node's path contradicts itself."""
        return None if self._targets is None else self._targets.unreachable

    @property
    def notes(self) -> tuple[str, ...]:
        """Which splits no row was made for, as the user's own steps refuse what it takes to find them; and where the two sides'
        trees have other shapes, the coverage of each."""
        if self._targets is None:
            return ()
        return (*self._targets.notes, *([self._by_side()] if of_another_shape(self._targets) else []))

    def _by_side(self) -> str:
        assert self._targets is not None
        both: Bools = np.asarray(self._met.all(axis=1))
        sides = self._targets.on_side.T
        told = [
            f"{int(both[mine].sum()):,} of {int(mine.sum()):,} of the {name}" for name, mine in zip(SIDES, sides, strict=True)
        ]
        return f"the trees of the two sides have other shapes; cuts probed: {', '.join(told)}"

    @property
    def leaves(self) -> tuple[int, int] | tuple[None, None]:
        """Leaves of the reference's trees whose path does not contradict itself, and how many of them were met."""
        return (None, None) if self._paths is None else self._paths.counts(self._paths.leaves)

    @property
    def defaults(self) -> tuple[int, int] | tuple[None, None]:
        """Splits of the reference that a valid missing value can meet, and how many of them met one."""
        return (None, None) if self._paths is None else self._paths.counts(self._paths.defaults, missing=True)

    @property
    def categories(self) -> Mapping[str, Mapping[str, int]]:
        """Column to its number of known categories, and of those that were met."""
        return {name: {"known": len(known), "met": len(met)} for name, (known, met) in self._categories.items()}


def _known_categories(subject: Subject) -> dict[str, tuple[frozenset[str | int], set[str | int]]]:
    listed = {c.name: frozenset(c.categories) for c in subject.schema.columns if c.categories}
    return {name: (known, set()) for name, known in listed.items()}


class _Paths:
    """Nodes of the reference's trees that rows came by, and splits at which a value was missing."""

    def __init__(self, subject: Subject, forest: Forest) -> None:
        self._subject, self._forest = subject, forest
        self.leaves, self.defaults = reachable_leaves(subject, forest), default_nodes(subject, forest)
        size = len(forest.trees.left)
        self._passed, self._missing = np.zeros(size, bool), np.zeros(size, bool)
        self._left = MOST_PATHS

    def add(self, rows: pa.RecordBatch, whole: bool) -> None:
        """Follow as many rows as can be afforded, spread over all (`whole`: each of them); none once everything was met."""
        trees = self._forest.trees
        most = rows.num_rows if whole else self._left // max(1, len(trees.root))
        if most == 0 or (self._passed[self.leaves].all() and self._missing[self.defaults].all()):
            return
        if rows.num_rows > most:
            rows = rows.take(pa.array(np.linspace(0, rows.num_rows - 1, most).astype(np.int64)))
        self._left -= 0 if whole else rows.num_rows * len(trees.root)
        try:
            passed, missing = followed(trees, features_of(self._subject, self._forest.anatomy, rows))
        except Exception:  # noqa: BLE001 - the steps read from this side may refuse rows that both sides answered
            return  # not counted: leaves and directions are lower bounds
        self._passed |= passed
        self._missing |= missing

    def counts(self, nodes: Ints, missing: bool = False) -> tuple[int, int]:
        """How many nodes there are, and how many of them were met."""
        return len(nodes), int((self._missing if missing else self._passed)[nodes].sum())


def followed(trees: Trees, features: Floats) -> tuple[Bools, Bools]:
    """(nodes,): which nodes rows come by, and at which inner ones the tested feature is missing."""
    passed, missing = np.zeros(len(trees.left), bool), np.zeros(len(trees.left), bool)
    columns = np.asfortranarray(seen(trees, features))
    for root in trees.root:
        node, row = np.full(len(features), root, np.int32), np.arange(len(features))
        while len(node):
            passed[node] = True
            moving = trees.left[node] >= 0
            node, row = node[moving], row[moving]
            values = columns[row, trees.feature[node]]
            missing[node[np.isnan(values)]] = True
            node = np.where(goes_left(trees, node, values), trees.left[node], trees.right[node])
    return passed, missing
