"""Does a row still part at the same cut? So that the smallest row shows the fault of the row it was made from, and no other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.anatomy.traverse import features as features_of
from parity.anatomy.traverse import goes_left, seen
from parity.values.anatomy import Anatomy, Bools, Floats, Ints, Trees

Asks = Callable[[pa.RecordBatch], Bools]


def same_cut(
    row: pa.RecordBatch, reference: Anatomy, artifact: Anatomy, features: Callable[[pa.RecordBatch], Floats]
) -> Asks | None:
    """What tells of rows (n,) whether the two sides' trees part at a cut at which they part on `row` too.

    A cut is a split of the reference's trees by its feature and threshold; where the row's feature is missing there, by its
    feature alone. None where nothing is claimed: structures not read or of other shapes, or the row ends in the same leaves
    on both sides (its fault is no cut's). `features` gives those of the reference's last step, NaN where it refuses a row.
    """
    ours, theirs = reference.trees, artifact.trees
    if ours is None or theirs is None:
        return None
    of_theirs = _features_of_artifact(artifact, features)
    first = parting(ours, theirs, features(row), of_theirs(row))
    if first is None or not (first >= 0).any():
        return None
    wanted = _alike(ours, np.unique(first[first >= 0]), features(row)[0])

    def stays(batch: pa.RecordBatch) -> Bools:
        nodes = parting(ours, theirs, features(batch), of_theirs(batch))
        return np.zeros(batch.num_rows, bool) if nodes is None else np.asarray(((nodes >= 0) & wanted[nodes]).any(axis=1))

    return stays


def cut_of(row: pa.RecordBatch, reference: Anatomy, artifact: Anatomy, features: Callable[[pa.RecordBatch], Floats]) -> str:
    """The first split at which the two sides' trees part on a row, in words: "age <= 41.5 (tree 3)"; "" where there is none."""
    ours, theirs = reference.trees, artifact.trees
    if ours is None or theirs is None:
        return ""
    nodes = parting(ours, theirs, features(row), _features_of_artifact(artifact, features)(row))
    if nodes is None or not (nodes[0] >= 0).any():
        return ""
    node = int(nodes[0][nodes[0] >= 0][0])
    sign = "<=" if ours.rule == "le" else "<"
    return f"{_column(reference, int(ours.feature[node]))} {sign} {float(ours.threshold[node])!r} (tree {ours.tree[node]})"


def _column(anatomy: Anatomy, feature: int) -> str:
    """The user's column that is this feature, or the feature's number where steps of a pipeline made it."""
    prefix = anatomy.prefix
    if prefix is None:
        return anatomy.columns[feature]
    exact = prefix.unchanged is not None and bool(prefix.unchanged[feature])
    return anatomy.columns[prefix.origin[feature]] if exact else f"feature {feature}"


def parting(ours: Trees, theirs: Trees, features: Floats, features_of_theirs: Floats) -> Ints | None:
    """The node of `ours` at which a row goes another way in `theirs`: (rows, trees), -1 where both end in the same leaf.

    Of the trees that both have. None where a row comes by a leaf of one side that is a split of the other's.
    """
    common = min(len(ours.root), len(theirs.root))
    nodes = np.full((len(features), common), -1, np.int32)
    values, others = seen(ours, features), seen(theirs, features_of_theirs)
    for k in range(common):
        parted = _parting_in(ours, theirs, (int(ours.root[k]), int(theirs.root[k])), values, others)
        if parted is None:
            return None
        nodes[:, k] = parted
    return nodes


def _parting_in(
    ours: Trees, theirs: Trees, roots: tuple[int, int], values: Floats, others: Floats
) -> npt.NDArray[np.int64] | None:
    """Both trees in lock step, for all rows at once."""
    here, there = (np.full(len(values), root) for root in roots)
    parted, moving = np.full(len(values), -1), np.arange(len(values))
    while len(moving):
        inner, its = ours.left[here[moving]] >= 0, theirs.left[there[moving]] >= 0
        if not np.array_equal(inner, its):
            return None
        moving = moving[inner]
        a, b = here[moving], there[moving]
        left = goes_left(ours, a, values[moving, ours.feature[a]])
        other = goes_left(theirs, b, others[moving, theirs.feature[b]])
        parted[moving[left != other]] = a[left != other]
        here[moving] = np.where(left, ours.left[a], ours.right[a])
        there[moving] = np.where(left, theirs.left[b], theirs.right[b])
        moving = moving[left == other]
    return parted


def _alike(trees: Trees, nodes: npt.NDArray[np.int32], features: Floats) -> Bools:
    """(nodes of all trees,): is it one of these cuts?"""
    alike = np.zeros(len(trees.left), bool)
    for node in nodes:
        feature = trees.feature[node]
        same = (trees.feature == feature) & (trees.left >= 0)
        alike |= same if np.isnan(features[feature]) else same & (trees.threshold == trees.threshold[node])
    return alike


def _features_of_artifact(artifact: Anatomy, features: Callable[[pa.RecordBatch], Floats]) -> Callable[[pa.RecordBatch], Floats]:
    """The artifact's own, from the user's columns; the reference's where it holds the last step alone."""

    def ask(batch: pa.RecordBatch) -> Floats:
        shared = features(batch)
        if artifact.prefix is None and shared.shape[1] == len(artifact.columns):
            return shared
        try:
            return features_of(artifact, batch)
        except Exception:  # noqa: BLE001  the artifact's own steps are called here, on rows that they may refuse in any way
            trees = artifact.trees
            return np.full((batch.num_rows, 1 + int(trees.feature.max()) if trees is not None else 0), np.nan)

    return ask
