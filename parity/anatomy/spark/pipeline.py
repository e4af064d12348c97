"""Spark's pipelines, from the folder of a saved pipeline or model; Spark is not imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.part import Part, unread
from parity.anatomy.spark import models, stages
from parity.anatomy.spark.files import CLASS, metadata, params
from parity.anatomy.spark.files import stages as folders_of
from parity.anatomy.steps import Steps, coded
from parity.values.anatomy import Prefix


def recognises(path: Path) -> bool:
    """Whether a folder is what Spark's `save` writes of a pipeline or a model."""
    return path.is_dir() and any(path.glob("metadata/part-*")) and str(metadata(path).get("class", "")).startswith(CLASS)


def read(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> tuple[Part, Prefix | None, Steps]:
    """The model in terms of the features in front of it; else the part says what was met instead."""
    steps = Steps(tuple(columns), fed or {})
    try:
        return _read(path, steps)
    except NotUnderstoodError as reason:
        return unread(len(columns), str(reason)), None, Steps(tuple(columns))


def _read(path: Path, steps: Steps) -> tuple[Part, Prefix | None, Steps]:
    for folder in folders_of(path):
        name = str(metadata(folder)["class"]).rpartition(".")[2]
        if models.recognises(name):
            part = models.read(name, folder)
            features = _features(params(folder), part, steps)
            return coded(part, features), steps.front(features), steps
        stages.apply(name, folder, steps)
    raise NotUnderstoodError("a pipeline of Spark without a model")


def _features(given: dict[str, Any], part: Part, steps: Steps) -> Any:
    features = steps.of(given["featuresCol"])
    if len(features) != part.features:
        raise NotUnderstoodError(f"{len(features)} features in front of a model of Spark's that has {part.features}")
    return features
