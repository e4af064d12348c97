"""Whether a drifting row ends in another leaf: told by running both structures, the reference's and the artifact's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.anatomy.traverse import leaves
from parity.compare.kinds import RowKinds
from parity.values.anatomy import Anatomy, Trees
from parity.values.finding import FindingKind

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Leaves:
    """Leaves of an ensemble counted from left to right in each tree: `rank` (nodes,), `depths` per tree in that order.

    `ends` are the leaves' nodes, tree after tree and from left to right.

    The depths of its leaves, in order, determine the shape of a binary tree.
    """

    rank: npt.NDArray[np.int64]
    depths: tuple[bytes, ...]
    ends: npt.NDArray[np.int64]


def with_branch_flips(
    kinds: RowKinds, batch: pa.RecordBatch, reference: Anatomy, artifact: Anatomy, features: Callable[[pa.RecordBatch], Floats]
) -> RowKinds:
    """Rows beyond tolerance that end in another leaf become `branch-flip`; the others stay `value` (the same path).

    Where the structure of either side was not read, or where their trees have other shapes, nothing is claimed.
    """
    rows = np.flatnonzero(kinds.kind == FindingKind.VALUE)
    if not len(rows) or reference.trees is None or artifact.trees is None:
        return kinds
    other = other_leaf(batch.take(pa.array(rows)), reference, artifact, features)
    if other is None or not other.any():
        return kinds
    kind = kinds.kind.copy()
    kind[rows[other]] = FindingKind.BRANCH_FLIP
    return replace(kinds, kind=kind)


def other_leaf(
    batch: pa.RecordBatch, reference: Anatomy, artifact: Anatomy, features: Callable[[pa.RecordBatch], Floats]
) -> Bools | None:
    """(rows,): does any of the trees that both sides have end in another leaf? None where that cannot be told."""
    ours, theirs = reference.trees, artifact.trees
    if ours is None or theirs is None:
        return None
    a, b = ranked(ours), ranked(theirs)
    common = min(len(a.depths), len(b.depths))
    if not common or a.depths[:common] != b.depths[:common]:
        return None
    try:
        rows = features(batch)
        theirs_rows = rows if artifact.prefix is None and rows.shape[1] == len(artifact.columns) else features_of(artifact, batch)
        return _differ(a.rank[leaves(ours, rows)], b.rank[leaves(theirs, theirs_rows)], common)
    except Exception:  # noqa: BLE001  both pipelines' own steps are called, on rows that they may refuse in any way
        return None


def _differ(ours: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64], common: int) -> Bools:
    return np.asarray((ours[:, :common] != theirs[:, :common]).any(axis=1))


def ranked(trees: Trees) -> Leaves:
    """All levels of all trees at once: leaves below each node from the bottom up, then their first number from the top down."""
    levels = _levels(trees)
    below, depth = (trees.left < 0).astype(np.int64), np.zeros(len(trees.left), np.int64)
    for level, nodes in enumerate(levels):
        depth[nodes] = level
    for nodes in reversed(levels):
        inner = nodes[trees.left[nodes] >= 0]
        below[inner] = below[trees.left[inner]] + below[trees.right[inner]]
    first = np.zeros(len(trees.left), np.int64)
    for nodes in levels:
        inner = nodes[trees.left[nodes] >= 0]
        first[trees.left[inner]] = first[inner]
        first[trees.right[inner]] = first[inner] + below[trees.left[inner]]
    reached = np.concatenate(levels)
    ends = reached[trees.left[reached] < 0]
    order = ends[np.lexsort((first[ends], trees.tree[ends]))]
    parts = np.split(depth[order], np.cumsum(below[trees.root])[:-1])
    return Leaves(first, tuple(part.tobytes() for part in parts), order)


def _levels(trees: Trees) -> list[npt.NDArray[np.int64]]:
    levels, nodes = list[npt.NDArray[np.int64]](), np.asarray(trees.root, np.int64)
    while len(nodes):
        levels.append(nodes)
        inner = nodes[trees.left[nodes] >= 0]
        nodes = np.concatenate([trees.left[inner], trees.right[inner]]).astype(np.int64)
    return levels
