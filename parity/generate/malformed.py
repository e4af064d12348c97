"""Calls that are wrong as a whole: no rows, columns that are absent, extra, in another order, or of another type."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from parity.generate.batches import ARROW
from parity.generate.subject import Subject
from parity.generate.valid import valid_rows
from parity.numeric.tensors import cells, column_of, element_of
from parity.values.columns import ColumnType
from parity.values.plan import Chunk, Phase

# Columns that are left out, one a call: those of a wide model would cost a call each and tell the same.
MOST_ABSENT = 8
MOST_RETYPED = 3
_NUMBERS_AS_TEXT = ("abc", "1.5", "1,5", "")


def malformed(subject: Subject, base: pa.RecordBatch) -> Iterator[Chunk]:
    """One chunk a call. Nothing of it is valid but the call with a single row."""
    one = base.slice(0, 1)
    yield Chunk(Phase.SPECIAL, one, "one-row", valid_rows(subject.schema, one), generator="special")
    yield _never_valid(base.slice(0, 0), "no-rows")
    for i in _some_of_each_type(subject, MOST_ABSENT):
        if base.num_columns > 1:
            yield _never_valid(base.remove_column(i), f"absent-column:{base.schema.names[i]}")
    yield _never_valid(_with_extra(base), "extra-column")
    for i in [i for i, c in enumerate(subject.schema.columns) if c.shape][:MOST_RETYPED]:
        for kind, column in _other_shapes(base.column(i)):
            changed = base.set_column(i, base.schema.names[i], column)
            yield _never_valid(changed, f"{kind}:{base.schema.names[i]}")
    if base.num_columns > 1:
        yield _never_valid(base.select(base.schema.names[::-1]), "shuffled-columns")
    numeric = [i for i, c in enumerate(subject.schema.columns) if c.type != ColumnType.STRING]
    for i in numeric[:MOST_RETYPED]:
        yield _never_valid(_as_text(base, i), f"text-for-number:{base.schema.names[i]}")


def _never_valid(batch: pa.RecordBatch, name: str) -> Chunk:
    return Chunk(Phase.SPECIAL, batch, name, np.zeros(batch.num_rows, bool), generator="special", malformed=True)


def _some_of_each_type(subject: Subject, most: int) -> list[int]:
    """Text columns first, as they are the fewest and differ most; then numbers."""
    kinds = [c.type == ColumnType.STRING for c in subject.schema.columns]
    text, other = np.flatnonzero(kinds).tolist(), np.flatnonzero(~np.array(kinds, dtype=bool)).tolist()
    return [*text[: most // 2], *other[: most - min(len(text), most // 2)]]


def _other_shapes(column: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    """Tensors of the same values in another rank, and of fewer and of more values."""
    values, element, missing = cells(column), element_of(column.type), np.asarray(column.is_null())
    rows = len(values)
    if values.ndim > 2:
        yield "flattened-tensor", column_of(values, element, (values[0].size,), missing)
    yield "further-dimension", column_of(values, element, (*values.shape[1:], 1), missing)
    if values.shape[1] > 1:
        yield "shorter-tensor", column_of(values[:, 1:], element, (values.shape[1] - 1, *values.shape[2:]), missing)
    longer = np.concatenate([values, values[:, :1]], axis=1)
    yield "longer-tensor", column_of(longer.reshape(rows, *longer.shape[1:]), element, longer.shape[1:], missing)


def _with_extra(base: pa.RecordBatch) -> pa.RecordBatch:
    name = "parity_extra"
    while name in base.schema.names:
        name += "_"
    return base.append_column(name, pa.array(np.zeros(base.num_rows)))


def _as_text(base: pa.RecordBatch, index: int) -> pa.RecordBatch:
    words = [_NUMBERS_AS_TEXT[r % len(_NUMBERS_AS_TEXT)] for r in range(base.num_rows)]
    return base.set_column(index, base.schema.names[index], pa.array(words, ARROW[ColumnType.STRING]))
