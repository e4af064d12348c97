"""Faults in LightGBM's text model: lines `name=value value …` of its trees.

Bits of a decision_type: 1 a split by categories, 2 missing goes left, 12 the kind of missing value, 0 where there is none
(include/LightGBM/tree.h).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np

from parity.selftest.faults import LEAF_FACTORS

CATEGORICAL, DEFAULT_LEFT, MISSING_TYPE = 1, 2, 12
Tree = dict[str, str]
Edit = Callable[[list[Tree]], bool]


def edited(source: Path, fault: str, target: Path) -> Path | None:
    """The model with the fault; None where it has no place for it.

    The line of the trees' sizes in bytes is left out: LightGBM then reads the trees one after the other.
    """
    head, *blocks = re.split(r"(?m)^(?=Tree=\d+\r?$)", source.read_text(encoding="utf-8"))
    if fault not in EDITS or not blocks:
        return None
    trees = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]
    blocks[-1], rest = _without_the_rest(blocks[-1])
    before = [dict(tree) for tree in trees]
    if not EDITS[fault](trees):
        return None
    text = re.sub(r"(?m)^tree_sizes=.*\n", "", head)
    path = target.with_suffix(source.suffix)
    path.write_text(text + "".join(map(_written, blocks, before, trees)) + rest, encoding="utf-8")
    return path


def _without_the_rest(block: str) -> tuple[str, str]:
    place = block.index("end of trees")
    return block[:place], block[place:]


def _written(block: str, before: Tree, after: Tree) -> str:
    for name, value in after.items():
        if value != before[name]:
            block = block.replace(f"\n{name}={before[name]}", f"\n{name}={value}", 1)
    return block


def _numbers(tree: Tree, name: str, change: Callable[[float], float], chosen: Callable[[int], bool] = lambda i: True) -> bool:
    old = [float(text) for text in tree.get(name, "").split()]
    new = [change(value) if chosen(i) else value for i, value in enumerate(old)]
    if new == old:
        return False
    tree[name] = " ".join(map(repr, new))
    return True


def _thresholds(change: Callable[[float], float]) -> Edit:
    return lambda trees: any([_of_numbers(tree, change) for tree in trees])  # noqa: C419 - all of them, not the first


def _of_numbers(tree: Tree, change: Callable[[float], float]) -> bool:
    """At splits of numbers; the threshold of a split by categories is an index."""
    kinds = [int(k) for k in tree.get("decision_type", "").split()]
    return _numbers(tree, "threshold", change, lambda i: not kinds[i] & CATEGORICAL)


def _leaves(change: Callable[[float], float]) -> Edit:
    return lambda trees: any([_numbers(tree, "leaf_value", change) for tree in trees])  # noqa: C419


def _times(factor: float) -> Edit:
    return _leaves(lambda value: value * factor)


def _last_tree(trees: list[Tree]) -> bool:
    return _numbers(trees[-1], "leaf_value", lambda value: 0.0)


def _one_direction(trees: list[Tree]) -> bool:
    """At the first split that has learned where missing values go."""
    for tree in trees:
        kinds = [int(k) for k in tree.get("decision_type", "").split()]
        for i, kind in enumerate(kinds):
            if kind & MISSING_TYPE and not kind & CATEGORICAL:
                tree["decision_type"] = " ".join(map(str, [*kinds[:i], kind ^ DEFAULT_LEFT, *kinds[i + 1 :]]))
                return True
    return False


def _float32(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))


EDITS: dict[str, Edit] = {
    "last-tree-dropped": _last_tree,
    "thresholds-float32": _thresholds(_float32),
    "thresholds-one-ulp": _thresholds(lambda t: math.nextafter(t, math.inf)),
    "strict-comparison": _thresholds(lambda t: math.nextafter(t, -math.inf)),
    "one-missing-direction": _one_direction,
    "leaf-one-ulp": _leaves(lambda v: math.nextafter(v, math.inf)),
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
"""x < t is x <= the number before t: LightGBM has one rule."""
