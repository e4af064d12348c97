"""Whether trees that were read hang together, so that nothing that walks them can run forever or out of its arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.values.anatomy import Trees

CONTRADICTION = "its trees contradict themselves"


def contradiction(trees: Trees, features: int) -> str:
    """What is wrong with the trees of a model of so many features, in words; empty where nothing is."""
    inner = np.flatnonzero(trees.left >= 0)
    if wrong := _children(trees, inner) or _splits(trees, inner, features):
        return f"{CONTRADICTION}: {wrong}"
    return _numbers(trees, features)


def cannot_be_walked(unread: Sequence[str]) -> str:
    """Of what was not read of a model, that it contradicts itself: who scores it may never come back. Empty where it does not."""
    return next((text for text in unread if text.startswith(CONTRADICTION)), "")


def _children(trees: Trees, inner: npt.NDArray[Any]) -> str:
    size = len(trees.left)
    one = np.flatnonzero((trees.left >= 0) != (trees.right >= 0))
    if len(one):
        return f"node {one[0]} has one child"
    below = np.concatenate([trees.left[inner], trees.right[inner]])
    if len(below) and below.max() >= size:
        return f"node {inner[int(below.argmax()) % len(inner)]} has child {below.max()}, of {size} nodes"
    parents = np.bincount(below, minlength=size)
    several = np.flatnonzero(parents > 1)
    if len(several):
        return f"node {several[0]} has {parents[several[0]]} parents"
    if len(np.unique(trees.root)) != len(trees.root):
        return "two trees have one root"
    if len(trees.root) and (trees.root.min() < 0 or trees.root.max() >= size):
        return f"a root at node {trees.root.max()}, of {size} nodes"
    if size and not len(trees.root):
        return "no tree has a root"
    if parents[trees.root].any():
        return f"node {trees.root[parents[trees.root] > 0][0]} is a root and has a parent"
    loose = len(inner) - _reached(trees)  # leaves may hang loose: XGBoost keeps those that it pruned
    return f"{loose} splits that no root leads to: they form a cycle, or hang loose" if loose else ""


def _reached(trees: Trees) -> int:
    """Splits below the roots. Where no node has two parents, and no root has one, the walk meets each once and ends."""
    level, count = trees.root, 0
    while len(level):
        level = level[trees.left[level] >= 0]
        count += len(level)
        level = np.concatenate([trees.left[level], trees.right[level]])
    return count


def _splits(trees: Trees, inner: npt.NDArray[Any], features: int) -> str:
    tested = trees.feature[inner]
    if len(tested) and (tested.min() < 0 or tested.max() >= features):
        wrong = tested[(tested < 0) | (tested >= features)][0]
        return f"a split asks for feature {wrong}, of {features}"
    undefined = inner[np.isnan(trees.threshold[inner])]
    return f"node {undefined[0]} compares with NaN" if len(undefined) else ""


def _within(feature: npt.NDArray[Any], features: int) -> bool:
    return bool(feature.min() >= 0 and feature.max() < features)


def _numbers(trees: Trees, features: int) -> str:
    if trees.leaf.shape != (len(trees.left), len(trees.base)):
        shape = f"{trees.leaf.shape} for {len(trees.left)} nodes and {len(trees.base)} outputs"
        return f"its trees give no numbers: leaf values of shape {shape}"
    if trees.slopes is not None and len(trees.slopes.feature) and not _within(trees.slopes.feature, features):
        return f"its trees give no numbers: a leaf computes something of a feature beyond the {features}"
    ends = trees.left < 0
    if np.isnan(trees.leaf[ends]).any():
        return f"its trees give no numbers: the leaf at node {np.flatnonzero(ends & np.isnan(trees.leaf).any(axis=1))[0]} is NaN"
    return "its trees give no numbers: the base score is NaN" if np.isnan(trees.base).any() else ""
