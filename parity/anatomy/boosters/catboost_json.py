"""CatBoost, from the JSON that the library exports: its trees where all features are numbers, else the borders of those.

Its engine casts x to float32 and goes right iff x > float32 border (catboost/libs/model/cpu); NaN by `nan_value_treatment`:
AsTrue goes right at every border, AsFalse and AsIs left. Leaf values are doubles, added in double.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.floats import last_rounded_to
from parity.anatomy.part import Part

_LINKS = {"Logloss": "logistic", "CrossEntropy": "logistic", "MultiClass": "softmax", "MultiClassOneVsAll": "logistic"}
_EXPONENT = {"Poisson", "Tweedie"}
"""A regressor's own `predict` gives their exponential (core.py, `_get_default_prediction_type`), other callers the margin."""
_CURVED = {"Poisson", "Tweedie", "LogCosh", "Cox"}


def read(model: Any) -> Part:
    """A fitted CatBoost model, with symmetric or other trees."""
    loss = str(model.get_all_params().get("loss_function", ""))
    exponent = type(model).__name__ == "CatBoostRegressor" and loss.split(":")[0] in _EXPONENT
    return read_document(_exported(model), loss, "exp" if exponent else None)


def recognises(document: Any) -> bool:
    """Is it a document as CatBoost exports it?"""
    return isinstance(document, dict) and "features_info" in document and ("oblivious_trees" in document or "trees" in document)


def read_document(document: dict[str, Any], loss: str | None = None, given: str | None = None) -> Part:
    """A document as CatBoost exports it; `loss` where it is known better than from the document, `given` where the link is."""
    info = document["features_info"]
    features = info.get("float_features", [])
    width = len(features) + len(info.get("categorical_features", [])) + len(info.get("text_features", []))
    if width > len(features):
        return _borders(features, width)
    scale, bias = document["scale_and_bias"]
    base = np.asarray(bias if isinstance(bias, list) else [bias], dtype=np.float64)
    nan_right = np.array([f.get("nan_value_treatment") == "AsTrue" for f in features], dtype=bool)
    trees = _trees(document, nan_right)
    outputs = trees[0].leaf.shape[1] if trees else len(base)
    link, notes = _link(_loss(document) if loss is None else loss) if given is None else (given, ())
    style = Style("le", "float32", "float64", scale=float(scale), link=link)
    joined = concatenate(trees, style, np.broadcast_to(base, (outputs,)))
    return Part(width, trees=joined, learned_missing=tuple(bool(f.get("has_nans")) for f in features), unread=notes)


def _borders(features: list[dict[str, Any]], width: int) -> Part:
    """Where the trees are not read: a border along a number is the last double that rounds to its float32.

    Categories are asked for by hashes of their names, and by statistics of training for several of them together: neither is
    a set of one column's categories, and the file holds no names.
    """
    places = [int(f.get("flat_feature_index", f["feature_index"])) for f in features]
    learned = np.zeros(width, bool)
    learned[[p for p, f in zip(places, features, strict=True) if f.get("has_nans")]] = True
    at = [last_rounded_to(np.asarray(f.get("borders") or [], np.float32).astype(np.float64)) for f in features]
    knots = tuple((place, float(value), False) for place, values in zip(places, at, strict=True) for value in values)
    note = "CatBoost's splits on categories or text (the borders of its numbers are probed)"
    return Part(width, knots=knots, learned_missing=tuple(bool(f) for f in learned), unread=(note,))


def _loss(document: dict[str, Any]) -> str:
    told = document.get("model_info", {}).get("params", {})
    params = json.loads(told) if isinstance(told, str) else told
    return str(params.get("loss_function", {}).get("type", ""))


def _exported(model: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        model.save_model(str(path), format="json")
        document: dict[str, Any] = json.loads(path.read_text())
        return document


def _link(told: str) -> tuple[str, tuple[str, ...]]:
    loss = told.split(":")[0]
    if loss in _CURVED:
        return "unknown", (f"link of the loss {loss}",)
    return _LINKS.get(loss, "identity"), ()


def _trees(document: dict[str, Any], nan_right: Any) -> list[Tree]:
    if "oblivious_trees" in document:
        return [_symmetric(t, nan_right) for t in document["oblivious_trees"]]
    return [_nested(t, nan_right) for t in document["trees"]]


def _symmetric(tree: dict[str, Any], nan_right: Any) -> Tree:
    """A complete tree in heap order; split i sets bit i of the leaf's index, so the last split stands at the root."""
    splits = tree.get("splits") or []
    depth = len(splits)
    inner, nodes = 2**depth - 1, 2 ** (depth + 1) - 1
    index = np.arange(inner)
    level = np.floor(np.log2(index + 1)).astype(int)
    left, right = np.full(nodes, -1), np.full(nodes, -1)
    left[:inner], right[:inner] = 2 * index + 1, 2 * index + 2
    feature, threshold = np.zeros(nodes, int), np.zeros(nodes)
    feature[:inner] = [splits[depth - 1 - d]["float_feature_index"] for d in level]
    threshold[:inner] = [splits[depth - 1 - d]["border"] for d in level]
    values = np.asarray(tree["leaf_values"], dtype=np.float64).reshape(2**depth, -1)
    leaf = np.zeros((nodes, values.shape[1]))
    leaf[inner:] = values
    return Tree(left, right, feature, threshold.astype(np.float32), ~nan_right[feature], leaf)


def _nested(root: dict[str, Any], nan_right: Any) -> Tree:
    nodes, todo = [], [root]
    while todo:
        node = todo.pop()
        nodes.append(node)
        todo += [node["right"], node["left"]] if "split" in node else []
    place = {id(n): i for i, n in enumerate(nodes)}
    feature = np.array([n["split"]["float_feature_index"] if "split" in n else 0 for n in nodes])
    width = max(np.size(n["value"]) for n in nodes if "value" in n)
    return Tree(
        np.array([place[id(n["left"])] if "split" in n else -1 for n in nodes]),
        np.array([place[id(n["right"])] if "split" in n else -1 for n in nodes]),
        feature,
        np.array([n["split"]["border"] if "split" in n else 0.0 for n in nodes], dtype=np.float32),
        ~nan_right[feature],
        np.array([np.ravel(n.get("value", np.zeros(width))) for n in nodes], dtype=np.float64),
    )
