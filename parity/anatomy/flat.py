"""Trees of any library as one set of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.values.anatomy import Sets, Slopes, Trees

Slope = tuple[float, Sequence[int], Sequence[float]]
"""A leaf's constant, its features and their factors."""


@dataclass(frozen=True)
class Tree:
    """One tree in arrays of shape (nodes,); children count within the tree, -1 in both marks a leaf.

    `leaf` is (nodes, outputs). `zero_missing` and `nowhere` as in `Trees`; None where no node has it. `sets`: node to the
    members of the set that it asks for. `slopes`: leaf to its linear model, of trees that add to the output `output`.
    """

    left: npt.NDArray[Any]
    right: npt.NDArray[Any]
    feature: npt.NDArray[Any]
    threshold: npt.NDArray[Any]
    nan_left: npt.NDArray[Any]
    leaf: npt.NDArray[Any]
    zero_missing: npt.NDArray[Any] | None = None
    sets: Mapping[int, Sequence[float]] = field(default_factory=dict)
    nowhere: npt.NDArray[Any] | None = None
    slopes: Mapping[int, Slope] = field(default_factory=dict)
    output: int = 0


@dataclass(frozen=True)
class Style:
    """How an engine compares and sums; the fields mean what they mean in `Trees`, the last two in its `sets`."""

    rule: str
    precision: str
    sum_precision: str
    scale: float = 1.0
    link: str = "identity"
    zero_snap: bool = False
    members_left: bool = True
    whole: str = ""


def concatenate(trees: Sequence[Tree], style: Style, base: npt.NDArray[Any]) -> Trees:
    """All trees in one `Trees`; children are shifted, `tree` counts from 0 in the order given. `base` is (outputs,)."""
    sizes = np.array([len(t.left) for t in trees], dtype=np.int64)
    root = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(trees) else np.zeros(0, np.int64)
    zero = _joined([t.zero_missing for t in trees if t.zero_missing is not None], bool)
    nowhere = _joined([t.nowhere for t in trees if t.nowhere is not None], bool)
    return Trees(
        left=_shifted([t.left for t in trees], root),
        right=_shifted([t.right for t in trees], root),
        feature=_joined([t.feature for t in trees], np.int32),
        threshold=_joined([t.threshold for t in trees], np.float64),
        nan_left=_joined([t.nan_left for t in trees], bool),
        root=root.astype(np.int32),
        tree=np.repeat(np.arange(len(trees), dtype=np.int32), sizes),
        leaf=_joined([t.leaf for t in trees], np.float64, (0, len(base))),
        rule=style.rule,
        precision=style.precision,
        sum_precision=style.sum_precision,
        base=np.asarray(base, dtype=np.float64),
        scale=style.scale,
        link=style.link,
        zero_missing=zero if zero.any() else None,
        zero_snap=style.zero_snap,
        sets=_sets(trees, root, style),
        nowhere=nowhere if nowhere.any() else None,
        slopes=_slopes(trees) if any(t.slopes for t in trees) else None,
    )


def _slopes(trees: Sequence[Tree]) -> Slopes:
    """Of all nodes in their order; a leaf without a model of its own answers its number."""
    parts: list[Slope] = []
    for tree in trees:
        parts += [tree.slopes.get(i) or (float(tree.leaf[i, tree.output]), (), ()) for i in range(len(tree.left))]
    return Slopes(
        constant=np.array([constant for constant, _, _ in parts]),
        first=np.cumsum([0, *(len(features) for _, features, _ in parts)]),
        feature=np.array([f for _, features, _ in parts for f in features], np.int32),
        factor=np.array([f for _, _, factors in parts for f in factors], np.float64),
        output=np.repeat(np.array([t.output for t in trees], np.int32), [len(t.left) for t in trees]),
    )


def _sets(trees: Sequence[Tree], root: npt.NDArray[np.int64], style: Style) -> Sets | None:
    placed = [(int(r) + node, members) for t, r in zip(trees, root, strict=True) for node, members in t.sets.items()]
    return sets_of(placed, sum(len(t.left) for t in trees), style.members_left, style.whole)


def sets_of(placed: Sequence[tuple[int, Any]], nodes: int, left: bool, whole: str) -> Sets | None:
    """The sets of nodes that ask for one, as (node, members); None where there are none."""
    if not placed:
        return None
    of = np.full(nodes, -1, np.int32)
    of[[node for node, _ in placed]] = np.arange(len(placed))
    first = np.cumsum([0, *(len(m) for _, m in placed)])
    members = np.concatenate([np.sort(np.asarray(m, dtype=np.float64)) for _, m in placed])
    return Sets(of, first, members, left, whole)


def _joined(parts: list[npt.NDArray[Any]], dtype: Any, empty: tuple[int, ...] = (0,)) -> npt.NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.zeros(empty, dtype)


def _shifted(children: list[npt.NDArray[Any]], root: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    parts = [np.where(np.asarray(c) >= 0, np.asarray(c, np.int64) + r, -1) for c, r in zip(children, root, strict=True)]
    return np.concatenate(parts).astype(np.int32) if parts else np.zeros(0, np.int32)


def one_output(values: npt.NDArray[Any], output: int, outputs: int) -> npt.NDArray[np.float64]:
    """Leaf values (nodes,) of a tree that adds to one output only, as (nodes, outputs)."""
    leaf = np.zeros((len(values), outputs))
    leaf[:, output] = values
    return leaf
