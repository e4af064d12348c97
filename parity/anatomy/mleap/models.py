"""Models of a bundle: linear ones and ensembles of trees.

MLeap reads a coefficient matrix column by column (`DenseMatrix` in ml.combust.mleap.core, made of the tensor's raw
values), whatever order its Python exporter wrote. A value goes left iff it is at most the threshold, both doubles, so NaN goes
right; nodes stand in the file parents first, the left side before the right.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part
from parity.values.anatomy import Floats, Linear

Reader = Callable[[str], Any]
Attributes = dict[str, Any]
_LINKS = {"identity": "identity", "log": "exp", "logit": "logistic"}
_NO_SPLIT = {"type": "continuous", "featureIndex": 0, "threshold": 0.0}


def _logistic(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    del text, folder
    if "coefficient_matrix" not in attributes:
        return _line_of(attributes, "logistic")
    flat, intercept = _row(attributes, "coefficient_matrix")[0], _row(attributes, "intercept_vector")[0]
    return Part(width, linear=Linear(flat.reshape((len(intercept), width), order="F"), intercept, "softmax"))


def _line(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    del text, folder, width
    return _line_of(attributes, "identity")


def _line_of(attributes: Attributes, link: str) -> Part:
    weights = _row(attributes, "coefficients")
    return Part(weights.shape[1], linear=Linear(weights, np.array([attributes["intercept"]["double"]], np.float64), link))


def _generalized(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    del text, folder, width
    link = attributes["link"]["string"]
    if link not in _LINKS:
        raise NotUnderstoodError(f"link {link} of MLeap's generalized linear model")
    return _line_of(attributes, _LINKS[link])


def _row(attributes: Attributes, name: str) -> Floats:
    return np.asarray(attributes[name]["double"], np.float64)[None, :]


def _forest(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    trees = [_tree(text(f"{folder}/{name}/tree.json")) for name in attributes["trees"]["string"]]
    style = Style("le", "float64", "float64", scale=1.0 / len(trees))
    return Part(width, trees=concatenate(trees, style, np.zeros(trees[0].leaf.shape[1])))


def _boosted(text: Reader, folder: str, attributes: Attributes, width: int, classifier: bool = False) -> Part:
    """A boosted classifier's probability is 1 / (1 + exp(-2 sum)) (LogLoss in core/tree/loss)."""
    weights = attributes["tree_weights"]["double"]
    names = attributes["trees"]["string"]
    trees = [_tree(text(f"{folder}/{n}/tree.json"), float(w)) for n, w in zip(names, weights, strict=True)]
    scale, link = (2.0, "logistic") if classifier else (1.0, "identity")
    return Part(width, trees=concatenate(trees, Style("le", "float64", "float64", scale=scale, link=link), np.zeros(1)))


def _boosted_classes(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    return _boosted(text, folder, attributes, width, classifier=True)


def _single(text: Reader, folder: str, attributes: Attributes, width: int) -> Part:
    del attributes
    tree = _tree(text(f"{folder}/tree.json"))
    return Part(width, trees=concatenate([tree], Style("le", "float64", "float64"), np.zeros(tree.leaf.shape[1])))


def _tree(lines: str, weight: float = 1.0) -> Tree:
    """Nodes in their order in the file; a leaf's values are shares of its rows by class, or one number."""
    nodes = [json.loads(line) for line in lines.splitlines() if line.strip()]
    left, right = _children(nodes)
    splits = [node.get("split", _NO_SPLIT) for node in nodes]
    sets = dict[int, list[float]]()
    for i, split in enumerate(splits):
        if split["type"] == "categorical":
            sets[i], left[i], right[i] = _asked(split, left[i], right[i])
        elif split["type"] != "continuous":
            raise NotUnderstoodError(f"splits of the type {split['type']} in MLeap's trees")
    width = max(len(node.get("values", ())) for node in nodes)
    leaf = np.zeros((len(nodes), width))
    for i, node in enumerate(nodes):
        if node["type"] == "leaf":
            values = np.asarray(node["values"], np.float64)
            leaf[i] = values / values.sum() if width > 1 else values * weight
    feature = np.array([split["featureIndex"] for split in splits])
    threshold = np.array([split.get("threshold", 0.0) for split in splits])
    return Tree(left, right, feature, threshold, np.zeros(len(nodes), bool), leaf, sets=sets)


def _children(nodes: list[Any]) -> tuple[Any, Any]:
    left, right = np.full(len(nodes), -1, np.int64), np.full(len(nodes), -1, np.int64)
    waiting = list[int]()
    for i, node in enumerate(nodes):
        if waiting and left[waiting[-1]] < 0:
            left[waiting[-1]] = i
        elif waiting:
            right[waiting.pop()] = i
        if node["type"] == "internal":
            waiting.append(i)
    if waiting or not nodes:
        raise NotUnderstoodError("a tree of MLeap's that is cut")
    return left, right


def _asked(split: Any, left: Any, right: Any) -> tuple[list[float], Any, Any]:
    """`categories` go to the side that `isLeft` says, and every other number to the other (CategoricalSplit in core/tree)."""
    members = [float(c) for c in split["categories"]]
    return (members, left, right) if split.get("isLeft", True) else (members, right, left)


MODELS: dict[str, Callable[[Reader, str, Attributes, int], Part]] = {
    "logistic_regression": _logistic,
    "linear_regression": _line,
    "linear_svc": _line,
    "support_vector_machine": _line,
    "generalized_linear_regression": _generalized,
    "random_forest_classifier": _forest,
    "random_forest_regression": _forest,
    "gbt_classifier": _boosted_classes,
    "gbt_regression": _boosted,
    "decision_tree_classifier": _single,
    "decision_tree_regression": _single,
}
