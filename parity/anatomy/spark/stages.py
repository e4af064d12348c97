"""Stages of Spark in front of a model, as `Steps`. The formulas are those of Spark's ml/feature; all compute in double."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy import steps as step
from parity.anatomy.fields import Field, NotUnderstoodError
from parity.anatomy.spark.files import learned, params, table, vector
from parity.anatomy.steps import Steps

Params = dict[str, Any]


def apply(name: str, folder: Path, steps: Steps) -> None:
    """Adds the outputs of a stage. NotUnderstoodError where it is not followed."""
    if name not in _STAGES:
        raise NotUnderstoodError(f"Spark's {name}")
    _STAGES[name](folder, params(folder), steps)


def _columns(given: Params) -> list[tuple[str, str]]:
    """Inputs and outputs of a stage that takes one column or several."""
    if given.get("inputCols") is not None:
        return list(zip(given["inputCols"], given["outputCols"], strict=True))
    return [(given["inputCol"], given["outputCol"])]


def _assembled(_: Path, given: Params, steps: Steps) -> None:
    steps.known[given["outputCol"]] = tuple(f for name in given["inputCols"] for f in steps.of(name))


def _standard(folder: Path, given: Params, steps: Steps) -> None:
    """(x - mean) * (1 / std), 0 where std is 0."""
    data, features = learned(folder), steps.of(given["inputCol"])
    std = vector(data["std"])
    with np.errstate(divide="ignore"):
        factor = np.where(std == 0, 0.0, 1.0 / std) if given["withStd"] else np.ones(len(std))
    shift = vector(data["mean"]) if given["withMean"] else np.zeros(len(std))
    steps.known[given["outputCol"]] = _each(features, shift, factor)


def _each(features: step.Vector, shift: Any, factor: Any) -> step.Vector:
    if len(features) != len(factor):
        raise NotUnderstoodError(f"a scaler of {len(factor)} features for {len(features)}")
    return tuple(step.scaled(f, float(s), float(k)) for f, s, k in zip(features, shift, factor, strict=True))


def _min_max(folder: Path, given: Params, steps: Steps) -> None:
    """(x - least) * (range / (most - least)) + min; the middle of the range where all values were one."""
    data, features = learned(folder), steps.of(given["inputCol"])
    least, most = vector(data["originalMin"]), vector(data["originalMax"])
    low, high = float(given["min"]), float(given["max"])
    made = [_ranged(f, float(a), float(b), low, high) for f, a, b in zip(features, least, most, strict=True)]
    steps.known[given["outputCol"]] = tuple(made)


def _ranged(of: Field, least: float, most: float, low: float, high: float) -> Field:
    if least == most:
        return step.changed(of, lambda x: np.where(np.isnan(x), x, (high + low) / 2), 0)
    factor = (high - low) / (most - least)
    return step.changed(of, lambda x: (x - least) * factor + low, int(np.sign(factor)))


def _max_abs(folder: Path, given: Params, steps: Steps) -> None:
    largest = vector(learned(folder)["maxAbs"])
    factor = np.array([1.0 / (v if v else 1.0) for v in largest])
    steps.known[given["outputCol"]] = _each(steps.of(given["inputCol"]), np.zeros(len(factor)), factor)


def _indexer(folder: Path, given: Params, steps: Steps) -> None:
    labels = learned(folder)["labelsArray"]
    for (source, target), known in zip(_columns(given), labels, strict=True):
        if source in steps.columns:  # the target's indexer has no column when rows are scored
            steps.known[target] = (step.indexed(steps, source, known, given["handleInvalid"] == "keep"),)


def _encoder(folder: Path, given: Params, steps: Steps) -> None:
    keep = given["handleInvalid"] == "keep"
    for (source, target), size in zip(_columns(given), learned(folder)["categorySizes"], strict=True):
        steps.known[target] = step.one_hot(steps.one(source), int(size), bool(given["dropLast"]), keep)


def _imputer(folder: Path, given: Params, steps: Steps) -> None:
    (row,) = table(folder / "data").to_pylist()
    for source, target in _columns(given):
        steps.known[target] = (step.filled(steps, steps.one(source), float(row[source]), float(given["missingValue"])),)


def _bucketizer(_: Path, given: Params, steps: Steps) -> None:
    keep, several = given["handleInvalid"] == "keep", given.get("splitsArray") or [given.get("splits")]
    for (source, target), splits in zip(_columns(given), several, strict=True):
        steps.known[target] = (step.bucketed(steps, steps.one(source), [float(s) for s in splits], keep),)


def _binarizer(_: Path, given: Params, steps: Steps) -> None:
    columns = _columns(given)
    several = given.get("thresholds") if given.get("inputCols") is not None else None
    for (source, target), threshold in zip(columns, several or [given["threshold"]] * len(columns), strict=True):
        steps.known[target] = tuple(step.above(steps, f, float(threshold)) for f in steps.of(source))


def _selected(folder: Path, given: Params, steps: Steps) -> None:
    features = steps.of(given.get("featuresCol") or given["inputCol"])
    chosen = given["indices"] if "indices" in given else learned(folder)["selectedFeatures"]
    steps.known[given["outputCol"]] = tuple(features[i] for i in chosen)


_STAGES: dict[str, Callable[[Path, Params, Steps], None]] = {
    "VectorAssembler": _assembled,
    "StandardScalerModel": _standard,
    "MinMaxScalerModel": _min_max,
    "MaxAbsScalerModel": _max_abs,
    "StringIndexerModel": _indexer,
    "OneHotEncoderModel": _encoder,
    "ImputerModel": _imputer,
    "Bucketizer": _bucketizer,
    "Binarizer": _binarizer,
    "VectorSlicer": _selected,
    "ChiSqSelectorModel": _selected,
    "UnivariateFeatureSelectorModel": _selected,
    "VarianceThresholdSelectorModel": _selected,
}
