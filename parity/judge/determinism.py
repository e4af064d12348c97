"""A reference that disagrees with itself is no truth to compare with: it is asked twice before anything is compared."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parity.values.outcome import Outcome, Output, Refusal

NOISE = 16 * 2.0**-24
"""Sixteen float32 roundings, relative to the largest score of the output: sums in another order are no contradiction."""


def contradiction(score: Callable[[pa.RecordBatch], Outcome], batch: pa.RecordBatch) -> str | None:
    """Score the batch twice; a sentence where the two answers differ by more than rounding, None where they agree."""
    first, second = score(batch), score(batch)
    if isinstance(first, Refusal) or isinstance(second, Refusal):
        return None if type(first) is type(second) else _said("once it refuses the batch and once it answers", batch)
    for a, b in zip(first.outputs, second.outputs, strict=False):
        rows = _differing(a, b)
        if rows is None:
            return _said(f"{a.spec.name} has another shape the second time", batch)
        if rows.any():
            return _said(f"{a.spec.name} differs in {int(rows.sum()):,} of {len(rows):,} rows, {_example(a, b, rows)}", batch)
    return None if len(first.outputs) == len(second.outputs) else _said("it gives other outputs the second time", batch)


def _differing(a: Output, b: Output) -> npt.NDArray[np.bool_] | None:
    """(rows,): cells that are not the same number or label twice. None where the shapes differ."""
    if a.values.shape != b.values.shape:
        return None
    if not np.issubdtype(a.values.dtype, np.floating):
        return np.atleast_1d((a.values != b.values).reshape(len(a.values), -1).any(axis=1))
    first, second = a.values.astype(np.float64), b.values.astype(np.float64)
    finite = np.abs(first[np.isfinite(first)])
    with np.errstate(invalid="ignore"):
        same = np.isclose(first, second, rtol=0.0, atol=NOISE * (float(finite.max()) if finite.size else 0.0), equal_nan=True)
    return np.atleast_1d((~same).reshape(len(first), -1).any(axis=1))


def _example(a: Output, b: Output, rows: npt.NDArray[np.bool_]) -> str:
    row = int(np.flatnonzero(rows)[0])
    return f"in row {row} {a.values[row].tolist()} and then {b.values[row].tolist()}"


def _said(what: str, batch: pa.RecordBatch) -> str:
    return (
        f"the reference disagrees with itself: asked twice for the same {batch.num_rows:,} rows, {what}. "
        "Fix its random state (or whatever it draws or remembers), so that there is one answer to compare with"
    )
