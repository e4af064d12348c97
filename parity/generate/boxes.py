"""Where a row must lie to reach a node: intervals of the user's columns, found by walking from the nodes to the roots."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from parity.anatomy.splits import Splits
from parity.values.anatomy import Anatomy, Bools, Floats, Ints, Trees


@dataclass(frozen=True)
class Forest:
    """A side's trees with their splits by the user's columns.

    `parent` is -1 at roots. `on_low`: is a node its parent's low child?
    `nan_here`: does a missing value at the parent come this way?
    """

    anatomy: Anatomy
    trees: Trees
    splits: Splits
    parent: Ints
    on_low: Bools
    nan_here: Bools


@dataclass(frozen=True)
class Boxes:
    """For each row and column the interval [low, high] in which a value keeps to the path, and whether a missing one does."""

    low: Floats
    high: Floats
    nan_ok: Bools


def forest_of(anatomy: Anatomy, splits: Splits) -> Forest:
    """Adds to the trees of an anatomy what walking upwards needs."""
    trees = anatomy.trees
    assert trees is not None
    inner = np.flatnonzero(trees.left >= 0)
    size = len(trees.left)
    parent, on_low, nan_here = np.full(size, -1, np.int32), np.zeros(size, bool), np.zeros(size, bool)
    stays = np.ones(len(inner), bool) if trees.nowhere is None else ~trees.nowhere[inner]
    for child, is_left in ((trees.left[inner], True), (trees.right[inner], False)):
        parent[child] = inner
        on_low[child] = splits.low_left[inner] == is_left
        nan_here[child] = (trees.nan_left[inner] == is_left) & stays
    return Forest(anatomy, trees, splits, parent, on_low, nan_here)


def feasible(forest: Forest) -> Bools:
    """Nodes (of all) that some row can reach, with values of the tested column on both sides of the node's own split."""
    splits = forest.splits
    inner = np.flatnonzero(forest.trees.left >= 0)
    low, high, nan_ok = _own_interval(forest, inner)
    both = (splits.upper[inner] >= low) & (splits.lower[inner] <= high)
    reached = _reached(forest, inner, low, high, nan_ok)
    found = np.zeros(len(forest.parent), bool)
    found[inner] = both & reached[inner] & (splits.column[inner] >= 0)
    return found


def _own_interval(forest: Forest, nodes: npt.NDArray[np.int64]) -> tuple[Floats, Floats, Bools]:
    """What the ancestors of each node leave of the column that the node itself tests."""
    splits = forest.splits
    low, high = np.full(len(nodes), -np.inf), np.full(len(nodes), np.inf)
    nan_ok = np.ones(len(nodes), bool)
    column, here = splits.column[nodes], nodes.copy()
    live = np.arange(len(nodes))
    while len(live):
        above = forest.parent[here[live]]
        live, above = live[above >= 0], above[above >= 0]
        child = here[live]
        same = (splits.column[above] == column[live]) & (column[live] >= 0)
        one, place, down = live[same], above[same], forest.on_low[child[same]]
        high[one] = np.where(down, np.minimum(high[one], splits.upper[place]), high[one])
        low[one] = np.where(down, low[one], np.maximum(low[one], splits.lower[place]))
        nan_ok[one] &= forest.nan_here[child[same]]
        here[live] = above
    return low, high, nan_ok


def _reached(forest: Forest, inner: npt.NDArray[np.int64], low: Floats, high: Floats, nan_ok: Bools) -> Bools:
    """Nodes whose path leaves every column something, from the roots down."""
    trees, splits = forest.trees, forest.splits
    size = len(forest.parent)
    opens = np.zeros(size, bool)  # does the parent's split leave this child anything?
    known = splits.column[inner] >= 0
    for child, is_left in ((trees.left[inner], True), (trees.right[inner], False)):
        down = splits.low_left[inner] == is_left
        number = np.where(down, splits.upper[inner] >= low, splits.lower[inner] <= high)
        opens[child] = ~known | number | (nan_ok & forest.nan_here[child])
    reached = np.zeros(size, bool)
    level = trees.root
    reached[level] = True
    while len(level):
        level = level[trees.left[level] >= 0]
        below = np.concatenate([trees.left[level], trees.right[level]])
        level = below[opens[below]]
        reached[level] = True
    return reached


def boxes(forest: Forest, nodes: npt.NDArray[np.int32], columns: int) -> Boxes:
    """The box of each node in all columns, (nodes, columns)."""
    splits = forest.splits
    low, high = np.full((len(nodes), columns), -np.inf), np.full((len(nodes), columns), np.inf)
    nan_ok = np.ones((len(nodes), columns), bool)
    here, live = nodes.copy(), np.arange(len(nodes))
    while len(live):
        above = forest.parent[here[live]]
        live, above = live[above >= 0], above[above >= 0]
        child = here[live]
        known = splits.column[above] >= 0
        row, place, down = live[known], above[known], forest.on_low[child[known]]
        column = splits.column[place]
        high[row, column] = np.where(down, np.minimum(high[row, column], splits.upper[place]), high[row, column])
        low[row, column] = np.where(down, low[row, column], np.maximum(low[row, column], splits.lower[place]))
        nan_ok[row, column] &= forest.nan_here[child[known]]
        here[live] = above
    return Boxes(low, high, nan_ok)
