"""The same leaf or another one, told by running both structures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn.ensemble import GradientBoostingRegressor

from parity.anatomy import read_model
from parity.anatomy.traverse import as_floats
from parity.compare.kinds import RowKinds
from parity.diagnose.branches import other_leaf, ranked, with_branch_flips
from parity.values.anatomy import Anatomy, Trees
from parity.values.finding import FindingKind

NAMES = ("a", "b", "c")
RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 3))


@pytest.fixture(scope="module")
def ours() -> Anatomy:
    return read_model(GradientBoostingRegressor(n_estimators=8, max_depth=3).fit(X, X[:, 0] * X[:, 1]), NAMES)


def trees(anatomy: Anatomy) -> Trees:
    assert anatomy.trees is not None
    return anatomy.trees


def batch(rows: npt.NDArray[np.float64]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(c) for c in rows.T], names=list(NAMES))


def renumbered(given: Trees) -> Trees:
    """The same trees with their nodes in reverse order: leaves are told apart by their place, not by their number."""
    last = len(given.left) - 1
    child: dict[str, Any] = {
        k: np.where(getattr(given, k) >= 0, last - getattr(given, k), -1)[::-1].astype(np.int32) for k in ("left", "right")
    }
    rest: dict[str, Any] = {k: getattr(given, k)[::-1] for k in ("feature", "threshold", "nan_left", "tree", "leaf")}
    return replace(given, **child, **rest, root=(last - given.root).astype(np.int32))


def test_leaves_are_counted_from_left_to_right(ours: Anatomy) -> None:
    found = ranked(trees(ours))
    for tree in range(len(trees(ours).root)):
        ends = np.flatnonzero((trees(ours).left < 0) & (trees(ours).tree == tree))
        assert sorted(found.rank[ends]) == list(range(len(ends)))


def test_the_same_trees_under_other_numbers_end_in_the_same_leaves(ours: Anatomy) -> None:
    theirs = replace(ours, trees=renumbered(trees(ours)))
    found = other_leaf(batch(X), ours, theirs, as_floats)
    assert found is not None and not found.any()


def test_a_moved_threshold_sends_the_rows_between_to_another_leaf(ours: Anatomy) -> None:
    root = int(trees(ours).root[0])
    column, threshold = int(trees(ours).feature[root]), trees(ours).threshold.copy()
    before = threshold[root]
    threshold[root] += 0.3
    found = other_leaf(batch(X), ours, replace(ours, trees=replace(trees(ours), threshold=threshold)), as_floats)
    between = (X[:, column] > before) & (X[:, column] <= before + 0.3)
    assert found is not None and between.any() and np.array_equal(found, between)


def test_dropped_trees_leave_the_path_through_the_others(ours: Anatomy) -> None:
    fewer = replace(trees(ours), root=trees(ours).root[:-2])
    found = other_leaf(batch(X), ours, replace(ours, trees=fewer), as_floats)
    assert found is not None and not found.any()


def test_where_a_structure_was_not_read_or_has_another_shape_nothing_is_claimed(ours: Anatomy) -> None:
    other = read_model(GradientBoostingRegressor(n_estimators=8, max_depth=2).fit(X, X[:, 0]), NAMES)
    assert other_leaf(batch(X), ours, other, as_floats) is None
    assert other_leaf(batch(X), ours, Anatomy(NAMES), as_floats) is None


def test_values_become_branch_flips_and_nothing_else_does(ours: Anatomy) -> None:
    threshold = trees(ours).threshold.copy()
    threshold[trees(ours).root[0]] += 100
    theirs = replace(ours, trees=replace(trees(ours), threshold=threshold))
    moved = other_leaf(batch(X), ours, theirs, as_floats)
    assert moved is not None and 0 < moved.sum() < len(X)
    kind = np.full(len(X), FindingKind.VALUE, object)
    kind[np.flatnonzero(moved)[0]] = FindingKind.LABEL_FLIP
    none = np.zeros(len(X), bool)
    kinds = RowKinds(kind, np.full(len(X), "value", object), none, none, none, none)
    found = with_branch_flips(kinds, batch(X), ours, theirs, as_floats).kind
    assert (found == FindingKind.BRANCH_FLIP).sum() == moved.sum() - 1
    assert found[np.flatnonzero(moved)[0]] == FindingKind.LABEL_FLIP
    assert (found[~moved] == FindingKind.VALUE).all() and (kind != FindingKind.BRANCH_FLIP).all()
