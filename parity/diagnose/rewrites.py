"""Causes that are a rewriting of the input: one side answers for x what the other answers for the rewritten x."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parity.diagnose.evidence import Evidence, Hypothesis

Rewrite = Callable[[pa.Array], pa.Array]


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """Only rewritings that change some drifting row are worth asking."""
    for name, side, rewrite, text in REWRITES:
        if not _changes(evidence.drifting, rewrite):
            continue
        asked, other = (
            (evidence.ask_runtime, evidence.ask_reference)
            if side == "runtime"
            else (evidence.ask_reference, evidence.ask_runtime)
        )

        def predict(batch: pa.RecordBatch, asked=asked, rewrite=rewrite):  # type: ignore[no-untyped-def]  # bound early, in a loop
            return asked(rewritten(batch, rewrite))

        yield Hypothesis(name, predict, other, text)


def rewritten(batch: pa.RecordBatch, rewrite: Rewrite) -> pa.RecordBatch:
    """The batch with every floating-point column rewritten."""
    columns = [rewrite(c) if pa.types.is_floating(c.type) else c for c in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


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
)  # fmt: skip
"""Name, the side that is asked again, the rewriting, the proof."""
