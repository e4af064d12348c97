"""Stages of a bundle in front of its model, as `Steps`. The formulas are those of ml.combust.mleap.core.feature, in double."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parity.anatomy import steps as step
from parity.anatomy.fields import Field, NotUnderstoodError
from parity.anatomy.steps import Steps
from parity.values.anatomy import Floats

Attributes = dict[str, Any]
# Numbers that JSON has no word for are written as text.
_WORDS = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}


def apply(kind: str, attributes: Attributes, shape: Any, steps: Steps) -> None:
    """Adds the outputs of a stage. NotUnderstoodError where it is not followed."""
    if kind not in _STAGES:
        raise NotUnderstoodError(f"MLeap's {kind}")
    sources, targets = [one["name"] for one in shape["inputs"]], [one["name"] for one in shape["outputs"]]
    if kind != "vector_assembler" and len(sources) != len(targets):
        raise NotUnderstoodError(f"MLeap's {kind} of {len(sources)} inputs with {len(targets)} outputs")
    _STAGES[kind](attributes, sources, targets, steps)


def numbers(attributes: Attributes, name: str) -> Floats | None:
    """A list or tensor of doubles; None where there is none."""
    given = attributes.get(name, {}).get("double")
    return None if given is None else np.array([_WORDS.get(v, v) for v in given], dtype=np.float64)


def number(attributes: Attributes, name: str, default: float | None = None) -> float:
    given = attributes.get(name, {}).get("double", default)
    if given is None:
        raise NotUnderstoodError(f"an MLeap stage without {name}")
    return float(_WORDS.get(given, given))


def _assembled(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    del attributes
    steps.known[targets[0]] = tuple(f for name in sources for f in steps.of(name))


def _standard(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    """(x - mean) * (1 / std), 0 where std is 0."""
    features = steps.of(sources[0])
    std, mean = numbers(attributes, "std"), numbers(attributes, "mean")
    with np.errstate(divide="ignore"):
        factor = np.ones(len(features)) if std is None else np.where(std == 0, 0.0, 1.0 / std)
    shift = np.zeros(len(features)) if mean is None else mean
    if not len(features) == len(factor) == len(shift):
        raise NotUnderstoodError(f"an MLeap scaler of {len(factor)} features for {len(features)}")
    steps.known[targets[0]] = tuple(step.scaled(f, float(s), float(k)) for f, s, k in zip(features, shift, factor, strict=True))


def _min_max(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    least, most = numbers(attributes, "min"), numbers(attributes, "max")
    low, high = number(attributes, "minValue", 0.0), number(attributes, "maxValue", 1.0)
    if least is None or most is None:
        raise NotUnderstoodError("an MLeap scaler without min and max")
    features = zip(steps.of(sources[0]), least, most, strict=True)
    steps.known[targets[0]] = tuple(_ranged(f, float(a), float(b), low, high) for f, a, b in features)


def _ranged(of: Field, least: float, most: float, low: float, high: float) -> Field:
    """(x - least) / (most - least) * (high - low) + low, with a half where all values were one."""
    if least == most:
        return step.changed(of, lambda x: np.where(np.isnan(x), x, 0.5 * (high - low) + low), 0)
    sign = int(np.sign((high - low) / (most - least)))
    return step.changed(of, lambda x: (x - least) / (most - least) * (high - low) + low, sign)


def _max_abs(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    """x / largest, kept between -1 and 1."""
    largest = numbers(attributes, "maxAbs")
    if largest is None:
        raise NotUnderstoodError("an MLeap scaler without maxAbs")
    features = zip(steps.of(sources[0]), np.where(largest == 0, 1.0, largest), strict=True)
    steps.known[targets[0]] = tuple(_clipped(f, float(by)) for f, by in features)


def _clipped(of: Field, by: float) -> Field:
    return step.changed(of, lambda x: np.clip(x / by, -1.0, 1.0), 1)


def _imputed(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    value, missing = number(attributes, "surrogate_value"), number(attributes, "missing_value", np.nan)
    for source, target in zip(sources, targets, strict=True):
        steps.known[target] = tuple(step.filled(steps, f, value, missing) for f in steps.of(source))


def _binarized(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    threshold = number(attributes, "threshold")
    for source, target in zip(sources, targets, strict=True):
        steps.known[target] = tuple(step.above(steps, f, threshold) for f in steps.of(source))


def _bucketed(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    splits = numbers(attributes, "splits")
    if splits is None or len(splits) < 2:
        raise NotUnderstoodError("an MLeap bucketizer without splits")
    for source, target in zip(sources, targets, strict=True):
        steps.known[target] = (step.bucketed(steps, steps.one(source), splits.tolist(), _keeps(attributes)),)


def _keeps(attributes: Attributes) -> bool:
    return bool(attributes.get("handle_invalid", {}).get("string", "error") == "keep")


def _indexed(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    for i, (source, target) in enumerate(zip(sources, targets, strict=True)):
        labels = (attributes.get(f"labels_array_{i}") or attributes.get("labels", {})).get("string")
        if labels is None:
            raise NotUnderstoodError("an MLeap indexer without labels")
        steps.known[target] = (step.indexed(steps, source, [str(label) for label in labels], _keeps(attributes)),)


def _one_hot(attributes: Attributes, sources: Sequence[str], targets: Sequence[str], steps: Steps) -> None:
    sizes = attributes.get("category_sizes", {}).get("int") or [attributes["size"]["long"]]
    drop = bool(attributes.get("drop_last", {}).get("boolean", True))
    for source, target, size in zip(sources, targets, sizes, strict=True):
        steps.known[target] = step.one_hot(steps.one(source), int(size), drop, _keeps(attributes))


_STAGES: dict[str, Callable[[Attributes, Sequence[str], Sequence[str], Steps], None]] = {
    "vector_assembler": _assembled,
    "standard_scaler": _standard,
    "min_max_scaler": _min_max,
    "max_abs_scaler": _max_abs,
    "imputer": _imputed,
    "binarizer": _binarized,
    "bucketizer": _bucketed,
    "string_indexer": _indexed,
    "one_hot_encoder": _one_hot,
}
