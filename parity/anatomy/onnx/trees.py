"""ONNX tree ensembles: TreeEnsembleClassifier and TreeEnsembleRegressor (ai.onnx.ml 1 to 3) and TreeEnsemble (5).

ONNX Runtime compares floats with floats, and doubles with thresholds widened to double (tree_ensemble_common.h);
NaN takes the true branch iff `nodes_missing_value_tracks_true`, else every comparison with it is false but BRANCH_NEQ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.flat import sets_of
from parity.anatomy.floats import before32, before64
from parity.values.anatomy import Bools, Floats, Ints, Trees

OPERATORS = ("TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble")
_LINKS = {"NONE": "identity", "LOGISTIC": "logistic", "SOFTMAX": "softmax"}
# TreeEnsemble writes modes and transforms as numbers (docs/Operators-ml.md, ai.onnx.ml 5).
_MODES = ("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "BRANCH_MEMBER")
_AGGREGATES = ("AVERAGE", "SUM", "MIN", "MAX")
_TRANSFORMS = ("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT")


def read_ensemble(operator: str, found: dict[str, Any], kind: str) -> tuple[Trees | None, tuple[str, ...]]:
    """Trees of one node from its attributes and the element type of its input; or None, and why."""
    nodes = _numbered(found) if operator == "TreeEnsemble" else _by_name(operator, found)
    odd = set(nodes.modes) - {"LEAF", *_MODES}
    if odd:
        return None, (f"ONNX branches {', '.join(sorted(odd))}",)
    aggregate = nodes.aggregate
    if aggregate not in ("SUM", "AVERAGE"):
        return None, (f"ONNX trees added up by {aggregate}",)
    link = _LINKS.get(nodes.transform, "unknown")
    notes = (f"link of ONNX post_transform {nodes.transform}",) if link == "unknown" else ()
    return _trees(nodes, kind, link, 1.0 / len(np.unique(nodes.tree)) if aggregate == "AVERAGE" else 1.0), notes


@dataclass(frozen=True)
class _Nodes:
    """A node's attributes in one form: children are indices into the same arrays, -1 at leaves; `leaf` is (nodes, outputs)."""

    tree: npt.NDArray[Any]
    true: Ints
    false: Ints
    feature: npt.NDArray[Any]
    value: npt.NDArray[Any]
    modes: list[str]
    missing: npt.NDArray[Any]
    leaf: Floats
    base: Floats
    transform: str
    aggregate: str
    members: dict[int, list[float]]


def _by_name(operator: str, found: dict[str, Any]) -> _Nodes:
    tree, number = np.asarray(found["nodes_treeids"]), np.asarray(found["nodes_nodeids"])
    place = {key: i for i, key in enumerate(zip(tree.tolist(), number.tolist(), strict=True))}
    modes = [m.decode() if isinstance(m, bytes) else m for m in found["nodes_modes"]]
    is_leaf = np.array([m == "LEAF" for m in modes])
    true = _children(place, tree, found["nodes_truenodeids"], is_leaf)
    false = _children(place, tree, found["nodes_falsenodeids"], is_leaf)
    values = found.get("nodes_values_as_tensor")
    value = np.asarray(found["nodes_values"], np.float32) if values is None else values
    missing = np.asarray(found.get("nodes_missing_value_tracks_true") or np.zeros(len(tree)))
    leaf = _leaf_values(found, "class" if operator.endswith("Classifier") else "target", place, len(tree))
    return _Nodes(
        tree,
        true,
        false,
        np.asarray(found["nodes_featureids"]),
        value,
        modes,
        missing,
        leaf,
        _base(found, leaf.shape[1]),
        found.get("post_transform", "NONE"),
        found.get("aggregate_function", "SUM"),
        _asked(modes, value, None),
    )


def _asked(modes: list[str], value: npt.NDArray[Any], listed: Any) -> dict[int, list[float]]:
    """Node to what it asks for: BRANCH_EQ and BRANCH_NEQ for one value, BRANCH_MEMBER for one of
    the lists, which NaN keeps apart."""
    asked = {i: [float(value[i])] for i, mode in enumerate(modes) if mode in ("BRANCH_EQ", "BRANCH_NEQ")}
    owners = [i for i, mode in enumerate(modes) if mode == "BRANCH_MEMBER"]
    if not owners:
        return asked
    told = np.asarray([] if listed is None else listed, dtype=np.float64)
    lists = np.split(told, np.flatnonzero(np.isnan(told)) + 1)
    lists = lists if len(lists[-1]) else lists[:-1]  # the last one may end with NaN, too
    if len(lists) != len(owners):
        raise ValueError(f"{len(owners)} ONNX branches ask for members, and {len(lists)} lists of them are given")
    return asked | {i: members[~np.isnan(members)].tolist() for i, members in zip(owners, lists, strict=True)}


def _children(place: dict[tuple[int, int], int], tree: Any, numbers: Any, is_leaf: Bools) -> Ints:
    pairs = zip(tree.tolist(), numbers, is_leaf.tolist(), strict=True)
    return np.array([-1 if leaf else place[t, n] for t, n, leaf in pairs], np.int32)


def _leaf_values(found: dict[str, Any], word: str, place: dict[tuple[int, int], int], nodes: int) -> Floats:
    """(nodes, outputs). A classifier of two classes whose weights name one class only has one output, the second's margin."""
    weights = found.get(f"{word}_weights_as_tensor")
    weights = np.asarray(found[f"{word}_weights"], np.float32) if weights is None else weights
    output = np.asarray(found[f"{word}_ids"])
    outputs = int(found.get("n_targets", 1)) if word == "target" else _classes(found)
    if word == "class" and outputs == 2 and len(np.unique(output)) == 1:
        outputs, output = 1, np.zeros(len(output), int)
    rows = [place[key] for key in zip(found[f"{word}_treeids"], found[f"{word}_nodeids"], strict=True)]
    leaf = np.zeros((nodes, outputs))
    np.add.at(leaf, (np.array(rows, int), output), weights.astype(np.float64))
    return leaf


def _classes(found: dict[str, Any]) -> int:
    return len(found.get("classlabels_strings") or found.get("classlabels_int64s") or ())


def _base(found: dict[str, Any], outputs: int) -> Floats:
    given = found.get("base_values_as_tensor")
    base = np.asarray(found.get("base_values", []) if given is None else given, dtype=np.float64)
    if len(base) == outputs:
        return base
    return np.full(outputs, base[-1]) if len(base) else np.zeros(outputs)


def _numbered(found: dict[str, Any]) -> _Nodes:
    """ai.onnx.ml 5: inner nodes and leaves are counted apart; here the leaves follow the inner nodes."""
    inner = len(found["nodes_featureids"])
    target = np.asarray(found["leaf_targetids"])
    true = _numbered_children(found["nodes_truenodeids"], found["nodes_trueleafs"], inner, len(target))
    false = _numbered_children(found["nodes_falsenodeids"], found["nodes_falseleafs"], inner, len(target))
    leaf = np.zeros((inner + len(target), int(found.get("n_targets", 1))))
    leaf[inner + np.arange(len(target)), target] = found["leaf_weights"]
    pad = np.zeros(len(target))
    modes = [_MODES[int(m)] for m in found["nodes_modes"]] + ["LEAF"] * len(target)
    tree = _tree_numbers(np.asarray(found["tree_roots"]), true, false)
    missing = found.get("nodes_missing_value_tracks_true")
    feature, value = (np.concatenate([found[name], pad]) for name in ("nodes_featureids", "nodes_splits"))
    tracks = np.concatenate([np.zeros(inner) if missing is None else missing, pad])
    transform, aggregate = _TRANSFORMS[int(found.get("post_transform", 0))], _AGGREGATES[int(found.get("aggregate_function", 1))]
    base, asked = np.zeros(leaf.shape[1]), _asked(modes, value, found.get("membership_values"))
    return _Nodes(tree, true, false, feature.astype(np.int32), value, modes, tracks, leaf, base, transform, aggregate, asked)


def _numbered_children(numbers: Any, is_leaf: Any, inner: int, leaves: int) -> Ints:
    below = np.asarray(numbers) + np.where(np.asarray(is_leaf) != 0, inner, 0)
    return np.concatenate([below, np.full(leaves, -1)]).astype(np.int32)


def _tree_numbers(roots: npt.NDArray[Any], true: Ints, false: Ints) -> Ints:
    tree = np.zeros(len(true), np.int32)
    for k, root in enumerate(roots):
        level = np.array([root])
        while len(level):
            tree[level] = k
            below = np.concatenate([true[level], false[level]])
            level = below[below >= 0]
    return tree


def _trees(nodes: _Nodes, kind: str, link: str, scale: float) -> Trees:
    modes = np.array(nodes.modes)
    swap = np.isin(modes, ["BRANCH_GT", "BRANCH_GTE", "BRANCH_NEQ"])
    precision = "float64" if kind == "double" else "float32"
    value = nodes.value.astype(np.float64)
    # A split of the missing from the rest, as skl2onnx writes it, compares with NaN: false for every number.
    value = np.where(np.isnan(value), np.where(swap, np.inf, -np.inf), value)
    threshold, rule = _one_rule(value, modes, precision)
    threshold[list(nodes.members)] = 0.0
    left, right = np.where(swap, nodes.false, nodes.true), np.where(swap, nodes.true, nodes.false)
    number = np.unique(nodes.tree, return_inverse=True)[1].astype(np.int32)
    return Trees(
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        feature=np.asarray(nodes.feature, np.int32),
        threshold=threshold,
        nan_left=(nodes.missing.astype(bool) ^ swap) & (modes != "BRANCH_NEQ"),  # NaN differs from every number
        root=_roots(left, right, number),
        tree=number,
        leaf=nodes.leaf,
        rule=rule,
        precision=precision,
        sum_precision=precision,
        base=nodes.base,
        scale=scale,
        link=link,
        sets=sets_of(list(nodes.members.items()), len(nodes.tree), left=True, whole=""),
    )


def _one_rule(threshold: Floats, modes: npt.NDArray[Any], precision: str) -> tuple[Floats, str]:
    """x > t swaps to x <= t, x >= t to x < t. Where both rules occur, x < t becomes x <= the number before t."""
    strict = np.isin(modes, ["BRANCH_LT", "BRANCH_GTE"])
    if not strict.any():
        return threshold.copy(), "le"
    if not np.isin(modes, ["BRANCH_LEQ", "BRANCH_GT"]).any():
        return threshold.copy(), "lt"
    before = before32 if precision == "float32" else before64
    return np.where(strict, before(threshold), threshold), "le"


def _roots(left: Any, right: Any, tree: Ints) -> Ints:
    """The node of each tree that is nobody's child, in the order of the trees."""
    child = np.zeros(len(left), bool)
    child[left[left >= 0]] = True
    child[right[right >= 0]] = True
    top = np.flatnonzero(~child)
    return top[np.argsort(tree[top], kind="stable")].astype(np.int32)
