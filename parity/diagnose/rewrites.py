"""Causes that are a rewriting of the input: one side answers for x what the other answers for the rewritten x."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parity.diagnose.evidence import CONFIRM_EXPLAINED, Evidence, Floats, Hypothesis

Rewrite = Callable[[pa.Array], pa.Array]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Only rewritings that change some drifting row are worth asking."""
    for name, side, rewrite, text in REWRITES:
        if not _changes(evidence.drifting, rewrite) or (side == "runtime" and not _means_nothing(evidence, rewrite)):
            continue
        asked, other = (
            (evidence.ask_runtime, evidence.ask_reference)
            if side == "runtime"
            else (evidence.ask_reference, evidence.ask_runtime)
        )

        def predict(batch: pa.RecordBatch, asked=asked, rewrite=rewrite):  # type: ignore[no-untyped-def]  # bound early, in a loop
            with unchecked():
                return asked(rewritten(batch, rewrite))

        yield Hypothesis(name, predict, other, text)


def unchecked() -> AbstractContextManager[Any]:
    """scikit-learn computes with infinities too: a rewriting makes them of numbers that its own checks let through."""
    if "sklearn" not in sys.modules:
        return nullcontext()
    import sklearn

    return sklearn.config_context(assume_finite=True)  # type: ignore[no-any-return]


def _means_nothing(evidence: Evidence, rewrite: Rewrite) -> bool:
    """Does the reference itself not tell the rewritten rows from the others? Only then is that what the runtime does not know."""
    rows, other = evidence.drifting, rewritten(evidence.drifting, rewrite)
    before, after = evidence.ask_reference(rows), evidence.ask_reference(other)
    with np.errstate(invalid="ignore"):
        same = np.abs(before - after).max(axis=1) <= 2 * evidence.bound(np.nan_to_num(before), rows)
    return float(same.mean()) >= CONFIRM_EXPLAINED


def rewritten(
    batch: pa.RecordBatch, rewrite: Rewrite, of: Callable[[pa.DataType], bool] = pa.types.is_floating
) -> pa.RecordBatch:
    """The batch with every column `of` a type rewritten."""
    columns = [rewrite(c) if of(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def whole_numbers(evidence: Evidence) -> Iterator[Hypothesis]:
    """Large whole numbers, in whatever type: wrapped round at 32 bits, cut off there, or rounded to a float's."""
    for name, change, text in WHOLE:

        def predict(batch: pa.RecordBatch, change: Rewrite = change) -> Floats:
            return evidence.ask_reference(rewritten(batch, change, _is_number))

        if not rewritten(evidence.drifting, change, _is_number).equals(evidence.drifting):
            yield Hypothesis(
                name, predict, evidence.ask_runtime, f"the reference, asked with {text}, answers what the runtime does"
            )


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _wrapped(column: pa.Array) -> pa.Array:
    """To 32 bits with sign, as a cast from long to int does."""
    return _each(column, lambda v: (v + 2**31) % 2**32 - 2**31)


def _saturated(column: pa.Array) -> pa.Array:
    """To the ends of 32 bits, as a cast from double to int does in Java."""
    return _each(column, lambda v: min(max(v, -(2**31)), 2**31 - 1))


def _each(column: pa.Array, change: Callable[[int], int]) -> pa.Array:
    """Whole numbers changed; whatever is none stays."""
    values = column.to_pylist()
    return pa.array([change(int(v)) if v is not None and float(v).is_integer() else v for v in values], column.type)


def _through(kind: type[np.floating[Any]]) -> Rewrite:
    """Integers that pass through a type of floats; what no longer fits is left as it is."""

    def rewrite(column: pa.Array) -> pa.Array:
        if not pa.types.is_integer(column.type):
            return column
        low, high = (-(2**63), 2**63 - 1) if column.type == pa.int64() else (-(2**31), 2**31 - 1)
        return _each(column, lambda v: r if low <= (r := int(kind(v))) <= high else v)

    return rewrite


WHOLE: tuple[tuple[str, Rewrite, str], ...] = (
    ("float32-input", _through(np.float32), "integers rounded to float32"),
    ("integers-in-double", _through(np.float64), "integers rounded to doubles"),
    ("integer-overflow", _wrapped, "whole numbers wrapped round at 32 bits"),
    ("integer-overflow", _saturated, "whole numbers cut off at 32 bits"),
)


def _changes(batch: pa.RecordBatch, rewrite: Rewrite) -> bool:
    return not rewritten(batch, rewrite).equals(batch)


def to_float32(column: pa.Array) -> pa.Array:
    """A floating-point column whose values are float32 numbers, in its own type."""
    values = column.to_numpy(zero_copy_only=False)
    with np.errstate(over="ignore"):
        return pa.array(values.astype(np.float32).astype(values.dtype), column.type, mask=np.asarray(column.is_null()))


def _missing_to_zero(column: pa.Array) -> pa.Array:
    filled = pc.fill_null(column, pa.scalar(0.0, column.type))
    return pc.if_else(pc.is_nan(filled), pa.scalar(0.0, column.type), filled)


def _exchanged(column: pa.Array) -> pa.Array:
    """0 for missing and missing for 0."""
    was_zero = pc.fill_null(pc.equal(column, pa.scalar(0.0, column.type)), False)
    return pc.if_else(was_zero, pa.scalar(None, column.type), _missing_to_zero(column))


def _zero_to_missing(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, pa.scalar(0.0, column.type)), pa.scalar(None, column.type), column)


REWRITES: tuple[tuple[str, str, Rewrite, str], ...] = (
    ("float32-input", "reference", to_float32, "the reference, asked with float32 inputs, answers what the runtime does"),
    ("nan-is-zero", "runtime", _missing_to_zero, "the runtime, asked with 0 for missing values, answers as the reference does"),
    ("missing-as-zero", "reference", _missing_to_zero, "the reference, asked with 0 for missing values, answers so too"),
    (
        "zero-as-missing-ignored", "runtime", _zero_to_missing,
        "the runtime, asked with missing values for 0, answers as the reference does",
    ),
    ("zero-as-missing", "reference", _zero_to_missing, "the reference, asked with missing values for 0, answers so too"),
    ("zero-and-missing-exchanged", "reference", _exchanged, "the reference, asked with 0 and missing exchanged, answers so too"),
)  # fmt: skip
"""Name, the side that is asked again, the rewriting, the proof."""
