"""What a network's file holds otherwise than the network in Python: constants in half the bits, a normalisation left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.diagnose.evidence import Evidence, Floats, Hypothesis
from parity.numeric.tensors import shape_of, with_cells
from parity.references.constants import changed, has_constants

Array = npt.NDArray[Any]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """For Keras models, SavedModels and modules of PyTorch, whose constants can be changed and put back."""
    if has_constants(evidence.model):
        yield from _rounded(evidence)
        yield from _not_normalised(evidence)


def _rounded(evidence: Evidence) -> Iterator[Hypothesis]:
    """The reference with its own constants rounded. A converter that folds constants first rounds others: see flow/coarse.py."""
    for told, change in (("float16", _float16), ("bfloat16", _bfloat16)):

        def predict(batch: pa.RecordBatch, change: Callable[[Array], Array] = change) -> Floats:
            with changed(evidence.model, change):
                return evidence.ask_reference(batch.slice(0))  # answers are remembered by batch: to this one, of other constants

        text = f"the reference with its constants rounded to {told} answers what the runtime answers"
        yield Hypothesis("coarse-constants", predict, evidence.ask_runtime, text)


def _float16(values: Array) -> Array:
    with np.errstate(over="ignore"):
        return values.astype(np.float16)


def _bfloat16(values: Array) -> Array:
    """The upper half of float32's bits, to nearest, ties to even."""
    bits = values.astype(np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)


def _not_normalised(evidence: Evidence) -> Iterator[Hypothesis]:
    """The runtime, given rows that are normalised already, has the reference's scores: then its file does not normalise."""
    for mean, scale in _normalisations(evidence.model):
        names = _fed(evidence.drifting, len(mean))
        if not names:
            continue

        def predict(batch: pa.RecordBatch, names: list[str] = names, mean: Array = mean, scale: Array = scale) -> Floats:
            return evidence.ask_runtime(_normalised(batch, names, mean, scale))

        text = "the runtime, given rows with the mean and variance of the model's Normalization layer taken out, has its scores"
        yield Hypothesis("normalisation-dropped", predict, evidence.ask_reference, text)


def _normalisations(model: Any) -> Iterator[tuple[Array, Array]]:
    """Mean and standard deviation of each Normalization layer of a Keras model."""
    layers = getattr(model, "_flatten_layers", None)
    for layer in layers() if callable(layers) else ():
        if type(layer).__name__ == "Normalization" and getattr(layer, "mean", None) is not None and not layer.invert:
            mean, variance = np.asarray(layer.mean, np.float64).ravel(), np.asarray(layer.variance, np.float64).ravel()
            yield mean, np.maximum(np.sqrt(variance), np.finfo(np.float32).eps)


def _fed(batch: pa.RecordBatch, width: int) -> list[str]:
    """The columns that a layer of that width stands behind: all single floats where they are as many, else one tensor."""
    floats = [f.name for f in batch.schema if pa.types.is_floating(f.type)]
    tensors = [f.name for f in batch.schema if shape_of(f.type)[-1:] == (width,)]
    return floats if len(floats) == width else tensors if len(tensors) == 1 else []


def _normalised(batch: pa.RecordBatch, names: list[str], mean: Array, scale: Array) -> pa.RecordBatch:
    for place, name in enumerate(names):
        at = batch.schema.get_field_index(name)
        where = slice(None) if shape_of(batch.column(at).type) else place
        normal = with_cells(batch.column(at), partial(_scaled, mean[where], scale[where]))
        batch = batch.set_column(at, batch.schema.field(at), normal)
    return batch


def _scaled(mean: Array, scale: Array, values: Array) -> Array:
    return (values - mean) / scale
