"""Known faults of what goes into a session or comes out of it, for a `WrappedSession`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.values.outcome import Output, Scores
from parity.values.signature import OutputKind

STALE_EVERY = 10


def columns_swapped(a: str, b: str) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Each of two columns of one type holds the other's values."""
    places = {a: b, b: a}

    def asked(batch: pa.RecordBatch) -> pa.RecordBatch:
        names = batch.schema.names
        if a not in names or b not in names or batch.schema.field(a).type != batch.schema.field(b).type:
            return batch
        return pa.RecordBatch.from_arrays([batch.column(places.get(n, n)) for n in names], schema=batch.schema)

    return asked


def zero_and_missing_swapped(batch: pa.RecordBatch) -> pa.RecordBatch:
    """In every floating-point column."""
    return pa.RecordBatch.from_arrays([_exchanged(c) for c in batch.columns], schema=batch.schema)


def _exchanged(column: pa.Array) -> pa.Array:
    if not pa.types.is_floating(column.type):
        return column
    zero, none = pa.scalar(0.0, column.type), pa.scalar(None, column.type)
    was_zero, was_missing = pc.fill_null(pc.equal(column, zero), False), pc.is_null(column, nan_is_null=True)
    return pc.if_else(was_zero, none, pc.if_else(was_missing, zero, column))


def class_order(scores: Scores) -> Scores:
    return _outputs(scores, lambda o: o.values.shape[1] > 1 and o.spec.kind != OutputKind.LABEL, _reversed)


def _reversed(output: Output) -> Output:
    missing = None if output.missing is None else output.missing[:, ::-1]
    return replace(output, values=output.values[:, ::-1], missing=missing)


def is_label(output: Output) -> bool:
    """Declared, or of a type that no number is given in."""
    return output.spec.kind == OutputKind.LABEL or output.values.dtype == object or output.spec.type in ("int64", "bool")


def label_shifted(scores: Scores) -> Scores:
    return _outputs(scores, is_label, lambda output: replace(output, values=_shifted(output.values)))


def _shifted(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Numbers by one; text to the next of the labels that the batch holds, or to one that no model knows."""
    if values.dtype == bool:
        return ~values
    if values.dtype != object:
        return np.asarray(values + 1)
    known = sorted({str(v) for v in values.ravel()})
    after = dict(zip(known, [*known[1:], known[0]], strict=True)) if len(known) > 1 else {}
    return np.array([[after.get(str(v), f"{v}+1") for v in row] for row in values], dtype=object).reshape(values.shape)


def stale_rows(scores: Scores) -> Scores:
    """Rows 9, 19, … of a batch answer as rows 8, 18, … do."""
    return _outputs(scores, lambda output: True, _stale)


def _stale(output: Output) -> Output:
    source = np.arange(len(output.values))
    source[STALE_EVERY - 1 :: STALE_EVERY] -= 1
    missing = None if output.missing is None else output.missing[source]
    return replace(output, values=output.values[source], missing=missing)


def _outputs(scores: Scores, chosen: Callable[[Output], bool], change: Callable[[Output], Output]) -> Scores:
    return replace(scores, outputs=tuple(change(o) if chosen(o) else o for o in scores.outputs))
