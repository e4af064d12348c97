"""Rows that the artifact's trees leave without a score, because a split asks for a missing value and has no way on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity.anatomy.traverse import comes_nowhere, leaves
from parity.diagnose import diagnose
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Bools, Trees
from tests.diagnose.test_more_causes import NAMES, X, batch_of, boosted, evidence, features, trees_of

__all__ = ["boosted"]

HOLES = np.where(np.random.default_rng(5).random(X.shape) < 0.2, np.nan, X)


def without_a_way(trees: Trees, every: int = 3) -> Trees:
    """Every so many splits a missing value ends there."""
    nowhere = (trees.left >= 0) & (np.arange(len(trees.left)) % every == 0)
    return replace(trees, nowhere=nowhere)


def by_hand(trees: Trees, row: np.ndarray) -> bool:
    """One row, node by node."""
    assert trees.nowhere is not None
    for root in trees.root:
        node = int(root)
        while trees.left[node] >= 0:
            value = row[trees.feature[node]]
            if np.isnan(value) and trees.nowhere[node]:
                return True
            here = replace(trees, root=np.array([node], np.int32), tree=trees.tree)
            left = bool(trees.nan_left[node]) if np.isnan(value) else bool(np.float32(value) <= np.float32(trees.threshold[node]))
            node = int(here.left[node] if left else here.right[node])
    return False


def lost(trees: Trees) -> Bools:
    return comes_nowhere(trees, HOLES)


def test_rows_are_lost_where_the_walk_by_hand_loses_them(boosted: Anatomy) -> None:
    trees = without_a_way(trees_of(boosted))
    found = lost(trees)
    assert 0 < found.sum() < np.isnan(HOLES).any(axis=1).sum()
    assert found.tolist() == [by_hand(trees, row) for row in HOLES]
    assert not lost(trees_of(boosted)).any()


def test_many_rows_and_few_end_in_the_same_leaves(boosted: Anatomy) -> None:
    trees, many = trees_of(boosted), np.vstack([HOLES] * 3)
    assert len(many) > 1024 and (leaves(trees, many)[: len(HOLES)] == leaves(trees, HOLES)).all()


@pytest.mark.parametrize("every", [2, 5])
def test_a_runtime_without_scores_at_such_splits_is_explained(boosted: Anatomy, every: int) -> None:
    trees = without_a_way(trees_of(boosted), every)
    silent = np.where(lost(trees)[:, None], np.nan, simulate(trees, HOLES, 2))
    answers = {row.tobytes(): answer for row, answer in zip(HOLES, silent, strict=True)}

    def runtime(rows: np.ndarray) -> np.ndarray:
        return np.array([answers[row.tobytes()] for row in rows]).reshape(len(rows), 2)

    def reference(rows: np.ndarray) -> np.ndarray:
        return simulate(trees_of(boosted), rows, 2)

    asked = evidence(boosted, HOLES, reference, lambda rows: reference(rows) + 1)
    given = replace(asked, ask_runtime=lambda batch: runtime(features(batch)), artifact=Anatomy(NAMES, trees=trees))
    found = diagnose(replace(given, drifting=batch_of(HOLES[lost(trees)]), agreeing=batch_of(HOLES[~lost(trees)])))
    assert found is not None and found.cause.name == "no-answer-for-missing"
    assert "ends without a score" in found.cause.evidence
