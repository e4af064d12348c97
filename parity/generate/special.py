"""Rows of the `special` phase: each chunk holds one class of input, so that a refusal is one class's and bisects cheaply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parity.generate.batches import ARROW, FLOATS, INTEGERS, NUMPY, arrow_type, record, to_array
from parity.generate.malformed import malformed
from parity.generate.random_rows import Source, fill
from parity.generate.seeds import stream
from parity.generate.subject import Subject
from parity.generate.texts import odd_texts
from parity.generate.typical import typical_row
from parity.generate.valid import valid_rows, valid_values
from parity.numeric.tensors import matrix
from parity.values.columns import Column, ColumnType, Schema
from parity.values.plan import Budget, Chunk, Mixture, Phase

# About ten classes for numbers: with this many groups of columns each, a case stays under 150 chunks.
MOST_GROUPS = 10
# Classes of columns that hold categories alone.
_OF_CATEGORIES = ("unseen", "fractional-code")
# Names that the class of a group spells out.
_NAMED = 3


@dataclass(frozen=True)
class Value:
    """A class of input: what it is called, the types it exists in, and the values (several are put in by turns)."""

    name: str
    types: tuple[ColumnType, ...]
    values: tuple[Any, ...]


_DOUBLE = (ColumnType.FLOAT64,)
_INT64 = (ColumnType.INT64,)
_TEXT = (ColumnType.STRING,)

VALUES = (
    Value("missing", tuple(ColumnType), (None,)),
    Value("nan", FLOATS, (float("nan"),)),
    Value("zero", FLOATS + INTEGERS, (0,)),
    Value("negative-zero", FLOATS, (-0.0,)),
    Value("subnormal", _DOUBLE, (5e-324, 1e-310, 1e-40)),
    Value("subnormal", (ColumnType.FLOAT32,), (1.4e-45, 1e-40)),
    Value("tiny", FLOATS, (1e-36, -1e-36, 1e-20)),  # on both sides of LightGBM's 1e-35
    Value("beyond-float32-integers", FLOATS + INTEGERS, (2**24 + 1, -(2**24) - 1)),
    Value("beyond-int32", _DOUBLE + _INT64, (2**31, -(2**31) - 1)),
    Value("beyond-double-integers", _INT64, (2**53 + 1, -(2**53) - 1)),
    Value("extreme-integers", _INT64, (2**63 - 1, -(2**63))),
    Value("extreme-integers", (ColumnType.INT32,), (2**31 - 1, -(2**31))),
    Value("large", FLOATS, (1e30, -1e30)),
    Value("beyond-float32", _DOUBLE, (1e39, -1e39)),
    Value("inf", FLOATS, (float("inf"),)),
    Value("-inf", FLOATS, (float("-inf"),)),
    Value("unseen", _TEXT, ("parity-unseen", "zzz")),
    Value("unseen", INTEGERS, (-1, 987_654)),
    Value("unseen", FLOATS, (-1.0, 987_654.0)),
    Value("fractional-code", FLOATS, (0.5, -0.5)),
    Value("empty-text", _TEXT, ("",)),
    Value("look-alike-text", _TEXT, ("nan", "NaN", "None", "null", "NA", "1", "1.0", "001", "true", "inf")),
    Value("unicode-text", _TEXT, ("é", "e\u0301", "日本語", "😀", "İ", "a\nb", "\u200b", "ß")),
)


def special(subject: Subject, seed: int, budget: Budget) -> Iterator[Chunk]:
    """Chunks of at most `budget.special_rows` rows each; malformed calls last."""
    base = _base(subject, seed, max(2, budget.special_rows))
    for value in VALUES:
        for group in _groups(subject, value):
            yield _chunk(subject, base, value, group)
    if any(c.type == ColumnType.STRING and c.categories and not c.shape for c in subject.schema.columns):
        yield from _near_categories(subject, base)
    yield from _texts(subject, base)
    yield _all_missing(subject, base)
    yield from malformed(subject, base)


def _base(subject: Subject, seed: int, rows: int) -> pa.RecordBatch:
    """A typical row, then rows of the sample, or drawn evenly where there is none."""
    source = Source(subject)
    rng = stream(seed, subject.case_name, Phase.SPECIAL, 0)
    drawn = fill(source, Mixture(source.generators()[0], rows - 1, 0.0, 0), rng)
    typical = typical_row(subject.schema, subject.sample, subject.reference)
    return _stacked([typical, drawn])


def _stacked(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    arrays = [pa.concat_arrays([b.column(i) for b in batches]) for i in range(batches[0].num_columns)]
    return pa.RecordBatch.from_arrays(arrays, schema=batches[0].schema)


def _groups(subject: Subject, value: Value) -> list[list[int]]:
    """Columns that take the value, one a group where they are few; valid and invalid ones, and types, never in one group."""
    kinds: dict[tuple[str, bool], list[int]] = {}
    for i, column in enumerate(subject.schema.columns):
        if column.type in value.types and (value.name not in _OF_CATEGORIES or _has_categories(subject, i)):
            single = replace(column, shape=())
            valid = bool(valid_values(single, _typed(value.values[:1], single))[0])
            kinds.setdefault((column.type, valid), []).append(i)
    share = max(1, MOST_GROUPS // max(1, len(kinds)))
    return [g for members in kinds.values() for g in _split(members, share)]


def _has_categories(subject: Subject, index: int) -> bool:
    """Codes that are floats are no list to the schema, as they may be any number: then the model says that they are codes."""
    column, learned = subject.schema.columns[index], subject.reference.categories
    coded = column.type in FLOATS and index < len(learned) and learned[index] is not None
    return column.categories is not None or coded


def _split(members: list[int], most: int) -> list[list[int]]:
    size = -(-len(members) // most)
    return [members[i : i + size] for i in range(0, len(members), size)]


def _chunk(subject: Subject, base: pa.RecordBatch, value: Value, group: list[int]) -> Chunk:
    """Row by row the columns of the group take the value by turns; in the last row all of them."""
    rows = base.num_rows
    arrays = list(base.columns)
    for turn, index in enumerate(group):
        column = subject.schema.columns[index]
        mine = (np.arange(rows) % len(group) == turn) | (np.arange(rows) == rows - 1)
        given = [value.values[(r // len(group)) % len(value.values)] for r in range(rows)]
        arrays[index] = _put(base.column(index), given, mine, column)
    batch = record(subject.schema.columns, arrays)
    name = f"{value.name}:{_names(subject.schema, group)}"
    return Chunk(Phase.SPECIAL, batch, name, valid_rows(subject.schema, batch), generator="special")


def _put(values: pa.Array, given: Sequence[Any], where: npt.NDArray[np.bool_], column: Column) -> pa.Array:
    if column.shape:
        return _put_in_tensors(values, given, where, column)
    return pc.if_else(pa.array(where), _typed(given, column), values)


def _put_in_tensors(values: pa.Array, given: Sequence[Any], where: npt.NDArray[np.bool_], column: Column) -> pa.Array:
    """At one place of a tensor, in every third row throughout; a tensor is missing as a whole."""
    found, missing = matrix(values), np.asarray(values.is_null())
    single = _typed(given, replace(column, shape=()))
    for row in np.flatnonzero(where).tolist():
        missing[row] = given[row] is None
        if given[row] is not None:
            place = slice(None) if row % 3 == 2 else (7919 * row) % found.shape[1]  # a prime: places far apart
            found[row, place] = single[row].as_py()
    return to_array(column, found, missing)


def _typed(given: Sequence[Any], column: Column) -> pa.Array:
    """Values in the column's type, rounded to float32 where that is its type; NaN stays a number, None is missing."""
    if column.type in FLOATS:
        given = [None if v is None else NUMPY[column.type](v) for v in given]
    return pa.array(given, ARROW[column.type], from_pandas=False)


def _names(schema: Schema, group: Sequence[int]) -> str:
    named = "+".join(schema.columns[i].name for i in group[:_NAMED])
    return named + (f"+{len(group) - _NAMED} more" if len(group) > _NAMED else "")


def _near_categories(subject: Subject, base: pa.RecordBatch) -> Iterator[Chunk]:
    """A known category with a space after it, in other case, or composed otherwise: equal only to a careless encoder."""
    for i, column in enumerate(subject.schema.columns):
        if column.type != ColumnType.STRING or column.shape or not column.categories or i >= MOST_GROUPS:
            continue
        first = str(column.categories[0])
        near = Value("almost-known-text", _TEXT, (first + " ", " " + first, first.swapcase() + "́"))
        yield _chunk(subject, base, near, [i])


def _texts(subject: Subject, base: pa.RecordBatch) -> Iterator[Chunk]:
    """For each column that a vectoriser reads texts that it may cut, fold or weigh otherwise than its twin."""
    for i, words in enumerate(subject.reference.vocabulary):
        if words and subject.schema.columns[i].type == ColumnType.STRING:
            for name, values in odd_texts(words).items():
                yield _chunk(subject, base, Value(name, _TEXT, values), [i])


def _all_missing(subject: Subject, base: pa.RecordBatch) -> Chunk:
    arrays = [pa.nulls(base.num_rows, arrow_type(c)) for c in subject.schema.columns]
    batch = record(subject.schema.columns, arrays)
    return Chunk(Phase.SPECIAL, batch, "missing:all", valid_rows(subject.schema, batch), generator="special")
