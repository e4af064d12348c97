"""LightGBM, from `dump_model`.

Its engine compares doubles, left iff x <= threshold (include/LightGBM/tree.h, NumericalDecision). Missing type None: NaN is
read as 0. Zero: 0 and NaN take the default side. NaN: NaN takes it. |x| <= 1e-35f never reaches a tree as itself, but as 0.
Leaf values hold the shrinkage already and are added in double. A leaf of `linear_tree` adds factors times raw features to a
constant, and answers its value where one of them is NaN (Tree::Predict).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from parity.anatomy.flat import Style, Tree, concatenate, one_output
from parity.anatomy.part import Part, Range

# Objectives whose prediction is the margin itself.
_PLAIN = {"", "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg"}


def read_booster(booster: Any) -> Part:
    """A `lightgbm.Booster`; `dump_model` and `predict` both stop at the best iteration where there is one."""
    dump = booster.dump_model()
    outputs = int(dump["num_tree_per_iteration"])
    trees = [_tree(t["tree_structure"], i % outputs, outputs) for i, t in enumerate(dump["tree_info"])]
    return part_of(dump, trees, _learned(dump["tree_info"], int(dump["max_feature_idx"]) + 1))


def part_of(header: dict[str, Any], trees: list[Tree], learned: tuple[bool, ...]) -> Part:
    """A model of these trees and the other entries of a dump."""
    width, outputs = int(header["max_feature_idx"]) + 1, int(header["num_tree_per_iteration"])
    link, slope, notes = _link(str(header.get("objective", "")))
    rounds = max(1, len(trees) // outputs)
    scale = 1.0 / rounds if header.get("average_output") else 1.0
    style = Style("le", "float64", "float64", scale=scale, link=link, zero_snap=True, whole="cut")
    joined = replace(concatenate(trees, style, np.zeros(outputs)), slope=slope)
    return Part(width, trees=joined, learned_missing=learned, ranges=_ranges(header), coding=_coding(header), unread=notes)


def _coding(dump: dict[str, Any]) -> tuple[tuple[Any, ...] | None, ...]:
    """Categories of a pandas frame, which LightGBM keeps in the order of its categorical columns but not whose they are.

    Nothing where the number of those does not match the number of features that the model knows as categorical.
    """
    kept = dump.get("pandas_categorical") or []
    infos = [dump.get("feature_infos", {}).get(name, {}) for name in dump["feature_names"]]
    listed = [bool(info.get("values")) for info in infos]
    if not kept or sum(listed) != len(kept):
        return ()
    left = iter(kept)
    return tuple(tuple(next(left)) if mine else None for mine in listed)


def _nodes(root: dict[str, Any]) -> list[dict[str, Any]]:
    """All nodes, parents before children."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        found.append(node)
        if "split_feature" in node:
            todo += [node["right_child"], node["left_child"]]
    return found


def _tree(root: dict[str, Any], output: int, outputs: int) -> Tree:
    nodes = _nodes(root)
    place = {id(n): i for i, n in enumerate(nodes)}
    inner = ["split_feature" in n for n in nodes]
    left = [place[id(n["left_child"])] if split else -1 for n, split in zip(nodes, inner, strict=True)]
    right = [place[id(n["right_child"])] if split else -1 for n, split in zip(nodes, inner, strict=True)]
    return Tree(
        np.array(left),
        np.array(right),
        np.array([n.get("split_feature", 0) for n in nodes]),
        np.array([0.0 if _asks(n) else n.get("threshold", 0.0) for n in nodes], dtype=np.float64),
        np.array([_nan_left(n) for n in nodes]),
        one_output(np.array([n.get("leaf_value", 0.0) for n in nodes]), output, outputs),
        np.array([n.get("missing_type") == "Zero" and not _asks(n) for n in nodes]),
        {i: [float(code) for code in n["threshold"].split("||") if code] for i, n in enumerate(nodes) if _asks(n)},
        slopes={i: (n["leaf_const"], n["leaf_features"], n["leaf_coeff"]) for i, n in enumerate(nodes) if "leaf_coeff" in n},
        output=output,
    )


def _asks(node: dict[str, Any]) -> bool:
    """A categorical split: listed codes go left; others, negative ones and NaN right (tree.h, CategoricalDecision)."""
    return str(node.get("decision_type", "<=")) == "=="


def _nan_left(node: dict[str, Any]) -> bool:
    if "split_feature" not in node or _asks(node):
        return False
    return bool(node["threshold"] >= 0.0) if node["missing_type"] == "None" else bool(node["default_left"])


def _link(objective: str) -> tuple[str, float, tuple[str, ...]]:
    """Link, slope and notes from the objective's line, "binary sigmoid:1". A curved mean has no name here."""
    name, *options = objective.split() or [""]
    slope = next((float(o[8:]) for o in options if o.startswith("sigmoid:")), 1.0)
    if name in {"binary", "multiclassova", "cross_entropy"}:
        return "logistic", slope, ()
    if name == "multiclass":
        return "softmax", 1.0, ()
    if name in {"poisson", "gamma", "tweedie"}:
        return "exp", 1.0, ()
    if name in _PLAIN and "sqrt" not in options:
        return "identity", 1.0, ()
    return "unknown", 1.0, (f"link of the objective {objective}",)


def _learned(trees: list[dict[str, Any]], width: int) -> tuple[bool, ...]:
    found = np.zeros(width, bool)
    for tree in trees:
        for node in _nodes(tree["tree_structure"]):
            if "split_feature" in node and not _asks(node) and node["missing_type"] != "None":
                found[node["split_feature"]] = True
    return tuple(bool(f) for f in found)


def _ranges(dump: dict[str, Any]) -> tuple[Range | None, ...]:
    """The range of each feature in training, which LightGBM writes down."""
    known = dump.get("feature_infos", {})
    return tuple(_range(known.get(name)) for name in dump["feature_names"])


def _range(info: dict[str, Any] | None) -> Range | None:
    if not info or info.get("values") or info["min_value"] >= info["max_value"]:
        return None
    return float(info["min_value"]), float(info["max_value"])
