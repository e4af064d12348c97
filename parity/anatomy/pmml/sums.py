"""One PMML model as a sum of trees: TreeModel and Scorecard (PMML 4.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.grown import Grown
from parity.anatomy.pmml.fields import Fields
from parity.anatomy.pmml.predicates import predicate_of
from parity.anatomy.pmml.xml import child, children, every
from parity.anatomy.questions import Known
from parity.anatomy.two_way import Node, Strategy, two_way
from parity.values.anatomy import Floats


@dataclass(frozen=True)
class Sum:
    """base + scale * sum of the trees' leaves, through `link`; `single`: added up in float32."""

    trees: tuple[Grown, ...]
    base: Floats
    scale: float = 1.0
    link: str = "identity"
    single: bool = False
    notes: tuple[str, ...] = ()


def tree_sum(element: Any, fields: Fields) -> Sum:
    strategy = Strategy(element.get("missingValueStrategy", "none"), element.get("noTrueChildStrategy", "returnNullPrediction"))
    found = list(every(child(element, "Node"), "Node"))
    place = {id(n): i for i, n in enumerate(found)}
    classes = _classes(element, found)
    scores: list[list[float]] = []
    nodes = []
    for n in found:
        below = tuple(place[id(c)] for c in children(n, "Node"))
        default = [place[id(c)] for c in children(n, "Node") if c.get("id") is not None and c.get("id") == n.get("defaultChild")]
        row = _scores(n, classes)
        nodes.append(Node(predicate_of(n, fields.of), below, default[0] if default else -1, len(scores) if row else -1))
        scores += [row] if row else []
    width = len(classes) if classes else 1
    return Sum((Grown(two_way(nodes, strategy), np.array(scores, dtype=np.float64).reshape(-1, width)),), np.zeros(width))


def _classes(element: Any, nodes: Sequence[Any]) -> tuple[str, ...]:
    """The classes of a classification in the order in which they are written down; none of a regression."""
    if element.get("functionName") != "classification":
        return ()
    listed = [d.get("value") for n in nodes for d in children(n, "ScoreDistribution")]
    return tuple(dict.fromkeys(listed)) or tuple(sorted({n.get("score") for n in nodes if n.get("score") is not None}))


def _scores(node: Any, classes: tuple[str, ...]) -> list[float]:
    """A node's prediction: a number, or the classes' shares, which are divided by their sum; empty where it has none."""
    if node.get("score") is None:
        return []
    if not classes:
        return [float(node.get("score"))]
    told = children(node, "ScoreDistribution")
    if not told:
        return [float(c == node.get("score")) for c in classes]
    counts = {d.get("value"): float(d.get("probability") or d.get("recordCount")) for d in told}
    total = sum(counts.values())
    return [counts.get(c, 0.0) / total for c in classes]


def scorecard_sum(element: Any, fields: Fields) -> Sum:
    """One tree for each characteristic: its attributes are asked in order (PMML 4.4, Scorecard)."""
    trees = []
    for characteristic in children(child(element, "Characteristics"), "Characteristic"):
        attributes = children(characteristic, "Attribute")
        if any(a.get("partialScore") is None for a in attributes):
            raise NotUnderstoodError("a PMML Scorecard whose partial scores are computed")
        nodes = [Node(Known(True), tuple(range(1, len(attributes) + 1)), -1, -1)]
        nodes += [Node(predicate_of(a, fields.of), (), -1, i) for i, a in enumerate(attributes)]
        scores = np.array([[float(a.get("partialScore"))] for a in attributes])
        trees.append(Grown(two_way(nodes, Strategy()), scores))
    return Sum(tuple(trees), np.array([float(element.get("initialScore", "0"))]))
