"""What the rows of phase boundary meet, by the leaves that the libraries themselves say the rows end in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.grown import NAMES, Floats, Grown, Ints, Tree
from parity.anatomy import read_model
from parity.generate import Subject, chunks, schema_of
from parity.values.case import Case
from parity.values.plan import Budget, Phase

Bools = npt.NDArray[np.bool_]


def subject_of(grown: Grown, sample: Floats | None) -> Subject:
    """What a run would generate for: the model as reference, nothing known of the artifact."""
    rows = None if sample is None else pa.RecordBatch.from_arrays([pa.array(c) for c in sample.T], names=list(NAMES))
    reference = read_model(grown.model, NAMES)
    schema = schema_of(Case(grown.name, None, (), Path()), NAMES, rows, reference)
    return Subject(grown.name, schema, rows, reference, read_model(None, NAMES), _matrix)


def _matrix(batch: pa.RecordBatch) -> Floats:
    return np.column_stack([np.asarray(c.to_numpy(zero_copy_only=False), np.float64) for c in batch.columns])


def boundary_rows(subject: Subject, rows: int, seed: int = 0) -> Iterator[Floats]:
    """The phase's rows, chunk by chunk, as matrices."""
    for chunk in chunks(Phase.BOUNDARY, subject, seed, Budget(boundary_rows=rows)):
        yield _matrix(chunk.batch)


class Cuts:
    """All distinct cuts of a model: (column, threshold), one rule. `whole` (columns) says where only whole numbers may stand.

    `low` and `high` are the last value below and the first one above each, as far as the column and the engine tell them apart.
    """

    def __init__(self, grown: Grown, whole: Bools) -> None:
        self._grown = grown
        self._paths = [_Paths(t) for t in grown.trees]
        every = np.concatenate([np.stack([t.feature[t.left >= 0], t.threshold[t.left >= 0]]) for t in grown.trees], axis=1)
        key, place = np.unique(every, axis=1, return_inverse=True)
        self.column, self.threshold = key[0].astype(np.int64), key[1]
        self._of_node = _spread(grown.trees, np.ravel(place))
        strict, grid = grown.rule == "lt", whole[self.column]
        self.low, self.high = _beside(self.threshold, strict, grown.precision)
        self.low = np.where(grid, _last_whole(self.threshold, strict, grown.precision), self.low)
        self.high = np.where(grid, self.low + 1, self.high)
        self.whole = grid

    def met(self, rows: Floats) -> Bools:
        """(cuts, 2): which cuts have a row on their path whose value is the last one below, or the first one above."""
        met = np.zeros((len(self.column), 2), bool)
        seen = rows.astype(np.float32).astype(np.float64) if self._grown.precision == "float32" else rows
        for k, nodes in self._passed(self._grown.leaves(rows)):
            cut = self._of_node[k][nodes]
            row = np.broadcast_to(np.arange(len(rows))[:, None], nodes.shape)
            known = cut >= 0
            cut, row = cut[known], row[known]
            value = np.where(self.whole[cut], rows[row, self.column[cut]], seen[row, self.column[cut]])
            met[cut[value == self.low[cut]], 0] = True
            met[cut[value == self.high[cut]], 1] = True
        return met

    def parted(self, ours: Ints, theirs: Ints) -> Bools:
        """(cuts,): at which cuts some row goes another way in a twin of the same shape; leaves of both, (rows, trees)."""
        found = np.zeros(len(self.column), bool)
        for k, paths in enumerate(self._paths):
            rows = np.flatnonzero(ours[:, k] != theirs[:, k])
            a, b = paths.by_leaf[ours[rows, k]], paths.by_leaf[theirs[rows, k]]
            last = (np.cumsum(a != b, axis=1) == 0).sum(axis=1) - 1
            found[self._of_node[k][a[np.arange(len(rows)), last]]] = True
        return found

    def _passed(self, leaves: Ints) -> Iterator[tuple[int, Ints]]:
        for k, paths in enumerate(self._paths):
            yield k, paths.by_leaf[leaves[:, k]]


class _Paths:
    """`by_leaf[leaf]`: the nodes from the root to a leaf, the leaf repeated behind its end."""

    def __init__(self, tree: Tree) -> None:
        parent = np.full(len(tree.left), -1)
        inner = np.flatnonzero(tree.left >= 0)
        parent[tree.left[inner]] = parent[tree.right[inner]] = inner
        paths = []
        for leaf in tree.node_of_leaf:
            path = [int(leaf)]
            while parent[path[0]] >= 0:
                path.insert(0, int(parent[path[0]]))
            paths.append(path)
        depth = max(map(len, paths))
        self.by_leaf = np.array([p + [p[-1]] * (depth - len(p)) for p in paths])


def _spread(trees: Sequence[Tree], places: Ints) -> list[Ints]:
    """For each tree and node the number of its cut, -1 at leaves."""
    found, start = [], 0
    for tree in trees:
        inner = np.flatnonzero(tree.left >= 0)
        one = np.full(len(tree.left), -1)
        one[inner] = places[start : start + len(inner)]
        start += len(inner)
        found.append(one)
    return found


def _beside(threshold: Floats, strict: bool, precision: str) -> tuple[Floats, Floats]:
    """The largest number on the left side and the next one, on the engine's own grid."""
    if precision == "float64":
        low = np.nextafter(threshold, -np.inf) if strict else threshold
        return low, np.nextafter(low, np.inf)
    near = threshold.astype(np.float32)
    beyond = near >= threshold if strict else near > threshold
    low = np.where(beyond, np.nextafter(near, np.float32(-np.inf)), near)
    return low.astype(np.float64), np.nextafter(low, np.float32(np.inf)).astype(np.float64)


def _last_whole(threshold: Floats, strict: bool, precision: str) -> Floats:
    """The largest whole number that goes left, by trying those around: float32 numbers lie up to 128 apart at 2e9."""
    found = np.full(len(threshold), -np.inf)
    for offset in range(-256, 257):
        candidate = np.floor(threshold) + offset
        seen = candidate.astype(np.float32) if precision == "float32" else candidate
        found = np.where(seen < threshold if strict else seen <= threshold, np.maximum(found, candidate), found)
    return found
