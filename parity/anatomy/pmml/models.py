"""PMML's models as sums: TreeModel, Scorecard, MiningModel over them, and RegressionModel (PMML 4.4).

A model's answer is read as base + scale * sum of leaves and a link, as the engine adds it up: in float where `x-mathContext`
says so (JPMML's extension), else in double.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.grown import Grown
from parity.anatomy.pmml.fields import Fields
from parity.anatomy.pmml.predicates import predicate_of
from parity.anatomy.pmml.sums import Sum, scorecard_sum, tree_sum
from parity.anatomy.pmml.xml import child, children, local
from parity.anatomy.questions import Known
from parity.values.anatomy import Linear

MODELS = ("TreeModel", "MiningModel", "Scorecard", "RegressionModel")
_LINKS = {"none": "identity", "logit": "logistic", "softmax": "softmax", "exp": "exp"}
_WEIGHTED = {"weightedAverage", "weightedSum", "weightedMajorityVote"}
_VOTES = {"majorityVote", "weightedMajorityVote"}
_MEANS = {"average", "weightedAverage", *_VOTES}


def sum_of(element: Any, fields: Fields) -> Sum:
    """The model of an element. NotUnderstoodError where its answer is no such sum."""
    kind = local(element)
    if kind == "MiningModel":
        found = _mining(element, fields)
    elif kind == "TreeModel":
        found = tree_sum(element, fields)
    elif kind == "Scorecard":
        found = scorecard_sum(element, fields)
    else:
        raise NotUnderstoodError(f"a PMML {kind}")
    single = element.get("x-mathContext") == "float"
    return _noted(_rescaled(replace(found, single=single or found.single), element), element)


def _mining(element: Any, fields: Fields) -> Sum:
    segmentation = child(element, "Segmentation")
    if segmentation is None:
        raise NotUnderstoodError("a PMML MiningModel without segments")
    method, segments = segmentation.get("multipleModelMethod"), children(segmentation, "Segment")
    if any(predicate_of(s, fields.of) != Known(True) for s in segments):
        raise NotUnderstoodError("PMML segments that are chosen by predicates")
    models = [next(m for m in s if local(m) in MODELS or local(m).endswith("Model")) for s in segments]
    if method == "modelChain":
        return _chain(models, fields)
    if method == "selectFirst":
        return sum_of(models[0], fields)
    if method not in ("sum", *_WEIGHTED, *_MEANS):
        raise NotUnderstoodError(f"PMML segments combined by {method}")
    weights = [float(s.get("weight", "1")) if method in _WEIGHTED else 1.0 for s in segments]
    return _added([sum_of(m, fields) for m in models], weights, method)


def _added(parts: Sequence[Sum], weights: Sequence[float], method: str) -> Sum:
    """Members added up with their weights, over the sum of those where a mean is asked for; votes count a member's class."""
    if any(p.link != "identity" for p in parts) or len({len(p.base) for p in parts}) != 1:
        raise NotUnderstoodError(f"PMML segments combined by {method} whose scores are no sums of leaves")
    parts = [_voted(p) if method in _VOTES else p for p in parts]
    whole = sum(weights) if method in _MEANS else 1.0
    even = len(set(weights)) == 1 and all(p.scale == 1.0 for p in parts)
    trees = [g if even else _times(g, w * p.scale) for p, w in zip(parts, weights, strict=True) for g in p.trees]
    base = sum(p.base * (w / whole) for p, w in zip(parts, weights, strict=True))
    scale = (weights[0] if even else 1.0) / whole
    return Sum(tuple(trees), np.asarray(base), scale, single=any(p.single for p in parts), notes=_all_notes(parts))


def _voted(part: Sum) -> Sum:
    if len(part.trees) != 1 or len(part.base) == 1 or part.base.any():
        raise NotUnderstoodError("PMML votes of members that are no single trees")
    best = part.trees[0].scores.argmax(axis=1)
    return replace(part, trees=(replace(part.trees[0], scores=np.eye(len(part.base))[best]),), scale=1.0)


def _times(grown: Grown, by: float) -> Grown:
    return grown if by == 1.0 else replace(grown, scores=grown.scores * by)


def _chain(models: Sequence[Any], fields: Fields) -> Sum:
    """Sums whose outputs a last RegressionModel takes, each with a coefficient, and puts through a link."""
    *first, last = models
    if local(last) != "RegressionModel":
        raise NotUnderstoodError(f"a PMML model chain that ends in a {local(last)}")
    named = {}
    for model in first:
        output = [
            o for o in children(child(model, "Output"), "OutputField") if o.get("feature", "predictedValue") == "predictedValue"
        ]
        if not output or len(output) != 1:
            raise NotUnderstoodError("a PMML model chain whose members have other outputs than one number")
        named[output[0].get("name")] = sum_of(model, fields)
    return _regressed(last, named)


def _regressed(last: Any, named: dict[str, Sum]) -> Sum:
    tables, link, notes = _tables(last)
    used = [names for _, names in tables for _ in names]
    if (
        len(used) != len(tables)
        or any(len(names) != 1 for _, names in tables)
        or not set(named) >= {n for _, c in tables for n in c}
    ):
        raise NotUnderstoodError("a PMML RegressionModel that mixes the members of its chain")
    parts = [(named[name], factor, intercept) for intercept, names in tables for name, factor in names.items()]
    scales = {p.scale * factor for p, factor, _ in parts}
    common = scales.pop() if len(scales) == 1 else 1.0
    base = np.array([p.base[0] * factor + intercept for p, factor, intercept in parts])
    columns = [
        [_column(_times(g, p.scale * factor / common), k, len(parts)) for g in p.trees] for k, (p, factor, _) in enumerate(parts)
    ]
    single = last.get("x-mathContext") == "float" or any(p.single for p, _, _ in parts)
    return Sum(_in_turn(columns), base, common, link, single, (*notes, *_all_notes([p for p, _, _ in parts])))


def _tables(model: Any) -> tuple[list[tuple[float, dict[str, float]]], str, tuple[str, ...]]:
    """Intercept and coefficients by output, the link, and what to say of it. The margin of the second of two classes is 0."""
    tables = [(float(t.get("intercept", "0")), _coefficients(t)) for t in children(model, "RegressionTable")]
    method = model.get("normalizationMethod", "none")
    link = _LINKS.get(method, "unknown")
    if link == "logistic":
        if len(tables) != 2 or tables[1] != (0.0, {}):
            raise NotUnderstoodError("a PMML logit of other than one table and an empty one")
        tables = tables[:1]
    return tables, link, (f"link of the PMML normalizationMethod {method}",) if link == "unknown" else ()


def linear_of(element: Any, fields: Fields) -> tuple[Linear, tuple[str, ...]]:
    """A RegressionModel of numeric predictors. NotUnderstoodError where it is another, or rescaled."""
    if child(element, "Targets") is not None:
        raise NotUnderstoodError("a PMML RegressionModel with targets")
    tables, link, notes = _tables(element)
    placed = [({fields.of(name): factor for name, factor in names.items()}, intercept) for intercept, names in tables]
    weights = np.zeros((len(tables), len(fields.columns) + len(fields.made)))
    for k, (factors, _) in enumerate(placed):
        for field, factor in factors.items():
            weights[k, field.feature] += factor
    precision = "float32" if element.get("x-mathContext") == "float" else "float64"
    return Linear(weights, np.array([intercept for _, intercept in placed]), link, precision), notes


def _coefficients(table: Any) -> dict[str, float]:
    inner = [c for c in table if local(c) != "Extension"]
    if any(local(c) != "NumericPredictor" or c.get("exponent", "1") != "1" for c in inner):
        raise NotUnderstoodError("a PMML RegressionTable of other than numeric predictors")
    return {c.get("name"): float(c.get("coefficient")) for c in inner}


def _column(grown: Grown, output: int, outputs: int) -> Grown:
    wide = np.zeros((len(grown.scores), outputs))
    wide[:, output] = grown.scores[:, 0]
    return replace(grown, scores=wide)


def _in_turn(columns: Sequence[Sequence[Grown]]) -> tuple[Grown, ...]:
    """Trees of several outputs by rounds, as boosters number them; one output after the other where rounds do not match."""
    if len({len(c) for c in columns}) == 1:
        return tuple(g for together in zip(*columns, strict=True) for g in together)
    return tuple(g for column in columns for g in column)


def _rescaled(found: Sum, element: Any) -> Sum:
    """Targets: value * rescaleFactor + rescaleConstant (PMML 4.4, Targets)."""
    target = child(child(element, "Targets"), "Target") if child(element, "Targets") is not None else None
    if target is None:
        return found
    factor, constant = float(target.get("rescaleFactor", "1")), float(target.get("rescaleConstant", "0"))
    if any(target.get(name) is not None for name in ("min", "max", "castInteger")):
        return replace(found, link="unknown", notes=(*found.notes, "a PMML Target that clips or rounds"))
    if found.link != "identity" and (factor, constant) != (1.0, 0.0):
        raise NotUnderstoodError("a PMML Target that rescales what went through a link")
    return replace(found, base=found.base * factor + constant, scale=found.scale * factor)


def _noted(found: Sum, element: Any) -> Sum:
    """Outputs that are computed from the score say something else than the sum."""
    output = child(element, "Output")
    computed = [] if output is None else [o for o in children(output, "OutputField") if o.get("feature") == "transformedValue"]
    if not computed:
        return found
    names = ", ".join(str(o.get("name")) for o in computed[:3])
    return replace(found, link="unknown", notes=(*found.notes, f"what the PMML outputs {names} make of the score"))


def _all_notes(parts: Sequence[Sum]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for p in parts for n in p.notes))
