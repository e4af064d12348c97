"""An ONNX file as the reference, in Python's onnxruntime with one thread."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.errors import ReferenceLoadError
from parity.references.context import Context
from parity.references.describe import is_of, version
from parity.references.frames import cells
from parity.references.reference import Call, ModelReference
from parity.values.outcome import Refusal
from parity.values.signature import InputSpec, OutputKind, OutputSpec

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


@dataclass(frozen=True)
class Tensor:
    """One input of the graph and the columns that it is filled from; no columns: the rest of the batch, in order."""

    name: str
    dtype: str
    columns: tuple[str, ...]
    width: int | None
    flat: bool


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
    tensors = tuple(tensor(item, context.case.inputs) for item in model.get_inputs())
    columns, width = layout(tensors)
    specs = output_specs(model.get_outputs(), zipmaps(context))
    return ModelReference(
        model=model,
        convert=partial(feeds, tensors=tensors),
        calls=(Call("run", specs, partial(run, model)),),
        columns=columns,
        width=width,
        inputs=tuple(InputSpec(t.name, TENSORS[t.dtype][1], t.width) for t in tensors),
        facts={"model": "InferenceSession", PACKAGE: version(PACKAGE), **context.facts},
    )


def element(kind: str) -> str:
    """`tensor(float)` → `float`; the last element type of sequences and maps."""
    return re.sub(r".*\(|\).*|.*,", "", kind.replace("seq(map(", "").replace("))", ")"))


def tensor(item: Any, declared: Mapping[str, Sequence[str]]) -> Tensor:
    kind, shape = element(item.type), list(item.shape)
    if kind not in TENSORS or not item.type.startswith("tensor("):
        told = f"is of type {item.type}, which rows of columns cannot fill"
        raise ReferenceLoadError(f"the input {item.name!r} of the ONNX reference {told}")
    last = shape[1] if len(shape) > 1 else 1
    width = last if isinstance(last, int) else None
    columns = tuple(declared.get(item.name, (item.name,) if width == 1 else ()))
    return Tensor(item.name, kind, columns, width, len(shape) == 1)


def layout(tensors: tuple[Tensor, ...]) -> tuple[tuple[str, ...] | None, int | None]:
    """Column names where all tensors name theirs; else only the total width."""
    open_ended = [t for t in tensors if not t.columns]
    if not open_ended:
        return tuple(dict.fromkeys(name for t in tensors for name in t.columns)), sum(len(t.columns) for t in tensors)
    if len(open_ended) > 1:
        names = ", ".join(t.name for t in open_ended)
        hint = f'say which columns fill them: inputs = {{ {open_ended[0].name} = ["…"] }}'
        raise ReferenceLoadError(f"the ONNX reference has several wide inputs ({names}); {hint}")
    widths = [t.width if not t.columns else len(t.columns) for t in tensors]
    return None, None if None in widths else sum(w for w in widths if w is not None)


def feeds(batch: pa.RecordBatch, tensors: tuple[Tensor, ...]) -> dict[str, npt.NDArray[Any]] | Refusal:
    """One array per tensor, or why the batch cannot fill them: what the tensor's type cannot say is not sent."""
    named = {name for t in tensors for name in t.columns}
    made: dict[str, npt.NDArray[Any]] = {}
    for item in tensors:
        names = item.columns or tuple(n for n in batch.schema.names if n not in named)
        array = feed(batch, item, names)
        if isinstance(array, Refusal):
            return array
        made[item.name] = array
    return made


def feed(batch: pa.RecordBatch, item: Tensor, names: tuple[str, ...]) -> npt.NDArray[Any] | Refusal:
    dtype = np.dtype(TENSORS[item.dtype][0])
    array = np.empty((batch.num_rows, len(names)), dtype=dtype)
    for place, name in enumerate(names):
        if name not in batch.schema.names:
            return Refusal("column-absent", f"the column {name!r} of the input {item.name!r} is not in the batch")
        values = converted(batch.column(name), dtype, name)
        if isinstance(values, Refusal):
            return values
        array[:, place] = values
    return array[:, 0] if item.flat and len(names) == 1 else array


def converted(column: pa.Array, dtype: np.dtype[Any], name: str) -> npt.NDArray[Any] | Refusal:
    """A column in the tensor's type, as a caller converts it: `astype`."""
    if column.null_count and dtype.kind != "f":
        return Refusal("missing", f"the column {name!r} is missing in a row, and a tensor of {dtype} has no missing value")
    values = cells(column)
    if (values.dtype.kind == "O") != (dtype.kind == "O"):
        return Refusal("type", f"the column {name!r} holds {column.type}, the tensor wants {dtype}")
    with np.errstate(all="ignore"):
        return values.astype(dtype)


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
    last = item.shape[1] if len(item.shape) > 1 else 1
    label = kind in ("int64", "string", "bool") and not alone
    return OutputSpec(item.name, kind, OutputKind.LABEL if label else None, last if isinstance(last, int) else None)


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
