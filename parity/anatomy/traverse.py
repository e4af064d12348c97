"""Running the trees that were read: leaves, margins, and whether a row passes a node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.floats import cast
from parity.values.anatomy import Anatomy, Bools, Floats, Ints, Sets, Slopes, Trees

# LightGBM's kZeroThreshold, a float32 (include/LightGBM/meta.h).
ZERO_THRESHOLD = float(np.float32(1e-35))
# Rows at once: keeps the arrays of one tree in the second-level cache.
_ROWS_AT_ONCE = 20_000
# Up to so many, a call of NumPy for each tree and level costs more than its work: they go through all trees at once.
_FEW_ROWS = 1_024


def seen(trees: Trees, features: Floats) -> Floats:
    """Features (rows, n) as the engine compares them: near zeros snapped, cast to its precision. NaN stays."""
    if trees.zero_snap:
        features = np.where(np.abs(features) <= ZERO_THRESHOLD, 0.0, features)
    return cast(features, trees.precision)


def goes_left(trees: Trees, nodes: npt.NDArray[Any], values: Floats) -> Bools:
    """Which way values, as `seen`, go at inner nodes; both of one shape."""
    threshold = trees.threshold[nodes]
    left = values <= threshold if trees.rule == "le" else values < threshold
    if trees.sets is not None:
        of = trees.sets.of[nodes]
        left = np.where(of >= 0, member(trees.sets, of, values) == trees.sets.left, left)
    absent = np.isnan(values)
    if trees.zero_missing is not None:
        absent |= trees.zero_missing[nodes] & (values == trees.missing_value)
    return np.asarray(np.where(absent, trees.nan_left[nodes], left))


def member(sets: Sets, of: npt.NDArray[Any], values: Floats) -> Bools:
    """Is value i, as `seen`, in set `of[i]`? Where `of` is -1 the answer means nothing."""
    if sets.whole:
        values = np.floor(values) if sets.whole == "floor" else np.trunc(values)
    codes, keys = sets.codes, sets.keys
    if not len(codes):
        return np.zeros(np.shape(values), bool)
    place = np.minimum(np.searchsorted(codes, values), len(codes) - 1)
    key = np.asarray(of, np.int64) * len(codes) + place
    found = keys[np.minimum(np.searchsorted(keys, key), len(keys) - 1)] == key
    return np.asarray(found & (codes[place] == values))


def leaves(trees: Trees, features: Floats) -> Ints:
    """Node index of the leaf that each row ends in, shape (rows, trees). Features are (rows, n), NaN where missing."""
    if len(features) <= _FEW_ROWS:
        return _in_step(trees, seen(trees, features))
    out = np.empty((len(features), len(trees.root)), np.int32)
    for start in range(0, len(features), _ROWS_AT_ONCE):
        columns = np.asfortranarray(seen(trees, features[start : start + _ROWS_AT_ONCE]))
        for k, root in enumerate(trees.root):
            out[start : start + _ROWS_AT_ONCE, k] = _leaf_of(trees, int(root), columns)
    return out


def _in_step(trees: Trees, values: Floats) -> Ints:
    """Few rows through all trees at once, level by level; `values` as `seen`."""
    node = np.tile(np.asarray(trees.root, np.int32), len(values))
    row = np.repeat(np.arange(len(values)), len(trees.root))
    moving = np.flatnonzero(trees.left[node] >= 0)
    while len(moving):
        here = node[moving]
        left = goes_left(trees, here, values[row[moving], trees.feature[here]])
        there = np.where(left, trees.left[here], trees.right[here])
        node[moving] = there
        moving = moving[trees.left[there] >= 0]
    return node.reshape(len(values), -1)


def _leaf_of(trees: Trees, root: int, values: Floats) -> Ints:
    node = np.full(len(values), root, np.int32)
    moving = np.arange(len(values)) if trees.left[root] >= 0 else np.zeros(0, np.int64)
    while len(moving):
        here = node[moving]
        left = goes_left(trees, here, values[moving, trees.feature[here]])
        there = np.where(left, trees.left[here], trees.right[here])
        node[moving] = there
        moving = moving[trees.left[there] >= 0]
    return node


def margins(trees: Trees, leaf: Ints, features: Floats | None = None) -> Floats:
    """base + scale * sum of leaf values, (rows, outputs), added tree after tree in `sum_precision`.

    `features` (rows, n) are wanted where leaves compute something of them.
    """
    kind: Any = np.float32 if trees.sum_precision == "float32" else np.float64
    values = trees.leaf.astype(kind)
    total: Any = np.zeros((len(leaf), trees.leaf.shape[1]), kind)
    if trees.scale == 1.0:
        total += trees.base.astype(kind)
    for k in range(leaf.shape[1]):
        given = values[leaf[:, k]]
        total += given if trees.slopes is None else _sloped(trees.slopes, leaf[:, k], given, features)
    if trees.scale != 1.0:
        total = trees.base.astype(kind) + kind(trees.scale) * total
    return np.asarray(total, dtype=np.float64)


def _sloped(slopes: Slopes, leaf: Ints, given: Any, features: Floats | None) -> Any:
    """What the leaves compute; `given` is what they answer where a feature is missing."""
    if features is None:
        raise ValueError("trees whose leaves are linear models are summed with the features that those take")
    for node in np.unique(leaf):
        rows, part = np.flatnonzero(leaf == node), slice(slopes.first[node], slopes.first[node + 1])
        taken = features[rows][:, slopes.feature[part]]
        found = np.full(len(rows), slopes.constant[node])
        for j, factor in enumerate(slopes.factor[part]):
            found += factor * taken[:, j]
        there = ~np.isnan(taken).any(axis=1)
        given[rows[there]] = 0.0
        given[rows[there], slopes.output[node]] = found[there]
    return given


def passes(trees: Trees, nodes: npt.NDArray[Any], features: Floats) -> Bools:
    """Does row i come by node `nodes[i]` on its way through that node's tree? Shapes (rows,), (rows, n)."""
    values = seen(trees, features)
    here = trees.root[trees.tree[nodes]]
    passed = here == nodes
    moving = np.flatnonzero(~passed & (trees.left[here] >= 0))
    while len(moving):
        at = here[moving]
        left = goes_left(trees, at, values[moving, trees.feature[at]])
        here[moving] = np.where(left, trees.left[at], trees.right[at])
        passed[moving] = here[moving] == nodes[moving]
        moving = moving[~passed[moving] & (trees.left[here[moving]] >= 0)]
    return np.asarray(passed)


def comes_nowhere(trees: Trees, features: Floats) -> Bools:
    """(rows,): does a row come, in any tree, by a node that is `nowhere` and asks for a value that it lacks?"""
    values, lost = seen(trees, features), np.zeros(len(features), bool)
    if trees.nowhere is None:
        return lost
    node = np.tile(np.asarray(trees.root, np.int32), len(values))
    row = np.repeat(np.arange(len(values)), len(trees.root))
    moving = np.flatnonzero(trees.left[node] >= 0)
    while len(moving):
        here = node[moving]
        value = values[row[moving], trees.feature[here]]
        lost[row[moving[trees.nowhere[here] & np.isnan(value)]]] = True
        node[moving] = np.where(goes_left(trees, here, value), trees.left[here], trees.right[here])
        moving = moving[trees.left[node[moving]] >= 0]
    return lost


def features(anatomy: Anatomy, frame: Any) -> Floats:
    """The features of the last step, (rows, n) float64, for a frame or array of the user's columns."""
    if anatomy.prefix is not None:
        return anatomy.prefix.transform(frame)
    return as_floats(frame)


def as_floats(frame: Any) -> Floats:
    """A numeric frame, array or Arrow batch as a float64 matrix, missing values as NaN."""
    if hasattr(frame, "schema"):  # an Arrow batch
        return np.column_stack([np.asarray(c.to_numpy(zero_copy_only=False), dtype=np.float64) for c in frame.columns])
    if hasattr(frame, "to_numpy"):
        return np.asarray(frame.to_numpy(dtype=np.float64, na_value=np.nan))
    return np.asarray(frame, dtype=np.float64)
