"""Trees of two-way splits as they were read, brought to one rule and one precision and into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.anatomy.fields import Field
from parity.anatomy.flat import Tree
from parity.anatomy.floats import last_rounded_to
from parity.anatomy.questions import Absent, Among, Compare
from parity.anatomy.two_way import Splits
from parity.values.anatomy import Floats


@dataclass(frozen=True)
class Grown:
    """A tree of two-way splits with its scores, (rows, outputs); a leaf's row is `splits.score`."""

    splits: Splits
    scores: Floats


def common(trees: Sequence[Grown], fields: Sequence[Field]) -> tuple[str, str, list[Floats]]:
    """One rule and precision for all trees, and each node's threshold by them.

    A file may compare some fields in float and others in double: then all are compared in double, with the last double that
    rounds to the low side. Where both rules occur, x < t becomes x <= the number before t.
    """
    tests = [t for g in trees for t in g.splits.test if isinstance(t, Compare)]
    kinds = {f.feature: f.precision for f in fields}
    used = {kinds[t.feature] for t in tests}
    rules = {t.strict for t in tests}
    precision = used.pop() if len(used) == 1 else "float64"
    mixed = bool(used)
    rule = "lt" if rules == {True} and not mixed else "le"

    def threshold(test: Any) -> float:
        if not isinstance(test, Compare):
            return 0.0
        if mixed and kinds[test.feature] == "float32":
            return float(last_rounded_to(np.array([test.upper]))[0])
        if mixed or (test.strict and rule == "le"):
            return test.upper
        return test.threshold

    return rule, precision, [np.array([threshold(t) for t in g.splits.test]) for g in trees]


def flat_tree(grown: Grown, threshold: Floats) -> Tree:
    """A tree in arrays; `threshold` (nodes,) as the common rule of all trees has it."""
    splits = grown.splits
    leaf = np.zeros((len(splits.left), grown.scores.shape[1]))
    ends = np.array(splits.score)
    leaf[ends >= 0] = grown.scores[ends[ends >= 0]]
    asked = {i: sorted(t.members) for i, t in enumerate(splits.test) if isinstance(t, Among)}
    threshold = np.where([isinstance(t, Absent) for t in splits.test], -np.inf, threshold)
    feature = np.array([0 if t is None else t.feature for t in splits.test])
    return Tree(
        np.array(splits.left),
        np.array(splits.right),
        feature,
        threshold,
        np.array(splits.nan_left),
        leaf,
        sets=asked,
        nowhere=np.array(splits.nowhere),
    )
