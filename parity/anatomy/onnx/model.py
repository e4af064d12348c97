"""An ONNX model's anatomy: its tree ensemble or linear node, and the graph in front of it as a `Prefix`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from parity.anatomy.flow import Trail
from parity.anatomy.onnx.graph import Fed, Tensor, attributes, element, graph_inputs, graph_tensors, input_columns
from parity.anatomy.onnx.trees import OPERATORS, read_ensemble
from parity.anatomy.part import Part
from parity.anatomy.traverse import as_floats
from parity.values.anatomy import Floats, Linear, Prefix

_LINEAR = ("LinearClassifier", "LinearRegressor")
_LINKS = {"NONE": "identity", "LOGISTIC": "logistic", "SOFTMAX": "softmax"}
_NUMPY = {"float": np.float32, "double": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_, "string": object}


def read_graph(model: Any, columns: Sequence[str], fed: Fed | None = None) -> tuple[Part, Prefix | None]:
    """The one tree ensemble or linear node of a ModelProto, and what stands in front of it (None: the columns themselves).

    `fed` says which columns feed which input; without it names and widths do.
    """
    graph = model.graph
    nodes = [n for n in graph.node if n.op_type in OPERATORS + _LINEAR]
    if len(nodes) != 1:
        return Part(len(columns), unread=(_other_structure(graph, len(nodes)),)), None
    node = nodes[0]
    tensor = graph_tensors(graph, columns, fed).get(node.input[0])
    if tensor is None:
        return Part(len(columns), unread=(f"the ONNX graph in front of {node.op_type}",)), None
    width = len(tensor.trail.origin)
    part = _linear(node, width) if node.op_type in _LINEAR else _ensemble(node, width, tensor.kind)
    return part, _prefix(model, node.input[0], tensor, input_columns(graph, columns, fed) or {}, len(columns))


def _other_structure(graph: Any, found: int) -> str:
    if found:
        return f"{found} models in one ONNX graph"
    kinds = sorted({n.op_type for n in graph.node})
    return f"ONNX operators {', '.join(kinds[:8])}{' …' if len(kinds) > 8 else ''}"


def _ensemble(node: Any, width: int, kind: str) -> Part:
    trees, notes = read_ensemble(node.op_type, attributes(node), kind)
    return Part(width, trees=trees, unread=notes)


def _linear(node: Any, width: int) -> Part:
    """Coefficients are (outputs, features) in a row; ONNX Runtime multiplies in float32."""
    found = attributes(node)
    weights = np.asarray(found["coefficients"], dtype=np.float64).reshape(-1, width)
    intercept = np.asarray(found.get("intercepts") or np.zeros(len(weights)), dtype=np.float64)
    link = _LINKS.get(found.get("post_transform", "NONE"), "unknown")
    return Part(width, linear=Linear(weights, intercept, link, "float32"))


def _prefix(model: Any, tensor: str, followed: Tensor, inputs: Mapping[str, list[int]], columns: int) -> Prefix | None:
    """None where the node reads the columns themselves, in order."""
    trail = followed.trail
    if trail.same.all() and np.array_equal(trail.origin, np.arange(columns)):
        return None
    transform = _choice(trail) if trail.same.all() else _Front(model, tensor, inputs)
    return Prefix(transform, trail.origin, trail.direction, unchanged=trail.same)


def _choice(trail: Trail) -> Callable[[Any], Floats]:
    return lambda frame: as_floats(frame)[:, trail.origin]


class _Front:
    """The graph up to one tensor, run by Python's onnxruntime (opened at the first call, single-threaded)."""

    def __init__(self, model: Any, tensor: str, inputs: Mapping[str, list[int]]) -> None:
        self._model, self._tensor, self._inputs = model, tensor, inputs
        self._session: Any = None

    def __call__(self, frame: Any) -> Floats:
        if self._session is None:
            self._session = _open(self._model, self._tensor)
        kinds = {v.name: element(v) for v in graph_inputs(self._model.graph)}
        feed = {name: _cells(frame, index, kinds[name]) for name, index in self._inputs.items()}
        used = {i.name for i in self._session.get_inputs()}
        return np.asarray(self._session.run(None, {k: v for k, v in feed.items() if k in used})[0], dtype=np.float64)


def _cells(frame: Any, index: list[int], kind: str) -> Any:
    """Columns of a frame, an array or an Arrow batch as one tensor (rows, columns) of that element type; null is NaN or ""."""
    if hasattr(frame, "schema"):
        part = np.column_stack([_arrow_cells(frame.column(i), kind) for i in index])
    else:
        part = frame.iloc[:, index].to_numpy() if hasattr(frame, "iloc") else np.asarray(frame)[:, index]
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return part.astype(_NUMPY[kind])


def _arrow_cells(column: Any, kind: str) -> Any:
    if kind == "string":
        return column.cast("string").fill_null("").to_numpy(zero_copy_only=False)
    if kind in ("float", "double"):
        return column.to_numpy(zero_copy_only=False).astype(np.float64)
    return column.fill_null(0).to_numpy(zero_copy_only=False)


def _open(model: Any, tensor: str) -> Any:
    import onnx
    import onnxruntime

    short = onnx.ModelProto()
    short.CopyFrom(model)
    needed = _ancestors(model.graph, tensor)
    del short.graph.node[:]
    short.graph.node.extend(n for i, n in enumerate(model.graph.node) if i in needed)
    del short.graph.output[:]
    short.graph.output.append(onnx.ValueInfoProto(name=tensor))
    names = {name for n in short.graph.node for name in n.input}
    kept = [v for v in short.graph.input if v.name in names]
    del short.graph.input[:]
    short.graph.input.extend(kept)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    return onnxruntime.InferenceSession(short.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _ancestors(graph: Any, tensor: str) -> set[int]:
    """Indices of the nodes that the tensor needs."""
    wanted, found = {tensor}, set()
    for i in range(len(graph.node) - 1, -1, -1):
        if wanted & set(graph.node[i].output):
            found.add(i)
            wanted |= set(graph.node[i].input)
    return found
