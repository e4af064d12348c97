"""Keras models and SavedModels as the reference, in Python's TensorFlow with one thread."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.errors import ReferenceLoadError
from parity.references.context import Context
from parity.references.describe import attribute, is_of, version
from parity.references.foreign import attempt
from parity.references.reference import Call, ModelReference
from parity.references.tensors import CROSSING, Tensor, assigned, feeds, layout
from parity.values.outcome import Refusal
from parity.values.signature import OutputKind, OutputSpec

NAME = "TensorFlow"
PACKAGE = "tensorflow"
SUFFIXES = (".keras",)
OPEN = """\
import os
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'
    import tensorflow
    (tensorflow.saved_model.load if os.path.isdir(sys.argv[1]) else tensorflow.keras.models.load_model)(sys.argv[1])"""

SIGNATURE = "serving_default"
# The last layer's activation says what its numbers mean.
_PROBABILITIES = ("softmax", "sigmoid")


def recognises(_head: bytes) -> bool:
    """Never by content: a `.keras` file is a ZIP archive as others are."""
    return False


def is_folder(path: Path) -> bool:
    return any((path / name).is_file() for name in ("saved_model.pb", "saved_model.pbtxt"))


def open_native(path: str) -> Any:
    tensorflow = imported()
    return tensorflow.saved_model.load(path) if os.path.isdir(path) else tensorflow.keras.models.load_model(path)


def imported() -> Any:
    """TensorFlow, told to be quiet and to use one thread while it still listens: it does not once it has computed anything."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow

    attempt(partial(tensorflow.config.threading.set_intra_op_parallelism_threads, 1))
    attempt(partial(tensorflow.config.threading.set_inter_op_parallelism_threads, 1))
    return tensorflow


def accepts(model: Any) -> bool:
    return is_of(model, "keras", "Model") or (PACKAGE in sys.modules and _is_saved(model))


def _is_saved(model: Any) -> bool:
    return isinstance(attribute(model, "signatures"), Mapping) and attribute(model, "tensorflow_version") is not None


def refer(model: Any, context: Context) -> ModelReference:
    """Inputs are filled by the case's `inputs`, by name, by shape, or, for a single one, from all columns in order.

    A SavedModel is called by the signature that the artifact's option names, else by serving_default. Raises
    ReferenceLoadError: no such signature, a model that was never built, inputs that rows cannot fill.
    """
    imported()
    return _keras(model, context) if is_of(model, "keras", "Model") else _saved(model, context)


def _keras(model: Any, context: Context) -> ModelReference:
    inputs = attribute(model, "inputs")
    if not inputs:
        raise ReferenceLoadError(
            "the Keras reference was never built, so that it does not know its inputs; call it once on real rows, "
            "or give it an Input"
        )
    names = list(attribute(model, "input_names") or [item.name for item in inputs])
    given = [Tensor(n, _dtype(i.dtype), tuple(i.shape[1:])) for n, i in zip(names, inputs, strict=True)]
    specs = tuple(_keras_output(model, i, o) for i, o in enumerate(model.outputs))
    return _reference(model, given, specs, lambda fed: _predicted(model, list(fed.values())), context)


def _keras_output(model: Any, index: int, item: Any) -> OutputSpec:
    names, layer = attribute(model, "output_names") or [], getattr(getattr(item, "_keras_history", None), "operation", None)
    activation = getattr(attribute(layer, "activation"), "__name__", "") or type(layer).__name__.lower()
    kind = OutputKind.PROBABILITY if activation in _PROBABILITIES else OutputKind.VALUE
    return _spec(names[index] if index < len(names) else f"output_{index}", _dtype(item.dtype), item.shape, kind)


def _predicted(model: Any, fed: list[npt.NDArray[Any]]) -> Any:
    answer = model.predict_on_batch(fed[0] if len(fed) == 1 else fed)
    return list(answer.values()) if isinstance(answer, Mapping) else answer


def _saved(model: Any, context: Context) -> ModelReference:
    wanted = next((str(a.options["signature"]) for a in context.case.artifacts if "signature" in a.options), SIGNATURE)
    if wanted not in model.signatures:
        known = ", ".join(sorted(model.signatures)) or "none"
        raise ReferenceLoadError(f"the SavedModel reference has no signature {wanted!r}; it has {known}")
    function = model.signatures[wanted]
    described = function.structured_input_signature[1]
    # By name: TensorFlow reads both from maps of protobuf, whose order is another in every process.
    given = [Tensor(name, _dtype(item.dtype.name), _shape(item.shape)) for name, item in sorted(described.items())]
    outputs = sorted(function.structured_outputs.items())
    specs = tuple(_saved_output(name, item, len(outputs)) for name, item in outputs)
    return _reference(model, given, specs, partial(_called, function), context)


def _saved_output(name: str, item: Any, count: int) -> OutputSpec:
    dtype = _dtype(item.dtype.name)
    kind = OutputKind.VALUE if dtype.startswith("float") or count == 1 else OutputKind.LABEL
    return _spec(name, dtype, tuple(item.shape) if item.shape.rank is not None else None, kind)


def _spec(name: str, dtype: str, shape: tuple[int | None, ...] | None, kind: OutputKind) -> OutputSpec:
    lengths = None if shape is None else [length for length in shape[1:] if length is not None]
    width = math.prod(lengths) if lengths is not None and shape is not None and len(lengths) == len(shape) - 1 else None
    return OutputSpec(name, CROSSING.get(dtype, dtype), kind, width)


def _called(function: Any, fed: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    import tensorflow

    given = {name: tensorflow.constant(values) for name, values in fed.items()}
    return {name: _plain(value.numpy()) for name, value in function(**given).items()}


def _plain(values: Any) -> npt.NDArray[Any]:
    """Text comes as bytes."""
    array = np.asarray(values)
    if array.dtype != object:
        return array
    texts = np.array([v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in array.ravel()], object)
    return texts.reshape(array.shape)


def _reference(model: Any, given: list[Tensor], specs: tuple[OutputSpec, ...], call: Any, context: Context) -> ModelReference:
    tensors = assigned(given, context, NAME)
    columns, width = layout(tensors)
    one_dnn = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "not set")
    return ModelReference(
        model=model,
        convert=partial(_fed, tensors=tensors),
        calls=(Call("call", specs, call),),
        columns=columns,
        width=width,
        inputs=tuple(t.spec for t in tensors),
        facts={
            "model": type(model).__name__,
            PACKAGE: version(PACKAGE),
            "TF_ENABLE_ONEDNN_OPTS": one_dnn,
            **context.facts,
        },
    )


def _fed(batch: pa.RecordBatch, tensors: tuple[Tensor, ...]) -> dict[str, npt.NDArray[Any]] | Refusal:
    """As `feeds`; another shape than declared is refused here, because a fused kernel would abort this very process over it."""
    made = feeds(batch, tensors)
    if isinstance(made, Refusal):
        return made
    for item in tensors:
        given = made[item.name].shape[1:]
        if not item.takes(given):
            return Refusal("shape", f"the input {item.name!r} takes rows of shape {item.shape}, and was given {given}")
    return made


def _dtype(name: str) -> str:
    return "object" if name == "string" else name


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    return None if shape.rank is None else tuple(shape[1:])
