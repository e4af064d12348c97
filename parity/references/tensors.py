"""Rows of columns to the input tensors of a network, for the references that take tensors by name."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.errors import ReferenceLoadError
from parity.numeric.tensors import fits, shape_of
from parity.references.context import Context
from parity.references.frames import cells
from parity.values.outcome import Refusal
from parity.values.signature import InputSpec

CROSSING = {"float16": "float32", "int16": "int32", "int8": "int32", "uint8": "int32", "uint16": "int32", "uint32": "int64",
            "uint64": "int64", "object": "string"}  # fmt: skip
"""NumPy's names of element types that have another name among ours; all others are called alike."""


@dataclass(frozen=True)
class Tensor:
    """One input, the columns that it is filled from (none: the rest of the batch, in order), and the shape of one row.

    `dtype` is NumPy's name; None in `shape` is any length, `shape` itself None any rank.
    """

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None
    columns: tuple[str, ...] = ()

    @property
    def width(self) -> int | None:
        if self.shape is None or None in self.shape:
            return None
        return math.prod(length for length in self.shape if length is not None)

    def takes(self, shape: Sequence[int]) -> bool:
        """Is this the shape of a row?"""
        return self.shape is None or fits(shape, self.shape)

    @property
    def spec(self) -> InputSpec:
        return InputSpec(self.name, CROSSING.get(self.dtype, self.dtype), self.width, shape=self.shape)


def assigned(given: Sequence[Tensor], context: Context, library: str) -> tuple[Tensor, ...]:
    """The tensors with their columns: as the case declares, of equal name, the sample's tensors of fitting shape in order.

    One input may stay open: it takes the rest. Raises ReferenceLoadError where several would.
    """
    declared = context.case.inputs
    left = {f.name: shape_of(f.type) for f in context.sample.schema} if context.sample is not None else {}
    found = []
    for item in given:
        names = tuple(declared.get(item.name, ())) or _of_name(item, left, context) or _of_shape(item, left)
        for name in names:
            left.pop(name, None)
        found.append(Tensor(item.name, item.dtype, item.shape, names))
    open_ended = [t.name for t in found if not t.columns]
    if len(open_ended) > 1:
        hint = f'say which columns fill them: inputs = {{ {open_ended[0]} = ["…"] }}'
        raise ReferenceLoadError(f"the {library} reference has several wide inputs ({', '.join(open_ended)}); {hint}")
    return tuple(found)


def _of_name(item: Tensor, left: Mapping[str, tuple[int, ...]], context: Context) -> tuple[str, ...]:
    if item.name in left:
        return (item.name,) if left[item.name] or item.width in (1, None) else ()
    tensors = any(left.values())
    if item.width == 1 and not tensors:
        return (item.name,)
    # Without a sample an image is one column; with one of single values its columns fill it.
    return (item.name,) if context.sample is None and len(item.shape or ()) > 1 else ()


def _of_shape(item: Tensor, left: Mapping[str, tuple[int, ...]]) -> tuple[str, ...]:
    fitting = [name for name, shape in left.items() if shape and item.takes(shape)]
    return tuple(fitting[:1])


def layout(tensors: Sequence[Tensor]) -> tuple[tuple[str, ...] | None, int | None]:
    """Column names where all tensors name theirs; else only the total width, None where it is open."""
    if all(t.columns for t in tensors):
        return tuple(dict.fromkeys(name for t in tensors for name in t.columns)), sum(len(t.columns) for t in tensors)
    widths = [len(t.columns) if t.columns else t.width for t in tensors]
    return None, None if None in widths else sum(w for w in widths if w is not None)


def feeds(batch: pa.RecordBatch, tensors: Sequence[Tensor]) -> dict[str, npt.NDArray[Any]] | Refusal:
    """One array per tensor, or why the batch cannot fill them: what the tensor's type cannot say is not sent."""
    named = {name for t in tensors for name in t.columns}
    made: dict[str, npt.NDArray[Any]] = {}
    for item in tensors:
        array = feed(batch, item, item.columns or tuple(n for n in batch.schema.names if n not in named))
        if isinstance(array, Refusal):
            return array
        made[item.name] = array
    return made


def feed(batch: pa.RecordBatch, item: Tensor, names: tuple[str, ...]) -> npt.NDArray[Any] | Refusal:
    dtype, parts = np.dtype(item.dtype), []
    for name in names:
        if name not in batch.schema.names:
            return Refusal("column-absent", f"the column {name!r} of the input {item.name!r} is not in the batch")
        values = converted(batch.column(name), dtype, name)
        if isinstance(values, Refusal):
            return values
        parts.append(values)
    if len(parts) == 1 and parts[0].ndim > 1:
        return parts[0]
    if any(part.ndim > 1 for part in parts):
        return Refusal(
            "shape", f"the input {item.name!r} is fed by {len(parts)} columns, tensors among them; a tensor feeds it alone"
        )
    return _side_by_side(batch.num_rows, parts, item, dtype)


def _side_by_side(rows: int, parts: list[npt.NDArray[Any]], item: Tensor, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Single values as the columns of a matrix, or in C order in a tensor of as many values."""
    if item.shape == () and len(parts) == 1:
        return parts[0]
    array = np.empty((rows, len(parts)), dtype=dtype)
    for place, part in enumerate(parts):
        array[:, place] = part
    return array.reshape(rows, *item.shape) if item.shape and len(item.shape) > 1 and item.width == len(parts) else array


def converted(column: pa.Array, dtype: np.dtype[Any], name: str) -> npt.NDArray[Any] | Refusal:
    """A column in the tensor's type, as a caller converts it: `astype`."""
    if column.null_count and dtype.kind != "f":
        return Refusal("missing", f"the column {name!r} is missing in a row, and a tensor of {dtype} has no missing value")
    values = cells(column)
    if (values.dtype.kind == "O") != (dtype.kind == "O"):
        return Refusal("type", f"the column {name!r} holds {column.type}, the tensor wants {dtype}")
    with np.errstate(all="ignore"):
        return values.astype(dtype)
