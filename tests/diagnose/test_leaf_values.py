"""Leaves of other values are read from both structures and then scored."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from parity.diagnose import diagnose
from parity.diagnose.trees import simulate
from parity.values.anatomy import Anatomy, Trees
from tests.diagnose.test_more_causes import NAMES, X, boosted, evidence, trees_of

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
