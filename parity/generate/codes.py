"""Categories on a path: which codes of a column keep to it, where splits ask for sets of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.traverse import member
from parity.generate.boxes import Forest, feasible
from parity.values.anatomy import Anatomy, Bools, Floats, Ints

Places = npt.NDArray[np.int64]
# Bytes of one table of codes: nodes at once times codes.
_AT_ONCE = 20_000_000


@dataclass(frozen=True)
class Codes:
    """The codes of one feature: all that some split on it asks for, sorted, and behind them one that none asks for.

    `left` (sets, codes + 1): does a set's split send the code left? Only the rows of sets on this feature mean something.
    """

    feature: int
    column: int
    values: Floats
    left: Bools


def codes_of(forest: Forest) -> tuple[Codes, ...]:
    """Features whose splits ask for sets, where they follow one column."""
    trees = forest.trees
    if trees.sets is None:
        return ()
    asks = np.flatnonzero(trees.sets.of >= 0)
    prefix = forest.anatomy.prefix
    found = []
    for feature in np.unique(trees.feature[asks]):
        column = int(feature) if prefix is None else int(prefix.origin[feature])
        if column >= 0:
            found.append(_codes(forest, int(feature), column, trees.sets.of[asks[trees.feature[asks] == feature]]))
    return tuple(found)


def _codes(forest: Forest, feature: int, column: int, sets: Ints) -> Codes:
    asked = forest.trees.sets
    assert asked is not None, "the caller has sets"
    members = np.unique(np.concatenate([asked.members[asked.first[s] : asked.first[s + 1]] for s in sets]))
    values = np.append(members, (members[-1] if len(members) else 0.0) + 1.0)
    left = np.zeros((len(asked.first) - 1, len(values)), bool)
    left[sets] = member(asked, np.repeat(sets, len(values)), np.tile(values, len(sets))).reshape(len(sets), -1) == asked.left
    return Codes(feature, column, values, left)


def allowed(forest: Forest, codes: Codes, nodes: npt.NDArray[np.integer]) -> tuple[Bools, Bools]:
    """(nodes, codes + 1): the codes that reach each node; and (nodes,): does a missing value, too?"""
    trees = forest.trees
    assert trees.sets is not None, "there are codes"
    reach, absent = np.ones((len(nodes), len(codes.values)), bool), np.ones(len(nodes), bool)
    here, live = np.asarray(nodes, np.int64).copy(), np.arange(len(nodes))
    while len(live):
        above = forest.parent[here[live]]
        live, above = live[above >= 0], above[above >= 0]
        child = here[live]
        mine = (trees.sets.of[above] >= 0) & (trees.feature[above] == codes.feature)
        row, place, came = live[mine], above[mine], child[mine]
        reach[row] &= codes.left[trees.sets.of[place]] == (trees.left[place] == came)[:, None]
        absent[row] &= forest.nan_here[came]
        here[live] = above
    return reach, absent


def reachable(forest: Forest) -> Bools:
    """Nodes (of all) that some row can reach, as `feasible`, and that their categories leave open."""
    return feasible(forest) & ~closed(forest)


def closed(forest: Forest, may: Bools | None = None) -> Bools:
    """Nodes (of all) whose path leaves a column of categories nothing: no code, and where the column `may`, nothing missing."""
    found = np.zeros(len(forest.parent), bool)
    trees = forest.trees
    if trees.sets is None:
        return found
    for codes in codes_of(forest):
        asks = np.flatnonzero((trees.sets.of >= 0) & (trees.feature == codes.feature))
        children = np.concatenate([trees.left[asks], trees.right[asks]])  # below them nothing changes till the next that asks
        step = max(1, _AT_ONCE // len(codes.values))
        for start in range(0, len(children), step):
            some = children[start : start + step]
            reach, absent = allowed(forest, codes, some)
            found[some] |= ~reach.any(axis=1) & ~(absent & (may is None or may[codes.column]))
    level = trees.root
    while len(level):
        level = level[trees.left[level] >= 0]
        found[trees.left[level]] |= found[level]
        found[trees.right[level]] |= found[level]
        level = np.concatenate([trees.left[level], trees.right[level]])
    return found


def kept_codes(forest: Forest, codes: Codes, nodes: Ints, given: Floats, rng: np.random.Generator) -> Floats:
    """A code for each node: `given` (rows,) where it reaches the node, else any that does; NaN where only missing does."""
    reach, absent = allowed(forest, codes, nodes)
    place = np.minimum(np.searchsorted(codes.values, given), len(codes.values) - 1)
    place = np.where(codes.values[place] == given, place, len(codes.values) - 1)
    stays = np.where(np.isnan(given), absent, reach[np.arange(len(given)), place])
    inside = reach.copy()
    inside[:, -1] &= ~reach[:, :-1].any(axis=1)  # a code that none asks for only where no other will do
    drawn = np.argmax(inside * (0.5 + rng.random(inside.shape)), axis=1)
    return np.where(stays, given, np.where(reach.any(axis=1), codes.values[drawn], np.nan))


def ways(forest: Forest) -> Ints:
    """The children of splits on categories that a row can reach."""
    trees = forest.trees
    if trees.sets is None:
        return np.zeros(0, np.int32)
    asks = np.flatnonzero(trees.sets.of >= 0)
    below = np.concatenate([trees.left[asks], trees.right[asks]])
    return np.asarray(below[~closed(forest)[below]], np.int32)


def own_values(anatomy: Anatomy, codes: Codes, kept: Floats, text: bool) -> list[Any]:
    """Codes as values of the user's column; None for missing, and a text or number that no category has for an unknown code."""
    prefix = anatomy.prefix
    if prefix is None or (prefix.unchanged is not None and bool(prefix.unchanged[codes.feature])):
        return [None if np.isnan(k) else float(k) for k in kept]
    known = anatomy.categories[codes.column] or ()
    unknown: Any = "parity-unseen" if text else 987_654
    return [None if np.isnan(k) else known[int(k)] if 0 <= k < len(known) else unknown for k in kept]
