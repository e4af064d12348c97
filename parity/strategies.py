"""Hypothesis strategies for users' own tests: `@given(rows("churn"))` draws valid rows of a case, `batches` several at once.

Rows shrink to what a person can read: few digits, the first category, nothing missing. They are drawn by Hypothesis itself,
so they are no independent draws and bear no rate; that is what phase `random` is for.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from parity.config import find, read
from parity.errors import ConfigurationError, UsageError
from parity.generate import schema_of
from parity.generate.batches import INTEGERS, arrow_schema, arrow_type
from parity.generate.valid import is_tiny
from parity.references import load
from parity.references.sample import decoded, load_sample, select_columns
from parity.values.case import Case
from parity.values.columns import Column, ColumnType, Schema

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Given = Schema | Case | str
Row = dict[str, Any]

UNSHOWN = 2.0**24
"""Ends of a range that nobody declared and nothing shows, as in `parity.generate.domain`."""


def rows(case_or_schema: Given) -> SearchStrategy[Row]:
    """Valid rows, each a dict of column name to number, text, bool or None (missing), in fitted order.

    Give a Schema, a Case, or the name of a case in the `parity.toml` (or `pyproject.toml`) of the working directory or a folder
    above it. The reference is loaded when the first row is drawn, once a process. UsageError where there is no such case.
    """
    from hypothesis import strategies as st

    return st.deferred(lambda: _row(_schema(case_or_schema)))


def batches(case_or_schema: Given, *, min_size: int = 1, max_size: int = 20) -> SearchStrategy[pa.RecordBatch]:
    """Batches of `min_size` to `max_size` valid rows, as Arrow record batches in the case's own types; see `rows`."""
    if not 0 <= min_size <= max_size:
        raise UsageError(f"batches(min_size={min_size}, max_size={max_size}): 0 <= min_size <= max_size is wanted.")
    from hypothesis import strategies as st

    def drawn() -> SearchStrategy[pa.RecordBatch]:
        schema = _schema(case_or_schema)
        return st.lists(_row(schema), min_size=min_size, max_size=max_size).map(lambda found: batch_of(schema, found))

    return st.deferred(drawn)


def batch_of(schema: Schema, found: list[Row]) -> pa.RecordBatch:
    """Rows as a batch in the types of the schema; a key that is absent, or None, is missing."""
    arrays = [_array(c, [row.get(c.name) for row in found]) for c in schema.columns]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow_schema(schema.columns))


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.type == ColumnType.FLOAT32 and not column.shape:
        values = [None if v is None else np.float32(v) for v in values]
    return pa.array(values, arrow_type(column), from_pandas=False)


def _row(schema: Schema) -> SearchStrategy[Row]:
    from hypothesis import strategies as st

    values = {c.name: _value(c) for c in schema.columns}

    @st.composite  # prints a failing row as the dict that it is, and keeps the columns in order
    def row(draw: Any) -> Row:
        return {name: draw(value) for name, value in values.items()}

    return row()


def _value(column: Column) -> SearchStrategy[Any]:
    """Valid values of a column, missing ones where that is valid. A value is drawn either way: else a missing one, which takes
    fewer choices, would be what Hypothesis shrinks to."""
    from hypothesis import strategies as st

    known = _tensor(column) if column.shape else _known(column)
    return st.tuples(known, st.booleans()).map(lambda drawn: None if drawn[1] else drawn[0]) if column.missing else known


def _tensor(column: Column) -> SearchStrategy[Any]:
    """Nested lists: one valid value throughout, and up to eight others at some places."""
    from hypothesis import strategies as st

    single, size = _known(replace(column, shape=())), math.prod(column.shape)
    places = st.dictionaries(st.integers(0, size - 1), single, max_size=8)

    def made(drawn: tuple[Any, dict[int, Any]]) -> Any:
        values = [drawn[1].get(place, drawn[0]) for place in range(size)]
        for length in reversed(column.shape[1:]):
            values = [values[i : i + length] for i in range(0, len(values), length)]
        return values

    return st.tuples(single, places).map(made)


def _known(column: Column) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if column.categories:
        listed = st.sampled_from(column.categories)
        return listed | _unlisted(column) if column.unseen else listed
    if column.type == ColumnType.BOOL:
        return st.booleans()
    if column.type == ColumnType.STRING:
        return _text()
    low, high = _ends(column)
    if column.type in INTEGERS or column.whole:
        return _whole(column, low, high)
    return _floats(column, low, high)


def _unlisted(column: Column) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    return _text() if column.type == ColumnType.STRING else st.integers(-(2**24), 2**24)


def _text() -> SearchStrategy[str]:
    """Text that UTF-8 holds: no lone surrogates."""
    from hypothesis import strategies as st

    return st.text(st.characters(codec="utf-8"), max_size=40)


def _ends(column: Column) -> tuple[float, float]:
    low = -UNSHOWN if column.minimum is None else column.minimum
    high = UNSHOWN if column.maximum is None else column.maximum
    return low, high


def _whole(column: Column, low: float, high: float) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    size = 2**31 if column.type == ColumnType.INT32 else 2**63
    most = 2**53 if column.type not in INTEGERS else size - 1
    least = -most if column.type not in INTEGERS else -size
    first = least if math.isinf(low) else max(least, math.ceil(low))
    last = most if math.isinf(high) else min(most, math.floor(high))
    drawn = st.integers(first, last)
    return drawn if column.type in INTEGERS else drawn.map(float)


def _floats(column: Column, low: float, high: float) -> SearchStrategy[float]:
    """Decimals of few digits and floats to the last bit, on the column's grid; NaN and infinity where declared valid."""
    from hypothesis import strategies as st

    width: Any = 32 if column.type == ColumnType.FLOAT32 else 64
    first, last = _inside(low, high) if width == 32 else (low, high)
    plain = st.floats(first, last, width=width, allow_nan=False)
    if not column.tiny:
        plain = plain.filter(lambda value: not is_tiny(np.array(value)))
    ends = [end for end in (low, high) if math.isinf(end)] + ([math.nan] if column.nan else [])
    return plain | st.sampled_from(ends) if ends else plain


def _inside(low: float, high: float) -> tuple[float, float]:
    """The widest range of float32 numbers within [low, high]; where it holds none, the number nearest to the middle."""
    a, b = np.float32(low), np.float32(high)
    a = np.nextafter(a, np.float32(np.inf)) if a < low else a
    b = np.nextafter(b, np.float32(-np.inf)) if b > high else b
    if a <= b:
        return float(a), float(b)
    middle = float(np.float32(low / 2 + high / 2))
    return middle, middle


def _schema(given: Given) -> Schema:
    if isinstance(given, Schema):
        return given
    return _kept(_named(Path.cwd(), given) if isinstance(given, str) else given)


@lru_cache
def _named(folder: Path, name: str) -> Case:
    found = next((f for f in map(find, (folder, *folder.parents)) if f is not None), None)
    if found is None:
        raise ConfigurationError(
            f"case {name!r}: there is no parity.toml in {folder} or above it. "
            "Run where it can be seen, or give a Case or a Schema instead of a name."
        )
    cases = {c.name: c for c in read(found).cases}
    if name not in cases:
        raise ConfigurationError(f"case {name!r}: {found.name} has no such case. It has: {', '.join(sorted(cases))}.")
    return cases[name]


_schemas: dict[int, tuple[Case, Schema]] = {}
"""By identity, as a case may hold a frame, which cannot be compared; the case is kept so that its identity stays its own."""


def _kept(case: Case) -> Schema:
    """Loading a reference may take seconds: once for each case."""
    if id(case) not in _schemas:
        _schemas[id(case)] = (case, schema_for(case))
    return _schemas[id(case)][1]


def schema_for(case: Case) -> Schema:
    """The columns of a case and what is valid in each, from declarations, sample and reference; no JVM is started.

    Raises UsageError where neither the reference, the sample nor `inputs` names the columns.
    """
    from parity.anatomy import read_model

    given = load_sample(case)
    reference = load(case, given)
    sample = None if given is None else decoded(select_columns(given, reference.columns, reference.width))
    names = _names(case, reference.columns, reference.width, sample)
    return schema_of(case, names, sample, read_model(reference.model, names))


def _names(case: Case, columns: tuple[str, ...] | None, width: int | None, sample: pa.RecordBatch | None) -> tuple[str, ...]:
    if columns is not None:
        return tuple(columns)
    if sample is not None:
        return tuple(sample.schema.names)
    if case.inputs:
        return tuple(c for inputs in case.inputs.values() for c in inputs)
    if width is not None:
        return tuple(f"f{i}" for i in range(width))
    raise ConfigurationError(
        f"{case.name}: neither the reference nor a sample says which columns there are. "
        'Give sample data (`data = "sample.parquet"`) or the columns (`inputs = { input = ["a", "b"] }`).'
    )
