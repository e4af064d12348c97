"""Faults in an ONNX file: its tree ensemble's or linear node's attributes, edited in the protobuf itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from parity.selftest.faults import LEAF_FACTORS
from parity.selftest.onnx_graph_edits import GRAPH_EDITS

TREES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble")
LINEAR = ("LinearClassifier", "LinearRegressor")
THRESHOLDS = ("nodes_values", "nodes_values_as_tensor", "nodes_splits")
LEAVES = (
    "class_weights", "class_weights_as_tensor", "target_weights", "target_weights_as_tensor", "leaf_weights", "coefficients",
)  # fmt: skip
BASES = ("intercepts", "base_values", "base_values_as_tensor")
Edit = Callable[[Any], bool]
"""Changes a node in place and says whether it did."""


def edited(source: Path, fault: str, target: Path) -> Path | None:
    """The file with the fault in every tree or linear node, written to `target`; None where it has no place for it."""
    import onnx

    model = onnx.load(str(source))
    nodes = [n for n in model.graph.node if n.op_type in TREES + LINEAR]
    changed = [EDITS[fault](node) for node in nodes] if fault in EDITS else []  # every node, not only the first
    changed += [GRAPH_EDITS[fault](model.graph)] if fault in GRAPH_EDITS else []
    if not any(changed):
        return None
    path = target.with_suffix(".onnx")
    onnx.save(model, str(path))
    return path


def _values(node: Any, name: str) -> Any:
    """An attribute as an array in its own type (floats are float32), None where the node does not have it or it is empty."""
    from onnx import helper, numpy_helper

    for attribute in node.attribute:
        if attribute.name == name:
            value = helper.get_attribute_value(attribute)
            if hasattr(value, "data_type"):
                return numpy_helper.to_array(value)
            if attribute.type == attribute.STRINGS:
                return np.array(value, dtype=object)
            return np.asarray(value, np.float32 if attribute.type == attribute.FLOATS else None) if len(value) else None
    return None


def _put(node: Any, name: str, values: Any) -> None:
    from onnx import helper, numpy_helper

    for attribute in node.attribute:
        if attribute.name == name:
            tensor = attribute.type == attribute.TENSOR
            kept = helper.make_attribute(name, numpy_helper.from_array(values) if tensor else values.tolist())
            attribute.CopyFrom(kept)


def _changed(node: Any, names: tuple[str, ...], change: Callable[[Any], Any]) -> bool:
    done = False
    for name in names:
        values = _values(node, name)
        if values is not None and len(values):
            new = change(values).astype(values.dtype)
            done = done or not np.array_equal(new, values, equal_nan=True)
            _put(node, name, new)
    return done


def _next(values: Any) -> Any:
    return np.nextafter(values, np.array(np.inf, values.dtype))


def _rounded(values: Any) -> Any:
    with np.errstate(over="ignore"):
        return values.astype(np.float32).astype(values.dtype)


def _strict(node: Any) -> bool:
    """TreeEnsemble writes its modes as numbers (docs/Operators-ml.md, ai.onnx.ml 5)."""
    modes = _values(node, "nodes_modes")
    if modes is None or node.op_type not in TREES:
        return False
    less_or_equal, less = (0, 1) if node.op_type == "TreeEnsemble" else (b"BRANCH_LEQ", b"BRANCH_LT")
    new = modes.copy()
    new[modes == less_or_equal], new[modes == less] = less, less_or_equal
    _put(node, "nodes_modes", new)
    return not np.array_equal(new, modes)


def _one_direction(node: Any) -> bool:
    """The first node that splits: in the usual order of the attributes, the first tree's root."""
    name, tracks, modes = "nodes_missing_value_tracks_true", None, _values(node, "nodes_modes")
    if node.op_type not in TREES or modes is None:
        return False
    tracks = _values(node, name)
    if tracks is None:
        from onnx import helper

        tracks = np.zeros(len(modes), np.int64)
        kept = [a for a in node.attribute if a.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, tracks.tolist())])
    inner = np.flatnonzero(modes != b"LEAF") if node.op_type != "TreeEnsemble" else np.arange(len(modes))
    if not len(inner):
        return False
    tracks = tracks.copy()
    tracks[inner[0]] = 1 - tracks[inner[0]]
    _put(node, name, tracks)
    return True


def _last_tree(node: Any) -> bool:
    for word in ("class", "target"):
        trees = _values(node, f"{word}_treeids")
        if trees is not None:
            last = trees == trees.max()
            names = (f"{word}_weights", f"{word}_weights_as_tensor")
            return _changed(node, names, partial(_zeroed, last))
    return False


def _zeroed(chosen: Any, values: Any) -> Any:
    return np.where(chosen, 0, values)


def _times(factor: float) -> Edit:
    return lambda node: _changed(node, LEAVES, lambda values: values.astype(np.float64) * factor)


EDITS: dict[str, Edit] = {
    "last-tree-dropped": _last_tree,
    "thresholds-float32": lambda node: _changed(node, THRESHOLDS, _rounded),
    "thresholds-one-ulp": lambda node: _changed(node, THRESHOLDS, _next),
    "strict-comparison": _strict,
    "leaf-one-ulp": lambda node: _changed(node, LEAVES, _next),
    "intercept-dropped": lambda node: _changed(node, BASES, np.zeros_like),
    "one-missing-direction": _one_direction,
    **{name: _times(factor) for name, factor in LEAF_FACTORS.items()},
}
