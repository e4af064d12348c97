"""Faults in a CatBoost model: its JSON document edited, and written back in the format that the artifact is in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from parity.selftest.faults import LEAF_FACTORS

Document = dict[str, Any]
Edit = Callable[[Document], bool]
FORMATS = {".cbm": "cbm", ".json": "json"}


def edited(source: Path, fault: str, target: Path) -> Path | None:
    """The model with the fault; None where it has no place for it, or its trees are not oblivious ones."""
    kind, path = FORMATS[source.suffix.lower()], target.with_suffix(source.suffix)
    if fault not in EDITS:
        return None
    document = json.loads(_as_json(source, kind, target.with_suffix(".source.json")))
    if not document.get("oblivious_trees") or not EDITS[fault](document):
        return None
    plain = target.with_suffix(".json")
    plain.write_text(json.dumps(document), encoding="utf-8")
    if plain != path:
        _model(plain, "json").save_model(str(path))
        plain.unlink()
    return path


def _as_json(source: Path, kind: str, scratch: Path) -> bytes:
    if kind == "json":
        return source.read_bytes()
    _model(source, kind).save_model(str(scratch), format="json")
    text = scratch.read_bytes()
    scratch.unlink()
    return text


def _model(path: Path, kind: str) -> Any:
    import catboost

    return catboost.CatBoost().load_model(str(path), format=kind)


def _leaves(trees: list[Any], change: Callable[[float], float]) -> bool:
    done = False
    for tree in trees:
        new = [change(value) for value in tree["leaf_values"]]
        done = done or new != tree["leaf_values"]
        tree["leaf_values"] = new
    return done


def _times(factor: float) -> Edit:
    return lambda document: _leaves(document["oblivious_trees"], lambda value: value * factor)


def _last_tree(document: Document) -> bool:
    return _leaves(document["oblivious_trees"][-1:], lambda value: 0.0)


def _next_border(document: Document) -> bool:
    """Borders are float32, x > border; they stand at the features, and the splits name them again."""
    splits = [split for tree in document["oblivious_trees"] for split in tree.get("splits") or []]
    split = [s for s in splits if s.get("split_type") == "FloatFeature"]
    for feature in document["features_info"].get("float_features", []):
        feature["borders"] = [_step(border) for border in feature["borders"] or []]
    for one in split:
        one["border"] = _step(one["border"])
    return bool(split)


def _step(border: float) -> float:
    return float(np.nextafter(np.float32(border), np.float32(np.inf)))


def _one_direction(document: Document) -> bool:
    """The first feature that has met missing values: they are read as smaller than all, or as larger."""
    for feature in document["features_info"].get("float_features", []):
        if feature.get("has_nans") and feature["borders"] and feature["nan_value_treatment"] in ("AsFalse", "AsTrue"):
            feature["nan_value_treatment"] = "AsTrue" if feature["nan_value_treatment"] == "AsFalse" else "AsFalse"
            return True
    return False


def _bias(document: Document) -> bool:
    scale, bias = document["scale_and_bias"]
    document["scale_and_bias"] = [scale, [0.0] * len(bias)]
    return any(bias)


EDITS: dict[str, Edit] = {
    "last-tree-dropped": _last_tree,
    "thresholds-one-ulp": _next_border,
    "one-missing-direction": _one_direction,
    "intercept-dropped": _bias,
    "leaf-one-ulp": lambda document: _leaves(document["oblivious_trees"], lambda value: math.nextafter(value, math.inf)),
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
