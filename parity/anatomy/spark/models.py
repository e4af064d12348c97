"""Models of Spark: linear ones and ensembles of trees.

A value goes left iff it is at most the threshold, both doubles, so NaN goes right (ContinuousSplit in ml/tree/Split.scala). A
forest's trees vote with the shares of their leaf, or are averaged; boosted trees are summed with their weights, and a boosted
classifier's probability is 1 / (1 + exp(-2 sum)).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part
from parity.anatomy.spark.files import learned, matrix, metadata, params, table, vector
from parity.anatomy.steps import sided
from parity.values.anatomy import Floats, Linear

_ENSEMBLES = ("DecisionTree", "RandomForest", "GBT")
_LINKS = {"identity": "identity", "log": "exp", "logit": "logistic"}
_CANONICAL = {"gaussian": "identity", "poisson": "log", "binomial": "logit", "gamma": "inverse"}


def recognises(name: str) -> bool:
    """Is a stage of that class a model that is read?"""
    return name in _MODELS or (name.startswith(_ENSEMBLES) and name.endswith("Model"))


def read(name: str, folder: Path) -> Part:
    """The model's structure in terms of its features."""
    return _MODELS[name](folder) if name in _MODELS else _ensemble(folder, name)


def _logistic(folder: Path) -> Part:
    """Of two classes one margin, where it was not fitted as several."""
    data = learned(folder)
    weights, intercept = matrix(data["coefficientMatrix"]), vector(data["interceptVector"])
    return Part(weights.shape[1], linear=Linear(weights, intercept, "softmax" if data["isMultinomial"] else "logistic"))


def _line(folder: Path) -> Part:
    data = learned(folder)
    if data.get("scale", 1.0) not in (1.0, None) and "Huber" in str(params(folder).get("loss", "")):
        raise NotUnderstoodError("Spark's Huber regression")
    return _one(data, "identity")


def _margin(folder: Path) -> Part:
    return _one(learned(folder), "identity")


def _one(data: dict[str, Any], link: str) -> Part:
    weights = vector(data["coefficients"])
    return Part(len(weights), linear=Linear(weights[None, :], np.array([float(data["intercept"])]), link))


def _generalized(folder: Path) -> Part:
    given = params(folder)
    name = given.get("link") or _CANONICAL.get(str(given.get("family")), "")
    if name not in _LINKS or given.get("offsetCol"):
        raise NotUnderstoodError(
            f"link {name or given.get('linkPower')} of Spark's GeneralizedLinearRegressionModel, or its offset"
        )
    return _one(learned(folder), _LINKS[name])


_MODELS = {
    "LogisticRegressionModel": _logistic,
    "LinearRegressionModel": _line,
    "LinearSVCModel": _margin,
    "GeneralizedLinearRegressionModel": _generalized,
}


def _ensemble(folder: Path, name: str) -> Part:
    found, classifier = metadata(folder), "Classification" in name
    nodes = _nodes(folder)
    weights = _weights(folder) if name.startswith("GBT") else np.ones(len(nodes))
    votes = classifier and not name.startswith("GBT")
    outputs = int(found["numClasses"]) if votes else 1
    trees = [_tree(one, outputs, votes, float(weight)) for one, weight in zip(nodes, weights, strict=True)]
    scale = (2.0 if classifier else 1.0) if name.startswith("GBT") else 1.0 / len(trees)
    style = Style("le", "float64", "float64", scale=scale, link="logistic" if classifier and not votes else "identity")
    return Part(int(found["numFeatures"]), trees=concatenate(trees, style, np.zeros(outputs)))


def _nodes(folder: Path) -> list[list[dict[str, Any]]]:
    """The nodes of each tree in the order of their numbers, which are their places: 0 is the root."""
    rows = table(folder / "data").to_pylist()
    if rows and "nodeData" not in rows[0]:  # a single tree
        rows = [{"treeID": 0, "nodeData": row} for row in rows]
    trees: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        trees.setdefault(row["treeID"], []).append(row["nodeData"])
    return [sorted(trees[tree], key=lambda node: int(node["id"])) for tree in sorted(trees)]


def _weights(folder: Path) -> Floats:
    rows = table(folder / "treesMetadata").to_pylist()
    found = sorted((int(next(iter(row.values()))), float(list(row.values())[-1])) for row in rows)  # number, text, weight
    return np.array([weight for _, weight in found])


def _tree(nodes: list[dict[str, Any]], outputs: int, votes: bool, weight: float) -> Tree:
    left, right = (np.array([node[side] for node in nodes], np.int64) for side in ("leftChild", "rightChild"))
    splits = [node["split"] for node in nodes]
    threshold, sets = np.zeros(len(nodes)), dict[int, list[float]]()
    for i in np.flatnonzero(left >= 0):
        given = splits[i]["leftCategoriesOrThreshold"]
        if splits[i]["numCategories"] < 0:
            threshold[i] = given[0]
        else:
            sets[int(i)], left[i], right[i] = sided(given, splits[i]["numCategories"], left[i], right[i])
    feature = np.where(left >= 0, [split["featureIndex"] for split in splits], 0)
    leaf = np.zeros((len(nodes), outputs))
    for i in np.flatnonzero(left < 0):
        stats = np.array(nodes[i]["impurityStats"])
        leaf[i] = stats / stats.sum() if votes else weight * nodes[i]["prediction"]
    return Tree(left, right, feature, threshold, np.zeros(len(nodes), bool), leaf, sets=sets)
