"""Following the user's columns through an ONNX graph, up to the inputs of its model node.

Operators as in the ONNX and ai.onnx.ml specifications (docs/Operators.md, docs/Operators-ml.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from parity.anatomy.flow import Trail, start
from parity.values.anatomy import Bools, Floats


@dataclass(frozen=True)
class Tensor:
    """Columns of a tensor (rows, width) and the name of its element type: "float", "double", "int64", "string" …"""

    trail: Trail
    kind: str


Fed = Mapping[str, Sequence[str]]
"""Graph input to the columns that feed it, where somebody says so."""


def graph_tensors(graph: Any, columns: Sequence[str], fed: Fed | None = None) -> dict[str, Tensor]:
    """Every tensor that could be followed, by name. A tensor that is absent depends on the columns in unknown ways."""
    constants = _constants(graph)
    known = _inputs(graph, columns, fed)
    for node in graph.node:
        rule = _RULES.get(node.op_type)
        given = [known.get(name) for name in node.input if name not in constants]
        if rule is None or not given or any(t is None for t in given):
            continue
        fixed = [constants[name] for name in node.input if name in constants]
        result = rule(Step(node, attributes(node), node.input[0] in constants), [t for t in given if t is not None], fixed)
        if result is not None:
            known[node.output[0]] = result
    return known


def attributes(node: Any) -> dict[str, Any]:
    """A node's attributes as Python values, tensors as arrays, bytes as text."""
    from onnx import TensorProto, helper, numpy_helper

    found = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    return {
        k: numpy_helper.to_array(v) if isinstance(v, TensorProto) else v.decode() if isinstance(v, bytes) else v
        for k, v in found.items()
    }


def input_columns(graph: Any, columns: Sequence[str], fed: Fed | None = None) -> dict[str, list[int]] | None:
    """Which of the user's columns each graph input takes: as said, else by name, C identifier, or order where widths fit."""
    inputs = graph_inputs(graph)
    by_name = {c: i for i, c in enumerate(columns)}
    if fed and all(v.name in fed for v in inputs) and all(c in by_name for v in inputs for c in fed[v.name]):
        return {v.name: [by_name[c] for c in fed[v.name]] for v in inputs}
    by_identifier = {_identifier(c): i for i, c in enumerate(columns)}
    if len(columns) > 1 or len(inputs) > 1:
        for names in (by_name, by_identifier):
            if all(v.name in names for v in inputs):
                return {v.name: [names[v.name]] for v in inputs}
    widths = [_width(v) for v in inputs]
    if len(inputs) == 1:
        widths = [len(columns)] if widths[0] in (None, len(columns)) else widths
    if None in widths or sum(w or 0 for w in widths) != len(columns):
        return None
    ends = np.cumsum([w or 0 for w in widths])
    return {v.name: list(range(int(e) - (w or 0), int(e))) for v, e, w in zip(inputs, ends, widths, strict=True)}


def graph_inputs(graph: Any) -> list[Any]:
    """Inputs that a caller must give: those that are not initialisers."""
    given = {t.name for t in graph.initializer}
    return [v for v in graph.input if v.name not in given]


def element(value: Any) -> str:
    """The element type of a graph input: "float", "double", "int64", "string" …"""
    from onnx import TensorProto

    return str(TensorProto.DataType.Name(value.type.tensor_type.elem_type)).lower()


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _width(value: Any) -> int | None:
    dims = value.type.tensor_type.shape.dim
    if len(dims) < 2:
        return 1
    return int(dims[1].dim_value) if dims[1].HasField("dim_value") and dims[1].dim_value > 0 else None


def _constants(graph: Any) -> dict[str, Any]:
    from onnx import numpy_helper

    found = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            found[node.output[0]] = np.asarray(next(iter(attributes(node).values())))
    return found


def _inputs(graph: Any, columns: Sequence[str], fed: Fed | None) -> dict[str, Tensor]:
    mapped = input_columns(graph, columns, fed)
    if mapped is None:
        return {}
    every = start(len(columns))
    return {v.name: Tensor(_some(every, mapped[v.name]), element(v)) for v in graph_inputs(graph)}


def _some(trail: Trail, index: Any) -> Trail:
    return Trail(trail.origin[index], trail.direction[index], trail.same[index])


def _turned(trail: Trail, signs: Floats, same: Bools | bool = False) -> Trail:
    """The trail after a monotone step: falling where the sign is negative, nowhere where it is 0."""
    direction = (trail.direction * np.sign(signs)).astype(np.int32)
    return Trail(np.where(direction == 0, -1, trail.origin).astype(np.int32), direction, trail.same & same)


@dataclass(frozen=True)
class Step:
    """A node, its attributes, and whether its first input is a constant."""

    node: Any
    options: dict[str, Any]
    constant_first: bool


Rule = Callable[[Step, list[Tensor], list[Any]], Tensor | None]


def _identity(_step: Step, given: list[Tensor], _fixed: list[Any]) -> Tensor | None:
    """Also an imputer: where a value is not missing it stays."""
    return given[0]


def _cast(step: Step, given: list[Tensor], _fixed: list[Any]) -> Tensor | None:
    """Between float types a column stays itself (trees compare in the type that they are given); to integers it is cut off."""
    from onnx import TensorProto

    kind = str(TensorProto.DataType.Name(step.options["to"])).lower()
    if kind == "string" or given[0].kind == "string":
        return None
    exact = kind in ("float", "double")
    return Tensor(given[0].trail if exact else _turned(given[0].trail, np.ones(1)), kind)


def _concat(step: Step, given: list[Tensor], fixed: list[Any]) -> Tensor | None:
    if step.options.get("axis") not in (1, -1) or fixed:
        return None
    parts = [np.concatenate([getattr(t.trail, n) for t in given]) for n in ("origin", "direction", "same")]
    return Tensor(Trail(*parts), given[0].kind)


def _feature_vectorizer(_step: Step, given: list[Tensor], _fixed: list[Any]) -> Tensor | None:
    parts = [np.concatenate([getattr(t.trail, n) for t in given]) for n in ("origin", "direction", "same")]
    return Tensor(Trail(*parts), "float")


def _extract(step: Step, given: list[Tensor], fixed: list[Any]) -> Tensor | None:
    axis = step.options.get("axis", 1 if step.node.op_type == "ArrayFeatureExtractor" else 0)
    if axis not in (1, -1) or len(fixed) != 1:
        return None
    return replace(given[0], trail=_some(given[0].trail, np.ravel(fixed[0]).astype(np.int64)))


def _reshape(step: Step, given: list[Tensor], fixed: list[Any]) -> Tensor | None:
    """Only a shape that keeps the rows: (-1, width)."""
    width = len(given[0].trail.origin)
    shape = list(np.ravel(fixed[0])) if fixed else []
    return given[0] if step.node.op_type == "Flatten" or (len(shape) == 2 and shape[1] in (-1, width)) else None


def _scaler(step: Step, given: list[Tensor], _fixed: list[Any]) -> Tensor | None:
    scale = np.asarray(step.options.get("scale", [1.0]), dtype=np.float64)
    return Tensor(_turned(given[0].trail, np.broadcast_to(scale, given[0].trail.origin.shape)), "float")


def _arithmetic(step: Step, given: list[Tensor], fixed: list[Any]) -> Tensor | None:
    """A tensor and one constant row. A constant that is divided by the tensor, or a product of two, is not monotone."""
    if len(given) != 1 or len(fixed) != 1 or np.asarray(fixed[0]).dtype.kind not in "fiu":
        return None
    width = len(given[0].trail.origin)
    row = np.ravel(np.asarray(fixed[0], dtype=np.float64))
    if len(row) not in (1, width):
        return None
    signs = np.ones(width)
    if step.node.op_type in ("Mul", "Div"):
        if step.node.op_type == "Div" and step.constant_first:
            return None
        signs = np.broadcast_to(row, (width,))
    elif step.node.op_type == "Sub" and step.constant_first:
        signs = -signs
    return replace(given[0], trail=_turned(given[0].trail, signs))


def _one_hot(step: Step, given: list[Tensor], _fixed: list[Any]) -> Tensor | None:
    found = step.options
    width = len(found.get("cats_strings") or found.get("cats_int64s") or ()) * len(given[0].trail.origin)
    return Tensor(_nowhere(width), "float")


def _nowhere(width: int) -> Trail:
    return Trail(np.full(width, -1, np.int32), np.zeros(width, np.int32), np.zeros(width, bool))


_RULES: Mapping[str, Rule] = {
    "Identity": _identity,
    "Cast": _cast,
    "Concat": _concat,
    "FeatureVectorizer": _feature_vectorizer,
    "ArrayFeatureExtractor": _extract,
    "Gather": _extract,
    "Reshape": _reshape,
    "Flatten": _reshape,
    "Scaler": _scaler,
    "Imputer": _identity,
    "Add": _arithmetic,
    "Sub": _arithmetic,
    "Mul": _arithmetic,
    "Div": _arithmetic,
    "OneHotEncoder": _one_hot,
}
