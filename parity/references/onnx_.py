"""An ONNX file as the reference, in Python's onnxruntime with one thread."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.errors import ReferenceLoadError
from parity.references.context import Context
from parity.references.describe import is_of, version
from parity.references.reference import Call, ModelReference
from parity.references.tensors import Tensor, assigned, feeds, layout
from parity.values.signature import OutputKind, OutputSpec

NAME = "ONNX"
PACKAGE = "onnxruntime"
SUFFIXES = (".onnx",)
OPEN = "import onnxruntime; onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])"

# Element types of tensors: NumPy's name and ours. Narrower integers are widened in the spec, never in the tensor.
TENSORS = {
    "float": ("float32", "float32"),
    "double": ("float64", "float64"),
    "float16": ("float16", "float32"),
    "int64": ("int64", "int64"),
    "int32": ("int32", "int32"),
    "int16": ("int16", "int32"),
    "int8": ("int8", "int32"),
    "uint8": ("uint8", "int32"),
    "bool": ("bool", "bool"),
    "string": ("object", "string"),
}


def recognises(_head: bytes) -> bool:
    """Never by content: protobuf has no magic number."""
    return False


def open_native(path: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # 4: fatal only. Warnings about shapes would be printed for every odd batch.
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def accepts(model: Any) -> bool:
    return is_of(model, PACKAGE, "InferenceSession")


def refer(model: Any, context: Context) -> ModelReference:
    """Inputs are filled by the case's `inputs`, by name, or, for a single tensor, from all columns in order."""
    tensors = assigned([tensor(item) for item in model.get_inputs()], context, NAME)
    columns, width = layout(tensors)
    specs = output_specs(model.get_outputs(), zipmaps(context))
    return ModelReference(
        model=model,
        convert=partial(feeds, tensors=tensors),
        calls=(Call("run", specs, partial(run, model)),),
        columns=columns,
        width=width,
        inputs=tuple(t.spec for t in tensors),
        facts={"model": "InferenceSession", PACKAGE: version(PACKAGE), **context.facts},
    )


def element(kind: str) -> str:
    """`tensor(float)` → `float`; the last element type of sequences and maps."""
    return re.sub(r".*\(|\).*|.*,", "", kind.replace("seq(map(", "").replace("))", ")"))


def tensor(item: Any) -> Tensor:
    kind, shape = element(item.type), list(item.shape)
    if kind not in TENSORS or not item.type.startswith("tensor("):
        told = f"is of type {item.type}, which rows of columns cannot fill"
        raise ReferenceLoadError(f"the input {item.name!r} of the ONNX reference {told}")
    return Tensor(item.name, TENSORS[kind][0], tuple(length if isinstance(length, int) else None for length in shape[1:]))


def run(session: Any, given: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    names = [item.name for item in session.get_outputs()]
    return {name: unzipped(value) for name, value in zip(names, session.run(names, given), strict=True)}


def unzipped(value: Any) -> Any:
    """The list of maps that a ZipMap gives, as an array in the order of its keys."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict):
        return value if not isinstance(value, list) else np.empty((0, 0), np.float32)
    return np.array([list(row.values()) for row in value], dtype=np.float32)


def output_specs(items: Sequence[Any], classes: Mapping[str, tuple[Any, ...]]) -> tuple[OutputSpec, ...]:
    """Kinds that the graph declares: a ZipMap is a probability, an integer, text or truth beside another output a label."""
    return tuple(output_spec(item, classes.get(item.name), alone=len(items) == 1) for item in items)


def output_spec(item: Any, known: tuple[Any, ...] | None, *, alone: bool) -> OutputSpec:
    kind = TENSORS.get(element(item.type), ("float32", "float32"))[1]
    if item.type.startswith("seq("):
        return OutputSpec(item.name, "float32", OutputKind.PROBABILITY, None if known is None else len(known), known)
    lengths = list(item.shape[1:])
    label = kind in ("int64", "string", "bool") and not alone
    width = math.prod(lengths) if all(isinstance(length, int) for length in lengths) else None
    return OutputSpec(item.name, kind, OutputKind.LABEL if label else None, width)


def zipmaps(context: Context) -> dict[str, tuple[Any, ...]]:
    """Classes of the graph's ZipMap nodes by output; empty where the file is not at hand or the onnx package is not installed."""
    reference = context.case.reference
    if not isinstance(reference, str) or not reference.endswith(".onnx"):
        return {}
    try:
        import onnx
    except ImportError:
        return {}
    graph = onnx.load(context.case.root / reference, load_external_data=False).graph
    nodes = [node for node in graph.node if node.op_type == "ZipMap"]
    return {node.output[0]: tuple(label(v) for a in node.attribute for v in (*a.ints, *a.strings)) for node in nodes}


def label(value: int | bytes) -> int | str:
    return value.decode() if isinstance(value, bytes) else int(value)
