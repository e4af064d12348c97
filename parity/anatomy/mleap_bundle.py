"""MLeap's bundles: linear models and ensembles of trees behind an assembler and a scaler, as MLeap's runtime reads them.

It reads a coefficient matrix column by column (`DenseMatrix` in ml.combust.mleap.core, made of the tensor's raw values), whatever
order its Python exporter wrote. A value goes left iff it is at most the threshold, both doubles, so NaN goes right; nodes stand
in the file parents first, the left side before the right. MLeap is not imported.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part, unread
from parity.values.anatomy import Floats, Linear, Prefix

Reader = Callable[[str], Any]
_NOT_SCALED = 1.0


def recognises(path: Path) -> bool:
    """Whether a ZIP archive is a bundle in JSON."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"bundle.json", "root/model.json"} <= set(archive.namelist())


def read(path: Path, columns: Sequence[str]) -> tuple[Part, Prefix | None]:
    """The last stage in terms of the features in front of it; without structure the part says what was met instead."""
    with zipfile.ZipFile(path) as archive:

        def text(name: str) -> str:
            return archive.read(name).decode("utf-8")

        return _read(text, columns)


def _read(text: Reader, columns: Sequence[str]) -> tuple[Part, Prefix | None]:
    taken: list[str] = []
    scale, shift = np.ones(0), np.zeros(0)
    for name in json.loads(text("root/model.json"))["attributes"]["nodes"]["string"]:
        folder = f"root/{name}.node"
        model = json.loads(text(f"{folder}/model.json"))
        kind, attributes = model["op"], model["attributes"]
        if kind == "vector_assembler" and not taken:
            taken = [one["name"] for one in json.loads(text(f"{folder}/node.json"))["shape"]["inputs"]]
            scale, shift = np.ones(len(taken)), np.zeros(len(taken))
        elif kind == "standard_scaler" and taken:
            scale, shift = _tensor(attributes, "std", _NOT_SCALED, len(taken)), _tensor(attributes, "mean", 0.0, len(taken))
        elif kind in _LAST and set(taken) <= set(columns) and taken:
            part = _LAST[kind](text, folder, attributes, len(taken))
            return part, _front([columns.index(column) for column in taken], scale, shift, len(columns))
        else:
            return unread(len(columns), f"MLeap's {kind}"), None
    return unread(len(columns), "a bundle without a model"), None


def _tensor(attributes: dict[str, Any], name: str, absent: float, size: int) -> Floats:
    given = attributes.get(name, {}).get("double")
    return np.full(size, absent) if given is None else np.asarray(given, np.float64)


def _front(order: list[int], scale: Floats, shift: Floats, width: int) -> Prefix | None:
    if order == list(range(width)) and (scale == 1).all() and (shift == 0).all():
        return None

    def transform(rows: Any) -> Floats:
        return np.asarray((np.asarray(rows, np.float64)[:, order] - shift) / scale)

    return Prefix(transform, np.array(order, np.int32), np.ones(len(order), np.int32))


def _logistic(text: Reader, folder: str, attributes: dict[str, Any], width: int) -> Part:
    del text, folder
    if "coefficient_matrix" not in attributes:
        return Part(width, linear=Linear(_row(attributes, "coefficients"), _one(attributes), "logistic"))
    flat, intercept = _row(attributes, "coefficient_matrix")[0], _row(attributes, "intercept_vector")[0]
    return Part(width, linear=Linear(flat.reshape((len(intercept), width), order="F"), intercept, "softmax"))


def _line(text: Reader, folder: str, attributes: dict[str, Any], width: int) -> Part:
    del text, folder
    return Part(width, linear=Linear(_row(attributes, "coefficients"), _one(attributes), "identity"))


def _row(attributes: dict[str, Any], name: str) -> Floats:
    return np.asarray(attributes[name]["double"], np.float64)[None, :]


def _one(attributes: dict[str, Any]) -> Floats:
    return np.array([attributes["intercept"]["double"]], np.float64)


def _forest(text: Reader, folder: str, attributes: dict[str, Any], width: int) -> Part:
    trees = [_tree(text(f"{folder}/{name}/tree.json")) for name in attributes["trees"]["string"]]
    style = Style("le", "float64", "float64", scale=1.0 / len(trees))
    return Part(width, trees=concatenate(trees, style, np.zeros(trees[0].leaf.shape[1])))


def _single(text: Reader, folder: str, attributes: dict[str, Any], width: int) -> Part:
    del attributes
    tree = _tree(text(f"{folder}/tree.json"))
    return Part(width, trees=concatenate([tree], Style("le", "float64", "float64"), np.zeros(tree.leaf.shape[1])))


def _tree(lines: str) -> Tree:
    """Nodes in their order in the file; a leaf's values are shares of its rows by class, or one number."""
    nodes = [json.loads(line) for line in lines.splitlines() if line.strip()]
    left, right = np.full(len(nodes), -1, np.int64), np.full(len(nodes), -1, np.int64)
    open_ = list[int]()
    for i, node in enumerate(nodes):
        if open_ and left[open_[-1]] < 0:
            left[open_[-1]] = i
        elif open_:
            right[open_.pop()] = i
        if node["type"] == "internal":
            open_.append(i)
    splits = [node.get("split", {"type": "continuous", "featureIndex": 0, "threshold": 0.0}) for node in nodes]
    if open_ or any(split["type"] != "continuous" for split in splits):
        raise ValueError("a tree with splits on categories, or one that is cut")
    width = max(len(node.get("values", ())) for node in nodes)
    leaf = np.zeros((len(nodes), width))
    for i, node in enumerate(nodes):
        if node["type"] == "leaf":
            values = np.asarray(node["values"], np.float64)
            leaf[i] = values / values.sum() if width > 1 else values
    feature, threshold = (np.array([split[key] for split in splits]) for key in ("featureIndex", "threshold"))
    return Tree(left, right, feature, threshold, np.zeros(len(nodes), bool), leaf)


_LAST: dict[str, Callable[[Reader, str, dict[str, Any], int], Part]] = {
    "logistic_regression": _logistic,
    "linear_regression": _line,
    "random_forest_classifier": _forest,
    "random_forest_regression": _forest,
    "decision_tree_classifier": _single,
    "decision_tree_regression": _single,
}
