"""TensorFlow Lite models as the reference, in LiteRT with one thread, and with the delegate that it applies unasked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.errors import ReferenceLoadError
from parity.references import tensorflow_
from parity.references.context import Context
from parity.references.describe import is_of, version
from parity.references.reference import Call, ModelReference
from parity.references.tensors import CROSSING, Tensor, assigned, feeds, layout
from parity.values.signature import OutputKind, OutputSpec

NAME = "LiteRT"
PACKAGE = "ai_edge_litert"
SUFFIXES = (".tflite",)
OPEN = "from ai_edge_litert.interpreter import Interpreter; Interpreter(sys.argv[1], num_threads=1).allocate_tensors()"

SIGNATURE = "serving_default"
_IDENTIFIER = b"TFL3"

Fed = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Detail:
    """A tensor of the graph. Whole numbers with a `scale` stand for real ones: real = scale * (stored - zero)."""

    dtype: np.dtype[Any]
    shape: tuple[int | None, ...]
    scale: float
    zero: int

    @property
    def batch(self) -> int | None:
        return self.shape[0]

    @property
    def real(self) -> bool:
        return bool(self.scale) and self.dtype.kind in "iu"

    @property
    def crossing(self) -> str:
        return "float32" if self.real else self.dtype.name


def recognises(head: bytes) -> bool:
    return head[4:8] == _IDENTIFIER


def open_native(path: str) -> Any:
    from ai_edge_litert.interpreter import Interpreter

    return Interpreter(path, num_threads=1)


def accepts(model: Any) -> bool:
    return any(is_of(model, package, "Interpreter") for package in (PACKAGE, tensorflow_.PACKAGE, "tflite_runtime"))


def refer(model: Any, context: Context) -> ModelReference:
    """The signature that the artifact's option names, else serving_default or the only one, else the graph by its tensors.

    Raises ReferenceLoadError: no such signature, or an input that rows cannot fill.
    """
    run, given, made = _graph(model, context)
    inputs, outputs = ({name: _detail(name, item) for name, item in part.items()} for part in (given, made))
    tensors = assigned([Tensor(n, d.crossing, d.shape[1:]) for n, d in inputs.items()], context, NAME)
    columns, width = layout(tensors)
    specs = tuple(_spec(name, item, alone=len(outputs) == 1) for name, item in outputs.items())
    return ModelReference(
        model=model,
        convert=partial(feeds, tensors=tensors),
        calls=(Call("run", specs, partial(_scored, run, inputs, outputs)),),
        columns=columns,
        width=width,
        inputs=tuple(t.spec for t in tensors),
        facts={"model": "Interpreter", PACKAGE: version(PACKAGE), **context.facts},
    )


def _graph(model: Any, context: Context) -> tuple[Callable[[Fed], Fed], Mapping[str, Any], Mapping[str, Any]]:
    """What runs, and the details of its inputs and outputs by name."""
    known = list(model.get_signature_list())
    wanted = next((str(a.options["signature"]) for a in context.case.artifacts if "signature" in a.options), None)
    key = wanted or (SIGNATURE if SIGNATURE in known or not known else known[0])
    if key in known:
        runner = model.get_signature_runner(key)
        return lambda fed: runner(**fed), runner.get_input_details(), runner.get_output_details()
    if wanted or len(known) > 1:
        raise ReferenceLoadError(f"the {NAME} reference has no signature {key!r}; it has {', '.join(known) or 'none'}")
    given, made = ({item["name"]: item for item in part()} for part in (model.get_input_details, model.get_output_details))
    return partial(_by_tensors, model, given, made), given, made


def _by_tensors(model: Any, given: Mapping[str, Any], made: Mapping[str, Any], fed: Fed) -> Fed:
    for name, values in fed.items():
        model.resize_tensor_input(given[name]["index"], values.shape)
    model.allocate_tensors()
    for name, values in fed.items():
        model.set_tensor(given[name]["index"], values)
    model.invoke()
    return {name: model.get_tensor(item["index"]) for name, item in made.items()}


def _detail(name: str, item: Mapping[str, Any]) -> Detail:
    signature = item["shape_signature"] if len(item["shape_signature"]) else item["shape"]
    shape = tuple(None if length < 0 else int(length) for length in signature)
    if not shape:
        raise ReferenceLoadError(f"{name!r} of the {NAME} reference is a single value; its first dimension has to be the rows")
    scale, zero = item["quantization"]
    return Detail(np.dtype(item["dtype"]), shape, float(scale), int(zero))


def _spec(name: str, item: Detail, *, alone: bool) -> OutputSpec:
    kind = OutputKind.VALUE if item.crossing.startswith("float") or alone else OutputKind.LABEL
    lengths = [length for length in item.shape[1:] if length is not None]
    width = math.prod(lengths) if len(lengths) == len(item.shape) - 1 else None
    return OutputSpec(name, CROSSING.get(item.crossing, item.crossing), kind, width)


def _scored(run: Callable[[Fed], Fed], inputs: Mapping[str, Detail], outputs: Mapping[str, Detail], fed: Fed) -> Fed:
    """All rows; a graph of a fixed number of rows is called as often as it takes, its last call filled with the last row."""
    rows = len(next(iter(fed.values())))
    stored = {name: _stored(values, inputs[name]) for name, values in fed.items()}
    fixed = next((item.batch for item in inputs.values() if item.batch), None)
    if fixed is None or not rows:
        answers = [run(stored)]
    else:
        places = np.minimum(np.arange(-(-rows // fixed) * fixed), rows - 1).reshape(-1, fixed)
        answers = [run({name: values[part] for name, values in stored.items()}) for part in places]
    whole = {name: np.concatenate([answer[name] for answer in answers]) for name in outputs}
    return {name: _real(values[:rows] if fixed else values, outputs[name]) for name, values in whole.items()}


def _stored(values: npt.NDArray[Any], item: Detail) -> npt.NDArray[Any]:
    """Real numbers as the graph stores them, rounded half away from zero as its own QUANTIZE does; NaN is the stored zero."""
    if not item.real:
        return values
    scaled = np.nan_to_num(values / np.float32(item.scale), nan=0.0).astype(np.float64)
    limits = np.iinfo(item.dtype)
    whole = np.copysign(np.floor(np.abs(scaled) + 0.5), scaled) + item.zero
    return np.asarray(np.clip(whole, limits.min, limits.max).astype(item.dtype))


def _real(values: npt.NDArray[Any], item: Detail) -> npt.NDArray[Any]:
    if not item.real:
        return values
    return np.asarray(np.float32(item.scale) * (values.astype(np.int32) - item.zero).astype(np.float32))
