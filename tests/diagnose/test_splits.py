"""Trees of one shape whose splits or leaves are another kind of question: read from both files, and then scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from parity.anatomy import read_model
from parity.anatomy.flat import sets_of
from parity.diagnose import diagnose
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Trees
from tests.diagnose.test_more_causes import NAMES, evidence, trees_of

WHOLE = np.random.default_rng(5).integers(0, 9, (400, len(NAMES))).astype(float)


@pytest.fixture(scope="module")
def forest() -> Anatomy:
    """Three classes, thresholds at whole numbers and a half."""
    y = np.digitize(WHOLE[:, 0] + WHOLE[:, 1], [6, 11])
    return read_model(RandomForestClassifier(9, max_depth=4, random_state=0).fit(WHOLE, y), NAMES)


def said(ours: Anatomy, theirs: Trees) -> str:
    given = evidence(ours, WHOLE, lambda rows: simulate(trees_of(ours), rows, 3), lambda rows: simulate(theirs, rows, 3))
    found = diagnose(replace(given, artifact=Anatomy(NAMES, trees=theirs)))
    return "" if found is None else f"{found.cause.name}: {found.cause.evidence}"


def test_thresholds_that_are_all_one_higher(forest: Anatomy) -> None:
    """r2pmml issue 26. On whole numbers x <= 3 is x < 4: only the file tells which it is."""
    ours = replace(forest, trees=replace(trees_of(forest), threshold=np.floor(trees_of(forest).threshold)))
    inner = trees_of(ours).left >= 0
    higher = replace(trees_of(ours), threshold=trees_of(ours).threshold + inner)
    assert said(ours, higher).startswith("threshold-values: every one of the")


def test_equality_in_place_of_a_comparison(forest: Anatomy) -> None:
    """onnxmltools issue 688: BRANCH_EQ for BRANCH_LEQ."""
    ours = replace(forest, trees=replace(trees_of(forest), threshold=np.floor(trees_of(forest).threshold)))
    trees = trees_of(ours)
    asked = [(int(i), [float(trees.threshold[i])]) for i in np.flatnonzero(trees.left >= 0)]
    equal = replace(trees, sets=sets_of(asked, len(trees.left), left=True, whole=""))
    assert said(ours, equal).startswith("equality-for-comparison: ")


def test_votes_for_probabilities(forest: Anatomy) -> None:
    """nyoka issue 32."""
    trees = trees_of(forest)
    votes = np.where(np.arange(3) == trees.leaf.argmax(axis=1)[:, None], trees.leaf.sum(axis=1)[:, None], 0.0)
    assert said(forest, replace(trees, leaf=votes)).startswith("votes-for-probabilities: ")


def test_trees_that_add_to_another_class(forest: Anatomy) -> None:
    trees = trees_of(forest)
    leaf = np.zeros_like(trees.leaf)
    leaf[np.arange(len(leaf)), trees.tree % 3] = trees.leaf[:, 0]
    turned = np.zeros_like(leaf)
    turned[np.arange(len(leaf)), trees.tree // 3] = trees.leaf[:, 0]
    ours = replace(forest, trees=replace(trees, leaf=leaf))
    assert said(ours, replace(trees, leaf=turned)).startswith("trees-of-other-classes: ")


def test_weights_of_trees_and_sums_for_means(forest: Anatomy) -> None:
    trees = trees_of(forest)
    weighted = replace(trees, leaf=trees.leaf * (1 + 0.1 * trees.tree)[:, None])
    assert said(forest, weighted).startswith("tree-weights: ")
    assert said(forest, replace(trees, scale=1.0)).startswith("summed-for-averaged: ")
    summed = replace(forest, trees=replace(trees, scale=1.0))
    assert said(summed, trees).startswith("averaged-for-summed: ")
