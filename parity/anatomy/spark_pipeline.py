"""Spark's ensembles of trees, from the folder of a saved pipeline or model; Spark is not imported.

A value goes left iff it is at most the threshold, both doubles, so NaN goes right (ContinuousSplit in ml/tree/Split.scala). A
forest's trees vote with the shares of their leaf, or are averaged; boosted trees are summed with their weights, and a boosted
classifier's probability is 1 / (1 + exp(-2 sum)). Splits on categories are not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from parity.anatomy.flat import Style, Tree, concatenate
from parity.anatomy.part import Part, unread
from parity.values.anatomy import Floats

_CLASS = "org.apache.spark.ml."
_ENSEMBLES = ("DecisionTree", "RandomForest", "GBT")


def recognises(path: Path) -> bool:
    """Whether a folder is what Spark's `save` writes of a pipeline or a model."""
    return path.is_dir() and any(path.glob("metadata/part-*")) and str(_metadata(path).get("class", "")).startswith(_CLASS)


def read(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> tuple[Part, tuple[int, ...]]:
    """The trees, and for each of their features the column that it is. Without trees the part says what was met instead."""
    taken: tuple[str, ...] = ()
    for stage in _stages(path):
        kind, params = _metadata(stage)["class"].removeprefix(_CLASS), _params(stage)
        name = kind.rpartition(".")[2]
        if kind == "feature.VectorAssembler":
            taken = tuple(params["inputCols"])
        elif name.startswith(_ENSEMBLES) and name.endswith("Model"):
            return _with_origin(_ensemble(stage, name), taken or (params["featuresCol"],), columns, fed or {})
        elif kind != "feature.StringIndexerModel":
            return unread(len(columns), f"Spark's {name}"), ()
    return unread(len(columns), "a pipeline of Spark without a model"), ()


def _with_origin(
    part: Part, taken: tuple[str, ...], columns: Sequence[str], fed: Mapping[str, Sequence[str]]
) -> tuple[Part, tuple[int, ...]]:
    """Features that are columns themselves: what other stages make of columns is not followed."""
    names = [column for name in taken for column in fed.get(name, (name,))]
    if part.trees is None:
        return part, ()
    if len(names) != part.features or not set(names) <= set(columns):
        return unread(len(columns), f"what Spark's other stages make of the columns in front of {part.features} features"), ()
    return part, tuple(columns.index(name) for name in names)


def _metadata(folder: Path) -> dict[str, Any]:
    (part, *_) = sorted(folder.glob("metadata/part-*"))
    found: dict[str, Any] = json.loads(part.read_text("utf-8"))
    return found


def _params(folder: Path) -> dict[str, Any]:
    metadata = _metadata(folder)
    return {**metadata.get("defaultParamMap", {}), **metadata["paramMap"]}


def _stages(folder: Path) -> list[Path]:
    """The folders of the stages in order: `stages/0_UID`, with as many digits as the last needs."""
    uids = _params(folder).get("stageUids")
    if uids is None:
        return [folder]
    found = {stage.name.partition("_")[2]: stage for stage in (folder / "stages").iterdir() if stage.is_dir()}
    return [found[uid] for uid in uids]


def _ensemble(folder: Path, name: str) -> Part:
    metadata, classifier = _metadata(folder), "Classification" in name
    nodes = _nodes(folder)
    if any(node["split"]["numCategories"] >= 0 for tree in nodes for node in tree if node["leftChild"] >= 0):
        return unread(int(metadata["numFeatures"]), "Spark's splits on categories")
    weights = _weights(folder) if name.startswith("GBT") else np.ones(len(nodes))
    votes = classifier and not name.startswith("GBT")
    outputs = int(metadata["numClasses"]) if votes else 1
    trees = [_tree(found, outputs, votes, float(weight)) for found, weight in zip(nodes, weights, strict=True)]
    scale = (2.0 if classifier else 1.0) if name.startswith("GBT") else 1.0 / len(trees)
    style = Style("le", "float64", "float64", scale=scale, link="logistic" if classifier and not votes else "identity")
    return Part(int(metadata["numFeatures"]), trees=concatenate(trees, style, np.zeros(outputs)))


def _nodes(folder: Path) -> list[list[dict[str, Any]]]:
    """The nodes of each tree in the order of their numbers, which are their places: 0 is the root."""
    rows = _table(folder / "data").to_pylist()
    if rows and "nodeData" not in rows[0]:  # a single tree
        rows = [{"treeID": 0, "nodeData": row} for row in rows]
    trees: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        trees.setdefault(row["treeID"], []).append(row["nodeData"])
    return [sorted(trees[tree], key=lambda node: int(node["id"])) for tree in sorted(trees)]


def _weights(folder: Path) -> Floats:
    rows = _table(folder / "treesMetadata").to_pylist()
    found = sorted((int(next(iter(row.values()))), float(list(row.values())[-1])) for row in rows)  # number, text, weight
    return np.array([weight for _, weight in found])


def _table(folder: Path) -> pa.Table:
    return pa.concat_tables([parquet.read_table(part) for part in sorted(folder.glob("*.parquet"))])


def _tree(nodes: list[dict[str, Any]], outputs: int, votes: bool, weight: float) -> Tree:
    left, right = (np.array([node[side] for node in nodes], np.int64) for side in ("leftChild", "rightChild"))
    splits = [node["split"] for node in nodes]
    inner = np.flatnonzero(left >= 0)
    threshold = np.zeros(len(nodes))
    threshold[inner] = [splits[i]["leftCategoriesOrThreshold"][0] for i in inner]
    feature = np.where(left >= 0, [split["featureIndex"] for split in splits], 0)
    leaf = np.zeros((len(nodes), outputs))
    for i in np.flatnonzero(left < 0):
        stats = np.array(nodes[i]["impurityStats"])
        leaf[i] = stats / stats.sum() if votes else weight * nodes[i]["prediction"]
    return Tree(left, right, feature, threshold, np.zeros(len(nodes), bool), leaf)
