"""Leaves of other values are read from both structures and then scored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from parity.diagnose import diagnose
from parity.diagnose.evidence import Evidence
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Trees
from tests.diagnose.test_more_causes import NAMES, X, batch_of, boosted, evidence, features, trees_of

__all__ = ["boosted"]


def named(ours: Anatomy, read: Trees, runs: Trees) -> str | None:
    """What is said where the artifact was read as `read` and the runtime answers as `runs`."""
    given = evidence(ours, X, lambda rows: simulate(trees_of(ours), rows, 2), lambda rows: simulate(runs, rows, 2))
    found = diagnose(replace(given, artifact=Anatomy(NAMES, trees=read)))
    return None if found is None else f"{found.cause.name}: {found.cause.evidence}"


def test_leaves_that_are_a_little_larger(boosted: Anatomy) -> None:
    larger = replace(trees_of(boosted), leaf=trees_of(boosted).leaf * (1 + 1e-4))
    said = str(named(boosted, larger, larger))
    assert said.startswith("leaf-values: ") and "1.0001 times the reference's (median)" in said


def test_a_tree_whose_leaves_are_zero_was_dropped(boosted: Anatomy) -> None:
    leaf = trees_of(boosted).leaf.copy()
    leaf[trees_of(boosted).tree == trees_of(boosted).tree.max()] = 0
    zero = replace(trees_of(boosted), leaf=leaf)
    assert str(named(boosted, zero, zero)).startswith("trees-dropped: 1 of the reference's 15 trees add nothing in the artifact")


@pytest.mark.parametrize("factor", [1.1, 0.9])
def test_leaves_that_the_runtime_does_not_use_explain_nothing(boosted: Anatomy, factor: float) -> None:
    """The file says one thing and the engine does another: what is read is only asked, never believed."""
    leaf = trees_of(boosted).leaf.copy()
    leaf[:20] *= 3
    read = replace(trees_of(boosted), leaf=leaf)
    runs = replace(trees_of(boosted), leaf=np.round(trees_of(boosted).leaf * factor, 1))
    assert named(boosted, read, runs) is None


def as_doubles(read: Trees) -> Trees:
    return replace(read, sum_precision="float64")


def in_digits(trees: Trees, digits: int, *, thresholds: bool = False) -> Trees:
    """As a text holds leaves, the constant and, where asked, thresholds."""

    def written(values: np.ndarray) -> np.ndarray:
        return np.vectorize(lambda v: float(f"{v:.{digits}g}"))(values)

    threshold = written(trees.threshold) if thresholds else trees.threshold
    return replace(as_doubles(trees), leaf=written(trees.leaf), base=written(trees.base), threshold=threshold)


def fine(ours: Anatomy, runs: Trees, rows: np.ndarray = X, link: str | None = None) -> str | None:
    """What is said where the bound is that of doubles, and the artifact was read as what the runtime runs (but for the link)."""
    reference = trees_of(ours)
    answering = runs if link is None else replace(runs, link=link)

    def asked(trees: Trees) -> Callable[[pa.RecordBatch], np.ndarray]:
        return lambda batch: simulate(trees, features(batch), 1)

    given = Evidence(
        drifting=batch_of(rows),
        agreeing=batch_of(rows[:0]),
        ask_reference=asked(reference),
        ask_runtime=asked(answering),
        bound=lambda scores, _: np.full(len(scores), 1e-14),
        reference=ours,
        artifact=Anatomy(NAMES, trees=runs),
        features=features,
    )
    found = diagnose(given)
    return None if found is None else found.cause.name


@pytest.mark.parametrize(("thresholds", "name"), [(False, "rounded-leaves"), (True, "rounded-thresholds + rounded-leaves")])
def test_leaves_in_few_digits(boosted: Anatomy, thresholds: bool, name: str) -> None:
    rows, trees = np.repeat(X[:60], 5, axis=0), trees_of(boosted)
    if thresholds:
        inner = np.flatnonzero(trees.left >= 0)[np.arange(len(rows)) % (trees.left >= 0).sum()]
        rows[np.arange(len(rows)), trees.feature[inner]] = trees.threshold[inner]
    runs = in_digits(trees, 7, thresholds=thresholds)
    assert fine(boosted, runs, rows) == name


def test_leaves_in_few_digits_and_another_link(boosted: Anatomy) -> None:
    ours = replace(boosted, trees=replace(trees_of(boosted), link="exp"))
    assert (
        fine(ours, in_digits(replace(trees_of(boosted), link="exp"), 9), link="identity") == "rounded-leaves + log-link-dropped"
    )


@pytest.mark.parametrize("constant", [0.0, 2.5])
def test_trees_of_two_outputs_that_are_added_up_in_one(boosted: Anatomy, constant: float) -> None:
    """As onnxmltools 1.16 writes XGBoost's regressors of several targets."""
    trees = trees_of(boosted)
    odd = (trees.tree % 2 == 1)[:, None]
    leaf = np.hstack([np.where(odd, 0, trees.leaf), np.where(odd, trees.leaf, 0)])
    ours = replace(boosted, trees=replace(trees, leaf=leaf, base=np.array([0.3, 2.5]), link="identity"))
    merged = replace(trees_of(ours), leaf=np.hstack([trees.leaf, 0 * trees.leaf]), base=np.array([0.3, constant]))
    given = evidence(ours, X, lambda x: simulate(trees_of(ours), x, 2), lambda x: simulate(merged, x, 2))
    found = diagnose(given)
    assert found is not None and found.cause.name == "outputs-merged"
