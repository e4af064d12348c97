"""Faults in a PMML file: predicates, scores of nodes, coefficients and segments of the XML."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parity.selftest.faults import LEAF_FACTORS

STRICTER = {"lessOrEqual": "lessThan", "greaterThan": "greaterOrEqual"}
"""x > t is the other branch of x <= t: both change together."""


def edited(source: Path, fault: str, target: Path) -> Path | None:
    """The document with the fault; None where it has no place for it."""
    from xml.etree import ElementTree

    edit = EDITS.get(fault)
    tree = ElementTree.parse(source)
    root = tree.getroot()
    if edit is None or not edit(root):
        return None
    ElementTree.register_namespace("", root.tag[1:].split("}")[0] if root.tag.startswith("{") else "")
    path = target.with_suffix(".pmml")
    tree.write(path, encoding="UTF-8", xml_declaration=True)
    return path


def _all(root: Any, name: str) -> list[Any]:
    return [element for element in root.iter() if element.tag.rpartition("}")[2] == name]


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _attributes(elements: list[Any], attribute: str, change: Callable[[float], float]) -> bool:
    done = False
    for element in elements:
        old = _number(element.get(attribute))
        if old is not None and change(old) != old:
            element.set(attribute, repr(change(old)))
            done = True
    return done


def _splits(root: Any) -> list[Any]:
    return [p for p in _all(root, "SimplePredicate") if p.get("operator") in (*STRICTER, *STRICTER.values())]


def _next(root: Any) -> bool:
    """The next number of the type that the document computes in."""
    single = any(element.get("x-mathContext") == "float" for element in root.iter())
    step = (
        (lambda t: float(np.nextafter(np.float32(t), np.float32(np.inf)))) if single else (lambda t: math.nextafter(t, math.inf))
    )
    return _attributes(_splits(root), "value", step)


def _rounded(root: Any) -> bool:
    return _attributes(_splits(root), "value", lambda t: float(np.float32(t)))


def _strict(root: Any) -> bool:
    done = False
    for predicate in _splits(root):
        new = STRICTER.get(predicate.get("operator"))
        if new is not None:
            predicate.set("operator", new)
            done = True
    return done


def _last_tree(root: Any) -> bool:
    """The last segment of the last ensemble of trees."""
    for whole in reversed(_all(root, "Segmentation")):
        segments = [s for s in whole if s.tag.rpartition("}")[2] == "Segment"]
        if len(segments) > 1 and all(_all(s, "TreeModel") for s in segments) and whole.get("multipleModelMethod") != "modelChain":
            whole.remove(segments[-1])
            return True
    return False


def _times(factor: float) -> Callable[[Any], bool]:
    def edit(root: Any) -> bool:
        leaves = [n for n in _all(root, "Node") if not any(c.tag.rpartition("}")[2] in ("Node", "ScoreDistribution") for c in n)]
        leaves = leaves if any(m.get("functionName") == "regression" for m in _all(root, "TreeModel")) else []
        coefficients = _all(root, "NumericPredictor") + _all(root, "CategoricalPredictor")
        changed = _attributes(leaves, "score", lambda v: v * factor)
        return _attributes(coefficients, "coefficient", lambda v: v * factor) or changed

    return edit


EDITS: dict[str, Callable[[Any], bool]] = {
    "last-tree-dropped": _last_tree,
    "thresholds-float32": _rounded,
    "thresholds-one-ulp": _next,
    "strict-comparison": _strict,
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
