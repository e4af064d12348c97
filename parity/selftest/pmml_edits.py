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


def _step(root: Any) -> Callable[[float], float]:
    """To the next number of the type that the document computes in."""
    if any(element.get("x-mathContext") == "float" for element in root.iter()):
        return lambda t: float(np.nextafter(np.float32(t), np.float32(np.inf)))
    return lambda t: math.nextafter(t, math.inf)


def _next(root: Any) -> bool:
    return _attributes(_splits(root), "value", _step(root))


def _float32(value: float) -> float:
    return float(np.float32(value))


def _rounded(root: Any) -> bool:
    """Those that are compared as float64: JPMML reads a predicate's value as its field's own type."""
    single = {f.get("name") for f in _all(root, "DerivedField") + _all(root, "DataField") if f.get("dataType") == "float"}
    return _attributes([p for p in _splits(root) if p.get("field") not in single], "value", _float32)


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
    return lambda root: _leaves(root, lambda value: value * factor)


def _leaves(root: Any, change: Callable[[float], float]) -> bool:
    leaves = [n for n in _all(root, "Node") if not any(c.tag.rpartition("}")[2] in ("Node", "ScoreDistribution") for c in n)]
    leaves = leaves if any(m.get("functionName") == "regression" for m in _all(root, "TreeModel")) else []
    coefficients = _all(root, "NumericPredictor") + _all(root, "CategoricalPredictor")
    changed = any([_attributes(leaves, "score", change), _attributes(_all(root, "RegressionTable"), "intercept", change)])
    return _attributes(coefficients, "coefficient", change) or changed


def _next_leaf(root: Any) -> bool:
    """As `_times`, one step of the type that the document computes in."""
    return _leaves(root, _step(root))


def _coefficient(root: Any) -> bool:
    for predictor in _all(root, "NumericPredictor") + _all(root, "CategoricalPredictor"):
        if _attributes([predictor], "coefficient", _float32):
            return True
    return False


def _means(root: Any) -> bool:
    """Constants that are subtracted from a field."""
    done = False
    for apply in (a for a in _all(root, "Apply") if a.get("function") == "-"):
        for constant in _all(apply, "Constant"):
            old = _number(constant.text)
            if old is not None and _float32(old) != old:
                constant.text, done = repr(_float32(old)), True
    return done


def _intercept(root: Any) -> bool:
    tables = _attributes(_all(root, "RegressionTable"), "intercept", lambda v: 0.0)
    return _attributes(_all(root, "Target"), "rescaleConstant", lambda v: 0.0) or tables


def _categories(root: Any) -> bool:
    """Of the first field of text that the model looks at, wherever it does."""
    targets = {f.get("name") for f in _all(root, "MiningField") if f.get("usageType") in ("target", "predicted")}
    for field in _all(root, "DataField"):
        values = [v.get("value") for v in field if v.tag.rpartition("}")[2] == "Value" and v.get("property") in (None, "valid")]
        if field.get("name") not in targets and len(values) > 1 and _swapped(root, field.get("name"), values[0], values[1]):
            return True
    return False


def _swapped(root: Any, field: str, one: str, other: str) -> bool:
    done, partner = False, {one: other, other: one}
    for tag, key in (("CategoricalPredictor", "name"), ("NormDiscrete", "field"), ("SimplePredicate", "field")):
        for element in _all(root, tag):
            if element.get(key) == field and element.get("value") in partner:
                element.set("value", partner[element.get("value")])
                done = True
    return done


def _separator(root: Any) -> bool:
    found = _all(root, "TextIndex")
    for index in found:
        index.set("wordSeparatorCharacterRE", f"(?:{index.get('wordSeparatorCharacterRE', chr(92) + 's+')})|-")
    return bool(found)


def _case(root: Any) -> bool:
    found = _all(root, "TextIndex")
    for index in found:
        index.set("isCaseSensitive", "false" if index.get("isCaseSensitive") == "true" else "true")
    return bool(found)


EDITS: dict[str, Callable[[Any], bool]] = {
    "coefficient-float32": _coefficient,
    "scaler-mean-float32": _means,
    "intercept-dropped": _intercept,
    "categories-swapped": _categories,
    "text-pattern": _separator,
    "text-case": _case,
    "leaf-one-ulp": _next_leaf,
    "last-tree-dropped": _last_tree,
    "thresholds-float32": _rounded,
    "thresholds-one-ulp": _next,
    "strict-comparison": _strict,
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
